// The list of what is asked. A signature is settled once the end of its document came into view, or
// its entry was pressed; a field once its value was saved. It helps to find what is left; the
// confirmation page is what counts.
const list = document.getElementById("checklist");
const count = document.getElementById("done-count");
const total = document.getElementById("required-count");
const finish = document.getElementById("finish");
const key = `read:${list.dataset.visit}`;

function stored() {
  try { return new Set(JSON.parse(sessionStorage.getItem(key) ?? "[]")); } catch { return new Set(); }
}

function keep(numbers) {
  try { sessionStorage.setItem(key, JSON.stringify([...numbers])); } catch { /* private mode */ }
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
  };
  const mark = (number) => { numbers.add(number); keep(numbers); update(); };
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
    if (next.matches("button")) next.click(); // saves, and opens the next document
    else if (next.getAttribute("href").startsWith("#")) { next.focus({ preventScroll: true }); next.click(); }
    else location.assign(next.href.split("#")[0]); // the next document, from its beginning
  });
  update();
}

start();
