# SPDX-License-Identifier: Apache-2.0
"""Both clocks, against the plain model: whatever was said, in whatever order."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ceyuan.city.codes import credit_code
from ceyuan.declarations.archive import load_declared
from ceyuan.facts.store import (
    Reading,
    Shelf,
    Statement,
    as_known,
    batches,
    find_snapshot,
    kinds,
    make_snapshot,
    of_snapshot,
    register,
    view,
    withdraw,
    write_statement,
)
from ceyuan.facts.store.catalogue import PEOPLE
from ceyuan.facts.store.handles import handle_of_code
from ceyuan.facts.store.identity import Identity, IdentityEvent
from ceyuan.facts.store.identity_checks import IdentityRefused
from ceyuan.facts.store.identity_log import record_event, undo_event
from ceyuan.facts.store.snapshots import flush
from ceyuan.facts.store.statements import as_frame, held_value
from ceyuan.kernel import UNKNOWN
from ceyuan.language import column_name
from ceyuan.office.tables import TABLES
from tests.facts.store.clock_model import Event, Said, World
from tests.office.town_by_hand import batch_of, frame

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ceyuan.language import FactKey
    from ceyuan.office.database import Database

DECLARED = load_declared("shanghai")
KINDS = kinds(DECLARED.records, DECLARED.region.facts)
FIRM = KINDS["firm"]
CODES = [credit_code(n) for n in range(4)]
ORGS = [handle_of_code(c) for c in CODES]
DAYS = [
    date(y, m, d)
    for y, m, d in ((2024, 1, 1), (2024, 7, 1), (2025, 1, 1), (2026, 3, 1))
]
YEARS = (2024, 2025)
VALUES: dict[str, list[Any]] = {
    "revenue": [123_456_789, 123_456_790, 123_000_000, 9, 2**63 - 1, -7,
                Fraction(1, 3), Fraction(2**70), Fraction(10, 3)],
    "employees": [Fraction(5), Fraction(11, 2), Fraction(1, 3), Fraction(12)],
    "is_listed": [True, False],
    "gb_section": ["M", "I", "K"],
    "reg_date": [date(2015, 1, 1), date(2015, 1, 2)],
    "rented_area": [Fraction(100), Fraction(401, 4), Fraction(2, 7)],
    "district": ["浦东新区", "", "徐汇区"],
}  # fmt: skip
YEARLY = ("revenue", "employees")
KEYS: list[FactKey] = [
    (n, y) for n in VALUES for y in (YEARS if n in YEARLY else (None,))
]
SOURCES = ("tax", "registry", "statistics", "firm", "park", "finance")
START = datetime(2026, 4, 1, tzinfo=UTC)

days = st.sampled_from(DAYS)
spans = st.tuples(days, st.none() | days)


# An example speaks of few things, so that what is said of them meets.
few = st.shared(
    st.lists(st.sampled_from(list(VALUES)), min_size=1, max_size=2, unique=True),
    key="attributes",
)
who = st.shared(st.integers(0, 2), key="firms").flatmap(lambda n: st.integers(0, n))
own = st.shared(st.sampled_from(("firm", "tax")), key="source")


@st.composite
def row(draw: Any) -> dict[str, Any]:
    names = draw(few)
    year = draw(st.none() | st.sampled_from(YEARS))
    # An attribute without a year may stand in a row of one, not the other way round.
    chosen = [
        n
        for n in names
        if (year is not None or n not in YEARLY) and draw(st.integers(0, 3))
    ]
    since, until = draw(spans)
    return {
        "firm": draw(who),
        "year": year,
        "valid_from": date(year, 1, 1) if year else since,
        "valid_to": None if year else until,
        "values": {n: draw(st.sampled_from(VALUES[n])) for n in chosen},
    }


@st.composite
def statement(draw: Any) -> dict[str, Any]:
    name = draw(st.sampled_from(draw(few)))
    year = draw(st.sampled_from(YEARS)) if name in YEARLY else None
    since, until = draw(spans)
    return {
        "source": draw(st.just("ruling") | own),
        "firm": draw(who),
        "year": year,
        "valid_from": date(year, 1, 1) if year else since,
        "valid_to": None if year else until,
        "values": {name: draw(st.sampled_from([*VALUES[name], UNKNOWN, UNKNOWN]))},
    }


rows = st.lists(row(), min_size=1, max_size=4)
two = st.lists(st.integers(0, 3), min_size=2, max_size=2, unique=True)
step = st.one_of(
    st.tuples(st.just("import"), st.sampled_from(SOURCES), rows),
    st.tuples(st.just("import"), own, rows),
    st.tuples(st.just("state"), statement()),
    st.tuples(st.just("state"), statement()),
    st.tuples(st.just("withdraw"), st.integers(0, 5)),
    st.tuples(st.just("identity"), st.sampled_from(("merge", "recode")), two, days),
    st.tuples(st.just("undo"), st.integers(0, 3)),
    st.tuples(st.just("seal")),
    st.tuples(st.just("snapshot")),
)  # fmt: skip
scripts = st.lists(step, min_size=4, max_size=14)
plain = st.one_of(
    st.tuples(st.just("import"), st.sampled_from(SOURCES), rows),
    st.tuples(st.just("import"), own, rows),
    st.tuples(st.just("state"), statement()),
    st.tuples(st.just("state"), statement()),
    st.tuples(st.just("identity"), st.sampled_from(("merge", "recode")), two, days),
)
plain_scripts = st.lists(plain, min_size=4, max_size=14)


def rows_of(said: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows as columns have them."""
    made = []
    for one in said:
        row = {k: v for k, v in one.items() if k not in ("values", "firm", "source")}
        firm = one["firm"]
        row |= {"org": ORGS[firm], "code": CODES[firm], "name": f"合成{firm}"}
        exact = {}
        for name, value in one["values"].items():
            row[name], text = held_value(FIRM.attributes[name], value)
            if text:
                exact[name] = text
        row["exact"] = json.dumps(exact) if exact else None
        made.append(row)
    return made


