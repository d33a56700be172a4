// Generated from the declarations of bindings in Python. Do not edit.

/** Toys. */
declare module "toys" {
  /** What is possible. */
  export const limits: {
    readonly height: 3;

    readonly kinds: readonly ["top"];
  };

  export const version: string;

  /**
   * Build a toy.
   *
   * It says `*\/` and `Toy`.
   *
   * @param options How, on two lines.
   * @returns The toy.
   * @throws {ToyError} There is no wood.
   * @example
   * const toy = build({ base: { name: "oak" } });
   */
  export function build<const F extends string = string>(options: BuildOptions<F>): Toy;

  /** Paint a tree. */
  export function paint(tree: TreeInput, painter: (tree: Tree, next: (event: SpunInput, ...rest: number[]) => void) => TreeInput | PromiseLike<TreeInput | null | void> | null | void, coats?: number | null): Promise<Tree | null>;

  /** Transform a value. */
  export function transform<T>(value: T, mapper: Mapper<T>): T;

  /** Bring one. */
  function _import(name: string): JsonValue;

  /** Where toys are. */
  export namespace shop {
    /** Count toys. */
    function count(...toys: Toy[]): number;

    /**
     * What a toy costs.
     *
     * @param options How it is built.
     */
    function price(options: BuildOptions): number;

    /**
     * Oil a toy.
     *
     * @param options How it is built.
     * @param mapper Says how.
     */
    function oil<F extends string>(options: BuildOptions<F | "oil">, mapper: Mapper<F>): F;
  }

  export const odd: {
    /** Count toys. */
    count(...toys: Toy[]): number;

    /** Take one. */
    delete(): void;
  };

  /** A toy broke. */
  export class ToyError extends Error {
    /** The error's class. */
    readonly name: "ToyError";

    /** What broke. */
    readonly code: string;

    readonly toyName?: string;
  }

  /** A toy in a script's hands. */
  class Toy {
    #private;
    private constructor();

    /** What it is called. */
    readonly name: string;

    /** Resolves when it stands still. */
    readonly done: Promise<Tree>;

    /**
     * Listen.
     *
     * @param listener Called for each spin.
     */
    on(listener: (event: Spun, ...rest: number[]) => void): this;

    /** Give it back. */
    return(): void;

    /** All spins. */
    [Symbol.asyncIterator](): AsyncIterableIterator<Spun>;
  }

  /** The events that runs may have, by type. A plugin adds its own by declaration merging. */
  export interface RunEventMap {
    readonly spun: Spun;
    readonly "toy-dropped": Dropped;
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

  /** A tree of toys. */
  export interface TreeInput {
    /** What it is called. */
    name: string;

    /**
     * In metres; see `*\/`.
     *
     * @default 1.5
     */
    height?: number;

    leaves?: readonly TreeInput[];

    data?: unknown;

    /** @deprecated */
    note?: string | null;
  }

  /** How to build. */
  export interface BuildOptions<F extends string = string> {
    /**
     * How large.
     *
     * @default "small"
     */
    size?: "small" | "large";

    /** Of what. */
    base: TreeInput;

    /**
     * What is on it.
     *
     * @default ""
     */
    finish?: F;
  }

  /** A tree of toys. */
  export interface Tree {
    /** What it is called. */
    name: string;

    /** In metres; see `*\/`. */
    height: number;

    leaves: Tree[];

    data?: JsonValue;

    /** @deprecated */
    note?: string;
  }

  /** A toy was spun. */
  export interface SpunInput {
    /**
     * Always `"spun"`.
     *
     * @default "spun"
     */
    type?: "spun";

    /** How often. */
    turnCount: number;

    by?: readonly [string, number] | null;
  }

  /**
   * Makes something of a value.
   *
   * @param value Of any kind.
   * @returns Anything.
   */
  export type Mapper<T> = (value: T) => unknown;

  /** A toy was spun. */
  export interface Spun {
    /** Always `"spun"`. */
    readonly type: "spun";

    /** How often. */
    readonly turnCount: number;

    readonly by?: readonly [string, number];
  }

  /** A toy was dropped. */
  export interface Dropped {
    /** Always `"toy-dropped"`. */
    readonly type: "toy-dropped";

    readonly tags: { readonly [key: string]: readonly string[] };
  }

  /** Any JSON value. */
  export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

  /** All that the module offers, as `require` returns it. */
  const _default: {
    readonly limits: typeof limits;
    readonly version: typeof version;
    readonly build: typeof build;
    readonly paint: typeof paint;
    readonly transform: typeof transform;
    readonly import: typeof _import;
    readonly shop: typeof shop;
    readonly odd: typeof odd;
    readonly ToyError: typeof ToyError;
  };
  export default _default;
  export { _import as import };
  export type { Toy };
}
