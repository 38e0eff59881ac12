// Boxes on the page images, kept in step with the fields file in the text area (docs/fields.md). Points from the
// top left. The page never decides what is right: it draws, moves and writes JSON; the server checks it.
const NEW_BOX = { kind: "text", text: "", size: 11, align: "left", fit: "shrink" };
const SMALLEST = 4;
// An IMb and a page mark have one legal size; the server writes it into the file.
const FIXED = { imb: "Intelligent Mail barcode", mark: "Page mark" };
const USED_KEYS = {
  text: ["text", "x", "y", "width", "height", "size", "align", "fit", "format", "empty", "omit_empty"],
  address: ["x", "y", "width", "height", "size"],
  imb: ["x", "y"],
  mark: ["x", "y"],
};
// Keys that are left out of the file when nothing is chosen; an object says something of each column (docs/fields.md).
const OPTIONAL = ["format", "empty", "omit_empty"];
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const half = (points) => Math.round(points * 2) / 2;
const within = (value, low, high) => half(Math.min(Math.max(value, low), high));
const kindOf = (box) => box.kind ?? "text";
const textOf = (box) => box.text ?? (box.column ? `{${box.column}}` : "");
const nameOf = (box) => FIXED[kindOf(box)] ?? (kindOf(box) === "address" ? "Address block" : textOf(box));
const sizeOf = (page) => [Number(page.dataset.width), Number(page.dataset.height)];

export function placeFields(element) {
  new Placer(element).start();
}

class Placer {
  constructor(element) {
    this.element = element;
    this.area = element.querySelector("textarea");
    this.form = element.querySelector("[data-placer-form]");
    this.pages = [...element.querySelectorAll("[data-page]")];
    this.file = { fields: [] };
    this.chosen = null;
  }

  start() {
    for (const page of this.pages) page.addEventListener("pointerdown", (event) => this.drawNew(event, page));
    for (const button of this.element.querySelectorAll("[data-placer-add]"))
      button.addEventListener("click", () => this.addNew(Number(button.dataset.placerAdd)));
    this.form.addEventListener("change", (event) => this.takeInput(event.target));
    this.area.addEventListener("change", () => this.read());
    if (this.area.value.trim()) this.read();
  }

  // --- the file ---

  read() {
    try {
      const file = JSON.parse(this.area.value);
      if (!Array.isArray(file.fields)) throw new Error("no list");
      this.file = file;
      this.chosen = null;
      this.area.setCustomValidity("");
      this.draw();
    } catch {
      this.area.setCustomValidity("This is not a fields file: it must be JSON with a list called fields.");
      this.area.reportValidity();
    }
  }

  write() {
    this.area.value = JSON.stringify(this.file, null, 2);
    this.area.setCustomValidity("");
  }

  changed(box, page) {
    this.keepOnPage(box, page);
    this.write();
    this.draw();
  }

  remove(box) {
    this.file.fields = this.file.fields.filter((other) => other !== box);
    this.chosen = null;
  }

  keepOnPage(box, page) {
    const [width, height] = sizeOf(page);
    if (!FIXED[kindOf(box)]) {
      box.width = within(box.width, SMALLEST, width);
      box.height = within(box.height, SMALLEST, height);
    }
    box.x = within(box.x, 0, Math.floor(width - (box.width ?? 0)));
    box.y = within(box.y, 0, Math.floor(height - (box.height ?? 0)));
  }

  // --- drawing ---

  draw() {
    const hadFocus = document.activeElement?.classList.contains("placer-box");
    this.element.querySelectorAll(".placer-box").forEach((drawn) => drawn.remove());
    for (const box of this.file.fields)
      for (const page of this.pages)
        if (box.page === "every" || box.page === Number(page.dataset.page)) page.append(this.boxElement(box, page));
    this.showChosen();
    if (hadFocus) this.chosenElement()?.focus();
  }

  boxElement(box, page) {
    const drawn = document.createElement("button");
    drawn.type = "button";
    drawn.className = "placer-box";
    drawn.textContent = nameOf(box);
    drawn.setAttribute("aria-pressed", String(box === this.chosen));
    drawn.setAttribute("aria-label", `${nameOf(box) || "Empty"} box, ${box.x} points from the left, ${box.y} from the top`);
    if (!FIXED[kindOf(box)]) drawn.append(Object.assign(document.createElement("span"), { className: "corner" }));
    this.position(drawn, box, page);
    drawn.addEventListener("focus", () => this.choose(box, drawn));
    drawn.addEventListener("keydown", (event) => this.onKey(event, box, page));
    drawn.addEventListener("pointerdown", (event) => this.drag(event, box, drawn, page));
    return drawn;
  }

