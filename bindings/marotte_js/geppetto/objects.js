// The plain objects that scripts hold, and what of the module "marotte" stands behind each.
(_host, kernel) => {
  "use strict";

  const targets = new WeakMap(); // object -> {kind, target}

  // A plain object for something of the host. What it refers to is not in it: nothing that a script
  // does to the object can change that.
  function attach(kind, object, target) {
    targets.set(object, { kind, target });
    Object.defineProperty(object, "__geppetto_ref", { value: Object.freeze({ kind }) });
    return object;
  }

  function targetOf(kind, object) {
    const found = isObject(object) ? targets.get(object) : undefined;
    if (found?.kind === kind) return found.target;
    if (kernel.hostObjectTag(object)) return object; // of the module "marotte", which checks it
    throw new TypeError(`expected ${kind} reference, got ${described(object)}`);
  }

  const refersTo = (kind, object) => isObject(object) && targets.get(object)?.kind === kind;

  const isObject = (value) => typeof value === "object" && value !== null;

  function described(value) {
    if (typeof value === "string") return JSON.stringify(value);
    if (Array.isArray(value)) return "an array";
    if (typeof value === "object" && value !== null) return "another object";
    return typeof value === "function" ? "a function" : String(value);
  }

  // An object of functions by name, each with its number of required parameters.
  function methods(table, object = {}) {
    for (const [name, [arity, fn]] of Object.entries(table)) object[name] = kernel.named(name, arity, fn);
    return object;
  }

  // The fields of an options object by the names that are known; the older module read no others.
  function picked(options, names) {
    const found = {};
    for (const name of names) if (options[name] !== undefined && options[name] !== null) found[name] = options[name];
    return found;
  }

  return { attach, targetOf, refersTo, isObject, described, methods, picked };
}
