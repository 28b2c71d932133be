// Files on their way, in words: how much of one has left, that it has arrived, or that it was lost.
// Without this script a file goes with the form's buttons.
const form = document.getElementById("fill");

function chooser(event) {
  const control = event.target;
  return control.matches?.(".attach input[type=file]") ? control : null;
}

function say(control, words) {
  const place = document.getElementById(`${control.id}-progress`);
  if (place.textContent !== words) place.textContent = words;
}

// What is far too large is told before minutes of sending. The server decides in any case.
function weighed(event) {
  const control = chooser(event);
  if (!control) return;
  if (![...control.files].some((file) => file.size > Number(control.dataset.most))) return;
  event.preventDefault();
  say(control, control.dataset.heavy);
  control.value = "";
}

let told = -1;

function sent(event) {
  const control = chooser(event);
  if (!control || !event.detail.lengthComputable) return;
  const percent = Math.floor((event.detail.loaded / event.detail.total) * 10) * 10;
  if (percent === told) return; // a screen reader need not hear every kilobyte
  told = percent;
  const words = percent < 100 ? control.dataset.sending.replace("{percent}", percent) : control.dataset.arriving;
  say(control, words);
}

function begun(event) {
  const control = chooser(event);
  if (!control) return;
  told = -1;
  say(control, control.dataset.sending.replace("{percent}", 0));
}

function over(event) {
  const control = chooser(event);
  if (!control) return;
  say(control, event.detail.successful ? "" : control.dataset.lost);
  control.value = ""; // it is sent: the form's buttons need not send it again
}

// Who removed a file goes on where he can choose another.
function settled(event) {
  const id = event.detail.target.id ?? "";
  if (!id.startsWith("field-") || document.activeElement !== document.body) return;
  document.getElementById(id.replace(/-(file|state)$/, ""))?.focus();
}

if (form) {
  document.documentElement.classList.add("attaching");
  form.addEventListener("htmx:beforeRequest", begun);
  form.addEventListener("htmx:confirm", weighed);
  form.addEventListener("htmx:xhr:progress", sent);
  form.addEventListener("htmx:afterRequest", over);
  document.body.addEventListener("htmx:afterSettle", settled);
}
