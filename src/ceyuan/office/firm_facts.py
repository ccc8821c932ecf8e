# SPDX-License-Identifier: Apache-2.0
"""The facts of subjects as a run read them, whole: for the interpreter, one by one.

Firms for the most part; of a loan, an order or a project the same is read where its
reasons are asked for (`subject_sheets`).

A run reads only the columns that its policies ask for. A page tells more: a score of
which only the bounds were asked, a step that may not make a part larger than its whole.
So here every fact of the dictionary is read that anybody states, in the years that a
run may look at; what the run decided does not change by it, and a test says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ceyuan.facts.store import RULING, find_snapshot, kinds, of_snapshot, view
from ceyuan.facts.store.statements import as_frame, read
from ceyuan.kernel import ABSENT, UsageError
from ceyuan.language import Fixed
from ceyuan.office.firms import FIRM
from ceyuan.office.running import BACK_YEARS
from ceyuan.policies.begun import begins

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from psycopg import Connection

    from ceyuan.declarations import Fact, Region
    from ceyuan.declarations.archive import Declared
    from ceyuan.engine import Linked
    from ceyuan.facts.store import Kind, Reading, View
    from ceyuan.kernel import State
    from ceyuan.language import FactKey, Known
    from ceyuan.office.memory import Memory
    from ceyuan.office.running import Run

_BEFORE = "select coalesce(max(id), 0) from statement where known_at <= %s"
_RULED = """
select org, max(id) from statement where source = %s and record_type = %s
  and org is not null and (%s::bigint is null or org = %s) group by org
