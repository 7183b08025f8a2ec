"""What a topic of help is made of."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.i18n import LazyString


@dataclass(frozen=True)
class Topic:
    """One place of the portal: what it is for, and how the usual things are done there.

    `places`: endpoints of the menu, or blueprints, whose pages it explains; the first is where its link leads.
    `picture`: a picture of the demo (docs/pictures/help), with `seen` for who does not see it.
    """

    places: tuple[str, ...]
    title: LazyString
    what: LazyString
    how: tuple[LazyString, ...]
    picture: str = ""
    seen: LazyString | str = ""

    @property
    def place(self) -> str:
        return self.places[0]
