// Rejections that nobody handles, and what the kernel offers.

const rejected = new Map();
const told = new WeakMap(); // errors that reached the host as an answer
let rejectedOrder = list();
let rejectedTaken = 0;
let rejections = null; // of a face: {unhandled(promise, reason) → taken?, handled(promise)}

// The latest promises that were rejected, with nothing told in between, and why.
let latest;
let latestReason;
let before;

function onRejection(promise, reason, handled) {
  if (handled) {
    if (promise === latest && before !== undefined && isEngines()) mapDelete(rejected, before);
    latest = before = undefined;
    if (!mapDelete(rejected, promise) && rejections !== null) rejections.handled(promise);
  } else {
    before = latest !== undefined && is(latestReason, reason) ? latest : undefined;
    latest = promise;
    latestReason = reason;
    mapSet(rejected, promise, reason);
    rejectedOrder[rejectedOrder.length] = promise;
  }
}

// A module that throws as it is evaluated rejects a promise of the engine's own, which nobody can
// handle, just before that of the import, which the engine handles at once: under two frames, ours.
function isEngines() {
  const { stack } = new BuiltinError();
  return indexOf(stack, "\n", indexOf(stack, "\n") + 1) === stack.length - 1;
}

// One that cannot be told of, for want of stack, is passed over by the next call.
function takeUnhandled() {
  let unhandled = "";
  while (rejectedTaken < rejectedOrder.length) {
    const promise = rejectedOrder[rejectedTaken++];
    if (!mapHas(rejected, promise)) continue;
    const reason = mapGet(rejected, promise);
    mapDelete(rejected, promise);
    if (isObject(reason) && weakHas(told, reason)) continue;
    if (rejections !== null && attempt(() => rejections.unhandled(promise, reason), false)) continue;
    unhandled += (unhandled === "" ? "" : ",") + describeText(reason);
  }
  rejectedOrder = list();
  rejectedTaken = 0;
  latest = before = undefined;
  return "[" + unhandled + "]";
}

function onRejections(hooks) {
  rejections = hooks;
}

// What a cleanup throws the engine has no place for, so it is rejected with, and nobody handles it.
function cleaning(cleanup) {
  return (held) => {
    try {
      cleanup(held);
    } catch (error) {
      reject(error);
    }
  };
}

const finalizationRegistry = named("FinalizationRegistry", 1, function (cleanup) {
  if (new.target === undefined) throw new BuiltinTypeError("constructor requires 'new'");
  const called = typeof cleanup === "function" ? cleaning(cleanup) : cleanup;
  return construct(BuiltinFinalizationRegistry, [called], new.target);
});
defineProperty(finalizationRegistry, "prototype", { __proto__: null, value: BuiltinFinalizationRegistry.prototype, writable: false });
defineProperty(finalizationRegistry.prototype, "constructor", property(finalizationRegistry));
defineProperty(global, "FinalizationRegistry", property(finalizationRegistry));

const faceKernel = freeze({
  use, convert, named, ownStack, onRejections, describe: describeText, errorClass, retain, attempt, born,
  hostObjectTag: (value) => weakHas(references, value),
  maxChars: () => maxChars,
});

return {
  install, invoke, fire, settle, evaluate, runScript, runModule, exported, retainExport,
  release, onRejection, takeUnhandled, deliver, resume, forget, dismissed, failLoading,
};
