// What is told of each type: its data, and the arities of the rest by name.
const told = [], ofAny = ["message", "cause", "stack"];
function tell(type, value) {
  const data = {}, rest = {};
  for (const key of [...Reflect.ownKeys(value), ...(value instanceof Error ? ["name"] : [])]) {
    if (typeof key === "symbol" || (value instanceof Error && ofAny.includes(key))) continue;
    const isData = typeof value[key] !== "function" && !(value[key] instanceof AbortSignal);
    if (isData) data[key] = value[key];
    else rest[key] = typeof value[key] === "function" ? value[key].length : null;
  }
  told.push({ type, data: JSON.parse(JSON.stringify(data)), rest });
  return value;
}
