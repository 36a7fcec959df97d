/**
 * What a screen reader is told about live changes: at most one message in [`ANNOUNCE_EVERY_MS`]; what comes in between
 * is counted and told together. Pure: the time is passed in.
 */

/** A kind of change worth saying, with how often it happened since the last message. */
export type News = 'clue' | 'listed' | 'delisted' | 'lost' | 'back';

export const ANNOUNCE_EVERY_MS = 5_000;

export class Announcer {
  private waiting = new Map<News, number>();
  private last_ms = Number.NEGATIVE_INFINITY;

  /** Notes one change. */
  note(news: News): void {
    this.waiting.set(news, (this.waiting.get(news) ?? 0) + 1);
  }

  /** What may be said at `now_ms`, or `null`. */
  poll(now_ms: number): ReadonlyMap<News, number> | null {
    if (this.waiting.size === 0 || now_ms - this.last_ms < ANNOUNCE_EVERY_MS) return null;
    const told = this.waiting;
    this.waiting = new Map();
    this.last_ms = now_ms;
    return told;
  }
}
