# SPDX-License-Identifier: Apache-2.0
"""Somebody acts for a firm: given, held, ended, and written beside all that he does."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ceyuan.kernel import NotAllowed, UsageError
from ceyuan.office.auditing import acting_for, audit, on_behalf
from ceyuan.office.consents import answer, ask
from ceyuan.office.delegations import (
    LONGEST,
    begin,
    delegation_of,
    delegations,
    done_for,
    end,
    finish,
    give,
    held_by,
)
from ceyuan.office.jobs import enqueue, stop_by, work_once
from ceyuan.office.letters import letters_to
from ceyuan.office.memory import open_memory
from ceyuan.office.users import set_user

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ceyuan.office.memory import Memory

TODAY = date(2026, 11, 21)
FIRM = "91319999MA00000X2E"
OTHER = "91319999MA003FYB0K"


@pytest.fixture
def memory(office_folder: Path) -> Iterator[Memory]:
    with open_memory(office_folder, actor="管理员") as opened:
        for name, role, organisation in (
            ("管理员", "admin", "市科委"),
            ("企业甲", "firm", FIRM),
            ("企业甲二", "firm", FIRM),
            ("企业乙", "firm", OTHER),
            ("园区经理", "park", "样例园区"),
            ("离职者", "park", "样例园区"),
        ):
            set_user(
                opened, name, [role], organisation=organisation,
                active=name != "离职者",
            )  # fmt: skip
        yield opened


def who(memory: Memory, name: str) -> Memory:
    return replace(memory, actor=name)


def given(memory: Memory, delegate: str = "园区经理", **said: Any) -> Any:
    words = {"on": TODAY, "until": TODAY + timedelta(30), "reason": "代办更正", **said}
    return give(who(memory, "企业甲"), FIRM, delegate, **words)


def trail(memory: Memory) -> list[tuple[str, str, str, str]]:
    """Return actor, behalf, verb and object of all but registering, in order."""
    with memory.transaction() as conn:
        return conn.execute(
            "select actor, behalf, verb, object from audit where verb <> 'user.set'"
            " order by seq"
        ).fetchall()


def test_a_delegation_holds_from_its_day_to_its_last(memory: Memory) -> None:
    one = given(memory, until=TODAY + timedelta(2))

    held = {day: one.holds(TODAY + timedelta(day)) for day in (-1, 0, 1, 2, 3)}
    with memory.transaction() as conn:
        found = held_by(conn, "园区经理", TODAY)
        others = held_by(conn, "企业甲", TODAY)
        over = held_by(conn, "园区经理", TODAY + timedelta(3))
    assert held == {-1: False, 0: True, 1: True, 2: True, 3: False}
    assert (found, others, over) == ([one], [], [])
    assert (one.organisation, one.delegate, one.since, one.until, one.reason) == (
        FIRM, "园区经理", TODAY, TODAY + timedelta(2), "代办更正",
    )  # fmt: skip


def test_what_is_ended_no_longer_holds_and_stays_as_it_was_given(
    memory: Memory,
) -> None:
    one = given(memory)

    ended = end(who(memory, "企业甲"), one.id, reason="办完了")

    with memory.transaction() as conn:
        kept = delegation_of(conn, one.id)
    assert kept == ended
    assert replace(kept, ended_by="", ended_at=None) == one
    assert (kept.ended_by, kept.holds(TODAY)) == ("企业甲", False)
    with pytest.raises(UsageError, match="it is over"):
        end(who(memory, "管理员"), one.id)
    assert trail(memory) == [
        ("企业甲", FIRM, "delegation.give", f"{FIRM}/{one.id}"),
        ("企业甲", FIRM, "delegation.end", f"{FIRM}/{one.id}"),
    ]


@pytest.mark.parametrize(
    ("delegate", "said", "told"),
    [
        ("没有这个人", {}, "cannot be a delegate"),
        ("离职者", {}, "cannot be a delegate"),
        ("企业甲二", {}, "cannot be a delegate"),
        ("园区经理", {"until": TODAY - timedelta(1)}, "within a year"),
        ("园区经理", {"until": TODAY + LONGEST + timedelta(1)}, "within a year"),
        ("园区经理", {"reason": " "}, "a reason is asked"),
    ],
)
def test_what_will_not_do_is_told_and_nothing_is_given(
    memory: Memory, delegate: str, said: dict[str, Any], told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        given(memory, delegate, **said)

    with memory.transaction() as conn:
        assert delegations(conn) == []
    assert trail(memory) == []


def test_why_somebody_cannot_be_a_delegate_is_the_same_for_unknown_and_known(
    memory: Memory,
) -> None:
    """A firm has no list of the office's users; this form is none either."""
    told = []
    for name in ("没有这个人", "离职者"):
        with pytest.raises(UsageError) as caught:
            given(memory, name)
        told.append((caught.value.message.replace(name, "X"), caught.value.hint))

    assert told[0] == told[1]


