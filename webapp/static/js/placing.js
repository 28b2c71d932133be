// Fields on pages. The list is the truth: boxes are drawn from its inputs, and whatever is done to a
// box is written back into them, so that saving, errors and people without this script share one way.
const { form, list, input, rows, rounded, clamp, rect, sheetOf, paper, placed, say, snapped, nextLine } = globalThis.placing;
const sizes = JSON.parse(form.dataset.sizes);
const withOptions = JSON.parse(form.dataset.options);
const withLimit = JSON.parse(form.dataset.limit);
const kindsWith = JSON.parse(form.dataset.with);
const beside = JSON.parse(form.dataset.beside).length; // on other documents
const draw = document.getElementById("draw");
const hint = document.getElementById("draw-hint");
const undo = document.getElementById("undo");
const boxes = new Map(); // key -> button
const LEAST_DRAG = 8; // CSS pixels; less is a click
const REACH = 6; // CSS pixels: so near, a field keeps to another's line
const rowOf = (key) => document.getElementById(`row-${key}`);

function write(row, changes) {
  const sheet = sheetOf(row);
  if (!sheet) return;
  const page = paper(sheet);
  const least = sizes[input(row, "kind").value].least;
  const next = { ...rect(row), ...changes };
  next.width = clamp(next.width, least[0], page.width);
  next.height = clamp(next.height, least[1], page.height);
  next.x = clamp(next.x, 0, page.width - next.width);
  next.y = clamp(next.y, 0, page.height - next.height);
  for (const part of ["x", "y", "width", "height"]) input(row, part).value = rounded(next[part]);
  show(row);
}

const showRules = () => document.dispatchEvent(new Event("musubi:rows")); // placing_rules.js
const changed = () => form.dispatchEvent(new Event("change", { bubbles: true }));

// -- drawing what the list says -------------------------------------------------------------------

function colour(row) {
  const chosen = document.querySelector(`[name="new-person"][value="${CSS.escape(input(row, "person").value)}"]`);
  return chosen?.closest(".radio").className.match(/person-\d+/)?.[0] ?? "person-none";
}

function words(row) {
  const who = input(row, "person").selectedOptions[0];
  const kind = input(row, "kind").selectedOptions[0].textContent;
  const name = who && who.value ? who.textContent : "?";
  return { name, kind, label: input(row, "label").value.trim() };
}

function show(row) {
  const key = row.dataset.key;
  const kind = input(row, "kind").value;
  const said = words(row);
  row.querySelector(".row-title").textContent = said.label || said.kind;
  row.classList.toggle("has-options", withOptions.includes(kind));
  row.classList.toggle("has-limit", withLimit.includes(kind));
  row.classList.toggle("is-signature", kind === "signature");
  for (const [what, kinds] of Object.entries(kindsWith)) row.classList.toggle(`has-${what}`, kinds.includes(kind));
  row.classList.toggle("is-computed", kindsWith.range.includes(kind) && input(row, "operation").value !== "");
  row.className = row.className.replace(/person-\w+/, colour(row));
  row.classList.toggle("is-listed", kindsWith.files.includes(kind) && input(row, "listed").checked);
  const sheet = sheetOf(row);
  const place = rect(row);
  let box = boxes.get(key);
  if (!placed(row)) { box?.remove(); boxes.delete(key); return; }
  if (!box) { box = makeBox(key); boxes.set(key, box); }
  const holder = sheet.querySelector(".paper");
  if (box.parentElement !== holder) holder.append(box);
  const page = paper(sheet);
  box.style.left = `${(100 * place.x) / page.width}%`;
  box.style.top = `${(100 * place.y) / page.height}%`;
  box.style.width = `${(100 * place.width) / page.width}%`;
  box.style.height = `${(100 * place.height) / page.height}%`;
  const isPicked = row.classList.contains("picked");
  box.className = `box ${colour(row)}${row.querySelector(".field-error") ? " wrong" : ""}${isPicked ? " picked" : ""}${row.classList.contains("chosen") ? " chosen" : ""}`;
  const text = `${said.name}: ${said.label || said.kind}`;
  box.querySelector(".box-text").textContent = text;
  // What is seen comes first, so that it can be said aloud to reach the box (WCAG 2.5.3).
  box.setAttribute("aria-label", `${text} ${said.label ? said.kind : ""} ${form.dataset.pageWord.replace("{page}", sheet.dataset.page)}${isPicked ? ` ${form.dataset.isPicked}` : ""}`);
  row.querySelector("[data-show]").hidden = false;
}

