// A run with an output schema has a result that fits it: the answer is checked before it is committed,
// and an answer that does not fit is sent back once.
import { createSession, engines } from "marotte";

const outputSchema = {
  type: "object",
  properties: { city: { type: "string" }, celsius: { type: "number" } },
  required: ["city", "celsius"],
};

const session = createSession({
  engine: engines.scripted([
    '{"city": "Oslo", "celsius": -3}',
    '{"city": "Rome"}',
    '{"city": "Rome", "celsius": 21}',
    "I would rather not say.",
    "Really not.",
  ]),
});

const oslo = await session.runAsync("How is Oslo?", { outputSchema });
console.log("at once:", oslo.output);

const run = session.start("How is Rome?", { outputSchema });
const rome = await run.promise;
console.log("repaired:", rome.output, "- requests:", run.usage.requests);

try {
  await session.runAsync("How is Paris?", { outputSchema });
} catch (error) {
  console.log("refused:", `${error}`);
}
console.log("turns:", session.turnCount());
