// Generated from the declarations of bindings in Python. Do not edit.
// The globals of a script, beside those of the language: what is not here does not exist.

/**
 * Output for people: formats, groups, counts, times and tables.
 *
 * The methods that take `data` replace `%s` (text), `%d` `%i` `%f` (numbers), `%j` (JSON), `%o`
 * `%O` (an object) and `%c` (nothing) in the first argument by those that follow, and show the
 * others behind it. Whatever the values do, nothing throws.
 */
declare var console: Console;

/** Random values, good enough for keys. */
declare var crypto: Crypto;

/** Is called with what was thrown and not caught; `true` keeps it from the host. */
declare var onerror: ((message: string | Event, source?: string, line?: number, column?: number, error?: unknown) => unknown) | null;

/** Is called when a promise was rejected that nothing handles. */
declare var onunhandledrejection: ((event: PromiseRejectionEvent) => unknown) | null;

/** Is called when such a rejection is handled after all. */
declare var onrejectionhandled: ((event: PromiseRejectionEvent) => unknown) | null;

/** A clock for measuring. */
declare var performance: Performance;

/** What a script may know of its process. */
declare var process: Process;

/** The global object. */
declare var self: typeof globalThis;

/** What runs the script. */
declare var navigator: Navigator;

/**
 * Decode base64 into a text whose characters are bytes, U+0000 to U+00FF.
 *
 * @param data Base64, with white space anywhere and padding or none; anything else throws a
 *   `DOMException` named `InvalidCharacterError`.
 */
declare function atob(data: string): string;

/**
 * Encode a text whose characters are bytes as base64.
 *
 * @param data Characters up to U+00FF; one beyond throws a `DOMException` named
 *   `InvalidCharacterError`.
 */
declare function btoa(data: string): string;

/**
 * Listen to events of the global object: `error`, `unhandledrejection`, `rejectionhandled`.
 *
 * @param type Of the events to hear.
 * @param callback What to call with each.
 * @param options How; `true` means `{capture: true}`.
 */
declare function addEventListener<const K extends keyof GlobalEventMap | (string & {}), E extends Event = K extends keyof GlobalEventMap ? GlobalEventMap[K] : Event>(type: K, callback: ((event: E) => void) | { handleEvent(event: E): void } | null, options?: AddEventListenerOptions | boolean | null): void;

/**
 * Listen no more; what was never added is ignored.
 *
 * @param type Of the events that were heard.
 * @param callback What was called.
 * @param options Only `capture` matters.
 */
declare function removeEventListener<const K extends keyof GlobalEventMap | (string & {}), E extends Event = K extends keyof GlobalEventMap ? GlobalEventMap[K] : Event>(type: K, callback: ((event: E) => void) | { handleEvent(event: E): void } | null, options?: EventListenerOptions | boolean | null): void;

/**
 * Send an event to the listeners of the global object.
 *
 * @param event What happened.
 * @returns False if a listener prevented the default of a cancelable event.
 */
declare function dispatchEvent(event: Event): boolean;

/**
 * Call a function after the code that runs now, before any timer.
 *
 * What it throws is reported as unhandled.
 *
 * @param callback What to call, without arguments.
 */
declare function queueMicrotask(callback: () => void): void;

/**
 * Report a value as if it had been thrown and nothing had caught it.
 *
 * @param error What to report, usually an `Error`.
 */
declare function reportError(error: unknown): void;

/**
 * Copy a value deeply, with its cycles, maps, sets, dates, errors and binary data.
 *
 * Prototypes, getters and what is not enumerable are not copied.
 *
 * @param value What to copy; a function, a symbol, a promise or an object of the host's throws a
 *   `DOMException` named `DataCloneError`.
 * @param options How.
 */
declare function structuredClone<T>(value: T, options?: StructuredSerializeOptions | null): T;

/**
 * Call a function once, after a delay.
 *
 * What it throws is reported as unhandled. A pending timer keeps the script alive.
 *
 * @param callback What to call.
 * @param delay Milliseconds, a 32-bit integer; negative: 0.
 * @param args What to call it with.
 * @returns A number for `clearTimeout`.
 */
