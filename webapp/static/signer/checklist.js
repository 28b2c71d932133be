// The list of what is asked. An item is done once the end of its document came into view, or its
// entry was pressed. It helps to find what is left; the confirmation page is what counts.
const list = document.getElementById("checklist");
const count = document.getElementById("done-count");
const finish = document.getElementById("finish");
const key = `read:${list.dataset.visit}`;

function stored() {
  try { return new Set(JSON.parse(sessionStorage.getItem(key) ?? "[]")); } catch { return new Set(); }
}

function keep(numbers) {
  try { sessionStorage.setItem(key, JSON.stringify([...numbers])); } catch { /* private mode */ }
}

function show(item) {
  const state = item.querySelector(".state");
  item.classList.add("done");
  state.textContent = state.dataset.done;
}

function start() {
  const items = [...list.querySelectorAll(".item")];
  const numbers = stored();
  const update = () => {
    for (const item of items) if (numbers.has(item.dataset.item)) show(item);
    const done = items.filter((item) => item.classList.contains("done")).length;
    if (count.textContent !== String(done)) count.textContent = String(done);
  };
  const mark = (number) => { numbers.add(number); keep(numbers); update(); };
  for (const item of items) item.addEventListener("click", () => mark(item.dataset.item));
  const end = document.querySelector(".here");
  new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) mark(end.id.replace("item-", ""));
  }, { threshold: 0.5 }).observe(end);
  finish.addEventListener("click", (event) => {
    const next = items.find((item) => !item.classList.contains("done"));
    if (!next) return;
    event.preventDefault();
    if (next.getAttribute("href").startsWith("#")) { next.focus({ preventScroll: true }); next.click(); }
    else location.assign(next.href.split("#")[0]); // the next document, from its beginning
  });
  update();
}

start();
