# SPDX-License-Identifier: Apache-2.0
"""A sheet goes into JSON and comes back equal: exactly, in order, nothing confused."""

from __future__ import annotations

import json
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ceyuan.kernel import ABSENT, UNKNOWN
from ceyuan.language import Fixed, Gone, Quotient, Range, Root
from ceyuan.office.checkup import FirmCheck
from ceyuan.office.firm_sheet_json import decode, encode, row_of
from ceyuan.office.firm_sheet_model import FirmSheet, Stated
from ceyuan.office.firm_sheet_values import decode_known, encode_known
from ceyuan.office.holding import StatedBy
from ceyuan.policies import Decision, Move, Outcome, Shift

NAMES = st.text("abcdefgh_", min_size=1, max_size=6)
WORDS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8
)
YEARS = st.none() | st.integers(2000, 2030)
KEYS = st.tuples(NAMES, YEARS)
NUMBERS = st.integers(-(10**20), 10**20) | st.fractions(max_denominator=10**6)
DAYS = st.dates()
SETS = st.frozensets(WORDS, max_size=3)
KNOWN = st.booleans() | NUMBERS | WORDS | DAYS | SETS
VALUES = KNOWN | st.sampled_from([ABSENT, UNKNOWN])
TRUTH = st.booleans() | st.just(UNKNOWN)
MISSING = st.frozensets(KEYS, max_size=3)
RANGES = st.builds(
    Range,
    st.none() | NUMBERS,
    st.none() | NUMBERS,
    st.sampled_from(Gone),
    MISSING,
    st.booleans(),
)
QUOTIENTS = st.builds(Quotient, RANGES, RANGES, st.fractions(), st.fractions())
OUTPUTS = (
    TRUTH | WORDS | RANGES | QUOTIENTS | st.builds(Root, QUOTIENTS, st.integers(1, 9))
)
OUTCOMES = st.sampled_from(Outcome)
AMOUNTS = st.none() | st.integers(0, 10**15)


def decisions(variants: st.SearchStrategy[Any]) -> st.SearchStrategy[Decision]:
    return st.builds(
        Decision,
        st.just("p"),
        st.none() | OUTCOMES,
        st.dictionaries(NAMES, TRUTH, max_size=4),
        MISSING,
        st.lists(NAMES, max_size=2).map(tuple),
        AMOUNTS,
        st.dictionaries(NAMES, OUTPUTS, max_size=3),
        NAMES | st.just(""),
        st.dictionaries(NAMES, variants, max_size=2),
    )


DECISIONS = decisions(decisions(st.nothing()))
SHIFTS = st.builds(
    Shift,
    NAMES,
    YEARS,
    st.none() | KNOWN,
    KNOWN,
    st.fractions(min_value=0),
    st.sampled_from(["money", "people"]),
)
MOVES = st.builds(
    Move,
    st.just("p"),
    st.lists(SHIFTS, max_size=3).map(tuple),
    OUTCOMES,
    AMOUNTS,
    MISSING,
    st.lists(NAMES, max_size=3).map(tuple),
    NAMES | st.just(""),
)
STATED = st.builds(
    Stated,
    st.lists(
        st.builds(StatedBy, NAMES, KNOWN | st.just(UNKNOWN), DAYS),
        min_size=1,
        max_size=3,
    ).map(tuple),
    st.booleans(),
)
RECORDS = st.lists(st.dictionaries(NAMES, KNOWN, max_size=3), max_size=2).map(tuple)
FACTS = st.builds(
    Fixed,
    st.dictionaries(KEYS, VALUES, max_size=5),
    st.dictionaries(
        NAMES, st.tuples(RECORDS, st.booleans() | st.frozensets(NAMES)), max_size=2
    ),
)


def named(decision: Decision, policy: str) -> Decision:
    """Return a decision under the name of its policy, its variants too."""
    return Decision(
        policy,
        decision.outcome,
        decision.clauses,
        decision.missing,
        decision.refused,
        decision.amount,
        decision.outputs,
        decision.variant,
        {code: named(one, policy) for code, one in decision.variants.items()},
    )


