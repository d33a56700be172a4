// The smallest agent: a session, one run, its answer. `echo` is the offline default engine.
import { createSession, engines } from "marotte";

const session = createSession({ engine: engines.echo({ reply: "Hello from Marotte." }) });
const run = session.start("Say hello.");
const turn = await run.promise;

console.log(run.status);
console.log(turn.blocks.map((block) => `${block.kind}: ${block.payload.text}`).join("\n"));
console.log(`${session.turnCount()} turn in the conversation`);
