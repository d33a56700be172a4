// Registries of tools, settings of the loop and hooks, under the older names.
(host, _kernel, parts) => {
  "use strict";

  const { attach, isObject, described, methods, picked, ofRun, ofTool } = parts;

  function createRegistry() {
    const target = host._createRegistry();
    const registry = attach("tool registry", {}, target);

    function register(spec) {
      const given = isObject(spec) ? picked(spec, ["name", "description", "parameters", "handler"]) : spec;
      if (typeof given?.handler === "function") given.handler = handling(given.handler);
      target.register(given);
      return registry;
    }

    function useTools(names = undefined) {
      target.useHostTools(Array.isArray(names) && names.length === 0 ? null : (names ?? null));
      return registry;
    }

    return methods({
      register: [1, register],
      useGoTools: [0, useTools],
      useHostTools: [0, useTools],
      list: [0, () => target.list()],
      // Results are JSON text, as in the blocks of a turn.
      call: [1, (name, args) => JSON.parse(target.call(name, args ?? {}))],
    }, registry);
  }

  const handling = (handler) => (args, ctx) => handler(args, ofTool(ctx));

  // -- settings -----------------------------------------------------------------------------------

  const DEFAULTS = { maxIterations: 5 };
  const SETTINGS = [
    "enabled", "maxIterations", "maxParallelTools", "executionTimeoutMs", "toolChoice", "toolErrorHandling",
    "retryMaxRetries", "retryBackoffMs", "retryBackoffFactor",
  ];
  const CHOICES = ["auto", "none", "required"];

  function loopSettings(settings) {
    if (settings === undefined || settings === null) return { ...DEFAULTS };
    if (!isObject(settings) || Array.isArray(settings)) throw new TypeError(`toolLoop: expected an object, got ${described(settings)}`);
    const found = { ...DEFAULTS, maxParallelTools: 1, ...picked(settings, SETTINGS) };
    for (const name of ["toolChoice", "toolErrorHandling"]) {
      if (typeof found[name] === "string") found[name] = found[name].trim();
    }
    const { toolChoice = "auto" } = found;
    if (!CHOICES.includes(toolChoice)) {
      throw new TypeError(`invalid toolChoice ${described(toolChoice)}, expected one of: ${CHOICES.join(", ")}`);
    }
    return found;
  }

  // -- hooks --------------------------------------------------------------------------------------

  const PHASES = { beforeToolCall: asksBefore, afterToolCall: asksAfter, onToolError: asksOnError };

  function hookOptions(hooks) {
    if (!isObject(hooks) || Array.isArray(hooks)) throw new TypeError(`toolHooks: expected an object, got ${described(hooks)}`);
    const found = picked(hooks, ["maxHookRetries"]);
    const policy = hooks.hookErrorPolicy ?? hooks.onHookError;
    found.failOpen = hooks.failOpen ?? (policy === "fail-open" || policy === "open");
    for (const [phase, asks] of Object.entries(PHASES)) {
      const hook = hooks[phase];
      if (typeof hook === "function") found[phase] = asks(hook);
      else if (hook !== undefined && hook !== null) found[phase] = hook; // refused with its path
    }
    return found;
  }

  const payloadOf = (phase, call, ctx) => ({ phase, call: { id: call.id, name: call.name, args: call.args ?? {} }, ...ofRun(ctx) });
  const wantsAbort = (reply) => reply.abort === true || actionOf(reply) === "abort";
  const actionOf = ({ action }) => (typeof action === "string" ? action.trim().toLowerCase() : undefined);
  const errorOf = (reply, otherwise) => (typeof reply.error === "string" && reply.error !== "" ? reply.error : otherwise);

  function asksBefore(hook) {
    return async ({ call }, ctx) => {
      const reply = await hook(payloadOf("beforeToolCall", call, ctx));
      if (!isObject(reply)) return undefined;
      if (wantsAbort(reply)) return { action: "abort", error: errorOf(reply, "aborted by beforeToolCall") };
      const change = { ...changeOf(reply), ...changeOf(reply.call) };
      return Object.keys(change).length > 0 ? { call: change } : undefined;
    };
  }

  function changeOf(reply) {
    if (!isObject(reply)) return {};
    const change = {};
    if (typeof reply.name === "string" && reply.name.trim() !== "") change.name = reply.name;
    const args = reply.args ?? reply.arguments;
    if (args !== undefined && args !== null) change.args = args;
    return change;
  }

  function asksAfter(hook) {
    return async ({ call, result, error, durationMs }, ctx) => {
      const told = { value: typeof result === "string" ? JSON.parse(result) : null, durationMs: Math.round(durationMs) };
      if (error !== undefined && error !== null) told.error = error;
      const reply = await hook({ ...payloadOf("afterToolCall", call, ctx), result: told });
      if (!isObject(reply)) return undefined;
      if (wantsAbort(reply)) return { error: errorOf(reply, "aborted by afterToolCall") };
      const change = {};
      if (reply.result !== undefined) change.result = JSON.stringify(reply.result);
      if (typeof reply.error === "string") change.error = reply.error === "" ? null : reply.error;
      return change;
    };
  }

  // There, to abort was not to try again; the settings say what becomes of the error.
  function asksOnError(hook) {
    return async ({ call, attempt, error, defaultRetry, defaultBackoffMs }, ctx) => {
      const payload = payloadOf("onToolError", call, ctx);
      const reply = await hook({ ...payload, attempt, error, defaultRetry, defaultBackoffMs });
      if (!isObject(reply)) return undefined;
      const action = actionOf(reply) ?? (reply.abort === true ? "abort" : retryOf(reply));
      if (action === "retry") return { action, ...backoffOf(reply) };
      return action === "abort" || action === "continue" ? { action: "continue" } : undefined;
    };
  }

  const retryOf = ({ retry }) => (typeof retry === "boolean" ? (retry ? "retry" : "continue") : undefined);
  const backoffOf = ({ backoffMs }) => (typeof backoffMs === "number" ? { backoffMs: Math.max(backoffMs, 0) } : {});

  const tools = Object.freeze(methods({ createRegistry: [0, createRegistry] }));

  return { tools, loopSettings, hookOptions };
}
