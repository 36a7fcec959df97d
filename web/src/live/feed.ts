/**
 * Keeps the [`Model`] up to date: fetches everything when the stream opens, then applies its events. The only place
 * that fetches the panels' data; the panels subscribe.
 */
import { asProblem, get } from '../api/client';
import type { Decoder } from '../api/decode';
import * as api from '../api/types';
import { Announcer, type News } from './announcer';
import * as change from './model';
import { EMPTY, type Loadable, type Model } from './model';
import type { ServerEvent } from './sse';
import { openStream } from './stream';
import { timed } from './timing';

/** Events that may wait while the panels are being fetched; more of them means fetching once more instead. */
export const EVENTS_WAITING_MAX = 2_000;
/** Without a stream (nobody is signed in) the black list is fetched this often. */
export const PUBLIC_REFRESH_MS = 60_000;
/** A reload asked for by an unreadable or unknown event waits this long, so that many of them make one. */
const RELOAD_DELAY_MS = 2_000;
const ANNOUNCE_POLL_MS = 1_000;
const CLUES_FETCHED_MAX = 200;

type Panel = 'trucks' | 'clues' | 'carriers' | 'blacklist' | 'fences' | 'claims';
const PANELS: readonly Panel[] = ['trucks', 'clues', 'carriers', 'blacklist', 'fences', 'claims'];

export interface FeedHandlers {
  /** The session is over. */
  onSignedOut(): void;
  /** News for the live region, not more often than its bound. */
  onNews(news: ReadonlyMap<News, number>): void;
}

export class Feed {
  private model: Model = EMPTY;
  private readonly listeners = new Set<() => void>();
  private waiting: ServerEvent[] | null = null;
  private missed = false;
  private interrupted = false;
  private readonly announcer = new Announcer();
  private closers: (() => void)[] = [];
  private reload_timer: ReturnType<typeof setTimeout> | undefined;

  readonly snapshot = (): Model => this.model;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Everything an officer sees, live. */
  openForOfficer(handlers: FeedHandlers): void {
    this.model = EMPTY;
    this.closers.push(
      openStream('/api/v1/events', {
        onState: (stream) => {
          const was_live = this.model.stream.kind === 'live';
          this.update({ ...this.model, stream });
          if (was_live && stream.kind === 'lost') {
            this.interrupted = true;
            this.announcer.note('lost');
          } else if (this.interrupted && stream.kind === 'live') {
            this.interrupted = false;
            this.announcer.note('back');
          }
          if (stream.kind === 'lost' && this.model.trucks.kind !== 'ready') void this.loadAll();
        },
        onOpen: () => void this.loadAll(),
        onEvent: (event) => this.take(event),
        onSignedOut: handlers.onSignedOut,
      }),
    );
    const timer = setInterval(() => {
      const news = this.announcer.poll(Date.now());
      if (news !== null) handlers.onNews(news);
    }, ANNOUNCE_POLL_MS);
    this.closers.push(() => clearInterval(timer));
  }

  /** The public black list alone. */
  openForPublic(): void {
    this.model = EMPTY;
    void this.load('blacklist');
    const timer = setInterval(() => void this.load('blacklist'), PUBLIC_REFRESH_MS);
    this.closers.push(() => clearInterval(timer));
  }

  close(): void {
    for (const closer of this.closers) closer();
    this.closers = [];
    clearTimeout(this.reload_timer);
    this.reload_timer = undefined;
  }

  /** Fetches one panel again, as its "try again" button asks. */
  readonly load = async (panel: Panel): Promise<void> => {
    const before = this.model[panel];
    if (before.kind === 'failed') this.update({ ...this.model, [panel]: { kind: 'loading' } });
    try {
      const apply = await LOADERS[panel]();
      this.update(apply(this.model, Date.now()));
    } catch (thrown) {
      const now: Loadable<unknown> = this.model[panel];
      this.update({ ...this.model, [panel]: change.failed(now, asProblem(thrown)) });
    }
  };

  /** A decision was answered with the clue as it is now. */
  readonly takeClue = (clue: api.Clue): void => this.update(change.withClue(this.model, clue));

  /** A clue was claimed, handed over or given back here. */
  readonly takeClaim = (event: api.ClaimEvent): void => this.update(change.withClaim(this.model, event));