declare function setTimeout<A extends unknown[]>(callback: (...args: A) => void, delay?: number, ...args: Partial<A>): number;

/**
 * Call a function again and again, with a delay before each call.
 *
 * What it throws is reported as unhandled, and the interval goes on.
 *
 * @param callback What to call.
 * @param delay Milliseconds, a 32-bit integer; negative: 0.
 * @param args What to call it with.
 * @returns A number for `clearInterval`.
 */
declare function setInterval<A extends unknown[]>(callback: (...args: A) => void, delay?: number, ...args: Partial<A>): number;

/**
 * Let a timer not happen; a number that means none is ignored.
 *
 * @param ident What `setTimeout` or `setInterval` answered.
 */
declare function clearTimeout(ident?: number): void;

/**
 * Let an interval end; a number that means none is ignored.
 *
 * @param ident What `setInterval` or `setTimeout` answered.
 */
declare function clearInterval(ident?: number): void;

/** Makes a signal, and aborts it. */
declare class AbortController {
  /** Make a controller with a new signal. */
  constructor();

  /** The signal, to be given to what can be aborted. */
  readonly signal: AbortSignal;

  /**
   * Abort the signal; the second time nothing happens.
   *
   * @param reason Why; by default a `DOMException` named `AbortError`.
   */
  abort(reason?: unknown): void;
}

/** Says that something is to be given up; fires `abort`, once. */
declare class AbortSignal extends EventTarget {
  /** Scripts get objects of the class, and make none. */
  protected constructor();

  /**
   * Make a signal that is aborted already.
   *
   * @param reason Why; by default a `DOMException` named `AbortError`.
   */
  static abort(reason?: unknown): AbortSignal;

  /**
   * Make a signal that aborts after a time, with a `DOMException` named `TimeoutError`.
   *
   * It does not keep the script alive.
   *
   * @param milliseconds Until then.
   */
  static timeout(milliseconds: number): AbortSignal;

  /**
   * Make a signal that aborts as soon as one of several does, with that one's reason.
   *
   * @param signals Which.
   */
  static any(signals: Iterable<AbortSignal>): AbortSignal;

  /** Whether it was aborted. */
  readonly aborted: boolean;

  /** Why; `undefined` until it is aborted. */
  readonly reason: unknown;

  /** Throw the reason if it was aborted. */
  throwIfAborted(): void;

  /** Is called when it is aborted. */
  onabort: ((this: AbortSignal, event: Event) => unknown) | null;
}

/**
 * Output for people: formats, groups, counts, times and tables.
 *
 * The methods that take `data` replace `%s` (text), `%d` `%i` `%f` (numbers), `%j` (JSON), `%o`
 * `%O` (an object) and `%c` (nothing) in the first argument by those that follow, and show the
 * others behind it. Whatever the values do, nothing throws.
 */
interface Console {
  /**
   * Write at level `log`.
   *
   * @param data What to write; a text in front may be a format for the rest.
   */
  log(...data: unknown[]): void;

  /**
   * Write at level `info`.
   *
   * @param data What to write; a text in front may be a format for the rest.
   */
  info(...data: unknown[]): void;

  /**
   * Write at level `warn`.
   *
   * @param data What to write; a text in front may be a format for the rest.
   */
  warn(...data: unknown[]): void;

  /**
   * Write at level `error`.
   *
   * @param data What to write; a text in front may be a format for the rest.
   */
  error(...data: unknown[]): void;

  /**
   * Write at level `debug`.
   *
   * @param data What to write; a text in front may be a format for the rest.
   */
  debug(...data: unknown[]): void;

  /**
   * Write where the script stands, at level `debug`.
   *
   * @param data What to write in front of it.
   */
  trace(...data: unknown[]): void;

  /**
   * Write "Assertion failed" and the data at level `error` unless the condition holds.
   *
   * @param condition What should hold.
   * @param data What to write where it does not.
   */
  assert(condition?: unknown, ...data: unknown[]): void;

