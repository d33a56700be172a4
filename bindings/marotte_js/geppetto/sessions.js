// Sessions and runs under the older names.
(_host, _kernel, parts) => {
  "use strict";

  const { attach, isObject, methods, picked, decode, encode, encodeOrNull, empty, listening } = parts;

  const RUN_OPTIONS = ["timeoutMs", "tags", "signal", "graceMs", "cancelGraceMs", "onBusy", "limits", "outputSchema"];

  // What is no object stays, for the session to refuse.
  function runOptions(options) {
    if (!isObject(options) || Array.isArray(options)) return options;
    const found = picked(options, RUN_OPTIONS);
    if (isObject(found.tags) && !Array.isArray(found.tags)) found.tags = tagsOf(found.tags);
    return found;
  }

  // Tags are text; the older module took anything.
  function tagsOf(tags) {
    const found = {};
    for (const [name, value] of Object.entries(tags)) {
      if (value !== undefined) found[name] = typeof value === "string" ? value : JSON.stringify(value);
    }
    return found;
  }

  // The error of a run, with its partial turn as scripts get turns.
  function told(error) {
    if (Array.isArray(error?.partialTurn?.blocks)) error.partialTurn = encode(error.partialTurn);
    return error;
  }

  function answer(action) {
    try {
      return encode(action());
    } catch (error) {
      throw told(error);
    }
  }

  async function outcome(run) {
    try {
      return encode(await run.promise);
    } catch (error) {
      throw told(error);
    }
  }

  function runHandle(run) {
    const handle = attach("run handle", {}, run);
    let promise; // of one that nobody reads, no rejection is reported
    properties(handle, { id: () => run.id, status: () => run.status, promise: () => (promise ??= outcome(run)) });
    return methods({
      cancel: [0, (reason = undefined) => run.cancel(reason)],
      stop: [0, (reason = undefined) => run.stop(reason)],
      ...listening(handle, run),
    }, handle);
  }

  // The handle of a run that was refused: there is none, so nothing happens to it.
  function refused(error) {
    const run = { id: "", status: "failed", promise: undefined, cancel: () => false, stop: () => false, on() {}, once() {}, off() {} };
    const reject = async () => {
      throw error;
    };
    Object.defineProperty(run, "promise", { get: reject });
    return runHandle(run);
  }

  function properties(object, getters) {
    for (const [name, get] of Object.entries(getters)) Object.defineProperty(object, name, { get, enumerable: true, configurable: true });
  }

  // Wrong arguments throw; whatever else refuses a run rejects its promise.
  function started(session, seed, options) {
    const given = [decode(seed), runOptions(options)];
    try {
      return runHandle(session.start(...given));
    } catch (error) {
      if (error instanceof TypeError) throw error;
      return refused(error);
    }
  }

  function session(target) {
    const object = attach("session", {}, target);
    properties(object, { id: () => target.id });
    return methods({
      append: [1, (turn) => encode(target.append(decode(turn)))],
      latest: [0, () => encodeOrNull(target.latest()) ?? empty()],
      turns: [0, () => target.turns().map(encode)],
      turnCount: [0, () => target.turnCount()],
      getTurn: [1, (index) => encodeOrNull(target.getTurn(index))],
      turnsRange: [0, (start, end) => target.turnsRange(start, end).map(encode)],
      isRunning: [0, () => target.isRunning()],
      cancelActive: [0, (reason = undefined) => target.cancelActive(reason)],
      run: [0, (seed, options) => answer(() => target.run(decode(seed), runOptions(options)))],
      runAsync: [0, (seed, options) => started(target, seed, options).promise],
      start: [0, (seed, options) => started(target, seed, options)],
      close: [0, () => target.close()],
    }, object);
  }

  return { session };
}
