// What nothing in the script handled, on its way to the host.
(function (host, kernel) {
  "use strict";

  const report = (error) => host._report(kernel.describe(error));

  return {
    report,
    reportError: kernel.named("reportError", 1, (...args) => {
      if (args.length === 0) throw new TypeError("reportError(): error: is required");
      report(args[0]);
    }),
  };
});
