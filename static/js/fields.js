// Boxes on the page image, kept in step with the fields file in the text area. Points from the top left.
// The file is an object with a list `fields`; keys this page does not know are kept as they are.
const DEFAULTS = { text: "", size: 11, align: "left", fit: "shrink" };
const SMALLEST = 4;
const half = (points) => Math.round(points * 2) / 2;

export function placeFields(placer) {
  const area = placer.querySelector("textarea");
  const form = placer.querySelector("[data-placer-form]");
  const pages = [...placer.querySelectorAll("[data-page]")];
  let file = { fields: [] };
  let chosen = null;

  const save = () => { area.value = JSON.stringify(file, null, 2); };
  const load = () => {
    try {
      const read = JSON.parse(area.value || '{"fields": []}');
      if (!Array.isArray(read.fields)) throw new Error("no list of fields");
      file = read;
      area.setCustomValidity("");
    } catch {
      area.setCustomValidity("This is not a fields file: JSON with a list called fields is needed.");
      area.reportValidity();
      return;
    }
    chosen = null;
    draw();
  };

  const draw = () => {
    const focused = placer.contains(document.activeElement) && document.activeElement.classList.contains("placer-box");
    placer.querySelectorAll(".placer-box").forEach((box) => box.remove());
    for (const box of file.fields) {
      const page = pages.find((each) => Number(each.dataset.page) === (box.page ?? 1));
      if (page) page.append(boxElement(box, page));
    }
    form.hidden = chosen === null;
    if (focused) placer.querySelector('.placer-box[aria-pressed="true"]')?.focus();
  };

  const boxElement = (box, page) => {
    const element = document.createElement("button");
    element.type = "button";
    element.className = "placer-box";
    element.setAttribute("aria-pressed", String(box === chosen));
    element.textContent = box.text ?? `{${box.column}}`;
    element.setAttribute("aria-label", `Box ${element.textContent}, ${box.x} points from the left, ${box.y} from the top`);
    const corner = document.createElement("span");
    corner.className = "corner";
    element.append(corner);
    position(element, box, page);
    element.addEventListener("focus", () => choose(box, element));
    element.addEventListener("keydown", (event) => onKey(event, box, page));
    element.addEventListener("pointerdown", (event) => drag(event, box, element, page));
    return element;
  };

  const position = (element, box, page) => {
    const percent = (points, whole) => `${(100 * points) / Number(whole)}%`;
    element.style.left = percent(box.x, page.dataset.width);
    element.style.top = percent(box.y, page.dataset.height);
    element.style.width = percent(box.width, page.dataset.width);
    element.style.height = percent(box.height, page.dataset.height);
  };

  const keepOnPage = (box, page) => {
    const [width, height] = [Number(page.dataset.width), Number(page.dataset.height)];
    box.width = half(Math.min(Math.max(box.width, SMALLEST), width));
    box.height = half(Math.min(Math.max(box.height, SMALLEST), height));
    box.x = half(Math.min(Math.max(box.x, 0), width - box.width));
    box.y = half(Math.min(Math.max(box.y, 0), height - box.height));
  };

  const choose = (box, element) => {
    chosen = box;
    for (const other of placer.querySelectorAll(".placer-box")) other.setAttribute("aria-pressed", String(other === element));
    form.hidden = false;
    for (const input of form.querySelectorAll("input, select")) {
      const key = input.id.replace("box-", "");
      input.value = box[key] ?? (key === "text" && box.column ? `{${box.column}}` : DEFAULTS[key] ?? "");
    }
  };

  const changed = (box, page) => {
    keepOnPage(box, page);
    save();
    draw();
  };

  const onKey = (event, box, page) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (event.key === "Delete") {
      file.fields = file.fields.filter((other) => other !== box);
      chosen = null;
    } else if (step && event.shiftKey) {
      box.width += step[0];
      box.height += step[1];
    } else if (step) {
      box.x += step[0];
      box.y += step[1];
    } else return;
    event.preventDefault();
    changed(box, page);
  };

  const pointOn = (page, event) => {
    const area = page.getBoundingClientRect();
    const scale = Number(page.dataset.width) / area.width;
    return [(event.clientX - area.left) * scale, (event.clientY - area.top) * scale];
  };

  const drag = (event, box, element, page) => {
    event.preventDefault();
    event.stopPropagation();
    element.focus();
    const resizing = event.target.classList.contains("corner");
    const [startX, startY] = pointOn(page, event);
    const from = { ...box };
    const move = (next) => {
      const [x, y] = pointOn(page, next);
      if (resizing) Object.assign(box, { width: from.width + x - startX, height: from.height + y - startY });
      else Object.assign(box, { x: from.x + x - startX, y: from.y + y - startY });
      keepOnPage(box, page);
      position(element, box, page);
    };
    const stop = () => {
      document.removeEventListener("pointermove", move);
      changed(box, page);
      choose(box, placer.querySelector('.placer-box[aria-pressed="true"]'));
    };
    document.addEventListener("pointermove", move);
    document.addEventListener("pointerup", stop, { once: true });
  };

  for (const page of pages) {
    page.addEventListener("pointerdown", (event) => {
      const [x, y] = pointOn(page, event);
      const box = { page: Number(page.dataset.page), x, y, width: SMALLEST, height: SMALLEST, ...DEFAULTS };
      file.fields.push(box);
      chosen = box;
      keepOnPage(box, page);
      draw();
      const element = placer.querySelector('.placer-box[aria-pressed="true"]');
      const grow = (next) => {
        const [nowX, nowY] = pointOn(page, next);
        Object.assign(box, { width: nowX - x, height: nowY - y });
        keepOnPage(box, page);
        position(element, box, page);
      };
      const stop = () => {
        document.removeEventListener("pointermove", grow);
        // A click without a drag is a slip of the hand, not a box.
        if (box.width <= SMALLEST && box.height <= SMALLEST) {
          file.fields = file.fields.filter((other) => other !== box);
          chosen = null;
        }
        save();
        draw();
        if (chosen) placer.querySelector('.placer-box[aria-pressed="true"]').focus();
      };
      document.addEventListener("pointermove", grow);
      document.addEventListener("pointerup", stop, { once: true });
      event.preventDefault();
    });
  }

  form.addEventListener("change", (event) => {
    if (!chosen) return;
    const key = event.target.id.replace("box-", "");
    chosen[key] = event.target.type === "number" ? Number(event.target.value) : event.target.value;
    if (key === "text") delete chosen.column;
    const page = pages.find((each) => Number(each.dataset.page) === (chosen.page ?? 1));
    if (page) changed(chosen, page);
  });
  area.addEventListener("change", load);
  if (area.value.trim()) load();
}
