"""The catalogs are whole, and pages, mails and reports come out in the reader's language alone."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache

import pytest
from babel.messages.catalog import Catalog
from lxml import etree

from app.core.i18n import gettext, in_language, ngettext
from app.permissions.identity import Role
from app.permissions.permissions import GRANTS
from app.reports.html import render_html
from app.reports.snapshot import ReportKind
from app.web import catalogs
from app.web.routing import REGISTRY, Access
from config import ROOT
from tests.client import Form, Page, PageClient
from tests.factories import make_court
from tests.functional.enroll_steps import referred
from tests.functional.lived_in import LivedIn, lived_in
from tests.functional.report_samples import sample
from tests.reports import all_checked_in, ask, file_bytes, report_of, run_renders, text_of
from tests.unit.test_reading_grade import CONTENT, in_english

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%")
SPOKEN = ("alt", "aria-label", "title", "placeholder", "data-label", "content")
HEADINGS = {
    ReportKind.PROOF_OF_ENROLLMENT: "Constancia de inscripción",
    ReportKind.PROGRESS: "Informe de progreso",
    ReportKind.FINAL: "Informe final",
    ReportKind.CERTIFICATE: "Certificado de finalización",
    ReportKind.BENCH_CARD: "Ficha para la audiencia",
    ReportKind.NON_COMPLIANCE: "Informe de incumplimiento",
    ReportKind.ENROLLMENT_SLIP: "Cómo inscribirse",
    ReportKind.RECEIPT: "Recibo",
    ReportKind.RECEIPT_VOID: "Recibo anulado",
    ReportKind.FEE_STATEMENT: "Estado de cuenta de la cuota",
    ReportKind.WAIVER_LETTER: "Carta sobre la cuota",
    ReportKind.WAIVER_COPY: "Copia de la solicitud sobre la cuota",
}
NOT_SAID = re.compile(
    r"\b(?:tú|tu|tus|tuyo|puedes|debes|tienes|haz|reportes? mensual(?:es)?|ofensor\w*|infractor\w*|delincuent\w*)\b",
    re.I,
)
CANARY = "Kanario"
# A word in the pseudo-language has an accent on every vowel. Words of people and of a court's own are data, as are
# addresses, numbers, and names that are the same in every language.
PLAIN = re.compile(r"\b[A-Za-z]*[aeiouAEIOU][A-Za-z]*\b")
DATA = re.compile(
    rf"(?:\b[A-Za-z]+ ){{0,2}}\S*{CANARY}\S*|\S+@\S+|https?://\S+|US\$|\b[A-Z]{{6}}-\d{{4}}-\d+|\d{{4}}-\w+-\d\d"
    r"|\w+ \w+ tempo|\b(?:Chrome|English|Stripe|Test County|CA)\b"
    r'|^(?:noindex, nofollow|telephone=no|width=device-width.*|\{"include.*)$',
    re.IGNORECASE,
)
# What a report would say stands there in a language that the court's reports can be in.
AS_ON_PAPER = re.compile(r"/my-record|/clients/")
# Addresses that answer with a file or a part of a page, or that end the session.
NOT_PAGES = (
    "/static",
    "/pulse",
    "/state",
    "/progress",
    "/metrics",
    "/livez",
    "/readyz",
    "/file",
    "/order",
    "/sign-out",
)


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    catalogs.compile_all()


@pytest.fixture(scope="module")
def english() -> Catalog:
    return catalogs.extract()


def several(text: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    """A message's forms: one, or singular and plural."""
    return (text,) if isinstance(text, str) else tuple(text)


def faults(english: Catalog, translated: Catalog) -> list[str]:
    """What a reader of the language would meet in English, or meet broken."""
    found = [f"gone from the code: {message.id}" for message in translated if message.id and message.id not in english]
    for message in english:
        if not message.id:
            continue
        there = translated.get(message.id)
        if there is None or not all(several(there.string)):
            found.append(f"not translated: {message.id}")
            continue
        if there.fuzzy:
            found.append(f"fuzzy: {message.id}")
        originals, words = several(message.id), several(there.string)
        if len(originals) != len(words):
            found.append(f"not as many forms: {message.id}")
        for original, text in zip(originals, words, strict=False):
            if sorted(PLACEHOLDER.findall(original)) != sorted(PLACEHOLDER.findall(text)):
                found.append(f"other placeholders: {message.id} -> {text}")
    return found


