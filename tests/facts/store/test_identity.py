# SPDX-License-Identifier: Apache-2.0
import itertools
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ceyuan.facts.store.handles import handle_of_code, handle_of_name
from ceyuan.facts.store.identity import (
    Identity,
    IdentityEvent,
    Parent,
    Span,
    event_sha,
    read_events,
)
from ceyuan.facts.store.identity_checks import IdentityRefused
from ceyuan.facts.store.identity_log import (
    altered_events,
    record_event,
    undo_event,
)
from ceyuan.kernel import CeyuanError, code_fault

START = datetime(2025, 1, 1, tzinfo=UTC)
WORD: dict[str, Any] = {"actor": "王敏", "reason": "登记机关通知"}


def day(year: int) -> date:
    return date(year, 7, 1)


def said(number: int, kind: str, org: int, other: int | None = None, **more: object):
    """Return event `number`, known from day `number` on."""
    fields = {"valid_from": day(2020), **WORD, **more}
    return IdentityEvent(
        id=number,
        kind=kind,
        org=org,
        other=other,
        known_at=START + timedelta(days=number),
        **fields,
    )


def known(number: int) -> datetime:
    return START + timedelta(days=number)


def fold(*events, as_of=2030, at=None):
    return Identity.fold(
        events, as_of=day(as_of), known_at=None if at is None else known(at)
    )


def pairs(identity: Identity) -> dict[int, int]:
    return dict(identity.mapping().iter_rows())


def test_fold_of_nothing_leaves_every_handle_itself():
    identity = fold()

    assert 5 == identity.organisation(5)
    assert (5,) == identity.handles(5)
    assert {"handle": pl.Int64, "org": pl.Int64} == identity.mapping().schema
    assert {} == pairs(identity)


def test_recode_joins_both_codes_on_every_day():
    event = said(1, "recode", 1, 2, code="B", valid_from=day(2024))

    for year in (2019, 2030):
        assert {2: 1} == pairs(fold(event, as_of=year))
    assert {} == pairs(fold(event, at=0))


def test_merger_joins_from_its_day_on_and_not_before():
    event = said(1, "merge", 1, 2, valid_from=date(2024, 7, 1))

    def on(day: date) -> dict[int, int]:
        return pairs(Identity.fold([event], as_of=day, known_at=None))

    assert {} == on(date(2024, 6, 30))
    assert {2: 1} == on(date(2024, 7, 1))


def test_merger_that_ended_joins_up_to_the_day_before():
    event = said(1, "merge", 1, 2, valid_to=date(2024, 7, 1))

    def on(day: date) -> dict[int, int]:
        return pairs(Identity.fold([event], as_of=day, known_at=None))

    assert {2: 1} == on(date(2024, 6, 30))
    assert {} == on(date(2024, 7, 1))


def test_mergers_of_mergers_follow_the_day():
    events = (
        said(1, "merge", 3, 2, valid_from=day(2024)),
        said(2, "merge", 2, 1, valid_from=day(2022)),
        said(3, "recode", 1, 11, code="B"),
    )

    assert {11: 1} == pairs(fold(*events, as_of=2021))
    assert {11: 2, 1: 2} == pairs(fold(*events, as_of=2023))
    assert {11: 3, 1: 3, 2: 3} == pairs(fold(*events, as_of=2025))
    assert (1, 2, 3, 11) == fold(*events, as_of=2025).handles(3)
    assert () == fold(*events, as_of=2025).handles(2)


def test_undone_merger_in_the_middle_counts_until_we_knew_better():
    events = (
        said(1, "merge", 2, 1),
        said(2, "merge", 3, 2),
        said(3, "merge", 4, 3),
        said(4, "unmerge", 3, 2, undoes=2),
    )

    assert {1: 4, 2: 4, 3: 4} == pairs(fold(*events, at=3))
    assert {1: 2, 3: 4} == pairs(fold(*events, at=4))


