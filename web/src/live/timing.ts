/** How long the page's own work on an update takes: noted only where a test asked for it. */

declare global {
  interface Window {
    /** A test sets this before the page loads; milliseconds by kind of work. */
    __timings?: Record<string, number[]>;
  }
}

export function timed<T>(what: 'apply' | 'draw' | 'set' | 'list', work: () => T): T {
  if (window.__timings === undefined) return work();
  const start = performance.now();
  const result = work();
  (window.__timings[what] ??= []).push(performance.now() - start);
  return result;
}
