// queueMicrotask as the HTML standard has it: what the callback throws is reported, no rejection.
(function (host, kernel) {
  "use strict";
  const { apply } = Reflect;
  const BuiltinTypeError = TypeError;
  const then = Promise.prototype.then;
  const resolved = Promise.resolve();

  function queueMicrotask(callback) {
    if (typeof callback !== "function") {
      throw new BuiltinTypeError("queueMicrotask(): callback: expected a function, got " + (callback === null ? "null" : typeof callback));
    }
    apply(then, resolved, [() => {
      try {
        apply(callback, undefined, []);
      } catch (error) {
        kernel.use("reporting").report(error);
      }
    }]);
  }

  return { queueMicrotask };
});