def test_matched_name_is_the_organisation_and_brings_its_codes_along():
    events = (
        said(1, "match", 1, 100, name="甲"),
        said(2, "recode", 100, 2, code="B"),
        said(3, "reject_match", 7, 200, name="乙"),
    )

    identity = fold(*events)

    assert {100: 1, 2: 1} == pairs(identity)
    assert frozenset({(200, 7)}) == identity.rejected
    assert frozenset() == fold(*events, at=2).rejected


def test_history_of_codes_and_names_has_spans():
    events = (
        said(1, "recode", 1, 1, code="A", valid_from=day(2018)),
        said(4, "recode", 2, 3, code="C", valid_from=day(2024)),
        said(2, "recode", 1, 2, code="B", valid_from=day(2021)),
        said(3, "rename", 3, name="乙", valid_from=day(2022), valid_to=day(2023)),
        said(5, "rename", 1, name="丙", valid_from=day(2024)),
        said(6, "rename", 1, name="丁", valid_from=day(2024)),
        said(7, "merge", 1, 9, valid_from=day(2020)),
        said(8, "rename", 9, name="被并者", valid_from=day(2019)),
    )

    identity = fold(*events)

    assert (
        Span("A", day(2018), day(2021)),
        Span("B", day(2021), day(2024)),
        Span("C", day(2024), None),
    ) == identity.codes(3)
    # The word of event 6 takes the place of event 5, which is of the same day.
    assert (
        Span("乙", day(2022), day(2023)),
        Span("丁", day(2024), None),
    ) == identity.names(1)
    assert (Span("被并者", day(2019), None),) == identity.names(9)
    assert [(1, "丁"), (1, "丙"), (1, "乙"), (1, "被并者")] == sorted(
        identity.known_names().iter_rows()
    )


def test_relations_hold_on_their_days_and_follow_mergers():
    events = (
        said(1, "branch", 1, 2),
        said(2, "branch", 1, 3, valid_to=day(2022)),
        said(3, "merge", 5, 1, valid_from=day(2024)),
        said(4, "foreign_parent", 1, 77, name="Mother B.V.", evidence="80%"),
        said(5, "foreign_parent", 1, name="Aunt Inc", valid_from=day(2023)),
    )

    assert (2, 3) == fold(*events, as_of=2021).branches(1)
    assert (2,) == fold(*events, as_of=2022).branches(1)
    assert (2,) == fold(*events, as_of=2024).branches(5)
    assert () == fold(*events, as_of=2023).branches(5)
    assert (Parent("Mother B.V.", 77, "80%"),) == fold(
        *events, as_of=2022
    ).foreign_parent(1)
    assert (Parent("Aunt Inc", None, ""), Parent("Mother B.V.", 77, "80%")) == fold(
        *events
    ).foreign_parent(5)


def test_branch_is_not_the_same_organisation():
    assert {} == pairs(fold(said(1, "branch", 1, 2)))


def test_group_is_everybody_under_the_last_controller():
    events = (
        said(1, "group", 1, 2),
        said(2, "group", 2, 4),
        said(3, "group", 3, 4),
    )

    identity = fold(*events)

    assert (1, 2, 3, 4) == identity.group(4)
    assert (1, 2, 4) == identity.group(2)
    assert (3, 4) == identity.group(3)
    assert (9,) == identity.group(9)
    assert (2, 3) == identity.controllers(4)
    assert () == identity.controllers(1)


def test_group_of_firms_that_hold_one_another_has_no_head():
    identity = fold(said(1, "group", 1, 2), said(2, "group", 2, 1))

    assert (1, 2) == identity.group(1)


def test_fold_of_a_circle_says_so_and_stops():
    with pytest.raises(CeyuanError, match="in a circle"):
        fold(said(1, "merge", 1, 2), said(2, "merge", 2, 1))


