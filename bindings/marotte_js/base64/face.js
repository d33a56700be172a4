// atob and btoa, by the HTML and Infra standards.
(function (_host, kernel) {
  "use strict";
  const { apply } = Reflect;
  const { required } = kernel.use("webidl");
  const { DOMException } = kernel.use("domexception");
  const { fromCharCode } = String;
  const { fromBase64 } = Uint8Array;
  const toBase64 = Uint8Array.prototype.toBase64;
  const AT_ONCE = 8192;

  const invalid = (message) => new DOMException(message, "InvalidCharacterError");

  function btoa(data) {
    required("btoa", arguments.length, 1);
    const text = `${data}`;
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 255) throw invalid("btoa: the text has a character beyond U+00FF at index " + i);
      bytes[i] = code;
    }
    return apply(toBase64, bytes, []);
  }

  // The forgiving-base64 decode: white space anywhere, padding optional but right where it is.
  function atob(data) {
    required("atob", arguments.length, 1);
    let text = `${data}`.replace(/[\t\n\f\r ]+/g, "");
    if (text.length % 4 === 0) text = text.replace(/={1,2}$/, "");
    if (text.length % 4 === 1) throw invalid("atob: the text is not as long as base64 can be");
    if (/[^A-Za-z0-9+/]/.test(text)) throw invalid("atob: the text has a character that is not base64");
    const bytes = apply(fromBase64, Uint8Array, [text, { lastChunkHandling: "loose" }]);
    let decoded = "";
    for (let i = 0; i < bytes.length; i += AT_ONCE) decoded += apply(fromCharCode, null, bytes.subarray(i, i + AT_ONCE));
    return decoded;
  }

  return { atob, btoa };
});
