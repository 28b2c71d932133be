// A form that is on its way says so. page.js keeps a second click from sending it again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  const words = form.dataset.once;
  const button = event.submitter;
  if (!words || !button || event.defaultPrevented) return;
  const before = button.textContent;
  button.textContent = words;
  button.setAttribute("aria-disabled", "true");
  form.setAttribute("aria-busy", "true");
  const restore = () => {
    button.textContent = before;
    button.removeAttribute("aria-disabled");
    form.removeAttribute("aria-busy");
  };
  window.addEventListener("pageshow", restore, { once: true });
  setTimeout(restore, 10000);
});
