// What Web IDL asks of every interface: arguments, conversions, the shape of prototypes.
(function (_host, _kernel) {
  "use strict";
  const { ownKeys, getOwnPropertyDescriptor, getPrototypeOf, defineProperty } = Reflect;
  const BuiltinTypeError = TypeError;

  // `where` is what messages begin with: "Event constructor", "EventTarget.addEventListener".
  function required(where, given, count) {
    if (given >= count) return;
    throw new BuiltinTypeError(where + ": " + count + " argument" + (count > 1 ? "s" : "") + " required, but only " + given + " present");
  }

  // A dictionary: nothing at all is an empty one.
  function dictionary(where, value) {
    if (value === undefined || value === null) return {};
    if (typeof value === "object" || typeof value === "function") return value;
    throw new BuiltinTypeError(where + ": expected an options object, got " + typeof value);
  }

  // An integer within [low, high], with `[EnforceRange]`.
  function integer(where, value, low, high) {
    const number = Math.trunc(Number(value));
    if (number >= low && number <= high) return number + 0;
    throw new BuiltinTypeError(where + ": expected an integer from " + low + " to " + high + ", got " + String(value));
  }

  // Text without lone surrogates.
  const usv = (value) => `${value}`.toWellFormed();

  const interfaces = new WeakSet(); // prototypes

  // Whether a value is an object of one of the web's interfaces.
  function isPlatformObject(value) {
    for (let object = value; object !== null; object = getPrototypeOf(object)) if (interfaces.has(object)) return true;
    return false;
  }

  function show(owner, hidden) {
    for (const key of ownKeys(owner)) {
      const shape = getOwnPropertyDescriptor(owner, key);
      if (typeof key === "string" && !hidden.includes(key)) defineProperty(owner, key, { ...shape, enumerable: true });
    }
  }

  // Interfaces have enumerable members and a tag; classes would not.
  function expose(Class) {
    show(Class, ["length", "name", "prototype"]);
    show(Class.prototype, ["constructor"]);
    interfaces.add(Class.prototype);
    defineProperty(Class.prototype, Symbol.toStringTag, { value: Class.name, configurable: true });
    return Class;
  }

  function constants(Class, values) {
    for (const name of ownKeys(values)) {
      for (const owner of [Class, Class.prototype]) defineProperty(owner, name, { value: values[name], enumerable: true });
    }
  }

  // Makes a class iterable over pairs: entries, keys, values, forEach and Symbol.iterator.
  // `pairsOf(object)` answers its live list of pairs, and throws where it is none of the class.
  function iterable(Class, pairsOf) {
    const { prototype } = Class;
    const states = new WeakMap();
    const iterators = Object.create(Iterator.prototype);
    const shown = { entries: ([key, value]) => [key, value], keys: ([key]) => key, values: ([, value]) => value };
    function next() {
      const state = states.get(this);
      if (state === undefined) throw new BuiltinTypeError("next called on another object");
      const pairs = pairsOf(state.object);
      if (state.index >= pairs.length) return { value: undefined, done: true };
      return { value: state.show(pairs[state.index++]), done: false };
    }
    defineProperty(iterators, "next", { value: next, writable: true, enumerable: true, configurable: true });
    defineProperty(iterators, Symbol.toStringTag, { value: Class.name + " Iterator", configurable: true });
    for (const name of ownKeys(shown)) {
      const method = { [name]() {
        pairsOf(this);
        const made = Object.create(iterators);
        states.set(made, { object: this, index: 0, show: shown[name] });
        return made;
      } }[name];
      defineProperty(prototype, name, { value: method, writable: true, configurable: true });
    }
    defineProperty(prototype, Symbol.iterator, { value: prototype.entries, writable: true, configurable: true });
    const { forEach } = { forEach(callback, thisArg = undefined) {
      required(Class.name + ".forEach", arguments.length, 1);
      if (typeof callback !== "function") throw new BuiltinTypeError(Class.name + ".forEach: expected a function");
      const pairs = pairsOf(this);
      for (let i = 0; i < pairs.length; i++) Reflect.apply(callback, thisArg, [pairs[i][1], pairs[i][0], this]);
    } };
    defineProperty(prototype, "forEach", { value: forEach, writable: true, configurable: true });
  }

  // What the console shows of an object whose state is private: its class and these attributes.
  function preview(Class, names) {
    function show(depth, _options, inspect) {
      if (depth < 0) return "[" + Class.name + "]";
      const shown = {};
      for (const name of names) shown[name] = this[name];
      return Class.name + " " + inspect(shown, { depth });
    }
    defineProperty(Class.prototype, Symbol.for("nodejs.util.inspect.custom"), { value: show, configurable: true, writable: true });
  }

  return { required, dictionary, integer, usv, isPlatformObject, expose, constants, iterable, preview };
});
