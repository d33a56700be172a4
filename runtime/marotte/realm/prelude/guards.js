// Bounds the array built-ins that never ask the host whether to go on: called on a huge array-like
// they would hold the thread for hours. A dense array of `limit` elements fills the memory limit, so
// nothing useful is refused.
(function (limit) {
  "use strict";
  const { apply } = Reflect;
  const { defineProperty, getOwnPropertyDescriptor } = Object;
  const { isArray } = Array;
  const BuiltinRangeError = RangeError;
  const names = [
    "indexOf", "includes", "lastIndexOf", "fill", "join", "reverse", "toString", "sort", "concat",
    "slice", "splice", "shift", "unshift", "copyWithin", "forEach", "map", "flat",
  ];

  function lengthOf(value) {
    if (isArray(value)) return value.length;
    if (value === null || value === undefined) return 0;
    return Number(value.length);
  }

  function check(value, name) {
    const length = lengthOf(value);
    if (length > limit) throw new BuiltinRangeError("Array.prototype." + name + "(): " + length + " elements, at most " + limit + " are handled");
  }

  function guard(prototype, name) {
    const original = prototype[name];
    const spreads = name === "concat";
    const guarded = {
      call(...args) {
        check(this, name);
        if (spreads) for (let i = 0; i < args.length; i++) if (isArray(args[i])) check(args[i], name);
        return apply(original, this, args);
      },
    }.call;
    defineProperty(guarded, "name", getOwnPropertyDescriptor(original, "name"));
    defineProperty(guarded, "length", getOwnPropertyDescriptor(original, "length"));
    defineProperty(prototype, name, { value: guarded, writable: true, configurable: true, enumerable: false });
  }

  for (let i = 0; i < names.length; i++) guard(Array.prototype, names[i]);
});
