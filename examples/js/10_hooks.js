// Hooks see every tool call: they may change it, refuse it, or change what came of it.
import { createSession, engines, tools } from "marotte";

const registry = tools.createRegistry();
registry.register({
  name: "read",
  parameters: { type: "object", properties: { path: { type: "string" } }, required: ["path"] },
  handler: ({ path }) => `contents of ${path}`,
});
registry.register({
  name: "remove",
  parameters: { type: "object", properties: { path: { type: "string" } }, required: ["path"] },
  handler: ({ path }) => `removed ${path}`,
});

const session = createSession({
  engine: engines.scripted([
    {
      toolCalls: [
        { id: "1", name: "read", args: { path: "notes.txt" } },
        { id: "2", name: "read", args: { path: "/etc/secret" } },
        { id: "3", name: "remove", args: { path: "notes.txt" } },
      ],
    },
    "Done.",
  ]),
  tools: registry,
  toolLoop: { maxParallelTools: 1 },
  toolHooks: {
    beforeToolCall({ call }) {
      if (call.name === "remove") return { action: "abort", error: "nothing is removed here" };
      const { path } = /** @type {{ path: string }} */ (call.args);
      return { call: { args: { path: `sandbox/${path.split("/").pop()}` } } };
    },
    async afterToolCall({ call, result, error }, ctx) {
      console.log(`${ctx.callId} ${call.name}:`, error ?? result);
      return typeof result === "string" && result.includes("secret") ? { result: "[withheld]" } : null;
    },
  },
});

const turn = await session.runAsync("Tidy up, please.");
for (const block of turn.blocks) {
  if (block.kind === "tool_use") console.log("the model is told:", block.payload.error ?? block.payload.result);
}
