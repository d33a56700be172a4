// A run can be iterated: every event, in order, up to the terminal one, however late one starts.
import { createSession, engines } from "marotte";

const session = createSession({ engine: engines.echo({ reply: "to be or not to be" }) });
const run = session.start("Speak.");
await run.promise;

let gapless = true;
let expected = 1;
/** @type {Record<string, number>} */
const counts = {};
for await (const event of run) {
  gapless &&= event.seq === expected++;
  counts[event.type] = (counts[event.type] ?? 0) + 1;
}
console.log(counts);
console.log("gapless:", gapless);
