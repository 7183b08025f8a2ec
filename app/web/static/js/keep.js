// Keeps what is being typed: on the server every few seconds, and in this browser while there is no way there.
// In the browser only what could not be saved stays, under the person's own key, for a day at most; portal.js clears it.
(function () {
  "use strict";

  var PREFIX = "portal-typed:";
  var WAIT = 2000;
  var AGAIN = 5000;

  function typedIn(form) {
    var found = {};
    Array.prototype.forEach.call(form.elements, function (box) {
      var skipped = !box.name || box.type === "hidden" || box.type === "file" || box.type === "submit" ||
        box.type === "button" || ((box.type === "radio" || box.type === "checkbox") && !box.checked);
      if (!skipped) {
        found[box.name] = box.value;
      }
    });
    return found;
  }

  function fillIn(form, fields) {
    Array.prototype.forEach.call(form.elements, function (box) {
      if (!Object.prototype.hasOwnProperty.call(fields, box.name) || box.type === "hidden") {
        return;
      }
      if (box.type === "radio" || box.type === "checkbox") {
        box.checked = box.value === fields[box.name];
      } else if (box.type !== "file") {
        box.value = fields[box.name];
      }
    });
  }

  function keepForm(form) {
    var key = PREFIX + location.pathname + ":" + form.dataset.keepPerson + ":" + form.dataset.keep;
    var status = form.querySelector("[data-keep-status]");
    var kept = JSON.stringify(typedIn(form));
    var timer = null;
    var sent = false;
    var going = null;

    function say(what) {
      if (status && status.textContent !== status.dataset[what]) {
        status.textContent = status.dataset[what];
      }
    }

    function inBrowser(sending) {
      try {
        localStorage.setItem(key, JSON.stringify({ at: Date.now(), fields: typedIn(form), sending: sending,
          path: location.pathname }));
      } catch (full) { /* no room or not allowed: the server's copy is what there is */ }
    }

    function outOfBrowser() {
      try { localStorage.removeItem(key); } catch (refused) { /* nothing was kept there either */ }
    }

    function plan(after) {
      clearTimeout(timer);
      timer = setTimeout(save, after);
    }

    function body(fields) {
      var data = new URLSearchParams(fields);
      ["csrf_token", "keep_place", "keep_continues"].forEach(function (name) {
        data.append(name, form.elements[name] ? form.elements[name].value : "");
      });
      return data;
    }

    function save(leaving) {
      var fields = typedIn(form);
      var now = JSON.stringify(fields);
      if (sent || now === kept || (going && leaving !== true)) {
        return;
      }
      going = new AbortController();
      fetch(form.dataset.keepUrl, { method: "POST", body: body(fields), headers: { Accept: "application/json" },
        redirect: "manual", keepalive: leaving === true, signal: going.signal })
        .then(function (response) {
          if (!response.ok) {
            throw new Error(response.type === "opaqueredirect" || response.status === 401 ? "ended" : "refused");
          }
          return response.json();
        })
        .then(function (answer) {
          going = null;
          kept = now;
          form.elements.keep_continues.value = answer.continues || "";
          outOfBrowser();
          say("saved");
          document.dispatchEvent(new Event("portal:seen"));
          if (JSON.stringify(typedIn(form)) !== kept) {
            plan(WAIT);
          }
        })
        .catch(function (error) {
          going = null;
          if (sent) {
            return;
          }
          inBrowser(false);
          say(error.message === "ended" ? "ended" : "offline");
          plan(AGAIN);
        });
    }

    function leave() {
      if (!sent && JSON.stringify(typedIn(form)) !== kept) {
        inBrowser(false);
        save(true);
      }
    }

    var local = null;
    try { local = JSON.parse(localStorage.getItem(key)); } catch (broken) { local = null; }
    if (local && JSON.stringify(local.fields) !== kept && !form.querySelector("[aria-invalid]")) {
      fillIn(form, local.fields);
      say("local");
      plan(WAIT);
    } else if (local) {
      outOfBrowser();
    }

    form.addEventListener("input", function () { plan(WAIT); });
    form.addEventListener("change", function () { plan(WAIT); });
    function stop() {
      sent = true;
      clearTimeout(timer);
      if (going) {
        going.abort();
      }
    }

    form.addEventListener("submit", function () {
      stop();
      // Kept until another page shows that it arrived: the network may go at this very moment.
      inBrowser(true);
    });
    document.addEventListener("portal:signing-out", stop);
    window.addEventListener("pageshow", function (event) {
      if (event.persisted) {
        sent = false;
      }
    });
    window.addEventListener("pagehide", leave);
    window.addEventListener("online", function () { plan(0); });
    document.addEventListener("visibilitychange", function () {
      if (document.visibilityState === "hidden") {
        leave();
      }
    });
  }

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("form[data-keep]").forEach(keepForm);
  });
})();