  /**
   * Write an array, a map or an object as a table, a row each.
   *
   * @param data The rows; what is no object is written as by `log`.
   * @param columns The properties to show; by default all.
   */
  table(data?: unknown, columns?: readonly string[] | null): void;

  /**
   * Write an object at level `log`, without formats.
   *
   * @param value What to show.
   * @param options How it is shown.
   */
  dir(value?: unknown, options?: InspectOptions | null): void;

  /**
   * Write as by `log`.
   *
   * @param data What to write; a text in front may be a format for the rest.
   */
  dirxml(...data: unknown[]): void;

  /**
   * Write, and indent what is written until `groupEnd`.
   *
   * @param data What heads the group, as for `log`.
   */
  group(...data: unknown[]): void;

  /**
   * As `group`: a text has nothing to unfold.
   *
   * @param data What heads the group, as for `log`.
   */
  groupCollapsed(...data: unknown[]): void;

  /** End the innermost group. */
  groupEnd(): void;

  /**
   * Write how often this was called with the label, at level `info`.
   *
   * @param label What is counted.
   */
  count(label?: string): void;

  /**
   * Let `count` begin again.
   *
   * @param label What was counted.
   */
  countReset(label?: string): void;

  /**
   * Begin to measure under a label.
   *
   * @param label What is measured; one that is being measured goes on.
   */
  time(label?: string): void;

  /**
   * Write the time since `time`, and the data.
   *
   * @param label What is measured.
   * @param data What to write behind it.
   */
  timeLog(label?: string, ...data: unknown[]): void;

  /**
   * Write the time since `time` at level `info`, and end the measurement.
   *
   * @param label What was measured.
   */
  timeEnd(label?: string): void;

  /** End all groups; what was written stays. */
  clear(): void;
}

/** Random values, good enough for keys. */
declare class Crypto {
  /** Scripts get objects of the class, and make none. */
  protected constructor();

  /**
   * Fill an array with random integers, and answer it.
   *
   * @param array At most 65 536 bytes; more throws a `DOMException` named `QuotaExceededError`, an
   *   array of other things one named `TypeMismatchError`.
   */
  getRandomValues<T extends Int8Array | Uint8Array | Uint8ClampedArray | Int16Array | Uint16Array | Int32Array | Uint32Array | BigInt64Array | BigUint64Array>(array: T): T;

  /** Make a random (version 4) UUID. */
  randomUUID(): string;
}

/** What the web's interfaces throw; its `name` says what happened, such as `AbortError`. */
declare class DOMException extends Error {
  /**
   * Make an exception.
   *
   * @param message What happened, for people.
   * @param name What happened, for code.
   */
  constructor(message?: string, name?: string);

  /** The code of `IndexSizeError`. */
  static readonly INDEX_SIZE_ERR: number;

  /** The code of `IndexSizeError`. */
  readonly INDEX_SIZE_ERR: number;

  /** The code of `DOMStringSizeError`. */
  static readonly DOMSTRING_SIZE_ERR: number;

  /** The code of `DOMStringSizeError`. */
  readonly DOMSTRING_SIZE_ERR: number;

  /** The code of `HierarchyRequestError`. */
  static readonly HIERARCHY_REQUEST_ERR: number;

  /** The code of `HierarchyRequestError`. */
  readonly HIERARCHY_REQUEST_ERR: number;

  /** The code of `WrongDocumentError`. */
  static readonly WRONG_DOCUMENT_ERR: number;

  /** The code of `WrongDocumentError`. */
  readonly WRONG_DOCUMENT_ERR: number;

  /** The code of `InvalidCharacterError`. */
  static readonly INVALID_CHARACTER_ERR: number;

  /** The code of `InvalidCharacterError`. */
  readonly INVALID_CHARACTER_ERR: number;

  /** The code of `NoDataAllowedError`. */
  static readonly NO_DATA_ALLOWED_ERR: number;

  /** The code of `NoDataAllowedError`. */
  readonly NO_DATA_ALLOWED_ERR: number;

