# SPDX-License-Identifier: Apache-2.0
"""The interface: instruments, what each is and how it stands."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from ninja import Router
from pydantic import Field

from ceyuan.office.instrument_told import (
    account_sums,
    exposures,
    figures,
    parameters_in_force,
)
from ceyuan.web.api.listing import Cursor, Limit, cut
from ceyuan.web.api.operations import operation
from ceyuan.web.api.shapes import Counted, Name, Shape
from ceyuan.web.asking import may, office
from ceyuan.web.money_shown import one_moment
from ceyuan.web.showing import today

router = Router(tags=["instruments"])


class InstrumentRow(Shape):
    """An instrument, in short."""

    instrument: str
    region: str
    zh: str
    en: str
    policies: list[str]
    moves: list[str]


class InstrumentList(Counted):
    """Instruments."""

    items: list[InstrumentRow]


class InstrumentParameter(Shape):
    """A parameter in force; `text` empty: nobody has set it."""

    home: str = Field(serialization_alias="name")
    zh: str
    en: str
    unit: str
    text: str = Field(serialization_alias="value")
    by_office: bool
    place: str
    confidence: str


class AccountSum(Shape):
    """All accounts of a kind together, in their commodity's smallest unit."""

    name: str
    count: int
    full: int
    has: int
    going: int
    coming: int


class Move(Shape):
    """A move: what somebody does with it, and who may."""

    move: str
    zh: str
    en: str
    role: str
    article: str


class Exposure(Shape):
    """What may fall due."""

    cases: int
    open_fen: int
    promised_fen: int
    share: str | None = Field(description="The treasury's share of a loss; exact.")
    due_fen: int | None = Field(description="If all fell due; null: no share is set.")


class Instrument(InstrumentRow):
    """An instrument as it is declared and as it stands."""

    summary_zh: str
    summary_en: str
    parameters: list[InstrumentParameter]
    moves_told: list[Move]
    accounts: list[AccountSum]
    exposure: Exposure | None
    outputs: dict[str, str] = Field(description="Of this year; exact numbers.")
    sees_book: bool = Field(description="False: sums of the book are left out.")
    missing: list[str] = Field(description="Parameters that are not set.")


def _row(one: Any) -> dict[str, Any]:
    return {
        "instrument": one.id,
        "region": one.said.region,
        "zh": one.said.zh,
        "en": one.said.en,
        "policies": list(one.said.policies),
        "moves": list(one.said.moves),
    }


@operation(
    router, "GET", "/instruments", asks=("instrument", "list"), shape=InstrumentList
)
def instruments(request: HttpRequest, limit: Limit, cursor: Cursor) -> InstrumentList:
    """List the instruments."""
    every = list(office(request).declared.instruments.instruments.values())
    some, after = cut(every, limit, cursor)
    return InstrumentList.made(
        items=[_row(one) for one in some], total=len(every), next=after
    )


@operation(
    router,
    "GET",
    "/instruments/{instrument}",
    asks=("instrument", "see"),
    shape=Instrument,
)
def instrument(request: HttpRequest, instrument: Name) -> Instrument:
    """Tell what an instrument is, and how it stands."""
    memory, day = office(request), today()
    one = memory.declared.instruments.instruments.get(instrument)
    if one is None:
        raise Http404
    sees_book = may(request, "ledger", "list")
    keys = {"year": str(day.year)} if "year" in one.said.keys else {}
    with one_moment(request) as conn:
        parameters = parameters_in_force(conn, one, day)
        sums = account_sums(conn, one) if sees_book else []
        outputs = figures(conn, one, keys, day) if sees_book else {}
        due = exposures(memory, conn, day) if sees_book else []
    return Instrument.made(
        **_row(one),
        summary_zh=one.said.summary.zh,
        summary_en=one.said.summary.en,
        parameters=parameters,
        moves_told=[
            {
                "move": name,
                "zh": said.zh,
                "en": said.en,
                "role": said.role,
                "article": one.articles[said.article].place,
            }
            for name, said in one.said.moves.items()
        ],
        accounts=sums,
        exposure=next((_exposure(e) for e in due if e.instrument == one.id), None),
        outputs=outputs,
        sees_book=sees_book,
        missing=[p.home for p in parameters if not p.text],
    )


def _exposure(one: Any) -> dict[str, Any]:
    return {
        "cases": one.cases,
        "open_fen": one.open,
        "promised_fen": one.promised,
        "share": None if one.share is None else str(one.share),
        "due_fen": one.due,
    }
