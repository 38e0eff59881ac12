// The service worker of a tablet on shift (offline.js asks for it): where there is no network, or the plant does not
// answer, a page of the floor opens as it last was, with its time. Acts do not pass through here: tablet.js keeps them.
const SHELF = "floor", KEPT_AT = "X-Kept-At";
const PATIENCE = 5_000, FRESH = 300_000, OLDEST = 36_000_000; // ms; the oldest is a shift ago
const AWAY = 502; // and above: what stands before the plant says that it is away
const NOTHING = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>No network</title><main><h1>No network</h1><p>This page is not kept on this tablet. It opens when the network is back.</p>
<p><a href="/floor">My machine, as it was</a></p></main></html>`;

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("message", (event) => event.waitUntil(keepAll(event.data).catch(() => {}))); // later, then
addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  if (method !== "GET" || new URL(url).origin !== location.origin) return;
  if (mode === "navigate") event.respondWith(page(event));
  else if (isAsset(url)) event.respondWith(caches.match(event.request).then((found) => found ?? fetch(event.request)));
});

const isAsset = (url) => new URL(url).pathname.startsWith("/static/");
const after = (time) => new Promise((resolve) => setTimeout(resolve, time));

async function page(event) {
  const answer = fetch(event.request);
  event.waitUntil(answer.then((found) => keep(event.request.url, found.clone())).catch(() => {}));
  const soon = await Promise.race([answer, after(PATIENCE)]).catch(() => null);
  if (soon && soon.status < AWAY) return soon;
  return (await asItWas(event.request.url)) ?? answer.catch(nothing);
}

const nothing = () => new Response(NOTHING, {
  status: 503, headers: { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": "default-src 'none'" },
});

// With the headers that it came with: the policy of the page holds for what is kept of it.
async function keep(url, found) {
  const isShift = new URL(url).pathname === "/floor/shift" && found.type !== "opaqueredirect";
  if (isShift) return caches.delete(SHELF); // what comes is of somebody else, or the tablet was revoked
  if (!found.ok || found.redirected) return;
  const text = await found.text();
  if (!text.includes("data-tablet=")) return;
  const headers = new Headers(found.headers);
  headers.delete("Content-Encoding");
  headers.set(KEPT_AT, new Date().toISOString());
  await (await caches.open(SHELF)).put(url, new Response(text, { headers }));
}

async function asItWas(url) {
  const shelf = await caches.open(SHELF);
  const found = (await shelf.match(url)) ?? (await shelf.match(url, { ignoreSearch: true }));
  const at = found?.headers.get(KEPT_AT);
  if (!at || Date.now() - Date.parse(at) > OLDEST) return undefined;
  const text = await found.text();
  return new Response(text.replace("<body", `<body data-kept-at="${at}"`), { headers: found.headers });
}

// Pages that are wanted next, and what they are drawn with.
async function keepAll(urls) {
  const shelf = await caches.open(SHELF);
  for (const url of urls) {
    const known = await shelf.match(url);
    if (isAsset(url)) {
      if (!known) await shelf.add(url);
    } else if (!known || Date.now() - Date.parse(known.headers.get(KEPT_AT)) > FRESH) {
      await keep(url, await fetch(url, { headers: { Accept: "text/html" } }));
    }
  }
}
