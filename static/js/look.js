// A piece of stationery shows how it prints while somebody types: each time the draft is kept, its page is asked for, and the picture of
// that takes the place of the one there. Nothing moves the focus; what changed is said politely. A late answer is dropped.
import { pageOf, putInPlace } from "./poll.js";
import { asSignedIn } from "./signin.js";

export function lookAsTyped(form) {
  const panel = document.getElementById("look");
  const says = document.getElementById("look-says");
  let asked;

  form.addEventListener("kept", async () => {
    asked?.abort();
    asked = new AbortController();
    const { signal } = asked;
    try {
      const answer = await asSignedIn(() => fetch(form.action, { redirect: "error", signal }));
      if (answer.status === 401) return (says.textContent = "You are signed out; the picture is old.");
      if (!answer.ok) throw new Error(String(answer.status));
      says.textContent = putInPlace(panel, pageOf(await answer.text())).dataset.says;
    } catch {
      if (!signal.aborted) says.textContent = "The connection is lost; the picture is old.";
    }
  });
}
