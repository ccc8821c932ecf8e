# SPDX-License-Identifier: Apache-2.0
"""The ladder of 2025, worked by hand.

firm  founded     certificates                        end of 2024  end of 2025
0     2015        hnte 2023-06 to 2026-05             hnte         hnte
1     2015        tech_sme 2025-05 to 2026-03         none         tech_sme
2     2015        -                                   none         none
3     2025-07     tech_sme 2025-09 to 2026-03         not founded  tech_sme
4     2015        zjtx 2022-07 to 2025-06             zjtx         none
5     2015        - ; the registry ends 2025-03-01    none         gone

Technology SME at the end of 2025, by the figures of 2024: at most 500 persons and
2 亿元 of sales. Firm 0 keeps both lines, firm 2 has 5 亿元, firm 4 has 5 亿元 and 600
persons; firms 1 and 3 hold the tier.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import date
from random import Random

import pytest

from ceyuan.declarations.ladder import Tier
from ceyuan.kernel import UsageError
from ceyuan.office.climbed import (
    Held,
    climbed_json,
    state_text,
    tier_rows,
    transition_rows,
    way_rows,
)
from ceyuan.office.climbing import climb
from ceyuan.office.memory import open_memory
from ceyuan.office.running import deciding, run
from ceyuan.policies import decide, facts_of, one_step
from ceyuan.policies.edges import facts_read
from tests.office.remembered import (
    CODES,
    NAMES,
    YI,
    add,
    certificate,
    figures,
    registered,
    seal,
)

TODAY = date(2026, 11, 21)
TOLD = ("tech_sme", "hnte", "innovative_sme", "zjtx", "xjr", "sh_little_giant")
UNTOLD = ("gazelle", "unicorn", "star_listed")


@pytest.fixture
def memory(office_folder):
    with open_memory(office_folder, actor="tester") as opened:
        yield opened


def _start(memory, *, complete=True):
    since = date(2015, 1, 1)
    add(
        memory,
        [
            *(registered(n, since) for n in (0, 1, 2, 4)),
            registered(3, date(2025, 7, 1)),
            {**registered(5, since), "valid_to": date(2025, 3, 1)},
        ],
        source="registry",
    )
    add(
        memory,
        [
            figures(0, 2024, revenue=YI, employees=60_00),
            figures(2, 2024, revenue=5 * YI, employees=60_00),
            figures(4, 2024, revenue=5 * YI, employees=600_00),
        ],
        source="firm",
    )
    add(
        memory,
        [
            certificate(0, "hnte", date(2023, 6, 1), date(2026, 5, 31)),
            certificate(1, "tech_sme", date(2025, 5, 1), date(2026, 3, 31)),
            certificate(3, "tech_sme", date(2025, 9, 1), date(2026, 3, 31)),
            certificate(4, "zjtx", date(2022, 7, 1), date(2025, 6, 30)),
        ],
        source="certificates", record="certificate", complete=complete,
    )  # fmt: skip


def test_firms_per_tier_and_climbs_are_those_worked_by_hand(memory):
    _start(memory)

    made = climb(memory, 2025, today=TODAY)

    assert (made.as_of, made.as_of_before, made.running) == (
        date(2025, 12, 31), date(2024, 12, 31), False,
    )  # fmt: skip
    yes = {"tech_sme": 2, "hnte": 1}
    assert made.held == [
        *(Held(t, yes.get(t, 0), 5 - yes.get(t, 0), 0) for t in TOLD),
        *(Held(t, 0, 0, 5) for t in UNTOLD),
    ]
    yes = {"hnte": 1, "zjtx": 1}
    assert made.held_before == [
        *(Held(t, yes.get(t, 0), 5 - yes.get(t, 0), 0) for t in TOLD),
        *(Held(t, 0, 0, 5) for t in UNTOLD),
    ]
    assert made.transitions == {
        ("hnte", "hnte"): 1,
        ("none", "tech_sme"): 1,
        ("none", "none"): 1,
        ("not_yet", "tech_sme"): 1,
        ("zjtx", "none"): 1,
        ("none", "gone"): 1,
    }
    assert made.firms == 5
    assert made.synthetic


def test_one_clause_away_and_data_missing_are_told_apart(memory):
    _start(memory)

    made = climb(memory, 2025, today=TODAY)

    (way,) = [w for w in made.ways if w.tier == "tech_sme"]
    assert (way.policy, way.firms) == ("tech_sme_2017", 3)
    assert way.outcomes == {"unknown": 1, "ineligible": 2}
    assert way.failing == {"size_sales": 2, "size_staff": 1}
    assert way.one_away == {"size_sales": 1}
    assert (way.tried, way.untried) == (None, 0)
    assert [(n.code, n.name, n.clause, n.held) for n in way.near] == [
        (CODES[2], NAMES[2], "size_sales", False)
    ]
    # Firm 0 holds the certificate that confirms directly: no score is needed.
    assert (way.missing, way.asked) == (1, 1)
    assert set(way.open) >= {"size_assets", "product", "conduct", "lists"}
    assert "direct" not in way.open
    assert not {"revenue", "employees", "hnte_valid"} & set(way.facts)
    assert set(way.facts.values()) == {1}
    assert "assets" in way.facts
    assert made.dormant["zjtx"] == ("zjtx_2026",)


def test_list_complete_for_one_certificate_leaves_the_others_unknown(memory):
    _start(memory, complete=frozenset({"hnte"}))

    made = climb(memory, 2025, today=TODAY)

    counts = {one.tier: (one.yes, one.no, one.unknown) for one in made.held}
    assert counts["hnte"] == (1, 4, 0)
    assert counts["tech_sme"] == (2, 0, 3)
    assert counts["zjtx"] == (0, 0, 5)
    assert made.transitions == {
        ("hnte+", "hnte+"): 1,
        ("unknown", "tech_sme+"): 1,
        ("unknown", "unknown"): 1,
        ("not_yet", "tech_sme+"): 1,
        ("zjtx+", "unknown"): 1,
        ("unknown", "gone"): 1,
    }
    (way,) = [w for w in made.ways if w.tier == "tech_sme"]
    assert [(n.clause, n.held) for n in way.near] == [("size_sales", None)]
    assert state_text(made, "hnte+") == "至少 高新技术企业"


def test_year_that_runs_is_seen_as_of_today_and_says_so(memory):
    _start(memory)

    made = climb(memory, 2026, today=TODAY)

    assert (made.as_of, made.running) == (TODAY, True)
    # Every certificate has lapsed by then.
    assert [one.yes for one in made.held] == [0] * 9
    assert made.transitions[("hnte", "none")] == 1
    assert made.transitions[("tech_sme", "none")] == 2
    # Nothing holds of firm 5 on either day; nobody states that it was there.
    assert made.firms == 5


def test_bits_tell_who_is_one_clause_away_as_each_firm_alone_does(memory):
    count, random = 150, Random(11)
    orgs = sorted({random.randint(-(2**62), 2**62) for _ in range(count)})
    read: set[str] = set()
    for tier in memory.records.ladder.values():
        for policy in tier.policies:
            read |= facts_read(memory.region.rule(policy))
    said = memory.kinds["firm"].attributes
    _random_firms(memory, orgs, sorted(read & set(said)), random)

    made = climb(memory, 2025, today=TODAY)

    reading = memory.reading(date(2025, 12, 31), made.known_at)
    for way in made.ways:
        rule = memory.region.rule(way.policy)
        ready = deciding(
            memory.declared, memory.kinds, reading, "firm", as_of=reading.as_of,
            base_year=2024, settings={}, rules=(rule,),
        )  # fmt: skip
        assert ready is not None
        held = ready.held(reading, None)
        steps: Counter[tuple[str, str]] = Counter()
        for row in range(count):
            if row < 40 and way.tier == ("hnte", "zjtx")[row % 2]:
                continue  # it holds the tier
            facts = facts_of(held.frame, row, ready.plan.facts, held.linked)
            decision = decide(rule, facts, as_of=reading.as_of, base_year=2024)
            step = one_step(rule, facts, decision, reading.as_of, base_year=2024)
            if step is not None:
                steps[step.clause, step.variant] += 1
        told = Counter((n.clause, n.variant) for n in way.near)
        if rule.said.variants is None:
            assert (way.tried, told) == (None, steps), way.policy
        else:  # where a firm made its choice, the bits still say which
            assert way.untried == 0
            assert Counter(c for c, _ in told.elements()) == Counter(
                c for c, _ in steps.elements()
            ), way.policy
        assert way.one_away == Counter(c for c, _ in steps.elements())
    assert sum(sum(w.one_away.values()) for w in made.ways) > 50


def _random_firms(memory, orgs, names, random):
    """Random figures of 2021 to 2024 near the lines, with gaps, and no certificate."""
    said, facts = memory.kinds["firm"].attributes, memory.region.facts

    def value(name):
        fact = facts[name]
        match fact.kind:
            case "flag":
                return random.random() < 0.7
            case "date":
                return date(random.randint(2008, 2023), 1, 1)
            case "code":
                return random.choice(list(fact.codes))
            case "codes":
                return random.sample(list(fact.codes), 1)
        most = 10**11 if fact.measure.is_money else 400 * 10**fact.decimals
        if fact.max is not None:
            most = min(most, int(fact.max * fact.measure.scale * 10**fact.decimals))
        return int(most * random.random() ** 3)

    def kept(own):
        return {
            name: [None if random.random() < 0.1 else value(name) for _ in orgs]
            for name in own
        }

    kinds = ("flag", "date", "code", "codes", "number")
    own = [n for n in names if facts[n].kind in kinds and facts[n].derive is None]
    seal(
        memory,
        {
            "org": orgs, "valid_from": [date(2015, 1, 1)] * len(orgs),
            **kept(n for n in own if not said[n].yearly),
        },
        source="registry",
    )  # fmt: skip
    for year in range(2021, 2025):
        seal(
            memory,
            {
                "org": orgs, "year": [year] * len(orgs),
                "valid_from": [date(year, 1, 1)] * len(orgs),
                **kept(n for n in own if said[n].yearly),
            },
            source="tax",
        )  # fmt: skip
    seal(
        memory,
        {
            "org": orgs[:40],
            "key": [f"{k}\x1f{n}" for n, k in enumerate(["hnte", "zjtx"] * 20)],
            "valid_from": [date(2024, 1, 1)] * 40,
            "certificate": ["hnte", "zjtx"] * 20,
            "issued_on": [date(2024, 1, 1)] * 40,
            "valid_until": [date(2026, 12, 31)] * 40,
        },
        source="certificates", record="certificate", complete=True,
    )  # fmt: skip


def test_stored_run_fixes_what_is_known(memory):
    _start(memory)
    stored = run(memory, as_of=TODAY)
    add(
        memory,
        [certificate(2, "hnte", date(2024, 6, 1), date(2027, 5, 31))],
        source="certificates", record="certificate",
    )  # fmt: skip

    then = climb(memory, 2025, run=stored.id, today=TODAY)
    now = climb(memory, 2025, today=TODAY)
    known = climb(memory, 2025, known_at=stored.known_at, today=TODAY)

    assert [m.held[1].yes for m in (then, now, known)] == [1, 2, 1]
    assert then.run == stored.id
    with pytest.raises(UsageError):
        climb(memory, 2025, run=stored.id, known_at=stored.known_at, today=TODAY)


def test_year_ahead_and_memory_without_firms_are_refused(memory):
    with pytest.raises(UsageError, match="没有企业"):
        climb(memory, 2025, today=TODAY)
    with pytest.raises(UsageError, match="还没有到"):
        climb(memory, 2027, today=TODAY)


def test_ladder_without_a_policy_in_force_still_counts(memory):
    _start(memory)
    tier = Tier(zh="高新技术企业", en="High-tech", held="hnte_valid")
    records = replace(memory.records, ladder={"hnte": tier})
    other = replace(memory, declared=replace(memory.declared, records=records))

    made = climb(other, 2025, today=TODAY)

    assert made.held == [Held("hnte", 1, 4, 0)]
    assert made.ways == []


def test_json_and_rows_say_the_same_counts(memory):
    _start(memory)

    made = climb(memory, 2025, today=TODAY)
    told = json.loads(json.dumps(climbed_json(made), ensure_ascii=False))

    assert (told["schema"], told["firms"], told["synthetic"]) == (
        "ceyuan.ladder/1", 5, True,
    )  # fmt: skip
    tier = told["tiers"][0]
    assert (tier["yes"], tier["no"], tier["unknown"], tier["before"]["yes"]) == (
        2, 3, 0, 0,
    )  # fmt: skip
    assert told["tiers"][6]["reason"]["zh"].startswith("瞪羚")
    assert sum(t["firms"] for t in told["transitions"]) == 6
    assert told["ways"][0]["one_away"]["clauses"] == {"size_sales": 1}
    assert tier_rows(made)[0] == ("科技型中小企业", 2, 0, 3, 0)
    heads, rows = transition_rows(made)
    assert heads == ["无层级", "科技型中小企业", "高新技术企业", "已不在"]
    assert rows == [
        ("无层级", [1, 1, 0, 1]),
        ("高新技术企业", [0, 0, 1, 0]),
        ("专精特新中小企业", [1, 0, 0, 0]),
        ("尚未成立", [0, 1, 0, 0]),
    ]
    assert way_rows(made)[0][2:5] == (1, "年销售收入不超限", 1)
