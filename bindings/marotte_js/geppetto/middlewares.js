// Middlewares under the older names: references to functions, and to what the host provides.
(host, kernel, parts) => {
  "use strict";

  const { attach, targetOf, refersTo, methods, decode, encode, ofMiddleware } = parts;

  const { middlewares: core } = kernel.use("core");
  const UNNAMED = "js-middleware";

  function fromJS(fn, name = undefined) {
    if (typeof fn !== "function") throw new TypeError(`middlewares.fromJS(): fn must be a function, got ${typeof fn}`);
    const shown = name === undefined || name === null || name === "" ? UNNAMED : name;
    return attach("middleware", { type: "js", name: shown }, () => ofFunction(fn, shown));
  }

  function byName(name, options = undefined) {
    const given = options === null ? undefined : options;
    const reference = given === undefined ? { type: "go", name } : { type: "go", name, options: given };
    return attach("middleware", reference, () => ofHost(name, given));
  }

  function ofHost(name, options) {
    try {
      return core.host(name, options);
    } catch (error) {
      if (error.name !== "UnknownMiddlewareError") throw error;
      throw new TypeError(`unknown go middleware: ${name}`, { cause: error });
    }
  }

  // `next` is synchronous, as the older module had it; its script is parked meanwhile.
  function ofFunction(fn, name) {
    async function around(turn, next, ctx) {
      const given = encode(turn);
      const proceed = (other) => encode(next(other === undefined || other === null ? undefined : decode(other)));
      const answer = await fn(given, proceed, ofMiddleware(name, given, ctx));
      return answer === undefined || answer === null ? undefined : decode(answer);
    }
    return host._fromJS(around, name, true);
  }

  // The middleware that a script means; one of the host is only now looked for.
  function resolved(given) {
    if (typeof given === "function") return ofFunction(given, UNNAMED);
    const target = targetOf("middleware", given);
    return refersTo("middleware", given) ? target() : target;
  }

  const middlewares = Object.freeze(methods({ fromJS: [1, fromJS], go: [1, byName], host: [1, byName] }));

  return { middlewares, resolved, ofHost };
}
