// A run can be cancelled in the middle of its answer: it ends at once, and commits nothing.
import { createSession, engines, RunStoppedError } from "marotte";

const session = createSession({
  engine: engines.echo({ reply: "one two three four five six seven eight nine ten", delayMs: 40 }),
});
const run = session.start("Count to ten.");

let words = 0;
run.on("text-delta", (event) => {
  console.log("delta:", event.delta.trim());
  if (++words === 3) run.cancel("three is enough");
});
run.on("run-stopping", (event) => console.log("stopping:", event.mode));
run.on("run-finished", (event) => console.log("finished:", event.status, event.stopReason));

try {
  await run.promise;
} catch (error) {
  if (!(error instanceof RunStoppedError)) throw error;
  console.log(`${error.name}: ${error.code}`);
}
console.log(`turns committed: ${session.turnCount()}`);

const again = session.start("Once more, please.");
await again.promise;
console.log(`the next run: ${again.status}, turns committed: ${session.turnCount()}`);
