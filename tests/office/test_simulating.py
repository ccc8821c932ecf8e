# SPDX-License-Identifier: Apache-2.0
"""A reform tried on stored records: figures worked by hand in `rewards`, and checks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import polars as pl
import pytest

from ceyuan.facts.store import withdraw
from ceyuan.facts.store.shelf import Damaged
from ceyuan.kernel import UsageError
from ceyuan.office.memory import open_memory
from ceyuan.office.running import run
from ceyuan.office.runs import find
from ceyuan.office.simulating import solve_for, trial, tried_json, try_reform
from ceyuan.policies import OUTCOMES, Outcome
from ceyuan.policies.simulated import Cost, Share, Turns
from tests.office.rewards import NOTHING, REWARD, SAID, reform, settings, six
from tests.office.town_by_hand import AS_OF, WAN, add, code, name, org, state

YES, NO, OPEN = Outcome.ELIGIBLE, Outcome.INELIGIBLE, Outcome.UNKNOWN


@pytest.fixture
def memory(office_folder):
    with open_memory(office_folder, actor="tester") as opened:
        yield opened


def _trial(memory, **more):
    return trial(memory, as_of=AS_OF, settings=settings(memory), said=SAID, **more)


def _tried(memory, text=None, **more):
    made = reform(memory) if text is None else reform(memory, text)
    return try_reform(_trial(memory, **more), made)


def _effect(tried, policy=REWARD):
    (found,) = [e.policies[policy] for e in tried.effects if policy in e.policies]
    return found


def _run(memory, **more: Any):
    said: dict[str, Any] = {"settings": settings(memory), "said": SAID}
    return run(memory, **{"as_of": AS_OF, **said, **more})


def _cost(definite, most):
    """Nothing is bounded by less than what is definite."""
    return Cost(definite * WAN, 0, definite * WAN, most * WAN)


def _share(subjects, turns, before, after):
    return Share(subjects, turns, _cost(*before), _cost(*after))


GAINED, MORE, LESS = Turns(gained=1), Turns(more=1), Turns(less=1)
STILL = Turns()


def test_reform_costs_and_turns_those_worked_by_hand(memory):
    six(memory)

    tried = _tried(memory)

    effect = _effect(tried)
    assert effect.transitions == {(YES, YES): 3, (NO, YES): 1, (OPEN, OPEN): 2}
    assert effect.turns == Turns(gained=1, more=1, less=1)
    # As it is 10 + 50 are sure; firm 4 may get 50 more, firm 6 may get 3.
    assert effect.before == _cost(60, 113)
    # Under the reform 20 + 10 + 40 are sure; 40 and 6 may come to it.
    assert effect.after == _cost(70, 116)
    assert [
        (one.id, one.before, one.after, one.amounts, dict(one.turned))
        for one in (*effect.gainers, *effect.losers)
    ] == [
        *sorted(
            [
                (org(1), YES, YES, (10 * WAN, 20 * WAN), {}),
                (org(2), NO, YES, (None, 10 * WAN), {"above_line": (False, True)}),
            ]
        ),
        (org(3), YES, YES, (50 * WAN, 40 * WAN), {}),
    ]
    assert {f.org: (f.code, f.name) for f in tried.called.values()} == {
        org(n): (code(n), name(n)) for n in (1, 2, 3)
    }


def test_groups_have_their_own_shares_and_one_of_the_unknown(memory):
    six(memory)

    groups = _effect(_tried(memory)).groups

    assert list(groups) == ["district", "industry", "size", "tier"]
    assert groups["district"] == {
        "浦东新区": _share(3, GAINED + MORE, (10, 13), (30, 36)),
        "徐汇区": _share(2, LESS, (50, 50), (40, 40)),
        None: _share(1, STILL, (0, 50), (0, 40)),
    }
    assert groups["industry"] == {
        "M": _share(5, GAINED + MORE + LESS, (60, 113), (70, 116)),
        "I": _share(1, STILL, (0, 0), (0, 0)),
    }
    assert groups["size"] == {
        "under_20": _share(2, MORE, (10, 13), (20, 26)),
        "under_100": _share(1, GAINED, (0, 0), (10, 10)),
        "under_300": _share(1, LESS, (50, 50), (40, 40)),
        "from_300": _share(1, STILL, (0, 0), (0, 0)),
        None: _share(1, STILL, (0, 50), (0, 40)),
    }
    assert groups["tier"] == {
        "hnte": _share(5, GAINED + MORE + LESS, (60, 113), (70, 116)),
        "none": _share(1, STILL, (0, 0), (0, 0)),
    }


def test_tier_is_unknown_where_the_list_of_titles_is_not_complete(memory):
    made = six(memory)[2]
    with memory.transaction() as conn:
        withdraw(conn, made.id, actor="tester", reason="不全")

    tiers = _effect(_tried(memory, by=("tier",))).groups

    # Nobody said who holds what: no title is known, and none is known to be missing.
    assert {key: share.subjects for key, share in tiers["tier"].items()} == {None: 6}


def test_figure_that_does_not_fit_its_column_still_has_its_group(memory):
    six(memory)
    # 37 1/3 persons fit no column of hundredths; they are 20 to 99 all the same.
    state(memory, 4, "employees", Fraction(112, 3), year=2025)

    sizes = _effect(_tried(memory, by=("size",))).groups["size"]

    assert {key: share.subjects for key, share in sizes.items()} == {
        "under_20": 2,
        "under_100": 2,
        "under_300": 1,
        "from_300": 1,
    }


def test_reform_without_changes_changes_nothing_and_equals_the_run(memory):
    six(memory)
    stored = _run(memory)

    tried = _tried(memory, NOTHING)

    (effect,) = tried.effects
    assert (effect.policies, effect.subjects) == ({}, 6)
    assert tried.stored == stored.id
    assert (effect.checks.rows, effect.checks.differing) == (6, 0)


def test_baseline_equals_the_stored_run_of_the_same_facts(memory):
    six(memory)
    stored = _run(memory)

    tried = _tried(memory)

    (effect,) = tried.effects
    assert tried.stored == stored.id
    assert stored.snapshot == tried.trial.snapshot.id
    checks = effect.checks
    assert (checks.rows, checks.policies, checks.sound) == (6, 1, True)
    assert (checks.stored_rows, checks.differing, checks.not_stored) == (6, 0, ())
    assert stored.amounts[REWARD] == effect.policies[REWARD].before.definite


@pytest.mark.parametrize("other", ["settings", "day", "year"])
def test_run_of_other_settings_or_day_is_not_compared(memory, other):
    six(memory)
    if other == "settings":
        _run(memory, settings={}, said=())
    elif other == "day":
        _run(memory, as_of=date(2026, 11, 20))
    else:
        _run(memory, base_year=2024)

    tried = _tried(memory)

    assert tried.stored == ""
    assert tried.effects[0].checks.stored_rows is None
    assert tried.effects[0].checks.sound


def _spoil(memory, stored):
    """Seal other decisions in the place of a run's: an engine that was changed."""
    (part,) = stored.parts["firm"]
    kept = pl.read_parquet(memory.shelf.path(part))
    codes = {outcome: number for number, outcome in OUTCOMES.items()}
    orgs = kept["org"].to_list()
    first, second = orgs.index(org(1)), orgs.index(org(2))
    other = kept.with_columns(
        kept[REWARD].scatter([second], codes[YES]),
        kept[f"{REWARD}:amount"].scatter([first], 11 * WAN),
    )
    sealed = memory.shelf.keep(other)
    with memory.transaction() as conn:
        conn.execute("alter table run_part disable trigger all")
        conn.execute(
            "update run_part set name = %s, sha256 = %s, size = %s where run_id = %s"
            " and subject = 'firm'",
            (sealed.name, sealed.sha256, sealed.size, stored.id),
        )
        conn.execute("alter table run_part enable trigger all")
    return replace(stored, parts=find(memory, stored.id).parts)


