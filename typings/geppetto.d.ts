// Generated from the declarations of bindings in Python. Do not edit.

/** Sessions, runs and engines under the names of the older JavaScript API of Geppetto. */
declare module "geppetto" {
  /** Of the older API. */
  export const version: string;

  /** The words that stand in settings, blocks, metadata and events. */
  export const consts: {
    /** Whether the model may, or has to, ask for a tool. */
    readonly ToolChoice: {
      /** Whether the model may, or has to, ask for a tool. */
      readonly AUTO: "auto";

      /** Whether the model may, or has to, ask for a tool. */
      readonly NONE: "none";

      /** Whether the model may, or has to, ask for a tool. */
      readonly REQUIRED: "required";
    };

    /** What becomes of the error of a tool. */
    readonly ToolErrorHandling: {
      /** What becomes of the error of a tool. */
      readonly CONTINUE: "continue";

      /** What becomes of the error of a tool. */
      readonly ABORT: "abort";

      /** What becomes of the error of a tool. */
      readonly RETRY: "retry";
    };

    /** What a block is. */
    readonly BlockKind: {
      /** What a block is. */
      readonly USER: "user";

      /** What a block is. */
      readonly LLM_TEXT: "llm_text";

      /** What a block is. */
      readonly TOOL_CALL: "tool_call";

      /** What a block is. */
      readonly TOOL_USE: "tool_use";

      /** What a block is. */
      readonly SYSTEM: "system";

      /** What a block is. */
      readonly REASONING: "reasoning";

      /** What a block is. */
      readonly OTHER: "other";
    };

    /** What a hook replies. */
    readonly HookAction: {
      /** What a hook replies. */
      readonly ABORT: "abort";

      /** What a hook replies. */
      readonly RETRY: "retry";

      /** What a hook replies. */
      readonly CONTINUE: "continue";
    };

    /** Keys of `metadata`. */
    readonly MetadataKeys: {
      /** Keys of `metadata`. */
      readonly PROVIDER: "provider";

      /** Keys of `metadata`. */
      readonly RUNTIME: "runtime";

      /** Keys of `metadata`. */
      readonly SESSION_ID: "session_id";

      /** Keys of `metadata`. */
      readonly INFERENCE_ID: "inference_id";

      /** Keys of `metadata`. */
      readonly TRACE_ID: "trace_id";

      /** Keys of `metadata`. */
      readonly USAGE: "usage";

      /** Keys of `metadata`. */
      readonly STOP_REASON: "stop_reason";

      /** Keys of `metadata`. */
      readonly MODEL: "model";
    };

    /** Keys of the `metadata` of a turn. */
    readonly TurnMetadataKeys: {
      /** Keys of the `metadata` of a turn. */
      readonly PROVIDER: "provider";

      /** Keys of the `metadata` of a turn. */
      readonly RUNTIME: "runtime";

      /** Keys of the `metadata` of a turn. */
      readonly SESSION_ID: "session_id";

      /** Keys of the `metadata` of a turn. */
      readonly INFERENCE_ID: "inference_id";

      /** Keys of the `metadata` of a turn. */
      readonly TRACE_ID: "trace_id";

      /** Keys of the `metadata` of a turn. */
      readonly USAGE: "usage";

      /** Keys of the `metadata` of a turn. */
      readonly STOP_REASON: "stop_reason";

      /** Keys of the `metadata` of a turn. */
      readonly MODEL: "model";
    };

    /** Keys of the `metadata` of a run. */
    readonly RunMetadataKeys: {
      /** Keys of the `metadata` of a run. */
      readonly PROVIDER: "provider";

      /** Keys of the `metadata` of a run. */
      readonly RUNTIME: "runtime";

      /** Keys of the `metadata` of a run. */
      readonly SESSION_ID: "session_id";

      /** Keys of the `metadata` of a run. */
      readonly INFERENCE_ID: "inference_id";

      /** Keys of the `metadata` of a run. */
      readonly TRACE_ID: "trace_id";

      /** Keys of the `metadata` of a run. */
      readonly USAGE: "usage";

      /** Keys of the `metadata` of a run. */
      readonly STOP_REASON: "stop_reason";

      /** Keys of the `metadata` of a run. */
      readonly MODEL: "model";
    };

    /** Keys of the `metadata` of a block. */
    readonly BlockMetadataKeys: {
      /** Keys of the `metadata` of a block. */
      readonly MIDDLEWARE: "middleware";

      /** Keys of the `metadata` of a block. */
      readonly AGENT_MODE: "agent_mode";

      /** Keys of the `metadata` of a block. */
      readonly AGENT_MODE_TAG: "agent_mode_tag";

      /** Keys of the `metadata` of a block. */
      readonly TOOL_CALLS: "tool_calls";
    };

    /** Keys of the `data` of a turn. */
    readonly TurnDataKeys: {
      /** Keys of the `data` of a turn. */
      readonly TOOL_CONFIG: "tool_config";

      /** Keys of the `data` of a turn. */
      readonly AGENT_MODE: "agent_mode";

      /** Keys of the `data` of a turn. */
      readonly AGENT_MODE_ALLOWED_TOOLS: "agent_mode_allowed_tools";

      /** Keys of the `data` of a turn. */
      readonly RESPONSES_SERVER_TOOLS: "responses_server_tools";
    };

    /** Keys of the `payload` of a block. */
    readonly PayloadKeys: {
      /** Keys of the `payload` of a block. */
      readonly TEXT: "text";

      /** Keys of the `payload` of a block. */
      readonly ID: "id";

      /** Keys of the `payload` of a block. */
      readonly NAME: "name";

      /** Keys of the `payload` of a block. */
      readonly ARGS: "args";

      /** Keys of the `payload` of a block. */
      readonly RESULT: "result";

      /** Keys of the `payload` of a block. */
      readonly ERROR: "error";

      /** Keys of the `payload` of a block. */
      readonly IMAGES: "images";

      /** Keys of the `payload` of a block. */
      readonly ENCRYPTED_CONTENT: "encrypted_content";

      /** Keys of the `payload` of a block. */
      readonly ITEM_ID: "item_id";
    };

    /** The older names of events. */
    readonly EventType: {
      /** The older names of events. */
      readonly START: "start";

      /** The older names of events. */
      readonly PARTIAL: "partial";

      /** The older names of events. */
      readonly FINAL: "final";

      /** The older names of events. */
      readonly TOOL_CALL: "tool-call";

      /** The older names of events. */
      readonly TOOL_RESULT: "tool-result";

      /** The older names of events. */
      readonly ERROR: "error";
    };
  };

