// The warning before the end of a visit for browsers that know no modules, which leave ending.js alone
// and run this instead. It says the same in the JavaScript of 2009 (ECMAScript 5): nothing newer here.
(function () {
  "use strict";
  var notice = document.getElementById("ending");
  var WARNED = 5 * 60;
  var STIRRING = 120000; // milliseconds between two words of presence
  var timer = 0;
  var last = false; // nothing makes it longer
  var seen = new Date().getTime();
  var other = false; // somebody else is logged in by now
  var said = null; // where a screen reader hears that it lasts longer

  function data(name) {
    return notice.getAttribute("data-" + name);
  }

  function ask(method, url, answered, failed) {
    var request = new XMLHttpRequest();
    request.open(method, url);
    request.setRequestHeader("X-CSRFToken", data("token"));
    request.onload = function () {
      other = request.status === 409 && data("other");
      if (other || request.status === 401 || request.status === 404) answered(0);
      else if (request.status >= 200 && request.status < 300) {
        renew(request.getResponseHeader("X-CSRFToken"));
        answered(Number(request.responseText));
      }
      else failed();
    };
    request.onerror = failed;
    request.send();
  }

  // The same person has logged in anew: forms go on with the token of now.
  function renew(token) {
    var inputs = document.querySelectorAll('input[name="csrf_token"]');
    var i;
    if (!token) return;
    notice.setAttribute("data-token", token);
    for (i = 0; i < inputs.length; i += 1) inputs[i].value = token;
  }

  function conceal(part) {
    var held = part.contains(document.activeElement);
    part.hidden = true;
    if (held) document.getElementById("main").focus();
  }

  function show(seconds) {
    var over = seconds <= 0;
    var words = over ? data(other ? "other" : "over") : data(last ? "last" : "soon").replace("{minutes}", Math.ceil(seconds / 60));
    var place = notice.querySelector("p");
    var button = notice.querySelector("button");
    if (place.textContent !== words) place.textContent = words;
    var link = notice.querySelector("a");
    if (over || last) conceal(button);
    else button.hidden = false;
    if (link) link.hidden = !over;
    notice.hidden = false;
    said.textContent = "";
  }

  function wait(seconds) {
    clearTimeout(timer);
    if (seconds > WARNED) {
      conceal(notice);
      timer = setTimeout(look, (seconds - WARNED) * 1000);
      return;
    }
    show(seconds);
    if (seconds > 0) timer = setTimeout(look, ((seconds % 60) + 1) * 1000);
  }

  function look() {
    ask("GET", data("remaining"), wait, function () { timer = setTimeout(look, 15000); });
  }

  function stay(failed) {
    var warned = !notice.hidden;
    ask("POST", data("stay"), function (seconds) {
      last = seconds <= WARNED;
      wait(seconds);
      if (warned && notice.hidden) said.textContent = data("stayed");
    }, failed);
  }

  function present() {
    var now = new Date().getTime();
    if (now - seen < STIRRING) return;
    seen = now;
    stay(function () { /* another word follows */ });
  }

  if (!notice) return;
  said = document.createElement("p");
  said.className = "visually-hidden";
  said.setAttribute("role", "status");
  notice.parentNode.insertBefore(said, notice.nextSibling);
  wait(Number(data("seconds")));
  notice.querySelector("button").addEventListener("click", function () { stay(look); });
  ["scroll", "mousemove", "mousedown", "touchstart", "keydown"].forEach(function (name) {
    document.addEventListener(name, present, true);
  });
  document.addEventListener("visibilitychange", function () { if (!document.hidden) look(); });
}());
