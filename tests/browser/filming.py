"""A small real video, filmed by Chromium itself: no media file lies in the repository."""

from __future__ import annotations

import base64
import struct

from playwright.sync_api import Browser

INFO, DURATION = bytes.fromhex("1549A966"), bytes.fromhex("4489") + b"\x88"

# A canvas that changes color ten times a second, recorded as WebM.
FILM = """async seconds => {
  const canvas = document.createElement('canvas');
  canvas.width = 160; canvas.height = 90;
  document.body.append(canvas);
  const pen = canvas.getContext('2d');
  let picture = 0;
  const painting = setInterval(() => {
    pen.fillStyle = picture++ % 2 ? '#143d59' : '#f4b41a';
    pen.fillRect(0, 0, 160, 90);
  }, 100);
  const recorder = new MediaRecorder(canvas.captureStream(10), {mimeType: 'video/webm;codecs=vp8'});
  const pieces = [];
  recorder.ondataavailable = event => pieces.push(event.data);
  const stopped = new Promise(done => { recorder.onstop = done; });
  recorder.start(500);
  await new Promise(done => setTimeout(done, seconds * 1000));
  recorder.stop();
  await stopped;
  clearInterval(painting);
  const bytes = new Uint8Array(await new Blob(pieces).arrayBuffer());
  return btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(''));
}"""


def filmed(browser: Browser, seconds: int) -> bytes:
    """A WebM video of about that many seconds. It tells its length, as a finished file does: so it can be sought in."""
    page = browser.new_page()
    try:
        page.set_content("<p>Filming.</p>")
        return _with_length(base64.b64decode(page.evaluate(FILM, seconds)), seconds)
    finally:
        page.close()


def _with_length(film: bytes, seconds: int) -> bytes:
    """A recorder writes before it knows how long the film will be: put it into the part about the film (Info)."""
    at = film.index(INFO) + len(INFO)
    size = film[at] & 0x7F
    about = film[at + 1 : at + 1 + size] + DURATION + struct.pack(">d", seconds * 1000)
    assert len(about) < 0x7F
    return film[:at] + bytes([0x80 | len(about)]) + about + film[at + 1 + size :]
