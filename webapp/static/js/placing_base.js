// What the scripts of the placing page share. Modules of their own would be imported by addresses that
// browsers keep for a year; each script is asked for by its page instead, and finds the others here.
const form = document.getElementById("placing");
const list = document.getElementById("rows");

const input = (row, part) => row.querySelector(`[name="field-${row.dataset.key}-${part}"]`);
const rows = () => [...list.querySelectorAll(".row")];
const number = (text) => Number.parseFloat(String(text).normalize("NFKC").replace(",", "."));
const rounded = (value) => String(Math.round(value * 10) / 10);
const clamp = (value, low, high) => Math.min(Math.max(value, low), Math.max(low, high));

function rect(row) {
  const [x, y, width, height] = ["x", "y", "width", "height"].map((part) => number(input(row, part).value));
  return { x, y, width, height };
}

function sheetOf(row) {
  const page = Math.round(number(input(row, "page").value));
  return document.querySelector(`.sheet[data-page="${page}"]`);
}

const paper = (sheet) => ({ width: Number(sheet.dataset.width), height: Number(sheet.dataset.height) });
const placed = (row) => sheetOf(row) !== null && !Object.values(rect(row)).some(Number.isNaN);
const titleOf = (row) => row.querySelector(".row-title").textContent;

function say(words) {
  const said = document.getElementById("placing-said");
  said.textContent = "";
  requestAnimationFrame(() => { said.textContent = words; }); // the same words twice are heard twice
}

// -- lines that fields keep to ----------------------------------------------------------------------

const AXES = [["x", "width"], ["y", "height"]];
const linesOf = (place, start, size) => [place[start], place[start] + place[size] / 2, place[start] + place[size]];

// Where an edge or the middle comes within reach of another field's, the place keeps to it. `reach` is
// in millimetres; the answer's guides are [axis, millimetres].
function snapped(place, others, reach, resizing) {
  const found = { place: { ...place }, guides: [] };
  for (const [start, size] of AXES) {
    let best = null;
    const own = linesOf(place, start, size);
    for (const other of others) {
      const lines = linesOf(other, start, size);
      const pairs = resizing
        ? [[own[2], lines[0]], [own[2], lines[2]], [own[2], place[start] + other[size]]]
        : [[own[0], lines[0]], [own[0], lines[2]], [own[1], lines[1]], [own[2], lines[0]], [own[2], lines[2]]];
      for (const [from, to] of pairs) {
        const way = to - from;
        if (Math.abs(way) <= reach && (best === null || Math.abs(way) < Math.abs(best.way))) best = { way, at: to };
      }
    }
    if (best === null) continue;
    found.place[resizing ? size : start] += best.way;
    found.guides.push([start, best.at]);
  }
  return found;
}

// By keyboard: how far it is to the next line in a direction; null where there is none.
function nextLine(place, others, start, size, sign) {
  const [near, , far] = linesOf(place, start, size);
  const ways = others.flatMap((other) => {
    const [begin, , end] = linesOf(other, start, size);
    return [begin - near, end - near, begin - far, end - far];
  });
  const ahead = ways.filter((way) => way * sign > 0.05).map(Math.abs);
  return ahead.length ? sign * Math.min(...ahead) : null;
}

globalThis.placing = { form, list, input, rows, number, rounded, clamp, rect, sheetOf, paper, placed, titleOf, say, snapped, nextLine };