// A file can be asked for without a place on the page.
function listOrPlace(row) {
  const [width, height] = sizes[input(row, "kind").value].first;
  if (!input(row, "listed").checked) { write(row, JSON.parse(row.dataset.place ?? "null") ?? { x: 20, y: 20, width, height }); return; }
  row.dataset.place = JSON.stringify(rect(row));
  for (const part of ["x", "y", "width", "height"]) input(row, part).value = "";
}

function makeBox(key) {
  const box = document.createElement("button");
  box.type = "button";
  const text = document.createElement("span");
  text.className = "box-text";
  const handle = document.createElement("span");
  handle.className = "handle";
  handle.setAttribute("aria-hidden", "true");
  box.append(text, handle);
  box.addEventListener("pointerdown", (event) => grab(event, rowOf(key), event.target === handle));
  box.addEventListener("keydown", (event) => byKey(event, rowOf(key)));
  box.addEventListener("keyup", (event) => { if (event.key === " ") event.preventDefault(); }); // no click of its own
  box.addEventListener("focus", () => choose(key));
  box.addEventListener("click", (event) => { if (event.detail === 0) input(rowOf(key), "label").focus(); });
  box.addEventListener("dblclick", () => input(rowOf(key), "label").focus());
  return box;
}

function choose(key) {
  for (const row of rows()) row.classList.toggle("chosen", row.dataset.key === key);
  for (const [other, box] of boxes) box.classList.toggle("chosen", other === key);
}

// -- moving -----------------------------------------------------------------------------------------

function scaleOf(sheet) {
  const box = sheet.querySelector(".paper").getBoundingClientRect();
  return { box, unit: Number(sheet.dataset.width) / box.width }; // millimetres per CSS pixel
}

// What moves with a field: all that were picked, if it is one of them.
function together(row) {
  const all = rows().filter((one) => one.classList.contains("picked") && placed(one));
  return all.includes(row) ? all : [row];
}

const besides = (row, moving) => rows().filter((one) => !moving.includes(one) && placed(one) && sheetOf(one) === sheetOf(row)).map(rect);

function showGuides(sheet, guides) {
  for (const old of document.querySelectorAll(".guide")) old.remove();
  if (!sheet) return;
  const page = paper(sheet);
  for (const [axis, at] of guides) {
    const line = document.createElement("span");
    line.className = `guide guide-${axis}`;
    line.style[axis === "x" ? "left" : "top"] = `${(100 * at) / page[axis === "x" ? "width" : "height"]}%`;
    sheet.querySelector(".paper").append(line);
  }
}

function grab(event, row, resizing) {
  if (event.button !== 0) return;
  if (event.ctrlKey || event.metaKey || event.shiftKey) {
    event.preventDefault();
    document.dispatchEvent(new CustomEvent("musubi:pick", { detail: row }));
    return;
  }
  const box = boxes.get(row.dataset.key);
  const sheet = sheetOf(row);
  const { unit } = scaleOf(sheet);
  const moving = resizing ? [row] : together(row);
  const before = new Map(moving.map((one) => [one, rect(one)]));
  const own = before.get(row);
  const others = besides(row, moving);
  const from = { x: event.clientX, y: event.clientY };
  box.focus({ preventScroll: true });
  box.setPointerCapture(event.pointerId);
  const move = (next) => {
    const dx = (next.clientX - from.x) * unit;
    const dy = (next.clientY - from.y) * unit;
    const wanted = resizing ? { ...own, width: own.width + dx, height: own.height + dy } : { ...own, x: own.x + dx, y: own.y + dy };
    const found = snapped(wanted, next.altKey ? [] : others, REACH * unit, resizing);
    showGuides(sheet, found.guides);
    if (resizing) { write(row, found.place); return; }
    for (const [one, place] of before) write(one, { x: place.x + found.place.x - own.x, y: place.y + found.place.y - own.y });
  };
  const end = () => {
    box.removeEventListener("pointermove", move);
    showGuides(null, []);
    changed();
  };
  box.addEventListener("pointermove", move);
  box.addEventListener("pointerup", end, { once: true });
  box.addEventListener("pointercancel", end, { once: true });
}

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function byKey(event, row) {
  if (event.key === "Delete" || event.key === "Backspace") {
    event.preventDefault();
    remove(row);
    return;
  }
  if (event.key === " ") {
    event.preventDefault();
    document.dispatchEvent(new CustomEvent("musubi:pick", { detail: row }));
    return;
  }
  let step = STEPS[event.key];
  if (!step || event.altKey) return;
  event.preventDefault();
  const moving = together(row);
  if (event.ctrlKey || event.metaKey) step = toLine(row, moving, step);
  if (!step) return;
  for (const one of event.shiftKey ? [row] : moving) {
    const place = rect(one);
    write(one, event.shiftKey
      ? { width: place.width + step[0], height: place.height + step[1] }
      : { x: place.x + step[0], y: place.y + step[1] });
  }
  changed();
}

