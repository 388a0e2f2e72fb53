// Deletions with undo: a deleted capture disappears at once, but the request is sent only some seconds later, so that it can be
// brought back. Leaving the page sends all requests at once.
import { Store } from '../../lib/store';

/** Long enough to read "Undo" and reach it. */
export const UNDO_MS = 6000;

export interface DeleteQueueState {
  /** Ids whose deletion can still be undone. */
  scheduled: readonly string[];
  /** Ids that must not be shown: scheduled, being deleted, or deleted. */
  hidden: ReadonlySet<string>;
}

export interface DeleteQueueOptions {
  /** Sends the request; `leaving` when the page is going away and its answer will not be read. */
  commit: (id: string, leaving: boolean) => Promise<void>;
  onDeleted: (id: string) => void;
  onFailed: (id: string, error: unknown) => void;
  setTimer: (run: () => void, ms: number) => number;
  clearTimer: (timer: number) => void;
}

export class DeleteQueue {
  readonly state = new Store<DeleteQueueState>({ scheduled: [], hidden: new Set() });
  private readonly timers = new Map<string, number>();
  private readonly committed = new Set<string>();

  constructor(private readonly options: DeleteQueueOptions) {}

  scheduleDelete(id: string): void {
    if (this.timers.has(id) || this.committed.has(id)) return;
    this.timers.set(id, this.options.setTimer(() => this.commit(id, false), UNDO_MS));
    this.publish();
  }

  /** Cancels every scheduled deletion. */
  undo(): void {
    for (const timer of this.timers.values()) this.options.clearTimer(timer);
    this.timers.clear();
    this.publish();
  }

  /** Sends every scheduled deletion now. */
  flush(): void {
    for (const [id, timer] of [...this.timers]) {
      this.options.clearTimer(timer);
      this.commit(id, true);
    }
  }

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
    const scheduled = [...this.timers.keys()];
    this.state.set({ scheduled, hidden: new Set([...scheduled, ...this.committed]) });
  }
}
