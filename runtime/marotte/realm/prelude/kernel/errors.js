// Errors both ways: what the host is told of one, and real errors from what it tells.

const hostErrorIds = new WeakMap();
const toldStacks = new WeakMap(); // error -> the stack that the host gave it
const errorClasses = table();
const declaredErrors = table(); // name -> the code of one that says none, or null

function errorClass(name) {
  if (builtinErrors[name]) return builtinErrors[name];
  if (errorClasses[name]) return errorClasses[name];
  const code = declaredErrors[name];
  if (code === undefined) return BuiltinError;
  const made = { [name]: class extends BuiltinError {} }[name];
  defineProperty(made.prototype, "name", property(name));
  // So that one which a script makes has it too.
  if (code !== null) defineProperty(made.prototype, "code", property(code));
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
  // What a script threw has its own stack; where this is made says nothing of that.
  const stack = has("stack") ? data.stack : (has("place") ? data.place + "\n" : "") + ownFrames(error.stack);
  defineProperty(error, "stack", property(stack));
  if (has("stack")) weakSet(toldStacks, error, stack);
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

const withArticle = (noun) => (includes("AEIOUaeiou", noun[0]) ? "an " : "a ") + noun;

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

const failLoading = () => decode(raw.loadFailure(), undefined);

// Text speaks for itself; of "undefined" alone nobody knew what it says.
function thrownText(value) {
  const text = attempt(() => clip(textOf(value)), "a value");
  return typeof value === "string" && value !== "" ? text : "threw " + (text === "" ? '""' : text);
}

// What the host is told of a thrown value; hostile getters cost only the field they guard.
function describe(value, depth) {
  if (!isObject(value) || !attempt(() => value instanceof BuiltinError, false)) {
    return { __proto__: null, name: "Error", message: thrownText(value), thrown: true };
  }
  const told = {
    __proto__: null,
    name: attempt(() => clip(BuiltinString(value.name)), "Error"),
    message: attempt(() => clip(BuiltinString(value.message)), ""),
  };
  const failure = loadFailure(told);
  if (failure !== null) return failure;
  const stack = attempt(() => value.stack, undefined);
  if (typeof stack === "string") told.stack = stack === weakGet(toldStacks, value) ? stack : ownStack(clip(stack));
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
