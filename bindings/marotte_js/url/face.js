// URL and URLSearchParams, by the URL standard. The host parses URLs; queries are lists of pairs.
(function (host, kernel) {
  "use strict";
  const { required, usv, expose, iterable, preview } = kernel.use("webidl");
  const { encode, decodeUtf8 } = kernel.use("encoding");

  // ---- application/x-www-form-urlencoded ----------------------------------------------------------

  function percentDecoded(text) {
    if (!text.includes("%")) return text;
    try {
      return decodeURIComponent(text);
    } catch {
      return decodeUtf8(percentBytes(encode(text)));
    }
  }

  const digit = (code) => (code >= 48 && code <= 57 ? code - 48 : code >= 65 && code <= 70 ? code - 55 : code >= 97 && code <= 102 ? code - 87 : -1);

  // Bytes with each valid %XX replaced by what it means; what is not valid stays.
  function percentBytes(bytes) {
    const out = new Uint8Array(bytes.length);
    let size = 0;
    for (let i = 0; i < bytes.length; i++) {
      const high = bytes[i] === 37 ? digit(bytes[i + 1]) : -1;
      const low = high < 0 ? -1 : digit(bytes[i + 2]);
      out[size++] = low < 0 ? bytes[i] : 16 * high + low;
      if (low >= 0) i += 2;
    }
    return out.subarray(0, size);
  }

  function parseQuery(text) {
    const pairs = [];
    for (const part of text.split("&")) {
      if (part === "") continue;
      const spaced = part.replaceAll("+", " ");
      const at = spaced.indexOf("=");
      const name = at < 0 ? spaced : spaced.slice(0, at);
      pairs.push([percentDecoded(name), at < 0 ? "" : percentDecoded(spaced.slice(at + 1))]);
    }
    return pairs;
  }

  const alsoEncoded = { "!": "%21", "'": "%27", "(": "%28", ")": "%29", "~": "%7E", "%20": "+" };
  const formEncoded = (text) => encodeURIComponent(text).replace(/[!'()~]|%20/g, (found) => alsoEncoded[found]);
  const serialize = (pairs) => pairs.map(([name, value]) => formEncoded(name) + "=" + formEncoded(value)).join("&");

  // ---- URLSearchParams ----------------------------------------------------------------------------

  function pairsFrom(init) {
    if ((typeof init !== "object" && typeof init !== "function") || init === null) {
      const text = usv(init);
      return parseQuery(text[0] === "?" ? text.slice(1) : text);
    }
    const method = init[Symbol.iterator];
    if (method === undefined || method === null) return recordPairs(init);
    if (typeof method !== "function") throw new TypeError("URLSearchParams constructor: expected pairs, an object or text");
    return Array.from(init, (pair) => {
      const parts = typeof pair === "object" && pair !== null ? Array.from(pair, usv) : [];
      if (parts.length !== 2) throw new TypeError("URLSearchParams constructor: expected pairs of a name and a value");
      return parts;
    });
  }

  function recordPairs(record) {
    const found = new Map();
    for (const key of Reflect.ownKeys(record)) {
      if (!Reflect.getOwnPropertyDescriptor(record, key)?.enumerable) continue;
      found.set(usv(key), usv(record[key]));
    }
    return [...found];
  }

  let pairsOf;
  let connect; // (params, url): changes of the one change the other from now on
  let replace;

  class URLSearchParams {
    #pairs;
    #changed = null;
    static {
      pairsOf = (params) => params.#pairs;
      connect = (params, changed) => { params.#changed = changed; };
      replace = (params, pairs) => { params.#pairs = pairs; };
    }
    constructor(init = "") {
      this.#pairs = pairsFrom(init);
    }
    #update() { if (this.#changed !== null) this.#changed(serialize(this.#pairs)); }
    get size() { return this.#pairs.length; }
    append(name, value) {
      required("URLSearchParams.append", arguments.length, 2);
      this.#pairs.push([usv(name), usv(value)]);
      this.#update();
    }
    delete(name, value = undefined) {
      required("URLSearchParams.delete", arguments.length, 1);
      const matches = matcher(name, value);
      remove(this.#pairs, matches);
      this.#update();
    }
    get(name) {
      required("URLSearchParams.get", arguments.length, 1);
      return this.#pairs.find(matcher(name, undefined))?.[1] ?? null;
    }
    getAll(name) {
      required("URLSearchParams.getAll", arguments.length, 1);
      return this.#pairs.filter(matcher(name, undefined)).map((pair) => pair[1]);
    }
    has(name, value = undefined) {
      required("URLSearchParams.has", arguments.length, 1);
      return this.#pairs.some(matcher(name, value));
    }
    set(name, value) {
      required("URLSearchParams.set", arguments.length, 2);
      const key = usv(name);
      const text = usv(value);
      const first = this.#pairs.find((pair) => pair[0] === key);
      if (first === undefined) this.#pairs.push([key, text]);
      else first[1] = text;
      remove(this.#pairs, (pair) => pair[0] === key && pair !== first && first !== undefined);
      this.#update();
    }
    sort() {
      this.#pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
      this.#update();
    }
    toString() { return serialize(this.#pairs); }
  }

  function matcher(name, value) {
    const key = usv(name);
    if (value === undefined) return (pair) => pair[0] === key;
    const text = usv(value);
    return (pair) => pair[0] === key && pair[1] === text;
  }

  function remove(pairs, matches) {
    let kept = 0;
    for (const pair of pairs) if (!matches(pair)) pairs[kept++] = pair;
    pairs.length = kept;
  }

  iterable(URLSearchParams, (params) => pairsOf(params));

  // ---- URL ------------------------------------------------------------------------------------------

  const HREF = 0;
  const SEARCH = 9;
  const names = ["href", "origin", "protocol", "username", "password", "host", "hostname", "port", "pathname", "search", "hash"];

  function parse(url, base) {
    const text = usv(url);
    return base === undefined ? host._parse(text) : host._parse(text, usv(base));
  }

  let partsOf;
  let assign;

  class URL {
    #parts;
    #query = null;
    static {
      partsOf = (url) => url.#parts;
      assign = (url, parts) => {
        url.#parts = parts;
        if (url.#query !== null) replace(url.#query, parseQuery(parts[SEARCH].slice(1)));
      };
    }
    constructor(url, base = undefined) {
      required("URL constructor", arguments.length, 1);
      this.#parts = parse(url, base);
      if (this.#parts === null) throw new TypeError("URL constructor: invalid URL: " + JSON.stringify(`${url}`.slice(0, 200)));
    }
    static parse(url, base = undefined) {
      required("URL.parse", arguments.length, 1);
      return parse(url, base) === null ? null : new URL(url, base);
    }
    static canParse(url, base = undefined) {
      required("URL.canParse", arguments.length, 1);
      return parse(url, base) !== null;
    }
    get searchParams() {
      if (this.#query === null) {
        this.#query = new URLSearchParams(this.#parts[SEARCH]);
        connect(this.#query, (text) => { this.#parts = host._update(this.#parts[HREF], "search", text); });
      }
      return this.#query;
    }
    toString() { return this.#parts[HREF]; }
    toJSON() { return this.#parts[HREF]; }
  }

  names.forEach((name, index) => {
    const { get, set } = Object.getOwnPropertyDescriptor({
      get [name]() { return partsOf(this)[index]; },
      set [name](value) {
        const parts = host._update(partsOf(this)[HREF], name, usv(value));
        if (parts === null) throw new TypeError("URL.href: invalid URL: " + JSON.stringify(`${value}`.slice(0, 200)));
        assign(this, parts);
      },
    }, name);
    Object.defineProperty(URL.prototype, name, { get, set: name === "origin" ? undefined : set, configurable: true });
  });

  expose(URL);
  expose(URLSearchParams);
  preview(URL, [...names, "searchParams"]);
  Object.defineProperty(URLSearchParams.prototype, Symbol.for("nodejs.util.inspect.custom"), {
    value(depth, _options, inspect) {
      return depth < 0 ? "[URLSearchParams]" : "URLSearchParams " + inspect(new Map(pairsOf(this)), { depth }).replace(/^Map\(\d+\) /, "");
    },
    configurable: true, writable: true,
  });
  return { URL, URLSearchParams };
});
