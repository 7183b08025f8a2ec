// Draws the sample of a format anew while somebody changes the form. Without it, the button "Show the sample" does.
(function () {
  "use strict";

  var WAIT = 800;

  function watch(sample) {
    var form = document.querySelector("main form.portal-form");
    if (!form || !window.fetch || !window.DOMParser) {
      return;
    }
    var timer = null;
    var number = 0;

    function say(words) {
      var status = sample.querySelector("[data-sample-status]");
      if (status) {
        status.textContent = words;
      }
    }

    function take(text, asked) {
      var fresh = new DOMParser().parseFromString(text, "text/html").querySelector("[data-sample]");
      if (!fresh || asked !== number) {
        return; // signed out meanwhile, or something newer was asked for
      }
      var open = Array.prototype.map.call(sample.querySelectorAll("details"), function (one) { return one.open; });
      sample.innerHTML = fresh.innerHTML;
      Array.prototype.forEach.call(sample.querySelectorAll("details"), function (one, at) {
        if (at < open.length) {
          one.open = open[at];
        }
      });
      say(sample.dataset.done);
    }

    function draw() {
      var typed = new FormData(form);
      var asked = number += 1;
      typed.append("show", "sample");
      say(sample.dataset.busy);
      fetch(location.href, { method: "POST", body: typed, credentials: "same-origin" })
        .then(function (answer) { return answer.text(); })
        .then(function (text) { take(text, asked); })
        .catch(function () { say(""); });
    }

    form.addEventListener("input", function () {
      clearTimeout(timer);
      timer = setTimeout(draw, WAIT);
    });
  }

  document.addEventListener("DOMContentLoaded", function () {
    var sample = document.querySelector("[data-sample]");
    if (sample) {
      watch(sample);
    }
  });
})();
