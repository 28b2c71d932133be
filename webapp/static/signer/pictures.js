// The pictures of the pages after the first, which has a slow line for itself until it is shown. They
// do not wait for the reader: whatever browser runs any script (hence ES5) shows them, and where the
// reader does not come to run (an old browser, a broken line) a sentence says so. Browsers that know
// no lazy pictures get those in reach, one after the other.
(function () {
  var reader = document.getElementById("reader");
  var note = document.getElementById("instead");
  var coming = Array.prototype.slice.call(reader.querySelectorAll(".coming"));
  var lazy = "loading" in HTMLImageElement.prototype;

  function show(place, then) {
    var space = place.querySelector("canvas");
    var picture = new Image(space.width, space.height);
    picture.alt = place.getAttribute("data-name");
    picture.decoding = "async";
    if (lazy) picture.loading = "lazy";
    picture.onload = then;
    picture.onerror = function () { // its link is there again
      picture.parentNode.replaceChild(place, picture);
      then();
    };
    picture.src = place.getAttribute("data-picture");
    place.parentNode.replaceChild(picture, place);
  }

  function inReach() {
    for (var at = 0; at < coming.length; at += 1) {
      var box = coming[at].getBoundingClientRect();
      if (box.bottom > -innerHeight && box.top < 2 * innerHeight) return coming.splice(at, 1)[0];
    }
    return null;
  }

  var busy = false;
  function showInReach() {
    var place = busy ? null : inReach();
    if (!place) return;
    busy = true;
    show(place, function () { busy = false; showInReach(); });
  }

  function showAll() {
    if (lazy) {
      coming.forEach(function (place) { show(place, function () {}); });
      return;
    }
    window.addEventListener("scroll", showInReach);
    window.addEventListener("resize", showInReach);
    showInReach();
  }

  function tell() {
    var lacking = reader.querySelector(".sheet > canvas[role]");
    note.textContent = reader.getAttribute(lacking ? "data-failed" : "data-pictures");
  }

  var first = reader.querySelector("#page-1 > img");
  if (first && !first.complete) {
    first.addEventListener("load", showAll);
    first.addEventListener("error", showAll);
  } else {
    showAll();
  }
  document.addEventListener("musubi:failed", tell);
  // Every script of the page has had its turn by then.
  document.addEventListener("DOMContentLoaded", function () {
    if (!reader.hasAttribute("data-running")) tell();
  });
})();