  /** The code of `NoModificationAllowedError`. */
  static readonly NO_MODIFICATION_ALLOWED_ERR: number;

  /** The code of `NoModificationAllowedError`. */
  readonly NO_MODIFICATION_ALLOWED_ERR: number;

  /** The code of `NotFoundError`. */
  static readonly NOT_FOUND_ERR: number;

  /** The code of `NotFoundError`. */
  readonly NOT_FOUND_ERR: number;

  /** The code of `NotSupportedError`. */
  static readonly NOT_SUPPORTED_ERR: number;

  /** The code of `NotSupportedError`. */
  readonly NOT_SUPPORTED_ERR: number;

  /** The code of `InUseAttributeError`. */
  static readonly INUSE_ATTRIBUTE_ERR: number;

  /** The code of `InUseAttributeError`. */
  readonly INUSE_ATTRIBUTE_ERR: number;

  /** The code of `InvalidStateError`. */
  static readonly INVALID_STATE_ERR: number;

  /** The code of `InvalidStateError`. */
  readonly INVALID_STATE_ERR: number;

  /** The code of `SyntaxError`. */
  static readonly SYNTAX_ERR: number;

  /** The code of `SyntaxError`. */
  readonly SYNTAX_ERR: number;

  /** The code of `InvalidModificationError`. */
  static readonly INVALID_MODIFICATION_ERR: number;

  /** The code of `InvalidModificationError`. */
  readonly INVALID_MODIFICATION_ERR: number;

  /** The code of `NamespaceError`. */
  static readonly NAMESPACE_ERR: number;

  /** The code of `NamespaceError`. */
  readonly NAMESPACE_ERR: number;

  /** The code of `InvalidAccessError`. */
  static readonly INVALID_ACCESS_ERR: number;

  /** The code of `InvalidAccessError`. */
  readonly INVALID_ACCESS_ERR: number;

  /** The code of `ValidationError`. */
  static readonly VALIDATION_ERR: number;

  /** The code of `ValidationError`. */
  readonly VALIDATION_ERR: number;

  /** The code of `TypeMismatchError`. */
  static readonly TYPE_MISMATCH_ERR: number;

  /** The code of `TypeMismatchError`. */
  readonly TYPE_MISMATCH_ERR: number;

  /** The code of `SecurityError`. */
  static readonly SECURITY_ERR: number;

  /** The code of `SecurityError`. */
  readonly SECURITY_ERR: number;

  /** The code of `NetworkError`. */
  static readonly NETWORK_ERR: number;

  /** The code of `NetworkError`. */
  readonly NETWORK_ERR: number;

  /** The code of `AbortError`. */
  static readonly ABORT_ERR: number;

  /** The code of `AbortError`. */
  readonly ABORT_ERR: number;

  /** The code of `URLMismatchError`. */
  static readonly URL_MISMATCH_ERR: number;

  /** The code of `URLMismatchError`. */
  readonly URL_MISMATCH_ERR: number;

  /** The code of `QuotaExceededError`. */
  static readonly QUOTA_EXCEEDED_ERR: number;

  /** The code of `QuotaExceededError`. */
  readonly QUOTA_EXCEEDED_ERR: number;

  /** The code of `TimeoutError`. */
  static readonly TIMEOUT_ERR: number;

  /** The code of `TimeoutError`. */
  readonly TIMEOUT_ERR: number;

  /** The code of `InvalidNodeTypeError`. */
  static readonly INVALID_NODE_TYPE_ERR: number;

  /** The code of `InvalidNodeTypeError`. */
  readonly INVALID_NODE_TYPE_ERR: number;

  /** The code of `DataCloneError`. */
  static readonly DATA_CLONE_ERR: number;

  /** The code of `DataCloneError`. */
  readonly DATA_CLONE_ERR: number;

  /** What happened, for code. */
  readonly name: string;

  /** What happened, for people. */
  readonly message: string;

  /** The legacy number of the name; 0 where it has none. */
  readonly code: number;
}