  /**
   * Begin to put a session together.
   *
   * @param options What is known already.
   */
  export function createBuilder(options?: BuilderOptions | null): Builder;

  /**
   * Open a conversation. Its engine does not see the earlier turns.
   *
   * @param options `engine` is what answers.
   * @throws {TypeError} "createSession requires options object with engine" without options,
   *   "builder has no engine configured" without an engine.
   */
  export function createSession(options: SessionOptions): Session;

  /**
   * Answer one turn on a session that is thrown away; the script is parked meanwhile.
   *
   * @param engine What answers.
   * @param turn A turn, or the user's text.
   * @param options What stands around the engine, and how the run is bounded and labelled.
   */
  export function runInference(engine: Engine, turn: TurnInput | string, options?: InferenceOptions | null): Turn;

  /** Turns and blocks as plain data. */
  export namespace turns {
    /**
     * Make a turn from its fields; no id is assigned.
     *
     * @param turn Its fields; those that are left out are empty.
     */
    function newTurn(turn?: TurnInput | null): Turn;

    /**
     * Make a turn as it is kept: kinds in lower case, payloads complete.
     *
     * @param turn The turn; it stays as it is.
     * @throws {TypeError} It is no turn; the message names the path, the value and what was expected.
     */
    function normalize(turn: TurnInput): Turn;

    /**
     * Make a turn that has one block more; the given one stays as it is.
     *
     * @param turn The turn; it stays as it is.
     * @param block What comes last in the new one.
     */
    function appendBlock(turn: TurnInput, block: BlockInput): Turn;

    /**
     * Make a block with what the user says.
     *
     * @param text What the user says.
     */
    function newUserBlock(text: string): Block;

    /**
     * Make a block with instructions.
     *
     * @param text The instructions.
     */
    function newSystemBlock(text: string): Block;

    /**
     * Make a block with what the model says.
     *
     * @param text What the model says.
     */
    function newAssistantBlock(text: string): Block;

    /**
     * Make a block in which the model asks for a tool.
     *
     * @param id Identifies the call; also the block's id.
     * @param name The tool.
     * @param args Its arguments; absent: none.
     */
    function newToolCallBlock(id: string, name: string, args?: unknown): Block;

    /**
     * Make a block with what a tool answered.
     *
     * @param id Of the call.
     * @param result What it returned.
     * @param error Why it failed.
     */
    function newToolUseBlock(id: string, result?: unknown, error?: string | null): Block;
  }

  /** What answers in a session. */
  export namespace engines {
    /**
     * Make an engine that answers with one text, word by word.
     *
     * @param options What it answers, and how fast.
     */
    function echo(options?: EchoOptions | null): Engine;

    /**
     * Make an engine of a function, which may be async.
     *
     * @param fn Gets a copy of the turn. A turn that it returns replaces the staged one, under its id;
     *   returning nothing keeps what it changed on its copy.
     */
    function fromFunction(fn: EngineFunction): Engine;

    /**
     * Make an engine that speaks to a model.
     *
     * @param options Which model, and how it is called.
     * @throws {TypeError} The provider is not known, or something else is wrong.
     * @throws {MissingKeyError} The host has no key for it.
     * @throws {NotGrantedError} `baseURL` is not granted.
     */
    function fromConfig(options: EngineOptions): Engine;

    /**
     * Make an engine from a profile of the host, or from a model of that name.
     *
     * @param profile Which; else `options.profile`, else the environment variable PINOCCHIO_PROFILE of
     *   the host, else `4o-mini`.
     * @param options What goes before the profile's own options.
     */
    function fromProfile(profile?: string | null, options?: EngineOptions | null): Engine;
  }

  /** What wraps each call of an engine. */
  export namespace middlewares {
    /**
     * Refer to a middleware that is a function, which may be async.
     *
     * @param fn Gets a copy of the turn, and `next`, which calls what is inside of it.
     * @param name What errors call it; absent: "js-middleware".
     */
    function fromJS(fn: MiddlewareFunction, name?: string | null): MiddlewareRef;

    /**
     * Refer to a middleware that the host provides; it is looked for when it is used.
     *
     * @param name `systemPrompt`, `reorderToolResults`, `turnLogging`, or what the host has added.
     * @param options What it takes: `systemPrompt` a `prompt`.
     */
    function go(name: import("marotte").HostMiddlewareName, options?: { readonly [key: string]: unknown } | null): MiddlewareRef;

