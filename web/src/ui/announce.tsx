import { createContext, type ReactNode, useCallback, useContext, useEffect, useRef, useState } from 'react';

/** At most one message in this long, so that a screen reader is not drowned. */
export const ANNOUNCE_EVERY_MS = 5_000;

type Announce = (text: string) => void;
const AnnounceContext = createContext<Announce>(() => undefined);

/** Says something to people who do not see the page change. Facts that need an act belong on the page itself. */
export function useAnnounce(): Announce {
  return useContext(AnnounceContext);
}

/** The page's one polite live region. What comes too soon after the last message waits; of the waiting all is said together. */
export function Announcements({ children }: { children: ReactNode }) {
  const [said, setSaid] = useState('');
  const waiting = useRef<string[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const announce = useCallback<Announce>((text) => {
    if (timer.current !== null) {
      if (!waiting.current.includes(text)) waiting.current.push(text);
      return;
    }
    const speak = (words: string) => {
      setSaid(words);
      timer.current = setTimeout(() => {
        timer.current = null;
        const next = waiting.current.splice(0).join(' ');
        if (next !== '') speak(next);
      }, ANNOUNCE_EVERY_MS);
    };
    speak(text);
  }, []);
  useEffect(() => () => void (timer.current !== null && clearTimeout(timer.current)), []);
  return (
    <AnnounceContext value={announce}>
      {children}
      <div className="hidden" role="status" aria-live="polite">
        {said}
      </div>
    </AnnounceContext>
  );
}
