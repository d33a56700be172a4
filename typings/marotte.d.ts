// Generated from the declarations of bindings in Python. Do not edit.

/** Agents: sessions, runs and the engines that answer. */
declare module "marotte" {
  /** Marotte's version. */
  export const version: string;

  /** The words that stand in statuses, stop reasons, blocks and events. */
  export const consts: {
    /** What a block is. */
    readonly BlockKind: {
      /** What the user says. */
      readonly USER: "user";

      /** What the model says. */
      readonly LLM_TEXT: "llm_text";

      /** The model asks for a tool. */
      readonly TOOL_CALL: "tool_call";

      /** What a tool has answered. */
      readonly TOOL_USE: "tool_use";

      /** Instructions. */
      readonly SYSTEM: "system";

      /** The model's reasoning. */
      readonly REASONING: "reasoning";

      /** A picture. */
      readonly IMAGE: "image";

      /** Something else. */
      readonly OTHER: "other";
    };

    /** What has happened: the types of events. */
    readonly EventType: {
      /** Execution begins. */
      readonly RUN_STARTED: "run-started";

      /** A piece of a model's answer. */
      readonly TEXT_DELTA: "text-delta";

      /** A text of a model's answer is complete. */
      readonly TEXT_FINISHED: "text-finished";

      /** A piece of a model's reasoning. */
      readonly REASONING_DELTA: "reasoning-delta";

      /** A text of a model's reasoning is complete. */
      readonly REASONING_FINISHED: "reasoning-finished";

      /** A model asks for a tool. */
      readonly TOOL_CALL_REQUESTED: "tool-call-requested";

      /** A tool begins to execute. */
      readonly TOOL_EXECUTION_STARTED: "tool-execution-started";

      /** A tool has executed. */
      readonly TOOL_EXECUTION_FINISHED: "tool-execution-finished";

      /** A request to a model begins. */
      readonly MODEL_CALL_STARTED: "model-call-started";

      /** A request to a model has ended, in whatever way. */
      readonly MODEL_CALL_FINISHED: "model-call-finished";

      /** What a script wrote to its console or output. */
      readonly OUTPUT: "output";

      /** The run's turn, which the envelope names, is now part of the session. */
      readonly TURN_COMMITTED: "turn-committed";

      /** The run started another. */
      readonly CHILD_STARTED: "child-started";

      /** A run that this one started has ended. */
      readonly CHILD_FINISHED: "child-finished";

      /** The run waits for something from outside. */
      readonly RUN_YIELDED: "run-yielded";

      /** The run no longer waits. */
      readonly RUN_RESUMED: "run-resumed";

      /** Something that its author should know of, and that did not change the run's outcome. */
      readonly DIAGNOSTIC: "diagnostic";

      /** Marks a hole in a replay: a log in memory had to forget these events. */
      readonly EVENTS_DROPPED: "events-dropped";

      /** A stop was accepted, or became harder. */
      readonly RUN_STOPPING: "run-stopping";

      /** The terminal event: always there, always last. */
      readonly RUN_FINISHED: "run-finished";
    };

    /** Where in its life a run is. */
    readonly RunStatus: {
      /** It waits for another run of the session. */
      readonly QUEUED: "queued";

      /** It executes. */
      readonly RUNNING: "running";

      /** It waits for something from outside. */
      readonly WAITING: "waiting";

      /** A stop was accepted; what is in flight comes to its end. */
      readonly STOPPING: "stopping";

      /** It has done what it was started for. */
      readonly COMPLETED: "completed";

      /** Somebody ended it. */
      readonly STOPPED: "stopped";

      /** Its deadline passed. */
      readonly TIMED_OUT: "timed_out";

      /** It reached one of its limits. */
      readonly LIMIT_REACHED: "limit_reached";

      /** An error ended it. */
      readonly FAILED: "failed";

      /** The process that executed it is gone. */
      readonly LOST: "lost";
    };

    /** How a run is stopped. */
    readonly StopMode: {
      /** At the next boundary; what is in flight comes to its end. */
      readonly STOP: "stop";

      /** Now; what is in flight is aborted. */
      readonly CANCEL: "cancel";
    };

    /** Why a run has ended, or is to end. */
    readonly StopReason: {
      /** It was complete. */
      readonly END_TURN: "end_turn";

      /** Somebody stopped it. */
      readonly USER_STOP: "user_stop";

      /** Somebody cancelled it. */
      readonly USER_CANCEL: "user_cancel";

      /** The run that started it was stopped. */
      readonly PARENT_STOPPED: "parent_stopped";

      /** Its session was closed. */
      readonly SESSION_CLOSED: "session_closed";

      /** Another run took its place. */
      readonly SUPERSEDED: "superseded";

      /** Nobody listens any more, and it was to end then. */
      readonly CLIENT_DISCONNECT: "client_disconnect";

      /** The host shuts down. */
      readonly SHUTDOWN: "shutdown";

      /** Its time was over. */
      readonly DEADLINE: "deadline";

      /** The session may hold no further turn. */
      readonly MAX_TURNS: "max_turns";

      /** It may call its engine no further time. */
      readonly MAX_ITERATIONS: "max_iterations";

      /** It has spent its tokens, or its money. */
      readonly MAX_BUDGET: "max_budget";

      /** It may call no further tool. */
      readonly TOOL_CALLS: "tool_calls";

      /** It has computed for too long. */
      readonly CPU: "cpu";

      /** Its realm has grown too large. */
      readonly MEMORY: "memory";

      /** It has written too much. */
      readonly OUTPUT: "output";

      /** It has existed for too long. */
      readonly LIFETIME: "lifetime";

      /** An error escaped from a script. */
      readonly SCRIPT_ERROR: "script_error";

      /** A tool failed in a way that ends the run. */
      readonly TOOL_ERROR: "tool_error";

      /** Its engine failed. */
      readonly PROVIDER_ERROR: "provider_error";

      /** The host failed. */
      readonly INTERNAL_ERROR: "internal_error";

      /** It waited for something that can never happen. */
      readonly DEADLOCK: "deadlock";

      /** The process that executed it is gone. */
      readonly WORKER_LOST: "worker_lost";
    };
  };

  /**
   * Open a conversation.
   *
   * @param options `engine` is what answers.
   * @throws {TypeError} "createSession requires options object with engine" without options,
   *   "builder has no engine configured" without an engine.
   * @example
   * const session = createSession({ engine: engines.model("openai:gpt-5") });
   * const turn = await session.runAsync("What is a marotte?", { timeoutMs: 30_000 });
   * console.log(turn.text);
   */
  export function createSession(options: SessionOptions): Session;

  /**
   * Begin to put a session together.
   *
   * @param options What is known already.
   * @example
   * const session = createBuilder()
   *   .withEngine(engines.model("openai:gpt-5"))
   *   .useHostMiddleware("systemPrompt", { prompt: "Be brief." })
   *   .withTools(registry, { maxIterations: 3 })
   *   .buildSession();
   */
  export function createBuilder(options?: BuilderOptions | null): Builder;

  /**
   * Answer one turn on a session that is thrown away; the script is parked meanwhile.
   *
   * @param engine What answers.
   * @param turn A turn, or the user's text.
   * @param options How the run is bounded and labelled, and what stands around the engine.
   * @example
   * const turn = runInference(engines.echo({ reply: "hello" }), "hi", { timeoutMs: 5_000 });
   * console.log(turn.text);
   */
  export function runInference<const S extends JsonSchema = JsonSchema>(engine: Engine, turn: TurnInput | string, options?: InferenceOptions<S> | null): AnsweredTurn<OutputOf<S>>;

  /** What answers in a session: models, and what stands in for them. */
  export namespace engines {
    /**
     * Make an engine that streams its reply word by word, with the events of a real model.
     *
     * @param options What it answers, and how fast.
     */
    function echo(options?: EchoOptions | null): Engine;

    /**
     * Make an engine that plays the given replies and tool calls in order.
     *
     * A reply beyond the last one fails the run with an error that says so.
     *
     * @param replies One for each call of the engine; a text is a reply of nothing else.
     * @example
     * const engine = engines.scripted([
     *   { toolCalls: [{ id: "1", name: "add", args: { a: 19, b: 23 } }] },
     *   "It is 42.",
     * ]);
     */
    function scripted(replies: readonly (ScriptedReply | string)[]): Engine;

    /**
     * Make an engine that speaks to a model.
     *
     * The key is the host's, which no script sees. A place that the options choose has to be granted,
     * and is sent no key but theirs.
     *
     * @param id `provider:name`, such as `openai:gpt-5` or `anthropic:claude-opus-4-5`. Providers are
     *   `openai`, `openai-responses`, `openai-chat` and `anthropic`; `openai` means the Responses API
     *   at OpenAI itself, and Chat Completions at another place.
     * @param options How the model is called.
     * @throws {TypeError} The name is not of that form, or the provider is not known.
     * @throws {MissingExtraError} The host lacks what speaks to the provider.
     * @throws {MissingKeyError} The host has no key for it.
     * @throws {NotGrantedError} The place is not granted.
     * @example
     * const engine = engines.model("openai:gpt-5", { temperature: 0, maxTokens: 500 });
     */
    function model(id: ModelId, options?: ModelOptions | null): Engine;

    /**
     * Make an engine from options that name the model, or a profile to begin with.
     *
     * @param options Which model, and how it is called.
     * @throws {EngineConfigError} No model is named.
     */
    function fromConfig(options: ConfigOptions): Engine;

    /**
     * Make an engine from a profile of the host's configuration.
     *
     * @param name The profile; else the options name it, else the host (`--profile`, `--model`, the
     *   environment variable `MAROTTE_PROFILE`, `default_profile` in the configuration).
     * @param options What goes before the profile's own options.
     * @throws {UnknownProfileError} There is no such profile, or none is chosen.
     */
    function fromProfile(name?: string | null, options?: ConfigOptions | null): Engine;

    /**
     * Make an engine of a function, which may be async.
     *
     * @param fn Gets a copy of the turn. A turn that it returns replaces the staged one, under its id;
     *   returning nothing keeps what it changed on its copy. It may stream with `ctx.emit`; without
     *   that, its answer is emitted as one delta.
     * @example
     * const shouting = engines.fromFunction((turn, ctx) => {
     *   const said = String(turn.blocks.at(-1)?.payload.text).toUpperCase();
     *   ctx.emit({ type: "text-delta", delta: said });
     *   return turns.appendBlock(turn, turns.newAssistantBlock(said));
     * });
     */
    function fromFunction(fn: EngineFunction): Engine;
  }

  /** Turns and blocks as plain data: JSON in, JSON out. */
  export namespace turns {
    /**
     * Make a turn from its fields; an id is assigned where there is none.
     *
     * @param turn Its fields; those that are left out are empty.
     */
    function newTurn(turn?: TurnInput | null): Turn;

    /**
     * Complete a turn: ids, kinds and payloads as they are kept.
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
     * @param args Its arguments.
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

  /** What a model may ask for: functions of the script, and of the host. */
  export namespace tools {
    /** Make a registry of tools, empty. */
    function createRegistry(): ToolRegistry;
  }

  /** What wraps each call of an engine. */
  export namespace middlewares {
    /**
     * Make a middleware that the host provides.
     *
     * @param name `systemPrompt`, `reorderToolResults`, `turnLogging`, or what the host has added.
     * @param options What it takes: `systemPrompt` a `prompt`.
     * @throws {UnknownMiddlewareError} "unknown host middleware: X".
     */
    function host<const N extends HostMiddlewareName>(name: N, ...options: MiddlewareArguments<N>): Middleware;