    /**
     * As `go`.
     *
     * @param name As of `go`.
     * @param options As of `go`.
     */
    function host(name: import("marotte").HostMiddlewareName, options?: { readonly [key: string]: unknown } | null): MiddlewareRef;
  }

  /** What an engine may ask for. */
  export namespace tools {
    /** Make a registry of tools, empty. */
    function createRegistry(): ToolRegistry;
  }

  /** What answers in a session. */
  export interface Engine {
    /** `echo`, the function's name, `config`, or `profile:` and the profile. */
    readonly name: string;
  }

  /** What wraps each call of an engine, before a session makes it. */
  export interface MiddlewareRef {
    /** Whether it is a function of the script, or provided by the host. */
    readonly type: "js" | "go";

    /** What errors call it. */
    readonly name: string;

    /** What one of the host takes; absent if it was given none. */
    readonly options: { [key: string]: JsonValue } | null;
  }

  /** The tools that a session offers to its engine. */
  export interface ToolRegistry {
    /**
     * Add a tool that is a function of this script.
     *
     * @param spec Its name, what the model is told of it, and the function.
     * @throws {TypeError} "tool X handler must be a function", or something else is wrong.
     * @throws {DuplicateToolError} There is a tool of that name.
     */
    register<const S extends import("marotte").JsonSchema = import("marotte").JsonSchema>(spec: ToolSpec<S>): this;

    /**
     * Add tools that the host provides; all of them, or in case of an error none.
     *
     * @param names As the host has registered them; without any, all that it has.
     * @throws {ToolNotFoundError} "tool not found: X".
     * @throws {DuplicateToolError} There is a tool of that name.
     */
    useGoTools(names?: readonly string[] | null): this;

    /**
     * As `useGoTools`.
     *
     * @param names As of `useGoTools`.
     */
    useHostTools(names?: readonly string[] | null): this;

    /** The tools in the order in which they were added, those of the host included. */
    list(): ToolInfo[];

    /**
     * Call a tool and wait for its result; the script is parked meanwhile.
     *
     * @param name The tool.
     * @param args Its arguments.
     * @throws {ToolNotFoundError} "tool not found: X".
     * @throws {Error} What the tool failed with.
     */
    call(name: string, args?: unknown): JsonValue;
  }

  /** Collects what a session is made of; every method but the last answers the builder. */
  export interface Builder {
    /**
     * Choose what answers.
     *
     * @param engine From `engines`.
     * @throws {TypeError} "expected engine reference, got …".
     */
    withEngine(engine: Engine): this;

    /**
     * Add a middleware, inside those that were added before.
     *
     * @param middleware From `middlewares`, or a function `(turn, next, ctx)`.
     * @throws {TypeError} "unknown go middleware: X".
     */
    useMiddleware(middleware: MiddlewareRef | MiddlewareFunction): this;

    /**
     * Add a middleware that the host provides, inside those that were added before.
     *
     * @param name `systemPrompt`, `reorderToolResults`, `turnLogging`, or what the host has added.
     * @param options What it takes.
     * @throws {TypeError} "unknown go middleware: X".
     */
    useGoMiddleware(name: import("marotte").HostMiddlewareName, options?: { readonly [key: string]: unknown } | null): this;

    /**
     * As `useGoMiddleware`.
     *
     * @param name As of `useGoMiddleware`.
     * @param options As of `useGoMiddleware`.
     */
    useHostMiddleware(name: import("marotte").HostMiddlewareName, options?: { readonly [key: string]: unknown } | null): this;

    /**
     * Choose what the engine may ask for.
     *
     * @param registry From `tools`.
     * @param loopSettings How tools are executed; absent: as before.
     */
    withTools(registry: ToolRegistry, loopSettings?: ToolLoopSettings | null): this;

    /**
     * Choose how tools are executed.
     *
     * @param settings What is left out is as it is by default.
     * @throws {TypeError} `invalid toolChoice "x", expected one of: auto, none, required`, or the
     *   like.
     */
    withToolLoop(settings: ToolLoopSettings): this;

    /**
     * Choose the functions that see every tool call, in the place of earlier ones.
     *
     * @param hooks The functions; without any there are none.
     */
    withToolHooks(hooks: ToolHooks): this;

    /**
     * Open the session.
     *
     * @throws {TypeError} "builder has no engine configured".
     */
    buildSession(): Session;
  }

  /** A conversation. */
  export interface Session {
    /** Identifies the session. */
    readonly id: string;

    /**
     * Add a copy of a turn, or a turn of one user block for text, and return another copy.
     *
     * @param turn The turn, or the user's text.
     * @throws {SessionBusyError} A run is active.
     */
    append(turn: TurnInput | string): Turn;

    /** A copy of the last committed turn; of an empty session, an empty turn without id. */
    latest(): Turn;

    /** Copies of all committed turns. */
    turns(): Turn[];

    /** How many turns are committed. */
    turnCount(): number;

    /**
     * A copy of one turn.
     *
     * @param index From 0; out of range: `null`.
     */
    getTurn(index: number): Turn | null;

    /**
     * Copies of some turns.
     *
     * @param start The first, from 0.
     * @param end The one behind the last. Both are clamped to what there is.
     */
    turnsRange(start?: number | null, end?: number | null): Turn[];

    /** Whether a run is active. Never throws. */
    isRunning(): boolean;

    /**
     * Cancel the active run.
     *
     * @param reason Why, in free text.
     * @throws {NoActiveRunError} "session has no active inference".
     */
    cancelActive(reason?: string | null): void;

