// What a row can depend on are other rows of the same person, on this document or another one of the
// envelope: their choices follow every change.

const form = document.getElementById("placing");
const kindsWith = JSON.parse(form.dataset.with);
const beside = JSON.parse(form.dataset.beside); // rows of other documents
const relations = JSON.parse(form.dataset.relations);
const rows = () => [...document.querySelectorAll("#rows .row")];
const input = (row, part) => row.querySelector(`[name="field-${row.dataset.key}-${part}"]`);

function described(row) {
  const options = input(row, "options").value.normalize("NFC").split("\n").map((line) => line.trim());
  return {
    key: row.dataset.key, person: input(row, "person").value, kind: input(row, "kind").value, name: row.querySelector(".row-title").textContent,
    options: options.filter(Boolean),
  };
}

function others(row, every, kinds) {
  const person = input(row, "person").value;
  return every.filter((other) => other.key !== row.dataset.key && other.person === person && kinds.includes(other.kind));
}

function conditionsOn({ key, kind, name, options }) {
  if (kind === "checkbox") return [[`${key}:on`, form.dataset.whenChecked.replace("{label}", () => name)]];
  const words = form.dataset.whenEqual.replace("{label}", () => name);
  const chosen = ["radio", "dropdown"].includes(kind) ? options : [];
  return [
    ...chosen.map((option) => [`${key}:${option}`, words.replace("{value}", () => option)]),
    ...relations[kind].map(([relation, text]) => [`${key}?${relation}`, text.replace("{label}", () => name)]),
  ];
}

function showConditions(row, every) {
  const select = input(row, "shown_if");
  const chosen = select.value;
  row.classList.toggle("has-value", /\?(equal|least|most)$/.test(chosen));
  const found = others(row, every, kindsWith.steering).flatMap(conditionsOn);
  if (chosen && !found.some(([value]) => value === chosen)) found.push([chosen, form.dataset.goneCondition]);
  const made = JSON.stringify(found);
  if (select.dataset.made === made) return;
  select.dataset.made = made;
  select.replaceChildren(select.options[0], ...found.map(([value, text]) => new Option(text, value)));
  select.value = chosen;
}

function showTerms(row, every) {
  const holder = row.querySelector("[data-terms]");
  const chosen = [...holder.querySelectorAll(":checked")].map((box) => box.value);
  const found = others(row, every, kindsWith.range).map(({ key, name }) => [key, name]);
  for (const key of chosen) if (!found.some(([value]) => value === key)) found.push([key, form.dataset.gone]);
  const made = JSON.stringify(found);
  if (holder.dataset.made === made) return;
  holder.dataset.made = made;
  holder.replaceChildren(...found.map(([key, text]) => termBox(row.dataset.key, key, text, chosen.includes(key))));
}

function showRules() {
  const every = [...rows().map(described), ...beside];
  for (const row of rows()) {
    // Choices are made in the rows that are open: each row's are as many as there are rows.
    if (row.querySelector("details.rules").open) {
      showConditions(row, every);
      showTerms(row, every);
    }
    const said = row.querySelectorAll(".rules :is(input[type=text]:not([name$=shown_value]), select:not([name$=rounding])), .rules [type=checkbox]:checked");
    row.querySelector(".has-rules").hidden = ![...said].some((control) => control.value.trim() !== "");
  }
}

function termBox(own, key, text, checked) {
  const part = document.createElement("div");
  part.className = "radio";
  const box = Object.assign(document.createElement("input"), { type: "checkbox", id: `field-${own}-term-${key}`, name: `field-${own}-terms`, value: key, checked });
  const label = Object.assign(document.createElement("label"), { htmlFor: box.id, textContent: text });
  part.append(box, label);
  return part;
}

document.addEventListener("musubi:rows", showRules);
document.getElementById("rows").addEventListener("toggle", showRules, true); // it does not bubble
showRules();
