# SPDX-License-Identifier: Apache-2.0
"""The index of a batch: every firm in one table, and what many of them lack."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from ceyuan.office.gaps import gaps
from ceyuan.office.groups import (
    BASES,
    CONFIRM,
    FAILED,
    GRANTED,
    GROUPS,
    JUDGED,
    LACKING,
    OUTSIDE,
    REFUSED,
    STEP,
    Group,
    gives,
    group_of,
    grouped,
    sums,
)
from ceyuan.office.page_parts import (
    Html,
    badge,
    document,
    element,
    engine_version,
    table,
    wan,
)
from ceyuan.office.told import next_step
from ceyuan.policies import SUPPLIERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ceyuan.office.checkup import Checkup, FirmCheck

GAPS_SHOWN = 20
_COLUMNS = (GRANTED, CONFIRM, STEP, LACKING, JUDGED, FAILED)


def index_page(checkup: Checkup, pages: Mapping[int, str], *, note: str = "") -> str:
    """Return the index of a batch.

    Args:
        checkup: The answers.
        pages: File name of each firm's page, by row index; empty where the firms
            are too many for pages.
        note: A line on top.
    """
    table_ = checkup.table
    where = f"{table_.file}，{len(checkup.firms)} 家"
    reason = f"（{table_.year_reason}）" if table_.year_reason else ""
    pairs = (
        ("原表", where),
        ("核对日", checkup.as_of.isoformat()),
        ("财务年度", f"{checkup.year} 年{reason}"),
        ("核对政策", f"{len(checkup.rules)} 项"),
        (
            "规则版本",
            f"{checkup.region.id} {checkup.region.digest[:12]} · 引擎 {engine_version()}",
        ),
    )
    meta = [p for k, v in pairs for p in (element("dt", k), element("dd", v))]
    given = [rule for rule in checkup.rules if gives(rule)]
    split = [grouped(firm, given) for firm in checkup.firms]
    counts = [{g: len(rules) for g, rules in one.items()} for one in split]
    return document(
        "政策核对 · 全部企业",
        checkup.as_of,
        element("a", "跳到结果", class_="skip", href="#main"),
        element("p", note, class_="banner") if note else None,
        element(
            "header",
            element("h1", "政策核对 · 全部企业"),
            element("p", "Policy check-up of a batch", class_="en", lang="en"),
            element("dl", *meta, class_="meta"),
        ),
        element(
            "main",
            element("h2", "总览"),
            _tiles(checkup, counts),
            _gaps(checkup),
            _policies(checkup),
            _firms(checkup, pages, counts),
            id="main",
        ),
        is_wide=True,
    )


def _tiles(checkup: Checkup, counts: list[dict[Group, int]]) -> Html:
    tiles = []
    for group in GROUPS:
        firms = sum(one[group] > 0 for one in counts)
        policies = sum(one[group] for one in counts)
        if group is OUTSIDE or (group is REFUSED and not firms):
            continue
        money: dict[str, int] = {}
        for firm in checkup.firms:
            of_group = grouped(firm, checkup.rules)[group] if firms else []
            for basis, fen in sums(firm, of_group).items():
                money[basis] = money.get(basis, 0) + fen
        lines = [
            element("span", f"{BASES[b][0]} {wan(fen)} 万元", class_="note figure")
            for b, fen in money.items()
            if fen
        ]
        tiles.append(
            element(
                "li",
                badge(group),
                element("span", element("b", str(firms)), " 家", class_="size"),
                element("span", f"共 {policies} 项次", class_="note"),
                *lines,
                element("span", group.note, class_="note"),
                class_=f"tile-{group.id}",
            )
        )
    return element("ul", *tiles, class_="tiles")


def _gaps(checkup: Checkup) -> Html | None:
    found = gaps(checkup)
    if not found:
        return None
    rows = []
    for gap in found[:GAPS_SHOWN]:
        policies = "、".join(checkup.region.rules[p].said.zh for p in gap.policies)
        rows.append(
            element(
                "tr",
                element("th", gap.title, scope="row"),
                element("td", SUPPLIERS[gap.by][0], class_="keep"),
                element("td", str(len(gap.firms)), class_="number"),
                element("td", str(gap.alone), class_="number"),
                element(
                    "td", wan(gap.unlock_fen if gap.is_known else None), class_="number"
                ),
                element("td", policies),
            )
        )
    rest = len(found) - len(rows)
    more = (
        element("p", f"另有 {rest} 项较少见，未列出。", class_="note") if rest else None
    )
    return element(
        "section",
        element("h2", "共性短板"),
        table(
            "很多企业共同缺的数据或条件：能解锁金额的在前，其余按只差它的项次、再按家数",
            (
                "短板",
                "谁来办",
                _number("家数"),
                _number("只差它的项次"),
                _number("解锁金额（万元）"),
                "涉及的政策",
            ),
            element("tbody", *rows),
            class_="wide",
        ),
        more,
    )


def _number(text: str) -> Html:
    return element("th", text, scope="col", class_="number")


def _policies(checkup: Checkup) -> Html:
    rows = []
    for rule in checkup.rules:
        found = dict.fromkeys(GROUPS, 0)
        for firm in checkup.firms:
            found[group_of(firm, rule.id)] += 1
        cells = [
            element("td", str(found[group]), class_="number")
            for group in (*_COLUMNS, REFUSED, OUTSIDE)
        ]
        rows.append(element("tr", element("th", rule.said.zh, scope="row"), *cells))
    heads = [_number(group.zh) for group in (*_COLUMNS, REFUSED, OUTSIDE)]
    return element(
        "section",
        element("h2", "各项政策"),
        table(
            "每项政策的企业家数",
            ("政策", *heads),
            element("tbody", *rows),
            class_="wide",
        ),
    )


def _firms(
    checkup: Checkup, pages: Mapping[int, str], counts: list[dict[Group, int]]
) -> Html:
    if not pages and checkup.firms:
        return element(
            "p",
            f"企业共 {len(checkup.firms)} 家，超过逐家出单页的数量；"
            "逐家结果见写回的表格，单家理由用 `ceyuan explain`。",
        )
    due = [_by_basis(checkup, firm, GRANTED) for firm in checkup.firms]
    later = [_by_basis(checkup, firm, CONFIRM) for firm in checkup.firms]
    due_kinds = _kinds(due) or ("payment",)
    later_kinds = _kinds(later)
    rows = []
    for index, firm in enumerate(checkup.firms):
        name = firm.row.name or "（无名称）"
        shown: str = name
        if index in pages:
            shown = element("a", name, href=quote(pages[index]))
        figures = [str(counts[index][group]) for group in _COLUMNS]
        figures += [wan(due[index].get(kind)) for kind in due_kinds]
        figures += [wan(later[index].get(kind)) for kind in later_kinds]
        rows.append(
            element(
                "tr",
                element("td", str(firm.row.row), class_="number"),
                element("th", shown, scope="row"),
                *(element("td", figure, class_="number") for figure in figures),
                element("td", next_step(checkup, firm)),
            )
        )
    heads = [
        *(group.zh for group in _COLUMNS),
        *(f"可享{BASES[kind][0]}" for kind in due_kinds),
        *(f"确认后{BASES[kind][0]}" for kind in later_kinds),
    ]
    return element(
        "section",
        element("h2", "各家企业"),
        table(
            "企业按原表的顺序；金额以万元计，只含能算出的项，没有可算的写“—”",
            (_number("行"), "企业", *(_number(head) for head in heads), "最近的一步"),
            element("tbody", *rows),
            class_="wide firms",
        ),
    )


def _by_basis(checkup: Checkup, firm: FirmCheck, group: Group) -> dict[str, int]:
    return sums(firm, grouped(firm, checkup.rules)[group])


def _kinds(money: list[dict[str, int]]) -> tuple[str, ...]:
    """Return which kinds of money occur: they have a column each, never one sum."""
    return tuple(kind for kind in BASES if any(kind in one for one in money))
