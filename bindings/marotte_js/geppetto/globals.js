// What scripts for the older module find on the global object. Only those that use the module do.
(host, kernel, parts) => {
  "use strict";

  const { methods } = parts;

  function assert(condition, message = undefined) {
    if (!condition) throw new Error(message === undefined ? "assertion failed" : String(message));
  }

  function sleep(ms) {
    const wait = Number(ms);
    host._sleep(wait > 0 ? wait : 0);
  }

  const found = methods({ assert: [1, assert], sleep: [1, sleep] }, { ENV: { ...kernel.use("process").process.env } });
  for (const [name, value] of Object.entries(found)) {
    if (name in globalThis) continue;
    // A frozen global object has no place for them.
    kernel.attempt(() => Object.defineProperty(globalThis, name, { value, writable: true, configurable: true }), undefined);
  }
  return {};
}
