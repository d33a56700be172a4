// Errors by their messages, retries, and a script that ends with a run still to come.
const gp = require("geppetto");

function message(action) {
  try {
    action();
    return "nothing thrown";
  } catch (error) {
    return error.message;
  }
}

console.log(message(() => gp.createSession()));
console.log(message(() => gp.createBuilder().buildSession()));
console.log(message(() => gp.createBuilder().withToolLoop({ toolChoice: "maybe" })));
console.log(message(() => gp.createBuilder().useGoMiddleware("missing")));
console.log(message(() => gp.tools.createRegistry().register({ name: "broken" })));
console.log(message(() => gp.tools.createRegistry().call("missing")));

let attempts = 0;
const registry = gp.tools.createRegistry();
registry.register({
  name: "flaky",
  handler: () => {
    attempts += 1;
    if (attempts < 3) throw new Error("attempt " + attempts);
    return { attempts };
  },
});
const engine = gp.engines.fromFunction((turn) => {
  if (turn.blocks.some((b) => b.kind === "tool_use")) turn.blocks.push(gp.turns.newAssistantBlock("done"));
  else turn.blocks.push(gp.turns.newToolCallBlock("c1", "flaky", {}));
});
const session = gp.createSession({
  engine,
  tools: registry,
  toolLoop: { toolErrorHandling: "retry", retryBackoffMs: 1, hooks: { onToolError: (p) => ({ retry: p.attempt < 5, backoffMs: 0 }) } },
});
console.log(message(() => session.run()));
const turn = session.run(gp.turns.newTurn({ blocks: [{ kind: "user", text: "try" }] }));
console.log(turn.blocks.map((block) => block.kind).join(" "), turn.blocks[2].payload.result);

sleep(5);
session.runAsync("once more").then((late) => console.log("late:", late.blocks.length));
console.log("end of the script");
