// What is ticked in a form with data-select, and what it comes to: the bar at its foot adds up the boxes' data-NAME.
// Without this script the bar shows only its acts.
const WORDS = {
  count: (sum) => sum.toLocaleString("en-US"),
  money: (cents) => (cents / 100).toLocaleString("en-US", { style: "currency", currency: "USD" }),
};

export function addUpTicked(form) {
  const bar = form.querySelector("[data-selection]");
  const show = () => {
    const ticked = [...form.querySelectorAll("input[type=checkbox]:checked:not(:disabled)")];
    for (const place of bar.querySelectorAll("[data-sum]")) {
      const { sum, kind } = place.dataset;
      const total = sum === "count" ? ticked.length : ticked.reduce((all, box) => all + Number(box.dataset[sum] || 0), 0);
      place.textContent = WORDS[kind || "count"](total);
    }
    for (const button of bar.querySelectorAll("button[data-needs-one]")) button.disabled = !ticked.length;
  };
  bar.classList.add("is-live");
  form.addEventListener("change", show);
  window.addEventListener("pageshow", show);
  show();
}
