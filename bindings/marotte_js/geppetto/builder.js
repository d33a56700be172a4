// Builders: what a session is made of, collected by a builder of the module "marotte".
(host, kernel, parts) => {
  "use strict";

  const { attach, targetOf, isObject, described, methods } = parts;
  const { resolved, ofHost, loopSettings, hookOptions, session } = parts;
  const core = kernel.use("core");

  function createBuilder(options) {
    const target = core.createBuilder({ history: "none", middlewares: [host._stamp()], toolLoop: loopSettings() });
    const builder = attach("builder", {}, target);
    const chained = (apply) => (...given) => {
      apply(...given);
      return builder;
    };
    const { withTools, withToolLoop } = tooling(target);
    methods({
      withEngine: [1, chained((engine) => target.withEngine(targetOf("engine", engine)))],
      useMiddleware: [1, chained((middleware) => target.useMiddleware(resolved(middleware)))],
      useGoMiddleware: [1, chained((name, given) => target.useMiddleware(ofHost(name, given)))],
      useHostMiddleware: [1, chained((name, given) => target.useMiddleware(ofHost(name, given)))],
      withTools: [1, chained(withTools)],
      withToolLoop: [1, chained(withToolLoop)],
      withToolHooks: [1, chained((hooks) => target.withToolHooks(hookOptions(hooks)))],
      buildSession: [0, () => session(target.buildSession())],
    }, builder);
    if (options !== undefined && options !== null) apply(builder, options);
    return builder;
  }

  // A loop that is not enabled drops the registry, and a registry that comes later is used again.
  function tooling(target) {
    let enabled = true;

    function withToolLoop(settings) {
      const given = loopSettings(settings);
      const { hooks } = settings ?? {};
      target.withToolLoop(given);
      enabled = given.enabled !== false;
      if (hooks !== undefined && hooks !== null) target.withToolHooks(hookOptions(hooks));
    }

    function withTools(registry, settings = undefined) {
      target.withTools(targetOf("tool registry", registry));
      if ((settings !== undefined && settings !== null) || !enabled) withToolLoop(settings);
    }

    return { withTools, withToolLoop };
  }

  function apply(builder, options) {
    if (!isObject(options) || Array.isArray(options)) throw new TypeError(`createBuilder(): options must be an object, got ${described(options)}`);
    const { engine, middlewares, tools, toolLoop, toolHooks } = options;
    const given = (value) => value !== undefined && value !== null;
    if (given(engine)) builder.withEngine(engine);
    if (given(middlewares) && !Array.isArray(middlewares)) throw new TypeError(`middlewares: expected a list, got ${described(middlewares)}`);
    for (const middleware of middlewares ?? []) if (given(middleware)) builder.useMiddleware(middleware);
    if (given(tools)) builder.withTools(tools);
    if (given(toolLoop)) builder.withToolLoop(toolLoop);
    if (given(toolHooks)) builder.withToolHooks(toolHooks);
  }

  function createSession(options) {
    if (!isObject(options) || Array.isArray(options)) throw new TypeError("createSession requires options object with engine");
    return createBuilder(options).buildSession();
  }

  function runInference(engine, turn, options = undefined) {
    const around = options === undefined || options === null ? {} : options;
    const target = createBuilder(around).withEngine(engine).buildSession();
    return target.run(turn, isObject(around) ? around : undefined);
  }

  return methods({ createBuilder: [0, createBuilder], createSession: [1, createSession], runInference: [2, runInference] });
}
