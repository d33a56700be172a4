// AbortController and AbortSignal, by the DOM standard.
(function (host, kernel) {
  "use strict";
  const { defineProperty } = Reflect;
  const { required, integer, expose, preview } = kernel.use("webidl");
  const { Event, EventTarget, fire, handlerAttribute, hasListener, watch } = kernel.use("events");
  const { DOMException } = kernel.use("domexception");
  const ours = Symbol("internal");

  let stateOf;
  let isSignal;

  class AbortSignal extends EventTarget {
    #state;
    static {
      stateOf = (signal) => signal.#state;
      isSignal = (value) => typeof value === "object" && value !== null && #state in value;
    }
    constructor() {
      if (arguments[0] !== ours) throw new TypeError("Illegal constructor");
      super();
      // `dependents` are weak references; `anchored` are those of them that somebody waits for.
      this.#state = { aborted: false, reason: undefined, algorithms: new Set(), sources: null, dependents: new Set(), anchored: new Set() };
    }
    static abort(reason = undefined) {
      const signal = createSignal();
      Object.assign(stateOf(signal), { aborted: true, reason: reasonFrom(reason) });
      return signal;
    }
    static timeout(milliseconds) {
      required("AbortSignal.timeout", arguments.length, 1);
      const wait = integer("AbortSignal.timeout: milliseconds", milliseconds, 0, Number.MAX_SAFE_INTEGER);
      const signal = createSignal();
      host._after(() => abort(signal, new DOMException("signal timed out", "TimeoutError")), wait);
      return signal;
    }
    static any(signals) {
      required("AbortSignal.any", arguments.length, 1);
      const sources = [];
      for (const signal of signals) sources.push(check("AbortSignal.any", signal));
      return dependentOn(sources);
    }
    get aborted() { return this.#state.aborted; }
    get reason() { return this.#state.reason; }
    throwIfAborted() { if (this.#state.aborted) throw this.#state.reason; }
  }

  class AbortController {
    #signal = createSignal();
    get signal() { return this.#signal; }
    abort(reason = undefined) { abort(this.#signal, reason); }
  }

  const createSignal = () => new AbortSignal(ours);
  const reasonFrom = (reason) => (reason === undefined ? new DOMException("signal is aborted without reason", "AbortError") : reason);

  function check(where, value) {
    if (!isSignal(value)) throw new TypeError(where + ": expected an AbortSignal, got " + (value === null ? "null" : typeof value));
    return value;
  }

  function abort(signal, reason) {
    const state = stateOf(signal);
    if (state.aborted) return;
    const all = [signal];
    for (const reference of state.dependents) {
      const dependent = reference.deref();
      if (dependent !== undefined && !stateOf(dependent).aborted) all.push(dependent);
    }
    const why = reasonFrom(reason);
    for (const each of all) Object.assign(stateOf(each), { aborted: true, reason: why });
    all.forEach(tell);
  }

  function tell(signal) {
    const state = stateOf(signal);
    for (const algorithm of state.algorithms) {
      try {
        algorithm(state.reason);
      } catch (error) {
        kernel.use("reporting").report(error);
      }
    }
    state.algorithms.clear();
    fire(signal, new Event("abort"));
    unanchor(signal);
    state.anchored.clear();
  }

  // Calls the algorithm with the reason once the signal aborts; answers what takes that back.
  function onAbort(signal, algorithm) {
    const { aborted, algorithms } = stateOf(signal);
    if (aborted) return () => {};
    algorithms.add(algorithm);
    settleAnchor(signal);
    return () => {
      algorithms.delete(algorithm);
      settleAnchor(signal);
    };
  }

  // The host's token of a signal, made once: an option that takes a signal gets it.
  const tokens = new WeakMap();

  kernel.convert(isSignal, (signal) => {
    let token = tokens.get(signal);
    if (token === undefined) {
      tokens.set(signal, (token = host._newToken()));
      const abortToken = (reason) => host._abortToken(token, reason instanceof Error ? reason.message : String(reason));
      if (stateOf(signal).aborted) abortToken(stateOf(signal).reason);
      else onAbort(signal, abortToken);
    }
    return token;
  });

  // ---- signals of several sources -----------------------------------------------------------------

  const collected = new FinalizationRegistry(({ sources, reference }) => {
    for (const source of sources) stateOf(source).dependents.delete(reference);
  });

  function dependentOn(signals) {
    const signal = createSignal();
    const done = signals.find((each) => stateOf(each).aborted);
    if (done !== undefined) {
      Object.assign(stateOf(signal), { aborted: true, reason: stateOf(done).reason });
      return signal;
    }
    const sources = new Set(signals.flatMap((each) => [...(stateOf(each).sources ?? [each])]));
    const reference = new WeakRef(signal);
    stateOf(signal).sources = sources;
    for (const source of sources) stateOf(source).dependents.add(reference);
    collected.register(signal, { sources, reference });
    watch(signal, settleAnchor);
    return signal;
  }

  // While somebody waits for a dependent signal, its sources keep it alive.
  function settleAnchor(signal) {
    const { sources, aborted, algorithms } = stateOf(signal);
    if (sources === null) return;
    if (aborted || (algorithms.size === 0 && !hasListener(signal, "abort"))) unanchor(signal);
    else for (const source of sources) stateOf(source).anchored.add(signal);
  }

  function unanchor(signal) {
    for (const source of stateOf(signal).sources ?? []) stateOf(source).anchored.delete(signal);
  }

  defineProperty(AbortSignal.prototype, "onabort", { ...handlerAttribute("abort"), enumerable: true, configurable: true });
  expose(AbortSignal);
  expose(AbortController);
  preview(AbortSignal, ["aborted", "reason"]);
  preview(AbortController, ["signal"]);

  return { AbortController, AbortSignal, check, createSignal, abort, onAbort };
});
