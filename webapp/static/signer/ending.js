// Says five minutes before that the visit will be over, and makes it last at a press. Other windows
// and whatever saves itself keep the visit awake too, so the server is asked before it is said.
const notice = document.getElementById("ending");
const WARNED = 5 * 60;
const STIRRING = 120_000; // milliseconds between two words of presence
let timer = 0;

async function ask(url, options) {
  const answer = await fetch(url, { headers: { "X-CSRFToken": notice.dataset.token }, ...options });
  if (answer.status === 404) return 0;
  if (!answer.ok) throw new Error(String(answer.status));
  return Number(await answer.text());
}

function show(seconds) {
  const over = seconds <= 0;
  const words = over ? notice.dataset.over : notice.dataset.soon.replace("{minutes}", Math.ceil(seconds / 60));
  const place = notice.querySelector("p");
  if (place.textContent !== words) place.textContent = words;
  notice.querySelector("button").hidden = over;
  notice.hidden = false;
}

function wait(seconds) {
  clearTimeout(timer);
  if (seconds > WARNED) {
    notice.hidden = true;
    timer = setTimeout(look, (seconds - WARNED) * 1000);
    return;
  }
  show(seconds);
  if (seconds > 0) timer = setTimeout(look, ((seconds % 60) + 1) * 1000);
}

function look() {
  ask(notice.dataset.remaining).then(wait, () => { timer = setTimeout(look, 15000); });
}

if (notice) {
  wait(Number(notice.dataset.seconds));
  notice.querySelector("button").addEventListener("click", () => {
    ask(notice.dataset.stay, { method: "POST" }).then(wait, look);
  });
  // Whoever scrolls, points or types is there, also when he reads one page for half an hour.
  let seen = Date.now();
  const present = () => {
    if (Date.now() - seen < STIRRING) return;
    seen = Date.now();
    ask(notice.dataset.stay, { method: "POST" }).then(wait, () => {});
  };
  for (const name of ["scroll", "pointermove", "pointerdown", "keydown"]) {
    document.addEventListener(name, present, { passive: true, capture: true });
  }
  // A telephone that slept has not counted.
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
}
