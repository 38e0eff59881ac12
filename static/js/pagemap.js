// The page map: a page in focus is moved, turned, left out by keys, or dragged; each step asks for the page anew and puts
// it in place, so that the focus stays and what was done is announced. Without this script the buttons do the same.
import { asSignedIn } from "./signin.js";
import { pageOf } from "./poll.js";

const KEYS = { Delete: "remove", r: "right", b: "blank" };
const MOVES = { ArrowLeft: "earlier", ArrowRight: "later" };

export function arrangePages(room) {
  const says = document.querySelector("[data-map-says]");
  let dragged;

  const step = async (form, go, more = {}) => {
    const query = new URLSearchParams(new FormData(form));
    query.set("go", go);
    for (const [name, value] of Object.entries(more)) query.set(name, value);
    const url = new URL(form.action);
    url.search = query;
    const answer = await asSignedIn(() => fetch(url, { headers: { Accept: "text/html" }, redirect: "error" }));
    if (!answer.ok) return location.reload();
    const fresh = pageOf(await answer.text()).getElementById("map");
    room.replaceChildren(...fresh.childNodes);
    history.pushState(null, "", url);
    room.querySelector("[data-focus]")?.focus();
    says.textContent = fresh.dataset.says;
  };
  const only = (form, box) => {
    for (const other of form.elements.leaf.length ? form.elements.leaf : [form.elements.leaf]) other.checked = other === box;
  };

  room.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-page-map]") || !event.submitter?.value) return;
    event.preventDefault();
    step(event.target, event.submitter.value);
  });
  room.addEventListener("keydown", (event) => {
    const box = event.target.closest("[name=leaf]");
    const go = event.shiftKey ? MOVES[event.key] : KEYS[event.key];
    if (!box || !go || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    if (!box.checked) only(box.form, box);
    step(box.form, go);
  });
  room.addEventListener("dragstart", (event) => {
    dragged = event.target.closest(".map-page");
    event.dataTransfer?.setData("text/plain", dragged?.dataset.place ?? "");
  });
  room.addEventListener("dragover", (event) => {
    const over = dragged && event.target.closest(".map-page");
    if (!over) return;
    event.preventDefault();
    for (const other of room.querySelectorAll(".is-over")) other.classList.remove("is-over");
    over.classList.add("is-over");
  });
  room.addEventListener("drop", (event) => {
    const over = event.target.closest(".map-page");
    if (!dragged || !over) return;
    event.preventDefault();
    const box = dragged.querySelector("[name=leaf]");
    if (!box.checked) only(box.form, box);
    dragged = undefined;
    step(box.form, "to", { to: over.dataset.place });
  });
  window.addEventListener("popstate", () => location.reload());
}
