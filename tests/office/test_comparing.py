# SPDX-License-Identifier: Apache-2.0
"""Two runs of one memory: who changed, and because of which fact or rule.

Technology SME on 2026-11-21, fiscal year 2025: at most 500 persons, at most 2 亿元 of
sales. A firm above a line is not eligible; below both it lacks the other facts.
Columns hold fen, and hundredths of a person.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import pairwise
from random import Random

import polars as pl
import pytest

from ceyuan.declarations.archive import load_declared
from ceyuan.declarations.region import REGIONS
from ceyuan.facts.store import Statement, withdraw, write_statement
from ceyuan.facts.store.identity import IdentityEvent
from ceyuan.facts.store.identity_log import record_event
from ceyuan.kernel import UsageError
from ceyuan.office.causes import RuleChange
from ceyuan.office.compared import compared_json, compared_rows, fact_text
from ceyuan.office.comparing import _aligned, compare
from ceyuan.office.memory import open_memory
from ceyuan.office.parameters import typed_settings
from ceyuan.office.running import run
from ceyuan.policies import Outcome
from tests.office.remembered import (
    CODES,
    NAMES,
    ORGS,
    YI,
    add,
    certificate,
    figures,
    registered,
)

SME = "tech_sme_2017"
DAY = date(2026, 11, 21)
NO, OPEN = Outcome.INELIGIBLE, Outcome.UNKNOWN


@pytest.fixture
def memory(office_folder):
    with open_memory(office_folder, actor="tester") as opened:
        yield opened


def _start(memory):
    """Three firms: sales 1, 5 and 5 亿元; staff 60, 60 and 600."""
    add(memory, [registered(n, date(2015, 1, 1)) for n in range(3)], source="registry")
    return add(
        memory,
        [
            figures(0, 2025, revenue=YI, employees=60_00),
            figures(1, 2025, revenue=5 * YI, employees=60_00),
            figures(2, 2025, revenue=5 * YI, employees=600_00),
        ],
        source="firm",
    )


def _rule(memory, firm, value, attribute="revenue"):
    with memory.transaction() as conn:
        write_statement(
            conn,
            Statement(
                record="firm", source="ruling", org=ORGS[firm], attribute=attribute,
                value=value, year=2025, valid_from=date(2025, 1, 1), actor="officer",
                reason="凭证为准",
            ),
        )  # fmt: skip


def _of(made, policy=SME):
    return {
        c.name: (c.before[0], c.after[0], c.kind) for c in made.causes
        if c.policy == policy
    }  # fmt: skip


def test_run_compared_with_itself_is_equal(memory):
    _start(memory)
    stored = run(memory, as_of=DAY)

    made = compare(memory, stored.id, "last")

    assert made.equal
    assert made.both == {"firm": 3}
    assert made.policies[SME].outcomes == {(2, 2): 1, (3, 3): 2}
    assert made.causes == []


def test_fact_that_turns_the_answer_is_named_with_both_statements(memory):
    batch = _start(memory)
    before = run(memory, as_of=DAY)
    _rule(memory, 0, Fraction(3 * YI))
    _rule(memory, 0, Fraction(61), "employees")
    after = run(memory, as_of=DAY)

    made = compare(memory, before.id, after.id)

    assert not made.equal
    assert made.policies[SME].outcomes == {(2, 3): 1, (3, 3): 2}
    assert _of(made) == {NAMES[0]: (OPEN, NO, "facts")}
    (cause,) = [c for c in made.causes if c.policy == SME]
    (fact,) = cause.facts
    assert (fact.name, fact.year, fact.before, fact.after, fact.alone, fact.why) == (
        "revenue", 2025, YI, 3 * YI, True, "stated",
    )  # fmt: skip
    assert [(o.source, o.batch, o.statement) for o in fact.origins_before] == [
        ("firm", batch.id, None)
    ]
    assert [(o.source, o.statement) for o in fact.origins_after] == [("ruling", 1)]
    assert fact_text(made, fact) == "营业收入（2025） 1.00 亿元 → 3.00 亿元"
    assert (SME, "unknown", "ineligible", 1, 0, 0, 0) in compared_rows(made)


def test_two_facts_that_only_turn_it_together_are_both_named(memory):
    _start(memory)
    before = run(memory, as_of=DAY)
    _rule(memory, 2, Fraction(YI))
    _rule(memory, 2, Fraction(60), "employees")
    after = run(memory, as_of=DAY)

    made = compare(memory, before.id, after.id)

    assert _of(made) == {NAMES[2]: (NO, OPEN, "facts")}
    (cause,) = [c for c in made.causes if c.policy == SME]
    assert [(f.name, f.alone) for f in cause.facts] == [
        ("employees", False), ("revenue", False),
    ]  # fmt: skip


def test_parameter_set_by_the_office_is_the_rule_that_turns_it(memory):
    _start(memory)
    before = run(memory, as_of=DAY)
    said = (f"{SME}.sales_max=5000万元",)
    settings = typed_settings(memory.region, said)
    after = run(memory, as_of=DAY, settings=settings, said=said)

    made = compare(memory, before.id, after.id)

    assert _of(made) == {NAMES[0]: (OPEN, NO, "rule")}
    (cause,) = made.causes
    assert cause.facts == ()
    assert cause.rules == (
        RuleChange(
            "parameter", "sales_max", Fraction(2 * YI), Fraction(YI, 2), "set",
            alone=True,
        ),
    )  # fmt: skip


def test_parameter_changed_in_the_file_is_told_from_one_changed_by_date(
    memory, tmp_path
):
    _start(memory)
    before = run(memory, as_of=DAY)
    root = tmp_path / "regions"
    shutil.copytree(REGIONS, root)
    file = root / "china" / "policies" / f"{SME}.yaml"
    text = file.read_text(encoding="utf-8")
    old = "values: [{value: 20000, article: art6_2, confidence: V, sources: [S1]}]}"
    line = next(x for x in text.splitlines() if x.startswith("  sales_max:"))
    assert old in line
    changed = line.replace("value: 20000", "value: 5000")
    file.write_text(text.replace(line, changed), encoding="utf-8")
    reformed = replace(memory, declared=load_declared("shanghai", root))
    after = run(reformed, as_of=DAY)

    made = compare(memory, before.id, after.id)  # by one who has the old files

    assert _of(made) == {NAMES[0]: (OPEN, NO, "rule")}
    assert [(r.kind, r.name, r.why, r.alone) for r in made.causes[0].rules] == [
        ("parameter", "sales_max", "file", True)
    ]
    back = compare(memory, after.id, before.id)
    assert _of(back) == {NAMES[0]: (NO, OPEN, "rule")}


def test_policy_that_came_into_force_is_told_as_such(memory):
    _start(memory)
    before = run(memory, as_of=date(2026, 3, 31))
    after = run(memory, as_of=date(2026, 4, 1))

    made = compare(memory, before.id, after.id)

    found = [c for c in made.causes if c.policy == "zjtx_2026"]
    assert len(found) == 3
    for cause in found:
        assert (cause.before[0], cause.kind) == (Outcome.NOT_APPLICABLE, "rule")
        assert cause.rules[0] == RuleChange(
            "validity", "zjtx_2026", before=False, after=True, why="date"
        )


def test_fact_and_rule_that_only_turn_it_together_are_both_said(memory):
    _start(memory)
    before = run(memory, as_of=DAY)
    _rule(memory, 0, Fraction(YI * 3, 2))
    said = (f"{SME}.sales_max=12000万元",)  # 1.0 < 1.2 < 1.5 < 2.0 亿元
    settings = typed_settings(memory.region, said)
    after = run(memory, as_of=DAY, settings=settings, said=said)

    made = compare(memory, before.id, after.id)

    assert _of(made) == {NAMES[0]: (OPEN, NO, "together")}
    (cause,) = [c for c in made.causes if c.policy == SME]
    assert [(f.name, f.alone) for f in cause.facts] == [("revenue", True)]
    assert [(r.name, r.why, r.alone) for r in cause.rules] == [
        ("sales_max", "set", True)
    ]


def test_certificate_that_came_is_named_with_its_list(memory):
    _start(memory)
    tier = "xjr_2026"  # asks for the certificate of the tier below
    add(
        memory,
        [certificate(1, "hnte", date(2024, 1, 1), date(2026, 12, 31))],
        source="certificates", record="certificate", complete=True,
    )  # fmt: skip
    before = run(memory, as_of=DAY)
    batch = add(
        memory,
        [certificate(0, "zjtx", date(2024, 1, 1), date(2026, 12, 31))],
        source="certificates", record="certificate", complete=True,
    )  # fmt: skip
    after = run(memory, as_of=DAY)

    made = compare(memory, before.id, after.id)

    found = {c.policy: c for c in made.causes if c.name == NAMES[0]}
    assert found
    assert made.policies[tier].changed == len([p for p in found if p == tier])
    for cause in found.values():
        (fact,) = cause.facts
        assert (cause.kind, fact.name, fact.before, fact.alone, fact.why) == (
            "facts", "certificates", [], True, "stated",
        )  # fmt: skip
        assert [r["certificate"] for r in fact.after] == ["zjtx"]
        assert [(o.source, o.batch) for o in fact.origins_after] == [
            ("certificates", batch.id)
        ]


def test_withdrawn_batch_is_the_cause_where_its_figure_turned_it(memory):
    _start(memory)
    batch = add(memory, [figures(0, 2025, revenue=3 * YI)], source="tax")
    before = run(memory, as_of=DAY)
    with memory.transaction() as conn:
        withdraw(conn, batch.id, actor="officer", reason="报错年度")
    after = run(memory, as_of=DAY)

    made = compare(memory, before.id, after.id)

    assert _of(made) == {NAMES[0]: (NO, OPEN, "withdrawn")}
    assert made.policies[SME].causes == {"withdrawn": 1}


def test_merged_firm_is_gone_and_the_other_has_its_figures(memory):
    _start(memory)
    add(memory, [figures(3, 2025, rd_expense=YI)], source="firm")
    # Its own figures stand; of its assets only the absorbed firm's are known.
    add(memory, [figures(1, 2025, assets=4 * YI)], source="tax")
    before = run(memory, as_of=DAY)
    with memory.transaction() as conn:
        record_event(
            conn,
            IdentityEvent(
                kind="merge", org=ORGS[0], other=ORGS[1],
                valid_from=date(2026, 1, 1), actor="officer", reason="吸收合并",
            ),
        )  # fmt: skip
    after = run(memory, as_of=DAY)

    made = compare(memory, before.id, after.id)

    assert (made.both, made.only_a, made.only_b) == (
        {"firm": 3}, {"firm": 1}, {"firm": 0},
    )  # fmt: skip
    assert [(p.name, p.side, p.why) for p in made.passages] == [
        (NAMES[1], "a", "identity")
    ]
    assert _of(made) == {NAMES[0]: (OPEN, NO, "identity")}


def test_firm_recorded_since_is_a_passage_and_changes_nobody(memory):
    _start(memory)
    before = run(memory, as_of=DAY)
    add(memory, [registered(5, date(2020, 1, 1))], source="registry")
    after = run(memory, as_of=DAY)

    made = compare(memory, before.id, after.id)

    assert not made.equal
    assert made.only_b == {"firm": 1}
    assert [(p.code, p.side, p.why) for p in made.passages] == [
        (CODES[5], "b", "stated")
    ]
    assert made.causes == []


def test_limit_bounds_what_is_traced_and_not_what_is_counted(memory):
    _start(memory)
    before = run(memory, as_of=DAY)
    said = (f"{SME}.sales_max=1000000万元", f"{SME}.employees_max=10000")
    settings = typed_settings(memory.region, said)
    after = run(memory, as_of=DAY, settings=settings, said=said)

    made = compare(memory, before.id, after.id, limit=1)

    told = compared_json(made)
    assert (told["policies"][SME]["changed"], told["policies"][SME]["traced"]) == (2, 1)
    assert told["synthetic"] is True
    with pytest.raises(UsageError):
        compare(memory, before.id, after.id, limit=-1)


def test_streams_with_other_spans_are_joined_as_wholes_are():
    random = Random(7)
    for _ in range(50):
        sides = []
        for _ in range(2):
            orgs = sorted(random.sample(range(-50, 50), random.randint(0, 40)))
            whole = pl.DataFrame({"org": orgs}, schema={"org": pl.Int64})
            cuts = sorted(random.sample(range(41), 3))
            ends = [0, *cuts, 100]
            sides.append((orgs, [whole[a:b] for a, b in pairwise(ends)]))
        (left, parts), (right, others) = sides

        pieces = list(_aligned(iter(parts), iter(others)))

        assert [o for a, _ in pieces for o in a["org"]] == left
        assert [o for _, b in pieces for o in b["org"]] == right
        for old, new in pieces:
            alone = set(old["org"]) ^ set(new["org"])
            assert alone <= set(left) ^ set(right)
