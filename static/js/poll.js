// A block that follows the server: asks data-poll?since=data-since; 204 means nothing new, otherwise the answer is
// the block again. It asks until the server leaves data-poll out, rests while the page is hidden, and slows down
// while the server is away.
import { asSignedIn } from "./signin.js";

const FIRST_WAIT = 2000;
const LONGEST_WAIT = 30000;

export function followProgress(block) {
  let wait = FIRST_WAIT;
  const status = document.createElement("p");
  status.className = "poll-status";
  status.setAttribute("role", "status");
  block.after(status);

  const ask = async () => {
    if (document.hidden || isTyping(block)) return again();
    if (hasUnsent(block)) {
      status.className = "poll-status";
      status.textContent = "The page waits with news until what you typed here is sent or taken out again.";
      return again();
    }
    try {
      const url = new URL(block.dataset.poll, location.href);
      url.searchParams.set("since", block.dataset.since);
      const answer = await asSignedIn(() => fetch(url, { headers: { Accept: "text/html" }, redirect: "error" }));
      if (answer.status === 401) return (status.textContent = "You are signed out; what you see may be old.");
      if (answer.status === 403) return location.reload();
      if (!answer.ok) throw new Error(String(answer.status));
      status.textContent = "";
      status.className = "poll-status";
      if (answer.status !== 204) {
        show(block, await answer.text());
        if (block.dataset.says) {
          status.className = "usa-sr-only";
          status.textContent = block.dataset.says;
        }
      }
      wait = FIRST_WAIT;
    } catch {
      status.className = "poll-status";
      wait = Math.min(wait * 2, LONGEST_WAIT);
      status.textContent = "The connection is lost; what you see may be old. Trying again.";
    }
    again();
  };
  const again = () => block.dataset.poll && setTimeout(ask, wait);
  again();
}

// Nothing that somebody is writing is taken away.
const isTyping = (block) =>
  block.contains(document.activeElement) && document.activeElement.matches("input, textarea, select");

const hasUnsent = (block) =>
  [...block.querySelectorAll("input:not([type=hidden]), textarea")].some((one) =>
    one.type === "file" ? one.files.length : one.value !== one.defaultValue || one.checked !== one.defaultChecked);

export const pageOf = (html) => new DOMParser().parseFromString(html, "text/html");

// The outer element stays, so that a screen reader's live region and the reader's place survive.
export function putInPlace(block, page) {
  const fresh = page.getElementById(block.id);
  if (!fresh) throw new Error("no such block in the answer");
  const focused = block.contains(document.activeElement) ? document.activeElement.id : "";
  block.replaceChildren(...fresh.childNodes);
  if (focused) document.getElementById(focused)?.focus();
  return fresh;
}

function show(block, html) {
  const fresh = putInPlace(block, pageOf(html));
  block.dataset.since = fresh.dataset.since;
  if (fresh.dataset.poll) block.dataset.poll = fresh.dataset.poll;
  else delete block.dataset.poll;
  if (fresh.dataset.says) block.dataset.says = fresh.dataset.says;
}
