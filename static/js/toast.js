// A status that stands in the page from the start is not read out: its words are put in again once the page is there.
// Escape or the button takes it away; it never goes by itself.
export function sayAgain(room) {
  const toasts = [...room.children];
  for (const toast of toasts) {
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = "Close";
    close.addEventListener("click", () => toast.remove());
    toast.append(close);
  }
  room.replaceChildren();
  setTimeout(() => room.append(...toasts), 100);
}
