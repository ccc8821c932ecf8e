# SPDX-License-Identifier: Apache-2.0
"""The whole dictionary that is shipped: which headings it cannot tell apart."""

from __future__ import annotations

import pytest

from ceyuan.declarations import load_region
from ceyuan.facts.headings import Lexicon, read_label

SUBJECTS = {
    "firm": {"优质中小企业平台评分": {"gradient_score", "gradient_score_before"}},
    "loan": {},
    "order": {},
    "project": {},
    "contract": {},
    "incubator": {},
    "achievement": {},
    "instrument": {},
}
"""Per subject the headings that really can mean two facts."""


def _matched(lexicon: Lexicon, heading: str) -> set[str]:
    return {t.fact for t in lexicon.match((read_label(heading),)).targets}


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_heading_of_the_dictionary_means_one_fact(subject: str) -> None:
    lexicon = Lexicon(load_region().facts, subject=subject)
    words = {
        word
        for fact in lexicon.facts.values()
        for word in (fact.zh, *fact.headings.zh, fact.en, *fact.headings.en)
    }

    doubtful = {
        read_label(word).core: _matched(lexicon, word)
        for word in words
        if lexicon.match((read_label(word),)).how == "doubt"
    }

    assert doubtful == SUBJECTS[subject]


@pytest.mark.parametrize(
    ("heading", "fact"),
    [
        ("研发支出", "rd_expense"),  # and not 第四季度研发支出
        ("科技型中小企业", "tech_sme_valid"),  # and not 当年科技型中小企业
        ("重大安全质量事故", "violation_or_accident"),  # and not 近一年…
        ("其他相关费用", "rd_cost_other"),  # and not …（分项目限额后）
        ("经营月数", "operating_months"),  # and not 四季度经营月数
        ("平台评分", "gradient_score"),  # and not …（前一年度）
    ],
)
def test_heading_left_of_a_longer_one_means_the_fact_that_has_it_whole(
    heading: str, fact: str
) -> None:
    lexicon = Lexicon(load_region().facts, subject="firm")

    assert _matched(lexicon, heading) == {fact}


@pytest.mark.parametrize(
    ("fact", "subjects"),
    [
        ("province", ("firm", "order", "instrument")),
        ("registered_in_shanghai", ("firm", "order", "instrument")),
        ("certificates", ("firm", "order")),
        ("tech_sme_valid", ("firm", "order")),
        ("serious_dishonesty", ("firm", "loan")),
    ],
)
def test_fact_that_a_policy_about_others_asks_for_is_read_there_too(
    fact: str, subjects: tuple[str, ...]
) -> None:
    assert load_region().facts[fact].subject == subjects
