// The search box answers while somebody types: arrows choose, Enter opens, Escape closes. Enter with nothing chosen sends
// the form, which opens the one thing that fits; so does a scanner, whose Enter comes before any answer.
const PAUSE = 150, SHORTEST = 2;

export function findAsTyped(form) {
  const [box, palette, list] = ["[data-search]", ".palette", "[role=listbox]"].map((one) => form.querySelector(one));
  const says = form.querySelector("[role=status]");
  let timer, asked, chosen;
  Object.entries({ role: "combobox", "aria-controls": list.id, "aria-autocomplete": "list" })
    .forEach(([name, value]) => box.setAttribute(name, value));

  const options = () => [...list.querySelectorAll("[role=option]")];
  const choose = (option) => {
    chosen?.setAttribute("aria-selected", "false");
    chosen = option;
    box.setAttribute("aria-activedescendant", option?.id ?? "");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
  };
  const show = (isOpen) => {
    palette.hidden = !isOpen;
    box.setAttribute("aria-expanded", String(isOpen));
    if (!isOpen) choose(undefined);
  };
  const close = () => {
    clearTimeout(timer);
    asked?.abort();
    show(false);
  };
  const ask = async () => {
    asked = new AbortController();
    const { signal } = asked;
    try {
      const answer = await fetch(form.dataset.seek, { method: "POST", body: new FormData(form), redirect: "error", signal });
      if (!answer.ok) throw new Error(String(answer.status));
      const html = await answer.text();
      choose(undefined);
      list.innerHTML = html;
      says.textContent = list.firstElementChild.dataset.says;
      show(true);
    } catch {
      if (!signal.aborted) show(false);
    }
  };
  const open = (option) => ("send" in option.dataset ? form.requestSubmit() : location.assign(option.dataset.go));
  const move = (step) => {
    const all = options();
    if (all.length) choose(all.at((all.indexOf(chosen) + (chosen || step > 0 ? step : 0)) % all.length));
  };
  const keys = {
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    Enter: () => chosen && open(chosen),
    Escape: () => palette.hidden || close(),
  };

  show(false);
  box.addEventListener("input", () => {
    clearTimeout(timer);
    asked?.abort();
    if (box.value.trim().length < SHORTEST) return close();
    timer = setTimeout(ask, PAUSE);
  });
  box.addEventListener("keydown", (event) => {
    const isMine = !palette.hidden && event.key in keys && (event.key !== "Enter" || chosen);
    if (!isMine) return;
    event.preventDefault();
    keys[event.key]();
  });
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the box keeps the focus
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) open(option);
  });
  form.addEventListener("focusout", (event) => form.contains(event.relatedTarget) || close());
  form.addEventListener("submit", close);
}
