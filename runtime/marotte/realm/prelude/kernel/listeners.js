// Events for listeners: many in one crossing, each frozen, each listener on its own.

const batches = table(); // number -> what is left to do of a batch
const dismissed = table(); // listeners that were taken away meanwhile; the host writes it
let batchesLeft = 0;

// The events of `[[shared, seqs, times, nested, bodies], …]`: a body with what it shares with its
// group, and its own number and time. Only the bodies at `nested` may hold objects. Without
// numbers the bodies are whole.
function unpack(text) {
  const events = list();
  const groups = parse(text);
  for (let i = 0; i < groups.length; i++) addEvents(events, groups[i]);
  return events;
}

function addEvents(events, group) {
  const shared = deepFreeze(group[0]);
  const seqs = group[1];
  const times = group[2];
  const nested = group[3];
  const bodies = group[4];
  for (let i = 0; i < nested.length; i++) deepFreeze(bodies[nested[i]]);
  for (let i = 0; i < bodies.length; i++) {
    // A spread defines its properties, so that no setter of a prototype is met.
    const event = seqs === null ? bodies[i] : { ...bodies[i], ...shared, seq: seqs[i], time: times[i] };
    events[events.length] = freeze(event);
  }
}

// `plan` is `[[listener, function, type, once], …]`, in the order in which they hear of an event.
function deliver(number, plan, text) {
  try {
    const events = unpack(text);
    const listeners = parse(plan);
    each(listeners, (entry) => {
      entry[1] = functions[entry[1]];
    });
    batches[number] = { __proto__: null, events, listeners, event: 0, listener: 0 };
    batchesLeft++;
  } catch (error) {
    return thrown(error);
  }
  return resume(number);
}

// One that is interrupted, or on top of which the batch goes on while a listener waits, has noted
// before each call where to go on.
function resume(number) {
  const batch = batches[number];
  if (batch === undefined) return;
  const { events, listeners } = batch;
  while (batch.event < events.length) {
    const event = events[batch.event];
    const entry = listeners[batch.listener++];
    if (batch.listener === listeners.length) {
      batch.listener = 0;
      batch.event++;
    }
    if (entry[2] === "*" || entry[2] === event.type) tell(entry, event);
  }
  forget(number);
}

function tell(entry, event) {
  const listener = entry[0];
  const fn = entry[1];
  if (entry[3] ? raw.claim(listener) !== true : listener in dismissed) return;
  try {
    const answered = fn(event);
    if (isThenable(answered)) watch(listener, answered);
  } catch (error) {
    raw.listenerFailed(listener, thrown(error));
  }
}

async function watch(listener, promise) {
  try {
    await promise;
  } catch (error) {
    if (isObject(error)) weakSet(told, error, true);
    raw.listenerFailed(listener, thrown(error));
  }
}

function forget(number) {
  if (batches[number] === undefined) return;
  delete batches[number];
  if (--batchesLeft === 0) each(ownKeys(dismissed), (listener) => delete dismissed[listener]);
}