    /**
     * Make a middleware of a function, which may be async.
     *
     * @param fn Gets a copy of the turn, and `next`, which calls the engine, or the middleware that
     *   was registered after this one: with the turn it is given, or else with the original one.
     *   `next` may be called several times, or not at all. The turn that the function returns is the
     *   answer; returning nothing keeps what `next` answered, or threw.
     * @param name What errors call it; absent: the function's name.
     * @example
     * const timed = middlewares.fromJS(async (turn, next, ctx) => {
     *   const begin = performance.now();
     *   const answer = await next(turn);
     *   console.log(ctx.runId, performance.now() - begin);
     *   return answer;
     * }, "timed");
     */
    function fromJS(fn: MiddlewareFunction, name?: string | null): Middleware;
  }

  /** Scripts and functions that are called by name, as runs of their own. */
  export namespace agents {
    /**
     * Run an agent as a child of the current run and wait for its result.
     *
     * The child inherits the token, the deadline and the tags; when this run is stopped, it stops.
     *
     * @param name As it was defined.
     * @param input JSON, the first argument of the agent.
     * @param options How the child is bounded and labelled.
     * @throws {UnknownAgentError} No agent of that name is defined.
     * @throws {ScriptError} The agent failed.
     */
    function call(name: string, input?: unknown, options?: RunOptions | null): Promise<JsonValue>;

    /**
     * Start an agent as a child of the current run.
     *
     * @param name As it was defined.
     * @param input JSON, the first argument of the agent.
     * @param options How the child is bounded and labelled.
     */
    function start(name: string, input?: unknown, options?: RunOptions | null): RunHandle<JsonValue>;

    /**
     * Define an agent.
     *
     * @param name What to call it by.
     * @param agent The path of a module that exports `default async (input, ctx)`, relative to the
     *   folder of the script that was started, which gets a fresh realm for each call; or a function,
     *   which is called in this one.
     * @throws {DuplicateAgentError} An agent of that name is defined already.
     * @example
     * agents.define("reader", "./agents/reader.mjs");
     * agents.define("twice", (input, ctx) => [input, input]);
     * const answer = await agents.call("twice", "again");
     */
    function define<Input = JsonValue>(name: string, agent: string | AgentFunction<Input>): void;
  }

  /** The run was stopped or cancelled: by a user, its parent, its session, a shutdown. */
  export class RunStoppedError extends Error {
    /** The error's class. */
    readonly name: "RunStoppedError";

    /** What went wrong, as a stable word; of a run, its stop reason. */
    readonly code: string;

    /** The run concerned. */
    readonly runId?: string;

    /** The session concerned. */
    readonly sessionId?: string;

    /** Seed and answer so far of a turn run that did not complete. */
    readonly partialTurn?: Turn;
  }

  /** The run's deadline passed. */
  export class RunTimeoutError extends Error {
    /** The error's class. */
    readonly name: "RunTimeoutError";

    /** What went wrong, as a stable word; of a run, its stop reason. */
    readonly code: string;

    /** The run concerned. */
    readonly runId?: string;

    /** The session concerned. */
    readonly sessionId?: string;

    /** Seed and answer so far of a turn run that did not complete. */
    readonly partialTurn?: Turn;
  }

  /** The run reached one of its limits; `code` says which. */
  export class RunLimitError extends Error {
    /** The error's class. */
    readonly name: "RunLimitError";

    /** What went wrong, as a stable word; of a run, its stop reason. */
    readonly code: string;

    /** The run concerned. */
    readonly runId?: string;

    /** The session concerned. */
    readonly sessionId?: string;

    /** Seed and answer so far of a turn run that did not complete. */
    readonly partialTurn?: Turn;
  }

  /** The session runs a turn already; nothing was changed. */
  export class SessionBusyError extends Error {
    /** The error's class. */
    readonly name: "SessionBusyError";

    /** What went wrong, as a stable word; of a run, its stop reason. */
    readonly code: string;

    /** The run concerned. */
    readonly runId?: string;

    /** The session concerned. */
    readonly sessionId?: string;

    /** Seed and answer so far of a turn run that did not complete. */
    readonly partialTurn?: Turn;
  }

  /** There is nothing to infer from: no seed, and no turn or an empty one in the session. */
  export class EmptyTurnError extends Error {
    /** The error's class. */
    readonly name: "EmptyTurnError";

    /** What went wrong, as a stable word; of a run, its stop reason. */
    readonly code: string;

    /** The run concerned. */
    readonly runId?: string;

    /** The session concerned. */
    readonly sessionId?: string;

    /** Seed and answer so far of a turn run that did not complete. */
    readonly partialTurn?: Turn;
  }

  /** The session is idle, so there is nothing to stop. */
  export class NoActiveRunError extends Error {
    /** The error's class. */
    readonly name: "NoActiveRunError";

    /** What went wrong, as a stable word; of a run, its stop reason. */
    readonly code: string;

    /** The run concerned. */
    readonly runId?: string;

    /** The session concerned. */
    readonly sessionId?: string;

    /** Seed and answer so far of a turn run that did not complete. */
    readonly partialTurn?: Turn;
  }

  /** An engine failed: a model's provider, or a function that stands in for one. */
  export class EngineError extends Error {
    /** The error's class. */
    readonly name: "EngineError";

    /** What went wrong, as a stable word; of a run, its stop reason. */
    readonly code: string;

    /** The run concerned. */
    readonly runId?: string;

    /** The session concerned. */
    readonly sessionId?: string;

    /** Seed and answer so far of a turn run that did not complete. */
    readonly partialTurn?: Turn;

    /** Who served the model, of an error of a provider. */
    readonly provider?: string;

    /** The HTTP status it answered with. */
    readonly status?: number;

    /** What it calls the request. */
    readonly requestId?: string;
  }

  /** A tool failed in a way that ends the run. */
  export class ToolError extends Error {
    /** The error's class. */
    readonly name: "ToolError";

    /** What went wrong, as a stable word; of a run, its stop reason. */
    readonly code: string;

    /** The run concerned. */
    readonly runId?: string;

    /** The session concerned. */
    readonly sessionId?: string;

    /** Seed and answer so far of a turn run that did not complete. */
    readonly partialTurn?: Turn;
  }

  /** An error escaped from a script. */
  export class ScriptError extends Error {
    /** The error's class. */
    readonly name: "ScriptError";

    /** What went wrong, as a stable word; of a run, its stop reason. */
    readonly code: string;

    /** The run concerned. */
    readonly runId?: string;

    /** The session concerned. */
    readonly sessionId?: string;

    /** Seed and answer so far of a turn run that did not complete. */
    readonly partialTurn?: Turn;
  }

  /** The process that executed the run is gone. */
  export class RunLostError extends Error {
    /** The error's class. */
    readonly name: "RunLostError";

    /** What went wrong, as a stable word; of a run, its stop reason. */
    readonly code: string;

    /** The run concerned. */
    readonly runId?: string;

    /** The session concerned. */
    readonly sessionId?: string;

    /** Seed and answer so far of a turn run that did not complete. */
    readonly partialTurn?: Turn;
  }

  /**
   * A run may have no further child: the tree is too deep (`max_depth`) or too wide
   * (`max_children`). The child was refused; the run itself goes on.
   */
  export class RunTreeError extends Error {
    /** The error's class. */
    readonly name: "RunTreeError";

    /** What went wrong, as a stable word; of a run, its stop reason. */
    readonly code: string;

    /** The run concerned. */
    readonly runId?: string;

    /** The session concerned. */
    readonly sessionId?: string;

    /** Seed and answer so far of a turn run that did not complete. */
    readonly partialTurn?: Turn;
  }

  /** The session was closed. */
  export class SessionClosedError extends Error {
    /** The error's class. */
    readonly name: "SessionClosedError";

    /** What went wrong, as a stable word; of a run, its stop reason. */
    readonly code: string;

    /** The run concerned. */
    readonly runId?: string;

    /** The session concerned. */
    readonly sessionId?: string;

    /** Seed and answer so far of a turn run that did not complete. */
    readonly partialTurn?: Turn;
  }

  /** No agent of that name is defined. */
  export class UnknownAgentError extends Error {
    /** The error's class. */
    readonly name: "UnknownAgentError";

    /** What went wrong, as a stable word; of a run, its stop reason. */
    readonly code: string;

    /** The run concerned. */
    readonly runId?: string;

    /** The session concerned. */
    readonly sessionId?: string;

    /** Seed and answer so far of a turn run that did not complete. */
    readonly partialTurn?: Turn;
  }

  /** An agent of that name is defined already. */
  export class DuplicateAgentError extends Error {
    /** The error's class. */
    readonly name: "DuplicateAgentError";

    /** What went wrong, as a stable word; of a run, its stop reason. */
    readonly code: string;

    /** The run concerned. */
    readonly runId?: string;

    /** The session concerned. */
    readonly sessionId?: string;

    /** Seed and answer so far of a turn run that did not complete. */
    readonly partialTurn?: Turn;
  }

  /** No tool of that name is registered. */
  export class ToolNotFoundError extends Error {
    /** The error's class. */
    readonly name: "ToolNotFoundError";

    /** What went wrong, as a stable word; of a run, its stop reason. */
    readonly code: string;

    /** The run concerned. */
    readonly runId?: string;

    /** The session concerned. */
    readonly sessionId?: string;

    /** Seed and answer so far of a turn run that did not complete. */
    readonly partialTurn?: Turn;
  }

  /** The arguments do not match the tool's JSON Schema. */
  export class ToolArgumentsError extends Error {
    /** The error's class. */
    readonly name: "ToolArgumentsError";

    /** What went wrong, as a stable word; of a run, its stop reason. */
    readonly code: string;

    /** The run concerned. */
    readonly runId?: string;

    /** The session concerned. */
    readonly sessionId?: string;

    /** Seed and answer so far of a turn run that did not complete. */
    readonly partialTurn?: Turn;
  }

  /** A tool of that name is registered already. */
  export class DuplicateToolError extends Error {
    /** The error's class. */
    readonly name: "DuplicateToolError";

    /** What went wrong, as a stable word; of a run, its stop reason. */
    readonly code: string;

    /** The run concerned. */
    readonly runId?: string;

    /** The session concerned. */
    readonly sessionId?: string;

    /** Seed and answer so far of a turn run that did not complete. */
    readonly partialTurn?: Turn;
  }

  /** No host middleware of that name is registered. */
  export class UnknownMiddlewareError extends Error {
    /** The error's class. */
    readonly name: "UnknownMiddlewareError";

    /** What went wrong, as a stable word; of a run, its stop reason. */
    readonly code: string;

    /** The run concerned. */
    readonly runId?: string;

    /** The session concerned. */
    readonly sessionId?: string;

    /** Seed and answer so far of a turn run that did not complete. */
    readonly partialTurn?: Turn;
  }

  /** A model, a profile or the configuration file is not as it should be. */
  export class EngineConfigError extends Error {
    /** The error's class. */
    readonly name: "EngineConfigError";

    /** What went wrong, as a stable word; of a run, its stop reason. */
    readonly code: string;

    /** The run concerned. */
    readonly runId?: string;

    /** The session concerned. */
    readonly sessionId?: string;

    /** Seed and answer so far of a turn run that did not complete. */
    readonly partialTurn?: Turn;
  }

  /** The extra of the distribution that speaks to a provider is not installed. */
  export class MissingExtraError extends Error {
    /** The error's class. */
    readonly name: "MissingExtraError";

    /** What went wrong, as a stable word; of a run, its stop reason. */
    readonly code: string;

    /** The run concerned. */
    readonly runId?: string;

