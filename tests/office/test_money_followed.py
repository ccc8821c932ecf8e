# SPDX-License-Identifier: Apache-2.0
"""The route of followed money: columns, ways, what came back, what shares a place."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

from ceyuan.ledger.model import Entry
from ceyuan.ledger.reading import Step
from ceyuan.office.money_followed import MOST_PLACES, Route, Way, route


def step(depth: int, debit: str, credit: str, most: int, **more: Any) -> Step:
    said: dict[str, Any] = {
        "seq": 1, "id": f"{debit}>{credit}", "kind": "transfer", "amount": most,
        "commodity": "CNY", "code": "x", "cause": "x", "effective": date(2026, 1, 1),
        "of": "", "expires": None, "link": "", "actor": "x",
        "known_at": datetime(2026, 1, 1, tzinfo=UTC), "sha": b"",
    }  # fmt: skip
    return Step(depth, Entry(debit=debit, credit=credit, **{**said, **more}), most)


def test_forward_the_origin_stands_first() -> None:
    steps = [step(0, "t", "pool", 100), step(1, "pool", "a", 30), step(2, "a", "b", 30)]

    assert Route(
        (("t",), ("pool",), ("a",), ("b",)),
        (Way("t", "pool", 100), Way("pool", "a", 30), Way("a", "b", 30)),
        {},
        0,
    ) == route(steps, forward=True)


def test_backward_the_origin_stands_first_too() -> None:
    # From the bank back: what `b` had came out of `a`, and that out of the pool.
    steps = [step(0, "b", "bank", 30), step(1, "a", "b", 30), step(2, "pool", "a", 30)]

    found = route(steps, forward=False)

    assert (("pool",), ("a",), ("b",), ("bank",)) == found.columns
    assert {Way("pool", "a", 30), Way("a", "b", 30), Way("b", "bank", 30)} == set(
        found.ways
    )


def test_account_reached_by_two_ways_stands_after_both() -> None:
    # pool → b → bank directly, and pool → a → c → bank.
    steps = [
        step(0, "t", "pool", 100),
        step(1, "pool", "b", 10),
        step(1, "pool", "a", 20),
        step(2, "b", "bank", 10),
        step(2, "a", "c", 20),
        step(3, "c", "bank", 20),
    ]

    found = route(steps, forward=True)

    assert (("t",), ("pool",), ("a", "b"), ("c",), ("bank",)) == found.columns
    assert 0 == found.left_out


def test_what_came_back_is_below_zero_on_the_way_that_it_took_back() -> None:
    steps = [
        step(0, "t", "pool", 100),
        step(1, "pool", "a", 30),
        step(1, "pool", "b", 30),
        step(2, "b", "pool", 30, kind="reverse"),
        step(2, "a", "pool", 10, kind="reverse"),
    ]

    found = route(steps, forward=True)

    assert (
        Way("t", "pool", 100),
        Way("pool", "a", 20),
        Way("pool", "b", 0),
    ) == found.ways


def test_the_smallest_share_a_place_and_nothing_is_lost() -> None:
    firms = [step(1, "pool", f"f{n:02d}", n) for n in range(1, 21)]

    found = route([step(0, "t", "pool", 210), *firms], forward=True)

    # Seven stand alone (20 to 14), thirteen (1 to 13: 91) share a place.
    alone = tuple(f"f{n}" for n in range(20, 13, -1))
    assert MOST_PLACES == len(found.columns[2])
    assert (*alone, "…2") == found.columns[2]
    assert {"…2": 13} == found.shared
    assert {f"f{n}": n for n in range(14, 21)} | {"…2": 91, "pool": 210} == {
        way.target: way.most for way in found.ways
    }


def test_what_lies_too_far_is_counted() -> None:
    path = ["t", "pool", "a", "b", "c", "d", "e"]
    steps = [step(n, one, other, 5) for n, (one, other) in enumerate(pairwise(path))]

    found = route(steps, forward=True)

    assert (("t",), ("pool",), ("a",), ("b",), ("c",)) == found.columns
    assert 2 == found.left_out
