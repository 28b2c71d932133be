// Forms that save themselves may overtake each other on their way. Each says which page it comes
// from and which of that page's forms it is: the server keeps nothing of one that comes too late. It
// also says which edition of a draft the page stands for.
(() => {
  const letters = crypto.getRandomValues(new Uint8Array(16));
  const pen = Array.from(letters, (letter) => letter.toString(16).padStart(2, "0")).join("");
  let turn = 0;
  document.addEventListener("formdata", (event) => {
    if (!event.target.hasAttribute("data-turns")) return;
    turn += 1;
    event.formData.set("pen", pen);
    event.formData.set("turn", String(turn));
  });
  // Whoever presses a button sends all that he typed: what would save itself a moment later would
  // come after it, from a page that is over, and be taken for somebody else's change.
  let leaving = null;
  document.addEventListener("submit", (event) => {
    if (!event.defaultPrevented && event.target.hasAttribute("data-turns")) leaving = event.target;
  });
  for (const name of ["input", "pageshow"]) {
    window.addEventListener(name, () => { leaving = null; }); // the page stayed, or is back
  }
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (leaving && event.detail.elt === leaving) event.preventDefault();
  });
  // What was saved is what the page stands for from now on.
  document.addEventListener("htmx:afterSettle", () => {
    const said = document.querySelector("#saved [data-edition]");
    if (!said) return;
    for (const name of ["edition", "base"]) {
      const input = document.querySelector(`form[data-turns] input[name="${name}"]`);
      if (input && name in said.dataset) input.value = said.dataset[name];
    }
  });
})();
