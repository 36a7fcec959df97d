import { createContext, useContext, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { Feed } from './feed';
import type { Model } from './model';

export const FeedContext = createContext<Feed | null>(null);

export function useFeed(): Feed {
  const feed = useContext(FeedContext);
  if (feed === null) throw new Error('useFeed is used outside FeedContext');
  return feed;
}

/** One part of the model; the component renders again when that part is another value. */
export function useLive<T>(select: (model: Model) => T): T {
  const feed = useFeed();
  return useSyncExternalStore(feed.subscribe, () => select(feed.snapshot()));
}

/** As [`useLive`], at most once in `every_ms`: for lists over a fleet that changes every second. */
export function useLiveSlowly<T>(select: (model: Model) => T, every_ms: number): T {
  const feed = useFeed();
  const [value, setValue] = useState(() => select(feed.snapshot()));
  const latest = useRef(select);
  latest.current = select;
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let last = Number.NEGATIVE_INFINITY;
    const read = () => {
      timer = undefined;
      last = Date.now();
      setValue(() => latest.current(feed.snapshot()));
    };
    const note = () => {
      timer ??= setTimeout(read, Math.max(0, last + every_ms - Date.now()));
    };
    note();
    const leave = feed.subscribe(note);
    return () => {
      leave();
      clearTimeout(timer);
    };
  }, [feed, every_ms]);
  return value;
}

/** The service's time, ticking every second: ages are counted by the clock that dated the reports. */
export function useServerNow(): number {
  const offset_ms = useLive((model) => model.clock_offset_ms);
  const [now_ms, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now_ms + offset_ms;
}
