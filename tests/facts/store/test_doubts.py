# SPDX-License-Identifier: Apache-2.0
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceyuan.facts.store.doubts import (
    Candidate,
    match_names,
    open_doubts,
    settle_doubt,
)
from ceyuan.facts.store.handles import handle_of_name
from ceyuan.facts.store.identity import Identity, IdentityEvent, read_events
from ceyuan.facts.store.identity_log import record_event, undo_event
from ceyuan.facts.store.near_names import MOST, near_names, one_apart
from ceyuan.kernel import UsageError

WORD: dict[str, Any] = {"actor": "王敏", "reason": "核对执照"}


def asked(*names: str) -> pl.DataFrame:
    return pl.DataFrame(
        {"org": [handle_of_name(n) for n in names], "name": list(names)},
        schema={"org": pl.Int64, "name": pl.String},
    )


def told(*rows: tuple[int, str]) -> pl.DataFrame:
    """Return known organisations; number 7 has the code `C7`."""
    return pl.DataFrame(
        [(org, f"C{org}", name) for org, name in rows],
        schema={"org": pl.Int64, "code": pl.String, "name": pl.String},
        orient="row",
    )


def found(names: pl.DataFrame, known: pl.DataFrame) -> list[tuple[int, str]]:
    pairs, _ = near_names(names, known)
    return sorted(pairs.select("candidate", "likeness").iter_rows())


@pytest.fixture
def conn(database):
    with database.connect() as conn:
        yield conn


def match(conn, names, known):
    identity = Identity.fold(read_events(conn), as_of=date(2030, 1, 1), known_at=None)
    return match_names(conn, names, known, identity=identity)


@pytest.mark.parametrize(
    ("name", "known", "likeness"),
    [
        ("甲新科技（上海）有限公司", "甲新科技(上海) 有限公司", "same"),
        ("甲新科技上海有限公司", "甲新科技(上海)有限公司", "brackets"),
        ("甲新（上海）科技有限公司", "上海甲新科技有限公司", "brackets"),
        ("上海甲新科技有限公司", "甲新（上海）科技有限公司", "brackets"),
        ("甲新科技有限公司", "甲新科技有限责任公司", "form"),
        ("甲新科技股份有限公司", "甲新科技有限公司", "form"),
        ("甲新科技Co., Ltd.", "甲新科技有限公司", "form"),
        ("上海甲新科技有限公司", "上海甲兴科技有限公司", "one_character"),
        ("上海甲新科技有限公司", "上海甲新信科技有限公司", "one_character"),
        ("上海甲新信科技有限公司", "上海甲新科技有限责任公司", "one_character"),
        ("上海新甲科技有限公司", "上海甲新科技有限公司", "one_character"),
        # Without brackets another order is another name.
        ("上海甲新科技有限公司", "甲新上海科技有限公司", None),
        ("上海甲新科技有限公司", "上海乙兴科技有限公司", None),
        # Cores of fewer than four characters: 甲新 and 甲兴 are just two firms.
        ("甲新有限公司", "甲兴有限公司", None),
    ],
)
def test_near_names_are_found_with_their_reason(name, known, likeness):
    expected = [] if likeness is None else [(7, likeness)]

    assert expected == found(asked(name), told((7, known)))


def test_near_names_give_the_nearest_reason_once_per_organisation():
    known = told(
        (7, "甲新科技（上海）有限责任公司"),
        (7, "甲新科技上海有限公司"),
        (8, "甲新科技（上海）有限责任公司"),
    )

    assert [(7, "brackets"), (8, "form")] == found(
        asked("甲新科技（上海）有限公司"), known
    )


def test_name_with_an_equal_is_not_compared_further():
    known = told((7, "上海甲新科技有限公司"), (8, "上海甲兴科技有限公司"))

    assert [(7, "same")] == found(asked("上海甲新科技有限公司"), known)


def test_name_is_no_doubt_about_itself():
    names = asked("上海甲新科技有限公司")
    known = names.select("org", pl.lit(None, pl.String).alias("code"), "name")

    assert [] == found(names, known)


def test_common_name_lists_no_neighbours_and_is_counted():
    known = [(n, f"上海甲{c}科技有限公司") for n, c in enumerate("乙丙丁戊己庚")]
    assert MOST + 1 == len(known)

    assert 1 == near_names(asked("上海甲新科技有限公司"), told(*known))[1]
    assert [] == found(asked("上海甲新科技有限公司"), told(*known))
    assert MOST == len(found(asked("上海甲新科技有限公司"), told(*known[:MOST])))


