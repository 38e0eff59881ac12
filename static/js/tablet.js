// On a tablet of the plant an act of the floor is written here before the screen answers: numbered without gaps, each
// line with the hash of the one before, kept until the server has it. The forms work without this, while there is a
// network. docs/devices.md says how a line is made.
import { keepPages, needsNetwork } from "./offline.js";

const MOST_LINES = 50, MOST_LETTERS = 40_000; // sent at once
const PAUSE = 5_000, LONGEST_PAUSE = 60_000, PATIENCE = 4_000, LONGEST_ANSWER = 20_000; // ms
const NOT_SAID = new Set(["csrf_token", "idempotency_key"]);
const KEPT = "Kept on this tablet. It is sent when the network is back.";
const NEEDS_NETWORK = "This needs the network, and there is none now. Nothing was done.";
const AGAIN = new Set(["count", "spoils"]); // acts that follow on themselves
const ACT = /^\/floor(?:\/([^/]+))?\/([a-z-]+)$/;

const strip = document.querySelector("[data-tablet]");
const { tablet: device, shift, events, acts = "" } = strip?.dataset ?? {};
let pause = PAUSE;
let latest = 0; // event of this page: what is late leads nowhere once somebody goes on

// --- the shelf: lines that are not acknowledged, and the end of the chain -------------------------------------------

const answered = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

let shelf;
const opened = () => (shelf ??= (() => {
  const request = indexedDB.open(`tablet-${device}`, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("lines", { keyPath: "n" });
    request.result.createObjectStore("ends");
  };
  return answered(request);
})());

// What is written is on the disk when this is done.
async function change(work) {
  const turn = (await opened()).transaction(["lines", "ends"], "readwrite", { durability: "strict" });
  const done = new Promise((resolve, reject) => {
    turn.oncomplete = resolve;
    turn.onabort = turn.onerror = () => reject(turn.error);
  });
  const found = await work(turn.objectStore("lines"), turn.objectStore("ends"));
  await done;
  return found;
}

async function unsent(most) {
  const lines = (await opened()).transaction("lines").objectStore("lines");
  return answered(most ? lines.getAll(null, most) : lines.count());
}

// --- the chain --------------------------------------------------------------------------------------------------------

const sorted = (line) => JSON.stringify(Object.fromEntries(Object.keys(line).sort().map((name) => [name, line[name]])));

async function hashOf(line) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(sorted(line)));
  return [...new Uint8Array(digest)].map((one) => one.toString(16).padStart(2, "0")).join("");
}

// The later of what this tablet knows and what the page that came from the server says.
async function end() {
  const ends = (await opened()).transaction("ends").objectStore("ends");
  const own = (await answered(ends.get("end"))) ?? { n: 0, hash: "" };
  const known = { n: Number(strip.dataset.lastN), hash: strip.dataset.lastHash };
  return own.n >= known.n ? own : known;
}

// One writer, however many pages are open.
const write = (act, item, fields) => navigator.locks.request("tablet-write", async () => {
  const before = await end();
  const line = {
    ...fields, device, n: before.n + 1, prev: before.hash, act, item, shift,
    occurred: new Date().toISOString(), offset_ms: Math.round(performance.now()),
  };
  line.hash = await hashOf(line);
  await change((lines, ends) => {
    lines.add(line);
    return answered(ends.put({ n: line.n, hash: line.hash }, "end"));
  });
  return line;
});

// --- sending ----------------------------------------------------------------------------------------------------------

// What became of the events that the server heard of now, by number; null when it did not answer.
const send = () => navigator.locks.request("tablet-send", async () => {
  const became = new Map();
  try {
    for (let lines = await first(); lines.length; lines = await first()) {
      const said = await post(lines);
      if (!said) return null;
      said.events.forEach((one) => became.set(one.n, one));
      await change((kept) => answered(kept.delete(IDBKeyRange.upperBound(said.acknowledged))));
      if (lines[0].n > said.acknowledged) {
        tell(`The plant misses events ${said.gaps.map(([first, last]) => `${first} to ${last}`).join(", ") || lines[0].n} of this tablet. Tell a supervisor.`);
        return became;
      }
    }
    pause = PAUSE;
    return became;
  } catch {
    return null; // no network
  } finally {
    await show();
  }
});

// Of the first lines as many as the server takes at once.
async function first() {
  const lines = await unsent(MOST_LINES);
  while (lines.length > 1 && JSON.stringify(lines).length > MOST_LETTERS) lines.pop();
  return lines;
}

async function post(lines) {
  const answer = await fetch(events, {
    method: "POST", body: JSON.stringify({ events: lines }),
    headers: { Accept: "application/json", "Content-Type": "application/json" }, signal: AbortSignal.timeout(LONGEST_ANSWER),
  });
  if (answer.ok) return answer.json();
  const { message } = await answer.json();
  if (answer.status < 500) tell(message);
  return null;
}

