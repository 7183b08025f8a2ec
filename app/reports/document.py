"""A snapshot as the file that is kept: HTML, then the renderer, then the archival pass. Signing comes after."""

from collections.abc import Callable
from dataclasses import dataclass

from app.core.i18n import in_language
from app.reports.archive import archive
from app.reports.html import render_courtesy, render_html
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
    return _archived(snapshot, render_html(snapshot, gettext), gettext, renderer)


def has_own_copy(snapshot: Snapshot) -> bool:
    """Whether the courtesy copy is a file of its own."""
    return snapshot.courtesy is not None and snapshot.format.courtesy == "own_file"


def make_courtesy(snapshot: Snapshot, gettext: Callable[[str], str], renderer: Renderer) -> Document:
    """The courtesy copy as a PDF of its own; the snapshot has one. Raises as `make_document`."""
    copy = snapshot.courtesy_copy
    if copy is None:
        raise ValueError("the report has no courtesy copy")
    with in_language(copy.language):
        return _archived(copy, render_courtesy(snapshot, gettext), gettext, renderer)


def _archived(snapshot: Snapshot, html: str, gettext: Callable[[str], str], renderer: Renderer) -> Document:
    drawn = renderer.render(html)
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
