# SPDX-License-Identifier: Apache-2.0
"""From a claim to a ruling to the few decisions that are made again."""

from __future__ import annotations

import hashlib
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from ceyuan.kernel import UNKNOWN, UsageError
from ceyuan.office import identities
from ceyuan.office.correcting import claim, claims, held, revisions, rule_on
from ceyuan.office.disagreements import disagreements
from ceyuan.office.firms import Firm
from ceyuan.office.holding import held_of
from ceyuan.office.memory import Memory, open_memory
from ceyuan.office.replaying import replay
from ceyuan.office.running import run
from ceyuan.policies.edges import facts_read
from tests.office.town_by_hand import (
    AS_OF,
    WAN,
    add,
    another,
    code,
    name,
    org,
    services,
    state,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REVENUE = ("revenue", 2025)


@pytest.fixture
def memory(office_folder: Path) -> Iterator[Memory]:
    with open_memory(office_folder, actor="经办人甲") as opened:
        services(opened)
        yield opened


def firm(number: int) -> Firm:
    return Firm(org(number), code(number), name(number))


def said(memory: Memory, number: int, key: Any, value: Any, **more: Any) -> Any:
    return claim(
        memory, firm(number), key, value, reason="有新证据", as_of=AS_OF, **more
    )


def test_claim_that_is_rejected_changes_nothing(memory: Memory, tmp_path: Path) -> None:
    evidence = tmp_path / "审计报告.pdf"
    evidence.write_bytes(b"audited")
    made = run(memory, as_of=AS_OF)
    one = said(memory, 2, REVENUE, Fraction(900 * WAN), evidence=evidence, role="firm")

    assert (one.state, one.stated, one.claimed, one.evidence, one.evidence_sha) == (
        "open", Fraction(1200 * WAN), Fraction(900 * WAN), "审计报告.pdf",
        hashlib.sha256(b"audited").digest(),
    )  # fmt: skip
    assert claims(memory, open_only=True) == [one]
    told = rule_on(
        another(memory), one.id, accepted=False, reason="证据不足", as_of=AS_OF
    )

    assert (told.claim.state, told.claim.ruled_why, told.revisions) == (
        "rejected", "证据不足", (),
    )  # fmt: skip
    assert held(memory, firm(2), REVENUE, as_of=AS_OF) == Fraction(1200 * WAN)
    assert run(memory, as_of=AS_OF).snapshot == made.snapshot
    assert claims(memory, open_only=True) == []
    assert revisions(memory, made, org(2)) == []


def test_claim_that_is_accepted_outranks_all_and_redoes_what_it_touches(
    memory: Memory,
) -> None:
    made = run(memory, as_of=AS_OF)
    one = said(memory, 2, ("gb_section", None), "I")

    told = rule_on(another(memory), one.id, accepted=True, reason="已核对", as_of=AS_OF)

    # Of all policies about firms only these two ask for the section.
    assert [r.policy for r in told.revisions] == [
        "service_scale",
        "sh_little_giant_2024",
    ]
    redone, same = told.revisions
    assert not same.changed
    assert (redone.before["outcome"], redone.after["outcome"]) == (
        "eligible", "ineligible",
    )  # fmt: skip
    # Clauses: legal_person, above_line; the second is no longer met.
    assert (redone.before["met"], redone.after["met"]) == (0b11, 0b01)
    assert redone.changed
    assert [(r.policy, r.claim) for r in revisions(memory, made, org(2))] == [
        ("service_scale", one.id)
    ]
    assert held(memory, firm(2), ("gb_section", None), as_of=AS_OF) == "I"
    add(memory, "registry", [{"firm": 2, "gb_section": "M"}])
    assert held(memory, firm(2), ("gb_section", None), as_of=AS_OF) == "I"
    assert replay(memory, made.id).equal


def test_claim_is_ruled_on_once(memory: Memory) -> None:
    one = said(memory, 2, REVENUE, Fraction(900 * WAN))
    rule_on(another(memory), one.id, accepted=True, reason="已核对", as_of=AS_OF)

    for accepted in (True, False):
        with pytest.raises(UsageError, match="already decided"):
            rule_on(
                another(memory), one.id, accepted=accepted, reason="再来", as_of=AS_OF
            )

    assert [c.state for c in claims(memory)] == ["accepted"]
    with memory.transaction() as conn:
        assert conn.execute("select count(*) from statement").fetchone() == (1,)


def test_second_revision_goes_on_from_the_first(memory: Memory) -> None:
    made = run(memory, as_of=AS_OF)
    outcomes = []
    for value in (900 * WAN, 1100 * WAN, 1300 * WAN):
        one = said(memory, 2, REVENUE, Fraction(value))
        told = rule_on(
            another(memory), one.id, accepted=True, reason="已核对", as_of=AS_OF
        )
        (redone,) = [r for r in told.revisions if r.policy == "service_scale"]
        outcomes.append((redone.before["outcome"], redone.after["outcome"]))

    assert outcomes == [
        ("eligible", "ineligible"),
        ("ineligible", "eligible"),
        ("eligible", "eligible"),
    ]
    kept = [r for r in revisions(memory, made, org(2)) if r.policy == "service_scale"]
    assert [r.after["outcome"] for r in kept] == ["ineligible", "eligible"]


def test_claim_that_nobody_knows_hides_what_is_stated(memory: Memory) -> None:
    run(memory, as_of=AS_OF)
    one = said(memory, 1, REVENUE, UNKNOWN)

    told = rule_on(
        another(memory), one.id, accepted=True, reason="账册遗失", as_of=AS_OF
    )

    assert held(memory, firm(1), REVENUE, as_of=AS_OF) is UNKNOWN
    (redone,) = [r for r in told.revisions if r.policy == "service_scale"]
    assert redone.after["outcome"] == "unknown"


def test_claim_of_an_exact_number_is_held_exactly(memory: Memory) -> None:
    one = said(memory, 1, REVENUE, Fraction(10, 3))
    rule_on(another(memory), one.id, accepted=True, reason="分摊", as_of=AS_OF)

    assert held(memory, firm(1), REVENUE, as_of=AS_OF) == Fraction(10, 3)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        (("revenue", None), Fraction(1), "which year"),
        (("gb_section", 2025), "I", "has no year"),
        (("revenues", 2025), Fraction(1), "revenue"),
        (REVENUE, Fraction(1200 * WAN), "already is what is claimed"),
    ],
)
def test_claim_that_makes_no_sense_is_refused(
    memory: Memory, key: Any, value: Any, message: str
) -> None:
    with pytest.raises(UsageError) as caught:
        said(memory, 2, key, value)

    assert message in f"{caught.value.message} {caught.value.hint}"
    assert claims(memory) == []


