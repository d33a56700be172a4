// Every run has an event log. A listener sees the answer grow, word by word.
import { createSession, engines } from "marotte";

const session = createSession({
  engine: engines.scripted([{ text: "The stick moves, and the puppet bows." }]),
});
const run = session.start("What does a marotte do?", { tags: { example: "streaming" } });

/** @type {string[]} */
const pieces = [];
run.on("text-delta", (event) => pieces.push(event.delta));
run.on("text-finished", (event) => console.log("text:", event.text));
run.on("run-finished", (event) => console.log("tags:", event.tags));
run.on("*", (event) => {
  if (event.type !== "text-delta") console.log("event:", event.type);
});

await run.promise;
console.log(`${pieces.length} pieces make: ${pieces.join("")}`);
