// Passkeys: before a form is sent that needs one, its page's authenticator is asked, and what it
// answers goes into the form. Without this script, or without WebAuthn, the page says what to do.
const usable = Boolean(window.PublicKeyCredential && navigator.credentials);

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const coded = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const named = (row) => ({ ...row, id: bytes(row.id) });

class Told extends Error {}

function say(form, words) {
  const place = form.querySelector("[data-passkey-said]");
  place.textContent = words;
  place.hidden = !words;
  if (words) place.focus();
}

async function options(form) {
  const answer = await fetch(form.dataset.passkey, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  const json = (answer.headers.get("Content-Type") || "").startsWith("application/json");
  if (!json) { location.assign(form.dataset.home); throw new Told(""); } // the visit is over, or something else comes first
  const found = await answer.json();
  if (!answer.ok) throw new Told(found.sentence);
  return found;
}

async function get(found) {
  const made = await navigator.credentials.get({
    publicKey: { ...found, challenge: bytes(found.challenge), allowCredentials: (found.allowCredentials || []).map(named) },
  });
  return [made, {
    clientDataJSON: coded(made.response.clientDataJSON),
    authenticatorData: coded(made.response.authenticatorData),
    signature: coded(made.response.signature),
    userHandle: made.response.userHandle ? coded(made.response.userHandle) : null,
  }];
}

async function create(found) {
  const made = await navigator.credentials.create({
    publicKey: {
      ...found,
      challenge: bytes(found.challenge),
      user: { ...found.user, id: bytes(found.user.id) },
      excludeCredentials: found.excludeCredentials.map(named),
    },
  });
  return [made, {
    clientDataJSON: coded(made.response.clientDataJSON),
    attestationObject: coded(made.response.attestationObject),
    transports: made.response.getTransports ? made.response.getTransports() : [],
  }];
}

function words(form, problem) {
  if (problem instanceof Told) return problem.message;
  if (problem instanceof TypeError) return form.dataset.unreachable;
  if (problem.name === "InvalidStateError") return form.dataset.known;
  return problem.name === "NotAllowedError" || problem.name === "AbortError" ? form.dataset.cancelled : form.dataset.failed;
}

async function answer(form, button) {
  const before = button.textContent;
  button.textContent = form.dataset.asking;
  button.disabled = true;
  say(form, "");
  try {
    const found = await options(form);
    const [made, response] = await (form.dataset.passkeyWay === "create" ? create : get)(found);
    form.elements.passkey.value = JSON.stringify({ id: made.id, rawId: coded(made.rawId), type: made.type, response });
    button.disabled = false;
    button.textContent = before;
    form.requestSubmit(button);
  } catch (problem) {
    button.disabled = false;
    button.textContent = before;
    say(form, words(form, problem));
  }
}

// First of all listeners, so that a form that waits for its authenticator does not count as sent.
document.addEventListener("submit", (event) => {
  const form = event.target;
  const choice = form.querySelector("[data-passkey-choice] input");
  const another = event.submitter && "passkeyNot" in event.submitter.dataset; // a code, beside it
  if (!form.dataset.passkey || form.elements.passkey.value || (choice && !choice.checked) || another) return;
  event.preventDefault();
  if (!usable) { say(form, form.dataset.unusable); return; }
  answer(form, event.submitter || form.querySelector("button[type=submit]"));
}, true);

for (const form of document.querySelectorAll("form[data-passkey]")) {
  for (const words of form.querySelectorAll("[data-passkey-script]")) words.hidden = true;
  const choice = form.querySelector("[data-passkey-choice]");
  if (!choice) {
    // Where other ways stand beside it, a browser without passkeys is not told of what it lacks.
    if (!usable && "passkeyOptional" in form.dataset) form.hidden = true;
    else if (!usable) say(form, form.dataset.unusable);
    continue;
  }
  const box = choice.querySelector("input");
  const show = () => {
    for (const field of document.querySelectorAll("[data-passkey-instead]")) field.hidden = usable && box.checked;
  };
  box.checked = usable && box.checked;
  choice.hidden = !usable;
  box.addEventListener("change", show);
  show();
}
// A page that comes back from the browser's memory asks anew.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-passkey]")) form.elements.passkey.value = "";
});
