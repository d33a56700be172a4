// What the host calls.

function isThenable(value) {
  return isObject(value) && !weakHas(references, value) && typeof value.then === "function";
}

function answer(value, encoded = encode) {
  if (!isThenable(value)) return encoded(value);
  const id = ++counter;
  report(id, value, encoded);
  return "p" + id;
}

async function report(id, promise, encoded) {
  let outcome;
  try {
    outcome = encoded(await promise);
  } catch (error) {
    if (isObject(error)) weakSet(told, error, true);
    outcome = thrown(error);
  }
  raw.settled(id, outcome);
}

function guarded(action, encoded) {
  try {
    return answer(action(), encoded);
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
function fire(id, ...args) {
  try {
    const result = callRetained(id, args);
    return isThenable(result) ? answer(silent(result)) : undefined;
  } catch (error) {
    return thrown(error);
  }
}

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
    waiting.reject(attempt(() => placed(error, waiting.stack), error));
  }
  return true;
}

// An error of the host's comes from where the script has called it; what a script threw has a place.
function placed(error, stack) {
  if (!weakHas(toldStacks, error)) defineProperty(error, "stack", property(ownFrames(stack)));
  return error;
}

// Evaluated by a script, and not by a function of the engine's, source has a file that an import at
// its top level can be relative to. It reads the source but once.
function evaluateInScript(source) {
  const get = () => {
    delete global[SOURCE];
    return source;
  };
  if (global.eval !== globalEval || !attempt(() => defineProperty(global, SOURCE, { __proto__: null, get, configurable: true }), false)) {
    return globalEval(source);
  }
  const outcome = raw.evaluate();
  if (typeof outcome === "string") return decode(outcome, undefined);
  if (hasOwn(outcome, "error")) throw outcome.error;
  return outcome.answer;
}

const evaluate = (source, filename) => guarded(() => {
  inputName = filename;
  return includes(source, "import") ? evaluateInScript(source) : globalEval(source);
});

// What a script exports as its result. A function is there to be called; that anything else cannot
// cross is no error of the script's, which has run to its end.
function encodeExport(value) {
  if (typeof value === "function") return "u";
  try {
    return encode(value);
  } catch (error) {
    return "x" + describeText(error);
  }
}

const runScript = (path) => guarded(() => {
  defineProperty(global, "require", property(requireFrom(path)));
  return runClassic(path).exports;
}, encodeExport);

const namespaces = table();

// Evaluates a module; answers, once it is done, its default export.
const runModule = (path) => guarded(async () => {
  const namespace = await importModule(path);
  namespaces[path] = namespace;
  return namespace.default;
}, encodeExport);

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