    /**
     * Start a run and wait for its turn; the script is parked meanwhile.
     *
     * @param seed A turn, or the user's text; absent: a copy of the latest turn is extended.
     * @param options How the run is bounded and labelled.
     * @throws {RunStoppedError} Or whatever else the run ended with.
     */
    run(seed?: TurnInput | string | null, options?: RunOptions | null): Turn;

    /**
     * Start a run and wait for its turn.
     *
     * @param seed As of `run`.
     * @param options As of `run`.
     * @throws {TypeError} An argument is wrong. Whatever else refuses the run rejects the promise.
     */
    runAsync(seed?: TurnInput | string | null, options?: RunOptions | null): Promise<Turn>;

    /**
     * Start a run. It begins after the current job, so that `on` and `cancel` come in time.
     *
     * @param seed As of `run`.
     * @param options As of `run`.
     * @throws {TypeError} An argument is wrong. Whatever else refuses the run rejects its promise.
     */
    start(seed?: TurnInput | string | null, options?: RunOptions | null): RunHandle;

    /** Close the session: an active run is stopped, further use is refused. */
    close(): void;
  }

  /** A run: await its `promise`, cancel it, and listen to its events. */
  export interface RunHandle {
    /** Identifies the run, and the inference; empty for one that was refused. */
    readonly id: string;

    /** Where in its life the run is. */
    readonly status: import("marotte").RunStatus;

    /**
     * Resolves with the turn; rejects with the run's error, or why it was refused.
     *
     * It is created when first read: a run whose promise nobody reads reports no unhandled
     * rejection.
     */
    readonly promise: Promise<Turn>;

    /**
     * Cancel the run now; calls in flight are aborted.
     *
     * @param reason Why, in free text.
     * @returns Whether the run is stopping now.
     */
    cancel(reason?: string | null): boolean;

    /**
     * Ask the run to stop at its next boundary; calls in flight finish.
     *
     * @param reason Why, in free text.
     * @returns Whether the run is stopping now.
     */
    stop(reason?: string | null): boolean;

    /**
     * Call a function for each event of a type, past ones included.
     *
     * @param eventType An older name or one of ours; `"*"`: all, each under its older name if it has
     *   one.
     * @param callback Takes the event. What it throws is reported and disturbs nobody else.
     * @throws {TypeError} The type is unknown; the message names the known ones.
     */
    on<K extends keyof StreamEventMap | keyof import("marotte").RunEventMap | "*">(eventType: K, callback: (event: K extends keyof StreamEventMap ? StreamEventMap[K] : K extends keyof import("marotte").RunEventMap ? import("marotte").RunEventMap[K] : StreamEventMap[keyof StreamEventMap] | import("marotte").RunEvent) => void): this;

    /**
     * Call a function for one event of a type, which may be a past one.
     *
     * @param eventType As of `on`.
     * @param callback As of `on`.
     */
    once<K extends keyof StreamEventMap | keyof import("marotte").RunEventMap | "*">(eventType: K, callback: (event: K extends keyof StreamEventMap ? StreamEventMap[K] : K extends keyof import("marotte").RunEventMap ? import("marotte").RunEventMap[K] : StreamEventMap[keyof StreamEventMap] | import("marotte").RunEvent) => void): this;

    /**
     * Take a listener away, at once.
     *
     * @param eventType The type it was registered for.
     * @param callback The function it was registered with.
     */
    off<K extends keyof StreamEventMap | keyof import("marotte").RunEventMap | "*">(eventType: K, callback: (event: K extends keyof StreamEventMap ? StreamEventMap[K] : K extends keyof import("marotte").RunEventMap ? import("marotte").RunEventMap[K] : StreamEventMap[keyof StreamEventMap] | import("marotte").RunEvent) => void): this;
  }

  /** What becomes of what a hook throws; other words than these fail the call. */
  export type HookErrorPolicy = "fail-open" | "open" | (string & {});

  /** One part of a turn, as scripts get it. */
  export interface Block {
    /** Identifies the block; empty as long as nobody has assigned one. */
    id: string;

    /** What the block is, in lower case. */
    kind: import("marotte").AnyBlockKind;

    /** Who speaks, where someone does. */
    role?: string;

    /** The content, by kind. */
    payload: { [key: string]: JsonValue };

    /** About the content; absent if empty. */
    metadata?: { [key: string]: JsonValue };
  }

  /** One exchange, as scripts get it. */
  export interface Turn {
    /** Identifies the turn; empty as long as nobody has assigned one. */
    id: string;

    /** In order of the conversation. */
    blocks: Block[];

    /** About the turn; absent if empty. */
    metadata?: { [key: string]: JsonValue };

    /** Values kept with the turn; absent if empty. */
    data?: { [key: string]: JsonValue };
  }

  /**
   * One part of a turn, as scripts give it.
   *
   * Without a `payload`, it is made of the fields behind it.
   */
  export interface BlockInput {
    /** Identifies the block. */
    id?: string | null;

    /** What the block is; absent: `other`. */
    kind?: import("marotte").AnyBlockKind | null;

    /** Who speaks. */
    role?: string | null;

    /** The content, by kind. */
    payload?: { readonly [key: string]: unknown } | null;

    /** About the content. */
    metadata?: { readonly [key: string]: unknown } | null;

    /** What is said. */
    text?: string | null;

    /** The tool. */
    name?: string | null;

    /** The arguments of a call. */
    args?: unknown;

    /** The result of a call. */
    result?: unknown;

