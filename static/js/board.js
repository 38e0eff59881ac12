// Runs of the schedule are dragged to another machine or time. Where one is let go, the page of the run says what would
// move, here in a dialog; a click opens that page. By keyboard and without this script the table leads there.
const STEP = 5 * 60 * 1000; // times are whole five minutes
const NEAR = 5; // pixels: less is a click

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

export function dragRuns(board) {
  const svg = board.querySelector("svg");
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
    const ghost = svg.appendChild(run.cloneNode(false));
    ghost.classList.add("ghost");
    const scale = svg.getScreenCTM().a;
    let moved = false;
    const follow = (event) => {
      const [x, y] = [event.clientX - down.clientX, event.clientY - down.clientY];
      moved ||= Math.hypot(x, y) > NEAR;
      ghost.setAttribute("transform", `translate(${x / scale} ${y / scale})`);
    };
    const stop = () => {
      for (const [name, act] of Object.entries(acts)) window.removeEventListener(name, act);
      ghost.remove();
    };
    const drop = async (event) => {
      const left = ghost.getBoundingClientRect().left;
      const lane = lanes.find((one) => {
        const { top, bottom } = one.getBoundingClientRect();
        return event.clientY >= top && event.clientY < bottom;
      });
      if (!moved) {
        stop();
        location.assign(run.dataset.run);
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
}
