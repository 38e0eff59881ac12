// A session that has ended costs nothing typed and no file chosen: the sign-in opens over the page, and what was being
// sent goes on after it. Before a form leaves a page that has heard nothing for a while, the server is asked whether the
// person is still signed in.
const STILL = "/signed-in", SIGN_IN = "/sign-in";
const FRESH = 20_000; // ms: what was heard so lately still holds; kept.js is there for when it does not
let heard = Date.now();
let open; // one dialog, however many ask for it
let isDeclined = false; // what goes on in the background asks once

// ask(): a request made anew each time, for its token changes with the sign-in. Its answer, after a sign-in if need be.
export async function asSignedIn(ask) {
  const answer = await ask();
  if (answer.ok) heard = Date.now();
  return answer.status === 401 && !isDeclined && (await signInHere()) ? ask() : answer;
}

export function signInBeforeSending(body) {
  if (!body.dataset.person) return;
  const asked = new WeakSet();
  document.addEventListener("submit", async (event) => {
    const { target: form, submitter } = event;
    const isOurs = form.method === "post" && !form.closest("header, dialog, [data-scan]");
    if (!isOurs || Date.now() - heard < FRESH || asked.delete(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!(await isSignedIn())) return;
    asked.add(form);
    form.requestSubmit(submitter);
  }, { capture: true });
}

async function isSignedIn() {
  try {
    const answer = await fetch(STILL);
    if (answer.status === 401) return signInHere();
    return !answer.ok || goOnAs(await answer.json());
  } catch {
    return true; // the server is away: the browser says so
  }
}

// The same person goes on with the tokens of the new session; what somebody else typed is not theirs to send.
function goOnAs({ person, csrf_token }) {
  if (person !== document.body.dataset.person) return location.replace(location.href);
  for (const one of document.querySelectorAll("input[name=csrf_token]")) one.value = csrf_token;
  return true;
}

// Is the person signed in again? Not when the dialog was closed.
function signInHere() {
  open ??= askForSignIn().finally(() => (open = undefined));
  return open;
}

async function askForSignIn() {
  const answer = await fetch(SIGN_IN);
  if (answer.redirected) return isSignedIn(); // in another window, just now
  const dialog = document.createElement("dialog");
  dialog.className = "sign-in-here";
  dialog.setAttribute("aria-labelledby", "sign-in-here");
  document.body.append(dialog);
  show(dialog, await answer.text());
  dialog.showModal();
  isDeclined = !(await new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(false));
    dialog.addEventListener("submit", async (event) => {
      if (event.target.method !== "post") return; // the button that closes
      event.preventDefault();
      if (await send(dialog, event.target)) resolve(true);
    });
  }));
  dialog.close(); // gives the focus back
  dialog.remove();
  return !isDeclined;
}

async function send(dialog, form) {
  const body = new FormData(form);
  body.set("next", STILL);
  try {
    const answer = await fetch(SIGN_IN, { method: "POST", body });
    if (answer.headers.get("Content-Type").includes("json")) return goOnAs(await answer.json());
    show(dialog, await answer.text());
  } catch {
    tell(dialog, "The server cannot be reached. Try again.");
  }
  return false;
}

// The sign-in page's own form, with what it says is wrong.
function show(dialog, html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const form = page.querySelector("main form");
  if (!form) return tell(dialog, page.querySelector("main .panel p").textContent); // too many tries
  dialog.innerHTML = `<h2 id="sign-in-here">Sign in again</h2>
    <p>You were signed out. What you typed and the files you chose are still here.</p><p role="alert"></p>
    <form method="dialog"><button class="as-link">Go back to the page without signing in</button></form>`;
  tell(dialog, page.querySelector("main .usa-alert__text")?.textContent ?? "");
  dialog.lastElementChild.before(form);
  [...form.elements].find((one) => one.type !== "hidden" && !one.value).focus();
}

const tell = (dialog, words) => (dialog.querySelector("[role=alert]").textContent = words);
