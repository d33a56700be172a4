export const double = (/** @type {number} */ n) => 2 * n;
export const half = (/** @type {number} */ n) => n / 2;
