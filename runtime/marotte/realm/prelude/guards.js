// Bounds the built-ins that never ask the host whether to go on: called on a huge array-like they
// would hold the thread for hours. A dense array of `limit` elements fills the memory limit, so
// nothing useful is refused. What has no holes to run through, or is bounded by the memory that it
// fills, needs no guard. The engine counts a call as one step to its next question, however long
// it takes; the most usual of the long ones add steps of their own.
(function (limit) {
  "use strict";
  const { apply } = Reflect;
  const { isArray } = Array;
  const { isConcatSpreadable } = Symbol;
  const BuiltinRangeError = RangeError;
  const toNumber = Number;

  function lengthOf(value) {
    return isArray(value) ? value.length : toNumber(value.length);
  }

  // Steps in proportion to the work of a built-in, so that a loop over it is polled in time.
  function spend(size) {
    for (let n = size / 64; n >= 1; n--);
  }

  function check(length, name) {
    if (length > limit) throw new BuiltinRangeError(name + "(): " + length + " elements, at most " + limit + " are handled");
  }

  function bounded(value, name) {
    if (value !== null && value !== undefined) {
      const length = lengthOf(value);
      check(length, name);
      spend(length);
    }
    return value;
  }

  function isSpread(value) {
    if (typeof value !== "object" || value === null) return false;
    const spreadable = value[isConcatSpreadable];
    return spreadable === undefined ? isArray(value) : spreadable;
  }

  // How many elements flat() would visit: one array may be reached in very many ways.
  function visits(array, depth, before) {
    let total = before + lengthOf(array);
    check(total, "flat");
    if (depth < 1) return total;
    for (let i = 0; i < array.length; i++) {
      if (isArray(array[i])) total = visits(array[i], depth - 1, total);
    }
    return total;
  }

  const native = {};
  const guarded = {
    indexOf(item) { return apply(native.indexOf, bounded(this, "indexOf"), arguments); },
    lastIndexOf(item) { return apply(native.lastIndexOf, bounded(this, "lastIndexOf"), arguments); },
    includes(item) { return apply(native.includes, bounded(this, "includes"), arguments); },
    fill(value) { return apply(native.fill, bounded(this, "fill"), arguments); },
    join(separator) { return apply(native.join, bounded(this, "join"), arguments); },
    reverse() { return apply(native.reverse, bounded(this, "reverse"), arguments); },
    toString() { return apply(native.toString, bounded(this, "toString"), arguments); },
    toLocaleString() { return apply(native.toLocaleString, bounded(this, "toLocaleString"), arguments); },
    sort(compare) { return apply(native.sort, bounded(this, "sort"), arguments); },
    slice(start, end) { return apply(native.slice, bounded(this, "slice"), arguments); },
    splice(start, count) { return apply(native.splice, bounded(this, "splice"), arguments); },
    shift() { return apply(native.shift, bounded(this, "shift"), arguments); },
    unshift(item) { return apply(native.unshift, bounded(this, "unshift"), arguments); },
    copyWithin(target, start) { return apply(native.copyWithin, bounded(this, "copyWithin"), arguments); },
    forEach(callback) { return apply(native.forEach, bounded(this, "forEach"), arguments); },
    map(callback) { return apply(native.map, bounded(this, "map"), arguments); },
    filter(callback) { return apply(native.filter, bounded(this, "filter"), arguments); },
    every(callback) { return apply(native.every, bounded(this, "every"), arguments); },
    some(callback) { return apply(native.some, bounded(this, "some"), arguments); },
    reduce(callback) { return apply(native.reduce, bounded(this, "reduce"), arguments); },
    reduceRight(callback) { return apply(native.reduceRight, bounded(this, "reduceRight"), arguments); },
    concat(item) {
      let total = isSpread(this) ? lengthOf(this) : 1;
      for (let i = 0; i < arguments.length; i++) total += isSpread(arguments[i]) ? lengthOf(arguments[i]) : 1;
      check(total, "concat");
      spend(total);
      return apply(native.concat, this, arguments);
    },
    flat() {
      const depth = arguments[0] === undefined ? 1 : toNumber(arguments[0]);
      if (this !== null && this !== undefined) visits(this, depth, 0);
      return apply(native.flat, this, arguments);
    },
    flatMap(callback) {
      const receiver = arguments[1];
      const called = typeof callback !== "function" ? callback : function () {
        const result = apply(callback, receiver, arguments);
        return isArray(result) ? bounded(result, "flatMap") : result;
      };
      return apply(native.flatMap, bounded(this, "flatMap"), [called]);
    },
  };
  for (const name in guarded) {
    native[name] = Array.prototype[name];
    Array.prototype[name] = guarded[name]; // keeps the property's attributes
  }

  const json = JSON;
  const { parse, stringify } = json;
  json.parse = {
    parse(text, reviver) {
      if (typeof text === "string") spend(text.length);
      return apply(parse, json, arguments);
    },
  }.parse;
  json.stringify = {
    stringify(value, replacer, space) {
      const text = apply(stringify, json, arguments);
      if (text !== undefined) spend(text.length);
      return text;
    },
  }.stringify;

  const nativeDrop = Iterator.prototype.drop;
  Iterator.prototype.drop = {
    drop(count) {
      check(toNumber(count), "drop");
      return apply(nativeDrop, this, arguments);
    },
  }.drop;

  const nativeRaw = String.raw;
  String.raw = {
    raw(strings) {
      if (strings !== null && strings !== undefined) bounded(strings.raw, "raw");
      return apply(nativeRaw, this, arguments);
    },
  }.raw;
});