/** Turns text into UTF-8. */
declare class TextEncoder {
  /** Make an encoder. */
  constructor();

  /** Always `utf-8`. */
  readonly encoding: string;

  /**
   * The UTF-8 of a text; lone surrogates become U+FFFD.
   *
   * @param input The text.
   */
  encode(input?: string): Uint8Array;

  /**
   * Write the UTF-8 of as many characters as fit.
   *
   * @param source The text.
   * @param destination Where to, from its beginning.
   */
  encodeInto(source: string, destination: Uint8Array): TextEncoderEncodeIntoResult;
}

/** Turns bytes into text, at once or piece by piece. */
declare class TextDecoder {
  /**
   * Make a decoder.
   *
   * @param label A label of the Encoding standard; an unknown one throws a `RangeError`.
   * @param options How to decode.
   */
  constructor(label?: string, options?: TextDecoderOptions | null);

  /** The name of the encoding, in lower case. */
  readonly encoding: string;

  /** Whether invalid bytes are a `TypeError`, not U+FFFD. */
  readonly fatal: boolean;

  /** Whether a byte order mark is kept. */
  readonly ignoreBOM: boolean;

  /**
   * The text of bytes, and of those that were left over from the last piece.
   *
   * @param input The bytes.
   * @param options Whether more will follow.
   */
  decode(input?: ArrayBuffer | SharedArrayBuffer | ArrayBufferView, options?: TextDecodeOptions | null): string;
}

/** Something was thrown that nothing caught; preventing the default keeps it from the host. */
declare class ErrorEvent extends Event {
  /**
   * Make an event that `dispatchEvent` takes.
   *
   * @param type What happened; what listeners name.
   * @param eventInitDict What else it is.
   */
  constructor(type: string, eventInitDict?: ErrorEventInit | null);

  /** What happened. */
  readonly message: string;

  /** The script. */
  readonly filename: string;

  /** The line, from 1; 0: unknown. */
  readonly lineno: number;

  /** The column, from 1; 0: unknown. */
  readonly colno: number;

  /** What was thrown. */
  readonly error: unknown;
}

/** A promise was rejected that nothing handled, or is handled after all. */
declare class PromiseRejectionEvent extends Event {
  /**
   * Make an event that `dispatchEvent` takes.
   *
   * @param type What happened; what listeners name.
   * @param eventInitDict The promise, and what else it is.
   */
  constructor(type: string, eventInitDict: PromiseRejectionEventInit);

  /** The promise. */
  readonly promise: Promise<unknown>;

  /** What it was rejected with. */
  readonly reason: unknown;
}

/** Something that happened, on its way to listeners. */
declare class Event {
  /**
   * Make an event that `dispatchEvent` takes.
   *
   * @param type What happened; what listeners name.
   * @param eventInitDict What else it is.
   */
  constructor(type: string, eventInitDict?: EventInit | null);

  /** The phase of an event that is not being dispatched. */
  static readonly NONE: number;

  /** The phase of an event that is not being dispatched. */
  readonly NONE: number;

  /** The phase on the way down to the target; here there is none. */
  static readonly CAPTURING_PHASE: number;

  /** The phase on the way down to the target; here there is none. */
  readonly CAPTURING_PHASE: number;

  /** The phase in which the target's listeners hear of it. */
  static readonly AT_TARGET: number;

  /** The phase in which the target's listeners hear of it. */
  readonly AT_TARGET: number;

  /** The phase on the way up from the target; here there is none. */
  static readonly BUBBLING_PHASE: number;

  /** The phase on the way up from the target; here there is none. */
  readonly BUBBLING_PHASE: number;

  /** What happened. */
  readonly type: string;

  /** The object to which it was dispatched. */
  readonly target: EventTarget | null;

  /** As `target`. */
  readonly srcElement: EventTarget | null;

  /** The object whose listener is being called. */
  readonly currentTarget: EventTarget | null;

  /** The objects on its path: its target, while it is being dispatched. */
  composedPath(): EventTarget[];

