"""The kinds of text that a court's rules are made of."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints

Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=120)]
FilledLine = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=12_000)]
Language = Literal["en", "es"]
