"""A snapshot as the file that is kept: HTML, then the renderer, then the archival pass. Signing comes after."""

from collections.abc import Callable
from dataclasses import dataclass

from app.reports.archive import archive
from app.reports.html import render_html
from app.reports.render import Renderer
from app.reports.snapshot import Snapshot
from app.reports.wording import Wording


@dataclass(frozen=True)
class Document:
    """The unsigned PDF/A, its pages, and the renderer's complaints (personal data: they may quote the document)."""

    pdf: bytes
    pages: int
    complaints: tuple[str, ...]


def make_document(snapshot: Snapshot, gettext: Callable[[str], str], renderer: Renderer) -> Document:
    """The same bytes for the same snapshot and translation, within one `RENDERER_VERSION`.

    Raises:
        RenderFailed: see `Renderer.render`.
        NotArchivableError: see `archive`.
    """
    drawn = renderer.render(render_html(snapshot, gettext))
    title = Wording(snapshot, gettext).title()
    pdf = archive(
        drawn.pdf,
        title=f"{title} {snapshot.number}",
        author=snapshot.court.name,
        subject=title,
        language=f"{snapshot.language}-US",
        created=snapshot.generated_at,
    )
    return Document(pdf, drawn.pages, drawn.complaints)
