// A sign-in that was lost after all on the way to the server (signin.js asks before): what a form held when it was sent
// stays in this tab, and comes back when the same person has signed in again. Nothing is kept of passwords, files and
// hidden fields.
const KEY = "typed";
const isTyped = (control) => control.name && !["hidden", "password", "file", "submit", "button"].includes(control.type);

const read = () => JSON.parse(sessionStorage.getItem(KEY) ?? "null");
const write = (kept) => sessionStorage.setItem(KEY, JSON.stringify(kept));

export function keepTyped(body) {
  const person = body.dataset.person;
  if (!person) {
    const kept = read();
    if (kept) write({ ...kept, isLost: true });
    return;
  }
  bringBack(person);
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    const form = event.target;
    if (form.method !== "post" || form.closest("header, [role=search]")) return sessionStorage.removeItem(KEY);
    const typed = [...form.elements].filter(isTyped).map((one) => [one.name, one.value, one.checked ?? null]);
    write({ person, page: location.pathname, action: new URL(form.action).pathname, typed });
  });
}

function bringBack(person) {
  const kept = read();
  sessionStorage.removeItem(KEY);
  if (!kept?.isLost || kept.person !== person || kept.page !== location.pathname) return;
  const form = [...document.forms].find((one) => one.method === "post" && new URL(one.action).pathname === kept.action);
  if (!form) return;
  const controls = [...form.elements].filter(isTyped);
  kept.typed.forEach(([name, value, isChecked], place) => {
    const control = controls[place]?.name === name ? controls[place] : controls.find((one) => one.name === name);
    if (!control) return;
    if (["checkbox", "radio"].includes(control.type)) control.checked = isChecked;
    else control.value = value;
  });
  const told = document.createElement("div");
  told.className = "usa-alert usa-alert--info usa-alert--slim";
  told.setAttribute("role", "status");
  told.innerHTML = '<div class="usa-alert__body"><p class="usa-alert__text"></p></div>';
  told.querySelector("p").textContent = "You had to sign in again. What you typed is back: look, then send it.";
  form.before(told);
}
