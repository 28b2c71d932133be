// The person's fields on the pages, and what keeps the form, the list and the pages in step. The
// form is the truth: boxes only lead to its inputs and repeat what stands in them.
const reader = document.getElementById("reader");
const form = document.getElementById("fill");
const spots = JSON.parse(reader.dataset.spots);
const boxes = new Map(); // id of a control -> button
document.documentElement.classList.add("scripted");

// -- boxes on the pages ---------------------------------------------------------------------------

function text(spot) {
  const control = document.getElementById(spot.control);
  const part = control?.closest("[data-field]");
  if (!part || part.id === "look") return "";
  if (control.type === "checkbox") return control.checked ? "on" : "";
  if (control.type === "file") return part.querySelector("[data-file-name]")?.textContent ?? "";
  if (control.type === "radio") return part.querySelector(":checked")?.value ?? "";
  return part.querySelector("[data-reading]")?.textContent || control.value.trim();
}

function place(spot) {
  const sheet = document.getElementById(`page-${spot.page}`);
  if (!sheet) return;
  const box = document.createElement(spot.control ? "button" : "span");
  box.className = spot.control ? "spot" : "spot other";
  const [left, top, width, height] = spot.rect.map((part) => `${part}%`);
  Object.assign(box.style, { left, top, width, height });
  box.title = spot.label ? `${spot.text} ${spot.label}` : spot.text;
  if (spot.size) box.classList.add("mark");
  if (spot.figure) box.classList.add("figure");
  else box.textContent = spot.control ? spot.label || spot.text : spot.text;
  if (document.getElementById(spot.control)?.tagName === "TEXTAREA") box.classList.add("lines");
  // The list beside the pages has the same for keyboards and screen readers.
  box.setAttribute("aria-hidden", "true");
  if (spot.control) {
    box.type = "button";
    box.tabIndex = -1;
    box.addEventListener("click", () => enter(spot));
    boxes.set(spot.control, box);
  }
  sheet.append(box);
}

// A square or a choice is drawn on the page itself. Over it lies the mark alone, where the signed
// file will have it: signing/work/appearance.py draws the same, with the same numbers.
function marks(spot, value) {
  if (!value) return [];
  const [width, height] = spot.size;
  const picture = drawing("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none" });
  if (spot.options) {
    const row = height / spot.options.length;
    const middle = row * (spot.options.indexOf(value) + 0.5);
    picture.append(drawing("circle", { cx: 2 + spot.letter / 2, cy: middle, r: spot.letter * 0.42 * 0.55 }));
  } else {
    const side = Math.min(width, height, 14);
    const [left, bottom] = [(width - side) / 2, (height + side) / 2];
    const points = [[0.2, 0.52], [0.42, 0.26], [0.8, 0.78]].map(([x, y]) => `${left + x * side},${bottom - y * side}`);
    picture.append(drawing("polyline", { points: points.join(" "), "stroke-width": side * 0.12 }));
  }
  return [picture];
}

