// A signature drawn by hand: it becomes a picture and goes the way of every picture of a seal. The
// part of the page may be replaced by the server, so the pad is found anew each time.
const INK = "#1a1a1c";
const MARGIN = 8;
let strokes = [];

const pad = () => document.getElementById("pad");
const part = () => document.getElementById("drawing");
const isOpen = () => part()?.open ?? Boolean(part()); // a page of its own has nothing to unfold

function draw() {
  const canvas = pad();
  const ratio = Math.min(window.devicePixelRatio || 1, 3);
  const { width, height } = canvas.getBoundingClientRect();
  if (!width) return;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  Object.assign(pen, { lineCap: "round", lineJoin: "round", strokeStyle: INK, fillStyle: INK, lineWidth: 3 });
  strokes.forEach((stroke) => drawStroke(pen, stroke));
  for (const id of ["pad-use", "pad-undo", "pad-clear"]) document.getElementById(id).disabled = !strokes.length;
}

function drawStroke(pen, stroke) {
  const [first, ...rest] = stroke;
  pen.beginPath();
  if (!rest.length) {
    pen.arc(first.x, first.y, 1.5, 0, 2 * Math.PI);
    pen.fill();
    return;
  }
  pen.moveTo(first.x, first.y);
  rest.forEach((point, at) => {
    const next = rest[at + 1] ?? point;
    pen.quadraticCurveTo(point.x, point.y, (point.x + next.x) / 2, (point.y + next.y) / 2);
  });
  pen.stroke();
}

const place = (event) => {
  const box = pad().getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
};

function begin(event) {
  if (event.target !== pad() || event.button > 0 || !event.isPrimary) return;
  event.preventDefault();
  event.target.setPointerCapture(event.pointerId);
  strokes.push([place(event)]);
  draw();
}

function go(event) {
  if (event.target !== pad() || !event.target.hasPointerCapture(event.pointerId)) return;
  const passed = event.getCoalescedEvents?.() ?? [];
  strokes.at(-1).push(...(passed.length ? passed : [event]).map(place));
  draw();
}

// Only what is drawn, with a little room; the file input carries it, as if it had been chosen.
function use() {
  const canvas = pad();
  const ratio = canvas.width / canvas.getBoundingClientRect().width;
  const xs = strokes.flat().map((point) => point.x);
  const ys = strokes.flat().map((point) => point.y);
  const left = Math.min(...xs) - MARGIN;
  const top = Math.min(...ys) - MARGIN;
  const cut = document.createElement("canvas");
  cut.width = Math.ceil((Math.max(...xs) + MARGIN - left) * ratio);
  cut.height = Math.ceil((Math.max(...ys) + MARGIN - top) * ratio);
  cut.getContext("2d").drawImage(canvas, -left * ratio, -top * ratio);
  cut.toBlob((picture) => {
    if (!picture) {
      document.getElementById("look-error").textContent = part().dataset.failed;
      return;
    }
    const files = new DataTransfer();
    files.items.add(new File([picture], "signature.png", { type: "image/png" }));
    const input = document.getElementById("stamp-file");
    input.files = files.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    strokes = [];
  }, "image/png");
}

// A finger that leaves the pad in full swing would set off a scroll that goes nowhere, and the first
// press of a button would only stop it.
const still = (event) => event.preventDefault();

function offer() {
  if (!part() || typeof DataTransfer !== "function") return;
  pad().addEventListener("touchstart", still, { passive: false });
  part().hidden = false;
  if (isOpen()) draw();
}

// The family name on a round seal, the company's on a square one, unless something else was typed.
function propose(event) {
  if (event.target.name !== "seal-form") return;
  const text = document.getElementById("seal-text");
  const { round, square } = text.dataset;
  if (text.value === round || text.value === square || !text.value) text.value = text.dataset[event.target.value];
}

document.addEventListener("pointerdown", begin);
document.addEventListener("pointermove", go);
document.addEventListener("toggle", (event) => { if (event.target.id === "drawing" && event.target.open) draw(); }, true);
document.addEventListener("change", propose);
document.addEventListener("click", (event) => {
  if (event.target.id === "pad-use") use();
  if (event.target.id === "pad-undo") { strokes.pop(); draw(); }
  if (event.target.id === "pad-clear") { strokes = []; draw(); }
});
// What the server replaces loses the focus and forgets what was unfolded; the new part's way cannot
// be open beside the old one's, so both are given back when the old part has gone.
let before = null;
const isChoices = (event) => event.detail.target.id === "look-choices";
const unfolded = () => [...document.querySelectorAll("#look-choices details[open]")].map((way) => way.id);

function replacing(event) {
  if (isChoices(event)) before = { open: unfolded(), focus: document.activeElement?.id };
}

// Before anybody sees the new part: what is folded up for a moment jumps, and cannot be read.
function unfold(event) {
  if (!isChoices(event) || !before) return;
  for (const id of before.open) document.getElementById(id)?.setAttribute("open", "");
  offer();
}

function replaced(event) {
  if (!isChoices(event) || !before) return;
  const { focus } = before;
  before = null;
  if (focus && document.activeElement === document.body) goOn(document.getElementById(focus));
}

// Where a button takes no press any more, what it lies in has the focus.
function goOn(control) {
  if (control?.disabled) control.closest("details").querySelector("summary").focus();
  else (control ?? document.getElementById("look-stamp"))?.focus();
}

document.body.addEventListener("htmx:beforeSwap", replacing);
document.body.addEventListener("htmx:afterSwap", unfold);
document.body.addEventListener("htmx:afterSettle", replaced);
window.addEventListener("resize", () => { if (isOpen()) draw(); });
offer();
