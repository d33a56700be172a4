// A tool loop with a registry, hooks, middlewares and the contexts of each.
const gp = require("geppetto");
const { BlockKind, ToolChoice, ToolErrorHandling } = gp.consts;

const registry = gp.tools.createRegistry();
const contexts = {};
registry.register({
  name: "calc_sum",
  description: "Adds numbers",
  parameters: { type: "object", properties: { numbers: { type: "array", items: { type: "number" } } } },
  handler: ({ numbers }, ctx) => {
    contexts.tool = ctx;
    return { total: numbers.reduce((sum, n) => sum + n, 0) };
  },
});

const model = gp.engines.fromFunction((turn) => {
  const answered = turn.blocks.find((block) => block.kind === BlockKind.TOOL_USE);
  if (!answered) {
    turn.blocks.push(gp.turns.newToolCallBlock("call-a", "calc_sum", { numbers: [1, 2] }));
    return turn;
  }
  const { total } = JSON.parse(answered.payload.result);
  turn.blocks.push(gp.turns.newAssistantBlock("The sum is " + total + "."));
  return turn;
});

const session = gp.createBuilder()
  .withEngine(model)
  .useGoMiddleware("systemPrompt", { prompt: "Be brief." })
  .useMiddleware(gp.middlewares.fromJS(function (turn, next, ctx) {
    contexts.middleware = ctx;
    const out = next(turn);
    out.metadata = out.metadata || {};
    out.metadata.trace_id = "trace-1";
    return out;
  }, "tracer"))
  .withTools(registry, {
    enabled: true,
    maxIterations: 3,
    toolChoice: ToolChoice.AUTO,
    toolErrorHandling: ToolErrorHandling.RETRY,
  })
  .withToolHooks({
    beforeToolCall: (payload) => {
      contexts.hook = payload;
      return { call: { args: { numbers: payload.call.args.numbers.concat(39) } } };
    },
  })
  .buildSession();

session.append(gp.turns.newTurn({ id: "t-1", blocks: [gp.turns.newUserBlock("Add these, please.")] }));
const out = session.run(undefined, { timeoutMs: 5000, tags: { suite: "calculator" } });

assert(out.id === "t-1", "the turn keeps its id");
assert(out.metadata.trace_id === "trace-1", "the middleware's metadata is kept");
assert(contexts.tool.callId === "call-a", "the handler knows its call");
for (const name of ["tool", "middleware", "hook"]) {
  assert(contexts[name].sessionId && contexts[name].inferenceId, name + " has ids");
  assert(contexts[name].tags.suite === "calculator", name + " has tags");
}
assert(contexts.middleware.deadlineMs > contexts.middleware.timestampMs, "there is a deadline");

out.blocks.forEach((block) => console.log(block.kind, block.payload.text || block.payload.result || block.payload.name));
console.log("turns:", session.turnCount());