@pytest.mark.proves("CD-2")
@pytest.mark.parametrize("language", catalogs.LANGUAGES)
def test_every_string_is_translated(english, language):
    """If this fails: `make catalogs`, then fill in what it names."""
    found = faults(english, catalogs.load(language))
    assert not found, "\n".join(found)


@pytest.mark.proves("CD-2")
def test_spanish_says_usted_and_keeps_its_words():
    """The tone of the program, and a check-in that is not called monthly where a court asks for it every week."""
    said = [text for message in catalogs.load("es") if message.id for text in several(message.string)]
    assert [text for text in said if NOT_SAID.search(text)] == []
    assert NOT_SAID.search("Haga su reporte mensual")
    assert NOT_SAID.search("¿Olvidó tu contraseña?")


def test_the_catalog_check_sees_what_is_wrong():
    english, spanish = Catalog(), Catalog(locale="es")
    for text in ("A whole sentence.", "Not here", "Wait %(num)s minutes", "Left empty"):
        english.add(text)
    english.add(("%(num)s day", "%(num)s days"))
    spanish.add("A whole sentence.", "Una frase entera.", flags=["fuzzy"])
    spanish.add("Wait %(num)s minutes", "Espere %(minutos)s minutos")
    spanish.add("Left empty", "")
    spanish.add("Of yesterday", "De ayer")
    spanish.add(("%(num)s day", "%(num)s days"), ("%(num)s día", ""))
    told = faults(english, spanish)
    assert [line.split(":")[0] for line in told] == [
        "gone from the code",
        "fuzzy",
        "not translated",
        "other placeholders",
        "not translated",
        "not translated",
    ]


def test_extraction_knows_every_way_that_code_names_a_string(english):
    """One string of each way: `_`, `_l`, an alias in rules, ngettext, a page, a mail in text, a printed report."""
    for text in (
        "Your language is saved.",
        "Needs attention",
        "Pay the enrollment fee, or ask for a fee waiver.",
        "We never ask about immigration status.",
        "Court program: an answer from the court",
        "This certifies that",
    ):
        assert text in english
    plurals = {message.id for message in english if message.pluralizable}
    assert ("%(num)d day", "%(num)d days") in plurals


def test_no_string_is_hidden_in_another_one():
    """Extraction does not look into f-strings: what is translated there stays English without anybody being told."""
    hidden = []
    for file in (file for folder in ("app", "tenants") for file in (ROOT / folder).rglob("*.py")):
        for outer in ast.walk(ast.parse(file.read_text())):
            if isinstance(outer, ast.JoinedStr):
                calls = [node.func for node in ast.walk(outer) if isinstance(node, ast.Call)]
                names = {getattr(func, "id", getattr(func, "attr", "")) for func in calls}
                hidden += [f"{file}:{outer.lineno}"] if names & {"_", "_l", *catalogs.KEYWORDS} else []
    assert not hidden


@pytest.mark.slow  # the lines above say it of each string
def test_update_changes_nothing_in_a_catalog_that_is_up_to_date(tmp_path, monkeypatch):
    before = catalogs.catalog_file("es").read_bytes()
    target = tmp_path / "es" / "LC_MESSAGES" / "messages.po"
    target.parent.mkdir(parents=True)
    target.write_bytes(before)
    monkeypatch.setattr(catalogs, "FOLDER", tmp_path)
    catalogs.update()
    assert target.read_bytes() == before
    assert b"/work" not in before
    assert b"#:" not in before


def test_plural_forms_follow_the_number(app):
    with app.test_request_context(), in_language("es"):
        assert ngettext("%(num)d day", "%(num)d days", 1) == "1 día"
        assert ngettext("%(num)d day", "%(num)d days", 3) == "3 días"


