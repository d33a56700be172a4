// Generated from the declarations of bindings in Python. Do not edit.

/** A plugin. */
declare module "@acme/bells" {
  /** Ring for a toy. */
  export function ring(toy: import("toys").Toy, tree: import("toys").TreeInput): import("toys").Tree;

  /** How a bell rang. */
  export interface Ringing {
    /** How often. */
    readonly times: number;
  }

  /** A bell rang. */
  export interface Rung {
    /** Always `"bells.rung"`. */
    readonly type: "bells.rung";

    readonly toy: import("toys").Tree;

    readonly data: Ringing;
  }

  /** How a bell rang. */
  export interface RingingInput {
    /**
     * How often.
     *
     * @default 1
     */
    times?: number;
  }

  /** All that the module offers, as `require` returns it. */
  const _default: {
    readonly ring: typeof ring;
  };
  export default _default;
}

declare module "toys" {
  /** The events that runs may have, by type. A plugin adds its own by declaration merging. */
  interface RunEventMap {
    readonly "bells.rung": import("@acme/bells").Rung;
  }

  /** What scripts emit as the `data` of plugins' events, by type. A plugin adds its own by declaration merging. */
  interface PluginEventMap {
    readonly "bells.rung": import("@acme/bells").RingingInput;
  }
}