def test_a_last_day_a_year_away_and_today_will_do(memory: Memory) -> None:
    assert given(memory, until=TODAY).holds(TODAY)
    assert given(memory, "企业乙", until=TODAY + LONGEST).holds(TODAY + LONGEST)


def test_a_wrong_code_is_told(memory: Memory) -> None:
    with pytest.raises(UsageError, match="not a credit code"):
        give(memory, FIRM[:-1] + "A", "园区经理", on=TODAY, until=TODAY, reason="x")


def test_the_same_is_not_given_twice_but_again_once_it_is_over(
    memory: Memory,
) -> None:
    one = given(memory)
    with pytest.raises(UsageError, match="holds one already"):
        given(memory)

    end(who(memory, "企业甲"), one.id)

    assert given(memory).id > one.id


def test_who_acts_for_a_firm_hands_nothing_on(memory: Memory) -> None:
    given(memory)

    with acting_for(FIRM), pytest.raises(NotAllowed, match="hands nothing on"):
        give(who(memory, "园区经理"), FIRM, "企业乙", on=TODAY, until=TODAY, reason="x")

    with memory.transaction() as conn:
        assert [one.delegate for one in delegations(conn)] == ["园区经理"]


def test_only_who_holds_a_delegation_begins_to_act(memory: Memory) -> None:
    one = given(memory)

    begun = begin(who(memory, "园区经理"), FIRM, on=TODAY)
    for name, code, day in (
        ("企业乙", FIRM, TODAY),
        ("园区经理", OTHER, TODAY),
        ("园区经理", FIRM, TODAY + timedelta(31)),
    ):
        with pytest.raises(NotAllowed, match="no delegation"):
            begin(who(memory, name), code, on=day)
    finish(who(memory, "园区经理"), FIRM)

    assert begun == one
    assert trail(memory)[1:] == [
        ("园区经理", FIRM, "delegation.begin", f"{FIRM}/{one.id}"),
        ("园区经理", FIRM, "delegation.finish", FIRM),
    ]


def test_whatever_is_done_while_acting_names_the_firm_whichever_verb_does_it(
    memory: Memory,
) -> None:
    delegate = who(memory, "园区经理")

    with memory.transaction() as conn:
        job = enqueue(conn, "k", {}, actor="园区经理")
    with acting_for(FIRM):
        stop_by(delegate, job)
        with memory.transaction() as conn:
            audit(conn, "said.otherwise", [("x", None, {})], actor="a", behalf=OTHER)
            audit(conn, "said.nothing", [("x", None, {})], actor="a")
    asks = ask(
        delegate, [(FIRM, "甲")], party="样例园区", purpose="checkup",
        on=TODAY,
    )  # fmt: skip
    answer(who(memory, "企业甲"), asks[0], given=True, on=TODAY)

    with memory.transaction() as conn:
        rows = conn.execute(
            "select verb, behalf from audit order by seq desc limit 5"
        ).fetchall()
    assert rows[::-1] == [
        ("job.stop", FIRM),
        # A verb that says for whom is believed.
        ("said.otherwise", OTHER),
        ("said.nothing", FIRM),
        ("consent.ask", "样例园区"),
        ("consent.give", FIRM),
    ]


