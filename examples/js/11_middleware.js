// Middleware wraps each call of the engine; the first is outermost.
import { createSession, createBuilder, engines, middlewares, turns } from "marotte";

// One that measures, one that the host provides, and one that answers by itself where it can.
const timed = middlewares.fromJS(async (turn, next, ctx) => {
  const answer = await next(turn);
  console.log(`${answer.blocks.length - turn.blocks.length} block(s) for a turn of ${turn.blocks.length}`);
  return answer;
}, "timed");

/** @type {Map<unknown, string>} */
const known = new Map();
const session = createBuilder({ engine: engines.echo({ reply: "Forty-two, I think." }) })
  .useMiddleware(timed)
  .useHostMiddleware("systemPrompt", { prompt: "Answer in one sentence." })
  .useMiddleware(async (turn, next) => {
    const question = turn.blocks.at(-1)?.payload.text;
    const cached = known.get(question);
    if (cached !== undefined) return turns.appendBlock(turn, turns.newAssistantBlock(`${cached} (as I said)`));
    const answer = await next();
    known.set(question, answer.text);
    return answer;
  })
  .buildSession();

for (const question of ["What is the answer?", "What is the answer?"]) {
  const turn = await session.runAsync(question);
  console.log(turn.blocks.map((block) => block.kind).join(" "), "-", turn.text);
}

// What one throws ends the run, under its name, and nothing is committed.
const strict = createSession({
  engine: engines.echo(),
  middlewares: [
    middlewares.fromJS((turn) => {
      throw new RangeError(`${turn.blocks.length} block(s) are too many`);
    }, "strict"),
  ],
});
try {
  await strict.runAsync("hello");
} catch (error) {
  console.log(`${error}`, "- turns:", strict.turnCount());
}
