# SPDX-License-Identifier: Apache-2.0
"""One printable page per firm, and an index of the batch.

A page stands on its own: one file, no script, nothing from another host, so that
it can be mailed, archived and printed. The same check-up gives the same bytes.
Pages show what was decided and compute nothing but sums of money.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from ceyuan.kernel import show_money
from ceyuan.office.groups import (
    BASES,
    CONFIRM,
    FAILED,
    GROUPS,
    JUDGED,
    LACKING,
    OUTSIDE,
    REFUSED,
    STEP,
    Group,
    grouped,
    sums,
)
from ceyuan.office.page_cards import Subject, card
from ceyuan.office.page_index import index_page
from ceyuan.office.page_parts import (
    Html,
    badge,
    code,
    document,
    element,
    engine_version,
    table,
)
from ceyuan.office.telling import asked_name, suppliers
from ceyuan.office.workers import spread
from ceyuan.policies import SUPPLIERS, fact_name, show_known

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from ceyuan.declarations import Rule
    from ceyuan.language import FactKey, Setting
    from ceyuan.office.checkup import Checkup

_NAME_LENGTH = 40
_WHEN = {
    CONFIRM: "确认后 ",
    STEP: "达到后 ",
    FAILED: "达到后 ",
}


def write_pages(
    checkup: Checkup,
    folder: Path,
    *,
    note: str = "",
    settings: Mapping[str, Mapping[str, Setting]] | None = None,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> dict[int, Path]:
    """Write `index.html` and one page per firm; return the pages by row index.

    Args:
        checkup: The answers. Where it is not full (too many firms), only the
            index is written.
        folder: Where to; made when it does not exist.
        note: A line on top of every page, such as that the data are invented.
        settings: The parameters that were set for the check.
        progress: Called with pages done and pages in all.
    """
    folder.mkdir(parents=True, exist_ok=True)
    settings = checkup.settings if settings is None else settings
    pages: dict[int, Path] = {}
    if checkup.is_full:

        def write(index: int) -> Path:
            path = folder / page_name(checkup, index)
            text = firm_page(checkup, index, note=note, settings=settings)
            path.write_text(text, encoding="utf-8", newline="\n")
            return path

        for index, path in enumerate(spread(write, range(len(checkup.firms)))):
            pages[index] = path
            progress(index + 1, len(checkup.firms))
    for stale in folder.glob("[0-9][0-9][0-9][0-9]-*.html"):
        if stale not in pages.values():  # of an earlier, larger batch
            stale.unlink()
    names = {index: path.name for index, path in pages.items()}
    text = index_page(checkup, names, note=note)
    (folder / "index.html").write_text(text, encoding="utf-8", newline="\n")
    return pages


def page_name(checkup: Checkup, index: int) -> str:
    """Return a firm's file name, `0005-上海某某有限公司.html`, safe everywhere."""
    name = unicodedata.normalize("NFKC", checkup.firms[index].row.name)
    safe = "".join(c if c.isalnum() else "-" for c in name)
    parts = "-".join(part for part in safe.split("-") if part)
    return f"{index + 1:04d}-{parts[:_NAME_LENGTH] or '未命名'}.html"


def firm_page(
    checkup: Checkup,
    index: int,
    *,
    note: str = "",
    settings: Mapping[str, Mapping[str, Setting]] | None = None,
) -> str:
    """Return the page of one firm."""
    subject = Subject(checkup, index, settings or {}, {})
    firm = subject.firm
    groups = grouped(firm, checkup.rules)
    title = firm.row.name or f"第 {firm.row.row} 行（无名称）"
    sections = [
        _section(subject, group, rules)
        for group, rules in groups.items()
        if rules and group is not OUTSIDE
    ]
    return document(
        f"{title} · 政策核对",
        checkup.as_of,
        element("a", "跳到结果", class_="skip", href="#main"),
        element("p", note, class_="banner") if note else None,
        _header(checkup, index, title),
        element(
            "main",
            element("h2", "总览"),
            _tiles(subject, groups),
            *sections,
            _outside(groups[OUTSIDE]),
            _requests(checkup, index, groups),
            _problems(checkup, index),
            _facts(checkup, index),
            id="main",
        ),
        footer(checkup),
    )


