# SPDX-License-Identifier: Apache-2.0
"""The few who changed between two runs, looked at closely in both of them.

What either run knew of them is taken out of its files once (`origins`), each pair of
subject and policy is tried in four worlds (`causes`), and the facts that turn an
answer are given the statements that they come from.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from ceyuan.facts.store import standing, view
from ceyuan.office.causes import FactChange, Side, why
from ceyuan.office.compared import Cause, Compared, Passage
from ceyuan.office.origins import Few, Origin, few, handles
from ceyuan.office.running import BACK_YEARS
from ceyuan.policies import facts_of
from ceyuan.policies.edges import facts_read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ceyuan.declarations.archive import Declared
    from ceyuan.facts.store import Kind, Reading, Snapshot
    from ceyuan.language import FactKey, Fixed, Setting
    from ceyuan.office.causes import Answer
    from ceyuan.office.running import Run

IDS = ("org", "key")


@dataclass(frozen=True, slots=True)
class World:
    """One run, with what it was made from."""

    run: Run
    declared: Declared
    kinds: Mapping[str, Kind]
    snapshot: Snapshot
    reading: Reading
    settings: Mapping[str, Mapping[str, Setting]]

    def side(self, policy: str) -> Side:
        """Return the rule of a policy, as this run asked it."""
        return Side(
            self.declared.region.rule(policy),
            self.run.as_of,
            self.run.base_year,
            self.settings.get(policy, {}),
        )

    def kind(self, subject: str) -> Kind:
        """Return the record type of a kind of subjects."""
        return next(k for k in self.kinds.values() if k.said.facts_of == subject)

    @property
    def withdrawn(self) -> frozenset[str]:
        """Return the batches that were known to be withdrawn."""
        return frozenset(self.snapshot.manifest["withdrawn"])

    @property
    def batches(self) -> frozenset[str]:
        """Return the batches that were read."""
        return frozenset(self.snapshot.batches)


@dataclass(slots=True)
class Changed:
    """The first of those who changed, per policy, and who came or went."""

    limit: int
    pairs: dict[str, list[tuple[int, str, Answer, Answer]]] = field(
        default_factory=dict
    )
    alone: dict[str, list[tuple[str, int, str]]] = field(default_factory=dict)

    def chosen(self, policies: Sequence[str], room: int) -> dict[str, int]:
        """Return how many pairs of each policy are looked at: equal shares."""
        left = {p: len(self.pairs.get(p, ())) for p in policies}
        taken = dict.fromkeys(policies, 0)
        while room > 0 and any(left.values()):
            open_ = [p for p in policies if left[p]]
            share = max(1, room // len(open_))
            for policy in open_:
                some = min(share, left[policy], room)
                taken[policy] += some
                left[policy] -= some
                room -= some
        return taken


def trace(
    made: Compared,
    subject: str,
    a: World,
    b: World,
    changed: Changed,
    progress: Callable[[str, int], None],
) -> None:
    """Find the causes for some of the subjects of a kind; they join `made`."""
    policies = [p for p, one in made.policies.items() if one.subject == subject]
    room = made.limit - len(made.causes)
    chosen = changed.chosen(policies, room)
    alone = changed.alone.get(subject, [])[: made.limit - len(made.passages)]
    orgs = {pair[0] for p in policies for pair in changed.pairs.get(p, ())[: chosen[p]]}
    orgs |= {org for _, org, _ in alone}
    if not orgs:
        return
    close_a, close_b = Close.of(a, subject, orgs), Close.of(b, subject, orgs)
    for side, org, key in alone:
        made.passages.append(_passage(subject, side, org, key, close_a, close_b))
    done = 0
    for policy in policies:
        wanted = changed.pairs.get(policy, ())[: chosen[policy]]
        if not wanted:
            continue
        sides = a.side(policy), b.side(policy)
        names = facts_read(sides[0].rule) | facts_read(sides[1].rule)
        seen_a = close_a.seen(names, made)
        seen_b = close_b.seen(names, made)
        for org, key, before, after in wanted:
            found = why(
                *sides,
                seen_a.facts(org, key),
                seen_b.facts(org, key),
                (before, after),
            )
            facts = tuple(
                _sourced(one, org, key, seen_a, seen_b) for one in found.facts
            )
            kind = found.kind
            reasons = {one.why for one in facts}
            if kind == "facts" and len(reasons) == 1:
                only = reasons.pop()
                if only in ("identity", "withdrawn", "dates"):
                    kind = only
            made.policies[policy].causes[kind] += 1
            code, name = close_b.name(org) or close_a.name(org) or ("", "")
            made.causes.append(
                Cause(
                    subject,
                    org,
                    key,
                    code,
                    name,
                    policy,
                    before,
                    after,
                    kind,
                    facts,
                    found.rules,
                )
            )
            done += 1
            progress(f"{subject} 原因 (causes)", done)


@dataclass(slots=True)
class Close:
    """One run, looked at closely: what it knew of a few organisations."""

    world: World
    kind: Kind
    feeds: tuple[Kind, ...]
    few: Few

    @classmethod
    def of(cls, world: World, subject: str, orgs: set[int]) -> Close:
        """Return what a run knew of some organisations."""
        kind = world.kind(subject)
        feeds = tuple(
            k for k in world.kinds.values() if k.feeds and world.reading.has(k.id)
        )
        types = [kind.id, *(k.id for k in feeds)]
        if kind.id != "firm" and "firm" in world.kinds:
            types.append("firm")
        return cls(world, kind, feeds, few(world.reading, orgs, types))

    def name(self, org: int) -> tuple[str, str] | None:
        """Return code and name; None where nothing is said."""
        for record in dict.fromkeys(("firm", self.kind.id)):
            found = self.few.name(record, org)
            if any(found):
                return found
        return None

    def seen(self, names: frozenset[str], made: Compared) -> Seen:
        """Return what is held of the few, of the facts that a policy reads."""
        low = min(made.a.base_year, made.b.base_year) - BACK_YEARS
        high = max(made.a.base_year, made.b.base_year) + 2
        keys: list[FactKey] = []
        for name in sorted(names & set(self.kind.attributes)):
            yearly = self.kind.attributes[name].yearly
            keys += [(name, y) for y in range(low, high)] if yearly else [(name, None)]
        held = view(self.few.reading, self.kind, keys, feeds=self.feeds)
        rows = {
            (org, key): row
            for row, (org, key) in enumerate(held.ids.select(*IDS).iter_rows())
        }
        return Seen(self, held, rows)


@dataclass(slots=True)
class Seen:
    """Facts of the few that one policy reads."""

    close: Close
    held: Any
    rows: Mapping[tuple[int, str], int]

    def facts(self, org: int, key: str) -> Fixed:
        """Return the facts of one subject."""
        row = self.rows[org, key]
        rules = self.close.world.declared.region.rules
        symbols = next(iter(rules.values())).scope.facts
        return facts_of(self.held.frame, row, symbols, self.held.linked).with_values(
            self.held.exact.get(row, {})
        )


def _sourced(one: FactChange, org: int, key: str, a: Seen, b: Seen) -> FactChange:
    """Return a changed fact with where it was stated, and why it is another."""
    feed = next((k for k in a.close.world.kinds.values() if k.feeds == one.name), None)
    if feed is None:
        before, after = (
            tuple(
                o
                for o in (
                    s.close.few.origin(s.close.kind, org, key, one.name, one.year),
                )
                if o is not None
            )
            for s in (a, b)
        )
    else:
        before, after = _of_list(feed.id, org, a, b), _of_list(feed.id, org, b, a)
    return replace(
        one,
        origins_before=before,
        origins_after=after,
        why=_why(before, after, org, a.close, b.close),
    )


def _of_list(record: str, org: int, own: Seen, other: Seen) -> tuple[Origin, ...]:
    """Return where the records were stated that only one of the runs has."""
    tables = []
    for seen in (own, other):
        kind = seen.close.world.kinds[record]
        held = standing(seen.close.few.reading, kind, only=kind.fields)
        rows = held.filter(pl.col("org") == org).drop("org").to_dicts()
        tables.append({row.pop("key"): row for row in rows})
    mine, theirs = tables
    kind = own.close.world.kinds[record]
    found = []
    for key in sorted(mine):
        if mine[key] != theirs.get(key):
            origin = own.close.few.of_record(kind, org, key)
            found += [] if origin is None or origin in found else [origin]
    return tuple(found)


def _why(
    before: tuple[Origin, ...],
    after: tuple[Origin, ...],
    org: int,
    a: Close,
    b: Close,
) -> Any:  # noqa: ANN401
    """Return why another statement counts, or none any more."""
    if any(o.batch in b.world.withdrawn for o in before) or any(
        o.batch in a.world.withdrawn for o in after
    ):
        return "withdrawn"
    of_a, of_b = handles(a.world.reading, org), handles(b.world.reading, org)
    if any(o.handle not in of_b for o in before) or any(
        o.handle not in of_a for o in after
    ):
        return "identity"
    if any(not _knows(a, o) for o in after) or any(not _knows(b, o) for o in before):
        return "stated"
    if not before and not after:
        return ""
    if a.world.run.as_of != b.world.run.as_of:
        return "dates"
    return "authority"


def _knows(close: Close, origin: Origin) -> bool:
    """Return whether a run knew of a statement."""
    if origin.known_at is not None and origin.known_at > close.world.reading.cut:
        return False
    return origin.statement is not None or origin.batch in close.world.batches


def _passage(
    subject: str, side: str, org: int, key: str, a: Close, b: Close
) -> Passage:
    own, other = (a, b) if side == "a" else (b, a)
    code, name = own.name(org) or ("", "")
    moved = any(
        org not in handles(other.world.reading, org)
        or handle not in handles(other.world.reading, org)
        for handle in handles(own.world.reading, org)
    )
    stated = {
        one.batch.id: one.batch
        for one, _ in own.few.rows(own.kind.id, org, key)
        if one.batch is not None
    }
    if moved:
        reason = "identity"
    elif stated and set(stated) <= other.world.withdrawn:
        reason = "withdrawn"
    elif not other.few.rows(own.kind.id, org, key):
        reason = "stated"
    else:
        reason = "dates"
    return Passage(subject, org, key, code, name, side, reason)
