"""Whatever people type into what a report quotes: a whole document comes, or a clear failure; nothing is fetched."""

from __future__ import annotations

import io
import re
import subprocess
import threading
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from app.reports import fonts
from app.reports.court_kinds.frozen import LONGEST, CaseStep, OwnSide
from app.reports.document import make_document
from app.reports.render import Renderer
from app.reports.snapshot import Person, PossibleViolation, Snapshot
from tests.functional.report_samples import NON_COMPLIANCE, plain, sample

WORDS = "A word that stands after it."


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    made = Renderer()
    yield made
    made.close()


@pytest.fixture(scope="module")
def visited() -> Iterator[tuple[int, list[str]]]:
    """A server that notes who calls."""
    paths: list[str] = []

    class Noting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Noting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port, paths
    server.shutdown()


def quoting(typed: str) -> dict[str, Snapshot]:
    """A report of each kind that quotes people, with `typed` in each field that somebody types into."""
    event = NON_COMPLIANCE.events[1].model_copy(
        update={"facts": typed, "reason": typed, "own_side": OwnSide(on=date(2026, 7, 11), words=typed)}
    )
    assert NON_COMPLIANCE.ending is not None
    told = NON_COMPLIANCE.model_copy(
        update={
            "events": (event,),
            "returned": CaseStep(on=date(2026, 7, 14), what="Returned to court", by=typed[:200], note=typed),
            "ending": NON_COMPLIANCE.ending.model_copy(update={"reasons": typed, "decision": typed}),
            "tried": (typed[:2000] or "-",),
            "tried_besides": typed,
            "asked_besides": f"{typed[: LONGEST - 100]}\n{WORDS}",
        }
    )
    name = Person(name=typed[:200].strip() or "-", birth_date="1989")
    steps = (CaseStep(on=date(2026, 3, 2), what="On hold", by=typed[:200]),)
    seen = (PossibleViolation(what="Missed", event_on=date(2026, 6, 15), outcome=typed[:300] or "-"),)
    return {
        "non_compliance": sample("non_compliance", non_compliance=told, person=name),
        "bench_card": sample("bench_card", person=name, steps=steps, violations=seen),
    }


def drawn(snapshot: Snapshot, renderer: Renderer) -> bytes:
    return make_document(snapshot, plain, renderer).pdf


def text_of(pdf: bytes) -> str:
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return re.sub(r"\s+", " ", done.stdout.decode())


def stays_on_its_pages(pdf: bytes) -> bool:
    """Whether every word lies within its page."""
    boxes = subprocess.run(["pdftotext", "-bbox", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    width = 612.5
    return all(
        float(left) >= 0 and float(right) <= width
        for left, right in re.findall(r'xMin="([\d.-]+)".*?xMax="([\d.-]+)"', boxes)
    )


HOSTILE = {
    "file": "<img src='file:///etc/passwd'/> file:///etc/passwd url(file:///etc/passwd)",
    "http": "<img src='http://127.0.0.1:PORT/i'/><link rel='stylesheet' href='http://127.0.0.1:PORT/c'/>",
    "svg": "<svg xmlns='http://www.w3.org/2000/svg'><image href='http://127.0.0.1:PORT/s'/>"
    "<text font-family='/etc/passwd'>x</text></svg>",
    "css": "</style><style>@import url(http://127.0.0.1:PORT/css);@font-face{src:url(/etc/passwd)}</style>",
    "tags of the library": "<pdf:nextpage/><pdf:include file='/etc/passwd'/><pdf:pagecount/>" * 20,
    "template": "{{ 7*7 }}{% include '/etc/passwd' %}${7*7}#{7*7}",
    "one huge word": "W" * 4000,
    "many lines": "line\n" * 1500,
    "right to left": "\u202e" + "שלום עליכם " * 60 + "\u202c مرحبا",
    "emoji": "🙂👨‍👩‍👧‍👦🏳️‍🌈" * 150,
    "controls": "".join(map(chr, range(32))) * 30 + "\x7f\x9b\u2028\u2029\ufeff\ufffe",
    "marks on marks": "Z" + "\u0301\u0327\u0338" * 900,
    "closing": "</p></td></tr></table></body></html>" * 40,
    "surrogates and beyond": "\U0010fffd\U000e0041\ud7ff" * 50,
}


@pytest.mark.proves("IO-2")
@pytest.mark.parametrize("typed", HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_words_stay_words(typed: str, renderer: Renderer, visited: tuple[int, list[str]]) -> None:
    port, paths = visited
    secret = Path("/etc/passwd").read_text().splitlines()[0]
    for kind, snapshot in quoting(typed.replace("PORT", str(port))).items():
        pdf = drawn(snapshot, renderer)
        text = text_of(pdf)
        assert secret not in text
        assert snapshot.number in text
        assert snapshot.court.name in text
        if kind == "non_compliance":
            assert WORDS in text
            assert "What is asked of the court" in text
        assert stays_on_its_pages(pdf), kind
        with pikepdf.open(io.BytesIO(pdf)) as document:
            everything = b" ".join(repr(one).encode() for one in document.objects)
            assert not [bad for bad in (b"/JavaScript", b"/Launch", b"/EmbeddedFile") if bad in everything]
    assert paths == []


def test_a_megabyte_is_refused_before_anything_is_drawn() -> None:
    with pytest.raises(ValidationError, match="at most"):
        OwnSide.model_validate({"on": date(2026, 7, 11), "words": "x" * (1 << 20)})


def test_the_longest_words_in_every_field_come_whole(renderer: Renderer) -> None:
    typed = ("The quick brown fox. " * (LONGEST // 21))[:LONGEST]
    pdf = drawn(quoting(typed)["non_compliance"], renderer)
    assert text_of(pdf).count("The quick brown fox.") >= 6 * (LONGEST // 21 - 1)
    assert stays_on_its_pages(pdf)


@pytest.mark.proves("IO-2")
@settings(
    max_examples=settings().max_examples // 3,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.text(min_size=1, max_size=600))
def test_any_words_give_a_whole_document_of_drawable_characters(renderer: Renderer, typed: str) -> None:
    for snapshot in quoting(typed).values():
        pdf = drawn(snapshot, renderer)
        text = text_of(pdf)
        assert snapshot.number in text
        assert not {c for c in text if not c.isspace() and ord(c) not in fonts.drawable()}
        assert stays_on_its_pages(pdf)
