// The console namespace: formats, groups, counts and times here; the host gets a level and a text.
(function (host, kernel) {
  "use strict";
  const { apply } = Reflect;
  const { isArray } = Array;
  const { stringify } = JSON;
  const { inspect } = kernel.use("inspect");
  const MAX_CHARS = 1_048_576;

  const counts = new Map();
  const timers = new Map();
  let indentation = "";

  function attempt(read) {
    try {
      return read();
    } catch (error) {
      return "<threw " + inspect(error, { depth: 0 }).split("\n", 1)[0] + ">";
    }
  }

  // ---- formats --------------------------------------------------------------------------------

  // Whether the text of an object is what its class says, not what every object says.
  function saysItself(value) {
    const said = value.toString;
    return typeof said === "function" && said !== Object.prototype.toString && said !== Error.prototype.toString && said !== Array.prototype.toString && said !== Date.prototype.toString;
  }

  function asString(value) {
    if (typeof value === "string") return value;
    if (typeof value !== "object" || value === null) return typeof value === "function" ? String(value) : inspect(value);
    return saysItself(value) ? String(value) : inspect(value, { depth: 0 });
  }

  function asNumber(value, convert) {
    if (typeof value === "bigint") return value + "n";
    return typeof value === "symbol" ? "NaN" : inspect(convert(value));
  }

  function asJson(value) {
    try {
      return String(stringify(value));
    } catch (error) {
      if (String(error).includes("circular")) return "[Circular]";
      throw error;
    }
  }

  const formats = {
    __proto__: null,
    s: asString,
    d: (value) => asNumber(value, Number),
    i: (value) => asNumber(value, (number) => parseInt(number, 10)),
    f: (value) => (typeof value === "symbol" ? "NaN" : inspect(parseFloat(value))),
    j: asJson,
    o: (value) => inspect(value, { depth: 4 }),
    O: (value) => inspect(value),
    c: () => "",
  };

  // The text of console.log(...args).
  function format(args) {
    if (args.length === 0) return "";
    let used = 0;
    let text = "";
    if (typeof args[0] === "string") {
      used = 1;
      text = args.length === 1 ? args[0] : args[0].replace(/%([sdifjoOc%])/g, (whole, letter) => {
        if (letter === "%") return "%";
        if (used === args.length) return whole;
        const value = args[used++];
        return attempt(() => formats[letter](value));
      });
    }
    for (let i = used; i < args.length; i++) {
      if (i > 0) text += " ";
      text += typeof args[i] === "string" ? args[i] : inspect(args[i]);
    }
    return text;
  }

  function write(level, text) {
    let whole = text;
    if (whole.length > MAX_CHARS) whole = whole.slice(0, MAX_CHARS) + "... " + (whole.length - MAX_CHARS) + " more characters";
    if (indentation !== "") whole = indentation + whole.replaceAll("\n", "\n" + indentation);
    host._write(level, whole.toWellFormed());
  }

  const logger = (level) => (...args) => write(level, format(args));

  // ---- counts, times, groups ------------------------------------------------------------------

  const labelOf = (label) => (label === undefined ? "default" : attempt(() => `${label}`));

  function count(label) {
    const name = labelOf(label);
    const next = (counts.get(name) ?? 0) + 1;
    counts.set(name, next);
    write("info", name + ": " + next);
  }

  function countReset(label) {
    const name = labelOf(label);
    if (!counts.delete(name)) write("warn", "Count for '" + name + "' does not exist");
  }

  function elapsed(milliseconds) {
    if (milliseconds < 1000) return milliseconds.toFixed(3) + "ms";
    const seconds = milliseconds / 1000;
    if (seconds < 60) return seconds.toFixed(3) + "s";
    return Math.floor(seconds / 60) + ":" + (seconds % 60).toFixed(3).padStart(6, "0") + " (m:ss.mmm)";
  }

  function time(label) {
    const name = labelOf(label);
    if (timers.has(name)) write("warn", "Timer '" + name + "' already exists");
    else timers.set(name, host._now());
  }

  function tellTime(level, label, data) {
    const name = labelOf(label);
    const since = timers.get(name);
    if (since === undefined) {
      write("warn", "Timer '" + name + "' does not exist");
      return;
    }
    const rest = data.length === 0 ? "" : " " + format(data.map((value) => (typeof value === "string" ? value.replaceAll("%", "%%") : value)));
    write(level, name + ": " + elapsed(host._now() - since) + rest);
  }

  function timeEnd(label) {
    tellTime("info", label, []);
    timers.delete(labelOf(label));
  }

  function group(...args) {
    if (args.length > 0) write("log", format(args));
    indentation += "  ";
  }

  function assert(condition, ...data) {
    if (condition) return;
    if (typeof data[0] === "string") data[0] = "Assertion failed: " + data[0];
    else data.unshift(data.length === 0 ? "Assertion failed" : "Assertion failed:");
    write("error", format(data));
  }

  function trace(...args) {
    const frames = kernel.ownStack(new Error().stack);
    write("debug", "Trace" + (args.length === 0 ? "" : ": " + format(args)) + (frames === "" ? "" : "\n" + frames));
  }

  // ---- tables ---------------------------------------------------------------------------------

  const cell = (value) => inspect(value, { depth: typeof value === "object" && value !== null && Object.values(value).every((item) => typeof item !== "object") ? 0 : -1 });

  function drawTable(head, rows) {
    const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length)));
    const line = (cells) => "│ " + cells.map((text, i) => text.padEnd(widths[i])).join(" │ ") + " │";
    const rule = (left, middle, right) => left + widths.map((width) => "─".repeat(width + 2)).join(middle) + right;
    return [rule("┌", "┬", "┐"), line(head), rule("├", "┼", "┤"), ...rows.map(line), rule("└", "┴", "┘")].join("\n");
  }

  // The rows as [name, value], with what the first column is called.
  function rowsOf(data) {
    if (data instanceof Map) return { index: "(iteration index)", rows: [...data].map(([key, value], i) => [String(i), value, inspect(key, { depth: 0 })]), keyed: true };
    if (data instanceof Set) return { index: "(iteration index)", rows: [...data].map((value, i) => [String(i), value]) };
    return { index: "(index)", rows: Object.keys(data).map((key) => [key, data[key]]) };
  }

  function tableText(data, asked) {
    const { index, rows, keyed = false } = rowsOf(data);
    const titles = new Set();
    let values = false;
    for (const [, row] of rows) {
      if (typeof row !== "object" || row === null) values = true;
      else for (const key of Object.keys(row)) if (asked === undefined || asked.includes(key)) titles.add(key);
    }
    const names = asked === undefined ? [...titles] : asked;
    const drawn = rows.map(([name, row, key]) => {
      const whole = typeof row !== "object" || row === null;
      const cells = names.map((title) => (!whole && Object.hasOwn(row, title) ? cell(row[title]) : ""));
      return [name, ...(keyed ? [key] : []), ...cells, ...(values ? [whole ? inspect(row) : ""] : [])];
    });
    return drawTable([index, ...(keyed ? ["Key"] : []), ...names, ...(values ? ["Values"] : [])], drawn);
  }

  function table(data, names) {
    const drawn = typeof data === "object" && data !== null ? attempt(() => tableText(data, isArray(names) ? names.map(String) : undefined)) : null;
    if (drawn === null) write("log", format([data]));
    else write("log", drawn);
  }

  const console = {
    log: logger("log"),
    info: logger("info"),
    warn: logger("warn"),
    error: logger("error"),
    debug: logger("debug"),
    trace,
    assert,
    table,
    dir: (value, options) => write("log", inspect(value, options)),
    dirxml: logger("log"),
    group,
    groupCollapsed: group.bind(undefined),
    groupEnd: () => { indentation = indentation.slice(2); },
    count,
    countReset,
    time,
    timeLog: (label, ...data) => tellTime("log", label, data),
    timeEnd,
    clear: () => { indentation = ""; },
  };
  for (const name of Object.keys(console)) kernel.named(name, 0, console[name]);
  Object.defineProperty(console, Symbol.toStringTag, { value: "console", configurable: true });
  return { console };
});
