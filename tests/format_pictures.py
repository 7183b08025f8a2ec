"""`make formats`: the pages of each ready-made format as small pictures, and the schema of the data, both in docs/.

Each format is drawn at one page (a certificate), at two and at many pages (a progress report), with long names, with
nothing to say, and in Spanish: one picture for each, of its first pages side by side.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po
from PIL import Image

from app.reports.document import make_document
from app.reports.formats import paper_format, sections_of
from app.reports.outputs.published import SCHEMA_PATH, schema_file
from app.reports.render import Renderer
from app.reports.snapshot import CheckIn, Module, Person, ReportKind, Snapshot
from config import ROOT
from tenants.program import Reports
from tenants.report_formats import Look, preset
from tests.functional.report_samples import CHECK_INS, MODULES, plain, sample

PICTURES = ROOT / "docs" / "pictures" / "formats"
SCHEMAS = ROOT / "docs" / "schemas"
CATALOG = ROOT / "app" / "web" / "translations" / "es" / "LC_MESSAGES" / "messages.po"
DOTS = 46  # an inch: the layout is to be seen, not read
MOST_PAGES = 4
GAP = 6
LONG = "Maximiliana-Constantina de la Encarnación Fernández-Wolfeschlegelsteinhausenbergerdorff y Montenegro-Villaseñor"

SPANISH_TITLES = (
    "Cómo funciona este programa",
    "Lo que dice la ley, y por qué",
    "El daño, visto desde el otro lado",
    "Dinero, fuerza y control",
    "Salud: la suya y la de otras personas",
    "Relaciones y respeto",
    "Un plan para los próximos seis meses",
    "Apoyo gratuito y cerca de usted",
)
SPANISH_LINES = (
    "Cuota de inscripción",
    "Exención de pago parcial otorgada el 2 de marzo de 2026",
    "Pago recibido el 3 de marzo de 2026",
)


def many_modules() -> tuple[Module, ...]:
    return tuple(one.model_copy(update={"title": f"{one.title} ({n})"}) for n in range(1, 6) for one in MODULES)


def many_check_ins() -> tuple[CheckIn, ...]:
    return CHECK_INS * 8


def spanish_facts() -> dict[str, Any]:
    """What a report in Spanish holds: its words were put into that language when its facts were frozen."""
    english = sample("progress")
    assert english.money is not None
    return {
        "language": "es",
        "generated_on": "20 de julio de 2026, 10:05 PDT",
        "program": english.program.model_copy(
            update={"title": "Programa del tribunal", "stage": "Seguimiento: mes 4 de 6"}
        ),
        "modules": tuple(
            one.model_copy(update={"title": title}) for one, title in zip(MODULES, SPANISH_TITLES, strict=True)
        ),
        "money": english.money.model_copy(
            update={
                "lines": tuple(
                    one.model_copy(update={"label": label})
                    for one, label in zip(english.money.lines, SPANISH_LINES, strict=True)
                ),
                "inability_note": "Se revisa una solicitud de exención de pago presentada el 10 de julio de 2026.",
            }
        ),
    }


CASES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "one-page": ("certificate", {}),
    "two-pages": ("progress", {}),
    "many-pages": ("progress", {"modules": many_modules(), "check_ins": many_check_ins()}),
    "long-names": ("progress", {"person": Person(name=LONG, birth_date="03/14/1989")}),
    "no-data": ("progress", {"modules": (), "check_ins": (), "money": None, "agreement": None}),
    "spanish": ("progress", spanish_facts()),
    "bench-card": ("bench_card", {}),
}


def spanish() -> Callable[[str], str]:
    """The words of the portal's own catalog."""
    with CATALOG.open("rb") as file:
        said = {str(one.id): str(one.string) for one in read_po(file) if one.id and one.string}
    return lambda text: said.get(text, text)


def drawn(look: Look, case: str) -> Snapshot:
    """The sample of a case in a ready-made format."""
    kind, changes = CASES[case]
    rules = Reports.model_validate({"formats": {kind: preset(look, kind).model_dump()}})
    shown = paper_format(ReportKind(kind), rules, "en")
    return sample(kind, format=shown, sections=sections_of(ReportKind(kind), rules, shown), **changes)


def picture(pdf: bytes) -> bytes:
    """The first pages side by side, in few grays and colors."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["pdftoppm", "-r", str(DOTS), "-l", str(MOST_PAGES), "-png", "-", f"{folder}/p"], input=pdf, check=True
        )
        pages = [Image.open(path).convert("RGB") for path in sorted(Path(folder).glob("p*.png"))]
    width = sum(page.width for page in pages) + GAP * (len(pages) + 1)
    whole = Image.new("RGB", (width, max(page.height for page in pages) + 2 * GAP), "#8a8a8a")
    left = GAP
    for page in pages:
        whole.paste(page, (left, GAP))
        left += page.width + GAP
    out = io.BytesIO()
    whole.quantize(24).save(out, "PNG", optimize=True)
    return out.getvalue()


def main() -> int:
    """Write every picture and the schema; the number of complaints of the renderer."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    SCHEMAS.mkdir(parents=True, exist_ok=True)
    (SCHEMAS / SCHEMA_PATH.rpartition("/")[2]).write_bytes(schema_file())
    renderer, complaints, in_spanish = Renderer(), 0, spanish()
    try:
        for look in Look:
            for case in CASES:
                made = make_document(drawn(look, case), in_spanish if case == "spanish" else plain, renderer)
                complaints += len(made.complaints)
                (PICTURES / f"{look.value}-{case}.png").write_bytes(picture(made.pdf))
                print(f"{look.value:8} {case:11} {made.pages} pages", *made.complaints)
    finally:
        renderer.close()
    return complaints


if __name__ == "__main__":
    sys.exit(main())
