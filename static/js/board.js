// Runs of the schedule are dragged to another machine or time, and those without a place from their table onto a machine.
// Where one is let go, the page of the run says what would move, here in a dialog; a click opens that page. By keyboard
// and without this script the tables lead there; P in the table of what has no place takes the first that fits.
const STEP = 5 * 60 * 1000; // times are whole five minutes
const NEAR = 5; // pixels: less is a click
const EDGE = 80; // pixels from the top: what is dragged there scrolls to what is above

const asked = (moment, zone) => {
  const parts = new Intl.DateTimeFormat("en-CA", { timeZone: zone, dateStyle: "short", timeStyle: "short", hourCycle: "h23" });
  const [day, at] = parts.format(moment).split(", ");
  return { day, at };
};

async function tellWhatMoves(address) {
  const page = new DOMParser().parseFromString(await (await fetch(address)).text(), "text/html");
  const told = page.querySelector("[data-what-if]") ?? page.querySelector(".usa-alert") ?? page.querySelector("main");
  const dialog = document.createElement("dialog");
  dialog.className = "what-if-dialog";
  dialog.append(document.adoptNode(told));
  dialog.setAttribute("aria-label", "What would move");
  const back = dialog.querySelector("[data-back]") ?? dialog.appendChild(document.createElement("button"));
  if (!back.textContent) Object.assign(back, { className: "usa-button usa-button--outline", type: "button", textContent: "Put it back" });
  back.addEventListener("click", (event) => (event.preventDefault(), dialog.close()));
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector("h2[tabindex]")?.focus();
  return new Promise((done) => dialog.addEventListener("close", () => done(dialog.remove())));
}

// A bar of the picture is followed by its outline, a button of the table by itself.
const ghostOf = (run, svg) => {
  if (svg.contains(run)) {
    const ghost = svg.appendChild(run.cloneNode(false));
    const scale = svg.getScreenCTM().a;
    ghost.classList.add("ghost");
    return { at: (x, y) => ghost.setAttribute("transform", `translate(${x / scale} ${y / scale})`), left: () => ghost.getBoundingClientRect().left, end: () => ghost.remove() };
  }
  const at = (x, y) => (run.style.transform = `translate(${x}px, ${y}px)`);
  return { at, left: () => run.getBoundingClientRect().left, end: () => (run.style.transform = "") };
};

// Letting go of a link is no click on it.
const swallowClick = (link) => {
  const swallow = (event) => event.preventDefault();
  link.addEventListener("click", swallow);
  setTimeout(() => link.removeEventListener("click", swallow));
};

export function dragRuns(board) {
  const svg = board.querySelector("svg");
  const tray = document.querySelector("[data-tray]");
  const lanes = [...board.querySelectorAll("[data-lane]")];
  const whereOf = (lane, left) => {
    const room = lane.getBoundingClientRect();
    const [from, to] = [lane.dataset.from, lane.dataset.to].map(Date.parse);
    const moment = from + ((left - room.left) / room.width) * (to - from);
    return { work_center: lane.dataset.lane, ...asked(Math.round(moment / STEP) * STEP, lane.dataset.zone) };
  };
  const drag = (down) => {
    const run = down.target.closest("[data-run]");
    if (!run || down.button) return;
    down.preventDefault();
    const ghost = ghostOf(run, svg);
    let moved = false;
    const follow = (event) => {
      const [x, y] = [event.clientX - down.clientX, event.clientY - down.clientY];
      moved ||= Math.hypot(x, y) > NEAR;
      if (moved && event.clientY < EDGE) scrollBy(0, -EDGE / 4);
      ghost.at(x, y);
    };
    const stop = () => {
      for (const [name, act] of Object.entries(acts)) window.removeEventListener(name, act);
      ghost.end();
    };
    const drop = async (event) => {
      const left = ghost.left();
      const lane = lanes.find((one) => {
        const { top, bottom } = one.getBoundingClientRect();
        return event.clientY >= top && event.clientY < bottom;
      });
      if (moved) swallowClick(run);
      if (!moved) {
        stop();
        if (!run.href) location.assign(run.dataset.run);
      } else if (lane) {
        const address = `${run.dataset.run}/move?${new URLSearchParams(whereOf(lane, left))}`;
        for (const [name, act] of Object.entries(acts)) window.removeEventListener(name, act);
        await tellWhatMoves(address);
        stop();
      } else stop();
    };
    const leave = (event) => event.key === "Escape" && stop();
    const acts = { pointermove: follow, pointerup: drop, pointercancel: stop, keydown: leave };
    for (const [name, act] of Object.entries(acts)) window.addEventListener(name, act);
  };
  svg.addEventListener("pointerdown", drag);
  tray?.addEventListener("pointerdown", drag);
  tray?.addEventListener("keydown", (event) => {
    const first = event.key.toLowerCase() === "p" && !event.ctrlKey && !event.metaKey && !event.altKey && tray.querySelector("[data-place]");
    if (first) tellWhatMoves(first.href);
  });
}
