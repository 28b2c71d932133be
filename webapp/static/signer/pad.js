// The drawing goes as soon as there is one: whoever presses the button has looked at it.
const form = document.getElementById("pad-form");
const input = document.getElementById("stamp-file");
input.addEventListener("change", () => {
  if (!input.closest("details").open) form.requestSubmit();
});