    /** The session concerned. */
    readonly sessionId?: string;

    /** Seed and answer so far of a turn run that did not complete. */
    readonly partialTurn?: Turn;
  }

  /** There is no key for a provider, neither in the environment nor in the configuration. */
  export class MissingKeyError extends Error {
    /** The error's class. */
    readonly name: "MissingKeyError";

    /** What went wrong, as a stable word; of a run, its stop reason. */
    readonly code: string;

    /** The run concerned. */
    readonly runId?: string;

    /** The session concerned. */
    readonly sessionId?: string;

    /** Seed and answer so far of a turn run that did not complete. */
    readonly partialTurn?: Turn;
  }

  /** A script asked for something that its host did not grant. */
  export class NotGrantedError extends Error {
    /** The error's class. */
    readonly name: "NotGrantedError";

    /** What went wrong, as a stable word; of a run, its stop reason. */
    readonly code: string;

    /** The run concerned. */
    readonly runId?: string;

    /** The session concerned. */
    readonly sessionId?: string;

    /** Seed and answer so far of a turn run that did not complete. */
    readonly partialTurn?: Turn;
  }

  /** No profile of that name is configured. */
  export class UnknownProfileError extends Error {
    /** The error's class. */
    readonly name: "UnknownProfileError";

    /** What went wrong, as a stable word; of a run, its stop reason. */
    readonly code: string;

    /** The run concerned. */
    readonly runId?: string;

    /** The session concerned. */
    readonly sessionId?: string;

    /** Seed and answer so far of a turn run that did not complete. */
    readonly partialTurn?: Turn;
  }

  /** What wraps each call of an engine. */
  class Middleware {
    #private;
    private constructor();

    /** What errors call it. */
    readonly name: string;
  }

  /**
   * The tools that a session offers to its engine.
   *
   * What `register` and `useHostTools` answer is the same registry: of that, the compiler knows the
   * tools that were added, and `call` their arguments.
   */
  class ToolRegistry<Known = unknown> {
    #private;
    private constructor();

    /**
     * Add a tool that is a function of this script.
     *
     * @param spec Its name, what the model is told of it, and the function.
     * @throws {DuplicateToolError} There is a tool of that name.
     * @throws {TypeError} The parameters are no JSON Schema, or something else is wrong.
     * @example
     * registry.register({
     *   name: "add",
     *   description: "Add two numbers.",
     *   parameters: {
     *     type: "object",
     *     properties: { a: { type: "number" }, b: { type: "number" } },
     *     required: ["a", "b"],
     *   },
     *   handler: ({ a, b }, ctx) => a + b,
     * });
     */
    register<const N extends string = string, const S extends JsonSchema = JsonSchema>(spec: ToolSpec<N, S>): ToolRegistry<Known & { [K in N]: ScriptTool<FromSchema<S>> }>;

    /**
     * Add a tool whose every call is a run of an agent, a child of the run that calls.
     *
     * It is stopped with that, and counts for its limits of `depth` and `children`.
     *
     * @param agent The name of one that was defined with `agents.define`; or a session, with whose
     *   engine and tools each call is answered, in a conversation of its own that begins with the
     *   turns of the session. Its result is the text, or the structured result.
     * @param options What the model is told of it, and how its runs are bounded.
     * @throws {UnknownAgentError} No agent of that name is defined.
     * @throws {DuplicateToolError} There is a tool of that name.
     */
    registerAgent<const P extends JsonSchema = JsonSchema, const S extends JsonSchema = JsonSchema>(agent: string | Session, options?: AgentToolOptions<P, S> | null): this;

    /**
     * Add tools that the host provides; all of them, or in case of an error none.
     *
     * @param names As the host has registered them.
     * @throws {ToolNotFoundError} "tool not found: X".
     * @throws {DuplicateToolError} There is a tool of that name.
     */
    useHostTools<const N extends keyof HostTools | (string & {})>(names: readonly N[]): ToolRegistry<Known & Pick<HostTools, N & keyof HostTools>>;

    /** The tools in the order in which they were added, those of the host included. */
    list(): ToolInfo[];

    /**
     * Call a tool and wait for its result; the script is parked meanwhile.
     *
     * @param name The tool.
     * @param args Its arguments, checked against its parameters; absent: none.
     * @throws {ToolNotFoundError} "tool not found: X".
     * @throws {NestingError} 8 calls are parked already.
     */
    call<R, const N extends keyof KnownTools<R> | (string & {})>(this: R, name: N, ...args: ToolArguments<KnownTools<R>, N>): ToolResult<KnownTools<R>, N>;

    /**
     * Call a tool; all refusals reject the promise.
     *
     * @param name As of `call`.
     * @param args As of `call`.
     */
    callAsync<R, const N extends keyof KnownTools<R> | (string & {})>(this: R, name: N, ...args: ToolArguments<KnownTools<R>, N>): Promise<ToolResult<KnownTools<R>, N>>;
  }

  /** What answers in a session: a model, or something that stands in for one. */
  class Engine {
    #private;
    private constructor();
  }

  /** A conversation: turns and metadata. It is state, and never cancelled; runs are. */
  class Session {
    #private;
    private constructor();

    /** Identifies the session. */
    readonly id: string;

    /** What committed runs used. A run's own spend, cancelled or not, is on the run. */
    readonly usage: Usage;

    /**
     * Add a copy of a turn, or a turn of one user block for text, and return another copy.
     *
     * @param turn The turn, or the user's text.
     * @throws {SessionBusyError} A run is active.
     * @throws {SessionClosedError} The session was closed.
     */
    append(turn: TurnInput | string): AnsweredTurn;

    /** A copy of the last committed turn, `null` for an empty session. */
    latest(): AnsweredTurn | null;

    /** Copies of all committed turns. */
    turns(): AnsweredTurn[];

    /**
     * A copy of one turn.
     *
     * @param index From 0; out of range: `null`.
     */
    getTurn(index: number): AnsweredTurn | null;

    /**
     * Copies of some turns.
     *
     * @param start The first, from 0.
     * @param end The one behind the last. Both are clamped to what there is.
     */
    turnsRange(start?: number | null, end?: number | null): AnsweredTurn[];

    /** How many turns are committed. */
    turnCount(): number;

    /** Whether a run is active. Never throws. */
    isRunning(): boolean;

    /**
     * Cancel the active run.
     *
     * @param reason Why, in free text; it stands in the record of the run.
     * @throws {NoActiveRunError} "session has no active inference".
     */
    cancelActive(reason?: string | null): void;

    /**
     * Stop the active run.
     *
     * @param reason Why, in free text; it stands in the record of the run.
     * @throws {NoActiveRunError} "session has no active inference".
     */
    stopActive(reason?: string | null): void;

    /**
     * Start a run. It begins after the current job, so that `on` and `cancel` come in time.
     *
     * @param seed A turn, or the user's text; absent: a copy of the latest turn is extended.
     * @param options How the run is bounded and labelled.
     * @throws {SessionBusyError} "session already has an active inference".
     * @throws {EmptyTurnError} "session has no seed turn (or seed turn is empty)".
     * @throws {TypeError} An option is unknown or wrong; the message names it.
     * @example
     * const run = session.start("What is 9 + 3?", { timeoutMs: 5_000, tags: { id: "T-1" } });
     * run.on("text-delta", (event) => console.log(event.delta));
     * const turn = await run.promise;
     */
    start<const S extends JsonSchema = JsonSchema>(seed?: TurnInput | string | null, options?: RunOptions<S> | null): RunHandle<AnsweredTurn<OutputOf<S>>>;

    /**
     * Start a run and wait for its turn; the script is parked meanwhile.
     *
     * Other scripts, timers and listeners are served, those of this script too. Parked calls
     * return last in, first out, and nest at most 8 deep.
     *
     * @param seed As of `start`.
     * @param options As of `start`.
     * @throws {NestingError} 8 calls are parked already.
     * @throws {RunStoppedError} Or whatever else the run ended with.
     */
    run<const S extends JsonSchema = JsonSchema>(seed?: TurnInput | string | null, options?: RunOptions<S> | null): AnsweredTurn<OutputOf<S>>;

    /**
     * Start a run and wait for its turn; all refusals reject the promise.
     *
     * @param seed As of `start`.
     * @param options As of `start`.
     */
    runAsync<const S extends JsonSchema = JsonSchema>(seed?: TurnInput | string | null, options?: RunOptions<S> | null): Promise<AnsweredTurn<OutputOf<S>>>;

    /** Close the session: an active run is stopped, further use throws. */
    close(): void;
  }

  /** Collects what a session is made of; every method but the last answers the builder. */
  class Builder {
    #private;
    private constructor();

    /**
     * Choose what answers.
     *
     * @param engine From `engines`.
     */
    withEngine(engine: Engine): this;

    /**
     * Add a middleware, inside those that were added before.
     *
     * @param middleware From `middlewares`, or a function `(turn, next, ctx)`.
     */
    useMiddleware(middleware: Middleware | MiddlewareFunction): this;

    /**
     * Add a middleware that the host provides, inside those that were added before.
     *
     * @param name As of `middlewares.host`.
     * @param options As of `middlewares.host`.
     * @throws {UnknownMiddlewareError} "unknown host middleware: X".
     */
    useHostMiddleware<const N extends HostMiddlewareName>(name: N, ...options: MiddlewareArguments<N>): this;

    /**
     * Choose what the engine may ask for.
     *
     * @param registry From `tools`.
     * @param loop How tools are executed; absent: as before.
     */
    withTools(registry: ToolRegistry, loop?: ToolLoopSettings | null): this;

    /**
     * Choose how tools are executed.
     *
     * @param loop Settings; what is left out is as it is by default.
     * @throws {TypeError} "invalid toolChoice "x", expected one of: …", and the like.
     */
    withToolLoop(loop: ToolLoopSettings): this;

    /**
     * Choose the functions that see every tool call, in the place of earlier ones.
     *
     * @param hooks The functions; without any there are none.
     */
    withToolHooks(hooks: ToolHookOptions): this;

    /**
     * Choose whether the engine sees the earlier turns of the session.
     *
     * @param history `all`, or `none`: each turn is answered by itself.
     */
    withHistory(history: History): this;

    /**
     * Open the session.
     *
     * @throws {TypeError} "builder has no engine configured".
     */
    buildSession(): Session;
  }

  /** A run: await its `promise`, stop it, and listen to its events. */
  class RunHandle<T = AnsweredTurn> {
    #private;
    private constructor();

    /** Identifies the run. */
    readonly id: string;

    /** Where in its life the run is; `stopping` as soon as a stop was accepted. */
    readonly status: RunStatus;

    /** Why the run has ended, or is to end: `end_turn` if it completed. */
    readonly stopReason: StopReason | null;

    /** What the run has spent so far, whatever its outcome. */
    readonly usage: Usage;

    /**
     * Resolves with the turn, or what an agent answered; rejects with the run's error.
     *
     * It is created when first read: a run whose promise nobody reads reports no unhandled
     * rejection.
     */
    readonly promise: Promise<T>;

    /**
     * Ask the run to stop at its next boundary; calls in flight finish.
     *
     * @param reason Why, in free text.
     * @returns Whether the run is stopping now: not if it has ended or is being committed.
     */
    stop(reason?: string | null): boolean;

    /**
     * Cancel the run now; calls in flight are aborted.
     *
     * @param reason Why, in free text.
     * @returns Whether the run is stopping now: not if it has ended or is being committed.
     */
    cancel(reason?: string | null): boolean;

