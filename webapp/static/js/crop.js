// A frame over a picture of a seal: dragged by mouse or finger, or moved by the four numbers, which
// are what is sent. The server cuts; nothing here changes the picture. Parts of a page may be
// replaced by the server, so a frame is found anew each time.
const MOST = 95;
const SIDES = ["left", "top", "right", "bottom"];
const OTHER = { left: "right", right: "left", top: "bottom", bottom: "top" };
const LARGEST = 16 * 1024 * 1024; // a page need not show what is refused anyway
let held = null;

const field = (crop, side) => crop.querySelector(`[data-side="${side}"]`);
const percent = (crop, side) => Math.min(MOST, Math.max(0, Math.round(Number(field(crop, side).value)) || 0));
const all = (crop) => Object.fromEntries(SIDES.map((side) => [side, percent(crop, side)]));

function show(crop) {
  const frame = crop.querySelector(".crop-frame");
  const now = all(crop);
  for (const side of SIDES) frame.style.setProperty(side, `${Math.min(now[side], MOST)}%`);
  frame.classList.toggle("cut", SIDES.some((side) => now[side]));
  frame.hidden = now.left + now.right > MOST || now.top + now.bottom > MOST; // words come from the server
}

function put(crop, side, value) {
  field(crop, side).value = String(Math.min(MOST - percent(crop, OTHER[side]), Math.max(0, Math.round(value))));
}

function begin(event) {
  const frame = event.target.closest(".crop-frame");
  if (!frame || event.button > 0 || !event.isPrimary) return;
  const crop = frame.closest("[data-crop]");
  const sides = event.target.dataset.sides?.split(" ") ?? [];
  if (!sides.length && !frame.classList.contains("cut")) return; // all of it cannot be moved
  event.preventDefault();
  frame.setPointerCapture(event.pointerId);
  const box = crop.querySelector(".crop-stage img").getBoundingClientRect();
  held = { crop, frame, sides, box, from: all(crop), x: event.clientX, y: event.clientY };
}

function go(event) {
  if (!held?.frame.hasPointerCapture(event.pointerId)) return;
  const across = ((event.clientX - held.x) / held.box.width) * 100;
  const down = ((event.clientY - held.y) / held.box.height) * 100;
  if (held.sides.length) held.sides.forEach((side) => stretch(side, across, down));
  else move(across, down);
  show(held.crop);
}

function stretch(side, across, down) {
  const by = { left: across, right: -across, top: down, bottom: -down }[side];
  put(held.crop, side, held.from[side] + by);
}

// Its size stays: what one side loses the other gets.
function move(across, down) {
  for (const [first, last, by] of [["left", "right", across], ["top", "bottom", down]]) {
    const room = Math.round(Math.min(held.from[last], Math.max(-held.from[first], by)));
    field(held.crop, first).value = String(held.from[first] + room);
    field(held.crop, last).value = String(held.from[last] - room);
  }
}

const end = () => { held = null; };

// The chosen picture is shown by the browser alone; it is sent with the form, and not before.
function chosen(input) {
  const crop = document.querySelector(`[data-crop][data-crop-of="${input.id}"]`);
  if (!crop) return;
  const [file] = input.files;
  const stage = crop.querySelector(".crop-stage");
  stage.hidden = true;
  if (!file || !["image/png", "image/jpeg"].includes(file.type) || file.size > LARGEST) return;
  const reader = new FileReader();
  reader.addEventListener("load", () => {
    const image = stage.querySelector("img");
    image.addEventListener("load", () => { stage.hidden = false; show(crop); }, { once: true });
    image.src = reader.result;
  });
  reader.readAsDataURL(file);
}

function offer() {
  for (const crop of document.querySelectorAll("[data-crop]")) {
    const file = crop.dataset.cropOf && document.getElementById(crop.dataset.cropOf);
    if (file) chosen(file);
    else show(crop);
  }
}

document.addEventListener("pointerdown", begin);
document.addEventListener("pointermove", go);
document.addEventListener("pointerup", end);
document.addEventListener("pointercancel", end);
document.addEventListener("dragstart", (event) => { if (event.target.closest?.(".crop-stage")) event.preventDefault(); });
document.addEventListener("input", (event) => { if (event.target.dataset?.side) show(event.target.closest("[data-crop]")); });
document.addEventListener("change", (event) => { if (event.target.type === "file") chosen(event.target); });
document.body.addEventListener("htmx:afterSettle", offer);
offer();
