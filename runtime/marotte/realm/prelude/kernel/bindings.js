// Bindings: built when a script first uses one.

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
    // Every event comes by here, so it takes no detour by `each` and calls nothing for a scalar.
    const keys = ownKeys(value);
    for (let i = 0; i < keys.length; i++) {
      const held = value[keys[i]];
      if (typeof held === "object") deepFreeze(held);
    }
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
  each(ownKeys(spec.errors), (name) => {
    declaredErrors[name] = spec.errors[name];
  });
  each(ownKeys(spec.globals), (name) => lazyGlobal(name, spec.globals[name]));
  each(ownKeys(spec.accessors || {}), (name) => lazyAccessor(name, spec.accessors[name]));
  each(ownKeys(spec.modules), (name) => {
    modules[name] = spec.modules[name];
  });
}
