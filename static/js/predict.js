// A form whose choice is worked out by the server while it is made: each change asks data-predict with what is chosen
// and puts the answer's block in place of the one with the same id. Without this script the form's button does it.
import { putInPlace } from "./poll.js";

const REST = 150;

export function predictChoice(form) {
  let timer = 0;
  let asked = 0;
  const ask = async () => {
    const mine = ++asked;
    const url = new URL(form.dataset.predict, location.href);
    for (const [name, value] of new FormData(form)) {
      if (name === "job" || name === "sort_plan" || name === "policy") url.searchParams.append(name, value);
    }
    const answer = await fetch(url, { headers: { Accept: "text/html" }, redirect: "error" }).catch(() => null);
    if (mine !== asked) return; // a later change is on its way
    if (answer?.ok) putInPlace(document.getElementById("prediction"), await answer.text());
  };
  form.addEventListener("change", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, REST);
  });
}
