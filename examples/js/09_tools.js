// A session offers tools to its engine: functions of the script, with a JSON Schema of what they take.
import { createSession, engines, tools } from "marotte";

const registry = tools.createRegistry();
registry.register({
  name: "add",
  description: "Add two numbers",
  parameters: {
    type: "object",
    properties: { a: { type: "number" }, b: { type: "number" } },
    required: ["a", "b"],
  },
  handler: ({ a, b }) => a + b,
});
registry.register({
  name: "weather",
  description: "The weather in a city",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  handler: async ({ city }, ctx) => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return { city, celsius: city === "Oslo" ? -3 : 21, askedBy: ctx.tags.user };
  },
});
console.log("tools:", registry.list().map((tool) => tool.name).join(", "));
console.log("by hand:", registry.call("add", { a: 1, b: 2 }));

// What a model would do: it asks for three tools at once, and one of its calls is wrong.
const engine = engines.scripted([
  {
    text: "Let me see.",
    toolCalls: [
      { id: "1", name: "weather", args: { city: "Oslo" } },
      { id: "2", name: "add", args: { a: 19, b: 23 } },
      { id: "3", name: "add", args: { a: "one" } },
    ],
  },
  "It is cold in Oslo, and 19 + 23 is 42.",
]);
const session = createSession({ engine, tools: registry, toolLoop: { maxParallelTools: 2 } });
const run = session.start("What is the weather in Oslo, and what is 19 + 23?", { tags: { user: "ada" } });
run.on("tool-call-requested", (event) => console.log("asked for:", event.toolCall.name));
const turn = await run.promise;

for (const block of turn.blocks) {
  if (block.kind === "tool_use") console.log("->", block.payload.error ?? block.payload.result);
}
console.log(turn.text);
