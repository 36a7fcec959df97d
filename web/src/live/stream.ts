/**
 * The live connection: opens `/api/v1/events`, hands on its events, notices when it dies and tries again.
 *
 * It reads the stream through `fetch`, not `EventSource`, for two things that one does not give: the heartbeat comments,
 * so that a connection which is silently dead is noticed, and the waits between tries, which a person sees counted down.
 * It never resumes by event id: after each opening the page fetches everything anew, which is also right when the
 * service was restarted in between.
 */
import { retrySeconds } from './backoff';
import { EventReader, type ServerEvent } from './sse';

export type StreamState =
  | { kind: 'connecting' }
  | { kind: 'live' }
  /** `retry_at`: when the next try begins, in milliseconds since 1970. */
  | { kind: 'lost'; retry_at: number };

export interface StreamHandlers {
  onState(state: StreamState): void;
  onOpen(): void;
  onEvent(event: ServerEvent): void;
  /** The service says that nobody is signed in: no further try is made. */
  onSignedOut(): void;
}

/** The service sends a comment every 15 s; after three missed ones the connection counts as dead. */
export const SILENCE_MS_MAX = 45_000;

/** Opens the stream and keeps it open until the returned function is called. */
export function openStream(path: string, handlers: StreamHandlers): () => void {
  let stopped = false;
  let attempt = 0;
  let current: AbortController | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const connect = async () => {
    handlers.onState({ kind: 'connecting' });
    const connection = new AbortController();
    current = connection;
    let outcome: 'ended' | 'signed_out';
    try {
      outcome = await readUntilEnd(path, connection, handlers, () => {
        attempt = 0;
      });
    } catch {
      // Refused, reset, silent: for the person it is one thing, "lost", and the next try tells more.
      outcome = 'ended';
    }
    if (stopped) return;
    if (outcome === 'signed_out') {
      handlers.onSignedOut();
      return;
    }
    const wait_ms = retrySeconds(attempt) * 1000;
    attempt += 1;
    handlers.onState({ kind: 'lost', retry_at: Date.now() + wait_ms });
    timer = setTimeout(() => {
      timer = undefined;
      void connect();
    }, wait_ms);
  };
  /** The browser knows that the network is back: no need to sit out the wait. */
  const retryNow = () => {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    void connect();
  };
  window.addEventListener('online', retryNow);
  void connect();

  return () => {
    stopped = true;
    clearTimeout(timer);
    window.removeEventListener('online', retryNow);
    current?.abort();
  };
}

async function readUntilEnd(
  path: string,
  connection: AbortController,
  handlers: StreamHandlers,
  opened: () => void,
): Promise<'ended' | 'signed_out'> {
  let watchdog = setTimeout(() => connection.abort(), SILENCE_MS_MAX);
  try {
    const response = await fetch(path, {
      headers: { Accept: 'text/event-stream' },
      credentials: 'same-origin',
      cache: 'no-store',
      signal: connection.signal,
    });
    if (response.status === 401) return 'signed_out';
    if (!response.ok || response.body === null) return 'ended';
    opened();
    handlers.onState({ kind: 'live' });
    handlers.onOpen();
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    const events = new EventReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return 'ended';
      clearTimeout(watchdog);
      watchdog = setTimeout(() => connection.abort(), SILENCE_MS_MAX);
      for (const event of events.push(decoder.decode(value, { stream: true }))) handlers.onEvent(event);
    }
  } finally {
    clearTimeout(watchdog);
    connection.abort();
  }
}
