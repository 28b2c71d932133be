// Undo and redo. Each change of the list that has come to its end is a step; rows that went are kept as
// they were, so that they come back with everything in them.
const { form, list, rows, titleOf, say } = globalThis.placing;
const undo = document.getElementById("step-back");
const redo = document.getElementById("step-on");
const MOST = 200;

const controls = (row) => [...row.querySelectorAll("input[name], select[name], textarea[name]")].filter((one) => !one.closest("[data-terms]"));
const valueOf = (control) => (control.type === "checkbox" ? control.checked : control.value);
const termsOf = (row) => [...row.querySelectorAll("[data-terms] :checked")].map((box) => box.value);

function taken() {
  return rows().map((row) => ({ row, values: controls(row).map((control) => [control, valueOf(control)]), terms: termsOf(row) }));
}

const mark = (shot) => JSON.stringify(shot.map(({ row, values, terms }) => [row.dataset.key, values.map(([, value]) => value), terms]));
const step = (shot) => ({ shot, mark: mark(shot) });
let steps = [step(taken())];
let at = 0;

function note() {
  const now = step(taken());
  if (now.mark === steps[at].mark) return;
  steps = [...steps.slice(0, at + 1), now].slice(-MOST);
  at = steps.length - 1;
  tell();
}

function tell() {
  undo.setAttribute("aria-disabled", String(at === 0));
  redo.setAttribute("aria-disabled", String(at === steps.length - 1));
}

function put(control, value) {
  if (control.type === "checkbox") { control.checked = value; return; }
  if (control.tagName === "SELECT" && ![...control.options].some((option) => option.value === value)) control.append(new Option(value, value));
  control.value = value;
}

// Of the rows that differ, the first: that is what was undone.
function about(before, after) {
  const known = new Map(before.map((one) => [one.row, mark([one])]));
  const other = after.find((one) => known.get(one.row) !== mark([one])) ?? before.find((one) => !after.some(({ row }) => row === one.row));
  return other ? titleOf(other.row) : "";
}

function go(way, words) {
  note();
  const to = at + way;
  if (to < 0 || to >= steps.length) return;
  const name = about(steps[at].shot, steps[to].shot);
  at = to;
  const { shot } = steps[at];
  for (const row of rows()) if (!shot.some((one) => one.row === row)) row.remove();
  for (const { row, values } of shot) {
    list.append(row);
    for (const [control, value] of values) put(control, value);
  }
  document.dispatchEvent(new Event("musubi:restored")); // placing.js draws it, placing_rules.js its choices
  for (const { row, terms } of shot) for (const box of row.querySelectorAll("[data-terms] input")) box.checked = terms.includes(box.value);
  form.dispatchEvent(new Event("change", { bubbles: true }));
  // As it came out: a choice that is not offered any more is no change, and the next step leads on.
  steps[at] = { shot, mark: mark(taken()) };
  tell();
  if (document.activeElement === document.body) (way < 0 ? undo : redo).focus(); // what had it went
  say(words.replace("{label}", () => name));
}

const back = () => go(-1, form.dataset.undone);
const on = () => go(1, form.dataset.redone);
undo.addEventListener("click", back);
redo.addEventListener("click", on);
form.addEventListener("change", () => setTimeout(note)); // once whoever else listens has done his part
document.addEventListener("keydown", (event) => {
  const typing = event.target.matches?.("input:not([type=checkbox]):not([type=radio]), textarea, select");
  if (typing || !(event.ctrlKey || event.metaKey) || event.altKey) return;
  const key = event.key.toLowerCase();
  if (key !== "z" && key !== "y") return;
  event.preventDefault();
  if (key === "y" || event.shiftKey) on();
  else back();
});
tell();