"""


@dataclass(frozen=True, slots=True)
class Then:
    """What a run read, with the rulings since.

    Args:
        run: The run.
        declared: The declarations of the run.
        kinds: Its record types.
        reading: The run's snapshot, as of its day, with every ruling on a subject of
            the kind that became known after it; nothing else that became known since.
        rulings: The number of the last ruling on each firm that has one.
        subject: The kind of subject: `firm`, `loan`, `order`.
    """

    run: Run
    declared: Declared
    kinds: Mapping[str, Kind]
    reading: Reading
    rulings: Mapping[int, int]
    subject: str = FIRM

    @property
    def kind(self) -> Kind:
        """Return the record type of the subjects."""
        return kind_of(self.kinds, self.subject)

    @property
    def region(self) -> Region:
        """Return facts and policies as they were."""
        return self.declared.region


def kind_of(kinds: Mapping[str, Kind], subject: str) -> Kind:
    """Return the record type that holds the facts of a kind of subject."""
    return next(kind for kind in kinds.values() if kind.said.facts_of == subject)


def then(
    memory: Memory, run: Run, *, org: int | None = None, subject: str = FIRM
) -> Then:
    """Return what a run read of firms, or of other subjects, with what was ruled since.

    Args:
        memory: The office's memory.
        run: The run.
        org: The firm whose rulings are numbered; all by default.
        subject: The kind of subject.

    Raises:
        UsageError: The run decided nothing about them.
    """
    if subject not in run.policies:
        zh, en = ("企业", "firms") if subject == FIRM else (f" {subject} ", subject)
        msg = f"判定 {run.id} 里没有关于{zh}的政策 (it decided nothing about {en})"
        raise UsageError(msg, hint="先导入企业的记录，再 `ceyuan run`")
    declared, types = memory.declared, memory.kinds
    if declared.digest != run.declarations:
        declared = memory.declared_then(run.declarations, run.region)
        types = kinds(declared.records, declared.region.facts)
    record = kind_of(types, subject).id
    attributes = {name: kind.attributes for name, kind in types.items()}
    with memory.transaction() as conn:
        # Several questions, one answer: no ruling comes between two of them.
        conn.execute("set transaction isolation level repeatable read, read only")
        snapshot = find_snapshot(conn, run.snapshot)
        reading = of_snapshot(conn, memory.shelf, snapshot, as_of=run.as_of)
        row = conn.execute(_BEFORE, (snapshot.known_at,)).fetchone()
        assert row is not None
        since = [
            said
            for said in read(conn, attributes, after=row[0])
            if (said.source, said.record) == (RULING, record)
        ]
        rulings = rulings_of(conn, org, record)
    if since:
        ruled = as_frame(since, attributes[record])
        reading = replace(reading, written={record: ((RULING, ruled),)})
    return Then(run, declared, types, reading, rulings, subject)


def rulings_of(
    conn: Connection, org: int | None = None, record: str = FIRM
) -> dict[int, int]:
    """Return the number of the last ruling on a firm, or on each firm that has one."""
    return dict(conn.execute(_RULED, (RULING, record, org, org)).fetchall())


def wanted_keys(known: Then) -> list[FactKey]:
    """Return the facts that are read, in the years that a policy may look at."""
    kind, facts = known.kind, known.region.facts
    stated = known.reading.attributes(kind.id)
    begin = begin_of(known)
    base = known.run.base_year
    keys: list[FactKey] = []
    for name, attribute in sorted(kind.attributes.items()):
        if name not in facts or name in kind.hidden:
            continue
        if attribute.yearly and (name in stated or begin):
            keys += [(name, y) for y in range(base - BACK_YEARS, base + 2)]
        elif name in stated:
            keys.append((name, None))
    return keys


def feeding(known: Then) -> list[Kind]:
    """Return the record types whose records are linked to organisations."""
    return [k for k in known.kinds.values() if k.feeds and known.reading.has(k.id)]


def _shown(kind: Kind) -> Kind:
    return replace(kind, fields=tuple(n for n in kind.fields if n not in kind.hidden))


def listed_by(known: Then) -> dict[str, tuple[str, ...]]:
    """Return the sources of linked records, by the name of the fact that reads them."""
    return {
        kind.feeds: tuple(dict.fromkeys(b.source for b in known.reading.of(kind.id)))
        for kind in feeding(known)
    }


def begin_of(known: Then) -> str:
    """Return the fact that says when one came to be; empty where none is stated."""
    name = begins(known.kind.attributes, known.subject)
    return name if name in known.reading.attributes(known.kind.id) else ""


def facts_of_span(
    known: Then, span: tuple[int, int], orgs: Collection[int], key: str = ""
) -> dict[int, Fixed]:
    """Return the facts of some firms of a span of organisations.

    Args:
        known: What the run read.
        span: A span that holds them.
        orgs: The firms; those of which the run read nothing are left out.
        key: Which loan or order of each; empty for the firm itself.
    """
    keys = wanted_keys(known)
    feeds = [_shown(k) for k in feeding(known)]
    held = view(known.reading, known.kind, keys, span=span, feeds=feeds)
    facts, begin = known.region.facts, begin_of(known)
    rows = {
        org: row
        for row, (org, name) in enumerate(held.ids.iter_rows())
        if org in orgs and name == key
    }
    values = _values(held, facts, rows.values())
    linked = {name: _Records(one) for name, one in held.linked.items()}
    made = {}
    for org, row in rows.items():
        numbers: Mapping[FactKey, Fraction] = held.exact.get(row, {})
        said = {**values[row], **numbers}
        lists = {n: own for n, one in linked.items() if (own := one.of(row))}
        yearly = [one for one in keys if one[1] is not None]
        made[org] = Fixed({**said, **gone(said, yearly, begin)}, lists)
    return made


def gone(
    values: Mapping[FactKey, Known | State], keys: Collection[FactKey], begin: str
) -> dict[FactKey, State]:
    """Return the yearly facts that do not exist: of years before the firm came to be.

    Args:
        values: What is known of the firm.
        keys: Yearly facts with their years.
        begin: The fact that says when it came to be.
    """
    day = values.get((begin, None))
    if not isinstance(day, date):
        return {}
    return {
        key: ABSENT
        for key in keys
        if key[1] is not None and key[1] < day.year and key not in values
    }


def _values(
    held: View, facts: Mapping[str, Fact], rows: Collection[int]
) -> dict[int, dict[FactKey, Any]]:
    """Return the values of some rows, in base units."""
    found: dict[int, dict[FactKey, Any]] = {row: {} for row in rows}
    for column in held.frame.columns:
        name, _, year = column.partition("@")
        if name not in facts:
            continue
        key, fact = (name, int(year) if year else None), facts[name]
        cells = held.frame[column].to_list()
        for row, values in found.items():
            cell = cells[row]
            if cell is None:
                continue
            if fact.kind == "number":
                values[key] = _number(cell, fact)
            elif fact.kind == "codes":
                values[key] = frozenset(cell)
            else:
                values[key] = cell
    return found


def _number(cell: int, fact: Fact) -> Fraction | int:
    """Return a number in the base of its unit; a whole one is quicker as an int."""
    value = Fraction(cell, 10**fact.decimals)
    return int(value) if value.denominator == 1 else value


class _Records:
    """Linked records of many subjects, parted by subject once."""

    def __init__(self, linked: Linked) -> None:
        self.there = linked.linked.to_list()
        self.whole = linked.complete.to_list()
        self.covered = {code: bits.to_list() for code, bits in linked.covered.items()}
        self.rows: dict[int, list[dict[str, Any]]] = {}
        for row, record in _parted(linked):
            self.rows.setdefault(row, []).append(record)

    def of(self, row: int) -> tuple[Any, ...] | None:
        """Return a subject's records and how far they are all; None: not known."""
        if not self.there[row]:
            return None
        codes = frozenset(code for code, bits in self.covered.items() if bits[row])
        whole = True if self.whole[row] else codes or False
        return tuple(self.rows.get(row, ())), whole


def _parted(linked: Linked) -> Iterator[tuple[int, dict[str, Any]]]:
    for record in linked.frame.iter_rows(named=True):
        row = record.pop("row")
        yield row, {name: value for name, value in record.items() if value is not None}
