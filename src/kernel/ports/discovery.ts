/** A running instance of a module, as other hosts reach it. */
export type Instance = {
  /** Tells it from every other one, and from one that had its address before. */
  readonly id: string;
  /** Its internal listener: `http://10.0.0.5:4000`. */
  readonly url: string;
};

/** Knows where modules run. What it has learnt it keeps while whoever told it can't be asked. */
export type Discovery = {
  readonly name: string;
  /** The instances that are known now; empty for a module that nobody has been found for yet. */
  instancesOf(module: string): readonly Instance[];
  /** Called after a change, until the returned function is. */
  watch(module: string, changed: () => void): () => void;
  /** Begins to ask about these modules, and tells the others of this host's own. Never waits for an answer. */
  start(asked: readonly string[]): Promise<void>;
  /** This host takes no new work: it is told to the others, before anything stops. */
  leave(): Promise<void>;
  close(): Promise<void>;
};

/** One use of an instance. `done` is told once how it went, whatever that was. */
export type Turn = {
  readonly instance: Instance;
  /** `failed`: the instance could not be reached, or did not do what it was there for. A declared failure is an answer. */
  done(outcome: 'answered' | 'failed' | 'abandoned'): void;
};

/** Chooses among the instances of a module. */
export type Balancer = {
  /** Undefined when no instance is known. `except` names instances that this call has tried already. */
  choose(module: string, except?: ReadonlySet<string>): Turn | undefined;
  /** Resolves when an instance is known, or with false when `signal` aborts first. */
  awaitInstance(module: string, signal: AbortSignal): Promise<boolean>;
};