let timer;
async function sendSoon() {
  clearTimeout(timer);
  const became = await send();
  pause = became ? PAUSE : Math.min(pause * 2, LONGEST_PAUSE);
  if (await unsent()) timer = setTimeout(sendSoon, pause);
  return became;
}

// --- what people see --------------------------------------------------------------------------------------------------

const tell = (words) => (strip.querySelector("[data-tablet-trouble]").textContent = words);

async function show() {
  const waiting = await unsent(), lines = await unsent(MOST_LINES);
  strip.dataset.unsent = waiting;
  strip.querySelector("[data-tablet-says]").textContent = waiting ? `${waiting} not sent yet` : "All sent";
  strip.querySelector("[data-tablet-waiting]").hidden = !waiting;
  strip.querySelector("[data-tablet-lines]").replaceChildren(...lines.map(inWords));
  // An operation that was started here goes on, though its page is of before.
  const isHere = ({ act, item, scan }) => act === "start" ? started?.dataset.started === item : act === "scan" && started?.dataset.started === scan?.trim();
  if (!lines.some(isHere)) return;
  started.hidden = false;
  document.querySelector("[data-to-start]").hidden = true;
}

const started = document.querySelector("[data-started]");

function inWords({ n, act, item, scan, good, occurred }) {
  const time = new Date(occurred).toLocaleTimeString("en-US", { hour: "numeric", minute: "2-digit" });
  const what = [act.replace("-", " "), item || scan, good && `${good} good`].filter(Boolean).join(", ");
  return Object.assign(document.createElement("li"), { textContent: `${time}: ${what} (number ${n})` });
}

const textsOf = (form, by) => Object.fromEntries([...new FormData(form, by)]
  .filter(([name, value]) => !NOT_SAID.has(name) && typeof value === "string")
  .map(([name, value]) => [name, value.replaceAll("\0", "")]));

// The act and the ticket that a form of the floor is about: its address says so.
function actOf(form) {
  const [, item = "", act] = ACT.exec(new URL(form.action).pathname) ?? [];
  return acts.split(" ").includes(act) ? { act, item } : undefined;
}

export const isKeptHere = (form) => Boolean(strip && actOf(form));

// Writes what a form says, then sends it: {outcome, message, go}; "kept" while no answer came, with what comes later.
export async function keepHere(form, fields = textsOf(form)) {
  const { act, item } = actOf(form);
  const line = await write(act, item, fields);
  latest = line.n;
  await show();
  const answer = sendSoon().then((became) => told(became?.get(line.n), act, item, fields));
  const soon = await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
  return soon ?? { outcome: "kept", message: KEPT, go: await keptPage(act, item, fields), later: answer.then((one) => one && { ...one, go: latest === line.n ? one.go : "" }) };
}

function told(one, act, item, fields) {
  if (!one) return null;
  const isDone = one.outcome === "applied";
  return { outcome: isDone ? "good" : "bad", message: [one.sentence, one.remedy].join(" ").trim(), go: isDone ? then(act, item, fields) : "" };
}

// Where an act leads: a scanned ticket opens, a finished one leaves its page.
function then(act, item, { scan }) {
  if (act === "scan" && !item) return `/floor/${encodeURIComponent(scan.trim())}`;
  return act === "finish" || scan?.trim() === item ? "/floor" : "";
}

// A ticket that is scanned without a network opens as it was, where its page is kept.
async function keptPage(act, item, fields) {
  const to = act === "scan" && !item && needsNetwork() ? then(act, item, fields) : "";
  return to && (await globalThis.caches?.match(new URL(to, location.href).href)) ? to : "";
}

async function sendForm(event) {
  const form = event.target;
  if (form.method !== "post" || form.closest("[data-scan]")) return;
  if (!actOf(form)) {
    if (!needsNetwork()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    return sayAt(form, { outcome: "bad", message: NEEDS_NETWORK });
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  if (form.dataset.sent) return;
  form.dataset.sent = "yes";
  const answer = await keepHere(form, textsOf(form, event.submitter));
  if (answer.outcome === "good") return location.assign(answer.go || location.pathname);
  if (answer.outcome === "kept") form.reset(); // it is written: nobody sends it again by pressing once more
  if (answer.outcome === "bad" || AGAIN.has(actOf(form).act)) delete form.dataset.sent;
  sayAt(form, answer);
  const later = await answer.later;
  if (later?.outcome === "good" && later.go) return location.assign(later.go);
  if (later) sayAt(form, later);
}

function sayAt(form, { outcome, message }) {
  const says = form.querySelector("[data-kept]") ?? form.appendChild(Object.assign(document.createElement("p"), { role: "status", className: "kept" }));
  says.dataset.kept = outcome;
  says.textContent = message;
}

export function keepOnTablet() {
  if (!strip) return;
  document.addEventListener("submit", sendForm, { capture: true });
  window.addEventListener("online", sendSoon);
  navigator.storage?.persist?.();
  sendSoon();
  keepPages(strip).catch(() => {}); // without it pages stay open, as they do in a browser that has none
}
