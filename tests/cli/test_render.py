# SPDX-License-Identifier: Apache-2.0
"""What the terminal says of a decision, and that it fits eighty columns."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.cells import cell_len
from rich.console import Console

from ceyuan.cli.render import (
    _broken,
    render_explanation,
    render_moves,
    render_whatif,
)
from ceyuan.policies import decide, explain, nearest
from tests.office.by_hand import DAY, SERVICE, SME, by_hand

CHECKUP = by_hand()


def printed(render, *arguments, width=80, **options):
    out = StringIO()
    console = Console(file=out, width=width, no_color=True, force_terminal=False)
    render(console, *arguments, **options)
    return out.getvalue()


def explained(index, policy, *, width=80, locale="zh"):
    firm = CHECKUP.firms[index]
    found = explain(
        CHECKUP.region.rules[policy], firm.facts, as_of=DAY, base_year=firm.year
    )
    return printed(
        render_explanation, CHECKUP, index, found, width=width, locale=locale
    )


def test_render_explanation_failing_policy_tells_every_clause():
    assert (
        explained(2, SME)
        == """\
科技型中小企业评价   ✗ 不符合
tech_sme_2017   核对日 2022-11-21   财务年度 2021 年
综合评分 92 分   科技人员得分 12 分   研发投入得分 50 分   科技成果得分 30 分
✓ 符合   境内注册的居民企业   第六条(一)
    是   企业!H7
✓ 符合   职工总数不超限   第六条(二)
    60 人   要求 ≤ 500 人   余 440 人   企业!C7
✗ 不符合   年销售收入不超限   第六条(二)
    2.50 亿元   要求 ≤ 2.00 亿元   差 5,000.00 万元   企业!N7
✓ 符合   资产总额不超限   第六条(二)
    900.00 万元   要求 ≤ 2.00 亿元   余 1.91 亿元   企业!E7
✓ 符合   产品不属禁止、限制、淘汰类   第六条(三)
    否   要求 否   企业!K7
✓ 符合   无重大事故、环境违法和科研失信   第六条(四)
    否   要求 否   企业!L7
✓ 符合   不在经营异常或严重失信名单   第六条(四)
    否   要求 否   企业!M7
✓ 符合   满足其一即可
  ✓ 符合   符合直接确认情形之一   第八条
      满足其一即可
    ✓ 符合   高新技术企业证书有效
        是   企业!F7
    ✗ 不符合   直接确认的情形   （不影响结果）
        无   要求 ≠ “无”   企业!G7
  ✓ 符合   须同时满足：综合评分达到分数线；科技人员得分不为零
    ✓ 符合   综合评分达到分数线   第六条(五)
        92 分   要求 ≥ 60 分   余 32 分   企业!D7、C7、O7、N7、P7、Q7、R7
        综合评分 92 分 = 科技人员得分 12 分 + 研发投入得分 50 分
          + 科技成果得分 30 分
        科技人员得分 12 分：科技人员数（2021年） 13 人
          职工总数（2021年） 60 人
        研发投入得分 50 分：研发投入指标的选项 取较优者
          研发费用（2021年） 1,500.00 万元   营业收入（2021年） 2.50 亿元
          成本费用总额（2021年） 2.00 亿元
        科技成果得分 30 分：Ⅰ类知识产权数 1 件   Ⅱ类知识产权数 0 件
    ✓ 符合   科技人员得分不为零   第六条(五)
        12 分   要求 > 0 分   余 12 分   企业!D7、C7
        科技人员得分 12 分：科技人员数（2021年） 13 人
          职工总数（2021年） 60 人
科技型中小企业评价办法   国科发政〔2017〕115号   （见于公开文本）
"""
    )


def test_render_explanation_missing_is_told_with_supplier_and_question():
    tail = explained(1, SME).split("还缺")[1]

    assert (
        tail
        == """\
 3 项：
  企业声明
    · 在经营异常或严重失信名单   请声明：没有列入经营异常名录和严重违法失信名单
    · 产品属禁止、限制或淘汰类   请声明：产品和服务不属于国家禁止、限制和淘汰类
    · 有重大安全质量事故、严重环境违法或科研失信
      请声明：规定期间内没有重大安全质量事故、严重环境违法和科研严重失信
