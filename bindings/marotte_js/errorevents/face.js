// The events `error`, `unhandledrejection` and `rejectionhandled` of the global object, by the HTML
// standard. Loaded when a script listens on the global object or touches one of its handlers.
(function (host, kernel) {
  "use strict";
  const { apply, defineProperty } = Reflect;
  const { required, dictionary, expose, preview } = kernel.use("webidl");
  const { Event, fire, handlerAttribute, hasListener } = kernel.use("events");
  const reporting = kernel.use("reporting");
  const global = globalThis;

  class ErrorEvent extends Event {
    #told;
    constructor(type, eventInitDict = undefined) {
      required("ErrorEvent constructor", arguments.length, 1);
      super(type, eventInitDict);
      const { colno = 0, error, filename = "", lineno = 0, message = "" } = dictionary("ErrorEvent constructor", eventInitDict);
      this.#told = { message: `${message}`, filename: `${filename}`, lineno: lineno >>> 0, colno: colno >>> 0, error };
    }
    get message() { return this.#told.message; }
    get filename() { return this.#told.filename; }
    get lineno() { return this.#told.lineno; }
    get colno() { return this.#told.colno; }
    get error() { return this.#told.error; }
  }

  class PromiseRejectionEvent extends Event {
    #promise;
    #reason;
    constructor(type, eventInitDict) {
      required("PromiseRejectionEvent constructor", arguments.length, 2);
      super(type, eventInitDict);
      const { promise, reason } = dictionary("PromiseRejectionEvent constructor", eventInitDict);
      if (promise === undefined) throw new TypeError("PromiseRejectionEvent constructor: promise: is required");
      this.#promise = Promise.resolve(promise);
      this.#reason = reason;
    }
    get promise() { return this.#promise; }
    get reason() { return this.#reason; }
  }

  expose(ErrorEvent);
  expose(PromiseRejectionEvent);
  preview(ErrorEvent, ["type", "defaultPrevented", "message", "filename", "lineno", "colno", "error"]);
  preview(PromiseRejectionEvent, ["type", "defaultPrevented", "promise", "reason"]);

  // ---- exceptions -----------------------------------------------------------------------------

  // Where and what, for an ErrorEvent: from the first frame of the script's own.
  function particulars(error) {
    const told = JSON.parse(kernel.describe(error));
    const [, filename = "", line = 0, column = 0] = /\(?([^()\s]*):(\d+):(\d+)\)?/.exec(told.stack ?? "") ?? [];
    const text = typeof error === "string" ? error : told.message.replace(/^threw /, "");
    const message = "Uncaught " + (told.thrown ? text : told.name + ": " + told.message);
    return { message, filename, lineno: +line, colno: +column, error, cancelable: true };
  }

  let busy = false; // what a listener for `error` throws goes to the host

  reporting.handleBy((error) => {
    if (busy || !hasListener(global, "error")) return false;
    busy = true;
    try {
      return !fire(global, new ErrorEvent("error", particulars(error)));
    } finally {
      busy = false;
    }
  });

  function callErrorHandler(handler, event, target) {
    if (typeof handler !== "function") return;
    const args = event instanceof ErrorEvent ? [event.message, event.filename, event.lineno, event.colno, event.error] : [event];
    if (apply(handler, target, args) === true) event.preventDefault();
  }

  // ---- rejections -------------------------------------------------------------------------------

  const waiting = new Set(); // promises whose `unhandledrejection` is still to come
  const outstanding = new WeakMap(); // promises reported as unhandled → their reasons

  const rejectionEvent = (type, promise, reason, cancelable) => new PromiseRejectionEvent(type, { promise, reason, cancelable });

  function tellRejection(promise, reason) {
    if (!waiting.delete(promise)) return;
    if (fire(global, rejectionEvent("unhandledrejection", promise, reason, true))) reporting.tellHost(reason);
  }

  kernel.onRejections({
    unhandled(promise, reason) {
      outstanding.set(promise, reason);
      if (!hasListener(global, "unhandledrejection")) return false;
      waiting.add(promise);
      host._task(() => tellRejection(promise, reason));
      return true;
    },
    handled(promise) {
      if (!outstanding.has(promise)) return;
      const reason = outstanding.get(promise);
      outstanding.delete(promise);
      if (waiting.delete(promise) || !hasListener(global, "rejectionhandled")) return;
      host._task(() => fire(global, rejectionEvent("rejectionhandled", promise, reason, false)));
    },
  });

  const define = (name, attribute) => defineProperty(global, name, { ...attribute, enumerable: false, configurable: true });
  define("onerror", handlerAttribute("error", callErrorHandler));
  define("onunhandledrejection", handlerAttribute("unhandledrejection"));
  define("onrejectionhandled", handlerAttribute("rejectionhandled"));

  return { ErrorEvent, PromiseRejectionEvent };
});
