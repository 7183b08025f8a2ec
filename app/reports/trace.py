"""Where the records behind the facts of a report are, as its web page links them. A printed page has none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Trace:
    """Addresses of records: of the rows of a list, and of single facts by their label. Nothing where there is none."""

    rows: Mapping[str, Sequence[str | None]] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)

    def row(self, name: str, place: int) -> str | None:
        """The record of one row."""
        found = self.rows.get(name, ())
        return found[place] if place < len(found) else None

    def of(self, name: str, places: Sequence[int]) -> list[str | None]:
        """The records of some of the rows."""
        return [self.row(name, place) for place in places]


NOWHERE = Trace()
