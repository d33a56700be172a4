// What functions of a script are told by the older module, and its events; for live.py.
import gp from "geppetto";

TELL
const { engines, middlewares, tools, turns } = gp;
let tries = 0;
const registry = tools.createRegistry().register({
  name: "add", description: "Add.", parameters: { type: "object", properties: { a: { type: "number" } } },
  handler: ({ a }, ctx) => {
    tell("ToolContext", ctx);
    if (++tries === 1) throw new Error("no");
    return a + 1;
  },
});
registry.list().forEach((tool) => tell("ToolInfo", tool));
const hooks = {
  beforeToolCall: (payload) => void (tell("BeforeToolCallPayload", payload), tell("ToolHookCall", payload.call)),
  afterToolCall: (payload) => void (tell("AfterToolCallPayload", payload), tell("ToolOutcome", payload.result)),
  onToolError: (payload) => void tell("OnToolErrorPayload", payload),
};
const calls = ["1", "2"].map((id) => turns.newToolCallBlock(id, "add", { a: 1 }));
const engine = engines.fromFunction((turn, ctx) => {
  tell("EngineContext", ctx);
  tell("Turn", turn);
  const done = turn.blocks.some((block) => block.kind === "tool_use");
  turn.blocks.push(...(done ? [turns.newAssistantBlock("done")] : calls));
  return turn;
});
const around = (turn, next, ctx) => {
  tell("MiddlewareContext", ctx);
  turn.blocks.forEach((block) => tell("Block", block));
  return next(turn);
};
const EVENTS = {
  start: "StartEvent", partial: "PartialEvent", final: "FinalEvent", "tool-call": "ToolCallEvent",
  "tool-call-execute": "ToolCallExecuteEvent", "tool-call-execution-result": "ToolCallExecutionResultEvent",
  "tool-result": "ToolResultEvent", error: "ErrorEvent", interrupt: "InterruptEvent",
};
async function watch(run, on = () => {}) {
  for (const [type, name] of Object.entries(EVENTS)) {
    run.on(type, (event) => {
      tell(name, event);
      if (event.toolCall) tell("StreamToolCall", event.toolCall);
      if (event.toolResult) tell("StreamToolResult", event.toolResult);
      on(event);
    });
  }
  await run.promise.catch(() => {});
}
const session = gp.createSession({ engine, tools: registry, middlewares: [around], toolHooks: hooks });
const block = { kind: "user", id: "b", role: "user", text: "hi", metadata: { a: 1 } };
const seed = { id: "t", blocks: [block], metadata: { trace_id: "x" }, data: { b: 2 } };
await watch(session.start(seed, { timeoutMs: 60000, tags: { a: "b" } }));
const stopped = gp.createSession({ engine: engines.echo({ reply: "a ".repeat(1000), delayMs: 20 }) }).start("x");
await watch(stopped, (event) => event.type === "partial" && stopped.cancel());
await watch(gp.createSession({ engine: engines.echo({ reply: "a b" }) }).start("x"));
await watch(gp.createSession({ engine: engines.fromFunction(() => { throw new Error("no"); }) }).start("x"));
export default told;
