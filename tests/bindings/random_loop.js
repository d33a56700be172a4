// One random tool loop, whose parts are all functions of this script: `plan` says how they behave.
// Every effect is a step, and the run is ended at one of them. Exports what came of it.

let handle;
let isStopping = false;
let steps = 0;
const late = [];
const attempts = {};

const step = (what) => {
  if (isStopping) late.push(what);
  if (++steps !== plan.at || plan.end === null) return;
  isStopping = true;
  handle[plan.end]();
};

// Another effect, in mid-function: it has to be refused once the run is stopping.
const work = (what) => {
  const wasStopping = isStopping;
  setTimeout(() => {}, 0);
  if (wasStopping) late.push(`timer in ${what}`);
};

const act = async (key) => {
  const manners = plan.calls[key].manners;
  attempts[key] = (attempts[key] ?? 0) + 1;
  const manner = manners[Math.min(attempts[key], manners.length) - 1];
  if (manner === "pause") await pause(2);
  if (manner === "hang") await pause(60_000);
  if (manner === "throw") throw new Error("no luck");
  work("handler");
  return { key };
};

const handlers = {
  sync({ key }) {
    step("handler");
    if (plan.calls[key].manners[0] === "throw") throw new Error("no luck");
    work("handler");
    return { key };
  },
  async later({ key }) {
    step("handler");
    return await act(key);
  },
};

const changes = {
  keep: () => undefined,
  throw: () => { throw new Error("from a hook"); },
  rewrite: () => ({ call: { name: "later" } }),
  abort: () => ({ action: "abort" }),
  retry: () => ({ action: "retry", backoffMs: 1 }),
  continue: () => ({ action: "continue" }),
  result: () => ({ result: "another" }),
  error: () => ({ error: "another" }),
};
const hook = (name) => plan.isAsync
  ? async () => { step(name); await null; return changes[plan[name]](); }
  : () => { step(name); return changes[plan[name]](); };
const toolHooks = { failOpen: plan.failOpen, maxHookRetries: 2 };
for (const name of ["beforeToolCall", "afterToolCall", "onToolError"]) {
  if (plan[name] !== "none") toolHooks[name] = hook(name);
}

const middleware = (n) => n % 2
  ? (turn, next) => { step("middleware"); return next(); }
  : async (turn, next) => { step("middleware"); return await next(turn); };

const rows = [...plan.rows];
const engine = engines.fromFunction(async (turn) => {
  step("engine");
  const row = rows.shift() ?? [];
  for (const key of row) {
    const { id, name } = plan.calls[key];
    turn.blocks.push(turns.newToolCallBlock(id, name, { key }));
  }
  if (!row.length) turn.blocks.push(turns.newAssistantBlock("done"));
});

const session = createSession({
  engine,
  tools: plan.isOffered ? registryOf(handlers) : undefined,
  toolLoop: plan.loop,
  toolHooks,
  middlewares: Array.from({ length: plan.middlewares }, (_, n) => middleware(n)),
});
const events = [];
handle = session.start("go", { timeoutMs: plan.timeoutMs, graceMs: 50, cancelGraceMs: 20 });
handle.on("*", (event) => events.push(event));
const partial = await handle.promise.then(() => null, (error) => error.partialTurn);
export default { status: handle.status, turns: session.turns(), partial, events, late };