@given(
    st.lists(st.text("甲乙丙丁", min_size=4, max_size=6), max_size=8, unique=True),
    st.lists(st.text("甲乙丙丁", min_size=4, max_size=6), max_size=5, unique=True),
)
def test_near_names_miss_nobody_one_character_away(names, known):
    pairs, crowded = near_names(asked(*names), told(*enumerate(known)))

    near = {(n, k) for n in names for k in known if n != k and one_apart(n, k)}
    equal = {n for n in names if n in known}
    expected = {(n, n) for n in equal} | {(n, k) for n, k in near if n not in equal}
    assert expected == set(pairs.select("name", "known_name").iter_rows())
    assert 0 == crowded


@given(st.text("ab", max_size=5), st.text("ab", max_size=5))
def test_one_apart_is_one_edit_or_one_swap(a, b):
    def edits(text):
        for at in range(len(text) + 1):
            yield text[:at] + text[at + 1 :]
            for c in "ab":
                yield text[:at] + c + text[at:]
                yield text[:at] + c + text[at + 1 :]
            yield text[:at] + text[at : at + 2][::-1] + text[at + 2 :]

    assert (a != b and b in set(edits(a))) == one_apart(a, b)


def test_doubt_is_listed_and_joins_nothing(conn):
    name = "上海甲新科技有限公司"

    listed = match(conn, asked(name), told((7, name), (8, "上海甲新科技 有限公司")))

    (doubt,) = open_doubts(conn)
    assert (handle_of_name(name), name, "") == (doubt.org, doubt.name, doubt.batch_id)
    assert (
        Candidate(7, "C7", name, "same"),
        Candidate(8, "C8", "上海甲新科技 有限公司", "same"),
    ) == doubt.candidates
    assert 2 == listed.doubts.height
    assert () == read_events(conn)


def test_doubt_listed_before_is_not_listed_again_but_a_new_candidate_is(conn):
    name = "上海甲新科技有限公司"
    match(conn, asked(name), told((7, name)))

    again = match(conn, asked(name), told((7, name)))
    more = match(conn, asked(name), told((7, name), (8, name)))

    assert (0, 1) == (again.doubts.height, more.doubts.height)
    assert [[7], [8]] == [[c.org for c in d.candidates] for d in open_doubts(conn)]


def test_settled_match_joins_closes_and_is_asked_no_more(conn):
    name = "上海甲新科技有限公司"
    match(conn, asked(name), told((7, name), (8, name)))
    (doubt,) = open_doubts(conn)

    (number,) = settle_doubt(conn, doubt.id, 7, **WORD)

    (event,) = read_events(conn)
    assert (number, "match", 7, doubt.org, name, doubt.known_at.date()) == (
        event.id,
        event.kind,
        event.org,
        event.other,
        event.name,
        event.valid_from,
    )
    assert () == open_doubts(conn)
    assert 0 == match(conn, asked(name), told((7, name), (9, name))).doubts.height
    with pytest.raises(UsageError, match="no open doubt"):
        settle_doubt(conn, doubt.id, 8, **WORD)


def test_rejected_candidates_are_not_asked_again_and_others_are(conn):
    name = "上海甲新科技有限公司"
    match(conn, asked(name), told((7, name), (8, name)))
    (doubt,) = open_doubts(conn)

    numbers = settle_doubt(conn, doubt.id, None, **WORD)

    assert [("reject_match", 7), ("reject_match", 8)] == [
        (e.kind, e.org) for e in read_events(conn)
    ]
    assert () == open_doubts(conn)
    known = told((7, name), (8, name), (9, name))
    assert [9] == match(conn, asked(name), known).doubts["candidate"].to_list()
    undo_event(conn, numbers[0], actor="a", reason="r")
    assert [doubt.id, doubt.id + 1] == [d.id for d in open_doubts(conn)]
    # Only the one that is open again can be rejected again.
    assert 1 == len(settle_doubt(conn, doubt.id, None, **WORD))


def test_matched_name_is_open_again_when_the_match_is_undone(conn):
    name = "上海甲新科技有限公司"
    match(conn, asked(name), told((7, name)))
    (doubt,) = open_doubts(conn)
    (number,) = settle_doubt(conn, doubt.id, 7, **WORD)

    undo_event(conn, number, actor="a", reason="r")

    assert (doubt,) == open_doubts(conn)


def test_names_that_events_state_are_known_and_merged_ones_are_one(conn):
    name = "上海甲新科技有限公司"
    events: tuple[dict[str, Any], ...] = (
        {"kind": "rename", "org": 7, "name": name},
        {"kind": "merge", "org": 7, "other": 8},
    )
    for event in events:
        record_event(conn, IdentityEvent(valid_from=date(2020, 1, 1), **event, **WORD))

    match(conn, asked(name), told((8, name)))

    (doubt,) = open_doubts(conn)
    assert [7] == [c.org for c in doubt.candidates]


def test_no_names_or_no_known_ones_list_nothing(conn):
    assert 0 == match(conn, asked(), told((7, "上海甲新科技有限公司"))).doubts.height
    assert 0 == match(conn, asked("上海甲新科技有限公司"), told()).doubts.height
    assert () == open_doubts(conn)