    /**
     * Call a function for each event of a type, past ones included.
     *
     * @param type An event type, or `"*"` for all.
     * @param callback Takes the event. What it throws is reported and disturbs nobody else.
     * @throws {TypeError} The type is unknown; the message names the known ones.
     * @example
     * run
     *   .on("text-delta", (event) => console.log(event.delta))
     *   .on("run-finished", (event) => console.log(event.status, event.stopReason))
     *   .on("*", (event) => console.debug(event.seq, event.type));
     */
    on<K extends keyof RunEventMap | "*">(type: K, callback: (event: RunEventOf<K>) => void): this;

    /**
     * Call a function for one event of a type, which may be a past one.
     *
     * @param type An event type, or `"*"` for all.
     * @param callback Takes the event.
     * @throws {TypeError} The type is unknown; the message names the known ones.
     */
    once<K extends keyof RunEventMap | "*">(type: K, callback: (event: RunEventOf<K>) => void): this;

    /**
     * Take a listener away, at once.
     *
     * @param type The type it was registered for.
     * @param callback The function it was registered with.
     * @throws {TypeError} The type is unknown; the message names the known ones.
     */
    off<K extends keyof RunEventMap | "*">(type: K, callback: (event: RunEventOf<K>) => void): this;

    /** All events of the run, up to the terminal one. */
    [Symbol.asyncIterator](): AsyncIterableIterator<RunEvent, undefined, unknown>;

    /** The events of the run and of all runs below it, as one stream. */
    tree(): RunTree;
  }

  /** A run and all runs below it, for `for await`; the `runId` of an event says whose it is. */
  class RunTree {
    #private;
    private constructor();

    /**
     * All events of the tree, up to the terminal one of the run at the top.
     *
     * Those of a run keep their order, and stand between the `child-started` and the
     * `child-finished` of the run above it.
     */
    [Symbol.asyncIterator](): AsyncIterableIterator<RunEvent, undefined, unknown>;
  }

  /** The events that runs may have, by type. A plugin adds its own by declaration merging. */
  export interface RunEventMap {
    readonly "run-started": RunStartedEvent;
    readonly "text-delta": TextDeltaEvent;
    readonly "text-finished": TextFinishedEvent;
    readonly "reasoning-delta": ReasoningDeltaEvent;
    readonly "reasoning-finished": ReasoningFinishedEvent;
    readonly "tool-call-requested": ToolCallRequestedEvent;
    readonly "tool-execution-started": ToolExecutionStartedEvent;
    readonly "tool-execution-finished": ToolExecutionFinishedEvent;
    readonly "model-call-started": ModelCallStartedEvent;
    readonly "model-call-finished": ModelCallFinishedEvent;
    readonly output: OutputEvent;
    readonly "turn-committed": TurnCommittedEvent;
    readonly "child-started": ChildStartedEvent;
    readonly "child-finished": ChildFinishedEvent;
    readonly "run-yielded": RunYieldedEvent;
    readonly "run-resumed": RunResumedEvent;
    readonly diagnostic: DiagnosticEvent;
    readonly "events-dropped": EventsDroppedEvent;
    readonly "run-stopping": RunStoppingEvent;
    readonly "run-finished": RunFinishedEvent;
  }

  /** Any event of a run; `type` tells which. */
  export type RunEvent = RunEventMap[keyof RunEventMap];

  /** What a listener for the type `K` gets; `"*"` stands for all types. */
  export type RunEventOf<K extends keyof RunEventMap | "*"> = K extends keyof RunEventMap ? RunEventMap[K] : RunEvent;

  /** What scripts emit as the `data` of plugins' events, by type. A plugin adds its own by declaration merging. */
  export interface PluginEventMap {
  }

  /** The types of what `ctx.emit` takes: those of deltas, and those of events of plugins, known or not. */
  export type EmissionType = DeltaEmission["type"] | keyof PluginEventMap | (PluginEmission["type"] & {});

  /** What `ctx.emit` takes beside the type `K`. */
  export type Emission<K extends EmissionType> = K extends DeltaEmission["type"] ? DeltaEmission
    : K extends keyof PluginEventMap ? {} extends PluginEventMap[K] ? { type: K; data?: PluginEventMap[K] | null } : { type: K; data: PluginEventMap[K] }
    : PluginEmission;

  /** The next piece of the answer, from an engine that is answering. */
  export interface DeltaEmission {
    /** What it is a piece of. */
    type: "text-delta" | "reasoning-delta";

    /** The piece. */
    delta: string;
  }

  /** An event of a plugin that the typings do not know. */
  export interface PluginEmission {
    /** The type of the event, such as `"acme.progress"`. */
    type: `${string}.${string}`;

    /** The payload. */
    data?: { readonly [key: string]: unknown } | null;
  }

  /** Whether the model may, or has to, ask for a tool. */
  export type ToolChoice = "auto" | "none" | "required";

  /** Tell the model of a failed call, end the run, or retry before telling. */
  export type ToolErrorHandling = "continue" | "abort" | "retry";

  /** How a model's tool calls are executed. */
  export interface ToolLoopSettings {
    /**
     * Whether tools are offered; otherwise the engine answers once.
     *
     * @default true
     */
    enabled?: boolean;

    /**
     * Calls of the engine; over that the run is `limit_reached`.
     *
     * @default 20
     */
    maxIterations?: number;

    /**
     * Tools that execute at the same time.
     *
     * @default 3
     */
    maxParallelTools?: number;

    /**
     * Time of one execution of a tool, in ms; 0: no limit.
     *
     * @default 30000
     */
    executionTimeoutMs?: number;

    /**
     * `auto`, `none`, or, until a tool was called, `required` or a tool's name.
     *
     * @default "auto"
     */
    toolChoice?: ToolChoice | (string & {});

    /**
     * Tell the model of a failed call, end the run, or retry before telling.
     *
     * @default "continue"
     */
    toolErrorHandling?: ToolErrorHandling;

    /**
     * Retries of one call with `retry`.
     *
     * @default 2
     */
    retryMaxRetries?: number;

    /**
     * Wait before the first retry, in ms.
     *
     * @default 1000
     */
    retryBackoffMs?: number;

    /**
     * How much longer each further wait is.
     *
     * @default 2
     */
    retryBackoffFactor?: number;
  }

  /** What a block is: one of the kinds in use, or another. */
  export type AnyBlockKind = "user" | "llm_text" | "tool_call" | "tool_use" | "system" | "reasoning" | "image" | "other" | (string & {});

  /**
   * One part of a turn: a message, a tool call, its result, an image.
   *
   * The kinds in use are those of `consts.BlockKind`; a kind that is none of them is kept as it is.
   */
  export interface Block {
    /** Identifies the block within its turn. */
    id: string;

    /** What the block is. */
    kind: AnyBlockKind;

    /** Who speaks, where someone does. */
    role?: string;

    /** The content, by kind. */
    payload: { [key: string]: JsonValue };

    /** About the content. */
    metadata: { [key: string]: JsonValue };
  }

  /**
   * A turn of a session, with what it says at hand: plain data, but for `text` and `output`.
   *
   * These two are read from the blocks and the data, and are in no JSON and no copy.
   */
  export interface AnsweredTurn<Output = JsonValue | undefined> {
    /** Identifies the turn within its session. */
    id: string;

    /** In order of the conversation. */
    blocks: Block[];

    /** About the turn. */
    metadata: { [key: string]: JsonValue };

    /** Values kept with the turn. */
    data: { [key: string]: JsonValue };

    /** The text of the model's answer. */
    text: string;

    /** The structured result, if the run had an `outputSchema`. */
    output: Output;
  }

  /**
   * One part of a turn: a message, a tool call, its result, an image.
   *
   * The kinds in use are those of `consts.BlockKind`; a kind that is none of them is kept as it is.
   */
  export interface BlockInput {
    /** Identifies the block within its turn. */
    id?: string;

    /** What the block is. */
    kind: AnyBlockKind;

    /** Who speaks, where someone does. */
    role?: string | null;

    /** The content, by kind. */
    payload?: { readonly [key: string]: unknown };

    /** About the content. */
    metadata?: { readonly [key: string]: unknown };
  }

  /** One exchange: the blocks of seed and answer, with metadata and data of the user's own. */
  export interface TurnInput {
    /** Identifies the turn within its session. */
    id?: string;

    /** In order of the conversation. */
    blocks?: readonly BlockInput[];

    /** About the turn. */
    metadata?: { readonly [key: string]: unknown };

    /** Values kept with the turn. */
    data?: { readonly [key: string]: unknown };
  }

  /**
   * Asks the engine, or the middleware that is inside of the one that calls.
   *
   * @param turn What to ask with; absent: the turn that the middleware was given.
   */
  export type NextFunction = (turn?: TurnInput | null) => Promise<AnsweredTurn>;

  /** What a function is told of the run that calls it. */
  export interface RunContext {
    /** The session; empty for a run without one. */
    readonly sessionId: string;

    /** The run. */
    readonly runId: string;

    /** The turn that the run works on, if it works on one. */
    readonly turnId?: string;

    /** The run's tags. */
    readonly tags: { readonly [key: string]: string };

    /** When the run times out, in milliseconds since the epoch; absent: never. */
    readonly deadlineMs?: number;

    /** Aborts when the run is asked to stop. */
    readonly signal: AbortSignal;

    /** Streams a piece of the answer, or emits an event of a plugin. */
    readonly emit: <const K extends EmissionType>(event: { type: K } & Emission<K>) => void;
  }

  /**
   * Wraps a call of the engine; may be async.
   *
   * @param turn A copy of the turn to answer.
   * @param next Calls what is inside; several times, or not at all.
   * @param ctx Of the run.
   * @returns The answer; nothing keeps what `next` answered, or threw.
   */
  export type MiddlewareFunction = (turn: AnsweredTurn, next: NextFunction, ctx: RunContext) => TurnInput | PromiseLike<TurnInput | null | void> | null | void;

  /** A model's request to call a tool. */
  export interface ToolCall {
    /** Identifies the call within its turn. */
    readonly id: string;

    /** The tool. */
    readonly name: string;

    /** Its arguments. */
    readonly args?: JsonValue;
  }

  /** What `beforeToolCall` is told. */
  export interface PendingToolCall {
    /** The call as it is to be executed. */
    readonly call: ToolCall;
  }

  /** What a tool, or a hook, is told of the call and the run that it is made for. */
  export interface ToolContext {
    /** The session; empty for a run without one. */
    readonly sessionId: string;

    /** The run. */
    readonly runId: string;

    /** The turn that the run works on, if it works on one. */
    readonly turnId?: string;

    /** The run's tags. */
    readonly tags: { readonly [key: string]: string };

    /** When the run times out, in milliseconds since the epoch; absent: never. */
    readonly deadlineMs?: number;

    /** Aborts when the run is asked to stop. */
    readonly signal: AbortSignal;

    /** Streams a piece of the answer, or emits an event of a plugin. */
    readonly emit: <const K extends EmissionType>(event: { type: K } & Emission<K>) => void;

    /** Identifies the call within its turn. */
    readonly callId: string;

    /** The tool. */
    readonly toolName: string;
  }

  /** The parts of a call that a hook changes. */
  export interface ChangedCall {
    /** Stays as it is, whatever is said here. */
    id?: string | null;

    /** Another tool. */
    name?: string | null;

    /** Other arguments. */
    args?: unknown;
  }

  /** What `beforeToolCall` may reply: a changed call, or that there is none. */
  export interface CallReply {
    /** The call, changed. */
    call?: ChangedCall | null;

    /** Do not execute it; the model is told the error. */
    action?: "abort" | null;

    /** What the model is told then. */
    error?: string | null;
  }