    /** Why a call failed. */
    error?: string | null;
  }

  /** One exchange, as scripts give it. */
  export interface TurnInput {
    /** Identifies the turn. */
    id?: string | null;

    /** In order. */
    blocks?: readonly BlockInput[] | null;

    /** About the turn. */
    metadata?: { readonly [key: string]: unknown } | null;

    /** Values kept with the turn. */
    data?: { readonly [key: string]: unknown } | null;
  }

  /**
   * Asks what comes next; the script is parked until the answer is there.
   *
   * @param turn What to ask with; absent: the turn that the middleware was given.
   */
  export type NextFunction = (turn?: TurnInput | null) => Turn;

  /** What a middleware is told of the run. */
  export interface MiddlewareContext {
    /** Now, in milliseconds since the epoch. */
    readonly timestampMs: number;

    /** The session. */
    readonly sessionId?: string;

    /** The run. */
    readonly inferenceId?: string;

    /** The run's tags. */
    readonly tags: { readonly [key: string]: string };

    /** What errors call it. */
    readonly middlewareName: string;

    /** The turn that is answered. */
    readonly turnId?: string;

    /** The turn's `metadata.trace_id`. */
    readonly traceId?: string;

    /** When the run times out, in milliseconds since the epoch; absent: never. */
    readonly deadlineMs?: number;
  }

  /**
   * Wraps a call of the engine; may be async.
   *
   * @param turn A copy of the turn to answer.
   * @param next Calls what is inside.
   * @param ctx Of the run.
   * @returns The answer; nothing keeps what `next` answered.
   */
  export type MiddlewareFunction = (turn: Turn, next: NextFunction, ctx: MiddlewareContext) => TurnInput | PromiseLike<TurnInput | null | void> | null | void;

  /** A call, as hooks see it. */
  export interface ToolHookCall {
    /** Identifies the call within its turn. */
    id: string;

    /** The tool. */
    name: string;

    /** Its arguments. */
    args?: JsonValue;
  }

  /** What `beforeToolCall` is told. */
  export interface BeforeToolCallPayload {
    /** Now, in milliseconds since the epoch. */
    readonly timestampMs: number;

    /** The session. */
    readonly sessionId?: string;

    /** The run. */
    readonly inferenceId?: string;

    /** The run's tags. */
    readonly tags: { readonly [key: string]: string };

    /** Which hook. */
    readonly phase: "beforeToolCall";

    /** The call, as it is to be executed. */
    readonly call: ToolHookCall;
  }

  /** Another tool, or other arguments. */
  export interface ToolCallChange {
    /** Stays as it is, whatever is said here. */
    id?: string | null;

    /** Another tool. */
    name?: string | null;

    /** Other arguments. */
    args?: unknown;
  }

  /** What `beforeToolCall` may reply: changes of the call, or that there is none. */
  export interface BeforeToolCallReply {
    /** Stays as it is, whatever is said here. */
    id?: string | null;

    /** Another tool. */
    name?: string | null;

    /** Other arguments. */
    args?: unknown;

    /** Changes of the call. */
    call?: ToolCallChange | null;

    /** Do not execute it. */
    action?: "abort" | null;

    /** As `action`. */
    abort?: boolean | null;

    /** What the model is told then. */
    error?: string | null;
  }

  /**
   * Is asked before a tool is executed; may be async.
   *
   * @param payload The call.
   * @returns What is to be changed; nothing changes nothing.
   */
  export type BeforeToolCallHook = (payload: BeforeToolCallPayload) => BeforeToolCallReply | PromiseLike<BeforeToolCallReply | null | void> | null | void;

  /** What came of a call. */
  export interface ToolOutcome {
    /** What the tool answered; null if it failed. */
    readonly value?: JsonValue;

    /** Why it failed; absent if it did not. */
    readonly error?: string;

    /** How long it took, in whole milliseconds. */
    readonly durationMs: number;
  }

  /** What `afterToolCall` is told. */
  export interface AfterToolCallPayload {
    /** Now, in milliseconds since the epoch. */
    readonly timestampMs: number;

    /** The session. */
    readonly sessionId?: string;

    /** The run. */
    readonly inferenceId?: string;

    /** The run's tags. */
    readonly tags: { readonly [key: string]: string };

    /** Which hook. */
    readonly phase: "afterToolCall";

    /** The call, as it was executed. */
    readonly call: ToolHookCall;

    /** What came of it. */
    readonly result: ToolOutcome;
  }

  /** What `afterToolCall` may reply. */
  export interface AfterToolCallReply {
    /** Let it have failed. */
    action?: "abort" | null;

    /** As `action`. */
    abort?: boolean | null;

    /** The result instead. */
    result?: unknown;

    /** The error instead; empty: none. */
    error?: string | null;
  }

  /**
   * Is asked after a tool was executed; may be async.
   *
   * @param payload The call, and what came of it.
   * @returns What is to be changed; nothing changes nothing.
   */
  export type AfterToolCallHook = (payload: AfterToolCallPayload) => AfterToolCallReply | PromiseLike<AfterToolCallReply | null | void> | null | void;

  /** What `onToolError` is told. */
  export interface OnToolErrorPayload {
    /** Now, in milliseconds since the epoch. */
    readonly timestampMs: number;

    /** The session. */
    readonly sessionId?: string;

    /** The run. */
    readonly inferenceId?: string;

    /** The run's tags. */
    readonly tags: { readonly [key: string]: string };

    /** Which hook. */
    readonly phase: "onToolError";

