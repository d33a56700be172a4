// Every refusal is an Error with a name, a code and a message, and it leaves no trace.
import { createSession, engines } from "marotte";

/**
 * @param {string} what
 * @param {() => unknown} action
 */
function attempt(what, action) {
  try {
    action();
    console.log(`${what}: fine`);
  } catch (error) {
    console.log(`${what}: ${error}`);
  }
}

const session = createSession({ engine: engines.echo({ delayMs: 20 }) });
// @ts-expect-error An editor says so beforehand, here and below.
attempt("no engine", () => createSession({}));
attempt("no seed", () => session.start());
// @ts-expect-error
attempt("unknown option", () => session.start("hi", { timeout: 5 }));
// @ts-expect-error
attempt("wrong type", () => session.start("hi", { timeoutMs: "soon" }));
attempt("negative", () => session.start("hi", { timeoutMs: -1 }));

const run = session.start("hi");
attempt("second start", () => session.start("again"));
// @ts-expect-error
attempt("unknown event", () => run.on("text", () => {}));
await run.promise;
console.log("turns:", session.turnCount());

// An engine may be a function of the script. What it throws is the cause of the run's error.
const broken = createSession({
  engine: engines.fromFunction(function broken() {
    throw new RangeError("out of luck", { cause: new Error("a black cat") });
  }),
});
try {
  await broken.start("try").promise;
} catch (error) {
  for (let cause = error; cause instanceof Error; cause = cause.cause) console.log("<-", `${cause}`);
}
session.close();
attempt("closed", () => session.start("hello?"));
