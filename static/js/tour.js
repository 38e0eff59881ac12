// The first tour: a card goes from one thing on the page to the next. Arrows or buttons go on, Escape ends it; ended or
// not wanted, the server remembers, and nobody offers it again. Stops whose thing is not on this screen are left out.
export function offerTour(offer) {
  const stops = [...offer.querySelectorAll("[data-at]")]
    .map((one) => ({ title: one.dataset.title, words: one.textContent, thing: visible(one.dataset.at) }))
    .filter((stop) => stop.thing);
  const begin = offer.querySelector("[data-tour-begin]");
  offer.querySelector("[data-tour-count]").textContent = `${stops.length} short stops show you around this page.`;
  begin.hidden = false;
  begin.addEventListener("click", () => show(stops, () => remember(offer)));
}

const visible = (selector) => [...document.querySelectorAll(selector)].find((one) => one.getClientRects().length);

async function remember(offer) {
  const form = offer.querySelector("form");
  offer.hidden = true;
  document.getElementById("main").focus();
  await fetch(form.action, { method: "POST", body: new FormData(form) });
}

function show(stops, ended) {
  const card = document.createElement("div");
  card.className = "tour-card";
  card.setAttribute("role", "dialog");
  card.setAttribute("aria-labelledby", "tour-title");
  card.setAttribute("aria-describedby", "tour-words");
  card.innerHTML = `<h2 id="tour-title"></h2><p id="tour-words"></p><div class="actions"><span class="soft"></span>
    <button class="usa-button usa-button--outline" type="button">Back</button>
    <button class="usa-button" type="button">Next</button>
    <button class="as-link" type="button">End the tour</button></div>`;
  const [back, next, end] = card.querySelectorAll("button");
  let at = 0;

  const close = () => {
    stops[at].thing.classList.remove("is-toured");
    card.remove();
    removeEventListener("resize", place);
    ended();
  };
  const place = () => {
    const box = stops[at].thing.getBoundingClientRect();
    const left = Math.min(box.left + scrollX, scrollX + document.documentElement.clientWidth - card.offsetWidth - 8);
    card.style.left = `${Math.max(8, left)}px`;
    card.style.top = `${box.bottom + scrollY + 12}px`;
  };
  const go = (to) => {
    if (to >= stops.length) return close();
    stops[at].thing.classList.remove("is-toured");
    at = Math.max(0, to);
    const { title, words, thing } = stops[at];
    thing.classList.add("is-toured");
    card.querySelector("h2").textContent = title;
    card.querySelector("p").textContent = words;
    card.querySelector(".soft").textContent = `${at + 1} of ${stops.length}`;
    back.disabled = at === 0;
    next.textContent = at === stops.length - 1 ? "Done" : "Next";
    thing.scrollIntoView({ block: "nearest" });
    place();
    next.focus();
  };
  back.addEventListener("click", () => go(at - 1));
  next.addEventListener("click", () => go(at + 1));
  end.addEventListener("click", close);
  card.addEventListener("keydown", (event) => {
    const act = { Escape: close, ArrowRight: () => go(at + 1), ArrowLeft: () => go(at - 1) }[event.key];
    if (act) event.preventDefault(), act();
  });
  document.body.append(card);
  addEventListener("resize", place);
  go(0);
}