  /**
   * Is asked before a tool is executed; may be async.
   *
   * @param payload The call.
   * @param ctx Of the call, and of the run that it is made for.
   * @returns What is to be changed; nothing changes nothing.
   */
  export type BeforeToolCallHook = (payload: PendingToolCall, ctx: ToolContext) => CallReply | PromiseLike<CallReply | null | void> | null | void;

  /** What `afterToolCall` is told. */
  export interface FinishedToolCall {
    /** The call as it was executed. */
    readonly call: ToolCall;

    /** What the tool answered; absent if it failed. */
    readonly result?: JsonValue;

    /** Why it failed; absent if it did not. */
    readonly error?: string;

    /** How long it took, in milliseconds. */
    readonly durationMs: number;
  }

  /** What `afterToolCall` may reply: another result, or another error. */
  export interface ResultReply {
    /** The result instead. */
    result?: unknown;

    /** The error instead. */
    error?: string | null;
  }

  /**
   * Is asked after a tool was executed; may be async.
   *
   * @param payload The call, and what came of it.
   * @param ctx Of the call, and of the run that it is made for.
   * @returns What is to be changed; nothing changes nothing.
   */
  export type AfterToolCallHook = (payload: FinishedToolCall, ctx: ToolContext) => ResultReply | PromiseLike<ResultReply | null | void> | null | void;

  /** What `onToolError` is told. */
  export interface FailedToolCall {
    /** The call as it was executed. */
    readonly call: ToolCall;

    /** How often it was tried before, from 0. */
    readonly attempt: number;

    /** Why it failed. */
    readonly error: string;

    /** Whether it is tried again without a reply. */
    readonly defaultRetry: boolean;

    /** After how many milliseconds, without a reply. */
    readonly defaultBackoffMs: number;
  }

  /** What becomes of a failed call: try again, end the run, or go on. */
  export type HookAction = "retry" | "abort" | "continue";

  /** What `onToolError` may reply. */
  export interface ErrorReply {
    /** Try again, end the run, or let the model know and go on; absent: as the settings of the tool loop say. */
    action?: HookAction | null;

    /** Before trying again, wait so many milliseconds. */
    backoffMs?: number | null;
  }

  /**
   * Is asked after a tool has failed; may be async.
   *
   * @param payload The call, and why it failed.
   * @param ctx Of the call, and of the run that it is made for.
   * @returns What becomes of the call; nothing leaves it to the settings of the tool loop.
   */
  export type ToolErrorHook = (payload: FailedToolCall, ctx: ToolContext) => ErrorReply | PromiseLike<ErrorReply | null | void> | null | void;

  /**
   * Functions that see every tool call of a session; each may be async.
   *
   * What one throws, or replies that is no reply, fails the call: the model is told so, and the tool
   * is not executed, or its result withheld.
   */
  export interface ToolHookOptions {
    /** May change the call, or abort it. */
    beforeToolCall?: BeforeToolCallHook | null;

    /** May change the result or the error. */
    afterToolCall?: AfterToolCallHook | null;

    /** Decides whether to try again, to go on or to end the run. */
    onToolError?: ToolErrorHook | null;

    /**
     * Whether to report what a hook throws, and go on without it.
     *
     * @default false
     */
    failOpen?: boolean;

    /**
     * How often a hook may have one call tried again.
     *
     * @default 10
     */
    maxHookRetries?: number;
  }

  /** Whether an engine sees the earlier turns of a session. */
  export type History = "all" | "none";

  /** Options of `createSession`. */
  export interface SessionOptions {
    /** What wraps each call of the engine; the first is outermost. */
    middlewares?: readonly (Middleware | MiddlewareFunction)[];

    /** What the engine may ask for. */
    tools?: ToolRegistry | null;

    /** How tools are executed. */
    toolLoop?: ToolLoopSettings | null;

    /** Functions that see every tool call. */
    toolHooks?: ToolHookOptions | null;

    /** What answers. */
    engine: Engine;

    /**
     * Whether the engine sees the earlier turns of the session.
     *
     * @default "all"
     */
    history?: History;
  }

  /** Options of `createBuilder`. */
  export interface BuilderOptions {
    /** What wraps each call of the engine; the first is outermost. */
    middlewares?: readonly (Middleware | MiddlewareFunction)[];

    /** What the engine may ask for. */
    tools?: ToolRegistry | null;

    /** How tools are executed. */
    toolLoop?: ToolLoopSettings | null;

    /** Functions that see every tool call. */
    toolHooks?: ToolHookOptions | null;

    /** What answers. */
    engine?: Engine | null;

    /**
     * Whether the engine sees the earlier turns of the session.
     *
     * @default "all"
     */
    history?: History;
  }

  /** What becomes of a start while the session runs a turn. */
  export type OnBusy = "reject" | "enqueue" | "supersede";

  /** Bounds of a run; what is absent is unlimited, but for the tree below it. */
  export interface Limits {
    /** Turns that the session may hold. */
    turns?: number | null;

    /** Model calls of one tool loop. */
    iterations?: number | null;

    /** Input and output tokens, with those of the runs below. */
    tokens?: number | null;

    /** Spend in US dollars where a price is known, runs below included. */
    costUsd?: number | null;

    /** Tools executed, with those of the runs below. */
    toolCalls?: number | null;

    /** JavaScript CPU time, in ms. */
    cpuMs?: number | null;

    /** JavaScript heap, in bytes; at least 1 MiB. */
    memoryBytes?: number | null;

    /** Characters of output. */
    outputChars?: number | null;

    /**
     * Runs below this one, one within the other.
     *
     * @default 8
     */
    depth?: number;

    /**
     * Child runs at the same time.
     *
     * @default 32
     */
    children?: number;
  }

  /** How a run is bounded, stopped and labelled. Times are in milliseconds. */
  export interface RunOptions<S extends JsonSchema = JsonSchema> {
    /**
     * Total time, from acceptance, queueing included; 0: no deadline.
     *
     * @default 0
     */
    timeoutMs?: number;

    /** Labels, on every event of the run. */
    tags?: { readonly [key: string]: string };

    /** A stop that several runs may share. */
    signal?: AbortSignal | null;

    /**
     * After this long without a call in flight, stop is cancel.
     *
     * @default 10000
     */
    graceMs?: number;

    /**
     * After this long, a cancelled run is interrupted.
     *
     * @default 250
     */
    cancelGraceMs?: number;

    /**
     * What to do when the session runs a turn already.
     *
     * @default "reject"
     */
    onBusy?: OnBusy;

    /** Bounds of the run. */
    limits?: Limits;

    /** The JSON Schema of the result: the answer is JSON that matches it. */
    outputSchema?: CheckedSchema<S> | null;
  }

  /** Options of `runInference`: those of a run, and what stands around the engine. */
  export interface InferenceOptions<S extends JsonSchema = JsonSchema> {
    /** What wraps each call of the engine; the first is outermost. */
    middlewares?: readonly (Middleware | MiddlewareFunction)[];

    /** What the engine may ask for. */
    tools?: ToolRegistry | null;

    /** How tools are executed. */
    toolLoop?: ToolLoopSettings | null;

    /** Functions that see every tool call. */
    toolHooks?: ToolHookOptions | null;

    /**
     * Total time, from acceptance, queueing included; 0: no deadline.
     *
     * @default 0
     */
    timeoutMs?: number;

    /** Labels, on every event of the run. */
    tags?: { readonly [key: string]: string };

    /** A stop that several runs may share. */
    signal?: AbortSignal | null;

    /**
     * After this long without a call in flight, stop is cancel.
     *
     * @default 10000
     */
    graceMs?: number;

    /**
     * After this long, a cancelled run is interrupted.
     *
     * @default 250
     */
    cancelGraceMs?: number;

    /**
     * What to do when the session runs a turn already.
     *
     * @default "reject"
     */
    onBusy?: OnBusy;

    /** Bounds of the run. */
    limits?: Limits;

    /** The JSON Schema of the result: the answer is JSON that matches it. */
    outputSchema?: CheckedSchema<S> | null;
  }

  /** Options of `engines.echo`. */
  export interface EchoOptions {
    /** What it answers; absent: the last text of the user. */
    reply?: string | null;

    /**
     * Pause before each word, in milliseconds.
     *
     * @default 0
     */
    delayMs?: number;
  }

  /** A tool call that a scripted engine asks for. */
  export interface ScriptedToolCall {
    /** Identifies the call within its turn. */
    id: string;

    /** The tool. */
    name: string;

    /** Its arguments. */
    args?: unknown;
  }

  /**
   * Tokens, requests and, where a price is known, cost of one or several model calls.
   *
   * `costUsd` stays `null` as long as no part of a sum has a price.
   */
  export interface UsageInput {
    /**
     * Tokens sent to models.
     *
     * @default 0
     */
    inputTokens?: number;

    /**
     * Tokens that models produced.
     *
     * @default 0
     */
    outputTokens?: number;

    /**
     * Model calls made.
     *
     * @default 0
     */
    requests?: number;

    /** Cost in US dollars, where known. */
    costUsd?: number | null;
  }

  /** One answer of a scripted engine: reasoning, then text, then tool calls, then an error. */
  export interface ScriptedReply {
    /**
     * The answer.
     *
     * @default ""
     */
    text?: string;

    /**
     * What the model thinks before it answers.
     *
     * @default ""
     */
    reasoning?: string;

    /**
     * Tools it asks for.
     *
     * @default []
     */
    toolCalls?: readonly ScriptedToolCall[];

    /** What it costs; by default, its words. */
    usage?: UsageInput | null;

    /** Why it ends. */
    finishReason?: string | null;

    /**
     * Wait before each word, in ms.
     *
     * @default 0
     */
    delayMs?: number;

    /** Fail with this, after what came before. */
    error?: string | null;
  }

  /** A model as `provider:name`. */
  export type ModelId = "openai:gpt-5" | "openai-responses:gpt-5" | "openai-chat:gpt-5" | "anthropic:claude-opus-4-5" | (string & {});

  /** How much a model reasons: whether at all, or how hard. */
  export type Thinking = boolean | "minimal" | "low" | "medium" | "high" | "xhigh";

  /** How a model is called. */
  export interface ModelOptions {
    /** How freely it chooses words; absent: the provider's default. */
    temperature?: number | null;

    /** Choose among the likeliest words of this total probability. */
    topP?: number | null;

    /** The most tokens of an answer. */
    maxTokens?: number | null;

    /** For answers that can be repeated. */
    seed?: number | null;

    /** Texts at which the answer ends. */
    stopSequences?: readonly string[] | null;

    /** Whether, or how much, it reasons before it answers. */
    thinking?: Thinking | null;

    /** Whether it may ask for several tools at once. */
    parallelToolCalls?: boolean | null;

    /** The longest a call may take, in ms; absent: 10 minutes. */
    timeoutMs?: number | null;

    /** How often a call that failed for a reason that passes is made again; absent: 2. */
    maxRetries?: number | null;

    /** Where the provider is, or another with the same API. */
    baseURL?: string | null;

    /** The key; absent: the host's, which scripts never see. */
    apiKey?: string | null;
  }

  /** How a model is called, and which. */
  export interface ConfigOptions {
    /** How freely it chooses words; absent: the provider's default. */
    temperature?: number | null;

    /** Choose among the likeliest words of this total probability. */
    topP?: number | null;

    /** The most tokens of an answer. */
    maxTokens?: number | null;

    /** For answers that can be repeated. */
    seed?: number | null;

    /** Texts at which the answer ends. */
    stopSequences?: readonly string[] | null;

    /** Whether, or how much, it reasons before it answers. */
    thinking?: Thinking | null;