def test_long_chain_is_followed_to_its_end():
    chain = [said(n, "merge", n + 1, n) for n in range(1, 5_001)]
    random.Random(1).shuffle(chain)

    assert dict.fromkeys(range(1, 5_001), 5_001) == pairs(fold(*chain))


# --- against a plain model: a graph painted anew for each question


class Model:
    """Joins handles by painting, day by day; knows nothing of chains."""

    def __init__(self, events, as_of, known_at):
        live = [e for e in events if e.known_at <= known_at]
        gone = {e.undoes for e in live if e.kind == "unmerge"}
        self.live = [e for e in live if e.id not in gone]
        self.as_of = as_of

    def heads(self, handles):
        parent = {}
        for e in self.live:
            lasting = e.kind in {"recode", "match"}
            on = e.valid_from <= self.as_of < (e.valid_to or date.max)
            if lasting or (e.kind == "merge" and on):
                parent[e.other] = e.org
        answer = {}
        for handle in handles:
            at = handle
            while at in parent:
                at = parent[at]
            answer[handle] = at
        return answer


@st.composite
def histories(draw):
    """A forest grown event by event: handle n joins a lower one, or is set free.

    Lasting names of a handle are told from mergers of it: a handle joins once, so no
    event is contradicted by another.
    """
    events: list[IdentityEvent] = []
    joined: dict[int, int] = {}
    for number in range(1, draw(st.integers(1, 12)) + 1):
        free = [h for h in range(1, 8) if h not in joined]
        undo = joined and (not free or draw(st.booleans()))
        if undo:
            handle = draw(st.sampled_from(sorted(joined)))
            events.append(said(number, "unmerge", 0, undoes=joined.pop(handle)))
            continue
        handle = draw(st.sampled_from(free))
        first = draw(st.integers(2018, 2024))
        length = draw(st.one_of(st.none(), st.integers(1, 4)))
        events.append(
            said(
                number,
                draw(st.sampled_from(["recode", "match", "merge", "merge"])),
                draw(st.integers(0, handle - 1)),
                handle,
                valid_from=day(first),
                valid_to=None if length is None else day(first + length),
            )
        )
        joined[handle] = number
    return events


@given(
    events=histories(),
    year=st.integers(2017, 2030),
    at=st.integers(0, 13),
    seed=st.integers(0, 9),
)
@settings(max_examples=400)
def test_fold_agrees_with_a_plain_model_under_both_clocks(events, year, at, seed):
    expected = Model(events, day(year), known(at)).heads(range(8))
    random.Random(seed).shuffle(events)

    identity = Identity.fold(events, as_of=day(year), known_at=known(at))

    assert expected == {h: identity.organisation(h) for h in range(8)}
    assert {h: o for h, o in expected.items() if h != o} == pairs(identity)
    members = {
        org: tuple(h for h in range(8) if expected[h] == org) for org in range(8)
    }
    assert members == {org: identity.handles(org) for org in range(8)}


# --- written down


