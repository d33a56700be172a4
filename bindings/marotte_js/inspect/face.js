// Values as text for people, as Node prints them. Nothing here may throw, whatever the value does,
// and no getter of a property is called.
(function (host, kernel) {
  "use strict";
  const { apply, ownKeys, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;
  const { isArray } = Array;
  const objectToString = Object.prototype.toString;
  const functionToString = Function.prototype.toString;
  const customInspect = Symbol.for("nodejs.util.inspect.custom");
  const TypedArray = getPrototypeOf(Uint8Array);

  const WIDTH = 72;
  const LEVELS_ON_A_LINE = 3;
  const MAX_DEPTH = 100;
  const MAX_ITEMS = 100;
  const MAX_STRING = 10_000;
  const MAX_CHARS = 262_144;
  const GROUP_FROM = 7;
  const MAX_COLUMNS = 15;
  const MAX_GROUPED_WIDTH = 16;

  const getter = (prototype, name) => getOwnPropertyDescriptor(prototype, name).get;
  const mapSize = getter(Map.prototype, "size");
  const setSize = getter(Set.prototype, "size");
  const typedArrayName = getter(TypedArray.prototype, Symbol.toStringTag);
  const bufferLength = getter(ArrayBuffer.prototype, "byteLength");
  const boxes = [[Number, Number.prototype.valueOf], [String, String.prototype.valueOf], [Boolean, Boolean.prototype.valueOf], [BigInt, BigInt.prototype.valueOf], [Symbol, Symbol.prototype.valueOf]];

  function attempt(read, otherwise) {
    try {
      return read();
    } catch {
      return otherwise;
    }
  }

  // ---- primitives and keys --------------------------------------------------------------------

  const escapes = { "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", "\\": "\\\\" };
  const unprintable = /[\x00-\x1f\x7f-\x9f\\]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

  function escaped(character) {
    const code = character.charCodeAt(0);
    const short = escapes[character];
    if (short !== undefined) return short;
    return code < 256 ? "\\x" + code.toString(16).toUpperCase().padStart(2, "0") : "\\u" + code.toString(16).toUpperCase();
  }

  function quoted(text) {
    const quote = !text.includes("'") ? "'" : !text.includes('"') ? '"' : !text.includes("`") && !text.includes("${") ? "`" : "'";
    const body = text.replace(unprintable, escaped);
    return quote + (quote === "'" ? body.replaceAll("'", "\\'") : body) + quote;
  }

  function stringText(text) {
    if (text.length <= MAX_STRING) return quoted(text);
    return quoted(text.slice(0, MAX_STRING)) + more(text.length - MAX_STRING, "character", "characters");
  }

  function primitiveText(value) {
    switch (typeof value) {
      case "string": return stringText(value);
      case "number": return Object.is(value, -0) ? "-0" : String(value);
      case "bigint": return value + "n";
      default: return String(value);
    }
  }

  function keyText(key) {
    if (typeof key === "symbol") return "[" + String(key) + "]";
    return /^[A-Za-z_$][\w$]*$/.test(key) ? key : quoted(key);
  }

  // ---- what a value is ------------------------------------------------------------------------

  function constructorName(value) {
    for (let object = value; object !== null; object = getPrototypeOf(object)) {
      const maker = getOwnPropertyDescriptor(object, "constructor")?.value;
      if (typeof maker !== "function") continue;
      const name = getOwnPropertyDescriptor(maker, "name")?.value;
      if (typeof name === "string" && name !== "") return name;
    }
    return null;
  }

  // `Foo`, `Foo(2)`, `Foo(2) [Map]`, `[Map(0): null prototype]`: what stands before the brace.
  function title(value, kind, size = "") {
    const name = constructorName(value);
    if (name === null) return "[" + kind + size + ": null prototype]";
    const tag = kind !== "Object" && kind !== "Array" ? kind : attempt(() => value[Symbol.toStringTag], "");
    const shown = typeof tag === "string" && tag !== "" && tag !== name && !getOwnPropertyDescriptor(value, Symbol.toStringTag)?.enumerable;
    return name + size + (shown ? " [" + tag + "]" : "");
  }

  function functionTitle(value) {
    const name = getOwnPropertyDescriptor(value, "name")?.value;
    const called = typeof name === "string" && name !== "" ? name : null;
    if (apply(functionToString, value, []).startsWith("class")) {
      const parent = getPrototypeOf(value);
      const from = typeof parent === "function" && parent.name !== "" ? " extends " + parent.name : "";
      return "[class " + (called ?? "(anonymous)") + from + "]";
    }
    const kind = apply(objectToString, value, []).slice(8, -1);
    return "[" + (kind.endsWith("Function") ? kind : "Function") + (called === null ? " (anonymous)" : ": " + called) + "]";
  }

  function errorTitle(error) {
    const name = String(error.name ?? "Error");
    const message = String(error.message ?? "");
    const made = constructorName(error);
    const shown = made === null || made === name || !name.endsWith("Error") ? name : made.endsWith(name) ? made : made + " [" + name + "]";
    const head = shown + (message === "" ? "" : ": " + message);
    const stack = attempt(() => error.stack, undefined);
    if (typeof stack !== "string" || stack === "") return "[" + head + "]";
    const frames = kernel.ownStack(stack).replace(/\n$/, "");
    if (frames === "") return "[" + head + "]";
    return /^\s+at |^[^\s]+:\d+/.test(frames) ? head + "\n" + frames : frames;
  }

  // ---- entries --------------------------------------------------------------------------------

  const more = (count, one, many) => "... " + count + " more " + (count > 1 ? many : one);

  function property(state, object, key, level) {
    const shape = getOwnPropertyDescriptor(object, key);
    if (shape === undefined) return "undefined";
    if (shape.get !== undefined) return shape.set !== undefined ? "[Getter/Setter]" : "[Getter]";
    if (shape.set !== undefined) return "[Setter]";
    return render(state, shape.value, level);
  }

  // The own enumerable properties, but not those that `skip` says; errors' hidden ones come along.
  function properties(state, object, level, skip, extra = []) {
    const entries = [];
    const keys = ownKeys(object);
    for (let i = 0; i < keys.length; i++) {
      if (skip !== null && skip(keys[i])) continue;
      if (!getOwnPropertyDescriptor(object, keys[i])?.enumerable) continue;
      if (state.chars > MAX_CHARS) {
        entries.push(more(keys.length - i, "property", "properties"));
        break;
      }
      entries.push(keyText(keys[i]) + ": " + property(state, object, keys[i], level));
    }
    for (const key of extra) {
      const shape = getOwnPropertyDescriptor(object, key);
      if (shape !== undefined && !shape.enumerable) entries.push("[" + key + "]: " + property(state, object, key, level));
    }
    return entries;
  }

  const isIndex = (key) => typeof key === "string" && /^(?:0|[1-9]\d{0,9})$/.test(key);

  function arrayItems(state, array, level) {
    const items = [];
    const { length } = array;
    let index = 0;
    while (index < length && items.length < MAX_ITEMS && state.chars <= MAX_CHARS) {
      if (getOwnPropertyDescriptor(array, index) === undefined) {
        const gap = hole(array, index, length);
        items.push("<" + gap + " empty item" + (gap > 1 ? "s" : "") + ">");
        index += gap;
      } else {
        items.push(property(state, array, index++, level));
      }
    }
    return { items, rest: length - index };
  }

  // How many elements are missing from `index` on; a sparse array may be as long as 2 ** 32 - 1.
  function hole(array, index, length) {
    if (index + 1 < length && getOwnPropertyDescriptor(array, index + 1) !== undefined) return 1;
    for (const key of ownKeys(array)) if (isIndex(key) && +key > index) return +key - index;
    return length - index;
  }

  function listed(state, values, size, level, text) {
    const items = [];
    for (const value of values) {
      if (items.length === MAX_ITEMS || state.chars > MAX_CHARS) break;
      items.push(text(value, level));
    }
    return { items, rest: size - items.length };
  }

  // ---- layout ---------------------------------------------------------------------------------

  function columns(items, indent) {
    const longest = Math.max(...items.map((item) => item.length));
    if (longest > MAX_GROUPED_WIDTH) return items;
    const across = Math.min(MAX_COLUMNS, Math.floor((WIDTH - indent) / (longest + 2)));
    if (across < 2) return items;
    const widths = [];
    items.forEach((item, i) => { widths[i % across] = Math.max(widths[i % across] ?? 0, item.length); });
    const numeric = items.every((item) => /^-?\d[\d.en+]*$/.test(item));
    const rows = [];
    for (let i = 0; i < items.length; i += across) {
      const row = items.slice(i, i + across).map((item, column, all) => {
        const last = column === all.length - 1;
        if (numeric) return item.padStart(widths[column]);
        return last ? item : (item + ",").padEnd(widths[column] + 1);
      });
      rows.push(row.join(numeric ? ", " : " "));
    }
    return rows;
  }

  const flat = (entry) => !entry.includes("\n");

  function laidOut(head, [open, close], entries, height, level, grouped) {
    const start = head === "" ? open : head + " " + open;
    if (entries.length === 0) return start + close;
    if (height <= LEVELS_ON_A_LINE && flat(start) && entries.every(flat)) {
      const width = entries.reduce((sum, entry) => sum + entry.length + 2, 2 * level + start.length);
      if (width < WIDTH) return start + " " + entries.join(", ") + " " + close;
    }
    const together = height === 1 && grouped >= GROUP_FROM && entries.every(flat);
    const lines = together ? [...columns(entries.slice(0, grouped), 2 * level), ...entries.slice(grouped)] : entries;
    return start + "\n  " + lines.map((line) => line.replaceAll("\n", "\n  ")).join(",\n  ") + "\n" + close;
  }

  // ---- objects --------------------------------------------------------------------------------

  const braces = ["{", "}"];
  const brackets = ["[", "]"];

  // How an object is shown: {head, around, fill}. `fill(level)` answers {items, rest, what}, which
  // come before the properties; `skip` says which properties are among them; `alone`: without
  // properties the head is all.
  function plan(state, value) {
    if (isArray(value)) {
      const name = title(value, "Array", "(" + value.length + ")");
      return { head: name === "Array(" + value.length + ")" ? "" : name, around: brackets, skip: (key) => isIndex(key), fill: (level) => arrayItems(state, value, level) };
    }
    if (typeof value === "function") return { head: functionTitle(value), around: braces, alone: true };
    if (getPrototypeOf(value) !== Object.prototype) {
      const known = special(state, value);
      if (known !== null) return known;
    }
    const head = title(value, "Object");
    return { head: head === "Object" ? "" : head, around: braces };
  }

  function special(state, value) {
    const is = (Class) => attempt(() => value instanceof Class, false);
    const text = (item, level) => render(state, item, level);
    if (Error.isError(value) || is(Error)) return { head: errorTitle(value), around: braces, alone: true, extra: ["cause", "errors"], skip: (key) => key === "stack" || key === "message" || key === "name" };
    if (is(Map) && attempt(() => apply(mapSize, value, []) >= 0, false)) {
      const size = apply(mapSize, value, []);
      const pair = ([key, item], level) => text(key, level) + " => " + text(item, level);
      return { head: title(value, "Map", "(" + size + ")"), around: braces, fill: (level) => listed(state, apply(Map.prototype.entries, value, []), size, level, pair) };
    }
    if (is(Set) && attempt(() => apply(setSize, value, []) >= 0, false)) {
      const size = apply(setSize, value, []);
      return { head: title(value, "Set", "(" + size + ")"), around: braces, fill: (level) => listed(state, apply(Set.prototype.values, value, []), size, level, text) };
    }
    if (is(TypedArray)) {
      return { head: title(value, apply(typedArrayName, value, []), "(" + value.length + ")"), around: brackets, skip: isIndex, fill: (level) => listed(state, apply(TypedArray.prototype.values, value, []), value.length, level, text) };
    }
    const exotic = exoticText(value, is);
    if (exotic !== null) return exotic;
    for (const [Class, valueOf] of boxes) {
      if (is(Class)) {
        const inner = attempt(() => apply(valueOf, value, []), null);
        if (inner !== null) return { head: "[" + Class.name + ": " + primitiveText(inner) + "]", around: braces, alone: true, skip: Class === String ? isIndex : undefined };
      }
    }
    return null;
  }

  function exoticText(value, is) {
    if (is(Date)) {
      const time = attempt(() => apply(Date.prototype.getTime, value, []), null);
      if (time !== null) return { head: Number.isNaN(time) ? "Invalid Date" : apply(Date.prototype.toISOString, value, []), around: braces, alone: true };
    }
    if (is(RegExp) && apply(objectToString, value, []) === "[object RegExp]") return { head: apply(RegExp.prototype.toString, value, []), around: braces, alone: true };
    if (is(ArrayBuffer) && attempt(() => apply(bufferLength, value, []) >= 0, false)) {
      return { head: title(value, "ArrayBuffer"), around: braces, fill: () => bufferItems(value) };
    }
    if (is(WeakMap) || is(WeakSet)) return { head: constructorName(value) ?? "WeakMap", around: braces, fill: () => ({ items: ["<items unknown>"], rest: 0 }) };
    return null;
  }

  function bufferItems(buffer) {
    const bytes = new Uint8Array(buffer);
    const shown = Array.from(bytes.subarray(0, 50), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const rest = bytes.length > 50 ? " ... " + (bytes.length - 50) + " more byte" + (bytes.length > 51 ? "s" : "") : "";
    return { items: ["[Uint8Contents]: <" + shown + rest + ">", "byteLength: " + bytes.length], rest: 0 };
  }

  function custom(state, value, level) {
    const hook = attempt(() => value[customInspect], undefined);
    if (typeof hook !== "function") return null;
    const shown = apply(hook, value, [state.depth - level, { depth: state.depth - level }, inspect]);
    if (shown === value) return null;
    return typeof shown === "string" ? shown : render(state, shown, level);
  }

  const isBare = (value, fill) => (isArray(value) ? value.length === 0 : fill === undefined && ownKeys(value).length === 0);

  function drawn(state, value, level) {
    const hooked = custom(state, value, level);
    if (hooked !== null) return hooked;
    const { head, around, fill, skip = null, alone = false, extra } = plan(state, value);
    if (level > state.depth && !alone && !isBare(value, fill)) return "[" + (constructorName(value) ?? "Object: null prototype") + "]";
    state.path.push(value);
    const above = state.height;
    state.height = 0;
    const { items, rest } = fill === undefined ? { items: [], rest: 0 } : fill(level + 1);
    const grouped = around === brackets ? items.length : 0;
    if (rest > 0) items.push(more(rest, "item", "items"));
    const entries = level > state.depth ? [] : [...items, ...properties(state, value, level + 1, skip, extra)];
    const height = entries.length === 0 ? 0 : state.height + 1;
    state.path.pop();
    const shown = alone && entries.length === 0 ? head : laidOut(head, around, entries, height, level, grouped);
    state.height = Math.max(above, height);
    if (!state.circular.has(value)) return shown;
    return "<ref *" + state.circular.get(value) + "> " + shown;
  }

  function render(state, value, level) {
    if ((typeof value !== "object" && typeof value !== "function") || value === null) {
      const text = primitiveText(value);
      state.chars += text.length;
      return text;
    }
    if (state.path.includes(value)) {
      if (!state.circular.has(value)) state.circular.set(value, state.circular.size + 1);
      return "[Circular *" + state.circular.get(value) + "]";
    }
    const reached = state.path.length;
    try {
      const text = drawn(state, value, level);
      state.chars += 8;
      return text;
    } catch (error) {
      state.path.length = reached;
      return "[" + attempt(() => constructorName(value), null) + ": cannot be shown, it threw " + attempt(() => String(error), "a value") + "]";
    }
  }

  // `depth`: how many levels below the value are shown; null: all, up to MAX_DEPTH.
  function inspect(value, options) {
    const asked = attempt(() => options.depth, undefined);
    const depth = asked === null ? MAX_DEPTH : typeof asked === "number" ? Math.min(asked, MAX_DEPTH) : 2;
    return render({ depth, path: [], circular: new Map(), chars: 0, height: 0 }, value, 0);
  }

  return { inspect };
});
