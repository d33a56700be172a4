// Values both ways, and what crosses by reference.

const pending = table(); // promise id -> {resolve, reject, stack}
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
  // When the promise is rejected, nothing on the stack tells of the call any more.
  const stack = attempt(() => new BuiltinError().stack, "");
  return new BuiltinPromise((resolve, reject) => {
    pending[id] = { resolve, reject, stack };
  });
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
    case "c": return received(rest);
    case "e": throw makeError(parse(rest));
  }
  throw new BuiltinError("unknown value tag");
}

// A value that a binding's face makes of JSON, and of a host object if one comes before it.
function received(tag) {
  const colon = indexOf(tag, ":");
  const data = indexOf(tag, "{");
  const reference = slice(tag, colon + 1, data);
  const object = reference === "" ? undefined : hostObject(slice(reference, 1, -1));
  return use(slice(tag, 0, colon))._receive(parse(slice(tag, data)), object);
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
  if (typeof value === "function") return paths === true || paths["()"] ? functionToken(value) : value;
  if (!isObject(value)) return value;
  if (weakHas(references, value)) return { __proto__: null, $object: weakGet(references, value).id };
  if (paths === true) return converted(value);
  if (isArray(value)) return liftArray(value, paths["*"]);
  const copy = { __proto__: null, ...value };
  each(ownKeys(paths), (key) => {
    if (key in value) copy[key] = lift(value[key], paths[key]);
  });
  each(ownKeys(copy), (key) => {
    // Out of place, and refused by the host: JSON would leave it out without a word.
    if (typeof copy[key] === "function") copy[key] = functionToken(copy[key]);
  });
  return copy;
}

const functionToken = (fn) => ({ __proto__: null, $function: retain(fn) });

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
