// Pages of a tablet on shift that open without a network: which are kept (away.js keeps them), and what a page says
// that is shown as it was.
const MOST = 12; // operations of a list; each is a request now and then

const ofTicket = (link) => /^\/floor\/[^/]+-\d[^/]*$/.test(link.pathname) && link.pathname;

export async function keepPages(strip) {
  const at = document.body.dataset.keptAt;
  if (at) return sayKept(strip, new Date(at));
  if (!navigator.serviceWorker) return;
  await navigator.serviceWorker.register(strip.dataset.away, { scope: "/floor" });
  const { active } = await navigator.serviceWorker.ready;
  const tickets = [...document.querySelectorAll("main a")].map(ofTicket).filter(Boolean);
  const drawn = performance.getEntriesByType("resource").map((one) => one.name).filter((one) => one.includes("/static/"));
  const pages = ["/floor", location.pathname, ...new Set(tickets)].slice(0, MOST);
  active.postMessage([...drawn, ...pages.map((one) => new URL(one, location.href).href)]);
}

function sayKept(strip, at) {
  const told = strip.querySelector("[data-tablet-kept]");
  const time = at.toLocaleTimeString("en-US", { hour: "numeric", minute: "2-digit" });
  told.querySelector("span").textContent = `No network: this page is as it was at ${time}. What you do is kept here, in its order.`;
  told.querySelector("a").href = location.href;
  told.hidden = false;
}

// What only the plant itself can do is not lost to a page of the browser that says there is no network.
export const needsNetwork = () => !navigator.onLine || Boolean(document.body.dataset.keptAt);
