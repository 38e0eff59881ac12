// Menus of the masthead close with Escape and when the focus or a click goes elsewhere; `/` leads to the search box.
export function closeElsewhere(menu) {
  const close = (event) => !menu.contains(event.target) && menu.removeAttribute("open");
  document.addEventListener("click", close);
  document.addEventListener("focusin", close);
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.removeAttribute("open");
    menu.querySelector("summary").focus();
  });
}

export function leadToSearch(box) {
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    box.focus();
  });
}
