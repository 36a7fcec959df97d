/**
 * Keeps the page's own files, so that the check screen opens without a network. Answers of the API are never kept: they are
 * of persons and companies, and old ones would be taken for new.
 */
const KEPT = 'mucktrail-page-1';

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('message', (event) => {
  const paths = Array.isArray(event.data?.keep) ? event.data.keep.filter((path) => path === '/' || String(path).startsWith('/assets/')) : [];
  event.waitUntil(keep(paths));
});

/** Keeps files; those of an earlier version of the page go. */
async function keep(paths) {
  const cache = await caches.open(KEPT);
  await Promise.all(paths.filter((path) => path !== '/').map(async (path) => (await cache.match(path)) ?? cache.add(path)));
  await cache.add('/');
  const page = await (await cache.match('/')).text();
  const entry = /\/assets\/index-[\w-]+\.js/.exec(page)?.[0];
  if (entry !== undefined && !paths.includes(entry)) return;
  for (const { url } of await cache.keys()) {
    const path = new URL(url).pathname;
    if (path.startsWith('/assets/') && !paths.includes(path)) await cache.delete(url);
  }
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith('/assets/')) {
    // The name carries a hash of the content: what is kept is right for ever.
    event.respondWith(caches.match(url.pathname).then((known) => known ?? fetch(request)));
  } else if (request.mode === 'navigate' && (url.pathname === '/' || url.pathname.startsWith('/app'))) {
    event.respondWith(fetch(request).catch(async () => (await caches.match('/')) ?? Response.error()));
  }
});
