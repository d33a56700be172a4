// Events of runs: one that completes, one that is cancelled, one that is refused.
const gp = require("geppetto");
const { EventType } = gp.consts;

const session = gp.createSession({ engine: gp.engines.echo({ reply: "one two three" }) });

function follow(label, handle) {
  handle
    .on(EventType.PARTIAL, (event) => console.log(label, event.type, JSON.stringify(event.completion)))
    .on(EventType.FINAL, (event) => console.log(label, event.type, event.text))
    .on(EventType.ERROR, (event) => console.log(label, event.type, event.error))
    .on("interrupt", (event) => console.log(label, event.type));
  return handle.promise.then(
    (turn) => console.log(label, "resolved with", turn.blocks.length, "blocks"),
    (error) => console.log(label, "rejected with", error.message),
  );
}

const first = session.start(gp.turns.newTurn({ blocks: [gp.turns.newUserBlock("go")] }), { tags: { n: 1 } });
first.on(EventType.START, (event) => console.log("first:", event.type));
follow("first:", first)
  .then(() => {
    const second = session.start("again");
    const followed = follow("second:", second);
    const third = session.start("too early").promise.catch((error) => console.log("third:", error.message));
    second.cancel();
    return Promise.all([followed, third]);
  })
  .then(() => console.log("turns:", session.turnCount(), "running:", session.isRunning()));
