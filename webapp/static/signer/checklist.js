// The list of what is asked. A signature is settled once the end of its document came into view, or
// its entry was pressed; a field once its value was saved. It helps to find what is left; the
// confirmation page is what counts.
const list = document.getElementById("checklist");
const count = document.getElementById("done-count");
const total = document.getElementById("required-count");
const finish = document.getElementById("finish");
const key = `read:${list.dataset.visit}`;
const why = document.getElementById("unread"); // why 「完了する」 led somewhere else
const step = document.getElementById("next-entry");
const leading = `unread:${list.dataset.visit}`;

// What this window remembers; private windows may refuse.
function recall(name) {
  try { return sessionStorage.getItem(name); } catch { return null; }
}

function remember(name, text) {
  try { sessionStorage.setItem(name, text); } catch { /* private mode */ }
}

function stored() {
  try { return new Set(JSON.parse(recall(key) ?? "[]")); } catch { return new Set(); }
}

function explain(number) {
  why.textContent = why.dataset.words.replace("{number}", number);
}

// Said on the page to which the button led.
function arrive() {
  const number = recall(leading);
  remember(leading, "");
  if (number && document.getElementById(`item-${number}`)?.matches(".here")) explain(number);
}

const isOpen = (item) => "entry" in item.dataset && !item.classList.contains("done");

// From field to field, as the list would lead: the next one after the last that was led to.
function stepOn() {
  const entries = [...list.querySelectorAll("li:not([hidden]) > .item[data-required][data-entry]")];
  const last = entries.findIndex((item) => item.dataset.entry === step.dataset.last);
  const here = entries.findIndex((item) => item.matches("a")); // of this document
  const at = last < 0 ? Math.max(here, 0) - 1 : last;
  const next = [...entries.slice(at + 1), ...entries].find(isOpen);
  if (!next) return;
  step.dataset.last = next.dataset.entry;
  next.click();
}

function show(item, read) {
  const done = read && !("wrong" in item.dataset);
  const state = item.querySelector(".state");
  item.classList.toggle("done", done);
  state.textContent = done ? state.dataset.done : state.dataset.open;
}

function start() {
  const items = [...list.querySelectorAll(".item[data-item]")];
  const numbers = stored();
  for (const item of items) if (item.classList.contains("done")) numbers.add(item.dataset.item);
  const update = () => {
    for (const item of items) show(item, numbers.has(item.dataset.item));
    const required = [...list.querySelectorAll("li:not([hidden]) > .item[data-required]")];
    const done = String(required.filter((item) => item.classList.contains("done")).length);
    if (count.textContent !== done) count.textContent = done;
    if (total.textContent !== String(required.length)) total.textContent = String(required.length);
    if (step) step.hidden = !required.some(isOpen);
  };
  const mark = (number) => { numbers.add(number); remember(key, JSON.stringify([...numbers])); update(); };
  for (const item of items) item.addEventListener("click", () => mark(item.dataset.item));
  document.addEventListener("musubi:items", update);
  const end = document.querySelector(".here");
  new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) mark(end.id.replace("item-", ""));
  }, { threshold: 0.5 }).observe(end);
  finish.addEventListener("click", (event) => {
    const next = items.find((item) => !numbers.has(item.dataset.item));
    if (!next) return; // what is missing in the fields, the server says in words
    event.preventDefault();
    const number = next.dataset.item;
    const here = !next.matches("button") && next.getAttribute("href").startsWith("#");
    if (here) explain(number);
    else remember(leading, number);
    if (here) { next.focus({ preventScroll: true }); next.click(); }
    else if (next.matches("button")) next.click(); // saves, and opens the next document
    else location.assign(next.href.split("#")[0]); // the next document, from its beginning
  });
  step?.addEventListener("click", stepOn);
  arrive();
  update();
}

start();