  position(drawn, box, page) {
    const [width, height] = sizeOf(page);
    drawn.style.left = `${(100 * box.x) / width}%`;
    drawn.style.top = `${(100 * box.y) / height}%`;
    drawn.style.width = `${(100 * (box.width ?? SMALLEST)) / width}%`;
    drawn.style.height = `${(100 * (box.height ?? SMALLEST)) / height}%`;
  }

  // --- the chosen box ---

  chosenElement() {
    return this.element.querySelector('.placer-box[aria-pressed="true"]');
  }

  choose(box, drawn) {
    this.chosen = box;
    for (const other of this.element.querySelectorAll(".placer-box"))
      other.setAttribute("aria-pressed", String(other === drawn));
    this.showChosen();
  }

  showChosen() {
    this.form.hidden = this.chosen === null;
    if (this.chosen === null) return;
    for (const input of this.form.querySelectorAll("input, select")) {
      const key = input.id.replace("box-", "");
      const value = this.chosen[key];
      input.disabled = !USED_KEYS[kindOf(this.chosen)]?.includes(key) || typeof value === "object";
      if (key === "format") this.offer(input, value);
      input.value = key === "text" ? textOf(this.chosen) : value === true ? "yes" : (value ?? NEW_BOX[key] ?? "");
    }
  }

  // A format that was written into the file by hand stays a choice.
  offer(select, format) {
    if (typeof format === "string" && ![...select.options].some((option) => option.value === format))
      select.add(new Option(format, format));
  }

  takeInput(input) {
    const key = input.id.replace("box-", "");
    this.chosen[key] = input.type === "number" ? Number(input.value) : input.value;
    if (key === "omit_empty") this.chosen[key] = input.value === "yes";
    if (OPTIONAL.includes(key) && !this.chosen[key]) delete this.chosen[key];
    if (key === "text") delete this.chosen.column;
    this.changed(this.chosen, this.chosenElement().closest("[data-page]"));
  }

  onKey(event, box, page) {
    const [right, down] = ARROWS[event.key] ?? [0, 0];
    if (event.key === "Delete") this.remove(box);
    else if (!(event.key in ARROWS)) return;
    else if (event.shiftKey && !FIXED[kindOf(box)]) Object.assign(box, { width: box.width + right, height: box.height + down });
    else Object.assign(box, { x: box.x + right, y: box.y + down });
    event.preventDefault();
    this.changed(box, page);
  }

  // --- the pointer ---

  pointOn(page, event) {
    const seen = page.getBoundingClientRect();
    const scale = Number(page.dataset.width) / seen.width;
    return [(event.clientX - seen.left) * scale, (event.clientY - seen.top) * scale];
  }

  // Calls `change` with the distance moved in points until the pointer is let go, then `done`.
  follow(event, page, change, done) {
    event.preventDefault();
    event.stopPropagation();
    const [startX, startY] = this.pointOn(page, event);
    const move = (next) => {
      const [x, y] = this.pointOn(page, next);
      change(x - startX, y - startY);
    };
    const stop = () => {
      document.removeEventListener("pointermove", move);
      done();
    };
    document.addEventListener("pointermove", move);
    document.addEventListener("pointerup", stop, { once: true });
  }

  drag(event, box, drawn, page) {
    drawn.focus();
    const isCorner = event.target.classList.contains("corner");
    const { x, y, width, height } = box;
    const change = (right, down) => {
      Object.assign(box, isCorner ? { width: width + right, height: height + down } : { x: x + right, y: y + down });
      this.keepOnPage(box, page);
      this.position(drawn, box, page);
    };
    this.follow(event, page, change, () => this.changed(box, page));
  }

  // Without a pointer: a box in the middle of the page, its text waiting to be written.
  addNew(number) {
    const page = this.pages.find((one) => Number(one.dataset.page) === number);
    const [width, height] = sizeOf(page);
    const box = { page: number, x: width / 3, y: height / 2, width: width / 3, height: 24, ...NEW_BOX };
    this.file.fields.push(box);
    this.chosen = box;
    this.changed(box, page);
    this.form.querySelector("#box-text").focus();
  }

  drawNew(event, page) {
    const [x, y] = this.pointOn(page, event);
    const box = { page: Number(page.dataset.page), x, y, width: SMALLEST, height: SMALLEST, ...NEW_BOX };
    const change = (right, down) => {
      if (!this.file.fields.includes(box)) this.file.fields.push(box);
      Object.assign(box, { width: right, height: down });
      this.chosen = box;
      this.changed(box, page);
    };
    this.follow(event, page, change, () => this.chosenElement()?.focus());
  }
}
