// The JavaScript half of the bridge between a realm and its host.
//
// Only null, booleans, numbers and strings cross. A string that carries anything is tagged by its
// first character:
//   s text      j JSON      z JSON, to be frozen      u undefined      e a thrown error, as JSON
//   p<id> a promise      o<class>:<id> a host object      t the receiver of the call
//   f<id> a host callable
// Everything here is captured before a script runs, so that a script which rewrites the built-ins
// breaks only itself. For the same reason nothing here iterates (a script may replace the array
// iterator), nothing assigns where a prototype's setter could be met (tables and descriptors have no
// prototype), and promises are awaited, not chained.
(function (raw) {
  "use strict";
  const { parse, stringify } = JSON;
  const { apply, ownKeys } = Reflect;
  const { assign, create, defineProperty, freeze, hasOwn, setPrototypeOf } = Object;
  const { isArray } = Array;
  const { asyncIterator, toStringTag } = Symbol;
  const global = globalThis;
  const globalEval = eval;
  const toInteger = parseInt;
  const callOf = Function.prototype.call;
  const uncurried = (method) => callOf.bind(method);
  const slice = uncurried(String.prototype.slice);
  const indexOf = uncurried(String.prototype.indexOf);
  const lastIndexOf = uncurried(String.prototype.lastIndexOf);
  const endsWith = uncurried(String.prototype.endsWith);
  const includes = uncurried(String.prototype.includes);
  const startsWith = uncurried(String.prototype.startsWith);
  const padStart = uncurried(String.prototype.padStart);
  const numberText = uncurried(Number.prototype.toString);
  const mapGet = uncurried(Map.prototype.get);
  const mapSet = uncurried(Map.prototype.set);
  const mapHas = uncurried(Map.prototype.has);
  const mapDelete = uncurried(Map.prototype.delete);
  const weakGet = uncurried(WeakMap.prototype.get);
  const weakSet = uncurried(WeakMap.prototype.set);
  const weakHas = uncurried(WeakMap.prototype.has);
  const deref = uncurried(WeakRef.prototype.deref);
  const BuiltinError = Error;
  const BuiltinAggregateError = AggregateError;
  const BuiltinTypeError = TypeError;
  const BuiltinRangeError = RangeError;
  const BuiltinPromise = Promise;
  const BuiltinString = String;
  const BuiltinWeakMap = WeakMap;
  const BuiltinWeakRef = WeakRef;
  const builtinErrors = { __proto__: null, Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError, AggregateError };
  const hostCall = raw.call;
  const importModule = raw.import;

  const table = () => create(null);
  const list = () => setPrototypeOf([], null);
  const property = (value) => ({ __proto__: null, value, writable: true, configurable: true });
  const fixed = (value) => ({ __proto__: null, value, configurable: true });
  const isObject = (value) => typeof value === "object" && value !== null;

  function each(items, action) {
    for (let i = 0; i < items.length; i++) action(items[i]);
  }

  const born = Date.now();
  const INPUT = "<input>";
  const MAX_ERROR_CHARS = 65536;
  const LOAD_FAILURE = "module loader failed for ";
  let maxChars = 0;
  let counter = 0;

  // ---- errors ---------------------------------------------------------------------------------

  const hostErrorIds = new WeakMap();
  const errorClasses = table();
  const declaredErrors = table();

  function errorClass(name) {
    if (builtinErrors[name]) return builtinErrors[name];
    if (errorClasses[name]) return errorClasses[name];
    if (!declaredErrors[name]) return BuiltinError;
    const made = { [name]: class extends BuiltinError {} }[name];
    defineProperty(made.prototype, "name", property(name));
    errorClasses[name] = made;
    return made;
  }

  // Frames of this file and of the built-ins that carry it say nothing to a script's author. Where
  // the engine can, it is compiled without positions, and then only a script's frames have any.
  const foreignFrames = ["(./marotte:", "at ./marotte:", "at eval (native)", "at apply (native)"];

  function isOwnFrame(line) {
    if (!includes(line, ":") && !includes(line, "(native)")) return false;
    for (let i = 0; i < foreignFrames.length; i++) {
      if (includes(line, foreignFrames[i])) return false;
    }
    return true;
  }

  function frames(stack, shown) {
    let kept = "";
    for (let start = 0; start < stack.length; ) {
      let end = indexOf(stack, "\n", start);
      if (end < 0) end = stack.length;
      const line = slice(stack, start, end);
      if (isOwnFrame(line)) kept += (kept === "" ? "" : "\n") + shown(line);
      start = end + 1;
    }
    return kept;
  }

  let inputName = INPUT; // what the host calls the source that it had evaluated
  let classicColumns = 0; // of the wrapper before the first line of a classic script
  const classic = table(); // path -> whether it was run so

  // A frame as the script's author knows it: the engine counts the wrapper, and has no name for
  // evaluated source.
  function shownFrame(line) {
    const input = indexOf(line, INPUT + ":");
    if (input >= 0) return slice(line, 0, input) + inputName + slice(line, input + INPUT.length);
    const place = lastIndexOf(line, ":1:");
    const column = place < 0 ? 0 : toInteger(slice(line, place + 3));
    if (!(column > classicColumns) || !classic[slice(line, indexOf(line, "./"), place)]) return line;
    return slice(line, 0, place + 3) + (column - classicColumns) + (endsWith(line, ")") ? ")" : "");
  }

  const ownFrames = (stack) => frames(stack, (line) => line);
  const ownStack = (stack) => frames(stack, shownFrame);

  function makeError(data) {
    const has = (key) => hasOwn(data, key);
    const Class = errorClass(data.name);
    const error = Class === BuiltinAggregateError ? new Class([], data.message) : new Class(data.message);
    if (error.name !== data.name) defineProperty(error, "name", property(data.name));
    if (has("code")) show(error, "code", data.code);
    if (has("cause")) defineProperty(error, "cause", property(makeError(data.cause)));
    if (has("properties")) assign(error, data.properties);
    const position = has("stack") ? data.stack + "\n" : "";
    defineProperty(error, "stack", property(position + ownFrames(error.stack)));
    if (has("id")) weakSet(hostErrorIds, error, data.id);
    return error;
  }

  function textOf(value) {
    if (typeof value === "string") return value;
    if (typeof value === "symbol") return value.description === undefined ? "Symbol()" : "Symbol(" + value.description + ")";
    if (isObject(value)) {
      const json = stringify(value);
      if (json !== undefined && json.length <= 1000) return json;
    }
    return BuiltinString(value);
  }

  function attempt(read, otherwise) {
    try {
      return read();
    } catch {
      return otherwise;
    }
  }

  const clip = (text) => (text.length <= MAX_ERROR_CHARS ? text : slice(text, 0, MAX_ERROR_CHARS) + "…");

  // The module loader's own account of an error, which the binding has cut.
  function loadFailure(told) {
    if (told.name !== "ReferenceError" || !startsWith(told.message, LOAD_FAILURE)) return null;
    const whole = raw.loadError(told.message);
    return whole === null ? null : parse(whole);
  }

  // What the host is told of a thrown value; hostile getters cost only the field they guard.
  function describe(value, depth) {
    if (!isObject(value) || !attempt(() => value instanceof BuiltinError, false)) {
      return { __proto__: null, name: "Error", message: "uncaught " + attempt(() => clip(textOf(value)), "value"), thrown: true };
    }
    const told = {
      __proto__: null,
      name: attempt(() => clip(BuiltinString(value.name)), "Error"),
      message: attempt(() => clip(BuiltinString(value.message)), ""),
    };
    const failure = loadFailure(told);
    if (failure !== null) return failure;
    const stack = attempt(() => value.stack, undefined);
    if (typeof stack === "string") told.stack = ownStack(clip(stack));
    const code = attempt(() => value.code, undefined);
    if (typeof code === "number") told.code = code;
    else if (typeof code === "string") told.code = clip(code);
    const cause = attempt(() => value.cause, undefined);
    if (cause !== undefined && depth > 0) told.cause = describe(cause, depth - 1);
    const id = weakGet(hostErrorIds, value);
    if (id !== undefined) told.id = id;
    // After a promise hop an interrupt is an error like others.
    if (told.name === "InternalError" && told.message === "interrupted") told.interrupted = true;
    return told;
  }

  // Written out by hand: the engine's own stringify() keeps track of nested objects in an array,
  // for which a script may have set traps.
  function jsonOf(told) {
    let text = "";
    each(ownKeys(told), (key) => {
      const value = told[key];
      const nested = isObject(value) && !isArray(value);
      text += (text === "" ? "" : ",") + stringify(key) + ":" + (nested ? jsonOf(value) : stringify(value));
    });
    return "{" + text + "}";
  }

  const describeText = (error) => jsonOf(describe(error, 5));
  const thrown = (error) => "e" + describeText(error);

  // ---- values ---------------------------------------------------------------------------------

  const pending = table(); // promise id -> {resolve, reject}
  const functions = table(); // callback id -> function
  const functionIds = new Map();
  const references = new WeakMap(); // host object -> record
  const records = table(); // host object id -> record
  const classes = table();

  const finalizer = new FinalizationRegistry((record) => {
    if (records[record.id] === record) delete records[record.id];
    raw.drop(record.id, record.crossings);
  });
  const register = finalizer.register.bind(finalizer);

  function hostObject(tag) {
    const colon = indexOf(tag, ":");
    const id = +slice(tag, colon + 1);
    const known = records[id];
    const alive = known && deref(known.reference);
    if (alive) {
      known.crossings++;
      return alive;
    }
    const object = create(hostClass(slice(tag, 0, colon)).prototype);
    const record = { id, crossings: 1, reference: new BuiltinWeakRef(object) };
    records[id] = record;
    weakSet(references, object, record);
    register(object, record);
    return object;
  }

  function promiseFor(id) {
    return new BuiltinPromise((resolve, reject) => {
      pending[id] = { resolve, reject };
    });
  }

  function hostCallable(id) {
    return (...args) => {
      const sent = list();
      sent[0] = id;
      for (let i = 0; i < args.length; i++) sent[i + 1] = encode(args[i]);
      return decode(apply(raw.callable, undefined, sent), undefined);
    };
  }

  function decode(value, receiver) {
    if (typeof value !== "string") return value;
    const rest = slice(value, 1);
    switch (value[0]) {
      case "s": return rest;
      case "j": return parse(rest);
      case "z": return deepFreeze(parse(rest));
      case "u": return undefined;
      case "p": return promiseFor(+rest);
      case "t": return receiver;
      case "o": return hostObject(rest);
      case "f": return hostCallable(+rest);
      case "c": return received(rest);
      case "e": throw makeError(parse(rest));
    }
    throw new BuiltinError("unknown value tag");
  }

  // A value that a binding's face makes of JSON: `binding:json`.
  function received(tag) {
    const colon = indexOf(tag, ":");
    return use(slice(tag, 0, colon))._receive(parse(slice(tag, colon + 1)));
  }

  function json(value) {
    if (isArray(value) && value.length > maxChars) throw tooLarge(value.length);
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
        if (weakHas(references, value)) return "o" + weakGet(references, value).id;
        return "j" + json(value);
      default:
        throw new BuiltinTypeError("a " + typeof value + " cannot cross to the host; only JSON values can");
    }
  }

  function retain(fn) {
    let id = mapGet(functionIds, fn);
    if (id === undefined) {
      id = ++counter;
      mapSet(functionIds, fn, id);
      functions[id] = fn;
    }
    return id;
  }

  // Copies the parts of an argument where functions and host objects are expected, and replaces
  // those by tokens; `paths` is a tree of property names whose leaves are true ("*": each element).
  function lift(value, paths) {
    if (typeof value === "function") return paths === true || paths["()"] ? { __proto__: null, $function: retain(value) } : value;
    if (!isObject(value)) return value;
    if (weakHas(references, value)) return { __proto__: null, $object: weakGet(references, value).id };
    if (paths === true) return converted(value);
    if (isArray(value)) return liftArray(value, paths["*"]);
    const copy = { __proto__: null, ...value };
    each(ownKeys(paths), (key) => {
      if (key in value) copy[key] = lift(value[key], paths[key]);
    });
    return copy;
  }

  // What faces have said of objects of theirs that stand for a host object.
  const conversions = list();

  function converted(value) {
    for (let i = 0; i < conversions.length; i++) {
      if (conversions[i].matches(value)) return lift(conversions[i].convert(value), null);
    }
    return value;
  }

  function convert(matches, conversion) {
    conversions[conversions.length] = { __proto__: null, matches, convert: conversion };
  }

  function liftArray(value, paths) {
    if (paths === undefined) return value;
    if (value.length > maxChars) throw tooLarge(value.length);
    const copy = list();
    for (let i = 0; i < value.length; i++) copy[i] = lift(value[i], paths);
    return copy;
  }

  // ---- host functions -------------------------------------------------------------------------

  // One digit of base 8 an argument says how it crosses: 0 as it is, 1 JSON, 2 absent. `args` is the
  // caller's own list and is overwritten.
  function callHost(spec, self, args) {
    const { index, lifts, arity } = spec;
    const count = args.length > arity && !spec.rest ? arity : args.length;
    let kinds = 0;
    let more = ""; // the digits beyond the sixteenth, which a number cannot hold
    for (let i = 0; i < count; i++) {
      let value = args[i];
      let kind = 0;
      if (lifts !== null) {
        const paths = lifts[i < arity ? i : arity];
        if (paths !== undefined && paths !== null) value = lift(value, paths);
      }
      switch (typeof value) {
        case "number":
        case "boolean":
          break;
        case "string":
          if (value.length > maxChars) throw tooLarge(value.length);
          break;
        case "undefined":
          value = null;
          kind = 2;
          break;
        case "object":
          if (value === null) break;
          value = json(value);
          kind = 1;
          break;
        default:
          throw new BuiltinTypeError(spec.name + "(): argument " + (i + 1) + ": a " + typeof value + " is not accepted here");
      }
      args[i] = value;
      if (i >= 16) more = kind + more;
      else if (kind !== 0) kinds += kind * 8 ** i;
    }
    if (more !== "") kinds = more + padStart(numberText(kinds, 8), 16, "0");
    switch (count) {
      case 0: return hostCall(index, self, kinds);
      case 1: return hostCall(index, self, kinds, args[0]);
      case 2: return hostCall(index, self, kinds, args[0], args[1]);
      case 3: return hostCall(index, self, kinds, args[0], args[1], args[2]);
    }
    const sent = list();
    sent[0] = index;
    sent[1] = self;
    sent[2] = kinds;
    for (let i = 0; i < count; i++) sent[i + 3] = args[i];
    return apply(hostCall, undefined, sent);
  }

  // What calls need of a function's description, without a prototype to be polluted.
  function callSpec(spec) {
    return {
      __proto__: null,
      name: spec.name,
      index: spec.index,
      arity: spec.arity,
      required: spec.required,
      rest: hasOwn(spec, "rest") && spec.rest,
      lifts: hasOwn(spec, "lifts") ? spec.lifts : null,
    };
  }

  function named(name, arity, fn) {
    defineProperty(fn, "name", fixed(name));
    defineProperty(fn, "length", fixed(arity));
    return fn;
  }

  function hostFunction(described) {
    const spec = callSpec(described);
    return named(spec.name, spec.required, { call(...args) { return decode(callHost(spec, -1, args), undefined); } }.call);
  }

  function receiver(object, className, member) {
    const record = isObject(object) ? weakGet(references, object) : undefined;
    if (record === undefined) throw new BuiltinTypeError(className + "." + member + " called on an object that is not a " + className);
    return record.id;
  }

  function hostMethod(className, described) {
    const spec = callSpec(described);
    const method = { call(...args) { return decode(callHost(spec, receiver(this, className, spec.name), args), this); } }.call;
    return property(named(spec.name, spec.required, method));
  }

  function hostGetter(className, described) {
    const spec = callSpec(described);
    const cache = hasOwn(described, "cached") && described.cached ? new BuiltinWeakMap() : null;
    function get() {
      if (cache !== null && weakHas(cache, this)) return weakGet(cache, this);
      const value = decode(callHost(spec, receiver(this, className, spec.name), []), this);
      if (cache !== null) weakSet(cache, this, value);
      return value;
    }
    return { __proto__: null, get, configurable: true };
  }

  function hostIterator(className, described) {
    const spec = callSpec(described);
    return property(function () {
      const iterator = decode(callHost(spec, receiver(this, className, "[Symbol.asyncIterator]"), []), this);
      return hostIteration(iterator);
    });
  }

  // The engine asks an iterator to return even where it has just come to its end.
  function hostIteration(iterator) {
    let ended = false;
    return {
      async next() {
        const step = await iterator.next();
        ended = step.done === true;
        return step;
      },
      async return(value) {
        if (!ended) await iterator.return();
        ended = true;
        return { done: true, value };
      },
      [asyncIterator]() {
        return this;
      },
    };
  }

  function hostClass(index) {
    const known = classes[index];
    if (known) return known;
    const spec = decode(raw.classSpec(+index), undefined);
    const made = { [spec.name]: class { constructor() { throw new BuiltinTypeError("Illegal constructor"); } } }[spec.name];
    each(spec.members, (member) => {
      if (member.kind === "getter") defineProperty(made.prototype, member.name, hostGetter(spec.name, member));
      else if (member.kind === "iterator") defineProperty(made.prototype, asyncIterator, hostIterator(spec.name, member));
      else defineProperty(made.prototype, member.name, hostMethod(spec.name, member));
    });
    defineProperty(made.prototype, toStringTag, fixed(spec.name));
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
    const host = hostFunctions(spec.functions, table());
    const exported = table();
    each(spec.exported, (key) => {
      if (host[key]) exported[key] = host[key];
    });
    each(ownKeys(spec.namespaces), (key) => {
      exported[key] = freeze(hostFunctions(spec.namespaces[key], {}));
      host[key] = exported[key];
    });
    each(ownKeys(spec.values), (key) => {
      exported[key] = deepFreeze(spec.values[key]);
    });
    each(spec.errors, (key) => {
      exported[key] = errorClass(key);
    });
    inner[name] = exported;
    if (spec.face) assign(exported, raw.face(name)(host, faceKernel));
    const ordered = {};
    each(spec.exported, (key) => show(ordered, key, exported[key]));
    loaded[name] = ordered;
    return ordered;
  }

  function show(object, key, value) {
    defineProperty(object, key, { __proto__: null, value, writable: true, configurable: true, enumerable: true });
  }

  function hostFunctions(described, object) {
    each(described, (fn) => show(object, fn.name, hostFunction(fn)));
    return object;
  }

  function deepFreeze(value) {
    if (isObject(value)) {
      each(ownKeys(value), (key) => deepFreeze(value[key]));
      freeze(value);
    }
    return value;
  }

  // A global that a face defines as a getter and a setter once anything touches it.
  function lazyAccessor(name, bindingName) {
    defineProperty(global, name, {
      __proto__: null,
      configurable: true,
      get() {
        use(bindingName);
        return global[name];
      },
      set(value) {
        use(bindingName);
        global[name] = value;
      },
    });
  }

  function lazyGlobal(name, bindingName) {
    const settle = (value) => defineProperty(global, name, property(value));
    defineProperty(global, name, {
      __proto__: null,
      configurable: true,
      get() {
        const value = binding(bindingName)[name];
        attempt(() => settle(value), undefined); // a frozen global object keeps the getter
        return value;
      },
      set: settle,
    });
  }

  const modules = table(); // module name -> binding name
  defineProperty(global, Symbol.for("marotte.module"), { value: moduleValue });

  function moduleValue(name) {
    if (typeof name !== "string") throw new BuiltinTypeError("a module name is text");
    return modules[name] ? binding(modules[name]) : decode(raw.jsonModule(name), undefined);
  }

  function install(text) {
    const spec = parse(text);
    maxChars = spec.maxChars;
    classicColumns = spec.classicColumns;
    each(spec.errors, (name) => {
      declaredErrors[name] = true;
    });
    each(ownKeys(spec.globals), (name) => lazyGlobal(name, spec.globals[name]));
    each(ownKeys(spec.accessors || {}), (name) => lazyAccessor(name, spec.accessors[name]));
    each(ownKeys(spec.modules), (name) => {
      modules[name] = spec.modules[name];
    });
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
    classic[path] = true;
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
    return slice(path, 0, end);
  }

  // ---- what the host calls --------------------------------------------------------------------

  function isThenable(value) {
    return isObject(value) && !weakHas(references, value) && typeof value.then === "function";
  }

  function answer(value) {
    if (!isThenable(value)) return encode(value);
    const id = ++counter;
    report(id, value);
    return "p" + id;
  }

  async function report(id, promise) {
    let outcome;
    try {
      outcome = encode(await promise);
    } catch (error) {
      if (isObject(error)) weakSet(told, error, true);
      outcome = thrown(error);
    }
    raw.settled(id, outcome);
  }

  function guarded(action) {
    try {
      return answer(action());
    } catch (error) {
      return thrown(error);
    }
  }

  function call(id, args) {
    const fn = functions[id];
    if (fn === undefined) throw new BuiltinError("the callback was released");
    for (let i = 0; i < args.length; i++) args[i] = decode(args[i], undefined);
    return apply(fn, undefined, args);
  }

  function callRetained(id, args) {
    const fn = functions[id];
    if (fn === undefined) throw new BuiltinError("the callback was released");
    for (let i = 0; i < args.length; i++) args[i] = decode(args[i], undefined);
    return apply(fn, undefined, args);
  }

  const invoke = (id, ...args) => guarded(() => callRetained(id, args));

  // A call for its effect: what it answers matters only if it is a promise, and may reject.
  const fire = (id, ...args) => guarded(() => {
    const result = callRetained(id, args);
    return isThenable(result) ? silent(result) : undefined;
  });

  async function silent(promise) {
    await promise;
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

  const evaluate = (source, filename) => guarded(() => {
    inputName = filename;
    return globalEval(source);
  });

  // What a script exports as its result, where JSON can carry it.
  function presentable(value) {
    if (typeof value === "function" || typeof value === "symbol" || typeof value === "bigint") return undefined;
    return value;
  }

  const runScript = (path) => guarded(() => {
    defineProperty(global, "require", property(requireFrom(path)));
    return presentable(runClassic(path).exports);
  });

  const namespaces = table();

  // Evaluates a module; answers, once it is done, its default export.
  const runModule = (path) => guarded(async () => {
    const namespace = await importModule(path);
    namespaces[path] = namespace;
    return presentable(namespace.default);
  });

  const exported = (path, name) => guarded(() => namespaces[path][name]);
  const retainExport = (path, name) => guarded(() => {
    const value = namespaces[path][name];
    return typeof value === "function" ? retain(value) : null;
  });

  function release(...ids) {
    each(ids, (id) => {
      if (functions[id] === undefined) return;
      mapDelete(functionIds, functions[id]);
      delete functions[id];
    });
  }

  // ---- unhandled rejections -------------------------------------------------------------------

  const rejected = new Map();
  const told = new WeakMap(); // errors that reached the host as an answer
  let rejectedOrder = list();
  let rejections = null; // of a face: {unhandled(promise, reason) → taken?, handled(promise)}

  function onRejection(promise, reason, handled) {
    if (handled) {
      if (!mapDelete(rejected, promise) && rejections !== null) rejections.handled(promise);
    } else {
      mapSet(rejected, promise, reason);
      rejectedOrder[rejectedOrder.length] = promise;
    }
  }

  function takeUnhandled() {
    let unhandled = "";
    const order = rejectedOrder;
    rejectedOrder = list();
    each(order, (promise) => {
      if (!mapHas(rejected, promise)) return;
      const reason = mapGet(rejected, promise);
      mapDelete(rejected, promise);
      if (isObject(reason) && weakHas(told, reason)) return;
      if (rejections !== null && attempt(() => rejections.unhandled(promise, reason), false)) return;
      unhandled += (unhandled === "" ? "" : ",") + describeText(reason);
    });
    return "[" + unhandled + "]";
  }

  function onRejections(hooks) {
    rejections = hooks;
  }

  const faceKernel = freeze({
    use, convert, named, ownStack, onRejections, describe: describeText, errorClass, retain, attempt, born,
    hostObjectTag: (value) => weakHas(references, value),
    maxChars: () => maxChars,
  });

  return {
    install, invoke, fire, settle, evaluate, runScript, runModule, exported, retainExport,
    release, onRejection, takeUnhandled,
  };
});
