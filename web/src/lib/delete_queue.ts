// Deletions with undo: a deleted capture disappears at once, but the server is told only some seconds later, so that it can be
// brought back. Leaving the page tells the server at once.

/** Long enough to read "Undo" and reach it. */
export const UNDO_MS = 6000;

export interface DeleteQueueSnapshot {
  /** Can still be brought back. */
  held: readonly string[];
  /** Not to be shown: held, being deleted, or deleted. */
  hidden: ReadonlySet<string>;
}

export interface DeleteQueueOptions {
  /** Tells the server; `leaving` when the page is going away and nobody waits for the answer. */
  commit: (id: string, leaving: boolean) => Promise<void>;
  onDeleted: (id: string) => void;
  onFailed: (id: string, error: unknown) => void;
  setTimer: (run: () => void, ms: number) => number;
  clearTimer: (timer: number) => void;
}

export class DeleteQueue {
  private readonly timers = new Map<string, number>();
  private readonly committed = new Set<string>();
  private readonly listeners = new Set<() => void>();
  private current: DeleteQueueSnapshot = { held: [], hidden: new Set() };

  constructor(private readonly options: DeleteQueueOptions) {}

  hold(id: string): void {
    if (this.timers.has(id) || this.committed.has(id)) return;
    this.timers.set(id, this.options.setTimer(() => this.commit(id, false), UNDO_MS));
    this.publish();
  }

  /** Brings back everything that can be. */
  undo(): void {
    for (const timer of this.timers.values()) this.options.clearTimer(timer);
    this.timers.clear();
    this.publish();
  }

  /** Tells the server of everything that is held, now. */
  flush(): void {
    for (const [id, timer] of [...this.timers]) {
      this.options.clearTimer(timer);
      this.commit(id, true);
    }
  }

  /** The same object until something changes. */
  readonly snapshot = (): DeleteQueueSnapshot => this.current;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  private commit(id: string, leaving: boolean): void {
    this.timers.delete(id);
    this.committed.add(id);
    this.publish();
    this.options.commit(id, leaving).then(
      () => this.options.onDeleted(id),
      (error: unknown) => {
        this.committed.delete(id);
        this.publish();
        this.options.onFailed(id, error);
      },
    );
  }

  private publish(): void {
    this.current = { held: [...this.timers.keys()], hidden: new Set([...this.timers.keys(), ...this.committed]) };
    for (const listener of this.listeners) listener();
  }
}