    /** Whether it may ask for several tools at once. */
    parallelToolCalls?: boolean | null;

    /** The longest a call may take, in ms; absent: 10 minutes. */
    timeoutMs?: number | null;

    /** How often a call that failed for a reason that passes is made again; absent: 2. */
    maxRetries?: number | null;

    /** Where the provider is, or another with the same API. */
    baseURL?: string | null;

    /** The key; absent: the host's, which scripts never see. */
    apiKey?: string | null;

    /** `provider:name`, or the name alone beside `provider`. */
    model?: ModelId | null;

    /** Who serves it, such as `openai`. */
    provider?: "openai" | "openai-responses" | "openai-chat" | "anthropic" | (string & {}) | null;

    /** A profile of the host's configuration to begin with. */
    profile?: string | null;
  }

  /** One exchange: the blocks of seed and answer, with metadata and data of the user's own. */
  export interface Turn {
    /** Identifies the turn within its session. */
    id: string;

    /** In order of the conversation. */
    blocks: Block[];

    /** About the turn. */
    metadata: { [key: string]: JsonValue };

    /** Values kept with the turn. */
    data: { [key: string]: JsonValue };
  }

  /** A tool as a model sees it. */
  export interface ToolInfo {
    /** What the model calls it by. */
    name: string;

    /** What it does, for the model. */
    description: string;

    /** The JSON Schema of its arguments. */
    parameters: { [key: string]: JsonValue };
  }

  /** What an engine is told of the run that calls it. */
  export interface EngineContext {
    /** The session; empty for a run without one. */
    readonly sessionId: string;

    /** The run. */
    readonly runId: string;

    /** The turn that the run works on, if it works on one. */
    readonly turnId?: string;

    /** The run's tags. */
    readonly tags: { readonly [key: string]: string };

    /** When the run times out, in milliseconds since the epoch; absent: never. */
    readonly deadlineMs?: number;

    /** Aborts when the run is asked to stop. */
    readonly signal: AbortSignal;

    /** Streams a piece of the answer, or emits an event of a plugin. */
    readonly emit: <const K extends EmissionType>(event: { type: K } & Emission<K>) => void;

    /** The turns before the one to answer. */
    readonly history: readonly Turn[];

    /** What the engine may ask for. */
    readonly tools: readonly ToolInfo[];

    /** `auto`, `none`, `required`, or the name of the tool that it has to ask for. */
    readonly toolChoice: ToolChoice | (string & {});

    /** The JSON Schema of the result that is wanted, if one is. */
    readonly outputSchema?: { readonly [key: string]: JsonValue };
  }

  /**
   * Answers a turn; may be async.
   *
   * @param turn A copy of the turn to answer.
   * @param ctx Of the run; `ctx.emit` streams.
   * @returns The turn with its answer, under the same id; nothing keeps what was changed on the
   *   copy.
   */
  export type EngineFunction = (turn: Turn, ctx: EngineContext) => TurnInput | PromiseLike<TurnInput | null | void> | null | void;

  /** A middleware of the host: one that it always has, or has been given. */
  export type HostMiddlewareName = "systemPrompt" | "reorderToolResults" | "turnLogging" | (string & {});

  /**
   * Answers an input; may be async. What an agent file exports by default is one.
   *
   * @param input As it was given to `agents.call` or `agents.start`.
   * @param ctx Of the agent's own run.
   * @returns JSON.
   */
  export type AgentFunction<Input = JsonValue> = (input: Input, ctx: RunContext) => unknown;

  /** Execution begins. */
  export interface RunStartedEvent {
    /** Always `"run-started"`. */
    readonly type: "run-started";

    /** The run. */
    readonly runId: string;

    /** Its session; empty for a run without one. */
    readonly sessionId: string;

    /** The turn it works on. */
    readonly turnId?: string;

    /** The run that started it. */
    readonly parentRunId?: string;

    /** Position in the run's log, gapless from 1. */
    readonly seq: number;

    /** When it happened, in milliseconds since the epoch. */
    readonly time: number;

    /** The run's tags. */
    readonly tags: { readonly [key: string]: string };

    /** What the run was started with. */
    readonly input?: JsonValue;

    /** When it times out, in epoch ms. */
    readonly deadline?: number;
  }

  /** A piece of a model's answer. */
  export interface TextDeltaEvent {
    /** Always `"text-delta"`. */
    readonly type: "text-delta";

    /** The run. */
    readonly runId: string;

    /** Its session; empty for a run without one. */
    readonly sessionId: string;

    /** The turn it works on. */
    readonly turnId?: string;

    /** The run that started it. */
    readonly parentRunId?: string;

    /** Position in the run's log, gapless from 1. */
    readonly seq: number;

    /** When it happened, in milliseconds since the epoch. */
    readonly time: number;

    /** The run's tags. */
    readonly tags: { readonly [key: string]: string };

    /** Which text it belongs to; unique within the run. */
    readonly segment: string;

    /** The next piece. */
    readonly delta: string;
  }

  /** A text of a model's answer is complete. */
  export interface TextFinishedEvent {
    /** Always `"text-finished"`. */
    readonly type: "text-finished";

    /** The run. */
    readonly runId: string;

    /** Its session; empty for a run without one. */
    readonly sessionId: string;

    /** The turn it works on. */
    readonly turnId?: string;

    /** The run that started it. */
    readonly parentRunId?: string;

    /** Position in the run's log, gapless from 1. */
    readonly seq: number;

    /** When it happened, in milliseconds since the epoch. */
    readonly time: number;

    /** The run's tags. */
    readonly tags: { readonly [key: string]: string };

    /** Which text. */
    readonly segment: string;

    /** All of it. */
    readonly text: string;
  }

  /** A piece of a model's reasoning. */
  export interface ReasoningDeltaEvent {
    /** Always `"reasoning-delta"`. */
    readonly type: "reasoning-delta";

    /** The run. */
    readonly runId: string;

    /** Its session; empty for a run without one. */
    readonly sessionId: string;

    /** The turn it works on. */
    readonly turnId?: string;

    /** The run that started it. */
    readonly parentRunId?: string;

    /** Position in the run's log, gapless from 1. */
    readonly seq: number;

    /** When it happened, in milliseconds since the epoch. */
    readonly time: number;

    /** The run's tags. */
    readonly tags: { readonly [key: string]: string };

    /** Which text it belongs to; unique within the run. */
    readonly segment: string;

    /** The next piece. */
    readonly delta: string;
  }

  /** A text of a model's reasoning is complete. */
  export interface ReasoningFinishedEvent {
    /** Always `"reasoning-finished"`. */
    readonly type: "reasoning-finished";

    /** The run. */
    readonly runId: string;

    /** Its session; empty for a run without one. */
    readonly sessionId: string;

    /** The turn it works on. */
    readonly turnId?: string;

    /** The run that started it. */
    readonly parentRunId?: string;

    /** Position in the run's log, gapless from 1. */
    readonly seq: number;

    /** When it happened, in milliseconds since the epoch. */
    readonly time: number;

    /** The run's tags. */
    readonly tags: { readonly [key: string]: string };

    /** Which text. */
    readonly segment: string;

    /** All of it. */
    readonly text: string;
  }

  /** A model asks for a tool. */
  export interface ToolCallRequestedEvent {
    /** Always `"tool-call-requested"`. */
    readonly type: "tool-call-requested";

    /** The run. */
    readonly runId: string;

    /** Its session; empty for a run without one. */
    readonly sessionId: string;

    /** The turn it works on. */
    readonly turnId?: string;

    /** The run that started it. */
    readonly parentRunId?: string;

    /** Position in the run's log, gapless from 1. */
    readonly seq: number;

    /** When it happened, in milliseconds since the epoch. */
    readonly time: number;

    /** The run's tags. */
    readonly tags: { readonly [key: string]: string };

    /** The call it asks for. */
    readonly toolCall: ToolCall;
  }

  /** A tool begins to execute. */
  export interface ToolExecutionStartedEvent {
    /** Always `"tool-execution-started"`. */
    readonly type: "tool-execution-started";

    /** The run. */
    readonly runId: string;

    /** Its session; empty for a run without one. */
    readonly sessionId: string;

    /** The turn it works on. */
    readonly turnId?: string;

    /** The run that started it. */
    readonly parentRunId?: string;

    /** Position in the run's log, gapless from 1. */
    readonly seq: number;

    /** When it happened, in milliseconds since the epoch. */
    readonly time: number;

    /** The run's tags. */
    readonly tags: { readonly [key: string]: string };

    /** Which call. */
    readonly toolCallId: string;

    /** The tool. */
    readonly name: string;
  }

  /** A tool has executed. */
  export interface ToolExecutionFinishedEvent {
    /** Always `"tool-execution-finished"`. */
    readonly type: "tool-execution-finished";

    /** The run. */
    readonly runId: string;

    /** Its session; empty for a run without one. */
    readonly sessionId: string;

    /** The turn it works on. */
    readonly turnId?: string;

    /** The run that started it. */
    readonly parentRunId?: string;

    /** Position in the run's log, gapless from 1. */
    readonly seq: number;

    /** When it happened, in milliseconds since the epoch. */
    readonly time: number;

    /** The run's tags. */
    readonly tags: { readonly [key: string]: string };

    /** Which call. */
    readonly toolCallId: string;

    /** The tool. */
    readonly name: string;

    /** What it returned. */
    readonly result?: JsonValue;

    /** Why it failed. */
    readonly error?: string;

    /** How long it took, in ms. */
    readonly durationMs: number;
  }

  /** A request to a model begins. */
  export interface ModelCallStartedEvent {
    /** Always `"model-call-started"`. */
    readonly type: "model-call-started";

    /** The run. */
    readonly runId: string;

    /** Its session; empty for a run without one. */
    readonly sessionId: string;

    /** The turn it works on. */
    readonly turnId?: string;

    /** The run that started it. */
    readonly parentRunId?: string;

    /** Position in the run's log, gapless from 1. */
    readonly seq: number;

    /** When it happened, in milliseconds since the epoch. */
    readonly time: number;

    /** The run's tags. */
    readonly tags: { readonly [key: string]: string };

    /** The model's name. */
    readonly model: string;

    /** Who serves it. */
    readonly provider: string;
  }

  /**
   * Tokens, requests and, where a price is known, cost of one or several model calls.
   *
   * `costUsd` stays `null` as long as no part of a sum has a price.
   */
  export interface Usage {
    /** Tokens sent to models. */
    readonly inputTokens: number;

    /** Tokens that models produced. */
    readonly outputTokens: number;

    /** Model calls made. */
    readonly requests: number;

    /** Cost in US dollars, where known. */
    readonly costUsd?: number;
  }

  /** A request to a model has ended, in whatever way. */
  export interface ModelCallFinishedEvent {
    /** Always `"model-call-finished"`. */
    readonly type: "model-call-finished";

    /** The run. */
    readonly runId: string;

    /** Its session; empty for a run without one. */
    readonly sessionId: string;

    /** The turn it works on. */
    readonly turnId?: string;

    /** The run that started it. */
    readonly parentRunId?: string;

    /** Position in the run's log, gapless from 1. */
    readonly seq: number;

    /** When it happened, in milliseconds since the epoch. */
    readonly time: number;

    /** The run's tags. */
    readonly tags: { readonly [key: string]: string };

    /** The model's name. */
    readonly model: string;

    /** Who serves it. */
    readonly provider: string;

    /** What the call cost. */
    readonly usage: Usage;

    /** Why the model ended. */
    readonly finishReason?: string;

    /** How long it took, in ms. */
    readonly durationMs: number;
  }

