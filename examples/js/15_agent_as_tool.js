// An agent can be a tool of another: every call is a run of its own, a child of the run that calls.
import { agents, createSession, engines, tools } from "marotte";

// The specialist is an agent: a function with a session of its own.
agents.define("researcher", async (/** @type {string} */ question, ctx) => {
  const library = tools.createRegistry();
  library.register({
    name: "look_up",
    parameters: { type: "object", properties: { word: { type: "string" } }, required: ["word"] },
    handler: ({ word }) => `${word}: a puppet on a stick`,
  });
  const session = createSession({
    engine: engines.scripted([
      { toolCalls: [{ id: "r1", name: "look_up", args: { word: "marotte" } }] },
      `Asked "${question}", I found that it is a puppet on a stick.`,
    ]),
    tools: library,
  });
  return (await session.runAsync(question)).text;
});

// The editor has the specialist as a tool. What the model says is the agent's input.
const registry = tools.createRegistry();
registry.registerAgent("researcher", { description: "Finds things out", run: { timeoutMs: 10_000 } });

const editor = createSession({
  engine: engines.scripted([
    { toolCalls: [{ id: "e1", name: "researcher", args: { input: "What is a marotte?" } }] },
    "A marotte is a puppet on a stick.",
  ]),
  tools: registry,
});
const run = editor.start("Explain the name.", { tags: { ticket: "T-1" } });
run.on("child-started", (event) => console.log("child started:", event.name));
run.on("child-finished", (event) => console.log("child finished:", event.name, event.status));
const turn = await run.promise;
for (const block of turn.blocks) {
  if (block.kind === "tool_use") console.log("tool result:", block.payload.result);
}
console.log(turn.text);

// The events of all these runs can be read as one stream.
/** @type {Map<string, number>} */
const counts = new Map();
for await (const event of run.tree()) {
  if (event.type === "tool-execution-started") console.log("executed:", event.name);
  counts.set(event.runId, (counts.get(event.runId) ?? 0) + 1);
}
console.log("runs in the tree:", counts.size);