def test_stored_run_that_says_otherwise_is_reported_place_by_place(memory):
    six(memory)
    _spoil(memory, _run(memory))

    checks = _tried(memory).effects[0].checks

    assert not checks.sound
    assert checks.differing == 2
    assert {(d.id, d.column, d.expected, d.found) for d in checks.differences} == {
        (org(2), REWARD, "eligible", "ineligible"),
        (org(1), f"{REWARD}:amount", 11 * WAN, 10 * WAN),
    }


def test_damaged_run_is_named_and_nothing_is_compared(memory):
    six(memory)
    stored = _run(memory)
    (part,) = stored.parts["firm"]
    memory.shelf.path(part).unlink()

    with pytest.raises(Damaged, match=stored.id):
        _tried(memory)


def test_known_at_tries_on_what_was_known_then(memory):
    six(memory)
    then = datetime.now(UTC)
    state(memory, 2, "revenue", Fraction(1000 * WAN), year=2025)

    now, before = _tried(memory), _tried(memory, known_at=then)

    # With 1000 万元 firm 2 reaches today's line: 5 are added to what it costs.
    assert (_effect(now).before, _effect(now).turns) == (
        _cost(65, 118), Turns(more=2, less=1),
    )  # fmt: skip
    assert (_effect(before).before, _effect(before).turns) == (
        _cost(60, 113), Turns(gained=1, more=1, less=1),
    )  # fmt: skip
    assert now.trial.snapshot.id != before.trial.snapshot.id


