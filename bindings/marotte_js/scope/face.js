// The names by which a script knows where it runs.
(function (_host, kernel) {
  "use strict";
  const { expose } = kernel.use("webidl");

  class Navigator {
    constructor() {
      throw new TypeError("Illegal constructor");
    }
    get userAgent() {
      if (this !== navigator) throw new TypeError("Illegal invocation");
      return "Marotte";
    }
  }

  expose(Navigator);
  const navigator = Object.create(Navigator.prototype);
  return { self: globalThis, navigator };
});
