// Every refusal is an Error with a name, a code and a message, and it leaves no trace.
import { createSession, engines } from "marotte";

function attempt(what, action) {
  try {
    action();
    console.log(`${what}: fine`);
  } catch (error) {
    console.log(`${what}: ${error.name}: ${error.message}`);
  }
}

const session = createSession({ engine: engines.echo({ delayMs: 20 }) });
attempt("no engine", () => createSession({}));
attempt("no seed", () => session.start());
attempt("unknown option", () => session.start("hi", { timeout: 5 }));
attempt("wrong type", () => session.start("hi", { timeoutMs: "soon" }));
attempt("negative", () => session.start("hi", { timeoutMs: -1 }));

const run = session.start("hi");
attempt("second start", () => session.start("again"));
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
  console.log(error.name, "<-", error.cause.name, error.cause.message, "<-", error.cause.cause.message);
}
session.close();
attempt("closed", () => session.start("hello?"));
