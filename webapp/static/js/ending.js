// Says five minutes before that a visit or a login will be over, and makes it last at a press. Other
// windows and whatever saves itself keep it awake too, so the server is asked before it is said. The
// page of a login that is over goes on where it was once the same person has logged in elsewhere.
const notice = document.getElementById("ending");
const WARNED = 5 * 60;
const STIRRING = 120_000; // milliseconds between two words of presence
let timer = 0;
let last = false; // nothing makes it longer
let before = null; // what had the focus before the notice
let said = null; // where a screen reader hears that it lasts longer
let ended = false;
let other = false; // somebody else is logged in by now
let unsent = null; // a form that could not save itself
const GONE = [401, 404];
const ANOTHER = 409;

async function ask(url, options) {
  const answer = await fetch(url, { headers: { "X-CSRFToken": notice.dataset.token }, ...options });
  other = answer.status === ANOTHER;
  if (other || GONE.includes(answer.status)) return 0;
  if (!answer.ok) throw new Error(String(answer.status));
  renew(answer.headers.get("X-CSRFToken"));
  return Number(await answer.text());
}

// The same person has logged in anew: forms go on with the token of now.
function renew(token) {
  if (!token) return;
  notice.dataset.token = token;
  for (const input of document.querySelectorAll('input[name="csrf_token"]')) input.value = token;
  document.dispatchEvent(new Event("musubi:renewed"));
  unsent?.dispatchEvent(new Event("change", { bubbles: true }));
  unsent = null;
}

function show(seconds) {
  const over = seconds <= 0;
  const soon = last ? notice.dataset.last : notice.dataset.soon;
  const ends = other ? notice.dataset.other : notice.dataset.over;
  say(over ? ends : soon.replace("{minutes}", Math.ceil(seconds / 60)), over || last, over);
  said ??= status();
  said.textContent = "";
}

// Without words, nothing is shown: the page says it itself.
function say(words, done, over) {
  const place = notice.querySelector("p");
  if (place.textContent !== words) place.textContent = words;
  const [button, link] = [notice.querySelector("button"), notice.querySelector("a")];
  if (done) conceal(button);
  else button.hidden = false;
  if (link && over) link.hidden = false;
  else if (link) conceal(link);
  if (words) notice.hidden = false;
  else conceal(notice);
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
  const back = ended && seconds > 0;
  ended = seconds <= 0;
  if (seconds > WARNED) {
    if (back && notice.dataset.back) say(notice.dataset.back, true, false);
    else conceal(notice);
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
  // What a page asked or saved by itself was refused: this may be why.
  document.addEventListener("htmx:responseError", ({ detail }) => {
    if (detail.requestConfig.verb === "post" && detail.elt.matches("form")) unsent = detail.elt;
    if (!ended) look();
  });
  // Parts of a page that ask by themselves would be refused every second for a whole weekend.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (ended && !event.detail.requestConfig.triggeringEvent) event.preventDefault();
  });
  document.addEventListener("musubi:refused", () => { if (!ended) look(); });
  window.addEventListener("focus", () => { if (ended) look(); });
  // A telephone that slept has not counted.
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
}
