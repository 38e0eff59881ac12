// A step of an order is kept on the server while somebody types; its button still decides. The first thing typed begins
// the draft, and the form goes on in it. A save that fails is said beside the button, and tried with the next letter.
import { asSignedIn } from "./signin.js";

const PAUSE = 1500, TICK = 5000;
const PAUSE_TO_LOOK = 600; // where a picture follows what is kept
const TROUBLE = {
  401: "Not saved: you are signed out. Go on, and sign in again; what you typed stays here.",
  409: "Not saved: this order was changed in another window. Go on to see both.",
};
const ago = (seconds) => (seconds < 5 ? "just now" : seconds < 60 ? `${seconds} s ago` : `${Math.floor(seconds / 60)} min ago`);

export function saveAsTyped(form) {
  const says = form.querySelector("[data-saved]");
  const pause = "look" in form.dataset ? PAUSE_TO_LOOK : PAUSE;
  let timer, saved, saving;

  const typed = () => {
    const body = new FormData(form);
    for (const [name, value] of [...body]) if (value instanceof File || name === "idempotency_key") body.delete(name);
    return body;
  };
  const goOnIn = ({ action, save, seen }) => {
    if (form.dataset.save !== save) history.replaceState(null, "", action);
    form.action = action;
    form.dataset.save = save;
    const mark = form.elements.seen ?? form.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name: "seen" }));
    mark.value = seen;
  };
  const tell = () => saved && (says.textContent = `Saved ${ago(Math.round((Date.now() - saved) / 1000))}`);
  const save = async () => {
    saved = undefined;
    try {
      const answer = await asSignedIn(() => fetch(form.dataset.save, { method: "POST", body: typed(), redirect: "error" }));
      if (!answer.ok) throw new Error(TROUBLE[answer.status] ?? "Not saved: the server refused it. Go on to see why.");
      goOnIn(await answer.json());
      saved = Date.now();
      tell();
      form.dispatchEvent(new Event("kept"));
    } catch (error) {
      says.textContent = error instanceof TypeError ? "Not saved: the server cannot be reached." : error.message;
    } finally {
      saving = undefined;
    }
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(() => (saving ? soon() : (saving = save())), pause);
  };

  form.addEventListener("input", soon);
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    if (!saving) return;
    event.preventDefault(); // what is under way may just begin the draft: sent after it, into it
    saving.then(() => form.requestSubmit(event.submitter));
  });
  setInterval(tell, TICK);
}
