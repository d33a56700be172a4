// Generated from the declarations of bindings in Python. Do not edit.

/** A plugin. */
declare module "@acme/bells" {
  /** Ring for a toy. */
  export function ring(toy: import("toys").Toy, tree: import("toys").TreeInput): import("toys").Tree;

  /** A bell rang. */
  export interface Rung {
    /** Always `"bells.rung"`. */
    readonly type: "bells.rung";

    readonly toy: import("toys").Tree;
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
}
