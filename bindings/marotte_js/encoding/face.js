// TextEncoder and TextDecoder, by the Encoding standard. Short ASCII stays here; all else the host's
// codecs do. Bytes cross as base64, which the engine reads and writes at about a gigabyte a second.
(function (host, kernel) {
  "use strict";
  const { apply } = Reflect;
  const { required, dictionary, expose, preview } = kernel.use("webidl");
  const { fromCharCode } = String;
  const { fromBase64 } = Uint8Array;
  const toBase64 = Uint8Array.prototype.toBase64;
  const SHORT = 128;
  // A character may be three bytes, and three bytes are four characters of base64.
  const CHARS_AT_ONCE = Math.min(1 << 20, kernel.maxChars() >> 2);
  const BYTES_AT_ONCE = Math.min(1 << 21, kernel.maxChars() >> 1);

  const receive = (text) => apply(fromBase64, Uint8Array, [text]);
  const send = (bytes) => apply(toBase64, bytes, []);

  // ---- encoding -----------------------------------------------------------------------------------

  // The bytes of short ASCII text; null for any other.
  function asciiBytes(text) {
    if (text.length > SHORT) return null;
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 127) return null;
      bytes[i] = code;
    }
    return bytes;
  }

  const isLead = (code) => code >= 0xd800 && code < 0xdc00;

  function encode(text) {
    const quick = asciiBytes(text);
    if (quick !== null) return quick;
    const whole = text.toWellFormed();
    if (whole.length <= CHARS_AT_ONCE) return receive(host._encode(whole));
    const parts = [];
    let size = 0;
    for (let from = 0; from < whole.length; ) {
      let to = Math.min(from + CHARS_AT_ONCE, whole.length);
      if (to < whole.length && isLead(whole.charCodeAt(to - 1))) to--;
      const part = receive(host._encode(whole.slice(from, to)));
      parts.push(part);
      size += part.length;
      from = to;
    }
    return joined(parts, size);
  }

  function joined(parts, size) {
    const all = new Uint8Array(size);
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  class TextEncoder {
    #encoding = "utf-8";
    get encoding() { return this.#encoding; }
    encode(input = "") {
      void this.#encoding; // throws where `this` is no encoder
      return encode(`${input}`);
    }
    encodeInto(source, destination) {
      void this.#encoding;
      required("TextEncoder.encodeInto", arguments.length, 2);
      const text = `${source}`;
      if (!(destination instanceof Uint8Array)) throw new TypeError("TextEncoder.encodeInto: destination: expected a Uint8Array");
      return encodeInto(text, destination);
    }
  }

  function encodeInto(text, destination) {
    if (3 * text.length <= destination.length) {
      const bytes = encode(text);
      destination.set(bytes);
      return { read: text.length, written: bytes.length };
    }
    let read = 0;
    let written = 0;
    // No more than this can fit; the rest of a long text is not even looked at.
    for (const character of text.slice(0, destination.length + 1).toWellFormed()) {
      const bytes = encode(character);
      if (written + bytes.length > destination.length) break;
      destination.set(bytes, written);
      written += bytes.length;
      read += character.length;
    }
    return { read, written };
  }

  // ---- decoding -----------------------------------------------------------------------------------

  const nothing = new Uint8Array(0);
  const names = new Map([["utf-8", "utf-8"], ["utf8", "utf-8"]]);

  function encodingOf(label) {
    const known = names.get(label);
    if (known !== undefined) return known;
    const name = host._encoding(label);
    if (name === null) throw new RangeError("TextDecoder constructor: unknown encoding: " + JSON.stringify(label));
    names.set(label, name);
    return name;
  }

  // The bytes of a buffer source, not copied.
  function bytesOf(where, input) {
    if (input === undefined) return nothing;
    if (ArrayBuffer.isView(input)) return new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
    if (input instanceof ArrayBuffer || input instanceof SharedArrayBuffer) return new Uint8Array(input);
    throw new TypeError(where + ": expected an ArrayBuffer or a view of one");
  }

  function asciiText(bytes) {
    if (bytes.length > SHORT) return null;
    for (let i = 0; i < bytes.length; i++) if (bytes[i] > 127) return null;
    return apply(fromCharCode, null, bytes);
  }

  // A decoder of UTF-8: decode(bytes, more) answers text and keeps what is not complete.
  function utf8(fatal) {
    let pending = nothing;
    return {
      reset() { pending = nothing; },
      decode(bytes, more) {
        const whole = pending.length === 0 ? bytes : joined([pending, bytes], pending.length + bytes.length);
        pending = nothing;
        const quick = asciiText(whole);
        if (quick !== null) return quick;
        const answer = host._decodeUtf8(send(whole), fatal, !more);
        const left = answer.charCodeAt(0) - 48;
        if (left > 0) pending = whole.slice(whole.length - left);
        return answer.slice(1);
      },
    };
  }

  function legacy(encoding, fatal) {
    const decoder = host._decoder(encoding, fatal);
    return {
      reset() { decoder.reset(); },
      decode(bytes, more) { return decoder.decode(send(bytes), !more); },
    };
  }

  class TextDecoder {
    #encoding;
    #fatal;
    #ignoreBOM;
    #decoder = null;
    #streaming = false;
    #begun = false; // whether the first character has been seen, which may be a byte order mark
    constructor(label = "utf-8", options = undefined) {
      this.#encoding = encodingOf(`${label}`.replace(/^[\t\n\f\r ]+|[\t\n\f\r ]+$/g, "").toLowerCase());
      const { fatal, ignoreBOM } = dictionary("TextDecoder constructor", options);
      this.#fatal = !!fatal;
      this.#ignoreBOM = !!ignoreBOM;
    }
    get encoding() { return this.#encoding; }
    get fatal() { return this.#fatal; }
    get ignoreBOM() { return this.#ignoreBOM; }
    decode(input = undefined, options = undefined) {
      const decoder = this.#decoder ??= this.#encoding === "utf-8" ? utf8(this.#fatal) : legacy(this.#encoding, this.#fatal);
      const bytes = bytesOf("TextDecoder.decode", input);
      const more = !!dictionary("TextDecoder.decode", options).stream;
      if (!this.#streaming) {
        decoder.reset();
        this.#begun = false;
      }
      this.#streaming = more;
      return this.#unmarked(decodeAll(decoder, bytes, more));
    }
    #unmarked(text) {
      if (this.#begun || text === "") return text;
      this.#begun = true;
      const marked = !this.#ignoreBOM && text.charCodeAt(0) === 0xfeff && this.#encoding.startsWith("utf-");
      return marked ? text.slice(1) : text;
    }
  }

  function decodeAll(decoder, bytes, more) {
    if (bytes.length <= BYTES_AT_ONCE) return decoder.decode(bytes, more);
    let text = "";
    for (let at = 0; at < bytes.length; at += BYTES_AT_ONCE) {
      const last = at + BYTES_AT_ONCE >= bytes.length;
      text += decoder.decode(bytes.subarray(at, at + BYTES_AT_ONCE), more || !last);
    }
    return text;
  }

  const decodeUtf8 = (bytes) => decodeAll(utf8(false), bytes, false);

  expose(TextEncoder);
  expose(TextDecoder);
  preview(TextEncoder, ["encoding"]);
  preview(TextDecoder, ["encoding", "fatal", "ignoreBOM"]);
  return { TextEncoder, TextDecoder, encode, decodeUtf8, bytesOf, send, receive };
});
