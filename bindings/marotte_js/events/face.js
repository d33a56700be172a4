// Event, CustomEvent and EventTarget, by the DOM standard. There is no tree: an event's path is its
// target alone.
(function (_host, kernel) {
  "use strict";
  const { apply, defineProperty, setPrototypeOf } = Reflect;
  const { required, dictionary, expose, constants, preview } = kernel.use("webidl");
  const { report } = kernel.use("reporting");
  const global = globalThis;
  const NONE = 0;
  const CAPTURING_PHASE = 1;
  const AT_TARGET = 2;
  const BUBBLING_PHASE = 3;

  const invalidState = (message) => new (kernel.use("domexception").DOMException)(message, "InvalidStateError");
  const shared = (reader) => ({ get: reader, enumerable: true, configurable: false });

  let stateOf; // an event's state; throws where it is none
  let isEvent;

  class Event {
    #state;
    static {
      stateOf = (event) => event.#state;
      isEvent = (value) => typeof value === "object" && value !== null && #state in value;
    }
    constructor(type, eventInitDict = undefined) {
      required("Event constructor", arguments.length, 1);
      const { bubbles, cancelable, composed } = dictionary("Event constructor", eventInitDict);
      this.#state = {
        type: `${type}`, bubbles: !!bubbles, cancelable: !!cancelable, composed: !!composed,
        target: null, currentTarget: null, phase: NONE, time: Date.now() - kernel.born,
        initialized: true, dispatching: false, trusted: false,
        stopped: false, stoppedAtOnce: false, canceled: false, passive: false,
      };
      defineProperty(this, "isTrusted", trusted);
    }
    get type() { return this.#state.type; }
    get target() { return this.#state.target; }
    get srcElement() { return this.#state.target; }
    get currentTarget() { return this.#state.currentTarget; }
    composedPath() { return this.#state.currentTarget === null ? [] : [this.#state.currentTarget]; }
    get eventPhase() { return this.#state.phase; }
    stopPropagation() { this.#state.stopped = true; }
    get cancelBubble() { return this.#state.stopped; }
    set cancelBubble(value) { if (value) this.#state.stopped = true; }
    stopImmediatePropagation() { this.#state.stopped = this.#state.stoppedAtOnce = true; }
    get bubbles() { return this.#state.bubbles; }
    get cancelable() { return this.#state.cancelable; }
    get returnValue() { return !this.#state.canceled; }
    set returnValue(value) { if (!value) cancel(this.#state); }
    preventDefault() { cancel(this.#state); }
    get defaultPrevented() { return this.#state.canceled; }
    get composed() { return this.#state.composed; }
    get timeStamp() { return this.#state.time; }
    initEvent(type, bubbles = false, cancelable = false) {
      required("Event.initEvent", arguments.length, 1);
      initialize(this.#state, `${type}`, !!bubbles, !!cancelable);
    }
  }
  const trusted = shared(function isTrusted() { return stateOf(this).trusted; });

  function cancel(state) {
    if (state.cancelable && !state.passive) state.canceled = true;
  }

  function initialize(state, type, bubbles, cancelable) {
    if (state.dispatching) return;
    state.initialized = true;
    state.stopped = state.stoppedAtOnce = state.canceled = state.trusted = false;
    state.target = null;
    state.type = type;
    state.bubbles = bubbles;
    state.cancelable = cancelable;
  }

  class CustomEvent extends Event {
    #detail;
    constructor(type, eventInitDict = undefined) {
      required("CustomEvent constructor", arguments.length, 1);
      super(type, eventInitDict);
      const { detail = null } = dictionary("CustomEvent constructor", eventInitDict);
      this.#detail = detail;
    }
    get detail() { return this.#detail; }
    initCustomEvent(type, bubbles = false, cancelable = false, detail = null) {
      required("CustomEvent.initCustomEvent", arguments.length, 1);
      const state = stateOf(this);
      if (state.dispatching) return;
      initialize(state, `${type}`, !!bubbles, !!cancelable);
      this.#detail = detail;
    }
  }

  // ---- targets --------------------------------------------------------------------------------

  const registries = new WeakMap(); // target -> its listeners, in order
  const watchers = new WeakMap(); // target -> called with it when a listener is added or dropped

  function listenersOf(target, where) {
    const self = target === undefined || target === null ? global : target;
    const found = registries.get(self);
    if (found === undefined) throw new TypeError(where + " called on an object that is not an EventTarget");
    return [self, found];
  }

  function flattened(options) {
    if (typeof options !== "object" && typeof options !== "function" || options === null) return { capture: !!options, once: false, passive: false, signal: undefined };
    const { capture, once, passive, signal } = options;
    return { capture: !!capture, once: !!once, passive: !!passive, signal };
  }

  function callbackFrom(where, callback) {
    if (callback === null || callback === undefined) return null;
    if (typeof callback === "object" || typeof callback === "function") return callback;
    throw new TypeError(where + ": callback: expected a function, an object or null, got " + typeof callback);
  }

  class EventTarget {
    constructor() {
      registries.set(this, []);
    }
    addEventListener(type, callback, options = undefined) {
      required("EventTarget.addEventListener", arguments.length, 2);
      const [target] = listenersOf(this, "EventTarget.addEventListener");
      const { signal, ...how } = flattened(options);
      if (signal !== undefined) kernel.use("abort").check("EventTarget.addEventListener", signal);
      add(target, { type: `${type}`, callback: callbackFrom("EventTarget.addEventListener", callback), ...how, removed: false }, signal);
    }
    removeEventListener(type, callback, options = undefined) {
      required("EventTarget.removeEventListener", arguments.length, 2);
      const [target, listeners] = listenersOf(this, "EventTarget.removeEventListener");
      const { capture } = flattened(options);
      const name = `${type}`;
      const index = listeners.findIndex((known) => known.type === name && known.callback === callback && known.capture === capture);
      if (index >= 0) drop(target, listeners[index]);
    }
    dispatchEvent(event) {
      required("EventTarget.dispatchEvent", arguments.length, 1);
      const [target] = listenersOf(this, "EventTarget.dispatchEvent");
      if (!isEvent(event)) throw new TypeError("EventTarget.dispatchEvent: event: expected an Event");
      const state = stateOf(event);
      if (state.dispatching) throw invalidState("the event is already being dispatched");
      state.trusted = false;
      return dispatch(target, event);
    }
  }

  function add(target, listener, signal) {
    const listeners = registries.get(target);
    if (signal !== undefined && signal.aborted) return;
    if (listener.callback === null) return;
    const { type, callback, capture } = listener;
    if (listeners.some((known) => known.type === type && known.callback === callback && known.capture === capture)) return;
    listeners.push(listener);
    if (signal !== undefined) kernel.use("abort").onAbort(signal, () => drop(target, listener));
    watchers.get(target)?.(target);
  }

  function drop(target, listener) {
    const listeners = registries.get(target);
    listener.removed = true;
    const index = listeners.indexOf(listener);
    if (index >= 0) listeners.splice(index, 1);
    watchers.get(target)?.(target);
  }

  // Answers false if a listener prevented the default.
  function dispatch(target, event) {
    const state = stateOf(event);
    state.dispatching = true;
    state.target = state.currentTarget = target;
    state.phase = AT_TARGET;
    for (const capture of [true, false]) if (!state.stopped) deliver(target, event, state, capture);
    state.phase = NONE;
    state.currentTarget = null;
    state.dispatching = state.stopped = state.stoppedAtOnce = false;
    return !state.canceled;
  }

  function deliver(target, event, state, capture) {
    const listeners = registries.get(target);
    for (const listener of [...listeners]) {
      if (state.stoppedAtOnce) return;
      if (listener.removed || listener.type !== state.type || listener.capture !== capture) continue;
      if (listener.once) drop(target, listener);
      state.passive = listener.passive;
      try {
        call(listener.callback, target, event);
      } catch (error) {
        report(error);
      }
      state.passive = false;
    }
  }

  function call(callback, target, event) {
    if (typeof callback === "function") {
      apply(callback, target, [event]);
      return;
    }
    const { handleEvent } = callback;
    if (typeof handleEvent !== "function") throw new TypeError("an event listener's handleEvent is not a function");
    apply(handleEvent, callback, [event]);
  }

  // ---- for other bindings -----------------------------------------------------------------------

  // Dispatches an event that the host made.
  function fire(target, event) {
    stateOf(event).trusted = true;
    return dispatch(target, event);
  }

  // An event handler attribute (`onabort`): a listener that stands where it was first set.
  // `react(handler, event, target)` calls it and minds what it answers.
  function handlerAttribute(type, react = callHandler) {
    const handlers = new WeakMap();
    return {
      get() { return handlers.get(this ?? global)?.current ?? null; },
      set(value) {
        const target = this ?? global;
        const usable = typeof value === "function" || (typeof value === "object" && value !== null) ? value : null;
        const known = handlers.get(target);
        if (known !== undefined) {
          known.change(usable);
          return;
        }
        if (usable !== null) handlers.set(target, attach(target, type, usable, react));
      },
    };
  }

  function attach(target, type, first, react) {
    const slot = { current: first };
    const listener = () => ({ type, callback: (event) => react(slot.current, event, target), capture: false, once: false, passive: false, removed: false });
    let active = listener();
    slot.change = (value) => {
      if (value === null && active !== null) {
        drop(target, active);
        active = null;
      }
      slot.current = value;
      if (value !== null && active === null) add(target, active = listener());
    };
    add(target, active);
    return slot;
  }

  function callHandler(handler, event, target) {
    if (typeof handler === "function" && apply(handler, target, [event]) === false) event.preventDefault();
  }

  const hasListener = (target, type) => registries.get(target).some((listener) => listener.type === type);
  const watch = (target, watcher) => watchers.set(target, watcher);

  expose(Event);
  constants(Event, { NONE, CAPTURING_PHASE, AT_TARGET, BUBBLING_PHASE });
  expose(CustomEvent);
  expose(EventTarget);
  preview(Event, ["type", "defaultPrevented", "cancelable", "timeStamp"]);
  preview(CustomEvent, ["type", "defaultPrevented", "cancelable", "timeStamp", "detail"]);

  // The global object is an event target too.
  setPrototypeOf(global, EventTarget.prototype);
  registries.set(global, []);
  watch(global, () => kernel.use("errorevents"));

  const { addEventListener, removeEventListener, dispatchEvent } = EventTarget.prototype;
  return {
    Event, CustomEvent, EventTarget, addEventListener, removeEventListener, dispatchEvent,
    fire, handlerAttribute, hasListener, watch,
  };
});
