// structuredClone, by the HTML standard's serialization and deserialization, in one pass.
(function (_host, kernel) {
  "use strict";
  const { apply, getOwnPropertyDescriptor, getPrototypeOf, defineProperty } = Reflect;
  const { isArray } = Array;
  const { required, dictionary, isPlatformObject } = kernel.use("webidl");
  const { DOMException } = kernel.use("domexception");

  const getter = (prototype, name) => getOwnPropertyDescriptor(prototype, name).get;
  const TypedArray = getPrototypeOf(Uint8Array);
  const typedArrayName = getter(TypedArray.prototype, Symbol.toStringTag);
  const viewLength = getter(DataView.prototype, "byteLength");
  const viewBuffer = getter(DataView.prototype, "buffer");
  const bufferLength = getter(ArrayBuffer.prototype, "byteLength");
  const isResizable = getter(ArrayBuffer.prototype, "resizable");
  const isDetached = getter(ArrayBuffer.prototype, "detached");
  const mapSize = getter(Map.prototype, "size");
  const setSize = getter(Set.prototype, "size");
  const regExpSource = getter(RegExp.prototype, "source");
  const errors = { __proto__: null, Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };
  const boxes = [[Boolean, Boolean.prototype.valueOf], [Number, Number.prototype.valueOf], [BigInt, BigInt.prototype.valueOf], [String, String.prototype.valueOf]];

  // Built-in objects with state of their own that is not cloned; what inherits from them is theirs.
  const iterator = (made) => getPrototypeOf(made);
  const closed = new Set([
    Promise.prototype, WeakMap.prototype, WeakSet.prototype, WeakRef.prototype, FinalizationRegistry.prototype,
    SharedArrayBuffer.prototype, Symbol.prototype, iterator([][Symbol.iterator]()), iterator(new Map().keys()),
    iterator(new Set().keys()), iterator(""[Symbol.iterator]()), iterator("".matchAll(/x/g)),
    getPrototypeOf(function* () {}).prototype, getPrototypeOf(async function* () {}).prototype,
  ]);

  const refusal = (what) => new DOMException(what + " could not be cloned", "DataCloneError");

  // The answer of a method that only an object of its kind has; undefined for any other.
  function branded(method, value, ...args) {
    try {
      return apply(method, value, args);
    } catch {
      return undefined;
    }
  }

  function inherits(value, prototypes) {
    for (let object = value; object !== null; object = getPrototypeOf(object)) if (prototypes.has(object)) return true;
    return false;
  }

  // ---- what a value becomes -----------------------------------------------------------------------

  // Makes the copy of an object without its parts, and puts what fills them in on the stack; objects
  // met before are answered from memory. The stack, not recursion: depth has no limit.
  function shell(value, state) {
    if (typeof value !== "object" || value === null) {
      if (typeof value === "symbol") throw refusal(String(value));
      if (typeof value === "function") throw refusal("a function");
      return value;
    }
    const known = state.memory.get(value);
    if (known !== undefined) return known;
    const made = simple(value) ?? binary(value, state) ?? collection(value, state) ?? failure(value, state) ?? plain(value, state);
    state.memory.set(value, made);
    return made;
  }

  function simple(value) {
    const prototype = getPrototypeOf(value);
    if (prototype === Object.prototype || isArray(value)) return undefined;
    for (const [Class, valueOf] of boxes) {
      const inner = branded(valueOf, value);
      if (inner !== undefined) return Object(inner);
    }
    const time = branded(Date.prototype.getTime, value);
    if (time !== undefined) return new Date(time);
    const global = branded(getter(RegExp.prototype, "global"), value);
    return global === undefined ? undefined : new RegExp(apply(regExpSource, value, []), value.flags);
  }

  function binary(value, state) {
    if (branded(bufferLength, value) !== undefined) return bufferCopy(value);
    const name = apply(typedArrayName, value, []);
    if (name === undefined && !ArrayBuffer.isView(value)) return undefined;
    if (name === undefined && branded(viewLength, value) === undefined) throw refusal("a view out of bounds");
    const buffer = name === undefined ? apply(viewBuffer, value, []) : value.buffer;
    const copy = shell(buffer, state);
    const Class = name === undefined ? DataView : globalThis[name];
    if (tracksLength(value, buffer)) return new Class(copy, value.byteOffset);
    return new Class(copy, value.byteOffset, name === undefined ? value.byteLength : value.length);
  }

  // Whether a view on a resizable buffer goes to its end, wherever that is.
  function tracksLength(view, buffer) {
    if (!apply(isResizable, buffer, [])) return false;
    const { byteLength } = buffer;
    if (byteLength === buffer.maxByteLength) return false;
    const before = view.byteLength;
    const step = view.BYTES_PER_ELEMENT ?? 1;
    if (byteLength + step > buffer.maxByteLength) return false;
    buffer.resize(byteLength + step);
    const grown = view.byteLength > before;
    buffer.resize(byteLength);
    return grown;
  }

  function bufferCopy(buffer) {
    if (apply(isDetached, buffer, [])) throw refusal("a detached ArrayBuffer");
    if (!apply(isResizable, buffer, [])) return apply(ArrayBuffer.prototype.slice, buffer, [0]);
    const copy = new ArrayBuffer(buffer.byteLength, { maxByteLength: buffer.maxByteLength });
    new Uint8Array(copy).set(new Uint8Array(buffer));
    return copy;
  }

  function collection(value, state) {
    if (branded(mapSize, value) !== undefined) {
      const copy = new Map();
      const entries = [...apply(Map.prototype.entries, value, [])];
      let key;
      // A key is whole before its value begins.
      push(state, 2 * entries.length, (i) => {
        if (i % 2 === 0) key = shell(entries[i / 2][0], state);
        else copy.set(key, shell(entries[(i - 1) / 2][1], state));
      });
      return copy;
    }
    if (branded(setSize, value) === undefined) return undefined;
    const copy = new Set();
    const items = [...apply(Set.prototype.values, value, [])];
    push(state, items.length, (i) => copy.add(shell(items[i], state)));
    return copy;
  }

  function failure(value, state) {
    if (!Error.isError(value)) return undefined;
    const isException = value instanceof DOMException;
    const copy = isException ? new DOMException(value.message, value.name) : new (errors[value.name] ?? Error)();
    const hidden = (name, text) => defineProperty(copy, name, { value: text, writable: true, configurable: true });
    const message = getOwnPropertyDescriptor(value, "message");
    if (!isException && message !== undefined && "value" in message) hidden("message", `${message.value}`);
    const stack = getOwnPropertyDescriptor(value, "stack")?.value;
    if (typeof stack === "string") hidden("stack", stack);
    const cause = getOwnPropertyDescriptor(value, "cause");
    if (cause !== undefined && "value" in cause) push(state, 1, () => hidden("cause", shell(cause.value, state)));
    return copy;
  }

  function plain(value, state) {
    if (inherits(value, closed)) throw refusal("an object of type " + Object.prototype.toString.call(value).slice(8, -1));
    if (isPlatformObject(value) || kernel.hostObjectTag(value)) throw refusal("an object of type " + (value.constructor?.name ?? "Object"));
    const copy = isArray(value) ? new Array(value.length) : {};
    const keys = Object.keys(value);
    push(state, keys.length, (i) => {
      const key = keys[i];
      if (!Object.hasOwn(value, key)) return;
      defineProperty(copy, key, { value: shell(value[key], state), writable: true, enumerable: true, configurable: true });
    });
    return copy;
  }

  // ---- the pass ---------------------------------------------------------------------------------

  function push(state, steps, step) {
    if (steps > 0) state.stack.push({ next: 0, steps, step });
  }

  function clone(value) {
    const state = { memory: new Map(), stack: [] };
    const copy = shell(value, state);
    const { stack } = state;
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      const index = top.next++;
      if (top.next === top.steps) stack.pop(); // before its last part: a long chain stays flat
      top.step(index);
    }
    return copy;
  }

  function checkTransfer(transfer) {
    const buffers = new Set();
    for (const buffer of transfer) {
      if (branded(bufferLength, buffer) === undefined) throw refusal("a value that is to be transferred and is no ArrayBuffer");
      if (buffers.has(buffer)) throw refusal("an ArrayBuffer that is to be transferred twice");
      if (apply(isDetached, buffer, [])) throw refusal("a detached ArrayBuffer");
      buffers.add(buffer);
    }
    return buffers;
  }

  function structuredClone(value, options = undefined) {
    required("structuredClone", arguments.length, 1);
    const { transfer = [] } = dictionary("structuredClone", options);
    const buffers = checkTransfer(transfer);
    const copy = clone(value);
    for (const buffer of buffers) apply(ArrayBuffer.prototype.transfer, buffer, []); // detaches it
    return copy;
  }

  return { structuredClone };
});