科技型中小企业评价办法   国科发政〔2017〕115号   （见于公开文本）
"""
    )


def test_render_explanation_amount_is_the_decisions_in_both_languages():
    assert CHECKUP.firms[2].decisions[SERVICE].amount == 50_000_000
    assert "✓ 符合   待遇 50.00 万元\n" in explained(2, SERVICE)
    english = explained(2, SERVICE, locale="en")
    assert "✓ eligible" in english
    assert "payment CNY 500,000.00" in english


def test_render_explanation_english_gives_figures_in_english_units():
    lines = explained(2, SME, locale="en").splitlines()
    at = lines.index("✗ not met   sales within the limit   第六条(二)")

    assert lines[at + 1] == (
        "    CNY 250.00 million   asked ≤ CNY 200.00 million   CNY 50.00 million short"
    )
    assert lines[at + 2] == "      企业!N7"


@pytest.mark.parametrize("width", [40, 60, 80, 132])
@pytest.mark.parametrize("locale", ["zh", "en"])
@pytest.mark.parametrize("policy", [SME, SERVICE])
def test_render_explanation_fits_and_loses_no_figure(width, locale, policy):
    narrow = explained(2, policy, width=width, locale=locale)
    wide = explained(2, policy, width=500, locale=locale)

    assert max(cell_len(line) for line in narrow.splitlines()) <= width
    assert "".join(narrow.split()) == "".join(wide.split())


def test_render_explanation_policy_not_in_force_says_so():
    firm = CHECKUP.firms[0]
    rule = CHECKUP.region.rules["rd_super_2018"]
    found = explain(rule, firm.facts, as_of=DAY.replace(year=2030), base_year=2029)
    span = rule.said.validity

    shown = printed(render_explanation, CHECKUP, 0, found)

    assert f"不在有效期内（{span.from_} – {span.until}）。" in shown.splitlines()


def test_render_moves_tells_from_to_and_what_then_is_due():
    firm, region = CHECKUP.firms[0], CHECKUP.region
    moves = nearest(
        region.rules[SERVICE],
        firm.facts,
        region.facts,
        as_of=DAY,
        base_year=firm.year,
        limit=1,
    )

    # Revenue is the only thing short: 2,000 − 1,284.60 = 715.40 万元. Whether the
    # reward is due then hangs on what nobody has said yet.
    lines = printed(render_moves, region, moves).splitlines()
    assert lines[:4] == [
        "1. 规模以上服务业单位与首次升规奖励",
        "  · 营业收入（2021年） 1,284.60 万元 → 2,000.00 万元（增加 715.40 万元）",
        "    ［资金］",
        "  → 之后：符合   待遇 0.00 元",
    ]


def test_render_moves_none_says_so():
    assert printed(render_moves, CHECKUP.region, ()) == "没有找到可行的一步。\n"


def test_render_whatif_shows_only_what_changes():
    firm, region = CHECKUP.firms[0], CHECKUP.region
    raised = firm.facts.with_values({("revenue", 2021): 2_000_000_000})
    after = {
        rule.id: decide(rule, raised, as_of=DAY, base_year=firm.year)
        for rule in CHECKUP.rules
    }

    # 64.23 of 2,000 万元 is 3.2 %: 20 points, 62 in all, still enough.
    assert (
        printed(render_whatif, region, firm.decisions, after)
        == """\
规模以上服务业单位与首次升规奖励
  ✗ 不符合 → ✓ 符合   — → 待遇 0.00 元
1 项改变，1 项不变。
"""
    )


def test_broken_never_parts_a_figure_from_its_unit():
    piece = "科技人员得分（研发费用 1,500.00 万元，营业收入 2.50 亿元）"

    assert _broken(piece, 24) == [
        "科技人员得分（研发费用",
        "1,500.00 万元，营业收入",
        "2.50 亿元）",
    ]
    assert _broken("甲" * 5, 4) == ["甲甲", "甲甲", "甲"]