def test_claim_and_ruling_need_a_reason_and_evidence_that_can_be_read(
    memory: Memory, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="a reason"):
        claim(memory, firm(2), REVENUE, Fraction(1), reason=" ", as_of=AS_OF)
    with pytest.raises(UsageError, match="evidence"):
        said(memory, 2, REVENUE, Fraction(1), evidence=tmp_path / "none.pdf")
    one = said(memory, 2, REVENUE, Fraction(1))
    with pytest.raises(UsageError, match="a reason"):
        rule_on(another(memory), one.id, accepted=True, reason="", as_of=AS_OF)
    with pytest.raises(UsageError, match="no such claim"):
        rule_on(another(memory), 99, accepted=True, reason="x", as_of=AS_OF)
    assert [c.state for c in claims(memory)] == ["open"]


def test_dispute_that_is_settled_is_no_longer_listed_and_nothing_hangs_on_it(
    memory: Memory,
) -> None:
    """Three sources differ about firm 2; the ruling ends all of it."""
    add(memory, "statistics", [{"firm": 2, "year": 2025, "revenue": 1400 * WAN}])
    before = disagreements(memory, as_of=AS_OF, firm=firm(2))
    assert {(d.best, d.other) for d in before.shown} == {
        ("tax", "firm"),
        ("tax", "statistics"),
    }
    assert before.total == 2
    hanging = run(memory, as_of=AS_OF).hanging["service_scale"]
    one = said(memory, 2, REVENUE, Fraction(900 * WAN), kind="dispute")

    rule_on(another(memory), one.id, accepted=True, reason="以审计为准", as_of=AS_OF)

    after = disagreements(memory, as_of=AS_OF, firm=firm(2))
    assert (after.shown, after.total, after.subjects) == ((), 0, 0)
    assert run(memory, as_of=AS_OF).hanging["service_scale"] == hanging - 1
    (told,) = held_of(memory, code(2), as_of=AS_OF, attribute="revenue").facts
    assert (told.value, told.differs) == (Fraction(900 * WAN), False)
    assert [s.source for s in told.stated] == ["ruling", "tax", "statistics", "firm"]


