// setTimeout and setInterval as the HTML standard has them: the host keeps the time, this side the
// callback with its arguments.
(function (host, kernel) {
  "use strict";
  const { apply } = Reflect;
  const BuiltinTypeError = TypeError;
  const global = globalThis;
  const repeating = new Set(); // ids of the intervals that nobody has cleared

  function check(name, callback) {
    if (typeof callback !== "function") {
      throw new BuiltinTypeError(name + "(): callback: expected a function, got " + (callback === null ? "null" : typeof callback));
    }
  }

  // A `long` of Web IDL: what is no number is 0, and it wraps at 32 bits.
  const milliseconds = (delay) => {
    const whole = delay | 0;
    return whole < 0 ? 0 : whole;
  };

  function run(callback, args) {
    try {
      apply(callback, global, args);
    } catch (error) {
      kernel.use("reporting").report(error);
    }
  }

  function setTimeout(callback, delay = 0, ...args) {
    check("setTimeout", callback);
    return host._start(() => run(callback, args), milliseconds(delay));
  }

  function setInterval(callback, delay = 0, ...args) {
    check("setInterval", callback);
    const wait = milliseconds(delay);
    const ident = host._start(tick, wait);
    repeating.add(ident);
    return ident;

    function tick() {
      run(callback, args);
      if (!repeating.has(ident)) return;
      try {
        host._start(tick, wait, ident);
      } catch {
        repeating.delete(ident); // refused: its run is stopping, and the interval with it
      }
    }
  }

  // Either clears what the other's sibling made: the standard has one list of both.
  function clear(ident) {
    const number = ident | 0;
    repeating.delete(number);
    host._stop(number);
  }

  return {
    setTimeout: kernel.named("setTimeout", 1, setTimeout),
    setInterval: kernel.named("setInterval", 1, setInterval),
    clearTimeout: kernel.named("clearTimeout", 0, (ident = 0) => clear(ident)),
    clearInterval: kernel.named("clearInterval", 0, (ident = 0) => clear(ident)),
  };
});