  /** `NONE`, or `AT_TARGET` while it is being dispatched. */
  readonly eventPhase: number;

  /** Spare the listeners that do not capture, if one that captures calls this. */
  stopPropagation(): void;

  /** Whether its propagation was stopped; setting it to true stops it. */
  cancelBubble: boolean;

  /** Spare all listeners that are still to come. */
  stopImmediatePropagation(): void;

  /** Whether it bubbles. */
  readonly bubbles: boolean;

  /** Whether its default can be prevented. */
  readonly cancelable: boolean;

  /** The opposite of `defaultPrevented`; setting it to false prevents the default. */
  returnValue: boolean;

  /** Prevent the default, if the event is cancelable and the listener not passive. */
  preventDefault(): void;

  /** Whether the default was prevented. */
  readonly defaultPrevented: boolean;

  /** Whether it crosses shadow roots. */
  readonly composed: boolean;

  /** When it was made, in milliseconds of `performance.now()`. */
  readonly timeStamp: number;

  /**
   * Make it another event, unless it is being dispatched.
   *
   * @param type What happened; what listeners name.
   * @param bubbles Whether it bubbles; here nothing does.
   * @param cancelable Whether its default can be prevented.
   */
  initEvent(type: string, bubbles?: boolean, cancelable?: boolean): void;
}

/**
 * An event of a script's own, with anything as its detail.
 *
 * @example
 * const moved = new CustomEvent("moved", { detail: { x: 1 } });
 * console.log(moved.detail.x);
 */
declare class CustomEvent<T = unknown> extends Event {
  /**
   * Make an event that `dispatchEvent` takes.
   *
   * @param type What happened; what listeners name.
   * @param eventInitDict Its detail, and what else it is.
   */
  constructor(type: string, eventInitDict?: CustomEventInit<T> | null);

  /** What came with it. */
  readonly detail: T;

  /**
   * Make it another event, unless it is being dispatched.
   *
   * @param type What happened; what listeners name.
   * @param bubbles Whether it bubbles; here nothing does.
   * @param cancelable Whether its default can be prevented.
   * @param detail Anything.
   */
  initCustomEvent(type: string, bubbles?: boolean, cancelable?: boolean, detail?: T): void;
}

/** An object that sends events to listeners. */
declare class EventTarget {
  /** Make a target, or the base of one's own. */
  constructor();

  /**
   * Listen; the same listener is not added twice.
   *
   * @param type Of the events to hear.
   * @param callback What to call with each; what it throws is reported and disturbs nobody.
   * @param options How; `true` means `{capture: true}`.
   */
  addEventListener<E extends Event = Event>(type: string, callback: ((event: E) => void) | { handleEvent(event: E): void } | null, options?: AddEventListenerOptions | boolean | null): void;

  /**
   * Listen no more; what was never added is ignored.
   *
   * @param type Of the events that were heard.
   * @param callback What was called.
   * @param options Only `capture` matters.
   */
  removeEventListener<E extends Event = Event>(type: string, callback: ((event: E) => void) | { handleEvent(event: E): void } | null, options?: EventListenerOptions | boolean | null): void;

  /**
   * Call the listeners of an event's type, one after the other.
   *
   * @param event What happened.
   * @returns False if a listener prevented the default of a cancelable event.
   */
  dispatchEvent(event: Event): boolean;
}

/** A clock for measuring. */
declare class Performance extends EventTarget {
  /** Scripts get objects of the class, and make none. */
  protected constructor();

  /** Milliseconds since `timeOrigin`, with fractions; it never goes back. */
  now(): number;

  /** When the script's realm was made, in milliseconds since the epoch. */
  readonly timeOrigin: number;

  /** What `JSON.stringify` shows. */
  toJSON(): PerformanceJSON;
}

/** What a script may know of its process. */
interface Process {
  /** `"marotte"`, the script, and the arguments after it. */
  readonly argv: string[];

  /** The environment variables that were granted and are set; others are not there. */
  readonly env: Record<string, string | undefined>;
}

