// A signature drawn with finger, pen or mouse; the form sends it as a picture. Without this script a typed name does.
export function drawSignature(block) {
  const canvas = block.querySelector("canvas");
  const field = block.querySelector("input[type=hidden]");
  const pen = canvas.getContext("2d");
  block.hidden = false;
  pen.lineWidth = 3;
  pen.lineCap = "round";
  let isDown = false;
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [
      ((event.clientX - box.left) * canvas.width) / box.width,
      ((event.clientY - box.top) * canvas.height) / box.height,
    ];
  };
  canvas.addEventListener("pointerdown", (event) => {
    isDown = true;
    canvas.setPointerCapture(event.pointerId);
    pen.beginPath();
    pen.moveTo(...at(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!isDown) return;
    pen.lineTo(...at(event));
    pen.stroke();
  });
  canvas.addEventListener("pointerup", () => {
    isDown = false;
    field.value = canvas.toDataURL("image/png");
  });
  block.querySelector("button").addEventListener("click", () => {
    pen.clearRect(0, 0, canvas.width, canvas.height);
    field.value = "";
  });
}