// With Ctrl, as far as the next line of another field.
function toLine(row, moving, [right, down]) {
  const [start, size, sign] = right ? ["x", "width", right] : ["y", "height", down];
  const way = nextLine(rect(row), besides(row, moving), start, size, sign);
  say(way === null ? form.dataset.noLine : form.dataset.atLine);
  if (way === null) return null;
  return right ? [way, 0] : [0, way];
}

// -- adding -----------------------------------------------------------------------------------------

function freshKey() {
  return [...crypto.getRandomValues(new Uint8Array(4))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function emptyRow() {
  const made = document.createElement("template");
  made.innerHTML = document.getElementById("row-template").innerHTML.replaceAll("__key__", freshKey());
  const row = made.content.querySelector(".row");
  list.append(row);
  return row;
}

// The same on another page, behind the last row.
function copied(from, page) {
  const row = emptyRow();
  const parts = [...from.querySelectorAll("input[name], select[name], textarea[name]")];
  for (const control of parts) {
    const part = control.name.slice(`field-${from.dataset.key}-`.length);
    const own = input(row, part);
    if (!own) continue;
    if (control.tagName === "SELECT" && ![...own.options].some((option) => option.value === control.value)) own.append(new Option(control.selectedOptions[0]?.textContent ?? "", control.value));
    if (control.type === "checkbox") own.checked = control.checked;
    else own.value = control.value;
  }
  const terms = row.querySelector("[data-terms]");
  terms?.replaceChildren(...[...from.querySelectorAll("[data-terms] > *")].map((one) => one.cloneNode(true)));
  for (const box of terms?.querySelectorAll("input") ?? []) {
    box.id = `field-${row.dataset.key}-term-${box.value}`;
    box.name = `field-${row.dataset.key}-terms`;
    box.closest("div").querySelector("label").htmlFor = box.id;
  }
  input(row, "page").value = page;
  write(row, {});
  count();
  showRules();
}

function place(sheet, at) {
  if (rows().length + beside >= Number(form.dataset.most)) { arm(false); say(form.dataset.full); return; }
  const row = emptyRow();
  const key = row.dataset.key;
  const kind = document.getElementById("new-kind").value;
  const first = sizes[kind].first;
  input(row, "kind").value = kind;
  input(row, "person").value = document.querySelector('[name="new-person"]:checked')?.value ?? "";
  input(row, "page").value = sheet.dataset.page;
  input(row, "required").checked = true;
  for (const [part, value] of Object.entries({ x: at.x, y: at.y, width: at.width ?? first[0], height: at.height ?? first[1] })) {
    input(row, part).value = rounded(value);
  }
  write(row, {});
  count();
  showRules();
  choose(key);
  arm(false);
  if (kind === "signature") boxes.get(key).focus({ preventScroll: true });
  else input(row, "label").focus();
  changed();
}

function arm(on) {
  draw.setAttribute("aria-pressed", String(on));
  hint.hidden = !on;
  document.getElementById("sheets").classList.toggle("armed", on);
}

function sketch(event) {
  const sheet = event.target.closest(".sheet");
  if (!sheet || event.button !== 0 || draw.getAttribute("aria-pressed") !== "true") return;
  if (!event.target.closest(".paper") || event.target.closest(".box")) return;
  event.preventDefault();
  const { box, unit } = scaleOf(sheet);
  const ghost = document.createElement("span");
  ghost.className = "ghost";
  const holder = sheet.querySelector(".paper");
  holder.append(ghost);
  holder.setPointerCapture(event.pointerId);
  const from = { x: event.clientX, y: event.clientY };
  const move = (next) => {
    ghost.style.left = `${Math.min(from.x, next.clientX) - box.left}px`;
    ghost.style.top = `${Math.min(from.y, next.clientY) - box.top}px`;
    ghost.style.width = `${Math.abs(next.clientX - from.x)}px`;
    ghost.style.height = `${Math.abs(next.clientY - from.y)}px`;
  };
  const stop = () => {
    ghost.remove();
    holder.removeEventListener("pointermove", move);
    holder.removeEventListener("pointerup", finish);
    holder.removeEventListener("pointercancel", stop);
  };
  const finish = (last) => {
    stop();
    const at = { x: (Math.min(from.x, last.clientX) - box.left) * unit, y: (Math.min(from.y, last.clientY) - box.top) * unit };
    const width = Math.abs(last.clientX - from.x);
    const height = Math.abs(last.clientY - from.y);
    if (width > LEAST_DRAG && height > LEAST_DRAG) { at.width = width * unit; at.height = height * unit; }
    place(sheet, at);
  };
  holder.addEventListener("pointermove", move);
  holder.addEventListener("pointerup", finish);
  holder.addEventListener("pointercancel", stop);
}

// -- removing ---------------------------------------------------------------------------------------

function remove(row) {
  const key = row.dataset.key;
  const next = row.nextElementSibling;
  row.remove();
  boxes.get(key)?.remove();
  boxes.delete(key);
  count();
  showRules();
  const back = document.createElement("button");
  back.type = "button";
  back.className = "button secondary small";
  back.textContent = form.dataset.undo;
  back.addEventListener("click", () => {
    list.insertBefore(row, next?.isConnected ? next : null);
    undo.replaceChildren();
    show(row);
    count();
    showRules();
    boxes.get(key)?.focus();
    changed();
  });
  undo.replaceChildren(`${form.dataset.removed} `, back);
  back.focus();
  changed();
}

function count() {
  const all = rows();
  document.getElementById("row-count").textContent = String(all.length);
  all.forEach((row, index) => { row.querySelector(".row-number").textContent = String(index + 1); });
  document.dispatchEvent(new Event("musubi:counted")); // placing_several.js
}

// -- wiring -----------------------------------------------------------------------------------------

list.addEventListener("input", (event) => {
  const row = event.target.closest(".row");
  if (row && event.target.matches("[data-listed]")) listOrPlace(row);
  if (row) { show(row); showRules(); }
});
list.addEventListener("focusin", (event) => {
  const row = event.target.closest(".row");
  if (row) choose(row.dataset.key);
});
list.addEventListener("click", (event) => {
  const row = event.target.closest(".row");
  if (!row) return;
  if (event.target.closest("[data-remove]")) { event.preventDefault(); remove(row); }
  if (event.target.closest("[data-show]")) {
    const box = boxes.get(row.dataset.key);
    box?.scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
    box?.focus({ preventScroll: true });
  }
});
draw.addEventListener("click", () => arm(draw.getAttribute("aria-pressed") !== "true"));
document.addEventListener("keydown", (event) => { if (event.key === "Escape") arm(false); });
document.getElementById("sheets").addEventListener("pointerdown", sketch);
// A button's answer may have a row more or less than this page: behind it, this page says nothing more.
let leaving = false;
form.addEventListener("htmx:beforeRequest", (event) => { if (leaving) event.preventDefault(); });
form.addEventListener("submit", () => { leaving = true; });
window.addEventListener("pageshow", () => { leaving = false; });
for (const event of ["htmx:sendError", "htmx:responseError"]) {
  form.addEventListener(event, () => { document.getElementById("saved").textContent = form.dataset.failed; });
}
if (document.querySelector('[name="new-person"]')) draw.hidden = false;
document.documentElement.classList.add("placing-ready");
document.addEventListener("musubi:restored", () => {
  for (const [key, box] of boxes) if (!rowOf(key)) { box.remove(); boxes.delete(key); }
  undo.replaceChildren();
  rows().forEach(show);
  count();
  showRules();
});
Object.assign(globalThis.placing, { show, write, changed, copied });
rows().forEach(show);
showRules();
