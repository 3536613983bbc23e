"""What front matter of every kind is made from."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Text = Annotated[str, Field(min_length=1)]


class Contract(BaseModel):
    """Front matter of one kind; no key but its own."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Claim(Contract):
    """Something that people say, and the answer to it."""

    claim: Text
    answer: Text
