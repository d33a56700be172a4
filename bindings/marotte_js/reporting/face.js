// What nothing in the script handled, on its way to the host.
(function (host, kernel) {
  "use strict";
  let handler = null; // is told first, once something listens; answers whether that was the end of it

  const tellHost = (error) => host._report(kernel.describe(error));

  function report(error) {
    if (handler === null || !handler(error)) tellHost(error);
  }

  function reportError(error) {
    kernel.use("webidl").required("reportError", arguments.length, 1);
    report(error);
  }

  const handleBy = (function_) => { handler = function_; };

  return { report, reportError, tellHost, handleBy };
});