def _header(checkup: Checkup, index: int, title: str) -> Html:
    row = checkup.firms[index].row
    table_ = checkup.table
    reason = f"（{table_.year_reason}）" if table_.year_reason else ""
    place = f"{row.sheet} 第 {row.row} 行" if row.sheet else f"第 {row.row} 行"
    uscc = code(row.uscc) if row.uscc else "未提供"
    doubt = None if row.sound or not row.uscc else "（校验不通过，请核对）"
    pairs: list[tuple[str, tuple[str | None, ...]]] = [
        ("统一社会信用代码", (uscc, doubt)),
        ("核对日", (checkup.as_of.isoformat(),)),
        ("财务年度", (f"{checkup.firms[index].year} 年{reason}",)),
        (
            "数据来源",
            ("；".join((f"{table_.file} {place}", *_joined(checkup, index))),),
        ),
        ("核对政策", (f"{len(checkup.rules)} 项",)),
        ("规则版本", (version_line(checkup),)),
    ]
    items = [
        part
        for name, values in pairs
        for part in (element("dt", name), element("dd", *values))
    ]
    return element(
        "header",
        element("p", element("a", "← 全部企业", href="index.html"), class_="away"),
        element("h1", title),
        element("p", "Policy check-up of one firm", class_="en", lang="en"),
        element("dl", *items, class_="meta"),
    )


def version_line(checkup: Checkup) -> str:
    """Return which declarations and which engine gave the answers."""
    digest = checkup.region.digest[:12]
    return f"{checkup.region.id} {digest} · 引擎 {engine_version()}"


def _joined(checkup: Checkup, index: int) -> list[str]:
    """Return the joined files that tell of a firm, in the order of their names."""
    files = set()
    for column in checkup.table.columns.values():
        if column.values[index] is not None:
            files.add(column.source(index).file)
    for records in checkup.table.records.values():
        count, elsewhere = records.beside.get(index, (0, ""))
        if len(records.records[index] or ()) > count:
            files.add(records.file)
        if count:
            files.add(elsewhere)
    return sorted(files - {checkup.table.file, ""})


def _tiles(subject: Subject, groups: dict[Group, list[Rule]]) -> Html:
    tiles = []
    for group in GROUPS:
        rules = groups[group]
        if group is OUTSIDE or (group is REFUSED and not rules):
            continue
        total = sums(subject.firm, rules)
        lines = [
            element(
                "span", f"{_WHEN.get(group, '')}{BASES[basis][0]} {show_money(fen)}"
            )
            for basis, fen in total.items()
        ]
        tiles.append(
            element(
                "li",
                badge(group),
                element("span", element("b", str(len(rules))), " 项", class_="size"),
                *(element("span", line, class_="note figure") for line in lines),
                element("span", group.note, class_="note"),
                class_=f"tile-{group.id}",
            )
        )
    return element("ul", *tiles, class_="tiles")


