// A file dropped anywhere on the upload block goes into its file field.
export function acceptDrops(block) {
  const input = block.querySelector("input[type=file]");
  const mark = (isOver) => (event) => {
    event.preventDefault();
    block.classList.toggle("is-over", isOver);
  };
  block.addEventListener("dragover", mark(true));
  block.addEventListener("dragleave", mark(false));
  block.addEventListener("drop", (event) => {
    mark(false)(event);
    if (event.dataTransfer.files.length) input.files = event.dataTransfer.files;
  });
}
