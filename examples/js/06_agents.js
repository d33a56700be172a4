// Agents call one another by name. Each call is a child run: stopping a run stops what it started.
import { agents, RunStoppedError } from "marotte";

agents.define("shout", (/** @type {string} */ text) => text.toUpperCase() + "!");
agents.define("summarize", "./agents/summarize.mjs");
console.log(await agents.call("shout", "good evening"));
console.log(await agents.call("summarize", { text: "one two three four", words: 2 }));

// A chain of three: the last one works for ever, until the first is stopped.
agents.define("worker", async () => {
  for (;;) await new Promise((resolve) => setTimeout(resolve, 5));
});
agents.define("manager", async (input) => await agents.call("worker", input));
const run = agents.start("manager", "dig");
run.on("child-finished", (event) => console.log("child:", event.name, event.status));
setTimeout(() => run.stop("that will do"), 50);
try {
  await run.promise;
} catch (error) {
  if (!(error instanceof RunStoppedError)) throw error;
  console.log(`${error.name}: ${error.code}`);
}
