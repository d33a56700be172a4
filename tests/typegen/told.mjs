// What functions of a script are told, and errors of all classes; for live.py.
import * as marotte from "marotte";
import { raised } from "probe";
const { agents, createSession, engines, middlewares, tools, turns } = marotte;

TELL
// -- contexts and payloads ------------------------------------------------------------------------

const registry = tools.createRegistry();
let tries = 0;
registry.register({
  name: "add", description: "Add.", parameters: { type: "object", properties: { a: { type: "number" } } },
  handler: ({ a }, ctx) => {
    tell("ToolContext", ctx);
    if (++tries === 1) throw new Error("no");
    return a + 1;
  },
});
const calls = [{ id: "1", name: "add", args: { a: 1 } }, { id: "2", name: "add", args: { a: 2 } }];
const hooks = {
  beforeToolCall: (payload, ctx) => void (tell("PendingToolCall", payload), tell("ToolContext", ctx)),
  afterToolCall: (payload, ctx) => void (tell("FinishedToolCall", payload), tell("ToolContext", ctx)),
  onToolError: (payload, ctx) => void (tell("FailedToolCall", payload), tell("ToolContext", ctx)),
};
let called = 0;
const engine = engines.fromFunction((turn, ctx) => {
  tell("EngineContext", ctx);
  tell("Turn", turn);
  ctx.tools.forEach((tool) => tell("ToolInfo", tool));
  if (called++ === 0) turn.blocks.push(...calls.map(({ id, name, args }) => turns.newToolCallBlock(id, name, args)));
  else turn.blocks.push(turns.newAssistantBlock('{"n": 1}'));
  turn.blocks.forEach((block) => tell("Block", block));
  return turn;
});
const around = middlewares.fromJS((turn, next, ctx) => (tell("RunContext", ctx), next(turn)));
const session = createSession({ engine, tools: registry, middlewares: [around], toolHooks: hooks });
const outputSchema = { type: "object", properties: { n: { type: "number" } } };
const run = session.start("hi", { timeoutMs: 60000, tags: { a: "b" }, outputSchema });
tell("AnsweredTurn", await run.promise);
const paid = createSession({ engine: engines.scripted([{ text: "a", usage: { requests: 1, costUsd: 0.5 } }]) }).start("x");
await paid.promise;
tell("Usage", paid.usage);
registry.list().forEach((tool) => tell("ToolInfo", tool));
agents.define("told", (input, ctx) => void tell("RunContext", ctx));
await agents.call("told");

// -- errors ---------------------------------------------------------------------------------------

agents.define("throws", () => { throw new Error("no"); });
agents.define("deep", async () => {
  try {
    return await agents.call("deep");
  } catch (error) {
    if (error.name === "RunTreeError") tell(error.name, error);
    return null;
  }
});
await agents.call("deep");

async function failing(action) {
  try {
    await action();
  } catch (error) {
    tell(error.name, error);
    return;
  }
  throw new Error(`no error of ${action}`);
}
const echo = engines.echo({ reply: "a ".repeat(1000), delayMs: 20 });
const open = () => createSession({ engine: echo });
const started = (options) => open().start("x", options).promise;
const closed = open();
closed.close();
const stopped = open();
const busy = open(), occupying = busy.start("x");
const broken = engines.scripted([{ error: "out" }]);
const endless = engines.fromFunction((turn) => turns.appendBlock(turn, turns.newToolCallBlock(`${turn.blocks.length}`, "add", { a: 1 })));
const refused = tools.createRegistry().register({ name: "t", parameters: { type: "object", required: ["a"] }, handler: () => 1 });
for (const action of [
  () => { const run = stopped.start("x"); run.cancel("enough"); return run.promise; },
  () => started({ timeoutMs: 1 }),
  () => createSession({ engine: endless, tools: registry, toolLoop: { maxIterations: 1 } }).start("x").promise,
  () => busy.start("y").promise,
  () => open().start().promise,
  () => open().cancelActive(),
  () => createSession({ engine: broken }).start("x").promise,
  () => createSession({ engine: engines.scripted([{ toolCalls: calls }]), tools: tools.createRegistry().register({ name: "add", handler: () => { throw new Error("no"); } }), toolLoop: { toolErrorHandling: "abort" } }).start("x").promise,
  () => agents.call("throws"),
  () => closed.append("x"),
  () => agents.call("nobody"),
  () => agents.define("told", () => 1),
  () => registry.call("nothing", {}),
  () => refused.call("t", {}),
  () => registry.register({ name: "add", handler: () => 1 }),
  () => middlewares.host("nothing"),
  () => engines.fromConfig({}),
  () => engines.model("openai:m"),
  () => engines.fromProfile("nobody"),
  () => engines.fromConfig({ model: "openai:m", baseURL: "http://example.org" }),
]) {
  await failing(action);
}
occupying.cancel();
const isError = (value) => typeof value === "function" && value.prototype instanceof Error;
for (const name of Object.keys(marotte).filter((name) => isError(marotte[name]))) await failing(() => raised(name));
export default told;
