# SPDX-License-Identifier: Apache-2.0
"""What is checked before a simulation is believed.

A reform without changes must change nothing: policies taken apart into their trees
and put together again decide every subject of a batch as before. And the policies as
they are must say what a stored run of the same facts says.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

import polars as pl

from ceyuan.declarations.patch import recomposed
from ceyuan.engine import open_shape
from ceyuan.kernel import CeyuanError, UsageError
from ceyuan.policies.batch import OUTCOMES, plan
from ceyuan.policies.rows import taken
from ceyuan.policies.simulated import Checks, Difference

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from ceyuan.declarations import Rule
    from ceyuan.engine import Linked
    from ceyuan.language import Fixed, Setting

Batch: TypeAlias = "tuple[pl.DataFrame, Mapping[str, Linked], Mapping[int, Fixed]]"
ROWS = 16_384
"""Subjects on whom a reform without changes is tried: the first ones."""
_FIRST = 10
"""So many differences are told one by one."""


def try_empty(
    rules: Sequence[Rule],
    batch: Batch,
    *,
    as_of: date,
    base_year: int,
    settings: Mapping[str, Mapping[str, Setting]],
) -> Checks:
    """Decide the first of a batch by policies as they are, and as rebuilt without changes.

    Raises:
        CeyuanError: Any outcome, clause or amount differs.
    """
    frame, linked, exact = _head(batch)
    found = []
    for side in (rules, [recomposed(rule) for rule in rules]):
        ready = plan(
            side,
            open_shape(frame.columns, frozenset(linked)),
            as_of=as_of,
            base_year=base_year,
            settings=settings,
            with_ends=True,
        )
        if rules:
            found.append(ready.run(frame, linked, exact=exact))
    for column in found[0].columns if found else ():
        apart = found[0][column].ne_missing(found[1][column])
        if apart.any():
            msg = (
                f"a reform without changes changes `{column}` of "
                f"{apart.sum()} subjects; nothing is simulated"
            )
            raise CeyuanError(msg, hint="please report it with the policy's file")
    return Checks(frame.height if rules else 0, len(rules))


def _head(batch: Batch) -> Batch:
    """Return the first rows of a batch, with their linked records."""
    if batch[0].height <= ROWS:
        return batch
    return taken(*batch, pl.arange(0, ROWS, eager=True))


class Stored:
    """The decisions of a stored run, read alongside in whatever pieces they come."""

    def __init__(self, frames: Iterable[pl.DataFrame], id_column: str) -> None:
        self._frames = iter(frames)
        self._id = id_column
        self._rest: pl.DataFrame | None = None
        self._rows = 0
        self._differing = 0
        self._first: list[Difference] = []
        self._missing: set[str] = set()

    def compare(
        self,
        decisions: Mapping[str, pl.Series],
        frame: pl.DataFrame,
        start: int,
        policies: Sequence[str],
    ) -> None:
        """Compare outcome and amount of the policies as they are, on one batch."""
        stored = self._take(frame.height)
        self._rows += stored.height
        ids = frame.get_column(self._id, default=None)
        if ids is not None and self._id in stored:
            self._one(self._id, stored[self._id], ids, start, ids)
        for policy in policies:
            if policy not in decisions:  # a policy that the reform adds
                continue
            if policy not in stored:
                self._missing.add(policy)
                continue
            for column in (policy, f"{policy}:amount"):
                if column in stored and column in decisions:
                    mine = decisions[column]
                    self._one(column, stored[column], mine, start, ids)

    def _one(
        self,
        column: str,
        theirs: pl.Series,
        mine: pl.Series,
        start: int,
        ids: pl.Series | None,
    ) -> None:
        apart = theirs.cast(mine.dtype).ne_missing(mine)
        rows = apart.arg_true()
        self._differing += len(rows)
        for row in rows.head(_FIRST - len(self._first)):
            values = [theirs[row], mine[row]]
            if mine.dtype == pl.UInt8 and ":" not in column:
                values = [_word(value) for value in values]
            who = start + row if ids is None else ids[row]
            self._first.append(Difference(who, column, *values))

    def _take(self, rows: int) -> pl.DataFrame:
        pieces: list[pl.DataFrame] = []
        while rows:
            if self._rest is None or not self._rest.height:
                self._rest = next(self._frames, None)
                if self._rest is None:
                    msg = "the stored run has fewer rows than the facts"
                    raise UsageError(
                        msg, hint="compare with a run of the same snapshot"
                    )
            pieces.append(self._rest.head(rows))
            rows -= pieces[-1].height
            self._rest = self._rest.slice(pieces[-1].height)
        return pl.concat(pieces) if pieces else pl.DataFrame()

    def checks(self, known: Checks, policies: Sequence[str]) -> Checks:
        """Return what was checked, with the comparison."""
        more = self._rest is not None and self._rest.height
        if more or any(frame.height for frame in self._frames):
            msg = "the stored run has more rows than the facts"
            raise UsageError(msg, hint="compare with a run of the same snapshot")
        return replace(
            known,
            stored_rows=self._rows,
            differing=self._differing,
            differences=tuple(self._first),
            not_stored=tuple(p for p in policies if p in self._missing),
        )


def _word(code: object) -> object:
    if not isinstance(code, int) or code not in OUTCOMES:
        return code
    outcome = OUTCOMES[code]
    return "refused" if outcome is None else outcome.value