    /** The call, as it was executed. */
    readonly call: ToolHookCall;

    /** How often it was tried before, from 0. */
    readonly attempt: number;

    /** Why it failed. */
    readonly error: string;

    /** Whether it is tried again without a reply. */
    readonly defaultRetry: boolean;

    /** After how many milliseconds, without a reply. */
    readonly defaultBackoffMs: number;
  }

  /** What `onToolError` may reply. */
  export interface OnToolErrorReply {
    /** Try again, or else not; `toolErrorHandling` says what becomes of the error. */
    action?: import("marotte").HookAction | null;

    /** As `action`. */
    retry?: boolean | null;

    /** As `action`. */
    abort?: boolean | null;

    /** Before trying again, wait so many milliseconds. */
    backoffMs?: number | null;
  }

  /**
   * Is asked after a tool has failed; may be async.
   *
   * @param payload The call, and why it failed.
   * @returns What becomes of the call; nothing leaves it to the settings of the tool loop.
   */
  export type ToolErrorHook = (payload: OnToolErrorPayload) => OnToolErrorReply | PromiseLike<OnToolErrorReply | null | void> | null | void;

  /** Functions that see every tool call of a session; without any, there are none. */
  export interface ToolHooks {
    /** May change the call, or abort it. */
    beforeToolCall?: BeforeToolCallHook | null;

    /** May change the result or the error. */
    afterToolCall?: AfterToolCallHook | null;

    /** Decides whether to try again. */
    onToolError?: ToolErrorHook | null;

    /** Whether to report what a hook throws, and go on without it. */
    failOpen?: boolean | null;

    /** `fail-open` or `open` means `failOpen`. */
    hookErrorPolicy?: HookErrorPolicy | null;

    /** As `hookErrorPolicy`. */
    onHookError?: HookErrorPolicy | null;

    /** How often a hook may have one call tried again; absent: 10. */
    maxHookRetries?: number | null;
  }

  /** How tools are executed. */
  export interface ToolLoopSettings {
    /** Whether there are tools; absent: yes. Otherwise one pass. */
    enabled?: boolean | null;

    /** Calls of the engine; absent: 5. */
    maxIterations?: number | null;

    /** Tools at a time; absent: 1, and 3 without any settings. */
    maxParallelTools?: number | null;

    /** Time of one execution, in milliseconds; absent: 30000. */
    executionTimeoutMs?: number | null;

    /** Whether the model may, or has to, ask for a tool; absent: auto. */
    toolChoice?: import("marotte").ToolChoice | null;

    /** Tell the model of an error, end the run, or try again. */
    toolErrorHandling?: import("marotte").ToolErrorHandling | null;

    /** Further tries; absent: 2. */
    retryMaxRetries?: number | null;

    /** Before the first, wait so many milliseconds; absent: 1000. */
    retryBackoffMs?: number | null;

    /** Each further wait is so many times longer; absent: 2. */
    retryBackoffFactor?: number | null;

    /** As of `withToolHooks`. */
    hooks?: ToolHooks | null;
  }

  /** What a session is made of. */
  export interface BuilderOptions {
    /** What answers. */
    engine?: Engine | null;

    /** What wraps each call of the engine; the first outermost. */
    middlewares?: readonly (MiddlewareRef | MiddlewareFunction)[] | null;

    /** What the engine may ask for. */
    tools?: ToolRegistry | null;

    /** How tools are executed. */
    toolLoop?: ToolLoopSettings | null;

    /** Functions that see every tool call. */
    toolHooks?: ToolHooks | null;
  }

  /** What a session is made of. */
  export interface SessionOptions {
    /** What answers. */
    engine: Engine;

    /** What wraps each call of the engine; the first outermost. */
    middlewares?: readonly (MiddlewareRef | MiddlewareFunction)[] | null;

    /** What the engine may ask for. */
    tools?: ToolRegistry | null;

    /** How tools are executed. */
    toolLoop?: ToolLoopSettings | null;

    /** Functions that see every tool call. */
    toolHooks?: ToolHooks | null;
  }

  /** What stands around an engine, and how the run is bounded, stopped and labelled. */
  export interface InferenceOptions {
    /** The run's time, in milliseconds; 0 or absent: no limit. */
    timeoutMs?: number | null;

    /** Labels; what is no text becomes its JSON. */
    tags?: { readonly [key: string]: unknown } | null;

    /** Stops the run when it aborts. */
    signal?: AbortSignal | null;

    /** What answers. */
    engine?: Engine | null;

    /** What wraps each call of the engine; the first outermost. */
    middlewares?: readonly (MiddlewareRef | MiddlewareFunction)[] | null;

    /** What the engine may ask for. */
    tools?: ToolRegistry | null;

    /** How tools are executed. */
    toolLoop?: ToolLoopSettings | null;

    /** Functions that see every tool call. */
    toolHooks?: ToolHooks | null;
  }

  /** Options of `engines.echo`. */
  export interface EchoOptions {
    /** What it answers; blank: "READY". */
    reply?: string | null;

    /** Pause before each word, in milliseconds. */
    delayMs?: number | null;
  }

  /** What an engine is told: all that one of the module `marotte` is. */
  export interface EngineContext {
    /** The session. */
    readonly sessionId: string;

    /** The run. */
    readonly inferenceId: string;

    /** As `inferenceId`. */
    readonly runId: string;

    /** The turn to answer. */
    readonly turnId?: string;

    /** The run's tags. */
    readonly tags: { readonly [key: string]: string };