/** What runs the script. */
interface Navigator {
  /** The name of the runtime, a single token without a version. */
  readonly userAgent: string;
}

/** A URL in its parts; assigning one changes the others, and what is not valid is ignored. */
declare class URL {
  /**
   * Parse.
   *
   * @param url A URL, or with a base one relative to it; an invalid one throws a `TypeError`.
   * @param base An absolute URL.
   */
  constructor(url: string | URL, base?: string | URL);

  /**
   * As the constructor, but null where it is not valid.
   *
   * @param url A URL, or with a base one relative to it.
   * @param base An absolute URL.
   */
  static parse(url: string | URL, base?: string | URL): URL | null;

  /**
   * Whether the constructor would take it.
   *
   * @param url A URL, or with a base one relative to it.
   * @param base An absolute URL.
   */
  static canParse(url: string | URL, base?: string | URL): boolean;

  /** The whole; assigning an invalid one throws a `TypeError`. */
  href: string;

  /** Scheme, host and port; `"null"` where there is no such thing. */
  readonly origin: string;

  /** The scheme and `:`. */
  protocol: string;

  /** The user. */
  username: string;

  /** The password. */
  password: string;

  /** The host, and the port unless it is the scheme's own. */
  host: string;

  /** The host alone. */
  hostname: string;

  /** The port; empty where it is the scheme's own. */
  port: string;

  /** The path. */
  pathname: string;

  /** `?` and the query; empty where there is none. */
  search: string;

  /** The pairs of the query; changing them changes the URL. */
  readonly searchParams: URLSearchParams;

  /** `#` and the fragment; empty where there is none. */
  hash: string;

  /** The whole. */
  toString(): string;

  /** The whole. */
  toJSON(): string;
}

/** The pairs of a query, in order; a name may occur several times. */
declare class URLSearchParams {
  /**
   * Read pairs.
   *
   * @param init A query (a `?` in front is skipped), pairs, or an object.
   */
  constructor(init?: string | Iterable<Iterable<string>> | Record<string, string>);

  /** How many pairs there are. */
  readonly size: number;

  /**
   * Add a pair.
   *
   * @param name Of the pair.
   * @param value Its value.
   */
  append(name: string, value: string): void;

  /**
   * Remove the pairs of a name, or those of a name and a value.
   *
   * @param name Of the pairs.
   * @param value Only pairs with this value; absent: all of the name.
   */
  delete(name: string, value?: string | null): void;

  /**
   * The first value of a name.
   *
   * @param name Of the pairs.
   */
  get(name: string): string | null;

  /**
   * All values of a name.
   *
   * @param name Of the pairs.
   */
  getAll(name: string): string[];

  /**
   * Whether there is a pair of this name, and of this value where one is given.
   *
   * @param name Of the pairs.
   * @param value The value to look for; absent: any.
   */
  has(name: string, value?: string | null): boolean;

  /**
   * Let a name have this value only.
   *
   * @param name Of the pair; where there are several, the first one stays.
   * @param value Its value.
   */
  set(name: string, value: string): void;

  /** Sort the pairs by name, by code units; those of one name stay in order. */
  sort(): void;

  /** The query, without a `?`. */
  toString(): string;

  /** The pairs. */
  entries(): IterableIterator<[string, string], undefined, unknown>;

  /** The names. */
  keys(): IterableIterator<string, undefined, unknown>;

  /** The values. */
  values(): IterableIterator<string, undefined, unknown>;

  /**
   * Call a function for each pair.
   *
   * @param callback What to call with a pair's value, its name and this object.
   * @param thisArg What `this` is in it.
   */
  forEach(callback: (value: string, name: string, params: URLSearchParams) => void, thisArg?: unknown): void;

  /** The pairs. */
  [Symbol.iterator](): IterableIterator<[string, string], undefined, unknown>;
}

/** How an object is shown. */
interface InspectOptions {
  /**
   * How many levels below the object are shown; null: all.
   *
   * @default 2
   */
  depth?: number | null;
}