def in_order(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of one file in the order that sealing puts them."""
    return sorted(rows, key=lambda r: (ORGS[r["firm"]], r["year"] or 0))


def looked_at(
    reading: Reading, spans: Sequence[tuple[int, int] | None]
) -> tuple[dict[int, dict[str, Any]], set[tuple[Any, ...]]]:
    """Return what a reading holds, in the words of the model."""
    held: dict[int, dict[str, Any]] = {}
    differ = set()
    for span in spans:
        seen = view(reading, FIRM, KEYS, span=span, conflicts=True)
        orgs = seen.ids["org"].to_list()
        assert orgs == sorted(set(orgs))
        for place, org in enumerate(orgs):
            mine = held[org] = {}
            for name, year in KEYS:
                column = column_name(name, year)
                attribute = FIRM.attributes[name]
                value = None
                if column in seen.frame.columns:
                    value = seen.frame[column][place]
                if value is not None:
                    mine[column] = based(value, attribute)
                exact = seen.exact.get(place, {}).get((name, year))
                if exact is not None:
                    assert value is None
                    mine[column] = exact
        listed = [
            (orgs[r["row"]], r["column"], r["best"], r["other"],
             read(r["best_value"], r["column"]), read(r["other_value"], r["column"]))
            for r in seen.conflicts.iter_rows(named=True)
        ]  # fmt: skip
        assert len(listed) == len(set(listed))
        differ |= set(listed)
    return held, differ


def based(value: Any, attribute: Any) -> Any:
    return (
        Fraction(value, 10**attribute.decimals) if attribute.kind == "number" else value
    )


def read(text: str, column: str) -> Any:
    attribute = FIRM.attributes[column.partition("@")[0]]
    match attribute.kind:
        case "number":
            return Fraction(text) / 10**attribute.decimals
        case "flag":
            return {"true": True, "false": False}[text]
        case "date":
            return date.fromisoformat(text)
        case _:
            return text


ALL = [None]
THREE = [(-(2**63), ORGS[0] - 1), (ORGS[0], max(ORGS)), (max(ORGS) + 1, 2**63 - 1)]
if ORGS[0] == max(ORGS):  # pragma: no cover - the codes are fixed
    THREE = [(-(2**63), ORGS[0] - 1), (ORGS[0], 2**63 - 1)]
EACH = [(org, org) for org in ORGS]


def agree(world: World, reading: Reading, as_of: date, known_at: datetime) -> None:
    expected = world.view(KEYS, FIRM.attributes, as_of, known_at)
    assert looked_at(reading, ALL) == expected
    assert looked_at(reading, THREE) == expected
    assert looked_at(reading, EACH) == expected


def view_agrees(
    tmp_path: Path, script: list[Any], as_of: date, cut: int, sealed: int
) -> None:
    """Without a database: a reading put together by hand, statements sealed or not."""
    shelf = Shelf(tmp_path / "store")
    world, files, written = World([], []), [], []
    events: list[IdentityEvent] = []
    moments = [START + timedelta(seconds=n) for n in range(15)]
    known_at = moments[cut]
    for n, (what, *more) in enumerate(script):
        now = moments[n]
        if what == "import":
            source, rows = more
            made = frame(rows_of(rows), FIRM)
            part = shelf.seal(made, record="firm", source=source)
            files.append((now, batch_of([part], list(VALUES), source)))
            world.said += [
                Said(known_at=now, place=p, source=source, handle=ORGS[r["firm"]],
                     **{k: v for k, v in r.items() if k != "firm"})
                for p, r in enumerate(in_order(rows))
            ]  # fmt: skip
        elif what == "state":
            written.append(stated(more[0], now, n))
            world.said.append(as_said(more[0], now))
        elif what == "identity":
            kind, (a, b), day = more
            if not events:  # more of them, and their refusals: with the database
                event = IdentityEvent(
                    id=n, kind=kind, org=ORGS[a], other=ORGS[b], valid_from=day,
                    actor="x", known_at=now,
                )  # fmt: skip
                events.append(event)
                world.events.append(
                    Event(kind=kind, org=ORGS[a], other=ORGS[b], valid_from=day,
                          known_at=now)
                )  # fmt: skip
    people = [
        s for s in written if s.known_at and s.known_at <= known_at and s.id < sealed
    ]
    rest = [
        s for s in written if s.known_at and s.known_at <= known_at and s.id >= sealed
    ]
    read_ = [replace(b, known_at=at) for at, b in files if at <= known_at]
    for source in sorted({s.source for s in people}):
        mine = [s for s in written if s.source == source and s.id < sealed]
        part = shelf.seal(as_frame(mine, FIRM.attributes), record="firm", source=source)
        names = sorted({s.attribute for s in mine})
        read_.append(
            replace(batch_of([part], names, source), kind=PEOPLE, known_at=known_at)
        )
    by_source = {
        source: as_frame([s for s in rest if s.source == source], FIRM.attributes)
        for source in sorted({s.source for s in rest})
    }
    identity = Identity.fold(events, as_of=as_of, known_at=known_at)
    reading = Reading(
        shelf=shelf,
        batches=tuple(read_),
        as_of=as_of,
        cut=known_at,
        aliases=identity.mapping(),
        absorbed=identity.absorbed(),
        written={"firm": tuple(by_source.items())} if by_source else {},
    )
    agree(world, reading, as_of, known_at)


SCRIPTS = {
    "script": plain_scripts,
    "as_of": st.just(DAYS[-1]) | days,
    "cut": st.just(14) | st.integers(0, 14),
    "sealed": st.integers(0, 14),
}
FOLDER = [HealthCheck.function_scoped_fixture]


@settings(max_examples=100, suppress_health_check=FOLDER)
@given(**SCRIPTS)
def test_view_is_what_the_model_says(
    tmp_path: Path, script: list[Any], as_of: date, cut: int, sealed: int
) -> None:
    view_agrees(tmp_path, script, as_of, cut, sealed)


@pytest.mark.soak
@settings(max_examples=3_000, suppress_health_check=FOLDER, deadline=None)
@given(**SCRIPTS)
def test_view_is_what_the_model_says_at_length(
    tmp_path: Path, script: list[Any], as_of: date, cut: int, sealed: int
) -> None:
    view_agrees(tmp_path, script, as_of, cut, sealed)


def stated(
    one: dict[str, Any], now: datetime | None = None, number: int = 0
) -> Statement:
    ((name, value),) = one["values"].items()
    return Statement(
        record="firm", source=one["source"], org=ORGS[one["firm"]], attribute=name,
        value=value, valid_from=one["valid_from"], valid_to=one["valid_to"],
        year=one["year"], actor="经办人", reason="核对", code=CODES[one["firm"]],
        known_at=now, id=number,
    )  # fmt: skip


def as_said(one: dict[str, Any], now: datetime) -> Said:
    return Said(
        known_at=now, handle=ORGS[one["firm"]],
        **{k: v for k, v in one.items() if k != "firm"},
    )  # fmt: skip


class Office:
    """The database side of a script, and the world that the model is told of."""

    def __init__(self, database: Database, shelf: Shelf) -> None:
        self.database, self.shelf = database, shelf
        self.world = World([], [])
        self.imports: list[str] = []
        self.held: dict[str, list[int]] = {}
        self.events: list[tuple[int, int]] = []
        self.moments: list[datetime] = []
        self.snapshots: list[tuple[datetime, str]] = []

    def do(self, what: str, *more: Any) -> None:
        with self.database.connect() as conn:
            getattr(self, f"do_{what}")(conn, *more)
            row = conn.execute("select clock_timestamp()").fetchone()
            assert row is not None
        self.moments.append(row[0].astimezone(UTC))

    def do_import(self, conn: Any, source: str, rows: list[dict[str, Any]]) -> None:
        part = self.shelf.seal(frame(rows_of(rows), FIRM), record="firm", source=source)
        if conn.execute(
            "select 1 from batch where id = %s", (batch_of([part], (), source).id,)
        ).fetchone():
            return  # the same content again is the same batch
        made = register(conn, batch_of([part], list(VALUES), source))
        self.held[made.id] = []
        self.imports.append(made.id)
        for place, one in enumerate(in_order(rows)):
            self.held[made.id].append(len(self.world.said))
            self.world.said.append(
                Said(known_at=made.known_at, place=place, source=source,
                     handle=ORGS[one["firm"]],
                     **{k: v for k, v in one.items() if k != "firm"})
            )  # fmt: skip

    def do_state(self, conn: Any, one: dict[str, Any]) -> None:
        number = write_statement(conn, stated(one))
        row = conn.execute(
            "select known_at from statement where id = %s", (number,)
        ).fetchone()
        self.world.said.append(as_said(one, row[0].astimezone(UTC)))

    def do_withdraw(self, conn: Any, number: int) -> None:
        if number >= len(self.imports):
            return
        name = self.imports.pop(number)
        at = withdraw(conn, name, actor="x", reason="导错")
        for place in self.held[name]:
            old = self.world.said[place]
            self.world.said[place] = Said(**{**old.__dict__, "withdrawn_at": at})

    def do_identity(self, conn: Any, kind: str, pair: list[int], day: date) -> None:
        org, other = (ORGS[n] for n in pair)
        event = IdentityEvent(
            kind=kind, org=org, other=other, valid_from=day, actor="x",
            code=CODES[pair[1]] if kind == "recode" else "",
        )  # fmt: skip
        try:
            number = record_event(conn, event)
        except IdentityRefused:
            return
        row = conn.execute(
            "select known_at from identity_event where id = %s", (number,)
        ).fetchone()
        self.events.append((number, len(self.world.events)))
        self.world.events.append(
            Event(kind=kind, org=org, other=other, valid_from=day,
                  known_at=row[0].astimezone(UTC))
        )  # fmt: skip

    def do_undo(self, conn: Any, number: int) -> None:
        if number >= len(self.events):
            return
        event, place = self.events.pop(number)
        made = undo_event(conn, event, actor="x", reason="弄错")
        row = conn.execute(
            "select known_at from identity_event where id = %s", (made,)
        ).fetchone()
        old = self.world.events[place]
        self.world.events[place] = Event(
            **{**old.__dict__, "undone_at": row[0].astimezone(UTC)}
        )

    def do_seal(self, conn: Any) -> None:
        flush(conn, self.shelf, KINDS)

    def do_snapshot(self, conn: Any) -> None:
        made = make_snapshot(conn, self.shelf, KINDS, actor="x")
        self.snapshots.append((made.known_at, made.id))


def emptied(database: Database) -> Database:
    """Return the database as it was made; a new one for each example takes long."""
    with database.connect() as conn:
        conn.execute("set session_replication_role = replica")
        for table in TABLES:
            conn.execute(f"delete from {table}".encode())  # noqa: S608 - our tables
    return database


@pytest.mark.slow
@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    script=scripts,
    asked=st.lists(st.tuples(days, st.integers(0, 12)), min_size=1, max_size=3),
)
def test_catalogue_answers_as_the_model_at_every_moment(
    database: Database,
    tmp_path: Path,
    script: list[Any],
    asked: list[tuple[date, int]],
) -> None:
    office = Office(emptied(database), Shelf(tmp_path / "store"))
    for what, *more in script:
        office.do(what, *more)

    for as_of, number in asked:
        moment = office.moments[number % len(office.moments)]
        with office.database.connect() as conn:
            before = as_known(conn, office.shelf, KINDS, as_of=as_of, known_at=moment)
            agree(office.world, before, as_of, moment)
            now = as_known(conn, office.shelf, KINDS, as_of=as_of)
            agree(office.world, now, as_of, now.cut)
            made = make_snapshot(conn, office.shelf, KINDS, actor="x", known_at=moment)
            again = make_snapshot(conn, office.shelf, KINDS, actor="y", known_at=moment)
            assert made.id == again.id
            kept = of_snapshot(
                conn, office.shelf, find_snapshot(conn, made.id), as_of=as_of
            )
            agree(office.world, kept, as_of, moment)
            after = as_known(conn, office.shelf, KINDS, as_of=as_of, known_at=moment)
            agree(office.world, after, as_of, moment)
    for moment, name in office.snapshots:
        with office.database.connect() as conn:
            old = find_snapshot(conn, name)
            reading = of_snapshot(conn, office.shelf, old, as_of=DAYS[-1])
        agree(office.world, reading, DAYS[-1], moment)
    with office.database.connect() as conn:
        assert all(office.shelf.fault(p) == "" for b in batches(conn) for p in b.parts)
