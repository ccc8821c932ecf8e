# SPDX-License-Identifier: Apache-2.0
"""Files of one import that contradict each other.

One source cannot mean both. Which of two files is right nobody can tell here, so what
was read first stands, what contradicts it is left out, and both values are named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from ceyuan.facts.store.columns import attributes_of
from ceyuan.kernel import Problem
from ceyuan.office.stating import from_cell, in_words

if TYPE_CHECKING:
    from ceyuan.facts.store import Kind

# Names of columns that no attribute has.
THERE, FILE, AT = "\x00", "\x00file", "\x00at"


def without_clashes(
    kind: Kind, frame: pl.DataFrame, seen: list[pl.DataFrame], file: str
) -> tuple[pl.DataFrame, list[Problem]]:
    """Leave out what contradicts a file read before this one.

    Args:
        kind: Record type.
        frame: The records of a file, nothing sealed yet.
        seen: What the files before it stated; this one's is added.
        file: Its name.

    Returns:
        What is left, and a problem for each record that was left out.
    """
    keys = ["org", "key", "year"]
    states = [n for n in attributes_of(frame) if n not in kind.hidden]
    earlier, problems = list(seen), []
    seen.append(
        frame.select([*keys, "row", *states]).with_columns(pl.lit(file).alias(FILE))
    )
    for other in earlier:
        both = [n for n in states if n in other.columns]
        joined = frame.with_row_index(AT).join(
            other, on=keys, how="inner", nulls_equal=True, suffix=THERE
        )
        differ = [
            pl.col(n).ne(pl.col(f"{n}{THERE}")).fill_null(value=False) for n in both
        ]
        clash = joined.filter(pl.any_horizontal(differ)) if differ else joined.clear()
        for row in clash.iter_rows(named=True):
            names = [
                n
                for n in both
                if row[n] is not None
                and row[f"{n}{THERE}"] is not None
                and row[n] != row[f"{n}{THERE}"]
            ]
            who = row["name"] or row["code"] or ("" if kind.hidden else row["key"])
            told = "、".join(
                f"“{kind.attributes[n].zh}”{_word(kind, n, row[n])}"
                f"（那里是 {_word(kind, n, row[n + THERE])}）"
                for n in names
            )
            problems.append(
                Problem(
                    code="R405",
                    message=f"{f'“{who}”的' if who else ''}{told}"
                    f"与本次导入的 {row[FILE]} 第 {row['row' + THERE]} 行矛盾，"
                    "后读到的这一条没有采用",
                    mend="查明哪个文件是对的，改正后重新导入；或按两个来源分别导入",
                    file=file,
                    row=row["row"],
                )
            )
        frame = (
            frame.with_row_index(AT)
            .filter(~pl.col(AT).is_in(clash[AT].implode()))
            .drop(AT)
        )
    return frame, problems


def _word(kind: Kind, name: str, cell: object) -> str:
    attribute = kind.attributes[name]
    return in_words(from_cell(cell, attribute), attribute)
