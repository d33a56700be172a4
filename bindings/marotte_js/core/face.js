// What of the module "marotte" only JavaScript can express.
(host, kernel) => {
  "use strict";

  function requireFunction(fn, what) {
    if (typeof fn !== "function") throw new TypeError(`${what} must be a function, got ${typeof fn}`);
    return fn;
  }

  // The `ctx` of a function that a run calls. What is dear is made when it is first asked for.
  function _receive(data) {
    const ctx = { ...data, emit };
    lazily(ctx, "signal", () => stopSignal(data.runId));
    if (data.engine) lazily(ctx, "history", () => host._history());
    delete ctx.engine;
    return ctx;
  }

  function lazily(object, name, make) {
    let made;
    Object.defineProperty(object, name, { enumerable: true, configurable: true, get: () => (made ??= make()) });
  }

  function emit(event) {
    host._emit(event);
  }

  function stopSignal(runId) {
    const { AbortController } = kernel.use("abort");
    const controller = new AbortController();
    host._untilStopped(runId).then(({ stopped, reason }) => {
      if (!stopped) return;
      const RunStoppedError = kernel.errorClass("RunStoppedError");
      controller.abort(new RunStoppedError(reason == null ? "context canceled" : `context canceled: ${reason}`));
    }, () => undefined);
    return controller.signal;
  }

  const engines = Object.freeze({
    ...host.engines,
    fromFunction(fn) {
      requireFunction(fn, "engines.fromFunction(): fn");
      return host._fromFunction(async (turn, ctx) => {
        const answer = await fn(turn, ctx);
        return answer === undefined ? turn : answer;
      }, fn.name || "function");
    },
  });

  const agents = Object.freeze({
    ...host.agents,
    define(name, agent) {
      if (typeof agent === "string") host._defineFile(name, agent);
      else host._defineFunction(name, requireFunction(agent, "agents.define(): agent"));
    },
  });

  return { _receive, engines, agents };
}
