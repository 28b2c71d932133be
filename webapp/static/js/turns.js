// Forms that save themselves may overtake each other on their way. Each says which page it comes
// from and which of that page's forms it is: the server keeps nothing of one that comes too late.
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
})();