def text_nodes(page: Page) -> Iterator[str]:
    """What is read or read aloud, piece by piece; not what says that it is in another language (signed papers)."""
    (spoken,) = page.tree.xpath("/html/@lang")
    languages: dict[etree._Element, str] = {}
    for element in page.tree.iter(etree.Element):
        languages[element] = element.get("lang") or languages.get(element.getparent(), "")
        if languages[element][:2] != spoken[:2]:
            continue
        if element.tag not in ("script", "style"):
            parts = [part for part in (element.text, *(child.tail for child in element)) if part and part.strip()]
            yield from (" ".join(part.split()) for part in parts)
        yield from (element.get(name) for name in SPOKEN if element.get(name))


def sentences(english: Catalog) -> dict[str, re.Pattern[str]]:
    """English texts of more than two words, each as the pattern that it leaves on a page."""
    spanish, found = catalogs.load("es"), {}
    for message in english:
        for text in several(message.id):
            same = spanish.get(message.id)
            if len(re.findall(r"[A-Za-z]{2,}", PLACEHOLDER.sub(" ", text))) > 2 and text not in several(same.string):
                pieces = (re.escape(" ".join(piece.split())) for piece in re.split(PLACEHOLDER, text))
                found[text] = re.compile(r"(?<!\w)" + ".+?".join(pieces) + r"(?!\w)")
    return found


def found_in(text: str, patterns: dict[str, re.Pattern[str]]) -> set[str]:
    """The sentences that stand in the text, within one line of it."""
    return {one for one, pattern in patterns.items() if longest_piece(one) in text and pattern.search(text)}


@cache
def longest_piece(text: str) -> str:
    """What must stand in a text before its pattern, which costs a hundred times more, can be found there."""
    return max((" ".join(piece.split()) for piece in re.split(PLACEHOLDER, text)), key=len)


def english_on(page: Page, patterns: dict[str, re.Pattern[str]]) -> set[str]:
    return found_in("\n".join({node for node in text_nodes(page) if " " in node}), patterns)


def in_spanish(page: Page) -> Page:
    """The same page after a press on the language switch at its top."""
    (switch,) = page.tree.xpath("//div[@class='portal-strip']//form[contains(@action, 'language')]")
    return Form(page, switch).submit(language="es")


@pytest.mark.proves("CD-2")
def test_the_switch_turns_the_way_in_to_spanish(app, english):
    patterns = sentences(english)
    court = make_court(app)
    browser = PageClient(app)
    page = browser.get(court.url("sign-in"))
    assert english_on(page, patterns), "the check must see English where there is English"
    page = in_spanish(page)
    assert page.tree.getroot().get("lang", "").startswith("es")
    assert page.heading == "Iniciar sesión"
    assert english_on(page, patterns) == set()
    missed = page.submit("Iniciar sesión", name="", password="")
    assert missed.errors()
    assert english_on(missed, patterns) == set()
    _enrollment, _code_id, code = referred(court)
    for path in ("enroll", "staff/sign-in", "verify", ""):
        assert english_on(browser.get(court.url(path)), patterns) == set(), path
    wrong = browser.get(court.url("enroll")).submit("Continuar", code="", **{"birth_date-month": "2"})
    assert wrong.errors()
    assert english_on(wrong, patterns) == set()
    page = browser.get(court.url("enroll"))
    born = {"birth_date-month": "4", "birth_date-day": "28", "birth_date-year": "1986"}
    page = page.submit("Continuar", code=code, **born)
    assert english_on(page, patterns) == set()
    page = page.submit("Continuar", kind="name", password="three green turtles sing", language="es")
    assert english_on(page, patterns) == set()
    page = page.submit("Continuar", typed_name="Robin Sample", consent="y")
    assert english_on(page, patterns) == set()
    assert "Firmar e inscribirse" in page.text


@pytest.fixture(scope="module")
def lived(app) -> LivedIn:
    return lived_in(app, CANARY)


def _may_open(lived: LivedIn, endpoint: str, role: Role) -> bool:
    asked: Access = lived.app.extensions[REGISTRY][endpoint]
    return bool(asked.public) or asked.permission in GRANTS[role]