  /** Fetches every panel; events that come meanwhile are applied after it, so that no older answer hides a newer event. */
  private async loadAll(): Promise<void> {
    if (this.waiting !== null) {
      this.missed = true;
      return;
    }
    do {
      this.missed = false;
      this.waiting = [];
      await Promise.all(PANELS.map((panel) => this.load(panel)));
      const events: ServerEvent[] = this.waiting;
      this.waiting = null;
      for (const event of events) this.apply(event);
    } while (this.missed);
  }

  private take(event: ServerEvent): void {
    if (this.waiting === null) this.apply(event);
    else if (this.waiting.length < EVENTS_WAITING_MAX) this.waiting.push(event);
    else this.missed = true;
  }

  private apply(event: ServerEvent): void {
    try {
      timed('apply', () => this.applyRead(event.event, JSON.parse(event.data) as unknown));
    } catch {
      // An event this page cannot read, from a newer service say: the panels are fetched, where a failure is shown.
      this.reloadSoon();
    }
  }

  private applyRead(event: string, data: unknown): void {
    const now_ms = Date.now();
    switch (event) {
      case 'trucks':
        return this.update(change.withChangedTrucks(this.model, api.truckList(data, 'trucks'), now_ms));
      case 'moves':
        return this.update(change.withMoves(this.model, api.moves(data, 'moves'), now_ms));
      case 'claim':
        return this.update(change.withClaim(this.model, api.claimEvent(data, 'claim')));
      case 'clue': {
        const clue = api.clue(data, 'clue');
        const known = this.model.clues.kind === 'ready' && this.model.clues.value.by_id.has(clue.id);
        if (!known && clue.state === 'pending') this.announcer.note('clue');
        // A decision on a clue outside the ones held: only the service can count it.
        if (!known && clue.state !== 'pending') return void this.load('clues');
        return this.update(change.withClue(this.model, clue));
      }
      case 'carrier':
        return this.update(change.withCarrier(this.model, api.carrier(data, 'carrier'), now_ms));
      case 'listing': {
        const { action } = api.listingEvent(data, 'listing');
        this.announcer.note(action === 'list' ? 'listed' : 'delisted');
        return void this.load('blacklist');
      }
      case 'resync':
        return void this.loadAll();
    }
  }

  private reloadSoon(): void {
    this.reload_timer ??= setTimeout(() => {
      this.reload_timer = undefined;
      void this.loadAll();
    }, RELOAD_DELAY_MS);
  }

  private update(model: Model): void {
    this.model = model;
    for (const listener of this.listeners) listener();
  }
}

type Apply = (model: Model, now_ms: number) => Model;

function loader<T>(path: string, decoder: Decoder<T>, apply: (model: Model, value: T, now_ms: number) => Model) {
  return async (): Promise<Apply> => {
    const value = await get(path, decoder);
    return (model, now_ms) => apply(model, value, now_ms);
  };
}

const LOADERS: Record<Panel, () => Promise<Apply>> = {
  // How big the fleet is decides whether all of it is fetched and followed.
  trucks: async () => {
    const fleet = await get('/api/v1/map/trucks', api.sight);
    const all = fleet.streamed ? await get('/api/v1/trucks', api.truckList) : null;
    return (model, now_ms) => {
      const next = change.withFleet(model, fleet, now_ms);
      return all === null ? next : change.withTruckList(next, all, now_ms);
    };
  },
  claims: loader('/api/v1/claims', api.claimList, change.withClaims),
  carriers: loader('/api/v1/carriers', api.carrierList, change.withCarrierList),
  blacklist: loader('/api/v1/blacklist', api.blacklist, (model, value) => ({ ...model, blacklist: change.ready(value) })),
  fences: loader('/api/v1/map', api.mapFeatures, (model, value) => ({ ...model, fences: change.ready(value) })),
  clues: async () => {
    const [pending, newest] = await Promise.all([
      get(`/api/v1/clues?state=pending&limit=${CLUES_FETCHED_MAX}`, api.clueList),
      get(`/api/v1/clues?state=all&limit=${CLUES_FETCHED_MAX}`, api.clueList),
    ]);
    return (model) => change.withClueLists(model, pending, newest);
  },
};
