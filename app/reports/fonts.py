"""The one typeface of every report, from its package: four faces that are embedded in each document."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from reportlab.pdfbase.ttfonts import TTFontFace

FAMILY: Final = "Source Sans Pro"
# CSS weight, CSS style, file; the order in which xhtml2pdf numbers the faces of a family.
FACES: Final = (
    ("normal", "normal", "SourceSansPro-Regular.ttf"),
    ("bold", "normal", "SourceSansPro-Bold.ttf"),
    ("normal", "italic", "SourceSansPro-It.ttf"),
    ("bold", "italic", "SourceSansPro-BoldIt.ttf"),
)
# Stands where a person's name holds a character that the typeface does not draw; the page says what it means.
STAND_IN: Final = "\N{BLACK SQUARE}"


@cache
def folder() -> Path:
    """Where the font files lie: the only folder that a rendering may read.

    Raises:
        RuntimeError: the package font-source-sans-pro is not installed.
    """
    spec = find_spec("font_source_sans_pro")
    if spec is None or spec.origin is None:
        raise RuntimeError("the package font-source-sans-pro is not installed")
    return Path(spec.origin).parent / "files"


@cache
def drawable() -> frozenset[int]:
    """The code points that every one of the four faces can draw."""
    covered = [frozenset(TTFontFace(str(folder() / file)).charToGlyph) for _, _, file in FACES]
    return frozenset.intersection(*covered)
