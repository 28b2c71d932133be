// Several fields at once: chosen by Ctrl and a click, by the space bar, or by a box in the list; then
// brought into line, made the same size, or copied to every page.
const { form, list, rows, rect, placed, titleOf, say, input } = globalThis.placing;
const bar = document.getElementById("several");
const most = Number(form.dataset.most);
const beside = JSON.parse(form.dataset.beside).length; // on other documents: the limit is the envelope's

const picked = () => rows().filter((row) => row.classList.contains("picked") && placed(row));
const told = (words, count) => words.replace("{count}", () => String(count));

function pick(row, on = !row.classList.contains("picked")) {
  row.classList.toggle("picked", on);
  row.querySelector("[data-pick]").checked = on;
  globalThis.placing.show(row);
  count();
  say(told(form.dataset.picked, picked().length));
}

function count() {
  bar.classList.toggle("is-open", picked().length > 0);
}

function none() {
  for (const row of picked()) pick(row, false);
  count();
  document.getElementById("step-back").focus();
}

// The first of the list is the measure of size; sides are those of whichever lies farthest.
const ALIGN = {
  left: (all) => { const x = Math.min(...all.map((one) => one.x)); return () => ({ x }); },
  right: (all) => { const end = Math.max(...all.map((one) => one.x + one.width)); return (one) => ({ x: end - one.width }); },
  top: (all) => { const y = Math.min(...all.map((one) => one.y)); return () => ({ y }); },
  bottom: (all) => { const end = Math.max(...all.map((one) => one.y + one.height)); return (one) => ({ y: end - one.height }); },
  size: ([first]) => () => ({ width: first.width, height: first.height }),
};

function align(how, words) {
  const found = picked();
  if (found.length < 2) { say(form.dataset.pickTwo); return; }
  const change = ALIGN[how](found.map(rect));
  for (const row of found) globalThis.placing.write(row, change(rect(row)));
  globalThis.placing.changed();
  say(`${words}${form.dataset.colon}${told(form.dataset.picked, found.length)}`);
}

// Each page gets one, unless it has one of the same person and kind at the same place already.
function copy() {
  const found = picked().filter((row) => input(row, "kind").value !== "signature");
  if (!found.length) { say(form.dataset.noCopy); return; }
  const pages = [...document.querySelectorAll(".sheet")].map((sheet) => sheet.dataset.page);
  const there = new Set(rows().map((row) => trace(row)));
  const wanted = found.flatMap((row) => pages.map((page) => [row, page])).filter(([row, page]) => !there.has(trace(row, page)));
  if (rows().length + beside + wanted.length > most) { say(form.dataset.tooMany); return; }
  for (const [row, page] of wanted) globalThis.placing.copied(row, page);
  globalThis.placing.changed();
  say(told(form.dataset.copied, wanted.length));
}

const trace = (row, page = input(row, "page").value) => [page, ...["person", "kind", "x", "y", "width", "height"].map((part) => input(row, part).value)].join();

list.addEventListener("change", (event) => {
  if (!event.target.matches("[data-pick]")) return;
  event.stopPropagation(); // nothing to keep
  pick(event.target.closest(".row"), event.target.checked);
});
bar.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.align) align(button.dataset.align, button.textContent.trim());
  else if (button.id === "copy-pages") copy();
  else none();
});
document.addEventListener("musubi:pick", (event) => pick(event.detail));
document.addEventListener("musubi:counted", count);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && picked().length) for (const row of picked()) pick(row, false);
});
document.getElementById("tools").hidden = false;
