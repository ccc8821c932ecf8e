# SPDX-License-Identifier: Apache-2.0
"""Before a ruling: what is shown is what comes; who claims does not rule."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from ceyuan.kernel import UNKNOWN, NotAllowed, UsageError
from ceyuan.office.claiming import dispute, stated_of, typed_claim
from ceyuan.office.correcting import claim, claims, held
from ceyuan.office.disagreements import disagreements
from ceyuan.office.disagreements_ranked import ranked
from ceyuan.office.firms import Firm
from ceyuan.office.memory import Memory, open_memory
from ceyuan.office.ruling import Resting, claim_of, preview, rule, whose
from ceyuan.office.running import run
from tests.office.money_by_hand import (
    OFFICER,
    REVIEWER,
    SCALE,
    promised,
    scale_id,
    standing,
)
from tests.office.town_by_hand import AS_OF, WAN, add, code, name, org, services

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REVENUE = ("revenue", 2025)


@pytest.fixture
def memory(office_folder: Path) -> Iterator[Memory]:
    with open_memory(office_folder, actor=OFFICER) as opened:
        yield opened


def firm(number: int) -> Firm:
    return Firm(org(number), code(number), name(number))


def said(memory: Memory, number: int, key: Any, value: Any) -> Any:
    return claim(memory, firm(number), key, value, reason="有新证据", as_of=AS_OF)


def other(memory: Memory) -> Memory:
    return replace(memory, actor=REVIEWER)


@pytest.mark.parametrize("value", [900 * WAN, 1300 * WAN])
def test_preview_is_what_the_ruling_does_and_writes_nothing(
    memory: Memory, value: int
) -> None:
    services(memory)
    run(memory, as_of=AS_OF)
    one = said(memory, 2, REVENUE, Fraction(value))

    shown = preview(memory, one, on=AS_OF)
    again = preview(memory, one, on=AS_OF)
    assert held(memory, firm(2), REVENUE, as_of=AS_OF) == Fraction(1200 * WAN)
    ruled = rule(other(memory), one.id, accepted=True, reason="已核对", on=AS_OF)

    assert [(r.policy, r.before, r.after) for r in shown.answers] == [
        (r.policy, r.before, r.after) for r in ruled.revisions
    ]
    assert shown == again
    turned = [r.policy for r in shown.turned]
    assert ("service_scale" in turned) == (value == 900 * WAN)


def test_preview_goes_on_from_an_earlier_ruling(memory: Memory) -> None:
    services(memory)
    run(memory, as_of=AS_OF)
    first = said(memory, 2, REVENUE, Fraction(900 * WAN))
    rule(other(memory), first.id, accepted=True, reason="已核对", on=AS_OF)
    second = said(memory, 2, REVENUE, Fraction(1300 * WAN))

    (turned,) = [
        r for r in preview(memory, second, on=AS_OF).turned if r.policy == SCALE
    ]

    assert (turned.before["outcome"], turned.after["outcome"]) == (
        "ineligible", "eligible",
    )  # fmt: skip


def test_preview_names_the_entitlement_and_what_becomes_of_it(memory: Memory) -> None:
    promised(memory)
    # 5 % of 100 万元 are 5; below the line of 1000 there is nothing.
    less = said(memory, 1, ("rd_expense", 2025), Fraction(100 * WAN))
    none = said(memory, 2, REVENUE, Fraction(900 * WAN))

    shown = [preview(memory, one, on=AS_OF).resting for one in (less, none)]

    assert shown == [
        (Resting(scale_id(1), SCALE, "noticed", 10 * WAN, "CNY", 5 * WAN),),
        (Resting(scale_id(2), SCALE, "noticed", 20 * WAN, "CNY", None),),
    ]
    assert not shown[0][0].is_out
    rule(other(memory), less.id, accepted=True, reason="已核对", on=AS_OF)
    now = standing(memory)
    assert (now[scale_id(1)], now[scale_id(1, 2)]) == (
        ("withdrawn", 10 * WAN), ("noticed", 5 * WAN),
    )  # fmt: skip


def test_preview_without_a_run_changes_the_record_only(memory: Memory) -> None:
    services(memory)
    one = said(memory, 2, REVENUE, Fraction(900 * WAN))

    shown = preview(memory, one, on=AS_OF)

    assert (shown.run, shown.answers, shown.resting) == ("", (), ())


def test_who_claims_does_not_rule(memory: Memory) -> None:
    services(memory)
    one = said(memory, 2, REVENUE, Fraction(900 * WAN))

    with pytest.raises(NotAllowed, match=f"由 `{OFFICER}` 提出"):
        rule(memory, one.id, accepted=True, reason="自己裁定", on=AS_OF)

    assert claim_of(memory, one.id).state == "open"
    with pytest.raises(UsageError, match="要说明理由"):
        rule(other(memory), one.id, accepted=True, reason=" ", on=AS_OF)
    with pytest.raises(UsageError, match="没有编号为 99"):
        rule(other(memory), 99, accepted=True, reason="理由", on=AS_OF)


def test_dispute_reads_the_value_from_its_source_not_from_the_page(
    memory: Memory, tmp_path: Path
) -> None:
    services(memory)
    stated = stated_of(memory, code(2), "revenue", "2025", on=AS_OF)
    assert [s.source for s in stated.one.stated] == ["tax", "firm"]

    for_firm = dispute(memory, stated, source="firm", reason="查账", on=AS_OF)
    neither = dispute(memory, stated, source="", reason="都不可信", on=AS_OF)
    for_tax = dispute(memory, stated, source="tax", reason="申报表", on=AS_OF)

    assert [(c.kind, c.claimed) for c in (for_firm, neither, for_tax)] == [
        ("dispute", Fraction(900 * WAN)),
        ("dispute", UNKNOWN),
        ("dispute", Fraction(1200 * WAN)),
    ]
    with pytest.raises(UsageError, match="`park` 没有说过这一项"):
        dispute(memory, stated, source="park", reason="理由", on=AS_OF)


def test_ruling_for_the_source_that_counts_settles_the_disagreement(
    memory: Memory,
) -> None:
    services(memory)
    assert disagreements(memory, as_of=AS_OF).counts == {"revenue": 2}
    stated = stated_of(memory, code(2), "revenue", "2025", on=AS_OF)
    one = dispute(memory, stated, source="tax", reason="申报表", on=AS_OF)

    rule(other(memory), one.id, accepted=True, reason="与申报表一致", on=AS_OF)

    left = disagreements(memory, as_of=AS_OF)
    assert [d.firm.code for d in left.shown] == [code(3)]


@pytest.mark.parametrize(
    ("code_said", "attribute", "year"),
    [
        ("91319999MA00000X2E", "revenue", "2025"),
        (code(2), "no_such_fact", ""),
        (code(2), "revenue", "1999"),
        (code(2), "", ""),
        (code(2), "revenue", "20x5"),
    ],
)
def test_what_nobody_states_is_not_there(
    memory: Memory, code_said: str, attribute: str, year: str
) -> None:
    services(memory)

    with pytest.raises(UsageError):
        stated_of(memory, code_said, attribute, year, on=AS_OF)


def test_typed_claim_takes_words_as_people_write_them(memory: Memory) -> None:
    services(memory)

    made = [
        typed_claim(
            memory, firm=name(2), fact=fact, year=2025, value=value,
            reason="来电", on=AS_OF,
        )
        for fact, value in (("营业收入", "900万元"), ("revenue", "未知"))
    ]  # fmt: skip

    assert [(c.attribute, c.year, c.claimed, c.kind) for c in made] == [
        ("revenue", 2025, Fraction(900 * WAN), "correction"),
        ("revenue", 2025, UNKNOWN, "correction"),
    ]
    for fact, year, value in (
        ("营业收人", 2025, "900万元"),
        ("营业收入", None, "900万元"),
        ("营业收入", 2025, "900人"),
    ):
        with pytest.raises(UsageError):
            typed_claim(
                memory, firm=name(2), fact=fact, year=year, value=value,
                reason="来电", on=AS_OF,
            )  # fmt: skip


def test_disagreements_that_turn_an_answer_come_first(memory: Memory) -> None:
    services(memory)
    run(memory, as_of=AS_OF)

    found = ranked(memory, as_of=AS_OF)

    # Firm 2: 900 or 1200, the line is 1000. Firm 3: 1200 or 1500: nothing turns,
    # and yet there would be no answer had nobody stated it.
    first, second = found["rows"]
    assert (first["code"], second["code"]) == (code(2), code(3))
    assert "service_scale" in first["policies"]
    assert "service_scale" not in second["policies"]
    assert "service_scale" in second["hangs"]
    assert (first["decided"], second["decided"]) == (True, True)
    assert first["best"] == {
        "source": "tax", "value": 1200 * WAN, "zh": "1,200.00 万元",
        "en": "CNY 12.00 million", "since": "2025-01-01",
    }  # fmt: skip
    assert (found["total"], found["subjects"], found["counts"]) == (
        2, 2, {"revenue": 2},
    )  # fmt: skip


def test_what_a_disagreement_turns_is_what_its_ruling_turns(memory: Memory) -> None:
    services(memory)
    run(memory, as_of=AS_OF)
    shown = {row["code"]: row for row in ranked(memory, as_of=AS_OF)["rows"]}
    add(memory, "park", [{"firm": 1, "year": 2025, "revenue": 800 * WAN}])

    later = {row["code"]: row for row in ranked(memory, as_of=AS_OF)["rows"]}
    turned = {}
    for number in (2, 3):
        stated = stated_of(memory, code(number), "revenue", "2025", on=AS_OF)
        one = dispute(memory, stated, source="firm", reason="查账", on=AS_OF)
        turned[code(number)] = sorted(
            r.policy
            for r in preview(memory, one, on=AS_OF).turned
            if (r.before["outcome"], r.before["amount"])
            != (r.after["outcome"], r.after["amount"])
        )

    assert {c: row["policies"] for c, row in shown.items()} == turned
    # What was stated after the run is not decided yet, and says so.
    assert (later[code(1)]["decided"], later[code(1)]["policies"]) == (False, [])


def test_whose_claims_are_is_told_by_the_names_of_today(memory: Memory) -> None:
    services(memory)
    said(memory, 2, REVENUE, Fraction(900 * WAN))

    called = whose(memory, claims(memory), AS_OF)

    assert called == {org(2): firm(2)}
    assert whose(memory, [], AS_OF) == {}
