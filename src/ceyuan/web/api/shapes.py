# SPDX-License-Identifier: Apache-2.0
"""What answers look like, as far as several areas share it.

Money is a whole number of fen and its name ends in `_fen`; what is counted in a
commodity (money, hours, vouchers) is an `amount` in the smallest unit of its
`commodity`: of CNY that is the fen. An exact number that is not whole is a text,
`1/3`. What is not known is null, and beside it stands what is missing; it is never 0
or false. Names come in both languages, sentences in the one that was asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from ninja import Query
from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from typing import Self

    from django.http import HttpRequest

Exact = bool | int | str | list[str] | None
"""A value of a fact: exact; null: not known."""
NO_NUL = r"^[^\x00]*$"
"""Texts that a database takes."""
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00/]+$")]
"""An id in an address."""


def text(most: int, description: str = "") -> Any:
    """Return how a text is asked for in a query."""
    return Query("", max_length=most, pattern=NO_NUL, description=description)


class Shape(BaseModel):
    """What an answer, or a part of one, looks like: these parts and no others."""

    model_config = ConfigDict(
        from_attributes=True,
        extra="forbid",
        json_schema_serialization_defaults_required=True,
    )

    @classmethod
    def made(cls, **parts: Any) -> Self:
        """Return an answer out of what verbs return, part by part."""
        return cls.model_validate(parts)


class Loose(BaseModel):
    """A part of a document of the command line: what is not known is left out."""

    model_config = ConfigDict(from_attributes=True, extra="forbid")


class Page(Shape):
    """A page of a list."""

    next: str | None = Field(None, description="Cursor of the next page; null: none.")


class Counted(Page):
    """A page of a list whose length is known."""

    total: int = Field(description="How many there are on all pages.")


class Words(Shape):
    """A text in both languages."""

    zh: str
    en: str


class ProblemRow(Shape):
    """One thing that is wrong: its code, where, what, and how to mend it."""

    code: str
    place: str
    what: str
    mend: str


class ProblemDetails(Shape):
    """What went wrong (RFC 9457)."""

    type: str = Field(description="Address of what this kind of problem means.")
    title: str
    status: int
    detail: str = Field(description="What, where, why.")
    hint: str = Field(description="How to mend it; may be empty.")
    problems: list[ProblemRow]
    report: str = Field(description="Number of a fault of ours; else empty.")


class Money(Shape):
    """Money of one kind; sums of different bases are never added."""

    fen: int = Field(serialization_alias="amount_fen")
    basis: str = Field(description="`payment`, `saving` or `limit`.")
    text: str


class Question(Shape):
    """A fact that is missing, and who can supply it."""

    typed: str = Field(serialization_alias="fact", description="`revenue@2025`.")
    name: str
    text: str
    kind: str
    unit: str
    by: str = Field(description="`firm`, `declaration`, `office`, `judge`, `choice`, …")
    by_word: str


class Accepted(Shape):
    """Work that was asked for; `href` tells how far it is, and what came of it."""

    job: str
    state: str
    href: str


def tongue(request: HttpRequest) -> str:
    """Return the language that was asked for."""
    return str(getattr(request, "locale", "zh"))
