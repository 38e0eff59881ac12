// The meter desk's running total: runs entered, the run being typed, and what the registers say, all in cents.
// The server decides when the sheet is closed; this only shows early where a number is missing.
const MONEY = /^\$?(\d{1,3}(,\d{3})*|\d+)(\.\d{2})?$/;

const cents = (text) => {
  const trimmed = text.trim();
  return MONEY.test(trimmed) ? Math.round(Number(trimmed.replace(/[$,]/g, "")) * 100) : null;
};
const dollars = (amount) =>
  (amount < 0 ? "\u2212" : "") + "$" + (Math.abs(amount) / 100).toLocaleString("en-US", { minimumFractionDigits: 2 });

function follow(desk) {
  const typed = (name) => {
    const field = document.getElementById(name);
    return field ? cents(field.value) : null;
  };
  const out = desk.querySelector("output");
  const show = () => {
    const runs = Number(desk.dataset.runs) + (typed("amount") ?? 0);
    const ascending = typed("closing_ascending");
    if (ascending === null) {
      out.textContent = `Runs so far ${dollars(runs)}.`;
      delete out.dataset.ties;
      return;
    }
    const used = ascending - Number(desk.dataset.opening);
    const gap = used - runs;
    out.dataset.ties = gap === 0 ? "yes" : "no";
    out.textContent =
      `Registers ${dollars(used)}, runs ${dollars(runs)}: ` +
      (gap === 0 ? "they agree." : gap > 0 ? `${dollars(gap)} without a run.` : `${dollars(-gap)} too much in the runs.`);
  };
  document.addEventListener("input", show);
  show();
}

document.querySelectorAll("[data-meter]").forEach(follow);
