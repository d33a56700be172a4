// A real model. The key is the host's: no script sees it.
//   OPENAI_API_KEY=…    marotte run --model openai:gpt-5-mini examples/js/16_real_model.js
//   ANTHROPIC_API_KEY=… marotte run examples/js/16_real_model.js anthropic:claude-haiku-4-5
import { createSession, engines, EngineError, MissingKeyError, UnknownProfileError } from "marotte";

/** @param {string | undefined} id What the arguments name; else the host chooses, as by --model. */
function engineFor(id) {
  const options = { maxTokens: 1000, timeoutMs: 60_000, maxRetries: 3 };
  try {
    return id === undefined ? engines.fromProfile(null, options) : engines.model(id, options);
  } catch (error) {
    if (!(error instanceof MissingKeyError || error instanceof UnknownProfileError)) throw error;
    console.log(`${error.name}: ${error.message}`);
    return null;
  }
}

const engine = engineFor(process.argv[2]);
if (engine === null) {
  console.log("Run this again with a model and a key, or try the other examples: they need none.");
} else {
  const session = createSession({ engine });
  const run = session.start("Why is the sky blue? One sentence, please.");
  run.on("reasoning-delta", () => console.debug("(thinking)"));
  run.on("text-delta", (event) => console.log("|", event.delta));
  try {
    const turn = await run.promise;
    console.log(turn.blocks.map((block) => block.kind).join(", "), run.usage);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    console.log(`${error.provider} failed with ${error.status ?? "no status"}: ${error.message}`);
  }
}
