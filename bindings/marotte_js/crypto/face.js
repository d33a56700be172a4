// crypto.getRandomValues and crypto.randomUUID, by the Web Cryptography API.
(function (host, kernel) {
  "use strict";
  const { required, expose, preview } = kernel.use("webidl");
  const MOST_BYTES = 65536;
  const integers = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, BigInt64Array, BigUint64Array];

  const exception = (message, name) => new (kernel.use("domexception").DOMException)(message, name);

  class Crypto {
    #ours = true;
    constructor() {
      if (arguments[0] !== host) throw new TypeError("Illegal constructor");
    }
    getRandomValues(array) {
      void this.#ours;
      required("Crypto.getRandomValues", arguments.length, 1);
      if (!ArrayBuffer.isView(array)) throw new TypeError("Crypto.getRandomValues: expected a typed array of integers");
      if (!integers.some((Class) => array instanceof Class)) throw exception("Crypto.getRandomValues: the array is not one of integers", "TypeMismatchError");
      const { byteLength } = array;
      if (byteLength > MOST_BYTES) throw exception("Crypto.getRandomValues: " + byteLength + " bytes, at most " + MOST_BYTES + " are given at once", "QuotaExceededError");
      fill(new Uint8Array(array.buffer, array.byteOffset, byteLength));
      return array;
    }
    randomUUID() {
      void this.#ours;
      return host._randomUUID();
    }
  }

  function fill(bytes) {
    const atOnce = Math.min(MOST_BYTES, kernel.maxChars() >> 1);
    for (let at = 0; at < bytes.length; at += atOnce) {
      const part = bytes.subarray(at, at + atOnce);
      part.set(Uint8Array.fromBase64(host._randomBytes(part.length)));
    }
  }

  expose(Crypto);
  preview(Crypto, []);
  return { Crypto, crypto: new Crypto(host) };
});
