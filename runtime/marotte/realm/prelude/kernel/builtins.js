// The JavaScript half of the bridge between a realm and its host.
//
// Only null, booleans, numbers and strings cross. A string that carries anything is tagged by its
// first character:
//   s text      j JSON      z JSON, to be frozen      u undefined      e a thrown error, as JSON
//   p<id> a promise      o<class>:<id> a host object      t the receiver of the call
//   c<binding>:[<host object> ]<json> a value that the face of a binding makes
// Everything here is captured before a script runs, so that a script which rewrites the built-ins
// breaks only itself. For the same reason nothing here iterates (a script may replace the array
// iterator), nothing assigns where a prototype's setter could be met (tables and descriptors have no
// prototype), and promises are awaited, not chained.

const { parse, stringify } = JSON;
const { apply, construct, ownKeys } = Reflect;
const { assign, create, defineProperty, freeze, hasOwn, is, setPrototypeOf } = Object;
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
const BuiltinFinalizationRegistry = FinalizationRegistry;
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
const SOURCE = "marotte:source";
const MAX_ERROR_CHARS = 65536;
const LOAD_FAILURE = "module loader failed for ";
let maxChars = 0;
let counter = 0;
