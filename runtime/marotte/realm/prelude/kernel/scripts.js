// Classic scripts: `require`, with `exports` and `module`, as in Node.

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
