// The pool, the stream builder and the catalog: what is chosen comes to something, and that follows each answer; so do words in the
// form itself with data-follows. Without this script the form's own button asks. An answer that comes late is dropped, and nothing can be built from an old one.
import { pageOf, putInPlace } from "./poll.js";
import { asSignedIn } from "./signin.js";

const PAUSE = 300;

export function followChoice(form) {
  const panel = document.getElementById("prediction");
  const says = document.getElementById("prediction-says");
  let timer, asked;
  const button = form.querySelector("[data-asks]");
  if (button) button.hidden = true; // asking goes by itself from here on

  const ask = async (query) => {
    asked?.abort();
    asked = new AbortController();
    const { signal } = asked;
    try {
      const url = new URL(form.dataset.choice, location.href);
      for (const [name, value] of query) url.searchParams.append(name, value);
      const answer = await asSignedIn(() => fetch(url, { headers: { Accept: "text/html" }, redirect: "error", signal }));
      if (answer.status === 401) return (says.textContent = "You are signed out; what you see is old.");
      if (answer.status === 403) return location.reload();
      if (!answer.ok) throw new Error(String(answer.status));
      show(await answer.text());
      const here = new URL(form.action).pathname;
      if (here === location.pathname) history.replaceState(null, "", `${here}?${query}`);
    } catch {
      if (!signal.aborted) says.textContent = "The connection is lost; what you see is old. Tick again to ask again.";
    }
  };

  const show = (html) => {
    const page = pageOf(html);
    const fresh = putInPlace(panel, page);
    for (const words of form.querySelectorAll("[data-follows]")) putInPlace(words, page);
    panel.dataset.jobs = fresh.dataset.jobs;
    panel.inert = false;
    says.textContent = fresh.dataset.says;
  };

  form.addEventListener("change", () => {
    panel.inert = true;
    clearTimeout(timer);
    timer = setTimeout(() => ask(new URLSearchParams(new FormData(form))), PAUSE);
  });
  document.addEventListener("click", async (event) => {
    const way = event.target.closest("a[data-way]");
    if (!way || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    await ask(new URL(way.href).searchParams);
    panel.querySelector("[aria-current]")?.focus();
  });
  window.addEventListener("pageshow", () => {
    // A page from memory may hold other ticks than the figures beside it.
    const ticked = [...form.querySelectorAll("input.pick:checked")].map((box) => box.value).sort();
    const shown = (panel.dataset.jobs || "").split(" ").filter(Boolean).sort();
    if (String(ticked) !== String(shown)) form.dispatchEvent(new Event("change"));
  });
}