  /** What a script wrote to its console or output. */
  export interface OutputEvent {
    /** Always `"output"`. */
    readonly type: "output";

    /** The run. */
    readonly runId: string;

    /** Its session; empty for a run without one. */
    readonly sessionId: string;

    /** The turn it works on. */
    readonly turnId?: string;

    /** The run that started it. */
    readonly parentRunId?: string;

    /** Position in the run's log, gapless from 1. */
    readonly seq: number;

    /** When it happened, in milliseconds since the epoch. */
    readonly time: number;

    /** The run's tags. */
    readonly tags: { readonly [key: string]: string };

    /** The console method; `text` for a cell's output. */
    readonly level: "debug" | "log" | "info" | "warn" | "error" | "text";

    /** The formatted line or lines, without a last line feed. */
    readonly text: string;
  }

  /** The run's turn, which the envelope names, is now part of the session. */
  export interface TurnCommittedEvent {
    /** Always `"turn-committed"`. */
    readonly type: "turn-committed";

    /** The run. */
    readonly runId: string;

    /** Its session; empty for a run without one. */
    readonly sessionId: string;

    /** The turn. */
    readonly turnId: string;

    /** The run that started it. */
    readonly parentRunId?: string;

    /** Position in the run's log, gapless from 1. */
    readonly seq: number;

    /** When it happened, in milliseconds since the epoch. */
    readonly time: number;

    /** The run's tags. */
    readonly tags: { readonly [key: string]: string };
  }

  /** The run started another. */
  export interface ChildStartedEvent {
    /** Always `"child-started"`. */
    readonly type: "child-started";

    /** The run. */
    readonly runId: string;

    /** Its session; empty for a run without one. */
    readonly sessionId: string;

    /** The turn it works on. */
    readonly turnId?: string;

    /** The run that started it. */
    readonly parentRunId?: string;

    /** Position in the run's log, gapless from 1. */
    readonly seq: number;

    /** When it happened, in milliseconds since the epoch. */
    readonly time: number;

    /** The run's tags. */
    readonly tags: { readonly [key: string]: string };

    /** The other run. */
    readonly childRunId: string;

    /** What the starter calls it. */
    readonly name?: string;
  }

  /** Where in its life a run is. */
  export type RunStatus = "queued" | "running" | "waiting" | "stopping" | "completed" | "stopped" | "timed_out" | "limit_reached" | "failed" | "lost";

  /** A run that this one started has ended. */
  export interface ChildFinishedEvent {
    /** Always `"child-finished"`. */
    readonly type: "child-finished";

    /** The run. */
    readonly runId: string;

    /** Its session; empty for a run without one. */
    readonly sessionId: string;

    /** The turn it works on. */
    readonly turnId?: string;

    /** The run that started it. */
    readonly parentRunId?: string;

    /** Position in the run's log, gapless from 1. */
    readonly seq: number;

    /** When it happened, in milliseconds since the epoch. */
    readonly time: number;

    /** The run's tags. */
    readonly tags: { readonly [key: string]: string };

    /** The other run. */
    readonly childRunId: string;

    /** What the starter calls it. */
    readonly name?: string;

    /** How it ended. */
    readonly status: RunStatus;
  }

  /** The run waits for something from outside. */
  export interface RunYieldedEvent {
    /** Always `"run-yielded"`. */
    readonly type: "run-yielded";

    /** The run. */
    readonly runId: string;

    /** Its session; empty for a run without one. */
    readonly sessionId: string;

    /** The turn it works on. */
    readonly turnId?: string;

    /** The run that started it. */
    readonly parentRunId?: string;

    /** Position in the run's log, gapless from 1. */
    readonly seq: number;

    /** When it happened, in milliseconds since the epoch. */
    readonly time: number;

    /** The run's tags. */
    readonly tags: { readonly [key: string]: string };

    /** What it waits for. */
    readonly reason: string;
  }

  /** The run no longer waits. */
  export interface RunResumedEvent {
    /** Always `"run-resumed"`. */
    readonly type: "run-resumed";

    /** The run. */
    readonly runId: string;

    /** Its session; empty for a run without one. */
    readonly sessionId: string;

    /** The turn it works on. */
    readonly turnId?: string;

    /** The run that started it. */
    readonly parentRunId?: string;

    /** Position in the run's log, gapless from 1. */
    readonly seq: number;

    /** When it happened, in milliseconds since the epoch. */
    readonly time: number;

    /** The run's tags. */
    readonly tags: { readonly [key: string]: string };

    /** What it waited for. */
    readonly reason: string;
  }

  /** Something that its author should know of, and that did not change the run's outcome. */
  export interface DiagnosticEvent {
    /** Always `"diagnostic"`. */
    readonly type: "diagnostic";

    /** The run. */
    readonly runId: string;

    /** Its session; empty for a run without one. */
    readonly sessionId: string;

    /** The turn it works on. */
    readonly turnId?: string;

    /** The run that started it. */
    readonly parentRunId?: string;

    /** Position in the run's log, gapless from 1. */
    readonly seq: number;

    /** When it happened, in milliseconds since the epoch. */
    readonly time: number;

    /** The run's tags. */
    readonly tags: { readonly [key: string]: string };

    /** What happened, as a stable word. */
    readonly code: string;

    /** What happened, for people. */
    readonly message: string;

    /** Where it happened. */
    readonly stack?: string;
  }

  /** Marks a hole in a replay: a log in memory had to forget these events. */
  export interface EventsDroppedEvent {
    /** Always `"events-dropped"`. */
    readonly type: "events-dropped";

    /** The run. */
    readonly runId: string;

    /** Its session; empty for a run without one. */
    readonly sessionId: string;

    /** The turn it works on. */
    readonly turnId?: string;

    /** The run that started it. */
    readonly parentRunId?: string;

    /** Position in the run's log, gapless from 1. */
    readonly seq: number;

    /** When it happened, in milliseconds since the epoch. */
    readonly time: number;

    /** The run's tags. */
    readonly tags: { readonly [key: string]: string };

    /** How many events are missing. */
    readonly count: number;

    /** The first missing one. */
    readonly firstSeq: number;

    /** The last missing one; also the marker's own `seq`. */
    readonly lastSeq: number;
  }

  /** How a run is stopped: `stop` at the next boundary, `cancel` now. */
  export type StopMode = "stop" | "cancel";

  /** Who or what asked a run to stop. */
  export type RequestedBy = "user" | "signal" | "parent" | "session" | "supersede" | "client" | "shutdown" | "deadline" | "limit" | "grace" | "internal";

  /** A stop was accepted, or became harder. */
  export interface RunStoppingEvent {
    /** Always `"run-stopping"`. */
    readonly type: "run-stopping";

    /** The run. */
    readonly runId: string;

    /** Its session; empty for a run without one. */
    readonly sessionId: string;

    /** The turn it works on. */
    readonly turnId?: string;

    /** The run that started it. */
    readonly parentRunId?: string;

    /** Position in the run's log, gapless from 1. */
    readonly seq: number;

    /** When it happened, in milliseconds since the epoch. */
    readonly time: number;

    /** The run's tags. */
    readonly tags: { readonly [key: string]: string };

    /** `stop`: at the next boundary; `cancel`: now. */
    readonly mode: StopMode;

    /** Who or what asked. */
    readonly requestedBy: RequestedBy;

    /** What is let finish first. */
    readonly waitingFor?: string;
  }

  /** Why a run has ended, or is to end. */
  export type StopReason = "end_turn" | "user_stop" | "user_cancel" | "parent_stopped" | "session_closed" | "superseded" | "client_disconnect" | "shutdown" | "deadline" | "max_turns" | "max_iterations" | "max_budget" | "tool_calls" | "cpu" | "memory" | "output" | "lifetime" | "script_error" | "tool_error" | "provider_error" | "internal_error" | "deadlock" | "worker_lost";

  /** An error as data. */
  export interface ErrorInfo {
    /** The error's class. */
    readonly name: string;

    /** What went wrong, for people. */
    readonly message: string;

    /** What went wrong, as a stable word. */
    readonly code?: string;

    /** Where, for those who debug a script. */
    readonly stack?: string;
  }

  /** How a run's execution ended; `wedged`: it has not. */
  export type Halt = "boundary" | "abort" | "forced" | "wedged";

  /** The terminal event: always there, always last. */
  export interface RunFinishedEvent {
    /** Always `"run-finished"`. */
    readonly type: "run-finished";

    /** The run. */
    readonly runId: string;

    /** Its session; empty for a run without one. */
    readonly sessionId: string;

    /** The turn it works on. */
    readonly turnId?: string;

    /** The run that started it. */
    readonly parentRunId?: string;

    /** Position in the run's log, gapless from 1. */
    readonly seq: number;

    /** When it happened, in milliseconds since the epoch. */
    readonly time: number;

    /** The run's tags. */
    readonly tags: { readonly [key: string]: string };

    /** How the run ended. */
    readonly status: RunStatus;

    /** Why it ended. */
    readonly stopReason: StopReason;

    /** The error it ended with. */
    readonly error?: ErrorInfo;

    /** What it cost, whatever the outcome. */
    readonly usage: Usage;

    /** Whether execution really ended. */
    readonly halted: boolean;

    /** How execution ended. */
    readonly halt: Halt;
  }

  /**
   * Answers a call of a tool; may be async. What it throws goes to the model.
   *
   * @param args What the tool's `parameters` admit.
   * @param ctx Of the call, and of the run that it is made for.
   * @returns JSON, for the model.
   */
  export type ToolHandler<S extends JsonSchema = JsonSchema> = (args: FromSchema<S>, ctx: ToolContext) => unknown;

  /** A tool that is a function of the script. */
  export interface ToolSpec<N extends string = string, S extends JsonSchema = JsonSchema> {
    /** What the model calls it by. */
    name: N;

    /**
     * What it does, for the model.
     *
     * @default ""
     */
    description?: string;

    /** The JSON Schema of its arguments. What does not fit it goes back to the model as the tool's error; the handler is not called. */
    parameters?: CheckedSchema<S>;

    /** Takes the arguments and a context; may be async. What it answers, or throws, goes to the model. */
    handler: ToolHandler<S>;
  }

  /** Options of `registerAgent`. */
  export interface AgentToolOptions<P extends JsonSchema = JsonSchema, S extends JsonSchema = JsonSchema> {
    /** What the model calls it by; absent: the agent's name, where it has one. */
    name?: string | null;

    /**
     * What it does, for the model.
     *
     * @default ""
     */
    description?: string;

    /** The JSON Schema of the agent's input; absent: the model gives a text. */
    parameters?: CheckedSchema<P> | null;

    /** How the child run of each call is bounded and labelled. */
    run?: RunOptions<S> | null;
  }

  /** Options of the middleware `systemPrompt`. */
  export interface SystemPromptOptions {
    /** What the model is instructed to do. */
    prompt: string;
  }

  /** Options of the middleware `turnLogging`. */
  export interface TurnLoggingOptions {
    /**
     * The level to log at.
     *
     * @default "info"
     */
    level?: "debug" | "info";
  }

  /** What the middlewares take that the host always has; a plugin may add its own by merging. */
  export interface HostMiddlewareOptions {
    /** Of `systemPrompt`. */
    systemPrompt: SystemPromptOptions;

    /** Of `reorderToolResults`: there is nothing to choose. */
    reorderToolResults?: { readonly [option: string]: never } | null;

    /** Of `turnLogging`. */
    turnLogging?: TurnLoggingOptions | null;
  }

