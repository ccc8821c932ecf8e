# SPDX-License-Identifier: Apache-2.0
"""Linked records: the certificates and patents that columns or lists tell of.

In a list each line is a record; in a firm's own row a heading may name the kind and
the field together (`高企证书有效期至`). The one hard idea is that finding none means
"there is none" only where the list says that it is complete.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from ceyuan.facts.table import NO_RECORDS, RecordColumn
from ceyuan.facts.unitwords import plain
from ceyuan.facts.values import (
    Codes,
    Fault,
    Number,
    fold,
    quoted,
    read_day,
    read_flag,
    read_number,
)
from ceyuan.kernel import add_years

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ceyuan.declarations.facts import Fact, Field
    from ceyuan.facts.drafts import Plan, RecordDraft
    from ceyuan.facts.headings import Lexicon
    from ceyuan.facts.log import Log
    from ceyuan.facts.table import Value
    from ceyuan.sheets.model import CellValue

_COMPLETE = re.compile(
    r"完整的?(?:名单|清单|列表|目录|版|导出|数据)|全量"
    r"|(?:全部|所有|全体)的?(?:有效)?(?:名单|清单|证书|专利|软著|资质|记录|数据|认定企业)"
    r"|[（(](?:完整|全部|齐全)[)）]"
    r"|\b(?:complete|full|exhaustive)[ _-](?:list|register|export)"
)
_NEGATED = re.compile(r"[不非未否无]|\b(?:not|no|in)\W*(?:an? )?$")
_TERM = re.compile(r"(\d{1,2}|[一二三四五六七八九十])年\Z")


def kind_field(fact: Fact) -> str:
    """Return the field that tells the kinds of record apart; "" if none does."""
    return next((n for n, f in fact.fields.items() if f.kind == "code"), "")


def says_complete(texts: Iterable[str]) -> str:
    """Return the words in which a list says that it is complete; "" if not."""
    for text in texts:
        found = _COMPLETE.search(text.casefold())
        before = (
            text.casefold()[max(0, found.start() - 4) : found.start()] if found else ""
        )
        if found and not _NEGATED.search(before):
            return f"“{text}”里写明“{found[0]}”"
    return ""


def kind_in(texts: Iterable[str], fact: Fact) -> str:
    """Return the one kind of record that titles name; "" if none or several."""
    field = fact.fields.get(kind_field(fact))
    if field is None:
        return ""
    text = plain(" ".join(texts))
    words = sorted(
        (
            (plain(word), code)
            for code, entry in field.codes.items()
            for word in (entry.zh, entry.en, *entry.synonyms)
        ),
        key=lambda pair: -len(pair[0]),
    )
    found = []
    for word, code in words:
        if word and word in text:
            found.append(code)
            text = text.replace(word, " ")
    return found[0] if len(set(found)) == 1 else ""


def own_records(
    plan: Plan, rows: Sequence[int], lexicon: Lexicon, log: Log
) -> dict[str, RecordColumn]:
    """Return the records that columns of the firms' own sheet tell of."""
    found: dict[str, RecordColumn] = {}
    sheet = plan.layout.sheet.name
    loose = [d for d in plan.fields if not d.target.code]
    for draft in loose:
        log.note(
            "R213",
            f"{draft.head.letter} 列“{draft.head.text}”没有使用：看不出说的是哪一种",
            sheet=sheet,
            column=draft.head.letter,
        )
    groups: dict[tuple[str, str], list[RecordDraft]] = {}
    for draft in plan.fields:
        if draft.target.code:
            key = (draft.target.fact, draft.target.code)
            groups.setdefault(key, []).append(draft)
    for (name, code), drafts in groups.items():
        fact = lexicon.facts[name]
        records = read_records(plan, drafts, rows, fact, kind=code, log=log)
        column = found.setdefault(
            name,
            RecordColumn(
                name,
                [NO_RECORDS] * len(rows),
                file=log.file,
                sheet=sheet,
                reason="本表的列，没有说明是否完整",
            ),
        )
        column.own_kinds |= {code}
        column.records = [
            (*(old or ()), *((new,) if len(new) > 1 else ()))
            for old, new in zip(column.records, records, strict=True)
        ]
    return found


def read_records(
    plan: Plan,
    drafts: Sequence[RecordDraft],
    rows: Sequence[int],
    fact: Fact,
    *,
    kind: str,
    log: Log,
) -> list[dict[str, Value]]:
    """Return one record per row; fields that are blank or faulty are left out."""
    field = kind_field(fact)
    start: dict[str, Value] = {field: kind} if kind and field else {}
    records = [dict(start) for _ in rows]
    sheet = plan.layout.sheet
    lasting: dict[tuple[int, str], tuple[str, int]] = {}
    for draft in drafts:
        part = fact.fields.get(draft.target.field)
        if part is None:
            continue
        codes = Codes(part.codes, prefix=False)
        since = _earlier_day(fact, draft.target.field)
        for index, (record, at) in enumerate(zip(records, rows, strict=True)):
            cell = sheet.rows[at][draft.head.column]
            if since and (years := _lasting(cell)):
                lasting[index, draft.target.field] = (since, years)
                continue
            value = _read(part, cell, codes)
            if isinstance(value, Fault):
                log.problem(
                    value.code,
                    f"“{part.zh}”一格写的是{quoted(cell)}，{value.why}；按未知处理",
                    mend=value.mend,
                    sheet=sheet.name,
                    row=at + 1,
                    column=draft.head.letter,
                )
            elif value is not None:
                record[draft.target.field] = value
    for (index, field), (since, years) in lasting.items():
        start_day = records[index].get(since)
        if isinstance(start_day, date):
            records[index][field] = add_years(start_day, years)
    return records


def _earlier_day(fact: Fact, field: str) -> str:
    """Return the date field before this one, from which `三年` counts."""
    names = [n for n, f in fact.fields.items() if f.kind == "date"]
    at = names.index(field) if field in names else 0
    return names[at - 1] if at else ""


def _lasting(cell: CellValue) -> int:
    """Return the years of a term such as `三年`; 0 if the cell holds no term."""
    found = _TERM.match(fold(cell)) if isinstance(cell, str) else None
    if not found:
        return 0
    return (
        int(found[1])
        if found[1].isdecimal()
        else "零一二三四五六七八九十".index(found[1])
    )


def _read(part: Field, cell: CellValue, codes: Codes) -> Value | Fault | None:
    if part.kind == "date":
        return read_day(cell)
    if part.kind == "flag":
        return read_flag(cell)
    if part.kind == "code":
        return codes.read(cell)
    if part.kind == "text":
        return str(cell).strip() or None if cell is not None else None
    reading = read_number(cell)
    if isinstance(reading, Number):
        return Fault("R236", "带有单位", "只填写数字")
    if reading is None or isinstance(reading, Fault):
        return reading
    whole = int(reading)
    return whole if whole == reading else Fault("R230", "不是整数", "填写整数")
