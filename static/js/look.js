// A piece of stationery shows how it prints while somebody types: each pause sends the form as its second button does, and the answer's
// picture takes the place of the one there. Nothing moves the focus; what changed is said politely. A late answer is dropped.
import { pageOf, putInPlace } from "./poll.js";
import { asSignedIn } from "./signin.js";

const PAUSE = 600;

export function lookAsTyped(form) {
  const panel = document.getElementById("look");
  const says = document.getElementById("look-says");
  let timer, asked;

  const look = async () => {
    asked?.abort();
    asked = new AbortController();
    const { signal } = asked;
    const body = new FormData(form);
    body.delete("idempotency_key");
    try {
      const answer = await asSignedIn(() => fetch(form.dataset.look, { method: "POST", body, redirect: "error", signal }));
      if (answer.status === 401) return (says.textContent = "You are signed out; the picture is old.");
      if (!answer.ok) throw new Error(String(answer.status));
      says.textContent = putInPlace(panel, pageOf(await answer.text())).dataset.says;
    } catch {
      if (!signal.aborted) says.textContent = "The connection is lost; the picture is old.";
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE);
  });
}
