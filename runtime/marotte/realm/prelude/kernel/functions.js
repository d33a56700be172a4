// Host functions, host objects and their classes.

// One digit of base 8 an argument says how it crosses: 0 as it is, 1 JSON, 2 absent. `args` is the
// caller's own list and is overwritten.
function callHost(spec, self, args) {
  const { index, lifts, numbers, arity } = spec;
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
        value = withNumbers(value, numbers === null ? null : numbers[i < arity ? i : arity]);
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

// JSON has no NaN: in options it would cross as null, which they take for absent.
function withNumbers(value, numbers) {
  const text = json(value);
  if (numbers && includes(text, "null")) checkNumbers(value, numbers.paths, numbers.where);
  return text;
}

function checkNumbers(value, paths, where) {
  if (isArray(paths)) { // one itself, or what holds some
    for (let i = 0; i < paths.length; i++) checkNumbers(value, paths[i], where);
    return;
  }
  if (typeof value === "number" && paths === true && value - value !== 0) {
    throw new BuiltinTypeError(where + ": expected a finite number, got " + numberText(value));
  }
  if (!isObject(value) || paths === true) return;
  if (isArray(value)) {
    for (let i = 0; i < value.length && hasOwn(paths, "*"); i++) checkNumbers(value[i], paths["*"], where + "." + i);
  } else {
    each(ownKeys(paths), (key) => checkNumbers(value[key], paths[key], where + "." + key));
  }
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
    promise: hasOwn(spec, "promise") && spec.promise,
    lifts: hasOwn(spec, "lifts") ? spec.lifts : null,
    numbers: hasOwn(spec, "numbers") ? spec.numbers : null,
  };
}

function named(name, arity, fn) {
  defineProperty(fn, "name", fixed(name));
  defineProperty(fn, "length", fixed(arity));
  return fn;
}

const reject = async (reason) => { throw reason; };

// Whoever is given a promise hears of everything by it.
function promised(call) {
  try {
    return call();
  } catch (error) {
    return reject(error);
  }
}

function hostFunction(described) {
  const spec = callSpec(described);
  const call = spec.promise
    ? { call(...args) { return promised(() => decode(callHost(spec, -1, args), undefined)); } }.call
    : { call(...args) { return decode(callHost(spec, -1, args), undefined); } }.call;
  return named(spec.name, spec.required, call);
}

function receiver(object, className, member) {
  const record = isObject(object) ? weakGet(references, object) : undefined;
  if (record === undefined) throw new BuiltinTypeError(className + "." + member + " called on an object that is not " + withArticle(className));
  return record.id;
}

function hostMethod(className, described) {
  const spec = callSpec(described);
  const method = spec.promise
    ? { call(...args) { return promised(() => decode(callHost(spec, receiver(this, className, spec.name), args), this)); } }.call
    : { call(...args) { return decode(callHost(spec, receiver(this, className, spec.name), args), this); } }.call;
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
