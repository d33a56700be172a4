// Runs that end in all ways, for live.py.
import { agents, consts, createSession, engines } from "marotte";
const events = [], errors = [];
async function watch(run) {
  run.on("*", (event) => events.push(event));
  await run.promise.catch((error) => errors.push({ ...error, name: error.name }));
}
const usage = { inputTokens: 1, outputTokens: 2, requests: 1, costUsd: 0.5 };
const call = { id: "1", name: "add", args: { a: 1 } };
const replies = [{ text: "a b", reasoning: "hm", usage }, { toolCalls: [call] }, { error: "out" }];
const scripted = createSession({ engine: engines.scripted(replies) });
for (const seed of ["one", "two", "three"]) await watch(scripted.start(seed, { tags: { a: "b" } }));
const slow = createSession({ engine: engines.echo({ reply: "a ".repeat(1000), delayMs: 20 }) });
const stopped = slow.start("four");
stopped.once("text-delta", () => stopped.cancel("enough"));
await watch(stopped);
await watch(slow.start("five", { timeoutMs: 5 }));
agents.define("child", () => 1);
await watch(agents.start("child", { x: [null] }));
console.log("six");
const turns = scripted.turns();
for (const action of [() => scripted.start("", {}), () => slow.close() ?? slow.start("x")]) {
  try { await action().promise; } catch (error) { errors.push({ ...error, name: error.name }); }
}
export default { consts, events, errors, turns, usage: stopped.usage };
