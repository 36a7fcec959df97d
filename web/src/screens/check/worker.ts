/**
 * Keeps the page itself on the device, so that the check screen opens without a network. The worker is this service's own
 * (`/sw.js`); it never keeps an answer of the API.
 */
export async function keepPageForOffline(): Promise<void> {
  if (!('serviceWorker' in navigator)) return;
  await navigator.serviceWorker.register('/sw.js');
  const { active } = await navigator.serviceWorker.ready;
  // What this screen was loaded from, before the worker was there to see it.
  const parts = performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname);
  active?.postMessage({ keep: ['/', ...parts.filter((path) => path.startsWith('/assets/'))] });
}