function drawing(name, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function enter(spot) {
  const enlarge = document.getElementById("enlarge");
  if (enlarge.getAttribute("aria-pressed") === "true") enlarge.click();
  const control = document.getElementById(spot.control);
  if (control.type === "radio") (control.closest("[data-field]").querySelector(":checked") ?? control).focus();
  else control.focus();
}

function fillBoxes() {
  for (const spot of spots) {
    const box = boxes.get(spot.control);
    const control = box && document.getElementById(spot.control);
    if (!control) continue;
    const part = control.closest("[data-field]");
    const value = text(spot);
    if (spot.size) box.replaceChildren(...marks(spot, value));
    else box.textContent = value || spot.label || spot.text;
    const wrong = part.classList.contains("wrong");
    box.hidden = part.hidden;
    box.classList.toggle("wrong", wrong);
    box.classList.toggle("done", !wrong && (value !== "" || part.id === "look"));
  }
}

// -- fields that are asked for only while another one says so -------------------------------------
// The server decides what counts; this shows the same at once where a choice on this page steers. What
// a number or a text means, and what stands in another document, the server's last answer says.

const dependent = form ? [...form.querySelectorAll("[data-depends-on]")] : [];

function valueOf(part) {
  const control = part.querySelector("select, input:checked");
  return control?.value ?? "";
}

function isAsked(part) {
  const source = form.querySelector(`[data-field="${part.dataset.dependsOn}"]`);
  if (source?.hidden) return false;
  if (!source || part.dataset.relation !== "is") return !("notAsked" in part.dataset);
  return valueOf(source) === part.dataset.dependsValue;
}

function showAsked() {
  let changed = true;
  for (let round = 0; changed && round <= dependent.length; round += 1) { // one may hang on the next
    changed = false;
    for (const part of dependent) {
      const hide = !isAsked(part);
      if (part.hidden === hide) continue;
      part.hidden = hide;
      changed = true;
    }
  }
  for (const part of dependent) showEntry(part.dataset.field, part.hidden);
  document.dispatchEvent(new Event("musubi:items"));
}

function showEntry(name, hide) {
  const entry = document.querySelector(`[data-entry="${name}"]`);
  if (entry) entry.closest("li").hidden = hide;
}

function follow(event) {
  const part = event.target.closest?.("[data-field]");
  for (const [id, box] of boxes) {
    const here = Boolean(part) && event.type === "focusin" && part.contains(document.getElementById(id));
    box.classList.toggle("at", here);
    // Beside each other, the page comes along; one above the other, it would take the input away.
    if (here && matchMedia("(min-width: 64rem)").matches) showBox(box);
  }
}

function showBox(box) {
  const { top, bottom } = box.getBoundingClientRect();
  if (top < 64 || bottom > innerHeight) {
    window.scrollBy({ top: top - innerHeight / 3, behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  }
}

// -- what the server said about it ----------------------------------------------------------------

function apply(changes) {
  for (const [name, error] of Object.entries(changes.errors)) {
    const place = document.getElementById(`${name}-error`);
    const part = place?.closest("[data-field]");
    if (!part) continue;
    if (place.textContent !== error) place.textContent = error;
    part.classList.toggle("wrong", error !== "");
    for (const control of part.querySelectorAll(":is(input, textarea, select):not([type=file], [type=radio], [type=hidden], #seal-text)")) {
      if (error) control.setAttribute("aria-invalid", "true");
      else control.removeAttribute("aria-invalid");
    }
  }
  for (const [name, item] of Object.entries(changes.items)) {
    const entry = document.querySelector(`[data-entry="${name}"]`);
    entry?.classList.toggle("done", item.done);
    if (entry) entry.querySelector(".state").textContent = item.state;
    showEntry(name, item.hidden);
    const dependant = form?.querySelector(`[data-field="${name}"][data-depends-on]`);
    if (item.hidden) dependant?.setAttribute("data-not-asked", "");
    else dependant?.removeAttribute("data-not-asked");
    const reading = form.querySelector(`[data-reading="${name}"]`);
    if (reading && reading.textContent !== item.reading) reading.textContent = item.reading;
  }
  for (const item of document.querySelectorAll("[data-item]")) {
    if (!("look" in changes.errors)) break;
    if (changes.signatures.includes(item.dataset.item) && changes.errors.look) item.dataset.wrong = "";
    else delete item.dataset.wrong;
  }
  showAsked();
  fillBoxes();
}

function received(event) {
  const found = document.getElementById(event.detail.target.id) ?? event.detail.target;
  const target = found.closest("#look") ?? found; // the state lies beside the choices
  const holder = target.matches("[data-changes]") ? target : target.querySelector("[data-changes]");
  if (holder) apply(JSON.parse(holder.dataset.changes));
}

// -- saving before the page is left ---------------------------------------------------------------

let edits = 0;
let saved = 0;
let picked = 0; // the edit that said how the signature looks
let heard = false; // whether what was typed before this script had come is among the edits
const dirty = () => edits !== saved || unheard("");

// Whether something was typed, in this field or in any, that no listener has heard.
function unheard(name) {
  return !heard && [...form.elements].some((control) => (!name || control.name === name) && typedBefore(control));
}

function body() {
  const data = new FormData(form);
  for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
  data.set("action", "autosave");
  return new URLSearchParams(data);
}

async function save() {
  const now = edits; // `form.action` would be the buttons of that name
  const answer = await fetch(form.getAttribute("action"), { method: "POST", body: body(), keepalive: true, headers: { "HX-Request": "true" } });
  if (!answer.ok) throw new Error(String(answer.status));
  saved = now;
}

// An event of htmx, or what `save` threw. A visit that is over takes nothing any more; of a field
// that another page has changed as well, a button of the form shows both.
function failed(reason) {
  const status = reason?.detail?.xhr?.status ?? Number(reason?.message);
  const words = { 409: form.dataset.disputed, 410: form.dataset.over };
  document.getElementById("saved").textContent = words[status] ?? form.dataset.failed;
}

function leaving(event) {
  const link = event.target.closest?.("a[href]");
  if (!link || !dirty() || link.getAttribute("href").startsWith("#") || link.hasAttribute("download")) return;
  if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  save().then(() => location.assign(link.href), failed);
}

// A picture is chosen to be shown, and said so at once.
function showStamp() {
  document.getElementById("look-stamp").checked = true;
}

// A picture also comes from the phone, behind this page's back: the form speaks of the look only
// where it was picked here and that is not saved yet.
function withLook(event) {
  event.formData.delete("look-shown"); // what the page showed: for forms without this script
  if (picked <= saved && !unheard("look")) event.formData.delete("look");
}

// Once the form is on its way, with everything that stands in it.
function sent() {
  saved = edits;
  heard = true;
}

function watchForm() {
  form.addEventListener("change", (event) => {
    if (event.target.id === "stamp-file" && event.target.files.length) showStamp();
  }, true);
  form.addEventListener("click", (event) => {
    if (event.target.closest?.('[value="seal"], [value="again"], [value="mine"]')) showStamp();
  }, true);
  form.addEventListener("formdata", withLook);
  form.addEventListener("input", (event) => {
    edits += 1;
    if (event.target.name === "look") picked = edits;
    event.target.closest("[data-field]")?.querySelector("p[data-reading]")?.replaceChildren();
    showAsked();
    fillBoxes();
  });
  form.addEventListener("htmx:beforeRequest", (event) => { event.detail.xhr.edits = edits; });
  form.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful && event.detail.requestConfig.verb === "post") saved = event.detail.xhr.edits;
  });
  form.addEventListener("htmx:responseError", failed);
  form.addEventListener("htmx:sendError", failed);
  form.addEventListener("submit", () => setTimeout(sent));
  document.body.addEventListener("htmx:afterSettle", received);
  document.addEventListener("click", leaving);
  document.addEventListener("focusin", follow);
  document.addEventListener("focusout", follow);
  window.addEventListener("pagehide", () => { if (dirty()) save().catch(() => {}); });
}

spots.forEach(place);
if (form) {
  watchForm();
  showAsked();
  fillBoxes();
}

// -- what was typed before this script had come ---------------------------------------------------

function typedBefore(control) {
  if (["checkbox", "radio"].includes(control.type)) return control.checked !== control.defaultChecked;
  return control.matches("input:not([type=hidden], [type=file]), textarea") && control.value !== control.defaultValue;
}

const onTheirWay = new WeakSet(); // the inputs whose file htmx took
const chosenBefore = (control) => control.files?.length > 0 && !onTheirWay.has(control);
form?.addEventListener("htmx:confirm", (event) => onTheirWay.add(event.target));

// It is saved as if it were typed now, and a file sent as if it were chosen now: on a slow line
// nobody had listened.
window.addEventListener("load", () => {
  heard = true;
  const controls = [...(form?.elements ?? [])];
  for (const control of controls.filter(typedBefore)) {
    control.dispatchEvent(new Event("input", { bubbles: true }));
  }
  for (const control of controls.filter(chosenBefore)) {
    control.dispatchEvent(new Event("change", { bubbles: true }));
  }
});
