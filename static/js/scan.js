// The scan field holds the focus; each scan is sent in the background and answered by color, words and a beep.
// Scans that arrive while one is under way wait in line, in order: a scanner does not wait for the network.
import { asSignedIn } from "./signin.js";
import { isKeptHere, keepHere } from "./tablet.js";

const REFUSED = { outcome: "bad", message: "Not recorded: the server did not answer. Scan again." };

export function keepScanning(section) {
  const form = section.querySelector("form");
  const input = form.elements.scan;
  const result = section.querySelector("[data-scan-result]");
  const key = form.elements.idempotency_key;
  let line = Promise.resolve();

  const isInUse = (element) => element?.closest?.("input, select, textarea, button, a, summary, dialog");
  // A scanner types wherever the focus is: what buttons and choices cannot take belongs to the scan field.
  const takesText = (element) => element?.closest?.("input:not([type=radio], [type=checkbox]), select, textarea, dialog");
  const takeFocus = () => {
    if (!isInUse(document.activeElement)) input.focus();
  };
  takeFocus();
  window.addEventListener("focus", takeFocus);
  input.addEventListener("blur", () => setTimeout(takeFocus, 150));
  document.addEventListener("click", () => setTimeout(takeFocus, 150));
  document.addEventListener("keydown", (event) => {
    const isText = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (isText && !takesText(event.target)) input.focus();
  });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!input.value.trim()) return;
    const body = new FormData(form);
    if (key) body.set("idempotency_key", crypto.randomUUID().replaceAll("-", ""));
    const kept = isKeptHere(form) && keepHere(form); // on the tablet at once, whatever still waits for the network
    input.value = "";
    line = line.then(() => kept || send(form, body)).then((answer) => {
      tell(answer);
      answer.later?.then((later) => later && tell(later));
    });
  });
  const tell = ({ outcome, message, go }) => {
    result.dataset.outcome = outcome;
    result.textContent = message;
    beep(outcome);
    if (go) location.assign(go);
  };
  if (result.dataset.outcome) beep(result.dataset.outcome);
}

async function send(form, body) {
  const ask = () => {
    body.set("csrf_token", form.elements.csrf_token.value);
    return fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
  };
  try {
    const answer = await asSignedIn(ask);
    const isJson = answer.headers.get("Content-Type")?.includes("json");
    return isJson ? await answer.json() : REFUSED;
  } catch {
    return REFUSED;
  }
}

let audio;

// One high note for good, two low ones for bad: told apart without looking and over a press.
function beep(outcome) {
  audio ??= new AudioContext();
  const notes = outcome === "good" ? [[1320, 0]] : [[220, 0], [220, 0.22]];
  for (const [pitch, delay] of notes) {
    const start = audio.currentTime + delay;
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = pitch;
    tone.type = outcome === "good" ? "sine" : "square";
    volume.gain.setValueAtTime(0.2, start);
    volume.gain.linearRampToValueAtTime(0, start + 0.16);
    tone.connect(volume).connect(audio.destination);
    tone.start(start);
    tone.stop(start + 0.17);
  }
}
