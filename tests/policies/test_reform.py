# SPDX-License-Identifier: Apache-2.0
"""A reform on a handful of firms, every figure worked by hand; and on random ones."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from fractions import Fraction
from random import Random
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from ceyuan.declarations import Region
from ceyuan.declarations.reform import parse_reform
from ceyuan.engine import encode, open_shape
from ceyuan.kernel import CeyuanError, UsageError
from ceyuan.policies import Outcome, decide, plan
from ceyuan.policies.reform import simulate
from ceyuan.policies.rows import facts_of, taken
from ceyuan.policies.simulated import Cost, Named, Share, Turns, simulated_json
from tests.language.strategies import Filler, World, reads
from tests.policies.steps_world import AS_OF, DICTIONARY, firm, policy
from tests.policies.test_agreement import _lines, _subjects
from tests.regions.cases import REGION

if TYPE_CHECKING:
    from ceyuan.declarations import Rule
    from ceyuan.language import Fixed
    from ceyuan.policies.simulated import Simulated

FOUNDED = date(2015, 1, 1)
ELIGIBLE, INELIGIBLE, OPEN = Outcome.ELIGIBLE, Outcome.INELIGIBLE, Outcome.UNKNOWN
AWAY = Outcome.NOT_APPLICABLE
REWARD = """\
amount:
  zh: 奖励
  en: reward
  expr: "{expr}"
  round: {{to: 1, mode: down, article: one}}
