"""The browser's files: only what is referenced, named by content, served with safe headers."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Response

from app.web.assets import Assets, AssetsNotBuilt
from app.web.assets_build import (
    ICONS,
    ROOT,
    AssetSourceMissing,
    build,
    collect,
    content_hash,
    main,
    reduce_sprite,
    referenced_files,
)

NODE_MODULES = ROOT / "node_modules"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("assets")
    build(NODE_MODULES, folder)
    return folder


@pytest.fixture
def client(built: Path) -> Client:
    return Client(Assets(built).wrap_wsgi(Response("the portal")))


def test_every_file_the_style_sheets_need_is_there_or_left_out_on_purpose(built: Path) -> None:
    root = built / Assets(built).version
    needed = referenced_files((root / "css" / "uswds.min.css").read_text())
    assert len(needed) > 20
    assert [name for name in needed if not (root / name).is_file()] == []


def test_no_other_font_family_is_asked_for_by_our_own_style_sheet(built: Path) -> None:
    fonts = sorted(path.name for path in (built / Assets(built).version / "fonts").rglob("*") if path.is_file())
    assert fonts
    assert all(name.startswith("sourcesanspro-") for name in fonts)
    assert "url(" not in (ROOT / "app/web/static/css/portal.css").read_text()


def test_building_again_changes_nothing_and_says_the_same(built: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in built.rglob("*") if path.is_file()}
    name = build(NODE_MODULES, built)
    assert {path: path.stat().st_mtime_ns for path in built.rglob("*") if path.is_file()} == before
    assert (built / "current").read_text() == name


def test_one_changed_byte_or_name_gives_another_folder() -> None:
    files = {"a.css": b"body{}", "b.js": b"1"}
    assert content_hash(files) == content_hash(dict(reversed(files.items())))
    others = [{**files, "a.css": b"body{ }"}, {"a.css": b"body{}", "c.js": b"1"}, {"a.css": b"body{}"}]
    assert len({content_hash(files), *map(content_hash, others)}) == 4


def test_old_folders_stay_for_open_pages_but_not_for_ever(built: Path, tmp_path: Path) -> None:
    for number in range(9):
        (tmp_path / f"old{number}").mkdir()
    shutil.copytree(built / Assets(built).version, tmp_path / Assets(built).version)
    name = build(NODE_MODULES, tmp_path)
    folders = {path.name for path in tmp_path.iterdir() if path.is_dir()}
    assert name in folders
    assert len(folders) == 5


def test_a_folder_left_unfinished_is_never_served(built: Path, tmp_path: Path) -> None:
    shutil.copytree(built, tmp_path, dirs_exist_ok=True)
    (tmp_path / ".building-x").mkdir()
    (tmp_path / ".building-x" / "half.js").write_text("half")
    client = Client(Assets(tmp_path).wrap_wsgi(Response("the portal")))
    assert client.get("/assets/.building-x/half.js").status_code == 404


def test_without_npm_the_build_says_what_to_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(AssetSourceMissing, match="npm ci"):
        collect(tmp_path)
    assert main(["--node-modules", str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    assert "npm ci" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_portal_without_a_build_does_not_start_quietly(tmp_path: Path) -> None:
    with pytest.raises(AssetsNotBuilt, match="assets_build"):
        Assets(tmp_path)
    (tmp_path / "current").write_text("gone")
    with pytest.raises(AssetsNotBuilt, match="assets_build"):
        Assets(tmp_path)


def test_an_unknown_name_is_an_error_and_not_a_dead_link(built: Path) -> None:
    with pytest.raises(KeyError, match="nope"):
        Assets(built).url("css/nope.css")


@pytest.mark.proves("WE-1")
@pytest.mark.parametrize("name", ["css/portal.css", "js/htmx.min.js", "img/sprite.svg"])
def test_static_answers_are_immutable_and_carry_their_own_safety_headers(
    built: Path, client: Client, name: str
) -> None:
    answer = client.get(Assets(built).url(name), headers={"Accept-Encoding": "br"})
    assert answer.status_code == 200
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Strict-Transport-Security" in answer.headers
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert answer.headers["Content-Encoding"] == "br"


@pytest.mark.proves("WE-1")
@pytest.mark.parametrize("path", ["/assets/x/y.css", "/assets/../config.py", "/assets/current", "/assets/"])
def test_a_missing_asset_is_a_plain_404_with_the_same_headers(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_everything_else_reaches_the_portal(client: Client) -> None:
    assert client.get("/riverside/").text == "the portal"
    assert client.get("/assets").text == "the portal"


def test_icons_that_templates_name_are_in_the_sprite() -> None:
    named = set()
    for template in (ROOT / "templates").rglob("*.html"):
        named |= set(re.findall(r"\bicon\(\s*['\"]([a-z_0-9]+)['\"]", template.read_text()))
    assert named
    assert named <= set(ICONS)


def test_the_sprite_holds_the_icons_asked_for_and_no_other() -> None:
    sprite = '<svg><symbol id="a"><path/></symbol><symbol id="b"><path/></symbol></svg>'
    assert re.findall('id="(.)"', reduce_sprite(sprite, ("b",))) == ["b"]
    with pytest.raises(AssetSourceMissing, match="c"):
        reduce_sprite(sprite, ("a", "c"))


def test_the_lock_file_names_no_registry() -> None:
    assert "http" not in re.sub(r'"(funding|url)": [^\n]*', "", (ROOT / "package-lock.json").read_text())
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text()