  /** What the middleware `N` of the host takes. */
  export type MiddlewareArguments<N extends HostMiddlewareName> = N extends keyof HostMiddlewareOptions ? {} extends Pick<HostMiddlewareOptions, N> ? [options?: HostMiddlewareOptions[N]] : [options: HostMiddlewareOptions[N]] : [options?: { readonly [key: string]: unknown } | null];

  /** A JSON Schema; keywords that are not among these are taken too. */
  export interface JsonSchema {
    /** What kind of value it admits. */
    readonly type?: SchemaKind | readonly SchemaKind[] | (string & {}) | readonly string[];

    /** What it is for. */
    readonly description?: string;

    /** The members that an object has; those that are not `required` may be missing. */
    readonly properties?: { readonly [name: string]: JsonSchema | boolean };

    /** The members that an object must have. */
    readonly required?: readonly string[];

    /** The members of an object that `properties` does not name; `false`: there are none. */
    readonly additionalProperties?: JsonSchema | boolean;

    /** What a list has, after its `prefixItems`. */
    readonly items?: JsonSchema | boolean | readonly (JsonSchema | boolean)[];

    /** What a list begins with. */
    readonly prefixItems?: readonly (JsonSchema | boolean)[];

    /** The values it admits. */
    readonly enum?: readonly unknown[];

    /** The value it admits. */
    readonly const?: unknown;

    /** It admits what any of these admit. */
    readonly anyOf?: readonly (JsonSchema | boolean)[];

    /** It admits what one of these admits. */
    readonly oneOf?: readonly (JsonSchema | boolean)[];

    /** It admits what all of these admit. */
    readonly allOf?: readonly (JsonSchema | boolean)[];

    /** It admits what this definition does: `#/$defs/NAME`. */
    readonly $ref?: string;

    /** Schemas to refer to, by name. */
    readonly $defs?: { readonly [name: string]: JsonSchema | boolean };

    readonly [keyword: string]: unknown;
  }

  /** The kinds of values that a schema tells apart. */
  export type SchemaKind = "string" | "number" | "integer" | "boolean" | "null" | "array" | "object";

  /**
   * The values that the JSON Schema `S` admits, as far as it is known where it is written down.
   *
   * Ranges and patterns do not show in it. What it does not understand is `unknown`.
   *
   * @example
   * registry.register({
   *   name: "add",
   *   parameters: { type: "object", properties: { a: { type: "number" } }, required: ["a"] },
   *   handler: ({ a }) => a + 1, // `a` is a number
   * });
   */
  export type FromSchema<S, Root = S> = S extends false ? never
    : S extends { readonly nullable: true } ? FromSchema<Omit<S, "nullable">, Root> | null
    : S extends { readonly $ref: infer Ref } ? SchemaTarget<Ref, Root>
    : S extends { readonly const: infer Value } ? Value
    : S extends { readonly enum: readonly (infer Value)[] } ? Value
    : S extends { readonly anyOf: readonly (infer Option)[] } ? SchemaAll<[FromSchema<Option, Root>, FromSchema<Omit<S, "anyOf">, Root>]>
    : S extends { readonly oneOf: readonly (infer Option)[] } ? SchemaAll<[FromSchema<Option, Root>, FromSchema<Omit<S, "oneOf">, Root>]>
    : S extends { readonly allOf: readonly [infer First, ...infer Rest] } ? SchemaAll<[FromSchema<First, Root>, FromSchema<Omit<S, "allOf"> & { readonly allOf: Rest }, Root>]>
    : S extends { readonly type: infer Kind } ? SchemaOfKind<Kind extends readonly (infer One)[] ? One : Kind, S, Root>
    : S extends { readonly properties: object } | { readonly required: object } | { readonly additionalProperties: unknown } ? SchemaObject<S, Root>
    : S extends { readonly items: unknown } | { readonly prefixItems: unknown } ? SchemaList<S, Root>
    : unknown;

  /** The schema `S`, in which every `type` has to be one that there is. */
  export type CheckedSchema<S> = S & SchemaChecks<S>;

  /** What is asked of the parts of a schema; of a `type` that is any text, nothing. */
  type SchemaChecks<S> = { readonly [K in keyof S]: K extends "type" ? SchemaKindCheck<S[K]>
    : K extends "properties" | "$defs" | "anyOf" | "oneOf" | "allOf" | "prefixItems" ? { readonly [P in keyof S[K]]: SchemaChecks<S[K][P]> }
    : K extends "items" | "additionalProperties" ? SchemaChecks<S[K]>
    : unknown };

  /** What is asked of a `type`. */
  type SchemaKindCheck<Kind> = string extends Kind ? unknown : Kind extends SchemaKind | readonly SchemaKind[] ? unknown : readonly string[] extends Kind ? unknown : UnknownSchemaKind;

  /** What is no `type` that a schema may have. */
  interface UnknownSchemaKind {
    /** One of these is meant. */
    readonly expected: SchemaKind;
  }

  /** The structured result of a run with the `outputSchema` `S`; without one it may be there or not. */
  export type OutputOf<S> = JsonSchema extends S ? JsonValue | undefined : unknown extends FromSchema<S> ? JsonValue : FromSchema<S>;

  /** What a reference leads to. */
  type SchemaTarget<Ref, Root> = Ref extends "#" ? FromSchema<Root>
    : Ref extends `#/$defs/${infer Name}` ? Root extends { readonly $defs: { readonly [N in Name]: infer Found } } ? FromSchema<Found, Root> : unknown
    : Ref extends `#/definitions/${infer Name}` ? Root extends { readonly definitions: { readonly [N in Name]: infer Found } } ? FromSchema<Found, Root> : unknown
    : unknown;

  /** All of several types; what is not known says nothing. */
  type SchemaAll<T extends readonly [unknown, unknown]> = unknown extends T[0] ? T[1] : unknown extends T[1] ? T[0] : T[0] & T[1];

  /** The values of a kind. */
  type SchemaOfKind<Kind, S, Root> = Kind extends "string" ? string
    : Kind extends "number" | "integer" ? number
    : Kind extends "boolean" ? boolean
    : Kind extends "null" ? null
    : Kind extends "array" ? SchemaList<S, Root>
    : Kind extends "object" ? SchemaObject<S, Root>
    : unknown;

  /** The lists that a schema admits. */
  type SchemaList<S, Root> = S extends { readonly prefixItems: infer First extends readonly unknown[] } ? SchemaTuple<S, First, S extends { readonly items: infer Rest } ? Rest : true, Root>
    : S extends { readonly items: infer First extends readonly unknown[] } ? SchemaTuple<S, First, S extends { readonly additionalItems: infer Rest } ? Rest : true, Root>
    : S extends { readonly items: infer Item } ? FromSchema<Item, Root>[]
    : unknown[];

  /** The lists that a schema admits by position. */
  type SchemaTuple<S, First extends readonly unknown[], Rest, Root> = SchemaPositions<First, S extends { readonly minItems: First["length"] } ? true : false, Root> extends infer Positions extends unknown[]
    ? Rest extends false ? Positions : [...Positions, ...FromSchema<Rest, Root>[]]
    : never;

  /** The types of positions, which may be missing if the list is not that long. */
  type SchemaPositions<First extends readonly unknown[], Complete, Root> = Complete extends true
    ? { -readonly [K in keyof First]: FromSchema<First[K], Root> }
    : { -readonly [K in keyof First]?: FromSchema<First[K], Root> };

  /** The objects that a schema admits. */
  type SchemaObject<S, Root> = S extends { readonly properties: infer P } ? (SchemaMembers<P, S extends { readonly required: readonly (infer Name)[] } ? Name : never, Root> & SchemaOthers<S, P, Root>) extends infer All ? { [K in keyof All]: All[K] } : never
    : S extends { readonly additionalProperties: infer Other } ? { [name: string]: FromSchema<Other, Root> }
    : S extends { readonly required: readonly (infer Name extends string)[] } ? { [N in Name]: unknown }
    : { [name: string]: unknown };

  /** The members that have names. */
  type SchemaMembers<P, Required, Root> = { -readonly [K in keyof P as K extends Required ? K : never]: FromSchema<P[K], Root> }
    & { -readonly [K in keyof P as K extends Required ? never : K]?: FromSchema<P[K], Root> }
    & { [K in Exclude<Required & string, keyof P>]: unknown };

  /** The members that have none, where a schema speaks of them. */
  type SchemaOthers<S, P, Root> = S extends { readonly additionalProperties: infer Other }
    ? Other extends false ? {} : { [name: string]: FromSchema<Other, Root> | FromSchema<P[keyof P], Root> | undefined }
    : {};

  /**
   * The tools that the host offers to scripts, by name, as far as they are known.
   *
   * Plugins add theirs by declaration merging, and `marotte types --tools` writes those of a file.
   */
  export interface HostTools {
  }

  /** A tool of a script that takes `A`, to call it by. */
  export type ScriptTool<A> = (...args: {} extends A ? [args?: A | null] : [args: A]) => Promise<JsonValue>;

  /** The tools that are known to be in the registry `R`. */
  export type KnownTools<R> = R extends ToolRegistry<infer Known> ? Known : unknown;

  /** What the tool `N` takes; of one that is not among the known ones, anything. */
  export type ToolArguments<Known, N> = N extends keyof Known ? Known[N] extends (...args: infer A) => unknown ? A : never : [args?: unknown];

  /** What the tool `N` answers; where that is not known, any JSON value. */
  export type ToolResult<Known, N> = N extends keyof Known ? Known[N] extends (...args: never[]) => PromiseLike<infer R> ? unknown extends R ? JsonValue : R : never : JsonValue;

  /** Any JSON value. */
  export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

  /** All that the module offers, as `require` returns it. */
  const _default: {
    readonly version: typeof version;
    readonly consts: typeof consts;
    readonly createSession: typeof createSession;
    readonly createBuilder: typeof createBuilder;
    readonly runInference: typeof runInference;
    readonly engines: typeof engines;
    readonly turns: typeof turns;
    readonly tools: typeof tools;
    readonly middlewares: typeof middlewares;
    readonly agents: typeof agents;
    readonly RunStoppedError: typeof RunStoppedError;
    readonly RunTimeoutError: typeof RunTimeoutError;
    readonly RunLimitError: typeof RunLimitError;
    readonly SessionBusyError: typeof SessionBusyError;
    readonly EmptyTurnError: typeof EmptyTurnError;
    readonly NoActiveRunError: typeof NoActiveRunError;
    readonly EngineError: typeof EngineError;
    readonly ToolError: typeof ToolError;
    readonly ScriptError: typeof ScriptError;
    readonly RunLostError: typeof RunLostError;
    readonly RunTreeError: typeof RunTreeError;
    readonly SessionClosedError: typeof SessionClosedError;
    readonly UnknownAgentError: typeof UnknownAgentError;
    readonly DuplicateAgentError: typeof DuplicateAgentError;
    readonly ToolNotFoundError: typeof ToolNotFoundError;
    readonly ToolArgumentsError: typeof ToolArgumentsError;
    readonly DuplicateToolError: typeof DuplicateToolError;
    readonly UnknownMiddlewareError: typeof UnknownMiddlewareError;
    readonly EngineConfigError: typeof EngineConfigError;
    readonly MissingExtraError: typeof MissingExtraError;
    readonly MissingKeyError: typeof MissingKeyError;
    readonly NotGrantedError: typeof NotGrantedError;
    readonly UnknownProfileError: typeof UnknownProfileError;
  };
  export default _default;
  export type { Middleware };
  export type { ToolRegistry };
  export type { Engine };
  export type { Session };
  export type { Builder };
  export type { RunHandle };
  export type { RunTree };
}
