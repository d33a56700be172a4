// Rejections that nobody handles, and what the kernel offers.

const rejected = new Map();
const told = new WeakMap(); // errors that reached the host as an answer
let rejectedOrder = list();
let rejections = null; // of a face: {unhandled(promise, reason) → taken?, handled(promise)}

function onRejection(promise, reason, handled) {
  if (handled) {
    if (!mapDelete(rejected, promise) && rejections !== null) rejections.handled(promise);
  } else {
    mapSet(rejected, promise, reason);
    rejectedOrder[rejectedOrder.length] = promise;
  }
}

function takeUnhandled() {
  let unhandled = "";
  const order = rejectedOrder;
  rejectedOrder = list();
  each(order, (promise) => {
    if (!mapHas(rejected, promise)) return;
    const reason = mapGet(rejected, promise);
    mapDelete(rejected, promise);
    if (isObject(reason) && weakHas(told, reason)) return;
    if (rejections !== null && attempt(() => rejections.unhandled(promise, reason), false)) return;
    unhandled += (unhandled === "" ? "" : ",") + describeText(reason);
  });
  return "[" + unhandled + "]";
}

function onRejections(hooks) {
  rejections = hooks;
}

const faceKernel = freeze({
  use, convert, named, ownStack, onRejections, describe: describeText, errorClass, retain, attempt, born,
  hostObjectTag: (value) => weakHas(references, value),
  maxChars: () => maxChars,
});

return {
  install, invoke, fire, settle, evaluate, runScript, runModule, exported, retainExport,
  release, onRejection, takeUnhandled,
};