    /** When the run times out, in milliseconds since the epoch; absent: never. */
    readonly deadlineMs?: number;

    /** Aborts when the run is asked to stop. */
    readonly signal: AbortSignal;

    /** Streams a piece of the answer. */
    readonly emit: import("marotte").RunContext["emit"];

    /** The turns before the one to answer. */
    readonly history: import("marotte").EngineContext["history"];

    /** What the engine may ask for. */
    readonly tools: import("marotte").EngineContext["tools"];

    /** `auto`, `none`, `required`, or the name of the tool that it has to ask for. */
    readonly toolChoice: string;
  }

  /**
   * Answers a turn; may be async.
   *
   * @param turn A copy of the turn to answer.
   * @param ctx Of the run.
   * @returns The turn with its answer; nothing keeps what was changed on the copy.
   */
  export type EngineFunction = (turn: Turn, ctx: EngineContext) => TurnInput | PromiseLike<TurnInput | null | void> | null | void;

  /** Who serves a model. */
  export type ApiType = "openai" | "openai-responses" | "claude" | (string & {});

  /** How a model is called, and which. */
  export interface EngineOptions {
    /** The model's name, with or without its provider in front. */
    model?: string | null;

    /** Who serves it: `openai`, `openai-responses` or `claude`. */
    apiType?: ApiType | null;

    /** As `apiType`. */
    provider?: ApiType | null;

    /** A profile of the host's configuration, or a model's name. */
    profile?: string | null;

    /** How freely it chooses words. */
    temperature?: number | null;

    /** Of which probability it chooses. */
    topP?: number | null;

    /** The most tokens of an answer. */
    maxTokens?: number | null;

    /** The longest a call may take, in seconds. */
    timeoutSeconds?: number | null;

    /** The longest a call may take, in milliseconds. */
    timeoutMs?: number | null;

    /** The key; absent: the host's. */
    apiKey?: string | null;

    /** Where the provider is; it has to be granted. */
    baseURL?: string | null;
  }

  /** What a tool is told of the call and the run. */
  export interface ToolContext {
    /** Now, in milliseconds since the epoch. */
    readonly timestampMs: number;

    /** The session. */
    readonly sessionId?: string;

    /** The run. */
    readonly inferenceId?: string;

    /** The run's tags. */
    readonly tags: { readonly [key: string]: string };

    /** The tool. */
    readonly toolName: string;

    /** Identifies the call; "js-call" for `call` of a registry. */
    readonly callId: string;

    /** The tool, as the call names it. */
    readonly callName: string;

    /** When the run times out, in milliseconds since the epoch; absent: never. */
    readonly deadlineMs?: number;
  }

  /**
   * Answers a call of a tool; may be async. What it throws goes to the model.
   *
   * @param args What the tool's `parameters` admit.
   * @param ctx Of the call and the run.
   * @returns JSON, for the model.
   */
  export type ToolHandler<S extends import("marotte").JsonSchema = import("marotte").JsonSchema> = (args: import("marotte").FromSchema<S>, ctx: ToolContext) => unknown;

  /** A tool that is a function of the script. */
  export interface ToolSpec<S extends import("marotte").JsonSchema = import("marotte").JsonSchema> {
    /** What the model calls it by. */
    name: string;

    /** What it does, for the model. */
    description?: string | null;

    /** The JSON Schema of its arguments. */
    parameters?: import("marotte").CheckedSchema<S> | null;

    /** Answers a call; may be async. What it throws goes to the model. */
    handler: ToolHandler<S>;
  }

  /** A tool of a registry. */
  export interface ToolInfo {
    /** What the model calls it by. */
    readonly name: string;

    /** What it does, for the model. */
    readonly description: string;

    /** The JSON Schema of its arguments. */
    readonly parameters: { readonly [key: string]: JsonValue };
  }

  /** How a run is bounded, stopped and labelled. */
  export interface RunOptions {
    /** The run's time, in milliseconds; 0 or absent: no limit. */
    timeoutMs?: number | null;

    /** Labels; what is no text becomes its JSON. */
    tags?: { readonly [key: string]: unknown } | null;

    /** Stops the run when it aborts. */
    signal?: AbortSignal | null;
  }

  /** The run has begun. */
  export interface StartEvent {
    /** When it happened, in milliseconds since the epoch. */
    readonly timestampMs: number;

    /** The session. */
    readonly sessionId: string;

    /** The run. */
    readonly inferenceId: string;

    /** The turn, if the run works on one. */
    readonly turnId?: string;

    /** Always `"start"`. */
    readonly type: "start";
  }

  /** A piece of the answer. */
  export interface PartialEvent {
    /** When it happened, in milliseconds since the epoch. */
    readonly timestampMs: number;

    /** The session. */
    readonly sessionId: string;

    /** The run. */
    readonly inferenceId: string;

    /** The turn, if the run works on one. */
    readonly turnId?: string;

    /** Always `"partial"`. */
    readonly type: "partial";

    /** The piece. */
    readonly delta: string;

    /** The text so far, with the piece. */
    readonly completion: string;
  }

  /** A text of the answer is complete. */
  export interface FinalEvent {
    /** When it happened, in milliseconds since the epoch. */
    readonly timestampMs: number;

    /** The session. */
    readonly sessionId: string;

    /** The run. */
    readonly inferenceId: string;

    /** The turn, if the run works on one. */
    readonly turnId?: string;

    /** Always `"final"`. */
    readonly type: "final";

    /** The text. */
    readonly text: string;
  }

