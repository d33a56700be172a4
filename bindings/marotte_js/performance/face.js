// performance.now and performance.timeOrigin, by the High Resolution Time standard.
(function (host, kernel) {
  "use strict";
  const { EventTarget } = kernel.use("events");
  const { expose, preview } = kernel.use("webidl");
  const origin = kernel.born;
  const offset = Date.now() - origin - host._clock();

  class Performance extends EventTarget {
    #ours = true;
    constructor() {
      if (arguments[0] !== host) throw new TypeError("Illegal constructor");
      super();
    }
    now() {
      void this.#ours;
      return host._clock() + offset;
    }
    get timeOrigin() {
      void this.#ours;
      return origin;
    }
    toJSON() { return { timeOrigin: this.timeOrigin }; }
  }

  expose(Performance);
  preview(Performance, ["timeOrigin"]);
  return { Performance, performance: new Performance(host) };
});
