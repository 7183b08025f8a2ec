"""What every frozen fact is made of."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _web_address(value: str) -> str:
    if not value.startswith(("https://", "http://")) or any(c.isspace() for c in value):
        raise ValueError("must be a web address")
    return value


WebAddress = Annotated[str, Field(max_length=400), AfterValidator(_web_address)]
Text = Annotated[str, Field(min_length=1, max_length=2000)]


class Frozen(BaseModel):
    """Immutable, and no field that is not declared."""

    model_config = ConfigDict(frozen=True, extra="forbid")