/** How far `encodeInto` came. */
interface TextEncoderEncodeIntoResult {
  /** UTF-16 code units taken. */
  readonly read: number;

  /** Bytes written. */
  readonly written: number;
}

/** How to decode. */
interface TextDecoderOptions {
  /**
   * Whether invalid bytes are an error.
   *
   * @default false
   */
  fatal?: boolean;

  /**
   * Whether a byte order mark is kept.
   *
   * @default false
   */
  ignoreBOM?: boolean;
}

/** What comes after. */
interface TextDecodeOptions {
  /**
   * Whether more bytes will follow.
   *
   * @default false
   */
  stream?: boolean;
}

/** What an error event is. */
interface ErrorEventInit {
  /**
   * Whether it bubbles; here nothing does.
   *
   * @default false
   */
  bubbles?: boolean;

  /**
   * Whether its default can be prevented.
   *
   * @default false
   */
  cancelable?: boolean;

  /**
   * Whether it crosses shadow roots.
   *
   * @default false
   */
  composed?: boolean;

  /**
   * What happened.
   *
   * @default ""
   */
  message?: string;

  /**
   * The script.
   *
   * @default ""
   */
  filename?: string;

  /**
   * The line, from 1.
   *
   * @default 0
   */
  lineno?: number;

  /**
   * The column, from 1.
   *
   * @default 0
   */
  colno?: number;

  /** What was thrown. */
  error?: unknown;
}

/** What a rejection event is. */
interface PromiseRejectionEventInit {
  /**
   * Whether it bubbles; here nothing does.
   *
   * @default false
   */
  bubbles?: boolean;

  /**
   * Whether its default can be prevented.
   *
   * @default false
   */
  cancelable?: boolean;

  /**
   * Whether it crosses shadow roots.
   *
   * @default false
   */
  composed?: boolean;

  /** The promise. */
  promise: Promise<unknown>;

  /** What it was rejected with. */
  reason?: unknown;
}

/** The events of the global object, by type. */
interface GlobalEventMap {
  /** Something was thrown and not caught. */
  error: ErrorEvent;

  /** A promise was rejected that nothing handles. */
  unhandledrejection: PromiseRejectionEvent;

  /** Such a rejection is handled after all. */
  rejectionhandled: PromiseRejectionEvent;
}

/** How to listen. */
interface AddEventListenerOptions {
  /**
   * Whether it is called before those that do not capture.
   *
   * @default false
   */
  capture?: boolean;

  /**
   * Whether it is removed when it is called.
   *
   * @default false
   */
  once?: boolean;

  /**
   * Whether it cannot prevent the default.
   *
   * @default false
   */
  passive?: boolean;

  /** Removes the listener when it aborts. */
  signal?: AbortSignal;
}

/** Which listener is meant. */
interface EventListenerOptions {
  /**
   * Whether it is called before those that do not capture.
   *
   * @default false
   */
  capture?: boolean;
}

/** What an event is. */
interface EventInit {
  /**
   * Whether it bubbles; here nothing does.
   *
   * @default false
   */
  bubbles?: boolean;

  /**
   * Whether its default can be prevented.
   *
   * @default false
   */
  cancelable?: boolean;

  /**
   * Whether it crosses shadow roots.
   *
   * @default false
   */
  composed?: boolean;
}

/** What a custom event is. */
interface CustomEventInit<T = unknown> {
  /**
   * Whether it bubbles; here nothing does.
   *
   * @default false
   */
  bubbles?: boolean;

  /**
   * Whether its default can be prevented.
   *
   * @default false
   */
  cancelable?: boolean;

  /**
   * Whether it crosses shadow roots.
   *
   * @default false
   */
  composed?: boolean;

  /** Anything; absent: null. */
  detail?: T;
}

/** What `JSON.stringify` shows of `performance`. */
interface PerformanceJSON {
  /** As of `performance`. */
  readonly timeOrigin: number;
}

/** How to clone. */
interface StructuredSerializeOptions {
  /** Buffers that are moved: the originals are detached. */
  transfer?: Iterable<ArrayBuffer>;
}
