# SPDX-License-Identifier: Apache-2.0
"""What one row says that cannot all be true.

A part larger than its whole, a title denied beside its own certificate: one of the
two cells is wrong and nobody here can tell which. The part, or the flag, is the one
that becomes unknown, because more hangs on the whole than on the part.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from ceyuan.facts.merge import shown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from ceyuan.declarations.facts import Fact
    from ceyuan.facts.log import Log
    from ceyuan.facts.table import FactTable, Record

HELD = re.compile(r"held\(\s*'(\w+)'\s*\)\Z")


def check_parts(table: FactTable, dictionary: Mapping[str, Fact], log: Log) -> None:
    """Make parts that exceed their whole unknown, and say so."""
    for key, column in table.columns.items():
        fact = dictionary[key[0]]
        whole = table.columns.get((fact.part_of or "", key[1]))
        if whole is None:
            continue
        for index, (part, all_) in enumerate(
            zip(column.values, whole.values, strict=True)
        ):
            if (
                isinstance(part, (int, Fraction))
                and isinstance(all_, (int, Fraction))
                and part > all_
            ):
                row = table.rows[index]
                log.problem(
                    "R238",
                    f"“{fact.zh}”{shown(part, fact)} 大于“{dictionary[fact.part_of or ''].zh}”"
                    f"{shown(all_, fact)}（{whole.column}{row.row}）；前者按未知处理",
                    mend="核对这两格，改正其中一格",
                    sheet=row.sheet,
                    row=row.row,
                    column=column.column,
                )
                column.values[index] = None


def check_titles(
    table: FactTable, dictionary: Mapping[str, Fact], as_of: date, log: Log
) -> None:
    """Make flags that the row's own certificate contradicts unknown, and say so."""
    for name, fact in dictionary.items():
        held = HELD.match(fact.derive or "")
        flags = table.columns.get((name, None))
        if not held or flags is None:
            continue
        for records in table.records.values():
            for index, own in enumerate(records.records):
                flag = flags.values[index]
                for record in own or ():
                    if flag is None or held[1] not in record.values():
                        continue
                    why = _against(record, as_of, is_held=flag is True)
                    if why:
                        row = table.rows[index]
                        log.problem(
                            "R274",
                            f"“{fact.zh}”写“{'是' if flag else '否'}”，但{why}；按未知处理",
                            mend="核对证书，改正其中一格",
                            sheet=row.sheet,
                            row=row.row,
                            column=flags.column,
                        )
                        flags.values[index] = None


def _against(record: Record, as_of: date, *, is_held: bool) -> str:
    until = record.get("valid_until")
    if until is None:
        return ""
    in_force = until >= as_of  # type: ignore[operator]
    if in_force == is_held:
        return ""
    return f"证书有效期至 {until}，{'仍在有效期内' if in_force else '已经过期'}"
