"""Collect the browser's files into `var/assets/<content-hash>/`, compressed beforehand.

Run `python -m app.web.assets_build`. Only what pages refer to is copied. The hash covers every byte, so a folder never
changes once it is there, and the style sheet's relative addresses stay right inside it. `var/assets/current` names the
folder in use.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

import brotli  # type: ignore[import-untyped]  # the package ships no types

ROOT = Path(__file__).resolve().parents[2]
STATIC = Path(__file__).resolve().parent / "static"
PICTURES = ROOT / "docs" / "pictures" / "help"  # of the demo; help does without what is not there

BUILD_FORMAT = b"1"  # raise it when the same sources should give other files
FOLDERS_KEPT = 5  # pages of an earlier release may still be open in somebody's browser
COMPRESSED = {".css", ".js", ".svg"}

# The faces in use: headings and text share one family, so that a first visit on a phone stays small.
FACES = ("regular", "italic", "bold", "bolditalic")

# The icons that templates may name with `icon(...)`; a test compares this list with the templates.
ICONS = (
    "account_balance", "account_circle", "add", "alarm", "arrow_back", "arrow_forward",
    "assessment", "attach_money", "cancel", "check", "check_circle", "check_circle_outline",
    "close", "construction", "content_copy", "delete", "edit", "error", "error_outline", "event",
    "expand_more", "favorite", "file_download", "file_present", "flag", "groups", "help",
    "help_outline", "history", "home", "hourglass_empty", "info", "info_outline", "language",
    "launch", "lightbulb", "local_library", "lock", "lock_open", "logout", "mail",
    "navigate_before", "navigate_next", "notifications", "people", "person", "phone", "print",
    "public", "push_pin", "remove_circle", "schedule", "school", "search", "security", "settings",
    "star_outline", "support", "support_agent", "topic", "upload_file", "verified", "verified_user",
    "visibility", "warning",
)  # fmt: skip

_CSS_URL = re.compile(r"url\(\s*[\"']?(?!data:)([^\"')]+)[\"']?\s*\)")
_SYMBOL = re.compile(r'<symbol\b[^>]*\bid="([^"]+)"[^>]*>.*?</symbol>', re.DOTALL)


class AssetSourceMissing(Exception):
    """A file that pages need is not where npm puts it; the message says what to run."""


def reduce_sprite(sprite: str, names: tuple[str, ...] = ICONS) -> str:
    """The sprite with only the named symbols, in their order. Raises `AssetSourceMissing` for one it lacks."""
    symbols = {match.group(1): match.group(0) for match in _SYMBOL.finditer(sprite)}
    missing = [name for name in names if name not in symbols]
    if missing:
        raise AssetSourceMissing(f"The icon set has no {', '.join(missing)}.")
    body = "".join(symbols[name] for name in names)
    return f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">{body}</svg>\n'


def referenced_files(css: str) -> list[str]:
    """The paths, relative to the design system's folder, of the images and faces in use that its style sheet names."""
    found = {reference.removeprefix("../") for reference in _CSS_URL.findall(css)}
    return sorted(path for path in found if _is_wanted(path))


def _is_wanted(path: str) -> bool:
    if path.startswith("fonts/"):
        return any(path == f"fonts/source-sans-pro/sourcesanspro-{face}-webfont.woff2" for face in FACES)
    return path.endswith(".svg")


def collect(node_modules: Path, static: Path = STATIC) -> dict[str, bytes]:
    """Every file to serve, by its name inside the folder. Raises `AssetSourceMissing` when npm has not run."""
    design_system = node_modules / "@uswds" / "uswds" / "dist"
    css = _read(design_system / "css" / "uswds.min.css")
    files = {
        "css/uswds.min.css": css,
        "js/uswds.min.js": _read(design_system / "js" / "uswds.min.js"),
        "js/uswds-init.min.js": _read(design_system / "js" / "uswds-init.min.js"),
        "js/htmx.min.js": _read(node_modules / "htmx.org" / "dist" / "htmx.min.js"),
        "img/sprite.svg": reduce_sprite(_read(design_system / "img" / "sprite.svg").decode()).encode(),
    }
    for reference in referenced_files(css.decode()):
        files[reference] = _read(design_system / reference)
    for path in sorted(static.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            files[path.relative_to(static).as_posix()] = path.read_bytes()
    for path in sorted(PICTURES.glob("*.png")):
        files[f"help/{path.name}"] = path.read_bytes()
    return files


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as reason:
        raise AssetSourceMissing(f"{path.name} is missing: run `npm ci --ignore-scripts` first.") from reason


def content_hash(files: dict[str, bytes]) -> str:
    """Twenty hexadecimal digits over names and bytes."""
    digest = hashlib.sha256(BUILD_FORMAT)
    for name in sorted(files):
        digest.update(f"\0{name}\0{len(files[name])}\0".encode())
        digest.update(files[name])
    return digest.hexdigest()[:20]


def build(node_modules: Path = ROOT / "node_modules", out: Path = ROOT / "var" / "assets") -> str:
    """Make the folder unless it is there, point `current` at it, and return its name.

    Safe to run twice at once: a folder appears whole, by one rename. Raises `AssetSourceMissing`.
    """
    files = collect(node_modules)
    name = content_hash(files)
    out.mkdir(parents=True, exist_ok=True)
    folder = out / name
    if not folder.is_dir():
        _write_folder(files, folder)
    current = out / "current"
    if not current.is_file() or current.read_text() != name:
        _write_current(current, name)
    _remove_old(out, keep=name)
    return name


def _write_folder(files: dict[str, bytes], folder: Path) -> None:
    unfinished = Path(tempfile.mkdtemp(prefix=".building-", dir=folder.parent))
    try:
        unfinished.chmod(0o755)  # mkdtemp makes it private; the server may run as another user
        for name, content in files.items():
            _write_file(unfinished / name, content)
        unfinished.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
        # Another process finished the same folder first: its bytes are ours.
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _write_file(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    if path.suffix not in COMPRESSED:
        return
    variants = {
        ".gz": gzip.compress(content, 9, mtime=0),
        ".br": brotli.compress(content, quality=11, mode=brotli.MODE_TEXT),
    }
    for suffix, smaller in variants.items():
        if len(smaller) < len(content):
            path.with_name(path.name + suffix).write_bytes(smaller)


def _write_current(current: Path, name: str) -> None:
    handle, unfinished = tempfile.mkstemp(prefix=".current-", dir=current.parent)
    with os.fdopen(handle, "w") as file:
        file.write(name)
    Path(unfinished).chmod(0o644)
    Path(unfinished).replace(current)


def _remove_old(out: Path, keep: str) -> None:
    folders = [path for path in out.iterdir() if path.is_dir() and not path.name.startswith(".")]
    older = sorted((path for path in folders if path.name != keep), key=lambda path: path.stat().st_mtime)
    for path in older[: max(0, len(older) - (FOLDERS_KEPT - 1))]:
        shutil.rmtree(path, ignore_errors=True)


def main(arguments: list[str] | None = None) -> int:
    """Build from the command line; prints the folder's name."""
    parser = argparse.ArgumentParser(description="Collect style sheets, scripts, fonts and icons for the browser.")
    parser.add_argument("--node-modules", type=Path, default=ROOT / "node_modules")
    parser.add_argument("--out", type=Path, default=ROOT / "var" / "assets")
    options = parser.parse_args(arguments)
    try:
        print(build(options.node_modules, options.out))
    except AssetSourceMissing as reason:
        print(reason, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
