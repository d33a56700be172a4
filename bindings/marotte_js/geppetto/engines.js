// Engines under the names and options of the older module.
(host, kernel, parts) => {
  "use strict";

  const { attach, isObject, methods, picked, decode, encode } = parts;

  const { engines: core } = kernel.use("core");
  const MODEL_OPTIONS = [
    "temperature", "topP", "maxTokens", "timeoutMs", "apiKey", "baseURL", "maxRetries", "seed", "thinking", "stopSequences",
  ];
  const PROVIDERS = { __proto__: null, claude: "anthropic" };
  const DEFAULT_PROFILE = "4o-mini";
  const DEFAULT_MODEL = "gpt-4o-mini";

  const engine = (name, target) => attach("engine", { name }, target);

  function checkedOptions(options, name) {
    if (options === undefined || options === null) return {};
    if (!isObject(options) || Array.isArray(options)) throw new TypeError(`engines.${name}(): options must be an object`);
    return options;
  }

  function modelOptions(options) {
    const found = picked(options, MODEL_OPTIONS);
    if (found.timeoutMs === undefined && typeof options.timeoutSeconds === "number") {
      found.timeoutMs = options.timeoutSeconds * 1000;
    }
    return found;
  }

  function providerOf(options, model) {
    const named = options.apiType ?? options.provider;
    if (typeof named === "string") return PROVIDERS[named] ?? named;
    if (typeof model === "string" && model.includes(":")) return undefined;
    return typeof model === "string" && model.startsWith("claude") ? "anthropic" : "openai";
  }

  function ofModel(model, options) {
    return core.fromConfig({ ...modelOptions(options), model, provider: providerOf(options, model) });
  }

  // A profile of the host; one that it does not have is the name of a model.
  function ofProfile(name, options) {
    const said = picked(options, ["model"]);
    const provider = options.apiType ?? options.provider;
    if (typeof provider === "string") said.provider = PROVIDERS[provider] ?? provider;
    try {
      return core.fromProfile(name, { ...modelOptions(options), ...said });
    } catch (error) {
      if (error.name !== "UnknownProfileError") throw error;
      return ofModel(options.model ?? (name === DEFAULT_PROFILE ? DEFAULT_MODEL : name), options);
    }
  }

  function echo(options) {
    const { reply, delayMs } = checkedOptions(options, "echo");
    const text = reply === undefined || reply === null || (typeof reply === "string" && reply.trim() === "") ? "READY" : reply;
    return engine("echo", core.echo(delayMs === undefined ? { reply: text } : { reply: text, delayMs }));
  }

  function fromFunction(fn) {
    if (typeof fn !== "function") throw new TypeError(`engines.fromFunction(): fn must be a function, got ${typeof fn}`);
    const name = typeof fn.name === "string" && fn.name !== "" ? fn.name : "function";
    async function answer(turn, ctx) {
      const copy = encode(turn);
      ctx.inferenceId = ctx.runId;
      return decode((await fn(copy, ctx)) ?? copy);
    }
    return engine(name, core.fromFunction(kernel.named(name, 2, answer)));
  }

  function fromConfig(options) {
    const said = checkedOptions(options, "fromConfig");
    const { profile } = said;
    return engine("config", profile === undefined || profile === null || said.model ? ofModel(said.model, said) : ofProfile(profile, said));
  }

  function fromProfile(profile, options) {
    const said = checkedOptions(options, "fromProfile");
    const name = profile || said.profile || host._profile() || DEFAULT_PROFILE;
    return engine(`profile:${name}`, ofProfile(name, said));
  }

  const engines = Object.freeze(methods({
    echo: [0, echo],
    fromFunction: [1, fromFunction],
    fromConfig: [1, fromConfig],
    fromProfile: [0, fromProfile],
  }));

  return { engines };
}
