// A tool that fails may be tried again: by the settings of the loop, or as a hook decides.
import { createSession, engines, tools } from "marotte";

/** @param {number} failures */
function flaky(failures) {
  let tries = 0;
  const registry = tools.createRegistry();
  return registry.register({
    name: "fetch_price",
    handler: () => {
      if (++tries <= failures) throw new Error(`no connection (${tries})`);
      return { price: 42, tries };
    },
  });
}

const asks = { toolCalls: [{ id: "1", name: "fetch_price", args: {} }] };

/** @param {import("marotte").AnsweredTurn} turn */
function outcome(turn) {
  const use = turn.blocks.find((block) => block.kind === "tool_use");
  return use?.payload.error ?? use?.payload.result;
}

// Two retries, after 5 ms and after 10 ms.
const patient = createSession({
  engine: engines.scripted([asks, "done"]),
  tools: flaky(2),
  toolLoop: { toolErrorHandling: "retry", retryMaxRetries: 2, retryBackoffMs: 5, retryBackoffFactor: 2 },
});
console.log("patient:", outcome(await patient.runAsync("How much?")));

// A hook sees each failure and decides.
const picky = createSession({
  engine: engines.scripted([asks, "done"]),
  tools: flaky(3),
  toolHooks: {
    onToolError({ attempt, error }) {
      console.log(`attempt ${attempt}: ${error}`);
      return attempt < 1 ? { action: "retry", backoffMs: 5 } : { action: "continue" };
    },
  },
});
console.log("picky:", outcome(await picky.runAsync("How much?")));

// Or the first failure ends the run.
const impatient = createSession({
  engine: engines.scripted([asks, "done"]),
  tools: flaky(1),
  toolLoop: { toolErrorHandling: "abort" },
});
try {
  await impatient.runAsync("How much?");
} catch (error) {
  console.log("impatient:", `${error}`, "- turns:", impatient.turnCount());
}