  /** A call of a tool. */
  export interface StreamToolCall {
    /** Identifies the call within its turn. */
    readonly id: string;

    /** The tool. */
    readonly name: string;

    /** Its arguments, as JSON text. */
    readonly input: string;
  }

  /** The model asks for a tool. */
  export interface ToolCallEvent {
    /** When it happened, in milliseconds since the epoch. */
    readonly timestampMs: number;

    /** The session. */
    readonly sessionId: string;

    /** The run. */
    readonly inferenceId: string;

    /** The turn, if the run works on one. */
    readonly turnId?: string;

    /** Always `"tool-call"`. */
    readonly type: "tool-call";

    /** The call. */
    readonly toolCall: StreamToolCall;
  }

  /** A tool is being executed. */
  export interface ToolCallExecuteEvent {
    /** When it happened, in milliseconds since the epoch. */
    readonly timestampMs: number;

    /** The session. */
    readonly sessionId: string;

    /** The run. */
    readonly inferenceId: string;

    /** The turn, if the run works on one. */
    readonly turnId?: string;

    /** Always `"tool-call-execute"`. */
    readonly type: "tool-call-execute";

    /** The call. */
    readonly toolCall: StreamToolCall;
  }

  /** What came of a call. */
  export interface StreamToolResult {
    /** Of the call. */
    readonly id: string;

    /** JSON text, or "Error: " and why it failed. */
    readonly result: string;
  }

  /** A tool was executed. */
  export interface ToolCallExecutionResultEvent {
    /** When it happened, in milliseconds since the epoch. */
    readonly timestampMs: number;

    /** The session. */
    readonly sessionId: string;

    /** The run. */
    readonly inferenceId: string;

    /** The turn, if the run works on one. */
    readonly turnId?: string;

    /** Always `"tool-call-execution-result"`. */
    readonly type: "tool-call-execution-result";

    /** What came of it. */
    readonly toolResult: StreamToolResult;
  }

  /** A tool was executed; follows `tool-call-execution-result`. */
  export interface ToolResultEvent {
    /** When it happened, in milliseconds since the epoch. */
    readonly timestampMs: number;

    /** The session. */
    readonly sessionId: string;

    /** The run. */
    readonly inferenceId: string;

    /** The turn, if the run works on one. */
    readonly turnId?: string;

    /** Always `"tool-result"`. */
    readonly type: "tool-result";

    /** What came of it. */
    readonly toolResult: StreamToolResult;
  }

  /** The run has ended, neither completed nor stopped. */
  export interface ErrorEvent {
    /** When it happened, in milliseconds since the epoch. */
    readonly timestampMs: number;

    /** The session. */
    readonly sessionId: string;

    /** The run. */
    readonly inferenceId: string;

    /** The turn, if the run works on one. */
    readonly turnId?: string;

    /** Always `"error"`. */
    readonly type: "error";

    /** Why. */
    readonly error: string;
  }

  /** The run was stopped. */
  export interface InterruptEvent {
    /** When it happened, in milliseconds since the epoch. */
    readonly timestampMs: number;

    /** The session. */
    readonly sessionId: string;

    /** The run. */
    readonly inferenceId: string;

    /** The turn, if the run works on one. */
    readonly turnId?: string;

    /** Always `"interrupt"`. */
    readonly type: "interrupt";

    /** The text so far. */
    readonly text: string;
  }

  /** Is never emitted. */
  export interface LogEvent {
    /** When it happened, in milliseconds since the epoch. */
    readonly timestampMs: number;

    /** The session. */
    readonly sessionId: string;

    /** The run. */
    readonly inferenceId: string;

    /** The turn, if the run works on one. */
    readonly turnId?: string;

    /** Always `"log"`. */
    readonly type: "log";
  }

  /** Is never emitted. */
  export interface InfoEvent {
    /** When it happened, in milliseconds since the epoch. */
    readonly timestampMs: number;

    /** The session. */
    readonly sessionId: string;

    /** The run. */
    readonly inferenceId: string;

    /** The turn, if the run works on one. */
    readonly turnId?: string;

    /** Always `"info"`. */
    readonly type: "info";
  }

  /** The events that have an older name, by it. */
  export interface StreamEventMap {
    /** When the run begins. */
    start: StartEvent;

    /** For each piece of the answer. */
    partial: PartialEvent;

    /** For each text of the answer, when it is complete. */
    final: FinalEvent;

    /** When the model asks for a tool. */
    "tool-call": ToolCallEvent;

    /** When a tool begins to execute. */
    "tool-call-execute": ToolCallExecuteEvent;

    /** When a tool has executed. */
    "tool-call-execution-result": ToolCallExecutionResultEvent;

    /** As `tool-call-execution-result`, after it. */
    "tool-result": ToolResultEvent;

    /** When the run ends, neither completed nor stopped. */
    error: ErrorEvent;

    /** When the run ends because it was stopped. */
    interrupt: InterruptEvent;

    /** Never. */
    log: LogEvent;

    /** Never. */
    info: InfoEvent;
  }

  /** Any JSON value. */
  export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

  /** All that the module offers, as `require` returns it. */
  const _default: {
    readonly version: typeof version;
    readonly consts: typeof consts;
    readonly createBuilder: typeof createBuilder;
    readonly createSession: typeof createSession;
    readonly runInference: typeof runInference;
    readonly turns: typeof turns;
    readonly engines: typeof engines;
    readonly middlewares: typeof middlewares;
    readonly tools: typeof tools;
  };
  export default _default;
}
