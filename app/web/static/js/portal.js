// Comforts only: every page works without this file.
(function () {
  "use strict";

  function focusErrors() {
    var summary = document.getElementById("error-summary");
    if (summary) {
      summary.focus();
    }
  }

  // A link in the error summary goes to the field itself, so that typing can begin at once.
  function followErrorLink(event) {
    var link = event.target.closest && event.target.closest("#error-summary a");
    var field = link && document.getElementById(link.hash.slice(1));
    if (field) {
      event.preventDefault();
      field.focus();
    }
  }

  function printPage(event) {
    if (event.target.closest && event.target.closest("[data-print]")) {
      window.print();
    }
  }

  // What a form kept in this browser (keep.js) goes when it has arrived, after a day, and at signing out.
  var TYPED = "portal-typed:";
  var DAY = 24 * 60 * 60 * 1000;

  function forgetTyped(everything) {
    try {
      Object.keys(localStorage).filter(function (key) { return key.indexOf(TYPED) === 0; }).forEach(function (key) {
        var kept = null;
        try { kept = JSON.parse(localStorage.getItem(key)); } catch (broken) { kept = null; }
        var arrived = kept && kept.sending && kept.path !== location.pathname;
        if (everything || !kept || arrived || Date.now() - kept.at > DAY) {
          localStorage.removeItem(key);
        }
      });
    } catch (notAllowed) { /* this browser keeps nothing, so there is nothing to forget */ }
  }

  function onSignOut(event) {
    if (event.target.matches && event.target.matches("[data-sign-out]")) {
      document.dispatchEvent(new Event("portal:signing-out"));
      forgetTyped(true);
    }
  }

  // A sign-in that is about to end says so in time, and can go on.
  function watchSession() {
    var dialog = document.querySelector("[data-session]");
    if (!dialog || !dialog.showModal) {
      return;
    }
    var WARN = 5 * 60 * 1000;
    var idle = Number(dialog.dataset.idle) * 1000;
    var ends = Date.now() + Number(dialog.dataset.ends) * 1000;
    var seen = Date.now();
    var words = dialog.querySelector("[data-session-words]");

    function look() {
      var left = Math.min(seen + idle, ends) - Date.now();
      if (left > WARN) {
        return;
      }
      if (!dialog.open && !dialog.dataset.closed) {
        dialog.showModal();
      }
      var minutes = Math.max(0, Math.ceil(left / 60000));
      var said = left <= 0 ? dialog.dataset.over : dialog.dataset.left.replace("#", String(minutes));
      if (words.textContent !== said) {
        words.textContent = said;
      }
    }

    function stay(event) {
      event.preventDefault();
      fetch(event.target.action, { method: "POST", body: new URLSearchParams(new FormData(event.target)),
        headers: { Accept: "application/json" }, redirect: "manual" })
        .then(function (response) {
          if (response.ok) {
            seen = Date.now();
            dialog.close();
          } else {
            words.textContent = dialog.dataset.over;
          }
        })
        .catch(function () { words.textContent = dialog.dataset.offline; });
    }

    dialog.querySelector("form").addEventListener("submit", stay);
    document.addEventListener("portal:seen", function () { seen = Date.now(); });
    setInterval(look, 5000);
    document.addEventListener("visibilitychange", look);
  }

  document.addEventListener("submit", onSignOut);
  document.addEventListener("DOMContentLoaded", function () { forgetTyped(false); watchSession(); });
  document.addEventListener("DOMContentLoaded", focusErrors);
  document.addEventListener("click", followErrorLink);
  document.addEventListener("click", printPage);
})();
