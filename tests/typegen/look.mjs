// What there is in a realm, for live.py, which fills in BOUND and CLASSES.
import * as marotte from "marotte";
import { instance } from "probe";
const hidden = new Set(["constructor", "prototype", "length", "name", Symbol.toStringTag]);
const keyOf = (key) => (typeof key === "symbol" ? `[${key.description}]` : key);
const arityOf = (value) => (typeof value === "function" ? value.length : null);
function members(object, keep = () => false) {
  const found = {};
  for (const key of Reflect.ownKeys(object)) {
    if (hidden.has(key) && !keep(key)) continue;
    // Only the language's own symbols have names in typings.
    if (typeof key === "symbol" && !key.description.startsWith("Symbol.")) continue;
    const { value } = Object.getOwnPropertyDescriptor(object, key);
    found[keyOf(key)] = arityOf(value);
  }
  return found;
}
const isObject = (value) => typeof value === "object" && value !== null;
const isClass = (value) => typeof value === "function" && /^[A-Z]/.test(value.name);
const byName = (names, look) => Object.fromEntries(names.map((name) => [name, look(name)]));
const baseOf = (value) => (isClass(Object.getPrototypeOf(value)) ? Object.getPrototypeOf(value).name : "");
const exported = Object.keys(marotte).filter((name) => name !== "default");
const bound = BOUND;
const held = bound.filter((name) => isObject(globalThis[name]) && globalThis[name] !== globalThis);
const made = bound.filter((name) => isClass(globalThis[name]));
// An object has members of its own, and those of its class.
function all(object) {
  const class_ = Object.getPrototypeOf(object);
  return { ...members(object), ...(class_ === Object.prototype ? {} : members(class_)) };
}
export default {
  module: byName(exported, (name) => arityOf(marotte[name])),
  namespaces: byName(exported.filter((name) => isObject(marotte[name])), (name) => members(marotte[name], () => true)),
  classes: byName(CLASSES, (name) => members(Object.getPrototypeOf(instance(name)), (key) => key === "name")),
  globals: Object.getOwnPropertyNames(globalThis),
  bound: byName(bound, (name) => arityOf(globalThis[name])),
  objects: byName(held, (name) => all(globalThis[name])),
  instances: byName(made, (name) => members(globalThis[name].prototype, (key) => key === "name" || key === "length")),
  statics: byName(made, (name) => members(globalThis[name])),
  bases: byName(made, (name) => baseOf(globalThis[name])),
  errors: exported.filter((name) => isClass(marotte[name]) && marotte[name].prototype instanceof Error),
};
