"""A document that touches what every report needs: the server draws it to load, a spare to have its memory ready."""

from pathlib import Path
from typing import Final

from app.reports import fonts

STYLES: Final = Path(__file__).resolve().parents[2] / "templates" / "reports" / "print.css"
# Touches what is loaded late or kept: both kinds of table and of picture, page totals, the reports' own style sheet.
WARM_UP: Final = (
    "<html><head><style>{faces} @page {{ size: letter; margin: 60pt; @frame f {{ -pdf-frame-content: foot; "
    'left: 60pt; right: 60pt; bottom: 20pt; height: 30pt }} }} html {{ font-family: "{family}" }}</style>'
    '<style>{styles}</style></head><body><h1>a</h1><h2>a</h2><p class="lead">a <strong>b</strong></p>'
    '<table class="grid"><thead><tr><th width="50%">a</th><th width="50%">b</th></tr></thead>'
    '<tbody><tr><td>a</td><td>b</td></tr></tbody></table><table><tr><td width="50%">a</td><td width="50%"><p>b</p>'
    '<img width="9pt" src="data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIHdpZHRo'
    'PSI5IiBoZWlnaHQ9IjkiPjxyZWN0IHdpZHRoPSI5IiBoZWlnaHQ9IjkiLz48L3N2Zz4="><img width="9pt" src="data:image/png;'
    'base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==">'
    '</td></tr></table><div id="foot"><pdf:pagenumber> <pdf:pagecount></div></body></html>'
)


def warm_up() -> str:
    """A document in the reports' own style, to load and keep before the first fork what every document needs."""
    faces = "".join(
        f'@font-face {{ font-family: "{fonts.FAMILY}"; font-weight: {weight}; font-style: {style}; '
        f'src: url("{file}") }}'
        for weight, style, file in fonts.FACES
    )
    return WARM_UP.format(faces=faces, family=fonts.FAMILY, styles=STYLES.read_text())
