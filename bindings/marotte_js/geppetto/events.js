// Events of a run under their older names.
(_host, _kernel) => {
  "use strict";

  // Which events an older one is made of, or has to have seen.
  const SOURCES = {
    __proto__: null,
    start: ["run-started"],
    partial: ["text-delta"],
    final: ["text-finished"],
    "tool-call": ["tool-call-requested"],
    "tool-call-execute": ["tool-call-requested", "tool-execution-started"],
    "tool-call-execution-result": ["tool-execution-finished"],
    "tool-result": ["tool-execution-finished"],
    error: ["run-finished"],
    interrupt: ["text-delta", "run-finished"],
    log: [],
    info: [],
  };

  // Makes older events of ours, of all or of one type; remembers what some of them repeat.
  function translator() {
    const inputs = new Map(); // call id -> arguments
    let segment;
    let completion = "";
    const made = {
      __proto__: null,
      "run-started": () => [{ type: "start" }],
      "text-delta": (event) => {
        completion = event.segment === segment ? completion + event.delta : event.delta;
        segment = event.segment;
        return [{ type: "partial", delta: event.delta, completion }];
      },
      "text-finished": ({ text }) => [{ type: "final", text }],
      "tool-call-requested": ({ toolCall: { id, name, args } }) => {
        inputs.set(id, JSON.stringify(args ?? {}));
        return [{ type: "tool-call", toolCall: { id, name, input: inputs.get(id) } }];
      },
      "tool-execution-started": ({ toolCallId: id, name }) => {
        return [{ type: "tool-call-execute", toolCall: { id, name, input: inputs.get(id) ?? "{}" } }];
      },
      "tool-execution-finished": (event) => {
        const toolResult = () => ({ id: event.toolCallId, result: resultText(event) });
        return [
          { type: "tool-call-execution-result", toolResult: toolResult() },
          { type: "tool-result", toolResult: toolResult() },
        ];
      },
      "run-finished": ({ status, stopReason, error }) => {
        if (status === "completed") return [];
        if (status === "stopped") return [{ type: "interrupt", text: completion }];
        return [{ type: "error", error: error?.message ?? stopReason }];
      },
    };
    return (event) => (made[event.type]?.(event) ?? []).map((older) => ({ ...older, ...envelope(event) }));
  }

  function resultText({ result, error }) {
    if (typeof error === "string") return `Error: ${error}`;
    return typeof result === "string" ? result : JSON.stringify(result ?? null);
  }

  function envelope({ time, sessionId, runId, turnId }) {
    const told = { timestampMs: time, sessionId, inferenceId: runId };
    if (turnId !== undefined) told.turnId = turnId;
    return told;
  }

  const isOlder = (type) => SOURCES[type] !== undefined;
  const typesFor = (type) => (type === "*" ? ["*"] : SOURCES[type]);

  // What a listener for a type is to be told of an event.
  function selected(type, translated, event) {
    if (type === "*") return translated.length > 0 ? translated : [event];
    return translated.filter((older) => older.type === type);
  }

  function nameOf(eventType) {
    const name = typeof eventType === "string" ? eventType.trim() : eventType;
    return name === "" ? "*" : name;
  }

  // The listeners of one run under older names, as listeners of the module "marotte".
  function subscriptions(run) {
    const known = new Map(); // type -> Map(callback -> entry)

    function add(type, callback, once) {
      if (!known.has(type)) known.set(type, new Map());
      const entry = known.get(type).get(callback);
      if (entry !== undefined) {
        entry.once &&= once;
        return;
      }
      const translate = translator();
      const made = { once, active: true, listener: (event) => tell(made, selected(type, translate(event), event)) };
      made.callback = callback;
      made.type = type;
      known.get(type).set(callback, made);
      for (const source of typesFor(type)) run.on(source, made.listener);
    }

    function tell(entry, events) {
      const answers = events.map((event) => {
        if (!entry.active) return undefined;
        if (entry.once) remove(entry.type, entry.callback);
        return attempt(() => entry.callback(event));
      });
      const failed = answers.find((answer) => answer?.failed);
      if (failed) throw failed.error;
      const pending = answers.map((answer) => answer?.value).filter((value) => typeof value?.then === "function");
      return pending.length === 0 ? undefined : Promise.all(pending);
    }

    function remove(type, callback) {
      const entry = known.get(type)?.get(callback);
      if (entry === undefined) return;
      entry.active = false;
      known.get(type).delete(callback);
      for (const source of typesFor(type)) run.off(source, entry.listener);
    }

    return { add, remove };
  }

  function attempt(action) {
    try {
      return { value: action() };
    } catch (error) {
      return { failed: true, error };
    }
  }

  // `on`, `once` and `off` of a run handle, which take names of both kinds.
  function listening(handle, run) {
    const older = subscriptions(run);

    function register(once) {
      return function (...given) {
        if (given.length < 2) throw new TypeError("on(eventType, callback) requires 2 arguments");
        const [eventType, callback] = given;
        if (typeof callback !== "function") throw new TypeError("on() callback must be a function");
        const type = checked(eventType);
        if (type === "*" || isOlder(type)) older.add(type, callback, once);
        else run[once ? "once" : "on"](type, callback);
        return handle;
      };
    }

    // Which names there are of ours is known to the handle of the run itself.
    function checked(eventType) {
      const type = nameOf(eventType);
      if (type === "*" || isOlder(type)) return type;
      try {
        run.off(type, checked);
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
        throw new TypeError(`${error.message}; or an older name: ${Object.keys(SOURCES).join(", ")}`);
      }
      return type;
    }

    function off(eventType, callback) {
      const type = checked(eventType);
      if (type === "*" || isOlder(type)) older.remove(type, callback);
      else run.off(type, callback);
      return handle;
    }

    return { on: [2, register(false)], once: [2, register(true)], off: [2, off] };
  }

  return { listening };
}
