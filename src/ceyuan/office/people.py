# SPDX-License-Identifier: Apache-2.0
"""Personal data on their way in: sealed before anything of them is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from ceyuan.facts.store.columns import MARK
from ceyuan.facts.store.persons import person_slots
from ceyuan.facts.store.sealing import seal_values
from ceyuan.kernel import Problem

if TYPE_CHECKING:
    from ceyuan.facts.store import Kind
    from ceyuan.office.memory import Memory


def sealed(
    memory: Memory, kind: Kind, frame: pl.DataFrame, file: str
) -> tuple[pl.DataFrame, list[Problem]]:
    """Put sealed bytes for what is personal; the plain words go no further.

    Whoever the data are of is named by a number that the key ring and the catalogue
    share; with his key gone, nobody can say any more whose number it was.
    """
    ring = memory.keyring()
    person = kind.said.person
    if person not in frame.columns:
        frame = frame.with_columns(pl.lit(None, dtype=pl.String).alias(person))
    naturals = [None if v is None else str(v) for v in frame[person]]
    unique = sorted({n for n in naturals if n is not None})
    with memory.transaction() as conn:
        slots = dict(zip(unique, person_slots(conn, ring, unique), strict=True))
    of_row = [None if n is None else slots[n] for n in naturals]
    problems: list[Problem] = []
    made = [pl.Series(person, [_pseudonym(s) for s in of_row], dtype=pl.String)]
    for name in sorted((kind.personal - {person}) & set(frame.columns)):
        values = frame[name]
        if isinstance(values.dtype, pl.List):
            values = values.list.join(",")
        texts = values.cast(pl.String).to_list()
        for at, (slot, text) in enumerate(zip(of_row, texts, strict=True)):
            if slot is None and text is not None:
                texts[at] = None
                problems.append(
                    Problem(
                        code="R406",
                        message=f"“{kind.attributes[name].zh}”是个人数据，"
                        "但这一行没有写明是谁的；这一格没有采用",
                        mend=f"补上“{kind.attributes[person].zh}”",
                        file=file,
                        row=frame["row"][at],
                    )
                )
        cells = seal_values(ring, of_row, texts, record_type=kind.id, attribute=name)
        made.append(pl.Series(name, cells, dtype=pl.Binary))
    frame = frame.with_columns(made)
    parts = [k for k in kind.said.key if k != "year"]
    if person in parts:  # the key names the person as well
        place = parts.index(person)
        keys = [
            MARK.join([*said[:place], _pseudonym(slot) or "", *said[place + 1 :]])
            for said, slot in zip(
                (key.split(MARK) for key in frame["key"]), of_row, strict=True
            )
        ]
        frame = frame.with_columns(pl.Series("key", keys, dtype=pl.String))
    return frame, problems


def _pseudonym(slot: int | None) -> str | None:
    return None if slot is None else f"p{slot}"
