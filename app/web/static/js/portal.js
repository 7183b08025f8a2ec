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

  document.addEventListener("DOMContentLoaded", focusErrors);
  document.addEventListener("click", followErrorLink);
  document.addEventListener("click", printPage);
})();