def codes() -> list[str]:
    """Three sound codes of firms that do not exist (district 999999)."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    return [
        next(c for a in alphabet if not code_fault(c := f"91999999MA{n:06}X{a}"))
        for n in range(1, 4)
    ]


A, B, C = codes()
ORG = handle_of_code(A)


@pytest.fixture
def conn(database):
    with database.connect() as conn:
        yield conn


def write(conn, kind, org=ORG, other=None, **more):
    fields = {"valid_from": day(2020), **WORD, **more}
    return record_event(conn, IdentityEvent(kind=kind, org=org, other=other, **fields))


def refused(conn, problem, kind, org=ORG, other=None, **more):
    before = read_events(conn)
    with pytest.raises(IdentityRefused) as caught:
        write(conn, kind, org, other, **more)
    assert before == read_events(conn)
    assert problem == caught.value.problem.code
    assert caught.value.hint
    return caught.value.message


def test_written_event_is_read_back_with_its_hash(conn):
    number = write(
        conn, "recode", code=B, evidence="2024 年第 7 号", valid_to=day(2029)
    )

    (event,) = read_events(conn)

    assert (
        IdentityEvent(
            id=number,
            kind="recode",
            org=ORG,
            other=handle_of_code(B),
            code=B,
            valid_from=day(2020),
            valid_to=day(2029),
            evidence="2024 年第 7 号",
            known_at=event.known_at,
            sha=event_sha(event),
            **WORD,
        )
        == event
    )
    assert () == altered_events([event])
    assert ["R446"] == [p.code for p in altered_events([replace(event, org=1)])]


def test_events_are_read_as_they_were_known(conn):
    numbers = [write(conn, "merge", 1, 2), write(conn, "merge", 3, 1)]
    numbers.append(undo_event(conn, numbers[0], actor="a", reason="r"))
    moments = [e.known_at for e in read_events(conn)]

    assert sorted(set(moments)) == moments
    assert [numbers[:1], numbers[:2], numbers] == [
        [e.id for e in read_events(conn, at)] for at in moments
    ]
    assert [{2: 1}, {2: 3, 1: 3}, {1: 3}] == [
        pairs(Identity.fold(read_events(conn), as_of=day(2030), known_at=at))
        for at in moments
    ]


def test_undoing_takes_both_sides_from_what_it_undoes_and_deletes_nothing(conn):
    number = write(conn, "merge", 1, 2)

    undo_event(conn, number, actor="a", reason="r", evidence="e")

    first, second = read_events(conn)
    assert ("merge", "unmerge") == (first.kind, second.kind)
    assert (1, 2, number, day(2020)) == (
        second.org,
        second.other,
        second.undoes,
        second.valid_from,
    )


def test_undoing_what_is_not_there_or_undone_is_refused(conn):
    assert "no such event" in refused(conn, "R444", "unmerge", undoes=99)
    number = write(conn, "merge", 1, 2)
    undone = undo_event(conn, number, actor="a", reason="r")
    assert f"事件 {undone} 撤销" in refused(conn, "R444", "unmerge", undoes=number)
    assert "event already" in refused(conn, "R444", "unmerge", undoes=undone)


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("absorb", {"other": 2}),
        ("merge", {}),
        ("rename", {}),
        ("recode", {}),
        ("recode", {"code": A[:-1] + "?"}),
        ("recode", {"code": B, "other": 5}),
        ("unmerge", {}),
        ("merge", {"other": 2, "valid_to": day(2020)}),
        ("merge", {"other": 2, "actor": " "}),
        ("merge", {"other": 2, "reason": ""}),
    ],
)
def test_incomplete_event_is_refused(conn, kind, more):
    refused(conn, "R440", kind, **more)


@pytest.mark.parametrize("kind", ["merge", "match", "branch", "group"])
def test_organisation_with_itself_is_refused(conn, kind):
    refused(conn, "R441", kind, 1, 1)
    write(conn, "match", 1, 2, name="甲")
    # 2 is another name of 1.
    refused(conn, "R441", kind, 1, 2)


def test_recode_to_a_code_of_another_organisation_is_refused(conn):
    number = write(conn, "recode", code=B)

    assert f"事件 {number}" in refused(conn, "R443", "recode", 77, code=B)
    refused(conn, "R441", "recode", code=B)
    # C is an organisation of its own: its name was recorded.
    write(conn, "rename", handle_of_code(C), name="丙")
    refused(conn, "R443", "recode", code=C)


def test_recode_is_free_again_when_the_wrong_one_is_undone(conn):
    number = write(conn, "recode", code=B)
    undo_event(conn, number, actor="a", reason="r")

    write(conn, "recode", 77, code=B)

    events = read_events(conn)
    assert {handle_of_code(B): 77} == pairs(
        Identity.fold(events, as_of=day(2030), known_at=None)
    )


def test_first_code_may_be_stated_and_joins_nothing(conn):
    write(conn, "recode", code=A, valid_from=day(2015))

    identity = Identity.fold(read_events(conn), as_of=day(2030), known_at=None)

    assert {} == pairs(identity)
    assert (Span(A, day(2015), None),) == identity.codes(ORG)


def test_circle_of_mergers_is_refused_if_it_closes_on_any_day(conn):
    write(conn, "merge", 2, 1, valid_from=day(2020), valid_to=day(2022))
    write(conn, "merge", 3, 2, valid_from=day(2021))

    # From 2021 to 2022 it would be 1, 2, 3, 1; from 2022 on it is not.
    assert "circle" in refused(conn, "R442", "merge", 1, 3, valid_from=day(2021))
    write(conn, "merge", 1, 3, valid_from=day(2022))
    for year in range(2018, 2026):
        Identity.fold(read_events(conn), as_of=day(year), known_at=None)


def test_second_owner_on_the_same_day_is_refused(conn):
    write(conn, "merge", 1, 2, valid_from=day(2020), valid_to=day(2022))

    assert "absorbed already" in refused(
        conn, "R443", "merge", 3, 2, valid_from=day(2021)
    )
    write(conn, "merge", 3, 2, valid_from=day(2022))


def test_match_across_a_merger_is_refused(conn):
    number = write(conn, "merge", 1, 2)

    assert f"事件 {number}" in refused(conn, "R443", "match", 1, 2, name="甲")


def test_match_that_closes_a_circle_through_others_is_refused(conn):
    write(conn, "merge", 2, 1)
    write(conn, "merge", 3, 2)

    refused(conn, "R442", "match", 1, 3, name="甲")


def test_rejected_match_stands_in_the_way_until_it_is_undone(conn):
    name = handle_of_name("甲")
    number = write(conn, "reject_match", 1, name, name="甲")

    assert f"事件 {number}" in refused(conn, "R443", "match", 1, name, name="甲")
    refused(conn, "R441", "reject_match", 1, name, name="甲")
    undo_event(conn, number, actor="a", reason="r")
    match = write(conn, "match", 1, name, name="甲")
    assert f"事件 {match}" in refused(conn, "R443", "reject_match", 1, name, name="甲")


def test_whatever_is_written_can_be_folded_on_every_day(conn):
    """Random events: each is refused or leaves a history without a circle."""
    draw = random.Random(7)
    written = refusals = 0
    for _ in range(150):
        first = draw.randint(2018, 2024)
        kind = draw.choice(["merge", "merge", "merge", "match", "unmerge"])
        try:
            write(
                conn,
                kind,
                draw.randint(1, 9),
                draw.randint(1, 9),
                name="n",
                valid_from=day(first),
                valid_to=draw.choice([None, day(first + draw.randint(1, 3))]),
                undoes=draw.randint(1, written + 1) if kind == "unmerge" else None,
            )
            written += 1
        except IdentityRefused:
            refusals += 1
    events = read_events(conn)

    assert (written, 150) == (len(events), written + refusals)
    assert min(written, refusals) > 30
    for year, at in itertools.product(range(2017, 2029), [e.known_at for e in events]):
        Identity.fold(events, as_of=day(year), known_at=at)


def test_writers_at_once_get_different_moments_and_make_no_circle(database):
    """Eight threads each try to absorb their neighbour: one must be refused."""

    def absorb(n: int) -> bool:
        with database.connect() as conn:
            try:
                write(conn, "merge", n, (n + 1) % 8)
            except IdentityRefused:
                return False
            return True

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(absorb, range(8)))

    with database.connect() as conn:
        events = read_events(conn)
    assert 7 == done.count(True) == len({e.known_at for e in events})
    moments = [e.known_at for e in events]
    assert sorted(moments) == moments
    assert 7 == len(pairs(Identity.fold(events, as_of=day(2030), known_at=None)))
