// Finding a place: words that the server found, marked on the pages as they are drawn, and small
// pages to jump to. Without it the list of pages are links, and the page of words has the search.
const finder = document.getElementById("finder");
const overview = document.getElementById("finding");
const TILE_WIDTH = 96;

// -- words ----------------------------------------------------------------------------------------

// eslint-disable-next-line compat/compat -- where it is missing, the count and the arrows do without marks
const hits = window.Highlight && CSS.highlights ? new Highlight() : null;
const even = (text) => text.normalize("NFKC").toLowerCase();
let wanted = "";

// The letters of a layer without blanks, and where each of them stands.
function letters(layer) {
  const nodes = document.createTreeWalker(layer, NodeFilter.SHOW_TEXT);
  const places = [];
  let text = "";
  while (nodes.nextNode()) {
    [...nodes.currentNode.data].reduce((at, letter) => {
      for (const part of even(letter).replace(/\s/g, "")) {
        text += part;
        for (let unit = 0; unit < part.length; unit += 1) places.push([nodes.currentNode, at, at + letter.length]);
      }
      return at + letter.length;
    }, 0);
  }
  return { text, places };
}

function mark(layer) {
  if (!hits || !wanted) return;
  for (const range of hits) if (range.collapsed) hits.delete(range); // of layers that are gone
  const { text, places } = letters(layer);
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) {
    const range = new Range();
    range.setStart(places[at][0], places[at][1]);
    const last = places[at + wanted.length - 1];
    range.setEnd(last[0], last[2]);
    hits.add(range);
  }
}

function searched() {
  wanted = even(document.getElementById("q").value).replace(/\s/g, "");
  hits?.clear();
  document.querySelectorAll(".textLayer").forEach(mark);
}

if (finder) {
  finder.hidden = false;
  hits?.clear();
  if (hits) CSS.highlights.set("found", hits);
  finder.addEventListener("htmx:afterRequest", searched);
  document.addEventListener("musubi:drawn", (event) => mark(event.detail));
}

// -- small pages ----------------------------------------------------------------------------------

async function drawTile(pdf, tile) {
  const page = await pdf.getPage(Number(tile.dataset.tile));
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  const viewport = page.getViewport({ scale: (TILE_WIDTH * ratio) / page.getViewport({ scale: 1 }).width });
  const canvas = document.createElement("canvas");
  canvas.width = Math.floor(viewport.width);
  canvas.height = Math.floor(viewport.height);
  await page.render({ canvas, viewport }).promise;
  tile.querySelector(".paper").replaceChildren(canvas);
}

document.addEventListener("musubi:opened", ({ detail: pdf }) => {
  const observer = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      observer.unobserve(target);
      drawTile(pdf, target).catch(() => {}); // its number stays
    }
  });
  overview?.querySelectorAll("[data-tile]").forEach((tile) => observer.observe(tile));
});
