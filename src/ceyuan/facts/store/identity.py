# SPDX-License-Identifier: Apache-2.0
"""Who is who: organisations apart from their codes and names.

By default a handle (`ceyuan.facts.store.handles`) is an organisation. What differs
from that is an event, written once and never changed:

    recode          `org` has the code `code` from a day on; `other` is its handle
    rename          `org` has the name `name` from a day on
    merge           `other` is absorbed by `org` from a day on
    match           the name behind the handle `other` is `org`'s
    reject_match    it is not
    branch          `other` is a branch of `org`: a relation, not one organisation
    group           `org` controls `other`; the share may stand in `evidence`
    foreign_parent  `name` (handle `other`, when it is known) is `org`'s parent abroad
    unmerge         event `undoes` was a mistake

The one hard idea is that two kinds of sameness differ in time. A new code and a
matched name say that two handles were *always* one legal entity: a sheet of 2022
that is handed in with the code of 2024 tells of the same firm. A merger makes two
entities one *from its day on*; seen before that day they are two. So a handle leads
to its entity whatever the day, and the entity to the organisation of the day. What
is known, the other clock, decides which events count at all: one that was undone
counts until we knew better.

Spans reach from the first day to the day before `valid_to`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Final

import polars as pl

from ceyuan.kernel import CeyuanError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from psycopg import Connection

KINDS: Final = (
    "recode",
    "rename",
    "merge",
    "unmerge",
    "branch",
    "group",
    "foreign_parent",
    "match",
    "reject_match",
)
LASTING: Final = ("recode", "match")
"""Kinds that say that two handles were always one entity."""
UNWRITTEN: Final = datetime.min.replace(tzinfo=UTC)
"""When an event becomes known that has not been written down."""

_READ = """
select id, kind, org, other, code, name, valid_from, valid_to, undoes, actor, reason,
  evidence, known_at, sha
from identity_event
where %(known_at)s::timestamptz is null or known_at <= %(known_at)s
order by id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityEvent:
    """Something that was learnt of who is who; the columns of `identity_event`.

    Args:
        id: Its number; numbers grow in the order of writing.
        kind: One of `KINDS`.
        org: Handle of the organisation that it is about.
        other: Handle of the other one; what it is depends on the kind.
        code: Credit code (recode).
        name: Name (rename, foreign_parent; else for people to read).
        valid_from: First day on which it holds in the world.
        valid_to: First day on which it does not any more; None: it still does.
        undoes: Number of the event that was a mistake (unmerge).
        actor: Who wrote it.
        reason: Why.
        evidence: What it rests on.
        known_at: When we knew it.
        sha: SHA-256 of its canonical text.
    """

    id: int = 0
    kind: str
    org: int
    other: int | None = None
    code: str = ""
    name: str = ""
    valid_from: date
    valid_to: date | None = None
    undoes: int | None = None
    actor: str
    reason: str = ""
    evidence: str = ""
    known_at: datetime = UNWRITTEN
    sha: bytes = b""

    def holds_on(self, day: date) -> bool:
        """Return whether it holds in the world on a day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


def event_sha(event: IdentityEvent) -> bytes:
    """Return the SHA-256 of an event's canonical text: all but its number."""
    said = {
        field.name: getattr(event, field.name)
        for field in fields(event)
        if field.name not in {"id", "sha"}
    }
    said["valid_from"] = event.valid_from.isoformat()
    said["valid_to"] = event.valid_to.isoformat() if event.valid_to else None
    said["known_at"] = event.known_at.astimezone(UTC).isoformat(timespec="microseconds")
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).digest()


def read_events(
    conn: Connection, known_at: datetime | None = None
) -> tuple[IdentityEvent, ...]:
    """Return the events known at a moment, in the order of writing; None: all."""
    return tuple(
        IdentityEvent(
            id=row[0],
            kind=row[1],
            org=row[2],
            other=row[3],
            code=row[4] or "",
            name=row[5] or "",
            valid_from=row[6],
            valid_to=row[7],
            undoes=row[8],
            actor=row[9],
            reason=row[10],
            evidence=row[11],
            known_at=row[12].astimezone(UTC),
            sha=bytes(row[13]),
        )
        for row in conn.execute(_READ, {"known_at": known_at})
    )