def read_by(memory: Memory, policy: str) -> frozenset[str]:
    return facts_read(memory.region.rules[policy])


def test_ruling_on_a_firm_that_was_absorbed_since(memory: Memory) -> None:
    """The run knew two firms: of the one that it decided, it is decided again."""
    told = run(memory, as_of=AS_OF)
    one = said(memory, 2, REVENUE, Fraction(900 * WAN))
    identities.merge(memory, code(1), code(2), since=date(2026, 6, 1), reason="合并")

    ruled = rule_on(
        another(memory), one.id, accepted=True, reason="已核对", as_of=AS_OF
    )

    assert (ruled.claim.state, ruled.run) == ("accepted", told.id)
    reads = {p for p in told.policies["firm"] if "revenue" in read_by(memory, p)}
    assert {r.policy for r in ruled.revisions} == reads


def test_ruling_is_decided_on_what_the_run_knew(memory: Memory) -> None:
    """What was imported after the run is for the next run, not for a revision."""
    run(memory, as_of=AS_OF)
    one = said(memory, 2, REVENUE, Fraction(900 * WAN))
    add(memory, "statistics", [{"firm": 2, "year": 2025, "employees": 40}])

    ruled = rule_on(
        another(memory), one.id, accepted=True, reason="已核对", as_of=AS_OF
    )

    rule = memory.region.rules["tech_sme_2017"]
    at = next(
        k
        for k, c in enumerate(rule.clauses)
        if rule.said.clauses[c].zh.startswith("职工")
    )
    (after,) = (r.after for r in ruled.revisions if r.policy == rule.id)
    assert after["open"] >> at & 1  # the staff, told later, is still not known


def test_held_of_a_list_of_codes_is_a_set(memory: Memory) -> None:
    add(
        memory,
        "finance",
        [{"firm": 1, "enterprise_classes": ["hnte", "tech_sme"]}],
        record="loan",
    )
    key = ("enterprise_classes", None)

    assert held(memory, firm(1), key, as_of=AS_OF, record="loan") == frozenset(
        {"hnte", "tech_sme"}
    )
    assert held(memory, firm(2), key, as_of=AS_OF, record="loan") is UNKNOWN


def test_claims_are_listed_in_order_with_their_states(memory: Memory) -> None:
    for value in (1, 2, 3):
        said(memory, 2, REVENUE, Fraction(value))
    rule_on(another(memory), 2, accepted=False, reason="x", as_of=AS_OF)
    state(memory, 3, "gb_section", "I")

    assert [(c.id, c.state) for c in claims(memory)] == [
        (1, "open"), (2, "rejected"), (3, "open"),
    ]  # fmt: skip
    assert [c.id for c in claims(memory, open_only=True)] == [1, 3]
