# SPDX-License-Identifier: Apache-2.0
"""Counts over linked records: how many surely, how many at most, per subject."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from ceyuan.engine.frames import Linked, prepare, shape_of
from ceyuan.language import Answer, Compiler, Context, Graph, Reads, Scope, Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def count(
    tallies: Iterable[Tally], linked: Mapping[str, Linked], height: int
) -> dict[str, pl.Series]:
    """Return the prepared columns of all counts, for a batch of `height` subjects."""
    made: dict[str, pl.Series] = {}
    for tally in tallies:
        name = tally.records.name
        records = linked[name]
        made[f"bit:{name}#linked"] = records.linked
        made[f"bit:{name}#complete"] = records.complete
        for field in tally.records.fields.values():
            for code in field.codes:
                none = pl.repeat(value=False, n=height, dtype=pl.Boolean, eager=True)
                covered = records.covered.get(code, none)
                made[f"bit:{name}#complete:{code}"] = covered
        yes, can = _count(tally, records, height)
        made[f"int:{tally.name}#yes"] = yes
        made[f"int:{tally.name}#can"] = can
    return made


def _count(tally: Tally, records: Linked, height: int) -> tuple[pl.Series, pl.Series]:
    """Evaluate the condition on the records with the same compiler."""
    zeros = pl.zeros(height, dtype=pl.Int64, eager=True)
    if records.frame.height == 0:
        return zeros, zeros
    fields = dict(tally.records.fields)
    graph, reads = Graph(), Reads()
    shape = shape_of(records.frame)
    context = Context(tally.as_of, tally.as_of.year - 1)
    compiler = Compiler(graph, Scope(fields), context, shape, reads=reads)
    answer = compiler.ask(tally.test, absent_as=False)
    assert isinstance(answer, Answer)
    can = graph.not_(answer.no)
    program = graph.program([answer.yes, can])
    ready = prepare(records.frame, reads, set(program.inputs.values()))
    kept = program.run(ready)
    rows = records.frame["row"]

    def per_subject(bit: int) -> pl.Series:
        if bit < 0:
            hit = pl.repeat(bit == -1, records.frame.height, eager=True)
        else:
            hit = kept[bit]
        counted = (
            pl.DataFrame({"row": rows.cast(pl.Int64), "hit": hit})
            .group_by("row")
            .agg(pl.col("hit").sum().cast(pl.Int64))
        )
        base = pl.DataFrame({"row": pl.int_range(height, eager=True, dtype=pl.Int64)})
        return base.join(counted, on="row", how="left", maintain_order="left")[
            "hit"
        ].fill_null(0)

    return per_subject(answer.yes), per_subject(can)
