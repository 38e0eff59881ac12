// The proof page by page: arrows turn pages, N goes to the next change, C to the comment; the slider chooses a letter,
// a click on the page the place of a comment. Without this script links and fields do the same.
const isTyping = (target) => target.closest("input, textarea, select, [contenteditable]");
const LEADS = { ArrowLeft: "[rel=prev]", ArrowRight: "[rel=next]", n: "[data-next-change]", N: "[data-next-change]" };

const COMMENT = /^c$/i;

export function turnPages(viewer) {
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || isTyping(event.target)) return;
    const words = COMMENT.test(event.key) && viewer.querySelector("[data-comment] textarea");
    if (words) {
      event.preventDefault();
      words.focus();
    }
    if (!LEADS[event.key]) return;
    const link = viewer.querySelector(LEADS[event.key]);
    if (!link) return;
    event.preventDefault();
    link.click();
  });
  for (const slider of viewer.querySelectorAll("[data-slides]")) {
    const field = viewer.querySelector(`#${slider.dataset.slides}`);
    slider.hidden = false;
    slider.addEventListener("input", () => (field.value = slider.value));
    slider.addEventListener("change", () => field.form.requestSubmit());
  }
}

// The place of the comment that is being written, as a mark on the page: set by a click or by the two fields.
export function pointAtPage(form) {
  const sheet = document.querySelector("[data-sheet]");
  const fields = [form.elements.left, form.elements.top];
  const mark = document.createElementNS("http://www.w3.org/2000/svg", "circle");
  mark.setAttribute("r", "12");
  const show = () => {
    const [left, top] = fields.map((field) => Number.parseFloat(field.value));
    if (!(left <= 100 && top <= 100)) return mark.remove();
    mark.setAttribute("cx", `${left}%`);
    mark.setAttribute("cy", `${top}%`);
    sheet.querySelector(".pins").append(mark);
  };
  sheet.classList.add("points");
  sheet.addEventListener("click", (event) => {
    const box = sheet.getBoundingClientRect();
    const shares = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    fields.forEach((field, k) => (field.value = Math.min(100, Math.max(0.1, shares[k] * 100)).toFixed(1)));
    form.querySelector("details").open = true;
    show();
    form.elements.words.focus();
  });
  for (const field of fields) field.addEventListener("input", show);
  show();
}
