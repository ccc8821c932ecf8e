# SPDX-License-Identifier: Apache-2.0
"""Two stored runs: who is decided otherwise, and because of what.

The stored decisions of both are joined part by part, never all in memory: both are
sorted by organisation, so what lies before the nearer of the two ends is complete.
Counting is over everybody. The cause is found for some of those who changed, by
deciding them again (`causes`); organisations are in the order of their hashed
handles, so the first ones are as good as drawn by lot, and it is said how many of
how many were looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from ceyuan.facts.store import find_snapshot, kinds, of_snapshot
from ceyuan.kernel import UsageError
from ceyuan.office.compared import Compared, PolicyDiff
from ceyuan.office.parameters import typed_settings
from ceyuan.office.running import check
from ceyuan.office.runs import find, frames
from ceyuan.office.tracing import IDS, Changed, World, trace
from ceyuan.policies import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ceyuan.office.memory import Memory
    from ceyuan.office.running import Run

LIMIT = 1000


def compare(
    memory: Memory,
    a: str,
    b: str,
    *,
    limit: int = LIMIT,
    progress: Callable[[str, int], None] = lambda _, __: None,
) -> Compared:
    """Return how two stored runs differ, and why.

    Args:
        memory: The office's memory.
        a: The first run: its id, the beginning of it, or `last`.
        b: The second.
        limit: For at most so many changed pairs of subject and policy, and for so
            many subjects of one run only, the cause is found.
        progress: Called with what is being done and how many are done.

    Raises:
        UsageError: There is no such run, or they are of two regions.
        Damaged: A sealed file is missing or was altered.
        CeyuanError: The declarations of a run are not kept any more.
    """
    if limit < 0:
        msg = f"上限不能是负数：{limit} (the limit is negative)"
        raise UsageError(msg)
    run_a, run_b = find(memory, a), find(memory, b)
    if run_a.region != run_b.region:
        msg = f"{run_a.id} 与 {run_b.id} 不是同一地区的判定 (runs of two regions)"
        raise UsageError(msg, hint="`ceyuan runs` 列出每次判定的地区")
    world_a, world_b = _world(memory, run_a), _world(memory, run_b)
    made = Compared(run_a, run_b, limit)
    made.facts = {**world_a.declared.region.facts, **world_b.declared.region.facts}
    of_a = {p for policies in run_a.policies.values() for p in policies}
    of_b = {p for policies in run_b.policies.values() for p in policies}
    made.only_a_policies = tuple(sorted(of_a - of_b))
    made.only_b_policies = tuple(sorted(of_b - of_a))
    changed = Changed(limit)
    for subject in dict.fromkeys([*run_a.policies, *run_b.policies]):
        policies = [
            p
            for p in run_a.policies.get(subject, ())
            if p in run_b.policies.get(subject, ())
        ]
        for policy in policies:
            made.policies[policy] = PolicyDiff(policy, subject)
        done = 0
        for old, new in _aligned(
            frames(memory, run_a, subject), frames(memory, run_b, subject)
        ):
            _count(made, subject, policies, old, new, changed)
            done += max(old.height, new.height)
            progress(subject, done)
    for world in (world_a, world_b):
        check(memory, world.reading)
    for subject in made.both:
        trace(made, subject, world_a, world_b, changed, progress)
    return made


def _world(memory: Memory, run: Run) -> World:
    declared = memory.declared_then(run.declarations, run.region)
    types = kinds(declared.records, declared.region.facts)
    with memory.transaction() as conn:
        snapshot = find_snapshot(conn, run.snapshot)
        reading = of_snapshot(conn, memory.shelf, snapshot, as_of=run.as_of)
    settings = typed_settings(declared.region, run.settings)
    return World(run, declared, types, snapshot, reading, settings)


# --- counting -----------------------------------------------------------------------


def _aligned(
    a: Iterator[pl.DataFrame], b: Iterator[pl.DataFrame]
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Yield pieces of two sorted streams that cover the same organisations."""
    left = right = None
    while True:
        left = _more(left, a)
        right = _more(right, b)
        if left is None or right is None:
            break
        end = min(left["org"][-1], right["org"][-1])
        heads = [side.filter(pl.col("org") <= end) for side in (left, right)]
        yield heads[0], heads[1]
        left, right = (side.filter(pl.col("org") > end) for side in (left, right))
    while left is not None:
        yield left, left.clear() if right is None else right
        left = _more(None, a)
    while right is not None:
        yield right.clear(), right
        right = _more(None, b)


def _more(
    held: pl.DataFrame | None, stream: Iterator[pl.DataFrame]
) -> pl.DataFrame | None:
    """Return what is held, or the next part that has rows; None at the end."""
    while held is None or not held.height:
        held = next(stream, None)
        if held is None:
            return None
    return held


def _count(
    made: Compared,
    subject: str,
    policies: Sequence[str],
    old: pl.DataFrame,
    new: pl.DataFrame,
    changed: Changed,
) -> None:
    ids = (
        old.select(*IDS)
        .with_row_index("i")
        .join(
            new.select(*IDS).with_row_index("j"),
            on=IDS,
            how="full",
            coalesce=True,
            nulls_equal=True,
        )
        .sort(*IDS)
    )
    alone = changed.alone.setdefault(subject, [])
    for side, column, total in (("a", "j", made.only_a), ("b", "i", made.only_b)):
        gone = ids.filter(pl.col(column).is_null())
        total[subject] = total.get(subject, 0) + gone.height
        for org, key in gone.head(changed.limit - len(alone)).select(*IDS).iter_rows():
            alone.append((side, org, key))
    both = ids.filter(pl.col("i").is_not_null() & pl.col("j").is_not_null())
    made.both[subject] = made.both.get(subject, 0) + both.height
    old, new = old[both["i"]], new[both["j"]]
    for policy in policies:
        _count_policy(made.policies[policy], both, old, new, changed)


def _count_policy(
    diff: PolicyDiff,
    ids: pl.DataFrame,
    old: pl.DataFrame,
    new: pl.DataFrame,
    changed: Changed,
) -> None:
    policy, amount = diff.policy, f"{diff.policy}:amount"
    pairs = pl.DataFrame({"a": old[policy], "b": new[policy]})
    for a, b, number in pairs.group_by("a", "b").len().iter_rows():
        diff.outcomes[a, b] += number
    differs = old[policy] != new[policy]
    clauses = pl.Series([False]).new_from_index(0, old.height)
    for mask in ("met", "open"):
        one, other = old[f"{policy}:{mask}"], new[f"{policy}:{mask}"]
        clauses |= one.cast(pl.UInt64) != other.cast(pl.UInt64)
    diff.clauses += int(clauses.sum())
    sums = [
        f[amount]
        if amount in f.columns
        else pl.Series([None], dtype=pl.Int64).new_from_index(0, f.height)
        for f in (old, new)
    ]
    other_sum = sums[0].ne_missing(sums[1])
    diff.amounts += int(other_sum.sum())
    diff.amount_before += int(sums[0].cast(pl.Int128).sum())
    diff.amount_after += int(sums[1].cast(pl.Int128).sum())
    turned = differs | other_sum
    diff.changed += int(turned.sum())
    known = changed.pairs.setdefault(policy, [])
    for row in turned.arg_true().head(changed.limit - len(known)):
        known.append(
            (
                ids["org"][row],
                ids["key"][row],
                (OUTCOMES[old[policy][row]], sums[0][row]),
                (OUTCOMES[new[policy][row]], sums[1][row]),
            )
        )
