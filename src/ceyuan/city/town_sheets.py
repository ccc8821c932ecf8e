# SPDX-License-Identifier: Apache-2.0
"""The sheets about firms: which office hands in what, of which year, in which unit.

A sheet is one file. What its cells say is in `town_said`; how they are written, in
`town_files`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from ceyuan.city.town_said import (
    FINANCE,
    OWN,
    PARK,
    REGISTRY,
    RESEARCH,
    RIGHTS,
    SURVEY,
    TAX,
    TRANSFER,
    claims,
    filed,
    said_by_firm,
    said_by_judges,
    said_by_park,
    said_by_registry,
    said_by_survey,
    said_by_tax,
    said_of_organisations,
    said_once,
    sells,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ceyuan.city.town_model import Firms
    from ceyuan.city.town_said import Rows


@dataclass(frozen=True, slots=True)
class Sheet:
    """One file that an office hands in.

    Args:
        name: Of the file, without the mark that it is synthetic.
        record_type: What its rows are records of.
        source: Who says it.
        stated: The day as of which it is said.
        attributes: What its columns hold.
        told: The rows of a chunk of firms.
        year: The year of its figures.
        complete: Whether it lists all there are, or the kinds of which it does.
        money: Unit in which money is written.
        keeps: Decimal places kept of money; None: every fen.
        rounded: Attributes that are rounded to those places.
    """

    name: str
    record_type: str
    source: str
    stated: date
    attributes: tuple[str, ...]
    told: Callable[[Firms], Rows]
    year: int | None = None
    complete: bool | tuple[str, ...] = False
    money: str = "元"
    keeps: int | None = None
    rounded: frozenset[str] = frozenset()


def firm_sheets(
    last_year: int,
    *,
    declared: tuple[str, ...],
    office: tuple[str, ...],
    judged: tuple[str, ...],
    yearly: tuple[str, ...],
) -> Iterable[Sheet]:
    """Yield the sheets about firms.

    Args:
        last_year: The last year with figures.
        declared: What firms declare once.
        office: What offices have found.
        judged: What judges have said.
        yearly: What firms state for each year beyond `OWN`.
    """
    after = last_year + 1
    yield Sheet(
        "企业登记", "firm", "registry", date(after, 3, 1), REGISTRY, said_by_registry
    )
    yield Sheet(
        "机构登记",
        "org",
        "registry",
        date(after, 3, 1),
        ("kind", "registered_on", "ended_on"),
        said_of_organisations,
    )
    for year in range(last_year - 4, last_year + 1):
        yield from _yearly(year, (*OWN, *yearly))
    own = date(after, 4, 20)
    yield Sheet(
        "企业申报_单项",
        "firm",
        "firm",
        own,
        declared,
        said_once("declared", declared, 9300, 150),
        money="万元",
    )
    yield Sheet(
        "投融资_实缴",
        "firm",
        "finance",
        date(after, 2, 10),
        FINANCE,
        said_once("finance", FINANCE, 9700, 60),
        money="万元",
    )
    yield Sheet(
        "知识产权_登记件数",
        "firm",
        "ip",
        date(after, 1, 31),
        RIGHTS,
        said_once("rights", RIGHTS, 9850, 40),
    )
    yield Sheet(
        "主管部门_评价结果",
        "firm",
        "certificates",
        date(after, 2, 1),
        office,
        said_once("office", office, 9900, 60),
    )
    if judged:
        yield Sheet(
            "主管部门_评审意见",
            "firm",
            "certificates",
            date(after, 5, 1),
            judged,
            said_by_judges(judged),
        )
    yield Sheet(
        "园区_企业表",
        "firm",
        "park",
        date(after, 3, 31),
        PARK,
        said_by_park(last_year),
        year=last_year,
        money="万元",
        keeps=0,
        rounded=frozenset({"revenue"}),
    )


def _yearly(year: int, own: tuple[str, ...]) -> Iterable[Sheet]:
    after = year + 1
    yield Sheet(
        f"税务_企业所得税_{year}",
        "firm",
        "tax",
        date(after, 5, 31),
        TAX,
        said_by_tax(year, TAX, filed),
        year=year,
    )
    yield Sheet(
        f"税务_研发加计扣除_{year}",
        "firm",
        "tax",
        date(after, 5, 31),
        RESEARCH,
        said_by_tax(year, RESEARCH, claims),
        year=year,
    )
    yield Sheet(
        f"税务_技术转让_{year}",
        "firm",
        "tax",
        date(after, 5, 31),
        TRANSFER,
        said_by_tax(year, TRANSFER, sells),
        year=year,
    )
    yield Sheet(
        f"统计_年报_{year}",
        "firm",
        "statistics",
        date(after, 3, 15),
        SURVEY,
        said_by_survey(year),
        year=year,
        money="千元",
        keeps=0,
        rounded=frozenset(SURVEY),
    )
    yield Sheet(
        f"企业自报_{year}",
        "firm",
        "firm",
        date(after, 4, 20),
        own,
        said_by_firm(year, own),
        year=year,
        money="万元",
    )
