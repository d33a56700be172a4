// A run may have a deadline, and labels that every one of its events carries.
import { createSession, engines, RunTimeoutError } from "marotte";

const session = createSession({ engine: engines.echo({ reply: "slow and steady", delayMs: 200 }) });
const run = session.start("Are you there?", { timeoutMs: 300, tags: { ticket: "T-1" } });

run.on("run-finished", (event) => {
  console.log("finished:", event.status, event.stopReason, event.tags);
});

try {
  await run.promise;
} catch (error) {
  if (!(error instanceof RunTimeoutError)) throw error;
  console.log("timed out:", error.message);
  const said = error.partialTurn?.blocks.filter((block) => block.kind === "llm_text") ?? [];
  console.log("so far:", said.map((block) => String(block.payload.text).trim()));
}
console.log("turns committed:", session.turnCount());
