// process.argv and process.env, as scripts for Node read them.
(function (host, _kernel) {
  "use strict";
  const { argv, env } = host._process();
  const process = { argv, env };
  Object.defineProperty(process, Symbol.toStringTag, { value: "process", configurable: true });
  return { process };
});