def _requests(
    checkup: Checkup, index: int, groups: dict[Group, list[Rule]]
) -> Html | None:
    """Return each missing fact once, with its question and what it serves."""
    firm = checkup.firms[index]
    wanted: dict[FactKey, list[str]] = {}
    for group in (CONFIRM, LACKING, JUDGED):
        for rule in groups[group]:
            keys = firm.to_confirm.get(rule.id) or firm.decisions[rule.id].missing
            for key in keys:
                wanted.setdefault(key, []).append(rule.said.zh)
    rows = []
    unset: dict[str, int] = {}
    for by, keys_ in suppliers(checkup.region, wanted).items():
        for key in sorted(keys_, key=lambda k: (-len(wanted[k]), k[0], k[1] or 0)):
            fact = checkup.region.facts.get(key[0])
            if fact is None:
                for policy in wanted[key]:
                    unset[policy] = unset.get(policy, 0) + 1
                continue
            question = fact.question.zh if fact.question is not None else ""
            rows.append(
                element(
                    "tr",
                    element("td", SUPPLIERS[by][0], class_="keep"),
                    element("th", asked_name(checkup.region, key), scope="row"),
                    element("td", question),
                    element("td", "、".join(wanted[key])),
                )
            )
    for policy, count in unset.items():
        rows.append(
            element(
                "tr",
                element("td", SUPPLIERS["office"][0], class_="keep"),
                element("th", f"待设定的参数 {count} 项", scope="row"),
                element("td", "由主管部门设定后才能判断"),
                element("td", policy),
            )
        )
    if not rows:
        return None
    return element(
        "section",
        element("h2", f"补齐这些就能判断（{len(rows)} 项）"),
        table(
            "每项只问一次，列出由谁提供和用于哪些政策",
            ("由谁提供", "缺什么", "怎样回答", "用于"),
            element("tbody", *rows),
            class_="wide asks",
        ),
    )


def _section(subject: Subject, group: Group, rules: list[Rule]) -> Html:
    return element(
        "section",
        element("h2", f"{group.zh}（{len(rules)} 项）"),
        *(card(subject, rule, group) for rule in rules),
    )


def _outside(rules: list[Rule]) -> Html | None:
    if not rules:
        return None
    return element(
        "section",
        element("h2", f"不适用（{len(rules)} 项）"),
        element(
            "p",
            badge(OUTSIDE),
            " ",
            "；".join(rule.said.zh for rule in rules),
            "。不在适用范围，或核对日不在有效期内。",
            class_="metline",
        ),
    )


def _problems(checkup: Checkup, index: int) -> Html | None:
    row = checkup.firms[index].row
    found = [
        p
        for p in checkup.problems
        if p.row == row.row
        and p.sheet == row.sheet
        and p.file in ("", checkup.table.file)
    ]
    if not found:
        return None
    rows = [
        element(
            "tr",
            element("th", p.place, scope="row"),
            element("td", p.message),
            element("td", p.mend),
            element("td", p.code, class_="keep"),
        )
        for p in found
    ]
    return element(
        "section",
        element("h2", f"数据问题（{len(found)} 处）"),
        table(
            "这一行里读不懂或有疑问的数据",
            ("位置", "问题", "怎样改", "编号"),
            element("tbody", *rows),
        ),
    )


def _facts(checkup: Checkup, index: int) -> Html | None:
    rows = []
    for key, value in checkup.table.known(index):
        column = checkup.table.columns[key]
        cell = checkup.table.cell(index, key)
        source = column.source(index)
        place = "" if cell is None else str(cell)
        if cell is not None and cell.file != checkup.table.file:
            place = f"{cell.file} {cell}"
        fact = checkup.region.facts.get(key[0])
        unit = f"，单位 {source.unit}" if source.unit else ""
        why = f"（{source.unit_reason}）" if source.unit_reason else ""
        rows.append(
            element(
                "tr",
                element("th", fact_name(checkup.region.facts, key), scope="row"),
                element("td", show_known(value, fact)),
                element("td", f"{place} {source.heading}{unit}{why}".strip()),
            )
        )
    if not rows:
        return None
    return element(
        "section",
        element("h2", f"用到的数据（{len(rows)} 项）"),
        table(
            "读到的数据和出处；有误请改原表后重新核对",
            ("数据", "值", "出处（原表标题和单位的依据）"),
            element("tbody", *rows),
            class_="facts",
        ),
    )


def footer(checkup: Checkup) -> Html:
    """Return the foot of every page: what the page is, and what it is not."""
    lines = (
        "本页按所列数据和规则版本自动核对，供自查和准备材料，不代替主管部门的审核决定。",
        "金额在显示时四舍五入；待遇、税收节省和额度性质不同，不相加。",
        f"核对日 {checkup.as_of.isoformat()} · {version_line(checkup)}",
    )
    return element("footer", *(element("p", line, class_="note") for line in lines))