"""
# Half of the sales, for sales of 30 yuan and 20 people.
GRANT = policy(
    {"sells": "sales >= line", "many": "staff >= people"},
    name="grant",
    more=REWARD.format(expr="0.5 * if_absent(sales, 0)"),
)
CLEAN = policy({"clean": "NOT banned"}, name="clean")
FIRMS = [
    # sales, staff, district: before -> after (line 30 -> 25, people 20 -> 22)
    (40, 25, "甲"),  # A eligible 20 yuan -> the same
    (26, 30, "甲"),  # B fails -> eligible, 13 yuan: gains
    (50, 21, "乙"),  # C eligible 25 yuan -> fails: loses
    (10, 10, "乙"),  # D fails -> fails
    (28, None, "乙"),  # E fails -> unknown: 0 to 14 yuan
    (60, None, None),  # F unknown, 0 to 30 yuan -> the same
    (None, 25, "甲"),  # G unknown, no upper end -> the same
    (None, 21, None),  # H unknown, no upper end -> fails
]
CHANGES = [
    "{policy: grant, parameter: line, value: 25}",
    "{policy: grant, parameter: people, value: 22}",
]


def region(*rules: Rule) -> Region:
    return Region("small", DICTIONARY, {rule.id: rule for rule in rules}, "")


def text(*changes: str) -> str:
    lines = "".join(f"  - {change}\n" for change in changes)
    return "reform: tried\nzh: 试\nen: tried\n" + (f"change:\n{lines}" if lines else "")


def subjects() -> list[Fixed]:
    found = []
    for sales, staff, _ in FIRMS:
        said = {"sales": sales, "staff": staff, "reg_date": FOUNDED}
        found.append(firm(**{k: v for k, v in said.items() if v is not None}))
    return found


def frames(size: int = 8) -> list[Any]:
    frame, linked, unfit = encode(subjects(), GRANT.scope.facts)
    assert not unfit
    frame = frame.with_columns(
        pl.Series("district", [d for _, _, d in FIRMS]),
        pl.Series("org", list("ABCDEFGH")),
    )
    return [(frame.slice(at, size), linked) for at in range(0, frame.height, size)]


def tried(*changes: str, size: int = 8, **options: Any) -> Simulated:
    whole = region(GRANT, CLEAN)
    reform = parse_reform(text(*changes), whole)
    said = {"as_of": AS_OF, "touched": reform.touched, "id_column": "org", **options}
    return simulate(whole.rules, reform.rules(whole), frames(size), **said)


@pytest.mark.parametrize("size", [8, 3, 1])
def test_two_parameters_on_eight_firms_give_what_was_worked_by_hand(size):
    found = tried(*CHANGES, size=size, groups={"district": "district"}, named=5)
    effect = found.policies["grant"]

    assert (8, 2025, ["grant"]) == (found.subjects, found.base_year, [*found.policies])
    assert {
        (ELIGIBLE, ELIGIBLE): 1,  # A
        (ELIGIBLE, INELIGIBLE): 1,  # C
        (OPEN, OPEN): 2,  # F, G
        (OPEN, INELIGIBLE): 1,  # H
        (INELIGIBLE, ELIGIBLE): 1,  # B
        (INELIGIBLE, OPEN): 1,  # E
        (INELIGIBLE, INELIGIBLE): 1,  # D
    } == effect.transitions
    assert {ELIGIBLE: 2, OPEN: 3, INELIGIBLE: 3} == effect.outcomes(after=False)
    assert {ELIGIBLE: 2, INELIGIBLE: 3, OPEN: 3} == effect.outcomes(after=True)
    assert Turns(gained=1, more=0, lost=1, less=0) == effect.turns
    # Before: A 20 + C 25 yuan; F up to 30 more; G and H without an end.
    assert Cost(4500, 0, 4500, None, 2, 0) == effect.before
    # After: A 20 + B 13; E up to 14, F up to 30 more; G without an end.
    assert Cost(3300, 0, 3300, None, 1, 0) == effect.after
    assert {
        # C 25 before; E up to 14 after
        "乙": Share(
            3, Turns(0, 0, 1, 0), Cost(2500, 0, 2500, 2500), Cost(0, 0, 0, 1400)
        ),
        # A 20 -> 20, B 0 -> 13, G open both times
        "甲": Share(
            3, Turns(1), Cost(2000, 0, 2000, None, 1), Cost(3300, 0, 3300, None, 1)
        ),
        # F up to 30 both times, H open before
        None: Share(2, Turns(), Cost(0, 0, 0, None, 1), Cost(0, 0, 0, 3000)),
    } == effect.groups["district"]
    assert list(effect.groups["district"]) == ["乙", "甲", None]
    assert (
        Named("B", INELIGIBLE, ELIGIBLE, (None, 1300), {"sells": (False, True)}),
    ) == effect.gainers
    assert (
        Named("C", ELIGIBLE, INELIGIBLE, (2500, None), {"many": (True, False)}),
    ) == effect.losers


def test_reform_then_its_inverse_is_the_baseline():
    whole = region(GRANT, CLEAN)
    there = parse_reform(text(*CHANGES), whole)
    changed = region(*there.rules(whole).values())
    back = parse_reform(
        text(
            "{policy: grant, parameter: line, value: 30}",
            "{policy: grant, parameter: people, value: 20}",
        ),
        changed,
    )
    found = simulate(
        whole.rules, back.rules(changed), frames(), as_of=AS_OF, touched=back.touched
    )
    effect = found.policies["grant"]
    assert all(before is after for before, after in effect.transitions)
    assert Turns() == effect.turns
    assert effect.before == effect.after


def test_empty_reform_changes_nothing_and_is_checked():
    found = tried()
    assert {} == dict(found.policies)
    assert (8, 8, 2) == (found.subjects, found.checks.rows, found.checks.policies)
    same = tried(touched=["grant", "clean"])
    for effect in same.policies.values():
        assert all(before is after for before, after in effect.transitions)
        assert Turns() == effect.turns
        assert effect.before == effect.after
        assert () == effect.gainers == effect.losers


def test_reform_that_repeals_takes_everything_and_one_untouched_is_left_out():
    effect = tried("{policy: grant, repeal: true}").policies["grant"]
    assert "repealed" == effect.change
    assert {(ELIGIBLE, AWAY): 2, (OPEN, AWAY): 3, (INELIGIBLE, AWAY): 3} == dict(
        effect.transitions
    )
    assert Turns(lost=2) == effect.turns
    assert (Cost(4500, 0, 4500, None, 2), Cost()) == (effect.before, effect.after)
    assert ["C", "A"] == [one.id for one in effect.losers]  # 25 before 20 yuan
    assert {"sells": (True, None), "many": (True, None)} == effect.losers[0].turned


def test_policy_that_a_reform_adds_has_no_before():
    whole = region(CLEAN)
    found = simulate(
        whole.rules,
        {**whole.rules, "grant": GRANT},
        frames(),
        as_of=AS_OF,
        touched=["grant"],
    )
    effect = found.policies["grant"]
    assert "added" == effect.change
    assert {(AWAY, ELIGIBLE): 2, (AWAY, OPEN): 3, (AWAY, INELIGIBLE): 3} == dict(
        effect.transitions
    )
    assert (Cost(), Cost(4500, 0, 4500, None, 2)) == (effect.before, effect.after)
    assert [2, 0] == [one.id for one in effect.gainers]  # rows, without an id


def test_amount_that_a_reform_raises_counts_as_more_and_less():
    found = tried('{policy: grant, amount: "0.8 * line"}')
    # 24 yuan for everybody who is eligible: A 20 -> 24, C 25 -> 24
    effect = found.policies["grant"]
    assert Turns(more=1, less=1) == effect.turns
    # F, G and H are open: up to 24 yuan each
    assert Cost(4800, 0, 4800, 4800 + 3 * 2400) == effect.after
    assert [("A", (2000, 2400))] == [(o.id, o.amounts) for o in effect.gainers]
    assert [("C", (2500, 2400))] == [(o.id, o.amounts) for o in effect.losers]


def test_policy_without_an_amount_has_no_cost():
    effect = tried("{policy: clean, clause: clean, test: banned}").policies["clean"]
    assert {(OPEN, OPEN): 8} == dict(effect.transitions)
    assert (None, None) == (effect.before, effect.after)


def test_partial_policy_pays_for_certain_to_nobody():
    part = policy(
        {"sells": "sales >= line"},
        name="part",
        more="coverage: partial\nuncovered: [{zh: 其他, en: the rest}]\n"
        + REWARD.format(expr="line"),
    )
    whole = region(part)
    reform = parse_reform(text("{policy: part, parameter: line, value: 45}"), whole)
    found = simulate(
        whole.rules, reform.rules(whole), frames(), as_of=AS_OF, touched=["part"]
    )
    effect = found.policies["part"]
    # Sales of 40, 50, 60 against 30: three referrals of 30 yuan; G and H are open.
    assert Cost(0, 9000, 0, 5 * 3000) == effect.before
    # 50 and 60 against 45: two of 45 yuan.
    assert Cost(0, 9000, 0, 4 * 4500) == effect.after
    assert Turns(more=2, lost=1) == effect.turns


def test_groups_are_columns_expressions_or_callables():
    found = tried(
        *CHANGES,
        groups={
            "by_expr": pl.when(pl.col("sales@2025") >= 4000).then(1).otherwise(0),
            "by_call": lambda frame: frame["district"] == "甲",
            "staff": "staff",  # the base year's column
        },
    )
    groups = found.policies["grant"].groups
    assert {0: 5, 1: 3} == {k: s.subjects for k, s in groups["by_expr"].items()}
    assert {False: 3, True: 3, None: 2} == {
        k: s.subjects for k, s in groups["by_call"].items()
    }
    assert {10: 1, 21: 2, 25: 2, 30: 1, None: 2} == {
        k: s.subjects for k, s in groups["staff"].items()
    }


def test_grouping_that_is_no_column_is_refused_with_the_near_one():
    with pytest.raises(UsageError, match="no column `distric`") as caught:
        tried(*CHANGES, groups={"district": "distric"})
    assert "did you mean `district`?" == caught.value.hint


def test_policy_of_other_subjects_is_named_and_left_out():
    found = tried(*CHANGES, subject="loan")
    assert (("grant",), {}) == (found.elsewhere, dict(found.policies))


def test_what_an_office_set_does_not_outrank_the_reform():
    whole = region(GRANT)
    reform = parse_reform(text(CHANGES[0]), whole)
    office = {"grant": {"line": Fraction(4500), "people": Fraction(1)}}
    found = simulate(
        whole.rules,
        reform.rules(whole),
        frames(),
        as_of=AS_OF,
        touched=["grant"],
        settings=office,
        reform_settings=reform.settings(office),
    )
    # Line of 45, one person: C. Line of 25, still one person: A, B, C.
    effect = found.policies["grant"]
    assert 1 == effect.outcomes(after=False)[ELIGIBLE]
    assert 3 == effect.outcomes(after=True)[ELIGIBLE]


def stored(size: int) -> list[pl.DataFrame]:
    whole = frames()[0][0]
    ready = plan([GRANT, CLEAN], open_shape(whole.columns), as_of=AS_OF)
    decided = whole.select("org").hstack(ready.run(whole))
    return [decided.slice(at, size) for at in range(0, 8, size)]


@pytest.mark.parametrize("size", [1, 3, 8])
def test_baseline_equal_to_the_stored_run_is_said(size):
    checks = tried(*CHANGES, size=2, stored=stored(size)).checks
    assert (8, 0, (), ()) == (
        checks.stored_rows,
        checks.differing,
        checks.differences,
        checks.not_stored,
    )
    assert checks.sound


def test_stored_run_that_says_otherwise_is_told_by_its_first_differences():
    wrong = stored(8)[0].with_columns(
        pl.Series("grant", [0, 3, 3, 3, 3, 2, 2, 2], dtype=pl.UInt8),
        pl.Series("grant:amount", [2000, None, None, None, None, None, None, None]),
    )
    checks = tried(*CHANGES, stored=[wrong]).checks
    told = [(d.id, d.column, d.expected, d.found) for d in checks.differences]
    assert [
        ("C", "grant", "ineligible", "eligible"),
        ("C", "grant:amount", None, 2500),
    ] == told
    assert (2, False) == (checks.differing, checks.sound)


def test_stored_run_of_another_length_is_refused():
    with pytest.raises(UsageError, match="fewer rows"):
        tried(*CHANGES, stored=stored(8)[:0])
    with pytest.raises(UsageError, match="more rows"):
        tried(*CHANGES, stored=[*stored(8), *stored(8)])


def test_rebuilt_policy_that_decides_otherwise_stops_the_simulation():
    # A rule whose text is another than what was composed from it.
    other = policy(
        {"sells": "sales > line"}, name="grant", more=REWARD.format(expr="line")
    )
    lying = replace(GRANT, source=other.source)
    with pytest.raises(CeyuanError, match="a reform without changes"):
        simulate(
            {"grant": lying}, {"grant": GRANT}, frames(), as_of=AS_OF, touched=["grant"]
        )


def test_rows_that_fit_no_frame_are_decided_by_the_interpreter():
    huge = firm(sales=Fraction(10**30), staff=30, reg_date=FOUNDED)
    # The reward of the huge one would not fit either, so its sum does not hang on it.
    paid = policy(
        {"sells": "sales >= line", "many": "staff >= people"},
        name="grant",
        more=REWARD.format(expr="line"),
    )
    whole = region(paid)
    all_of_them = [*subjects(), huge]
    frame, linked, unfit = encode(all_of_them, paid.scope.facts)
    reform = parse_reform(text("{policy: grant, parameter: people, value: 31}"), whole)
    found = simulate(
        whole.rules,
        reform.rules(whole),
        [(frame, linked, {row: all_of_them[row] for row in unfit})],
        as_of=AS_OF,
        touched=["grant"],
    )
    effect = found.policies["grant"]
    assert {8} == unfit
    # A, C and the huge one were eligible; nobody has 31 people.
    assert 3 == effect.turns.lost
    assert ["0", "2", "8"] == sorted(str(one.id) for one in effect.losers)


def test_answer_as_plain_data_is_whole_and_exact():
    found = tried(*CHANGES, groups={"district": "district"}, stored=stored(8))
    told = json.loads(json.dumps(simulated_json(found)))
    assert ("ceyuan.simulate/1", "2026-11-21", 8) == (
        told["schema"],
        told["as_of"],
        told["subjects"],
    )
    effect = told["policies"]["grant"]
    assert {
        "outcomes": {"eligible": 2, "ineligible": 3, "unknown": 3},
        "cost": {
            "definite": 3300,
            "referred": 0,
            "least": 3300,
            "most": None,
            "unbounded": 1,
            "floored": 0,
        },
    } == effect["after"]
    assert [None] == [g["value"] for g in effect["groups"]["district"] if g["unknown"]]
    assert {
        "id": "B",
        "before": "ineligible",
        "after": "eligible",
        "amount_before": None,
        "amount_after": 1300,
        "turned": {"sells": {"before": "not_met", "after": "met"}},
    } == effect["gainers"][0]
    assert told["checks"]["stored_run"]["equal"] is True


REAL = [
    ("tech_transfer_cit", "exempt_max", 800),
    ("rd_super_2023", "general_rate", 120),
    ("sh_voucher_2025", "support_ratio", 70),
    ("service_scale", "reward_max", 80),
]


@pytest.mark.parametrize(("name", "parameter", "value"), REAL)
def test_interval_holds_the_cost_of_every_completion(name, parameter, value):
    rule = REGION.rules[name]
    day = max(rule.said.validity.from_, date(2022, 10, 1))
    reform = parse_reform(
        text(f"{{policy: {name}, parameter: {parameter}, value: {value}}}"), REGION
    )
    after = reform.rules(REGION)[name]
    context = after.context(day)
    names = reads(rule.scope, *(d.node for d in rule.scope.definitions.values()))
    filler = Filler(World(rule.scope, context), 11, _lines(context))
    drawn = [
        s
        for s in _subjects(rule, 12, filled=False)
        if all(abs(v) < 10**14 for v in s.values.values() if isinstance(v, Fraction))
    ]
    frame, linked, unfit = encode(drawn, rule.scope.facts)
    found = simulate(
        REGION.rules,
        {name: after},
        [(frame, linked, {row: drawn[row] for row in unfit})],
        as_of=day,
        touched=[name],
        subject=rule.said.subject,
    ).policies[name]
    _moves_are_those_of_each_alone(found, rule, after, drawn, day)
    for cost, side in ((found.before, rule), (found.after, after)):
        assert cost is not None
        for _ in range(4):
            whole = 0
            for subject in drawn:
                decision = decide(side, filler.completion(subject, names), as_of=day)
                if decision.outcome is None:  # the world contradicts itself
                    decision = decide(side, subject, as_of=day)
                whole += decision.amount or 0
            assert cost.least <= whole or cost.floored
            assert cost.most is None or whole <= cost.most


def _moves_are_those_of_each_alone(found, rule, after, drawn, day):
    moves: dict[Any, int] = {}
    definite = [0, 0]
    for subject in drawn:
        both = [decide(side, subject, as_of=day) for side in (rule, after)]
        pair = (both[0].outcome, both[1].outcome)
        moves[pair] = moves.get(pair, 0) + 1
        for index, one in enumerate(both):
            definite[index] += (one.amount or 0) if one.outcome is ELIGIBLE else 0
    assert moves == dict(found.transitions)
    assert definite == [found.before.definite, found.after.definite]


def test_sum_beyond_64_bits_is_exact():
    # 400 firms with 10^13 to 10^14 fen of sales each, 3000 times that in all.
    rule = policy(
        {"sells": "sales >= line"},
        name="grant",
        more=REWARD.format(expr="3000 * if_absent(sales, 0)"),
    )
    draw = Random(1)
    sales = [draw.randrange(10**13, 10**14) for _ in range(400)]
    frame = pl.DataFrame({"sales@2025": sales, "district": ["甲", "乙"] * 200})
    rule = replace(
        rule,
        scope=replace(
            rule.scope,
            facts={
                **rule.scope.facts,
                "sales": replace(
                    rule.scope.facts["sales"], limit=Fraction(10**14), high=None
                ),
            },
        ),
    )
    found = simulate(
        {"grant": rule},
        {"grant": rule},
        [(frame, {})],
        as_of=AS_OF,
        touched=["grant"],
        groups={"district": "district"},
    )
    total = sum(3000 * s // 100 * 100 for s in sales)
    assert total > 2**63
    effect = found.policies["grant"]
    assert Cost(total, 0, total, total) == effect.after
    costs = [share.after for share in effect.groups["district"].values()]
    assert total == sum(cost.definite for cost in costs if cost is not None)


def test_no_subjects_cost_nothing():
    whole = region(GRANT)
    reform = parse_reform(text(*CHANGES), whole)
    found = simulate(
        whole.rules, reform.rules(whole), [], as_of=AS_OF, touched=reform.touched
    )
    effect = found.policies["grant"]
    assert (0, {}, Cost(), Cost()) == (
        found.subjects,
        dict(effect.transitions),
        effect.before,
        effect.after,
    )


def test_batches_longer_than_the_check_and_more_named_than_asked_for():
    # 30,000 firms, the eight over and over: every figure is that many times as large.
    times = 3750
    frame = pl.concat([frames()[0][0]] * times)
    whole = region(GRANT)
    reform = parse_reform(text(*CHANGES), whole)
    found = simulate(
        whole.rules,
        reform.rules(whole),
        [(frame[:20_000], {}), (frame[20_000:], {})],
        as_of=AS_OF,
        touched=["grant"],
        named=3,
    )
    effect = found.policies["grant"]
    assert 16_384 == found.checks.rows
    assert Turns(gained=times, lost=times) == effect.turns
    assert effect.after is not None
    assert 3300 * times == effect.after.definite
    assert [1, 9, 17] == [one.id for one in effect.gainers]
    assert [2, 10, 18] == [one.id for one in effect.losers]


def test_rows_taken_keep_their_linked_records():
    rule = REGION.rules["tech_sme_2017"]
    drawn = _subjects(rule, 21, filled=False)
    frame, linked, unfit = encode(drawn, rule.scope.facts)
    picked = [3, 4, 11, 30]
    some, records, exact = taken(
        frame, linked, {row: drawn[row] for row in unfit}, pl.Series(picked)
    )
    assert {picked.index(row) for row in unfit & set(picked)} == set(exact)
    for place, row in enumerate(picked):
        assert facts_of(frame, row, rule.scope.facts, linked) == facts_of(
            some, place, rule.scope.facts, records
        )
