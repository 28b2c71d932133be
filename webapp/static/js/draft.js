// The draft's drop zone: each file is sent on its own, with its progress; the list follows by itself.
const form = document.getElementById("draft");
const zone = document.getElementById("files-drop");
const input = document.getElementById("files");
const progress = document.getElementById("progress");
const queue = [];
let busy = false;

function row(name) {
  const item = document.createElement("li");
  const bar = document.createElement("progress");
  bar.max = 100;
  bar.value = 0;
  bar.setAttribute("aria-label", name);
  item.append(`${zone.dataset.sending}: ${name}`, bar);
  progress.append(item);
  return { item, bar };
}

function show(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  const steps = parsed.getElementById("draft-steps");
  const list = parsed.getElementById("documents");
  if (!list) return;
  document.getElementById("documents").replaceWith(list);
  window.htmx?.process(list);
  if (steps) document.getElementById("draft-steps")?.replaceWith(steps);
}

// What the server says of a request that it refuses.
function told(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  return page.querySelector(".banner > div")?.textContent.trim();
}

function send(file) {
  const { item, bar } = row(file.name);
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", zone.dataset.url);
    request.setRequestHeader("HX-Request", "true");
    request.setRequestHeader("X-CSRFToken", form.elements.csrf_token.value);
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) bar.value = (100 * event.loaded) / event.total;
    });
    request.addEventListener("loadend", () => {
      if (request.status === 429 || request.status === 503) {
        item.textContent = `${zone.dataset.later}: ${file.name}`;
        queue.unshift(file);
        const seconds = Number(request.getResponseHeader("Retry-After")) || 5;
        setTimeout(() => { item.remove(); resolve(); }, seconds * 1000);
        return;
      }
      if (request.status === 401) {
        item.textContent = `${told(request.responseText)}: ${file.name}`;
        queue.unshift(file);
        document.addEventListener("musubi:renewed", () => { item.remove(); resolve(); }, { once: true });
        document.dispatchEvent(new Event("musubi:refused"));
        return;
      }
      if (request.status === 200) {
        item.remove();
        show(request.responseText);
      } else {
        item.textContent = `${file.name}: ${told(request.responseText) || zone.dataset.failed}`;
        item.className = "field-error";
      }
      resolve();
    });
    const data = new FormData();
    data.append("files", file, file.name);
    request.send(data);
  });
}

async function run() {
  if (busy) return;
  busy = true;
  while (queue.length) await send(queue.shift());
  busy = false;
}

function add(files) {
  queue.push(...files);
  run();
}

function takeChosen() {
  add(Array.from(input.files));
  input.value = "";
}

input.addEventListener("change", (event) => {
  event.stopPropagation();
  takeChosen();
});
takeChosen(); // what was chosen while this script was still on its way

let depth = 0;
const carriesFiles = (event) => Array.from(event.dataTransfer?.types ?? []).includes("Files");
window.addEventListener("dragenter", (event) => {
  if (carriesFiles(event)) { depth += 1; zone.classList.add("over"); }
});
window.addEventListener("dragleave", (event) => {
  if (carriesFiles(event) && --depth <= 0) { depth = 0; zone.classList.remove("over"); }
});
window.addEventListener("dragover", (event) => { if (carriesFiles(event)) event.preventDefault(); });
window.addEventListener("drop", (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  depth = 0;
  zone.classList.remove("over");
  add(Array.from(event.dataTransfer.files));
});
// Files are on their way: do not leave without a word.
window.addEventListener("beforeunload", (event) => { if (busy) event.preventDefault(); });
