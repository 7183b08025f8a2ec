// A video that is seen for the first time: it goes on where it stopped, and can not be skipped ahead in. The server
// keeps the furthest point, by its own clock. Without this file the video plays, and its transcript counts as the video.
(function () {
  "use strict";

  var EVERY = 10000; // milliseconds between two words to the server
  var SLACK = 1.5; // seconds that a player may jump by itself

  function watch(video) {
    var furthest = Number(video.dataset.furthest) || 0;
    var free = video.dataset.free === "yes";
    var resumed = false;
    var said = 0;

    function show(answer) {
      var words = document.querySelector("[data-place-text]");
      if (words && answer.text && words.textContent !== answer.text) {
        words.textContent = answer.text;
      }
      if (answer.through) {
        free = true;
      }
    }

    function say() {
      said = Date.now();
      fetch(video.dataset.place, {
        method: "POST",
        keepalive: true,
        headers: { "X-CSRFToken": video.dataset.token, "Content-Type": "application/x-www-form-urlencoded" },
        body: "position=" + Math.round(video.currentTime * 1000)
      })
        .then(function (response) { return response.ok ? response.json() : {}; })
        .then(show)
        // No network: the next word says it again; the server counts what its clock allows.
        .catch(function () {});
    }

    video.addEventListener("loadedmetadata", function () {
      if (!resumed && !free && furthest >= 1) {
        video.currentTime = furthest;
      }
      resumed = true;
    });
    video.addEventListener("timeupdate", function () {
      if (video.seeking) {
        return;
      }
      if (video.currentTime > furthest && (free || video.currentTime - furthest <= SLACK)) {
        furthest = video.currentTime;
      }
      if (Date.now() - said >= EVERY && !video.paused) {
        say();
      }
    });
    video.addEventListener("seeking", function () {
      if (!free && video.currentTime > furthest + SLACK) {
        video.currentTime = furthest;
      }
    });
    video.addEventListener("ratechange", function () {
      if (!free && video.playbackRate > 1) {
        video.playbackRate = 1;
      }
    });
    video.addEventListener("play", say);
    video.addEventListener("pause", say);
    video.addEventListener("ended", say);
  }

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("video[data-place]").forEach(watch);
  });
})();
