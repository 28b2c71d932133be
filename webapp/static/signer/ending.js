// Says five minutes before that the visit will be over, and makes it last at a press. Other windows
// and whatever saves itself keep the visit awake too, so the server is asked before it is said.
const notice = document.getElementById("ending");
const WARNED = 5 * 60;
const STIRRING = 120_000; // milliseconds between two words of presence
let timer = 0;
let last = false; // nothing makes it longer
let before = null; // what had the focus before the notice
let said = null; // where a screen reader hears that it lasts longer

async function ask(url, options) {
  const answer = await fetch(url, { headers: { "X-CSRFToken": notice.dataset.token }, ...options });
  if (answer.status === 404) return 0;
  if (!answer.ok) throw new Error(String(answer.status));
  return Number(await answer.text());
}

function show(seconds) {
  const over = seconds <= 0;
  const soon = last ? notice.dataset.last : notice.dataset.soon;
  const words = over ? notice.dataset.over : soon.replace("{minutes}", Math.ceil(seconds / 60));
  const place = notice.querySelector("p");
  if (place.textContent !== words) place.textContent = words;
  const button = notice.querySelector("button");
  if (over || last) conceal(button);
  else button.hidden = false;
  notice.hidden = false;
  said ??= status();
  said.textContent = "";
}

// Who pressed the button stays where he was before, not at the beginning of the page.
function conceal(part) {
  const held = part.contains(document.activeElement);
  part.hidden = true;
  if (held) (before ?? document.getElementById("main")).focus({ preventScroll: true });
}

function status() {
  const place = document.createElement("p");
  place.className = "visually-hidden";
  place.setAttribute("role", "status");
  notice.after(place);
  return place;
}

function wait(seconds) {
  clearTimeout(timer);
  if (seconds > WARNED) {
    conceal(notice);
    timer = setTimeout(look, (seconds - WARNED) * 1000);
    return;
  }
  show(seconds);
  if (seconds > 0) timer = setTimeout(look, ((seconds % 60) + 1) * 1000);
}

function look() {
  ask(notice.dataset.remaining).then(wait, () => { timer = setTimeout(look, 15000); });
}

async function stay() {
  const warned = !notice.hidden;
  const seconds = await ask(notice.dataset.stay, { method: "POST" });
  last = seconds <= WARNED;
  wait(seconds);
  if (warned && notice.hidden) said.textContent = notice.dataset.stayed;
}

if (notice) {
  wait(Number(notice.dataset.seconds));
  notice.addEventListener("focusin", ({ relatedTarget: from }) => {
    if (from && !notice.contains(from)) before = from;
  });
  notice.querySelector("button").addEventListener("click", () => {
    stay().catch(look);
  });
  // Whoever scrolls, points or types is there, also when he reads one page for half an hour.
  let seen = Date.now();
  const present = () => {
    if (Date.now() - seen < STIRRING) return;
    seen = Date.now();
    stay().catch(() => {});
  };
  for (const name of ["scroll", "pointermove", "pointerdown", "keydown"]) {
    document.addEventListener(name, present, { passive: true, capture: true });
  }
  // A telephone that slept has not counted.
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
}
