# SPDX-License-Identifier: Apache-2.0
"""The examples of the reference pages are run, not believed."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

from ceyuan.declarations import build, compose, fact_symbols, load_region
from ceyuan.declarations.cases import CaseMapping
from ceyuan.declarations.policy import Policy
from ceyuan.declarations.source import parse_source
from ceyuan.policies.cases import differences, read_cases
from ceyuan.policies.decide import decide

DOCS = Path(__file__).parents[2] / "docs"


def test_language_page_examples_give_what_they_say() -> None:
    page = DOCS / "language.md"
    result = doctest.testfile(str(page), module_relative=False)
    assert result.attempted > 40
    assert result.failed == 0


def test_policy_format_example_loads_and_its_cases_hold(tmp_path: Path) -> None:
    page = (DOCS / "policy-format.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```(\w+)\n(.*?)```", page, re.DOTALL)
    policy, mapping = [text for kind, text in blocks if kind == "yaml"][:2]
    sheet = next(text for kind, text in blocks if kind == "csv")
    source = parse_source(policy, name="sh_example_2026.yaml")
    rule = compose(build(Policy, source), fact_symbols(load_region().facts), source)
    read = build(CaseMapping, parse_source(mapping, name="mapping"))
    path = tmp_path / "cases.csv"
    path.write_text(sheet, encoding="utf-8")
    cases = read_cases(rule, read, path)
    assert [case.id for case in cases] == [f"E{n:02d}" for n in range(1, 8)]
    for case in cases:
        decision = decide(
            rule,
            case.facts,
            as_of=case.as_of,
            base_year=case.base_year,
            settings=case.settings,
        )
        assert differences(rule, read, case, decision, evaluator="interpreter") == []