@st.composite
def sheets(draw: st.DrawFn) -> FirmSheet:
    code, name, year, facts = draw(WORDS), draw(WORDS), draw(st.integers()), draw(FACTS)
    policies = draw(st.lists(NAMES, unique=True, max_size=4))
    some = st.lists(st.sampled_from(policies), unique=True) if policies else st.just([])

    def move(policy: str) -> Move:
        one = draw(MOVES)
        return Move(
            policy, one.shifts, one.outcome, one.amount, one.missing, one.turns,
            one.variant,
        )  # fmt: skip

    check = FirmCheck(
        row_of(code, name),
        facts,
        year,
        {p: named(draw(DECISIONS), p) for p in policies},
        {p: move(p) for p in draw(some)},
        {p: draw(NAMES) for p in draw(some)},
        {p: draw(st.lists(KEYS, max_size=2).map(tuple)) for p in draw(some)},
        {p: draw(st.integers(0, 10**15)) for p in draw(some)},
    )
    return FirmSheet(
        run=draw(WORDS),
        region=draw(NAMES),
        declarations=draw(WORDS),
        as_of=draw(DAYS),
        settings=draw(st.lists(WORDS, max_size=2).map(tuple)),
        org=draw(st.integers(-(2**63), 2**63 - 1)),
        code=code,
        name=name,
        year=year,
        facts=facts,
        stated=draw(st.dictionaries(KEYS, STATED, max_size=4)),
        check=check,
        steps={p: (move(p), move(p)) for p in draw(some)},
        lists=draw(st.dictionaries(NAMES, st.lists(NAMES).map(tuple), max_size=2)),
        synthetic=draw(st.booleans()),
        revised=draw(st.integers(0, 2**63 - 1)),
    )


def through_the_database(body: Any) -> Any:
    """Return JSON as `jsonb` gives it back: the order of names is gone."""
    return json.loads(json.dumps(body, sort_keys=True))


@settings(max_examples=40)
@given(sheets())
def test_sheet_round_trips_exactly_and_keeps_its_order(sheet: FirmSheet) -> None:
    body = encode(sheet)

    again = decode(through_the_database(body))

    assert sheet == again
    assert list(sheet.check.decisions) == list(again.check.decisions)
    for policy, decision in sheet.check.decisions.items():
        there = again.check.decisions[policy]
        assert list(decision.clauses) == list(there.clauses)
        assert list(decision.outputs) == list(there.outputs)
        assert list(decision.variants) == list(there.variants)
    assert encode(again) == body


@given(VALUES)
def test_value_keeps_its_kind(value: Any) -> None:
    again = decode_known(through_the_database(encode_known(value)))

    assert value == again
    assert isinstance(value, bool) is isinstance(again, bool)
    assert isinstance(value, str) is isinstance(again, str)
    assert not isinstance(again, float)


@pytest.mark.parametrize(
    ("value", "held"),
    [
        (True, True),
        (1, 1),
        (Fraction(2, 1), 2),
        (Fraction(1, 3), {"number": "1/3"}),
        (10**30, 10**30),
        ("1/3", "1/3"),
        ("2025-01-01", "2025-01-01"),
        (date(2025, 1, 1), {"day": "2025-01-01"}),
        (frozenset({"b", "a"}), {"set": ["a", "b"]}),
        (frozenset(), {"set": []}),
        (ABSENT, {"state": "absent"}),
        (UNKNOWN, {"state": "unknown"}),
        ("absent", "absent"),
        (None, None),
    ],
)
def test_value_stands_so(value: Any, held: Any) -> None:
    assert held == encode_known(value)
    assert value == decode_known(held)


def test_another_schema_is_refused() -> None:
    with pytest.raises(ValueError, match=r"ceyuan\.firm_sheet/0"):
        decode({"schema": "ceyuan.firm_sheet/0"})