def test_what_the_office_sets_does_not_outrank_what_the_reform_says(memory):
    six(memory)
    said = (*SAID, "service_scale.reward_rate=1%")
    from ceyuan.office.parameters import typed_settings

    tested = trial(
        memory,
        as_of=AS_OF,
        settings=typed_settings(memory.region, said),
        said=said,
        by=("district",),
    )
    effect = _effect(try_reform(tested, reform(memory)))

    # 1 % of 200 and of 2000; the reform's 10 % stand.
    assert (effect.before.definite, effect.after.definite) == (22 * WAN, 70 * WAN)


def test_two_kinds_of_subjects_are_told_apart_firms_first(memory):
    six(memory)
    _orders(memory)

    tried = _tried(
        memory,
        """\
reform: both
zh: 两项
en: Both
change:
  - {policy: sh_voucher_2025, parameter: support_ratio, value: 60}
  - {policy: sh_voucher_2025, parameter: firm_yearly_cap, value: 100}
  - {policy: service_scale, parameter: reward_rate, value: 10}
""",
    )

    assert [(one.subject, one.subjects) for one in tried.effects] == [
        ("firm", 6), ("order", 2),
    ]  # fmt: skip
    orders = _effect(tried, "sh_voucher_2025")
    # Nobody says the yearly cap as it is, so no amount is; then 60 % of 10 and of 20
    # 万元, of which 6 and 9 are asked for.
    assert orders.after == Cost(15 * WAN, 0, 15 * WAN, 15 * WAN)
    assert orders.groups == {}
    assert [e.elsewhere for e in tried.effects] == [
        ("sh_voucher_2025",), ("service_scale",),
    ]  # fmt: skip


def _orders(memory):
    def order(firm, number, total, asked):
        return {
            "firm": firm, "key": number, "order_number": number,
            "ordered_on": date(2026, 3, 1), "voucher_user": "firm",
            "order_total": total * WAN, "voucher_requested": asked * WAN,
            "voucher_used": 0, "order_verified": True, "tech_sme_valid": True,
            "registered_in_shanghai": True,
        }  # fmt: skip

    add(
        memory,
        "park",
        [order(1, "A-1", 10, 7), order(2, "A-2", 20, 9)],
        record="order",
    )


def test_reform_of_subjects_that_nobody_stated_is_refused(memory):
    six(memory)
    text = """\
reform: vouchers
zh: 券
en: Vouchers
change:
  - {policy: sh_voucher_2025, parameter: support_ratio, value: 60}
"""
    with pytest.raises(UsageError, match="没有 order 的记录") as caught:
        _tried(memory, text)

    assert "ceyuan import" in caught.value.hint


def test_nothing_imported_is_refused(memory):
    with pytest.raises(UsageError, match="没有 firm 的记录"):
        _tried(memory)


def test_unknown_grouping_is_refused_with_those_there_are(memory):
    with pytest.raises(UsageError) as caught:
        _trial(memory, by=("distrikt",))

    assert caught.value.hint == "可用：district、industry、size、tier"


