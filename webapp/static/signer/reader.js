// The reader: pdf.js behind the pictures of the pages. Without it (no JavaScript, an old browser, a
// failure) the pictures stay, everything else works, and pictures.js says so.
const reader = document.getElementById("reader");
const sheets = [...reader.querySelectorAll(".sheet")];
const options = reader.dataset;
const ZOOMS = [0.5, 0.75, 1, 1.25, 1.5, 2, 3];
const MAX_PIXELS = 4096 * 4096; // what phones allow for one canvas
const KANA = /[\u3041-\u30ff]/;
let zoom = 1;

function watchPlace() {
  const place = document.getElementById("place");
  const seen = new Map();
  const observer = new IntersectionObserver((entries) => {
    for (const entry of entries) seen.set(entry.target, entry.intersectionRect.height);
    let most = null;
    for (const sheet of sheets) {
      if ((seen.get(sheet) ?? 0) > (most ? seen.get(most) : 0)) most = sheet;
    }
    if (most) place.textContent = options.place.replace("{page}", most.dataset.page);
  }, { threshold: [0, 0.25, 0.5, 0.75, 1] });
  sheets.forEach((sheet) => observer.observe(sheet));
}

function startZoom(redraw) {
  const level = document.getElementById("zoom-level");
  const box = document.getElementById("sheets");
  const set = (next) => {
    const before = box.getBoundingClientRect();
    const middle = (innerHeight / 2 - before.top) / before.height;
    zoom = next;
    box.style.setProperty("--zoom", zoom);
    level.textContent = `${Math.round(zoom * 100)}%`;
    const after = box.getBoundingClientRect();
    window.scrollBy(0, after.top + middle * after.height - innerHeight / 2);
    redraw();
  };
  const step = (by) => {
    const at = ZOOMS.indexOf(zoom);
    set(ZOOMS[Math.min(ZOOMS.length - 1, Math.max(0, at + by))]);
  };
  document.getElementById("zoom-in").addEventListener("click", () => step(1));
  document.getElementById("zoom-out").addEventListener("click", () => step(-1));
  const enlarge = document.getElementById("enlarge");
  const toggle = (on) => {
    document.documentElement.classList.toggle("enlarged", on);
    enlarge.setAttribute("aria-pressed", String(on));
    enlarge.textContent = on ? options.reduce : options.enlarge;
    redraw();
  };
  enlarge.addEventListener("click", () => toggle(enlarge.getAttribute("aria-pressed") !== "true"));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && enlarge.getAttribute("aria-pressed") === "true") toggle(false);
  });
}

class Pages {
  constructor(library) {
    this.library = library;
    this.visible = new Set();
    this.drawn = new Map();
    this.pdf = null;
  }

  async open() {
    this.library.GlobalWorkerOptions.workerSrc = options.worker;
    this.pdf = await this.library.getDocument({
      url: options.file,
      length: Number(options.size),
      disableAutoFetch: true,
      disableStream: true,
      isEvalSupported: false,
      enableXfa: false,
      useWasm: false, // the page's policy allows none; pdf.js has slower twins in JavaScript
      cMapUrl: `${options.vendor}cmaps/`,
      standardFontDataUrl: `${options.vendor}standard_fonts/`,
      wasmUrl: `${options.vendor}wasm/`,
      iccUrl: `${options.vendor}iccs/`,
    }).promise;
    const observer = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        if (entry.isIntersecting) this.visible.add(entry.target);
        else { this.visible.delete(entry.target); this.release(entry.target); }
      }
      this.draw();
    }, { rootMargin: "75% 0px" });
    sheets.forEach((sheet) => observer.observe(sheet));
  }

  draw() {
    for (const sheet of this.visible) this.drawSheet(sheet).catch(() => this.release(sheet));
  }

  async drawSheet(sheet) {
    const width = sheet.clientWidth;
    if (!width || this.drawn.get(sheet) === width) return;
    this.drawn.set(sheet, width);
    const page = await this.pdf.getPage(Number(sheet.dataset.page));
    const scale = width / page.getViewport({ scale: 1 }).width;
    const viewport = page.getViewport({ scale });
    const ratio = Math.min(window.devicePixelRatio || 1, Math.sqrt(MAX_PIXELS / (viewport.width * viewport.height)));
    const canvas = document.createElement("canvas");
    canvas.className = "ink";
    canvas.setAttribute("aria-hidden", "true");
    canvas.width = Math.floor(viewport.width * ratio);
    canvas.height = Math.floor(viewport.height * ratio);
    await page.render({
      canvas, viewport, transform: [ratio, 0, 0, ratio, 0, 0],
    }).promise;
    if (this.drawn.get(sheet) !== width) return; // scrolled away or resized meanwhile
    const layer = document.createElement("div");
    layer.className = "textLayer";
    layer.style.setProperty("--total-scale-factor", scale);
    await new this.library.TextLayer({
      textContentSource: page.streamTextContent(), container: layer, viewport,
    }).render();
    // A contract stays Japanese on an English page, for the voice that reads it aloud.
    if (KANA.test(layer.textContent)) layer.lang = "ja";
    sheet.querySelectorAll(".ink, .textLayer").forEach((old) => old.remove());
    sheet.append(canvas, layer);
    document.dispatchEvent(new CustomEvent("musubi:drawn", { detail: layer }));
    // The text says it all now; where there is none (a scan), the picture keeps its name.
    if (layer.textContent.trim()) sheet.querySelector("img")?.setAttribute("alt", "");
  }

  release(sheet) {
    this.drawn.delete(sheet);
    const canvas = sheet.querySelector(".ink");
    if (canvas) { canvas.width = 0; canvas.height = 0; canvas.remove(); }
    sheet.querySelector(".textLayer")?.remove();
  }
}

// On a slow line the first page's picture has the line for itself.
async function firstIsShown() {
  await sheets[0]?.querySelector("img")?.decode().catch(() => {});
}

async function start() {
  let pages = null;
  let timer = 0;
  const redraw = () => {
    clearTimeout(timer);
    timer = setTimeout(() => pages?.draw(), 120);
  };
  watchPlace();
  startZoom(redraw);
  window.addEventListener("resize", redraw);
  reader.dataset.running = "yes";
  await firstIsShown();
  try {
    const library = await import(options.library);
    const opening = new Pages(library);
    await opening.open();
    pages = opening;
    document.dispatchEvent(new CustomEvent("musubi:opened", { detail: opening.pdf }));
    reader.dataset.ready = "yes";
  } catch (error) {
    console.warn("reader", error);
    document.dispatchEvent(new CustomEvent("musubi:failed"));
  }
}

start();
