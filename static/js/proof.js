// The proof page by page: arrows turn pages, N goes to the next change, the slider chooses a letter. Without this
// script the links and the number do the same.
const isTyping = (target) => target.closest("input, textarea, select, [contenteditable]");
const LEADS = { ArrowLeft: "[rel=prev]", ArrowRight: "[rel=next]", n: "[data-next-change]", N: "[data-next-change]" };

export function turnPages(viewer) {
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || isTyping(event.target) || !LEADS[event.key]) return;
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
