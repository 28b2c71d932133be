// A button for what every browser has in its menu.
const button = document.getElementById("print");
button.hidden = false;
button.addEventListener("click", () => window.print());
