// The JavaScript half of the bridge between a realm and its host.
//
// Only null, booleans, numbers and strings cross. A string that carries anything is tagged by its
// first character:
//   s text      j JSON      u undefined      e a thrown error, as JSON      p<id> a promise
//   o<class>:<id> a host object              t the receiver of the call     f<id> a host callable
// Everything here is captured before a script runs, so that a script which rewrites the built-ins
// breaks only itself.
(function (raw) {
  "use strict";
  const { parse, stringify } = JSON;
  const { apply, ownKeys } = Reflect;
  const { create, defineProperty, freeze, assign } = Object;
  const { isArray } = Array;
  const BuiltinAggregateError = AggregateError;
  const globalEval = eval;
  const NativePromise = Promise;
  const NativeWeakRef = WeakRef;
  const then = Promise.prototype.then;
  const resolveWith = Promise.resolve.bind(Promise);
  const stringSlice = String.prototype.slice;
  const stringSplit = String.prototype.split;
  const startsWith = String.prototype.startsWith;
  const padStart = String.prototype.padStart;
  const numberToString = Number.prototype.toString;
  const stringIncludes = String.prototype.includes;
  const builtinErrors = { __proto__: null, Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError, AggregateError };
  const BuiltinError = Error;
  const BuiltinTypeError = TypeError;
  const BuiltinRangeError = RangeError;

  // A Map or WeakMap whose methods are its own, whatever a script does to the prototypes.
  function pinned(map) {
    for (const name of ["get", "set", "has", "delete"]) {
      const method = map[name];
      defineProperty(map, name, { value: (...args) => apply(method, map, args) });
    }
    return map;
  }

  const MAX_ERROR_CHARS = 65536;
  const LOAD_FAILURE = "module loader failed for ";
  const table = () => create(null);
  let maxChars = 0;
  let counter = 0;

  // ---- errors ---------------------------------------------------------------------------------

  const hostErrorIds = pinned(new WeakMap());
  const errorClasses = table();
  const declaredErrors = table();

  function errorClass(name) {
    if (builtinErrors[name]) return builtinErrors[name];
    if (errorClasses[name]) return errorClasses[name];
    if (!declaredErrors[name]) return BuiltinError;
    const made = { [name]: class extends BuiltinError {} }[name];
    defineProperty(made.prototype, "name", { value: name, configurable: true, writable: true });
    errorClasses[name] = made;
    return made;
  }

  // Frames of this file and of the built-ins that carry it say nothing to a script's author.
  const foreignFrames = ["(./marotte:", "at ./marotte:", "at eval (native)", "at apply (native)"];

  function isOwnFrame(line) {
    if (line === "") return false;
    for (let i = 0; i < foreignFrames.length; i++) {
      if (apply(stringIncludes, line, [foreignFrames[i]])) return false;
    }
    return true;
  }

  function ownStack(stack) {
    const lines = apply(stringSplit, stack, ["\n"]);
    let kept = "";
    for (let i = 0; i < lines.length; i++) {
      if (isOwnFrame(lines[i])) kept += (kept === "" ? "" : "\n") + lines[i];
    }
    return kept;
  }

  function makeError(data) {
    const Class = errorClass(data.name);
    const error = Class === BuiltinAggregateError ? new Class([], data.message) : new Class(data.message);
    if (error.name !== data.name) defineProperty(error, "name", { value: data.name, configurable: true, writable: true });
    if (data.code !== undefined) error.code = data.code;
    if (data.cause !== undefined) defineProperty(error, "cause", { value: makeError(data.cause), configurable: true, writable: true });
    if (data.properties !== undefined) assign(error, data.properties);
    const position = data.stack === undefined ? "" : data.stack + "\n";
    defineProperty(error, "stack", { value: position + ownStack(error.stack), configurable: true, writable: true });
    if (data.id !== undefined) hostErrorIds.set(error, data.id);
    return error;
  }

  function textOf(value) {
    if (typeof value === "string") return value;
    if (typeof value === "symbol") return value.description === undefined ? "Symbol()" : "Symbol(" + value.description + ")";
    if (typeof value === "object" && value !== null) {
      const json = stringify(value);
      if (json !== undefined && json.length <= 1000) return json;
    }
    return String(value);
  }

  function attempt(read, otherwise) {
    try {
      return read();
    } catch {
      return otherwise;
    }
  }

  const clip = (text) => (text.length <= MAX_ERROR_CHARS ? text : apply(stringSlice, text, [0, MAX_ERROR_CHARS]) + "…");

  // What the host is told of a thrown value; hostile getters cost only the field they guard.
  function describe(value, depth) {
    if (typeof value !== "object" || value === null || !attempt(() => value instanceof BuiltinError, false)) {
      return { name: "Error", message: "uncaught " + attempt(() => clip(textOf(value)), "value"), thrown: true };
    }
    const told = { name: attempt(() => clip(String(value.name)), "Error"), message: attempt(() => clip(String(value.message)), "") };
    const load = told.name === "ReferenceError" && apply(startsWith, told.message, [LOAD_FAILURE]) ? raw.loadError(told.message) : null;
    if (load !== null) return parse(load);
    const stack = attempt(() => value.stack, undefined);
    if (typeof stack === "string") told.stack = ownStack(clip(stack));
    const code = attempt(() => value.code, undefined);
    if (typeof code === "number") told.code = code;
    else if (typeof code === "string") told.code = clip(code);
    const cause = attempt(() => value.cause, undefined);
    if (cause !== undefined && depth > 0) told.cause = describe(cause, depth - 1);
    const id = hostErrorIds.get(value);
    if (id !== undefined) told.id = id;
    return told;
  }

  const describeText = (error) => stringify(describe(error, 5));

  // ---- values ---------------------------------------------------------------------------------

  const pending = table(); // promise id -> {resolve, reject}
  const functions = table(); // callback id -> function
  const functionIds = pinned(new Map());
  const references = pinned(new WeakMap()); // host object -> record
  const records = table(); // host object id -> record
  const classes = table();

  const finalizer = new FinalizationRegistry((record) => {
    if (records[record.id] === record) delete records[record.id];
    raw.drop(record.id, record.crossings);
  });
  const register = finalizer.register.bind(finalizer);
  const deref = WeakRef.prototype.deref;

  function hostObject(tag) {
    const parts = apply(stringSplit, tag, [":"]);
    const id = +parts[1];
    const known = records[id];
    const alive = known && apply(deref, known.reference, []);
    if (alive) {
      known.crossings++;
      return alive;
    }
    const object = create(hostClass(parts[0]).prototype);
    const record = { id, crossings: 1, reference: new NativeWeakRef(object) };
    records[id] = record;
    references.set(object, record);
    register(object, record);
    return object;
  }

  function promiseFor(id) {
    return new NativePromise((resolve, reject) => {
      pending[id] = { resolve, reject };
    });
  }

  function hostCallable(id) {
    return (...args) => decode(raw.callable(id, ...encodeArguments(args)), undefined);
  }

  function decode(value, receiver) {
    if (typeof value !== "string") return value;
    const rest = apply(stringSlice, value, [1]);
    switch (value[0]) {
      case "s": return rest;
      case "j": return parse(rest);
      case "u": return undefined;
      case "p": return promiseFor(+rest);
      case "t": return receiver;
      case "o": return hostObject(rest);
      case "f": return hostCallable(+rest);
      case "e": throw makeError(parse(rest));
    }
    throw new BuiltinError("unknown value tag");
  }

  function json(value) {
    const text = stringify(value);
    if (text === undefined) throw new BuiltinTypeError("a value of type " + typeof value + " cannot cross to the host; only JSON values can");
    if (text.length > maxChars) throw tooLarge(text.length);
    return text;
  }

  function tooLarge(length) {
    return new BuiltinRangeError("value too large: " + length + " characters, at most " + maxChars + " may cross");
  }

  function encode(value) {
    switch (typeof value) {
      case "boolean":
      case "number":
        return value;
      case "undefined":
        return "u";
      case "string":
        if (value.length > maxChars) throw tooLarge(value.length);
        return "s" + value;
      case "object":
        if (value === null) return null;
        if (references.has(value)) return "o" + references.get(value).id;
        return "j" + json(value);
      default:
        throw new BuiltinTypeError("a " + typeof value + " cannot cross to the host; only JSON values can");
    }
  }

  const encodeArguments = (args) => {
    const encoded = [];
    for (let i = 0; i < args.length; i++) encoded[i] = encode(args[i]);
    return encoded;
  };

  function retain(fn) {
    let id = functionIds.get(fn);
    if (id === undefined) {
      id = ++counter;
      functionIds.set(fn, id);
      functions[id] = fn;
    }
    return id;
  }

  // Copies the parts of an argument where functions and host objects are expected, and replaces
  // those by tokens; `paths` is a tree of property names whose leaves are true ("*": each element).
  function lift(value, paths) {
    if (typeof value === "function") return paths === true || paths["()"] ? { $function: retain(value) } : value;
    if (typeof value !== "object" || value === null) return value;
    if (references.has(value)) return { $object: references.get(value).id };
    if (paths === true) return value;
    if (isArray(value)) {
      const each = paths["*"];
      if (each === undefined) return value;
      const copy = [];
      for (let i = 0; i < value.length; i++) copy[i] = lift(value[i], each);
      return copy;
    }
    const copy = assign({}, value);
    for (const key of ownKeys(paths)) if (key in value) copy[key] = lift(value[key], paths[key]);
    return copy;
  }

  // ---- host functions -------------------------------------------------------------------------

  // One digit of base 8 an argument says how it crosses: 0 as it is, 1 JSON, 2 absent.
  function callHost(spec, self, args) {
    const { index, lifts, arity } = spec;
    let kinds = 0;
    let more = ""; // the digits beyond the sixteenth, which a number cannot hold
    let count = args.length < arity ? args.length : arity;
    const limit = spec.rest ? args.length : count;
    const sent = [];
    for (let i = 0; i < limit; i++) {
      let value = args[i];
      let kind = 0;
      const paths = lifts && lifts[i < arity ? i : arity];
      if (paths !== undefined && paths !== null) value = lift(value, paths);
      switch (typeof value) {
        case "number":
        case "boolean":
          sent[i] = value;
          break;
        case "string":
          if (value.length > maxChars) throw tooLarge(value.length);
          sent[i] = value;
          break;
        case "undefined":
          sent[i] = null;
          kind = 2;
          break;
        case "object":
          if (value === null) {
            sent[i] = null;
          } else {
            sent[i] = json(value);
            kind = 1;
          }
          break;
        default:
          throw new BuiltinTypeError(spec.name + "(): argument " + (i + 1) + ": a " + typeof value + " is not accepted here");
      }
      if (i >= 16) more = kind + more;
      else if (kind !== 0) kinds += kind * 8 ** i;
    }
    const sentKinds = more === "" ? kinds : more + apply(padStart, apply(numberToString, kinds, [8]), [16, "0"]);
    return apply(raw.call, undefined, [index, self, sentKinds, ...sent]);
  }

  function named(name, arity, fn) {
    defineProperty(fn, "name", { value: name, configurable: true });
    defineProperty(fn, "length", { value: arity, configurable: true });
    return fn;
  }

  function hostFunction(spec) {
    return named(spec.name, spec.required, { call(...args) { return decode(callHost(spec, -1, args), undefined); } }.call);
  }

  function receiver(object, className, member) {
    const record = typeof object === "object" && object !== null ? references.get(object) : undefined;
    if (record === undefined) throw new BuiltinTypeError(className + "." + member + " called on an object that is not a " + className);
    return record.id;
  }

  function hostMethod(className, spec) {
    const method = { call(...args) { return decode(callHost(spec, receiver(this, className, spec.name), args), this); } }.call;
    return named(spec.name, spec.required, method);
  }

  function hostGetter(className, spec) {
    const cache = spec.cached ? pinned(new WeakMap()) : null;
    return function () {
      if (cache !== null && cache.has(this)) return cache.get(this);
      const value = decode(callHost(spec, receiver(this, className, spec.name), []), this);
      if (cache !== null) cache.set(this, value);
      return value;
    };
  }

  function asyncIterator(className, spec) {
    return function () {
      const source = this;
      const iterator = decode(callHost(spec, receiver(source, className, "[Symbol.asyncIterator]"), []), source);
      const step = (member) => (...args) => iterator[member](...args);
      return { next: step("next"), return: step("return"), [Symbol.asyncIterator]() { return this; } };
    };
  }

  function hostClass(index) {
    const known = classes[index];
    if (known) return known;
    const spec = decode(raw.classSpec(+index), undefined);
    const made = { [spec.name]: class { constructor() { throw new BuiltinTypeError("Illegal constructor"); } } }[spec.name];
    for (const member of spec.members) {
      const shape = { configurable: true, enumerable: false };
      if (member.kind === "getter") defineProperty(made.prototype, member.name, { ...shape, get: hostGetter(spec.name, member) });
      else if (member.kind === "iterator") defineProperty(made.prototype, Symbol.asyncIterator, { ...shape, writable: true, value: asyncIterator(spec.name, member) });
      else defineProperty(made.prototype, member.name, { ...shape, writable: true, value: hostMethod(spec.name, member) });
    }
    defineProperty(made.prototype, Symbol.toStringTag, { value: spec.name, configurable: true });
    classes[index] = made;
    return made;
  }

  // ---- bindings -------------------------------------------------------------------------------

  const loaded = table();
  const inner = table();

  // All that a binding has, with what only faces see: its private functions among them.
  function use(name) {
    binding(name);
    return inner[name];
  }

  function binding(name) {
    if (loaded[name]) return loaded[name];
    const spec = decode(raw.bindingSpec(name), undefined);
    const host = {};
    for (const fn of spec.functions) host[fn.name] = hostFunction(fn);
    const exported = {};
    for (const key of spec.exported) if (host[key]) exported[key] = host[key];
    for (const key of ownKeys(spec.namespaces)) {
      const members = {};
      for (const fn of spec.namespaces[key]) members[fn.name] = hostFunction(fn);
      exported[key] = freeze(members);
    }
    for (const key of ownKeys(spec.values)) exported[key] = deepFreeze(spec.values[key]);
    for (const key of spec.errors) exported[key] = errorClass(key);
    inner[name] = exported;
    if (spec.face) assign(exported, raw.face(name)(host, faceKernel));
    const ordered = {};
    for (const key of spec.exported) ordered[key] = exported[key];
    loaded[name] = ordered;
    return ordered;
  }

  function deepFreeze(value) {
    if (typeof value === "object" && value !== null) {
      for (const key of ownKeys(value)) deepFreeze(value[key]);
      freeze(value);
    }
    return value;
  }

  function lazyGlobal(name, bindingName) {
    const settle = (value) => defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
    defineProperty(globalThis, name, {
      configurable: true,
      enumerable: false,
      get() {
        const value = binding(bindingName)[name];
        settle(value);
        return value;
      },
      set: settle,
    });
  }

  const modules = table(); // module name -> binding name
  const moduleHook = Symbol.for("marotte.module");
  defineProperty(globalThis, moduleHook, { value: moduleValue });

  function moduleValue(name) {
    if (typeof name !== "string") throw new BuiltinTypeError("a module name is text");
    return modules[name] ? binding(modules[name]) : decode(raw.jsonModule(name), undefined);
  }

  function install(text) {
    const spec = parse(text);
    maxChars = spec.maxChars;
    for (const name of spec.errors) declaredErrors[name] = true;
    for (const name of ownKeys(spec.globals)) lazyGlobal(name, spec.globals[name]);
    for (const name of ownKeys(spec.modules)) modules[name] = spec.modules[name];
  }

  // ---- classic scripts ------------------------------------------------------------------------

  const required = table(); // path -> module object

  function requireFrom(base) {
    return named("require", 1, (specifier) => {
      if (typeof specifier !== "string") throw new BuiltinTypeError("require() takes a module name, got " + textOf(specifier));
      if (modules[specifier]) return binding(modules[specifier]);
      const path = decode(raw.resolve(base, specifier), undefined);
      return runClassic(path).exports;
    });
  }

  function runClassic(path) {
    if (required[path]) return required[path];
    const compiled = raw.compile(path);
    const module = { exports: {}, id: path };
    required[path] = module;
    try {
      if (typeof compiled === "function") apply(compiled, module.exports, [module.exports, requireFrom(path), module, path, directory(path)]);
      else module.exports = decode(compiled, undefined);
    } catch (error) {
      delete required[path];
      throw error;
    }
    return module;
  }

  function directory(path) {
    let end = 0;
    for (let i = 0; i < path.length; i++) if (path[i] === "/") end = i;
    return apply(stringSlice, path, [0, end]);
  }

  // ---- what the host calls --------------------------------------------------------------------

  function isThenable(value) {
    return typeof value === "object" && value !== null && !references.has(value) && typeof value.then === "function";
  }

  function answer(value) {
    if (!isThenable(value)) return encode(value);
    const id = ++counter;
    apply(then, resolveWith(value), [
      (result) => raw.settled(id, attemptEncode(result)),
      (error) => {
        if (typeof error === "object" && error !== null) told.set(error, true);
        raw.settled(id, "e" + describeText(error));
      },
    ]);
    return "p" + id;
  }

  function attemptEncode(value) {
    try {
      return encode(value);
    } catch (error) {
      return "e" + describeText(error);
    }
  }

  function guarded(action) {
    try {
      return answer(action());
    } catch (error) {
      return "e" + describeText(error);
    }
  }

  const decodeAll = (args) => {
    const decoded = [];
    for (let i = 0; i < args.length; i++) decoded[i] = decode(args[i], undefined);
    return decoded;
  };

  const invoke = (id, ...args) => guarded(() => {
    const fn = functions[id];
    if (fn === undefined) throw new BuiltinError("the callback was released");
    return apply(fn, undefined, decodeAll(args));
  });

  // One event for several listeners, in order; what one of them throws goes to the host.
  function deliver(text, ...ids) {
    const event = deepFreeze(parse(text));
    for (let i = 0; i < ids.length; i++) {
      try {
        const result = apply(functions[ids[i]], undefined, [event]);
        if (isThenable(result)) {
          const id = ids[i];
          apply(then, resolveWith(result), [undefined, (error) => raw.listenerFailed(id, describeText(error))]);
        }
      } catch (error) {
        raw.listenerFailed(ids[i], describeText(error));
      }
    }
  }

  function settle(id, value) {
    const waiting = pending[id];
    if (waiting === undefined) return false;
    delete pending[id];
    try {
      // What the binding passes where the heap has no room for the text.
      if (typeof value === "unknown") throw new BuiltinError("out of memory");
      waiting.resolve(decode(value, undefined));
    } catch (error) {
      waiting.reject(error);
    }
    return true;
  }

  const evaluate = (source) => guarded(() => globalEval(source));

  const runScript = (path) => guarded(() => {
    defineProperty(globalThis, "require", { value: requireFrom(path), writable: true, configurable: true });
    const exports = runClassic(path).exports;
    return isThenable(exports) ? apply(then, resolveWith(exports), [() => undefined]) : undefined;
  });

  const namespaces = table();

  // Evaluates a module; answers, once it is done, the names it exports.
  const runModule = (path) => guarded(() => apply(then, import(path), [(namespace) => {
    namespaces[path] = namespace;
    return ownKeys(namespace).filter((key) => typeof key === "string");
  }]));

  const exported = (path, name) => guarded(() => namespaces[path][name]);
  const retainExport = (path, name) => guarded(() => {
    const value = namespaces[path][name];
    return typeof value === "function" ? retain(value) : null;
  });

  function release(...ids) {
    for (let i = 0; i < ids.length; i++) {
      const fn = functions[ids[i]];
      if (fn === undefined) continue;
      functionIds.delete(fn);
      delete functions[ids[i]];
    }
  }

  // ---- unhandled rejections -------------------------------------------------------------------

  const rejected = pinned(new Map());
  const told = pinned(new WeakMap()); // errors that reached the host as an answer
  let rejectedOrder = [];

  function onRejection(promise, reason, handled) {
    if (handled) {
      rejected.delete(promise);
    } else {
      rejected.set(promise, reason);
      rejectedOrder[rejectedOrder.length] = promise;
    }
  }

  function takeUnhandled() {
    const unhandled = [];
    const order = rejectedOrder;
    rejectedOrder = [];
    for (let i = 0; i < order.length; i++) {
      if (!rejected.has(order[i])) continue;
      const reason = rejected.get(order[i]);
      rejected.delete(order[i]);
      if (typeof reason === "object" && reason !== null && told.has(reason)) continue;
      unhandled[unhandled.length] = describe(reason, 5);
    }
    return stringify(unhandled);
  }

  const faceKernel = freeze({ use, named, describe: describeText, errorClass, retain, hostObjectTag: (value) => references.has(value), attempt });

  return {
    install, invoke, deliver, settle, evaluate, runScript, runModule, exported, retainExport,
    release, onRejection, takeUnhandled,
  };
});
