# SPDX-License-Identifier: Apache-2.0
"""Some of a frame: one row as the interpreter takes it, some rows, what is read."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import polars as pl

from ceyuan.engine import Linked, beyond, count, prepare, within
from ceyuan.kernel import ABSENT
from ceyuan.language import FactSymbol, Fixed, names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ceyuan.declarations import Rule
    from ceyuan.language import Program, Reads


def facts_of(
    frame: pl.DataFrame,
    row: int,
    facts: Mapping[str, FactSymbol],
    linked: Mapping[str, Linked],
) -> Fixed:
    """Return one row of a frame as the interpreter takes it."""
    values: dict[tuple[str, int | None], object] = {}
    for column in frame.columns:
        absent = column.endswith("!")
        name, _, year = column.rstrip("!").partition("@")
        key = (name, int(year) if year else None)
        symbol = facts.get(name)
        cell = frame[column][row]
        if symbol is None or cell is None:
            continue
        if absent:
            if cell and key not in values:
                values[key] = ABSENT
        elif symbol.kind == "number":
            values[key] = Fraction(cell, 10**symbol.decimals)
        elif symbol.kind == "codes":
            values[key] = frozenset(cell)
        else:
            values[key] = cell
    records = {}
    for name, one in linked.items():
        if not one.linked[row]:
            continue
        own = one.frame.filter(pl.col("row") == row).drop("row")
        found = tuple(
            {k: v for k, v in record.items() if v is not None}
            for record in own.iter_rows(named=True)
        )
        covered = frozenset(code for code, bits in one.covered.items() if bits[row])
        whole = True if one.complete[row] else covered or False
        records[name] = (found, whole)
    return Fixed(values, records)  # type: ignore[arg-type]


def taken(
    frame: pl.DataFrame,
    linked: Mapping[str, Linked],
    exact: Mapping[int, Fixed],
    rows: pl.Series,
) -> tuple[pl.DataFrame, dict[str, Linked], dict[int, Fixed]]:
    """Return some rows of a batch, with their linked records, numbered anew.

    Args:
        frame: The facts.
        linked: Linked records by name.
        exact: The facts of rows that do not fit the frame.
        rows: Which rows, rising.
    """
    places = pl.DataFrame({"row": rows.cast(pl.Int64)}).with_row_index("place")
    return (
        frame[rows],
        {
            name: Linked(
                one.frame.with_columns(pl.col("row").cast(pl.Int64))
                .join(places, on="row", how="inner", maintain_order="left")
                .with_columns(pl.col("place").cast(pl.Int64).alias("row"))
                .drop("place"),
                one.linked[rows],
                one.complete[rows],
                {code: bits[rows] for code, bits in one.covered.items()},
            )
            for name, one in linked.items()
        },
        {place: exact[row] for place, row in enumerate(rows) if row in exact}
        if exact
        else {},
    )


def only(frame: pl.DataFrame, facts: frozenset[str]) -> pl.DataFrame:
    """Return the columns of some facts, of every year, and what marks them absent."""
    columns = [c for c in frame.columns if c.rstrip("!").partition("@")[0] in facts]
    if not columns:  # the height of a frame is that of its columns
        columns = frame.columns[:1]
    return frame.select(columns)


def read_by(rules: Iterable[Rule]) -> frozenset[str]:
    """Return the facts that policies may read, through derived ones too."""
    return frozenset().union(*(_read_by(rule) for rule in rules))


def _read_by(rule: Rule) -> frozenset[str]:
    facts = rule.scope.facts
    waiting = {n for d in rule.scope.definitions.values() for n in names(d.node)}
    waiting |= {"reg_date"}  # says which years cannot exist
    waiting |= {p.judged for p in rule.said.parameters.values() if p.judged}
    if rule.said.variants is not None:
        waiting.add(rule.said.variants.fact)
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in found or name not in facts:
            continue
        found.add(name)
        derive = facts[name].derive
        if derive is not None:
            waiting |= names(derive)
    return frozenset(found)


def program_inputs(
    program: Program,
    reads: Reads,
    frame: pl.DataFrame,
    linked: Mapping[str, Linked],
) -> tuple[dict[str, pl.Series], pl.Series | None]:
    """Return a program's inputs for a batch, and the rows that do not fit.

    Args:
        program: What will be run.
        reads: The facts that it reads.
        frame: Facts, one row per subject.
        linked: Linked records by name.

    Returns:
        The inputs by name, and a mask of the rows with a number beyond what was
        proved; None where there is none. Such numbers are not among the inputs.
    """
    wanted = set(program.inputs.values())
    inputs, far = prepare(frame, reads, wanted), None
    if not within(inputs, reads):
        far = beyond(frame, reads)
    if far is not None:  # what was not proved must not reach the columns
        kept = frame.select(
            pl.when(~far).then(pl.col(n)).alias(n) for n in frame.columns
        )
        inputs = prepare(kept, reads, wanted)
    inputs |= count(reads.tallies.values(), linked, frame.height)
    return inputs, far