def standing(
    events: Iterable[IdentityEvent], *, known_at: datetime | None = None
) -> list[IdentityEvent]:
    """Return the events that count at a moment of knowing, in the order of writing."""
    known = [e for e in events if known_at is None or e.known_at <= known_at]
    undone = {e.undoes for e in known if e.kind == "unmerge"}
    known = [e for e in known if e.kind != "unmerge" and e.id not in undone]
    known.sort(key=lambda e: e.id)
    return known


@dataclass(frozen=True, slots=True)
class Span:
    """A code or a name, and when it was used.

    Args:
        text: The code or the name.
        valid_from: First day.
        valid_to: First day on which it was not used any more; None: still in use.
    """

    text: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Parent:
    """A parent abroad.

    Args:
        name: Its name.
        handle: Its handle, when it is known by one.
        evidence: What it rests on, with the share where it is known.
    """

    name: str
    handle: int | None
    evidence: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is who on one day, as known at one moment. Made by `fold`."""

    as_of: date
    _entity: Mapping[int, int]
    _owner: Mapping[int, int]
    _events: Mapping[int, Sequence[IdentityEvent]]
    rejected: frozenset[tuple[int, int]]
    """Pairs (handle of a name, organisation) that are known not to be one."""

    @classmethod
    def fold(
        cls,
        events: Iterable[IdentityEvent],
        *,
        as_of: date,
        known_at: datetime | None,
    ) -> Identity:
        """Return who is who.

        Args:
            events: In any order.
            as_of: Day in the world.
            known_at: Moment of knowing; None: all that is known.

        Raises:
            CeyuanError: The events lead in a circle; writing refuses such events.
        """
        known = standing(events, known_at=known_at)
        # Where two events speak of one handle, the one written last counts.
        lasting = {
            e.other: e.org
            for e in known
            if e.kind in LASTING and e.other is not None and e.other != e.org
        }
        entity = _ends(lasting)
        taken: dict[int, int] = {}
        for e in known:
            if e.kind == "merge" and e.other is not None and e.holds_on(as_of):
                absorbed, owner = (entity.get(h, h) for h in (e.other, e.org))
                if absorbed != owner:
                    taken[absorbed] = owner
        owner_of = _ends(taken)
        about: dict[int, list[IdentityEvent]] = {}
        for e in known:
            for handle in {e.org, e.other} - {None}:
                about.setdefault(entity.get(handle, handle), []).append(e)  # type: ignore[arg-type]
        rejected = frozenset(
            (e.other, entity.get(e.org, e.org))
            for e in known
            if e.kind == "reject_match" and e.other is not None
        )
        return cls(as_of, entity, owner_of, about, rejected)

    def entity(self, handle: int) -> int:
        """Return the legal entity behind a handle, whatever the day."""
        return self._entity.get(handle, handle)

    def organisation(self, handle: int) -> int:
        """Return the organisation that a handle means on this day."""
        entity = self._entity.get(handle, handle)
        return self._owner.get(entity, entity)

    def mapping(self) -> pl.DataFrame:
        """Return `handle`, `org` of each handle that is another one's, by handle."""
        moved = {h: self.organisation(h) for h in (*self._entity, *self._owner)}
        pairs = sorted((h, org) for h, org in moved.items() if h != org)
        return pl.DataFrame(
            pairs, schema={"handle": pl.Int64, "org": pl.Int64}, orient="row"
        )

    def absorbed(self) -> frozenset[int]:
        """Return the handles of entities that another one has absorbed by the day."""
        return frozenset(
            handle
            for handle in (*self._entity, *self._owner)
            if self.organisation(handle) != self.entity(handle)
        )

    def handles(self, org: int) -> tuple[int, ...]:
        """Return all handles that mean an organisation on this day, sorted."""
        moved = {
            h for h in (*self._entity, *self._owner) if self.organisation(h) == org
        }
        return tuple(
            sorted(moved | ({org} if self.organisation(org) == org else set()))
        )

    def codes(self, handle: int) -> tuple[Span, ...]:
        """Return the codes stated of a legal entity, oldest first.

        The code that it had before the first recode stands in its records, not here,
        unless it was stated, too. Firms that it absorbed keep their own.
        """
        return self._history(handle, "recode")

    def names(self, handle: int) -> tuple[Span, ...]:
        """Return the names stated of a legal entity, oldest first."""
        return self._history(handle, "rename")

    def branches(self, org: int) -> tuple[int, ...]:
        """Return the branches of an organisation on this day, sorted."""
        return self._related(org, "branch")

    def group(self, org: int) -> tuple[int, ...]:
        """Return the group of an organisation on this day, itself included, sorted.

        It is everybody under whoever controls it last of all: (A controls B, B and C
        control D) gives D: A, B, C, D, but B: A, B, D.
        """
        above = self._reach({self.organisation(org)}, up=True)
        heads = {o for o in above if not self._step(o, up=True) - {o}}
        # In a ring of firms that hold one another nobody is the head.
        return tuple(sorted(self._reach(heads or above, up=False)))

    def controllers(self, org: int) -> tuple[int, ...]:
        """Return who controls an organisation directly on this day, sorted."""
        here = self.organisation(org)
        return tuple(sorted(self._step(here, up=True) - {here}))

    def foreign_parent(self, org: int) -> tuple[Parent, ...]:
        """Return the parents abroad of an organisation on this day, by name."""
        here = self.organisation(org)
        found = {
            Parent(e.name, e.other, e.evidence)
            for e in self._of(here, "foreign_parent")
            if self.organisation(e.org) == here
        }
        return tuple(sorted(found, key=lambda p: (p.name, p.handle or 0, p.evidence)))

    def known_names(self) -> pl.DataFrame:
        """Return `org`, `name` of every name that an event states."""
        pairs = sorted(
            {
                (self.organisation(e.org), e.name)
                for events in self._events.values()
                for e in events
                if e.kind == "rename" and e.name
            }
        )
        return pl.DataFrame(
            pairs, schema={"org": pl.Int64, "name": pl.String}, orient="row"
        )

    def called(self) -> dict[int, str]:
        """Return what organisations are called by the day, where events say it."""
        found: dict[int, str] = {}
        for org in {e.org for some in self._events.values() for e in some}:
            spans = [s for s in self.names(org) if s.valid_from <= self.as_of]
            if spans and self.organisation(org) == self.entity(org):
                found[self.organisation(org)] = spans[-1].text
        return found

    def _history(self, handle: int, kind: str) -> tuple[Span, ...]:
        here = self.entity(handle)
        stated = sorted(
            (
                e
                for e in self._events.get(here, ())
                if e.kind == kind and self.entity(e.org) == here
            ),
            key=lambda e: (e.valid_from, e.id),
        )
        spans: list[Span] = []
        for at, e in enumerate(stated):
            after = stated[at + 1].valid_from if at + 1 < len(stated) else None
            ends = [day for day in (e.valid_to, after) if day is not None]
            end = min(ends, default=None)
            # A second word on the same day takes the place of the first.
            if end is None or end > e.valid_from:
                text = e.code if kind == "recode" else e.name
                spans.append(Span(text, e.valid_from, end))
        return tuple(spans)

    def _of(self, org: int, *kinds: str) -> list[IdentityEvent]:
        """Return the relations of an organisation that hold on this day."""
        entities = {self.entity(handle) for handle in (*self._members(org), org)}
        return [
            e
            for entity in entities
            for e in self._events.get(entity, ())
            if e.kind in kinds and e.holds_on(self.as_of)
        ]

    def _members(self, org: int) -> list[int]:
        return [entity for entity, owner in self._owner.items() if owner == org]

    def _related(self, org: int, kind: str) -> tuple[int, ...]:
        here = self.organisation(org)
        found = {
            self.organisation(e.other)
            for e in self._of(here, kind)
            if e.other is not None and self.organisation(e.org) == here
        }
        return tuple(sorted(found - {here}))

    def _step(self, org: int, *, up: bool) -> set[int]:
        found = set()
        for e in self._of(org, "group"):
            if e.other is None:
                continue
            above, below = self.organisation(e.org), self.organisation(e.other)
            if (below if up else above) == org:
                found.add(above if up else below)
        return found

    def _reach(self, start: set[int], *, up: bool) -> set[int]:
        seen: set[int] = set()
        ahead = list(start)
        while ahead:
            org = ahead.pop()
            if org not in seen:
                seen.add(org)
                ahead += self._step(org, up=up)
        return seen


def _ends(steps: Mapping[int, int]) -> dict[int, int]:
    """Return where each chain of steps ends."""
    ends: dict[int, int] = {}
    for start in steps:
        path: list[int] = []
        walked: set[int] = set()
        at = start
        while at in steps and at not in ends:
            if at in walked:
                msg = f"身份事件绕成了圈：{path} (identity events lead in a circle)"
                raise CeyuanError(msg, hint="撤销其中一条：记一条 unmerge")
            path.append(at)
            walked.add(at)
            at = steps[at]
        end = ends.get(at, at)
        ends.update(dict.fromkeys(path, end))
    return ends