def test_altered_batch_is_named_before_anything_is_tried(memory):
    batch = six(memory)[1]
    path = memory.shelf.path(batch.parts[0])
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1] + b"?")

    with pytest.raises(Damaged, match=batch.id):
        _trial(memory)


def test_budget_is_spent_to_the_last_step(memory):
    six(memory)

    solved = solve_for(_trial(memory), f"{REWARD}.reward_rate", 65 * WAN)

    # Firm 3 is at its cap of 50 from 2.5 % on; firm 1 gets 200 万元 times the rate:
    # 15 万元 at 7.5 %.
    assert (solved.value, solved.unit, solved.cost) == (Fraction("7.5"), "%", 65 * WAN)
    assert (solved.exact, solved.course) == (True, "rising")


def test_solving_keeps_its_bounds_and_step(memory):
    six(memory)

    solved = solve_for(
        _trial(memory),
        f"{REWARD}.reward_rate",
        65 * WAN,
        low=Fraction(5),
        high=Fraction(10),
        step=Fraction(2),
    )

    # 6, 8 and 10 % are tried; 8 % would cost 66 万元.
    assert (solved.value, solved.cost) == (Fraction(6), 62 * WAN)
    assert {one.value for one in solved.tried} <= {Fraction(n) for n in (6, 8, 10)}


def test_no_value_keeps_a_budget_that_is_too_small(memory):
    six(memory)

    solved = solve_for(
        _trial(memory), f"{REWARD}.reward_rate", WAN, low=Fraction(5), high=Fraction(9)
    )

    assert (solved.value, solved.cost) == (None, None)


def test_solving_under_a_reform_reads_its_other_values(memory):
    six(memory)

    solved = solve_for(
        _trial(memory), f"{REWARD}.reward_rate", 64 * WAN, reform=reform(memory)
    )

    # Firm 3 has its 40; firms 1 and 2 together 300 万元 times the rate: 24 at 8 %.
    assert (solved.value, solved.cost) == (Fraction(8), 64 * WAN)


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("service_scale.reward_rat", "did you mean `reward_rate`?"),
        ("servise_scale.reward_rate", "did you mean `service_scale`?"),
        (
            "tech_sme_2017.score_min",
            "换一项有金额的政策 (name a policy with an `amount`)",
        ),
    ],
)
def test_what_cannot_be_solved_for_is_refused_with_the_near_miss(memory, asked, hint):
    six(memory)

    with pytest.raises(UsageError) as caught:
        solve_for(_trial(memory), asked, WAN)

    assert caught.value.hint == hint


def test_json_says_where_the_figures_come_from(memory):
    six(memory)
    stored = _run(memory)
    tried = _tried(memory)

    document = tried_json(tried)

    assert set(document) == {
        "schema", "reform", "synthetic", "snapshot", "declarations", "as_of",
        "known_at", "compared_with_run", "effects", "solved",
    }  # fmt: skip
    assert document["schema"] == "ceyuan.simulate/1"
    assert document["synthetic"] is True
    assert document["snapshot"] == stored.snapshot
    assert document["declarations"] == memory.declared.digest
    assert (document["as_of"], document["compared_with_run"]) == (
        "2026-11-21", stored.id,
    )  # fmt: skip
    assert document["reform"]["zh"] == "提高奖励（虚构）"
    (effect,) = document["effects"]
    losers = effect["policies"][REWARD]["losers"]
    assert [(one["code"], one["name"]) for one in losers] == [(code(3), name(3))]
    assert document["solved"] is None


def test_real_facts_carry_no_mark(memory):
    six(memory, synthetic=False)

    assert tried_json(_tried(memory))["synthetic"] is False


def test_frames_hold_what_the_groups_read_and_nothing_is_left_out(memory):
    six(memory)
    tested = _trial(memory)

    (one,) = tested.frames("firm", [memory.region.rule("tech_sme_2017")])

    groups = {c for c in one[0].columns if c.startswith("group:")}
    assert groups == {f"group:{n}" for n in ("district", "industry", "size", "tier")}
    assert sorted(one[0]["org"]) == sorted(org(n) for n in range(1, 7))
