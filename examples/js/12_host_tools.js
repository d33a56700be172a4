// Tools may be Python functions of the host, side by side with those of the script:
//   marotte run --tools 12_host_tools.py 12_host_tools.js
import { createSession, engines, tools } from "marotte";

const registry = tools.createRegistry();
registry.register({
  name: "shout",
  parameters: { type: "object", properties: { text: { type: "string" } }, required: ["text"] },
  handler: ({ text }) => `${text.toUpperCase()}!`,
});
registry.useHostTools(["word_count", "is_prime"]);
for (const tool of registry.list()) console.log(`${tool.name}: ${tool.description || "(no description)"}`);

console.log("by hand:", registry.call("word_count", { text: "one two three" }));
try {
  registry.useHostTools(["launch_rocket"]);
} catch (error) {
  console.log(`${error}`);
}

const engine = engines.scripted([
  {
    toolCalls: [
      { id: "1", name: "is_prime", args: { number: 2027 } },
      { id: "2", name: "word_count", args: { text: "a puppet on a stick" } },
      { id: "3", name: "is_prime", args: { number: "many" } },
    ],
  },
  "2027 is prime.",
]);
const turn = await createSession({ engine, tools: registry }).runAsync("Is 2027 prime?");
for (const block of turn.blocks) {
  if (block.kind === "tool_use") console.log("->", block.payload.error ?? block.payload.result);
}
