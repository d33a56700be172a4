// Generated from the declarations of bindings in Python. Do not edit.
// The globals of a script, beside those of the language: what is not here does not exist.

/** Plays. */
declare var band: Band;

/** From 0 to 1. */
declare var volume: number;

declare var onnoise: ((tree: string) => void) | null;

/** Shout. */
declare function shout(text: string): void;

/** Whistles. */
declare class Whistle {
  /** Make a whistle. */
  constructor(pitch?: number);

  static readonly LOUD: number;

  readonly LOUD: number;

  /** The best of several. */
  static best(of: readonly Whistle[]): Whistle;

  /** In hertz. */
  readonly pitch: number;

  /** Its label. */
  label: string;

  /** Blow it. */
  blow(): this;

  /** Its label. */
  toJSON(): string;

  /** Its tones. */
  [Symbol.iterator](): IterableIterator<[string, number], undefined, unknown>;
}

/** A whistle that scripts cannot make. */
declare class Pipe extends Whistle {
  /** Scripts get objects of the class, and make none. */
  protected constructor();
}

/** Plays. */
interface Band {
  /** Play. */
  play(whistle?: Whistle | null): void;
}
