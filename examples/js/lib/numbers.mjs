export const double = (n) => 2 * n;
export const half = (n) => n / 2;