def test_acting_ends_with_its_block_also_when_it_goes_wrong() -> None:
    def fail() -> None:
        with acting_for(FIRM):
            assert on_behalf() == FIRM
            with acting_for(OTHER):
                assert on_behalf() == OTHER
            assert on_behalf() == FIRM
            msg = "went wrong"
            raise RuntimeError(msg)

    with pytest.raises(RuntimeError):
        fail()

    assert on_behalf() == ""


def test_a_job_is_done_for_whom_its_asker_acted(memory: Memory) -> None:
    seen: list[tuple[str, str]] = []

    def kind(office: Memory, job: Any, progress: Any) -> dict[str, Any]:
        seen.append((office.actor, on_behalf()))
        return {}

    with memory.transaction() as conn:
        enqueue(conn, "k", {"own": 1}, actor="企业甲")
    with acting_for(FIRM), memory.transaction() as conn:
        enqueue(conn, "k", {"own": 2}, actor="园区经理")

    while work_once(who(memory, "worker"), {"k": kind}) is not None:
        pass

    assert sorted(seen) == [("企业甲", ""), ("园区经理", FIRM)]


def test_the_firm_sees_all_that_was_done_for_it_and_by_whom(memory: Memory) -> None:
    given(memory)
    with acting_for(FIRM), memory.transaction() as conn:
        audit(conn, "x.done", [("o", None, {})], actor="园区经理", reason="为何")
    with acting_for(OTHER), memory.transaction() as conn:
        audit(conn, "x.elsewhere", [("o", None, {})], actor="园区经理")

    with memory.transaction() as conn:
        found = done_for(conn, FIRM)
        others = done_for(conn, OTHER)

    assert [(d.actor, d.verb, d.object, d.reason, d.by_delegate) for d in found] == [
        ("园区经理", "x.done", "o", "为何", True),
        ("企业甲", "delegation.give", found[1].object, "代办更正", False),
    ]
    assert [d.verb for d in others] == ["x.elsewhere"]


def test_a_list_holds_only_what_its_clause_lets_through(memory: Memory) -> None:
    given(memory)
    give(who(memory, "企业乙"), OTHER, "园区经理", on=TODAY, until=TODAY, reason="x")

    with memory.transaction() as conn:
        own = delegations(conn, clause="organisation = %s", given=[FIRM])
        none = delegations(conn, clause="false")
        every = delegations(conn)

    assert [one.organisation for one in own] == [FIRM]
    assert none == []
    assert [one.organisation for one in every] == [OTHER, FIRM]


def test_delegation_by_the_office_asks_for_evidence_and_tells_the_firm(
    memory: Memory,
) -> None:
    said: Any = {"on": TODAY, "until": TODAY, "reason": "代办"}
    with pytest.raises(UsageError, match="evidence is asked"):
        give(memory, FIRM, "园区经理", **said)
    made = give(memory, FIRM, "园区经理", **said, evidence="委托书 3 号，2026-11-20")
    with memory.transaction() as conn:
        letters = {n: letters_to(conn, n) for n in ("企业甲", "企业甲二", "企业乙")}

    assert (made.actor, made.reason) == (
        "管理员", "代办（依据：委托书 3 号，2026-11-20）",
    )  # fmt: skip
    assert letters["企业乙"] == []
    for name in ("企业甲", "企业甲二"):
        (letter,) = letters[name]
        assert letter.subject == (
            "园区经理 可以代本企业办理了 (园区经理 may act for your firm)"
        )
        assert "委托书 3 号，2026-11-20" in letter.body
        assert letter.about == "/delegations"

    end(who(memory, "企业甲"), made.id, reason="不是我们的意思")
    with memory.transaction() as conn:
        assert len(letters_to(conn, "企业甲")) == 1
        last = letters_to(conn, "企业甲二")[0]
    assert "企业甲 收回了给 园区经理 的委托" in last.body
