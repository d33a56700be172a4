// What of the module "marotte" only JavaScript can express.
(host, kernel) => {
  "use strict";

  // What the host hands over that is more than data.
  function _receive({ turn, turns, next, ctx }, object) {
    if (turn !== undefined) return answered(turn);
    if (turns !== undefined) return turns.map(answered);
    if (next === "async") return (turn) => quiet(object.call(turn));
    if (next === "parked") return (turn) => object.callParked(turn);
    return context(ctx);
  }

  // What nobody waits for here the host does: a rejection is no news to tell of.
  function quiet(promise) {
    settled(promise);
    return promise;
  }

  async function settled(promise) {
    try {
      await promise;
    } catch {}
  }

  // A turn stays plain data: what is read from it is in no JSON, no copy, and costs nothing unread.
  // A run of an agent has another result.
  const answered = (turn) => (Array.isArray(turn?.blocks) ? Object.defineProperties(turn, reads) : turn);
  const reads = {
    text: {
      configurable: true,
      get() {
        const said = this.blocks.filter((block) => block.kind === "llm_text" && typeof block.payload?.text === "string");
        return said.map((block) => block.payload.text).join("");
      },
    },
    output: {
      configurable: true,
      get() {
        return this.data.output;
      },
    },
  };

  // The `ctx` of a function that a run calls. What is dear is made when it is first asked for.
  function context({ engine, ...data }) {
    const ctx = { ...data, emit };
    lazily(ctx, "signal", () => stopSignal(data.runId));
    if (engine) lazily(ctx, "history", () => host._history());
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
    abortOnStop(controller, runId);
    return controller.signal;
  }

  // At once, if the run is stopping already. Other errors are of a realm that ends: nobody is left to tell.
  async function abortOnStop(controller, runId) {
    try {
      host._checkStop(runId);
      await host._untilStopped(runId);
    } catch (error) {
      if (error.runId === runId) controller.abort(error);
    }
  }

  const engines = Object.freeze({
    ...host.engines,
    fromFunction(fn) {
      if (typeof fn !== "function") throw new TypeError(`engines.fromFunction(): fn must be a function, got ${typeof fn}`);
      return host._fromFunction(async (turn, ctx) => {
        const answer = await fn(turn, ctx);
        return answer === undefined ? turn : answer;
      }, nameOf(fn, "function"));
    },
  });

  const nameOf = (fn, otherwise) => (typeof fn.name === "string" && fn.name !== "" ? fn.name : otherwise);

  const middlewares = Object.freeze({
    ...host.middlewares,
    fromJS(fn, name = undefined) {
      if (typeof fn !== "function") throw new TypeError(`middlewares.fromJS(): fn must be a function, got ${typeof fn}`);
      return host._fromJS(fn, name ?? nameOf(fn, "middleware"));
    },
  });

  const agents = Object.freeze({
    ...host.agents,
    define(name, agent) {
      if (typeof name !== "string" || name === "") {
        throw new TypeError(`agents.define(): name must be a text that is not empty, got ${name === "" ? '""' : typeof name}`);
      }
      if (typeof agent === "string") host._defineFile(name, agent);
      else if (typeof agent === "function") host._defineFunction(name, agent);
      else throw new TypeError(`agents.define(): agent must be a path or a function, got ${agent === null ? "null" : typeof agent}`);
    },
  });

  return { _receive, engines, middlewares, agents };
}