def pages_of(lived: LivedIn, role: Role, shown: set[str]) -> Iterator[Page]:
    """Every page of a court that a role may open, but for those in `shown`, which grows."""
    for rule in lived.app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or "court_slug" not in rule.arguments or rule.rule.endswith(NOT_PAGES):
            continue
        if rule.endpoint not in shown and _may_open(lived, rule.endpoint, role):
            page = lived.clients[role].get(lived.path(rule))
            if page.is_html and page.tree is not None and page.status == 200:
                shown.add(rule.endpoint)
                yield page


@pytest.mark.proves("CD-2")
@pytest.mark.parametrize("every_role", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_every_page_is_spanish(lived, english, every_role):
    """Each page as somebody sees it; before a release, as everybody does."""
    patterns = sentences(english)
    seen: set[tuple[str, str]] = set()
    found: list[str] = []
    shown: set[str] = set()
    for role, client in sorted(lived.clients.items(), key=lambda one: one[0] != Role.LEARNER):
        in_spanish(client.get(lived.court.url("account")))
        for page in pages_of(lived, role, set() if every_role else shown):
            seen.add((role, page.url))
            found += [f"{role} {page.url}: {text}" for text in english_on(page, patterns)]
    assert not found, "\n".join(sorted(found))
    for path in ("my-program", "fee", "fee/waiver", "lessons", "check-ins", "documents", "account"):
        assert (Role.LEARNER, lived.court.url(path)) in seen


@cache
def of_the_curriculum() -> re.Pattern[str]:
    """Titles and the like of modules and lessons, which are content."""
    texts = {text for file in CONTENT.rglob("*.toml") for text in in_english(tomllib.loads(file.read_text()))}
    short = (text for text in texts if len(text) < 250)
    return re.compile("|".join(map(re.escape, sorted(short, key=len, reverse=True))))


def plain_english(page: Page) -> set[str]:
    """What on a page in the pseudo-language did not come through the catalog: words with a vowel without an accent."""
    left = {text for text in text_nodes(page) if PLAIN.search(DATA.sub(" ", text))}
    return {text for text in left if PLAIN.search(DATA.sub(" ", of_the_curriculum().sub(" ", text)))}


@pytest.mark.slow
@pytest.mark.proves("CD-2")
def test_a_third_language_needs_a_catalog_and_nothing_else(lived):
    """Every page of a learner in a language that the code does not know: nothing falls over or stays in English."""
    page = lived.clients[Role.LEARNER].get(lived.court.url("account"))
    assert plain_english(page), "the check must see words that are not of the pseudo-language"
    (switch,) = page.tree.xpath("//div[@class='portal-strip']//form[contains(@action, 'language')]")
    assert Form(page, switch).submit(language="xx").tree.getroot().get("lang") == "xx"
    pages = {page.url: page for page in pages_of(lived, Role.LEARNER, set())}
    read = {url: plain_english(page) for url, page in pages.items() if not AS_ON_PAPER.search(url)}
    assert not any(read.values()), {url: left for url, left in read.items() if left}
    for path in ("my-program", "fee", "fee/waiver", "lessons", "check-ins", "documents", "account"):
        assert lived.court.url(path) in pages


@pytest.mark.proves("CD-2")
@pytest.mark.parametrize("kind", list(ReportKind))
def test_the_words_of_a_report_are_translated(app, kind):
    """Wording, sections and foot of every kind; the facts of the sample stay as they are."""
    with app.test_request_context(), in_language("es"):
        drawn = render_html(sample(kind, language="es"), gettext)
    told = " ".join(re.sub(r"<[^>]+>", " ", drawn).split())
    assert HEADINGS[kind] in told
    assert not re.search(r"Check that|Facts of|certifies|is enrolled|completed the|Type your|Issued by", told)


@pytest.mark.proves("CD-2")
def test_a_report_in_spanish_is_spanish_from_its_facts_to_its_seal(app, english):
    court = make_court(app)
    _learner, enrollment_id = all_checked_in(court)
    asked = [ask(court, enrollment_id, kind, language="es") for kind in ("progress", "final")]
    run_renders(court)
    patterns = sentences(english)
    for report in asked:
        text = text_of(file_bytes(court, report_of(court, report.id)))
        assert HEADINGS[report.kind] in text
        assert "Reportes de seguimiento" in text
        assert found_in(text, patterns) == set()
