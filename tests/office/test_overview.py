# SPDX-License-Identifier: Apache-2.0
"""The headline: the numbers of the last run and the book, few not told apart."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from ceyuan.office.entitlements import summary, unclaimed
from ceyuan.office.entitling import entitle
from ceyuan.office.overview import OfPolicy, Sum, forget, made, overview
from ceyuan.office.policy_life import add_stage, begin_draft
from ceyuan.office.policy_news import News
from ceyuan.office.runs import find
from ceyuan.office.small_cells import Span
from tests.office.money_by_hand import (
    DECIDED,
    PREMIUM,
    SCALE,
    TOTAL,
    VOUCHER,
    YEAR,
    appropriate,
    office,
    promised,
    vouchers,
)
from tests.office.town_by_hand import AS_OF, WAN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ceyuan.office.memory import Memory


@pytest.fixture(name="memory")
def _memory(office_folder: Path) -> Iterator[Memory]:
    forget()
    with office(office_folder) as opened:
        yield opened
    forget()


def exact(count: int) -> Span:
    return Span(count, count)


def test_an_office_that_decided_nothing_says_so(memory: Memory) -> None:
    shown = made(memory, AS_OF)

    assert (None, 0, 32, exact(0), (), {}) == (
        shown.run, shown.firms, shown.policies, shown.entitled.firms,
        shown.by_policy, dict(shown.outcomes),
    )  # fmt: skip
    assert Sum(exact(0), 0, exact(0)) == shown.paid == shown.unclaimed


def test_the_headline_says_what_the_verbs_of_officers_say(memory: Memory) -> None:
    promised(memory)
    shown = made(memory, AS_OF)
    run = find(memory, "last")

    # Rewards of 1, 2, 3, 4 and subsidies of L1, L2 (firm 1), L3 (4), L4 (5).
    assert (run.id, 6, Sum(exact(5), None, exact(8))) == (
        shown.run.id if shown.run else "", shown.firms, shown.entitled,
    )  # fmt: skip
    assert Sum(exact(5), TOTAL, exact(8)) == shown.unclaimed
    assert Sum(exact(0), 0, exact(0)) == shown.paid
    nothing = Sum(exact(0), 0)
    assert (
        OfPolicy(SCALE, "CNY", Sum(exact(4), 110 * WAN), nothing),
        OfPolicy(PREMIUM, "CNY", Sum(exact(3), 1_400_001), nothing),
    ) == shown.by_policy
    with memory.transaction() as conn:
        assert (8, 5, TOTAL) == unclaimed(conn)
        assert 110 * WAN == sum(
            one["amount"] for one in summary(conn) if one["policy"] == SCALE
        )
    assert {
        o: n for o, n in run.counts[SCALE].items() if n
    } == {o: s.low for o, s in shown.outcomes[SCALE].items() if s.is_exact and s.low} | {
        o: n for o, n in run.counts[SCALE].items() if 0 < n < 3 or n == max(run.counts[SCALE].values())
    }  # fmt: skip
    assert shown.synthetic


def test_what_two_firms_got_is_told_neither_by_itself_nor_by_the_rest(
    memory: Memory,
) -> None:
    vouchers(memory, [1, 2], quota="10万元")
    appropriate(memory, "innovation_voucher", 500 * WAN)
    entitle(memory, year=YEAR, on=DECIDED, policies=[VOUCHER], reason="年度核定")
    shown = made(memory, AS_OF)

    [one] = shown.by_policy
    assert (VOUCHER, Sum(Span(1, 2), None)) == (one.policy, one.granted)
    assert (Span(1, 2), None) == (shown.entitled.firms, shown.entitled.claims)


def test_what_is_left_out_is_not_found_by_subtraction() -> None:
    # 1 firm's subsidy of 33 万元, 5 rewards of which 3 are paid, 23 vouchers all paid.
    from ceyuan.office.overview import _claims, _Row

    def told(few: int, theirs: int) -> dict[str, object]:
        rows = [
            _Row("premium", "CNY", few, theirs, 0, 0, few),
            _Row("scale", "CNY", 5, 100, 3, 60, 2),
            _Row("voucher", "VOUCHER", 23, 230, 23, 230, 0),
        ]
        owed = (few + 2, few + 2, theirs + 40)
        return _claims(rows, (28 + few, 28 + few), (3, 3, 60), owed)

    shown, other = told(1, 33), told(2, 700)

    assert {**shown, "unclaimed": None} == {**other, "unclaimed": None}
    assert shown == {
        "entitled": Sum(Span(29, 30), None, None),
        # 3 were paid and 5 are entitled: 2 would be left, who are of few.
        "paid": Sum(exact(3), None, exact(3)),
        # Of 3 firms; what each of them was granted is not told, nor can be added up.
        "unclaimed": Sum(Span(2, 4), 73, None),
        "by_policy": (
            OfPolicy("premium", "CNY", Sum(Span(1, 2), None), Sum(exact(0), 0)),
            OfPolicy("scale", "CNY", Sum(exact(5), None), Sum(Span(3, 5), None)),
            OfPolicy("voucher", "VOUCHER", Sum(exact(23), 230), Sum(exact(23), 230)),
        ),
    }


def test_where_all_that_was_granted_is_told_paid_and_owed_are_told_or_neither() -> None:
    from ceyuan.office.overview import _claims, _Row

    def told(paid_firms: int) -> tuple[int | None, int | None]:
        rows = [
            _Row("premium", "CNY", 6, 60, 0, 0, 6),
            _Row("scale", "CNY", 8, 80, paid_firms, 10 * paid_firms, 8 - paid_firms),
        ]
        paid = (paid_firms, paid_firms, 10 * paid_firms)
        owed = (14 - paid_firms, 14 - paid_firms, 140 - 10 * paid_firms)
        made = _claims(rows, (14, 14), paid, owed)
        return made["paid"].amount, made["unclaimed"].amount

    assert (0, 140) == told(0)
    assert (None, None) == told(1) == told(2)
    assert (30, 110) == told(3)


def test_the_headline_is_worked_out_once_for_each_state(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ceyuan.office import overview as module

    monkeypatch.setattr(module._KEPT, "_seconds", 0)
    first = overview(memory, AS_OF)
    same = overview(memory, AS_OF)
    add_stage(memory, "xjr_2026", "draft", since=AS_OF)
    other = overview(memory, AS_OF)

    assert (True, False) == (first is same, first is other)


# --- news --------------------------------------------------------------------------


def test_news_are_consultations_first_then_day_by_day(memory: Memory) -> None:
    add_stage(
        memory, "hnte_2016", "consultation", since=AS_OF, until=AS_OF + timedelta(9)
    )
    name = begin_draft(memory, "没有公开的草案（虚构）", on=AS_OF)
    add_stage(memory, name, "draft", since=AS_OF)

    told = made(memory, AS_OF).news

    rule = memory.region.rule("hnte_2016").said
    assert (
        News(AS_OF, "consultation", "hnte_2016", rule.zh, rule.en, AS_OF + timedelta(9))
        == told[0]
    )
    assert [
        (date(2026, 12, 31), "ends", "xjr_2022"),
        (date(2026, 12, 31), "ends", "zjtx_2022"),
        (date(2026, 4, 1), "in_force", "xjr_2026"),
        (date(2026, 4, 1), "in_force", "zjtx_2026"),
    ] == [(one.day, one.what, one.policy) for one in told[1:]]
    assert name not in {one.policy for one in told}


def test_a_draft_in_consultation_is_news_under_its_name(memory: Memory) -> None:
    name = begin_draft(memory, "概念验证支持办法（虚构）", on=AS_OF)
    add_stage(memory, name, "consultation", since=AS_OF, until=AS_OF)

    [first, *_] = made(memory, AS_OF).news
    later = made(memory, AS_OF + timedelta(1)).news

    assert ("consultation", name, "概念验证支持办法（虚构）") == (
        first.what, first.policy, first.zh,
    )  # fmt: skip
    assert name not in {one.policy for one in later}
