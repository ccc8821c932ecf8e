# SPDX-License-Identifier: Apache-2.0
"""Pages: what stands on them, that it is the decision's, and that they are sound."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from lxml import html

from ceyuan.office.groups import GROUPS, OUTSIDE, REFUSED, group_of
from ceyuan.office.page_parts import POLICY, Html, element, style
from ceyuan.office.pages import firm_page, page_name, write_pages
from ceyuan.policies import Outcome
from tests.office.by_hand import FIRMS, MARKUP, NAMES, SERVICE, SME, WAN, by_hand

if TYPE_CHECKING:
    from pathlib import Path

CHECKUP = by_hand()
NOTE = "虚构样例数据"


def parsed(whole: str) -> Any:
    return html.document_fromstring(whole)


def page(index: int) -> Any:
    return parsed(firm_page(CHECKUP, index, note=NOTE))


def text(node: Any) -> str:
    return " ".join(node.text_content().split())


def card(index: int, policy: str) -> Any:
    (found,) = page(index).xpath(f"//article[@id='{policy}']")
    return found


def rows(node: Any) -> list[list[str]]:
    return [
        [text(cell) for cell in row.xpath("./td|./th")]
        for row in node.xpath(".//table[contains(@class,'reasons')]/tbody/tr")
    ]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    write_pages(CHECKUP, folder, note=NOTE)
    return folder


def test_by_hand_firms_stand_in_the_groups_worked_by_hand():
    assert [
        (group_of(firm, SME).zh, group_of(firm, SERVICE).zh) for firm in CHECKUP.firms
    ] == [
        ("可享", "只差一步"),
        ("只差确认", "只差一步"),
        # Its sales are over the limit: one clause fails, and there is no step to take.
        ("不符合", "可享"),
        ("不符合", "只差一步"),
    ]


def test_firm_page_head_names_firm_code_day_year_and_versions():
    terms = page(1).xpath("//header//dl/dt")
    shown = {text(dt): text(dt.getnext()) for dt in terms}

    assert shown.pop("规则版本").startswith(f"shanghai {CHECKUP.region.digest[:12]} ")
    assert shown == {
        "统一社会信用代码": "9131 9999 MA00 0000 1X",
        "核对日": "2022-11-21",
        "财务年度": "2021 年（标题写明）",
        "数据来源": "园区.xlsx 企业 第 6 行",
        "核对政策": "2 项",
    }


def test_firm_page_failing_clause_shows_value_threshold_margin_cell_and_article():
    assert rows(card(2, SME)) == [
        # 25,000 万元 against 20,000 万元 is 5,000 万元 too much.
        [
            "✗ 不符合",
            "年销售收入不超限 第六条(二)",
            "2.50 亿元",
            "≤ 2.00 亿元",
            "差 5,000.00 万元",
            "企业!N7",
        ]
    ]


def test_firm_page_amount_is_the_decisions():
    # 5 % of 1,500 万元 is 75 万元; the cap is 50 万元.
    assert CHECKUP.firms[2].decisions[SERVICE].amount == 50_000_000
    (amount,) = card(2, SERVICE).xpath(".//span[@class='amount']")
    assert text(amount) == "待遇 50.00 万元"
    (tile,) = page(2).xpath("//li[@class='tile-granted']")
    assert "1 项待遇 50.00 万元" in text(tile)


def test_firm_page_score_is_shown_as_a_sum_of_its_parts():
    lines = [text(line) for line in card(3, SME).xpath(".//ul[@class='scores']/li")]

    # 30 万 of 1,284.6 万 is 2.3 %: 10 points; 13 of 60 is 21.67 %: 12 points.
    assert lines[0] == (
        "综合评分 22 分 = 科技人员得分 12 分 + 研发投入得分 10 分 + 科技成果得分 0 分"
    )
    assert lines[1] == (
        "科技人员得分 12 分（科技人员数（2021年） 13 人，职工总数（2021年） 60 人）"
    )


def test_firm_page_to_confirm_lists_declarations_and_no_failure():
    found = card(1, SME)

    assert text(found.xpath(".//header/span")[0]) == "○ 只差确认"
    assert rows(found) == []
    listed = text(found.xpath(".//p[@class='line']")[0])
    assert listed == (
        "待签字声明 3 项 企业声明：在经营异常或严重失信名单、产品属禁止、限制或淘汰类、"
        "有重大安全质量事故、严重环境违法或科研失信"
    )


def test_firm_page_asks_each_missing_fact_once_with_question_and_supplier():
    (table,) = page(1).xpath("//table[contains(@class,'asks')]")
    asked = [[text(c) for c in row] for row in table.xpath("./tbody/tr")]

    assert asked == [
        [
            "企业声明",
            name,
            question,
            "科技型中小企业评价",
        ]
        for name, question in (
            (
                "在经营异常或严重失信名单",
                "请声明：没有列入经营异常名录和严重违法失信名单",
            ),
            (
                "产品属禁止、限制或淘汰类",
                "请声明：产品和服务不属于国家禁止、限制和淘汰类",
            ),
            (
                "有重大安全质量事故、严重环境违法或科研失信",
                "请声明：规定期间内没有重大安全质量事故、严重环境违法和科研严重失信",
            ),
        )
    ]


def test_firm_page_nearest_step_is_in_the_firms_own_quantities():
    (step,) = card(0, SERVICE).xpath(".//div[@class='nearest']")

    # The line of section I is 2,000 万元; 1,284.60 are there.
    assert text(step.xpath(".//li")[0]) == (
        "营业收入（2021年） 1,284.60 万元 → 2,000.00 万元（增加 715.40 万元）"
        " 投入类型：资金"
    )


def test_firm_page_refused_data_say_what_to_mend_and_no_reason():
    # 70 technology staff of 60 employees.
    checkup = by_hand(("hnte_2016",), tech_staff=70)
    tree = parsed(firm_page(checkup, 0))
    (found,) = tree.xpath("//article[@id='hnte_2016']")

    assert text(found.xpath(".//header/span")[0]) == "! 数据矛盾"
    assert [text(li) for li in found.xpath(".//li")] == [
        "科技人员不多于职工总数。核对科技人员数和职工总数"
    ]
    (tile,) = tree.xpath("//li[@class='tile-refused']")
    assert text(tile.xpath(".//b")[0]) == "1"
    (problem,) = tree.xpath("//table[caption[contains(.,'读不懂')]]/tbody/tr")
    assert text(problem[3]) == "R301"


def test_firm_page_setting_of_an_office_is_the_one_of_the_check():
    # The line of 2,000 万元 lowered to 1,000: 1,284.60 are enough.
    settings = {SERVICE: {"high_line": Fraction(1000 * WAN)}}
    page_ = parsed(firm_page(CHECKUP, 0, settings=settings))
    (found,) = page_.xpath(f"//article[@id='{SERVICE}']")

    assert "年营业收入达到行业的线（1,284.60 万元，要求 ≥ 1,000.00 万元" in text(found)


def test_firm_page_row_problem_is_listed_with_place_and_mend():
    (table,) = page(1).xpath("//table[caption[contains(.,'读不懂')]]")

    assert [[text(c) for c in row] for row in table.xpath("./tbody/tr")] == [
        ["园区.xlsx, 企业!D6", "`约5000万` 不是数字", "改成数字", "R106"]
    ]
    assert not page(0).xpath("//table[caption[contains(.,'读不懂')]]")


def test_firm_page_facts_are_those_of_the_firm_with_their_cells():
    (table,) = page(2).xpath("//table[contains(@class,'facts')]")
    shown = {text(r[0]): (text(r[1]), text(r[2])) for r in table.xpath("./tbody/tr")}

    assert len(shown) == len(FIRMS[2])
    assert shown["营业收入（2021年）"] == (
        "2.50 亿元",
        "企业!N7 营业收入，单位 万元",
    )


def test_firm_page_name_with_markup_is_text():
    whole = firm_page(CHECKUP, 0)

    assert "<script" not in whole
    assert text(page(0).xpath("//h1")[0]) == MARKUP


def test_element_text_is_escaped_and_html_is_not():
    assert element("p", "<b>&", Html("<i>x</i>"), title='"<') == (
        '<p title="&quot;&lt;">&lt;b&gt;&amp;<i>x</i></p>'
    )


def test_page_name_is_safe_and_never_empty():
    assert [page_name(CHECKUP, n) for n in range(4)] == [
        "0001-script-alert-甲-script-测试-虚构-有限公司.html",
        "0002-乙测试-虚构-有限公司.html",
        "0003-丙测试-虚构-有限公司.html",
        "0004-未命名.html",
    ]


def test_write_pages_same_checkup_gives_the_same_bytes(written, tmp_path):
    again = write_pages(by_hand(), tmp_path, note=NOTE)

    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {
        p.name: p.read_bytes() for p in written.iterdir()
    }
    assert sorted(again) == [0, 1, 2, 3]
    assert len(list(written.iterdir())) == 5


def test_write_pages_too_many_firms_writes_the_index_alone(tmp_path):
    checkup = by_hand()
    checkup.is_full = False

    assert write_pages(checkup, tmp_path) == {}
    assert [p.name for p in tmp_path.iterdir()] == ["index.html"]
    assert "超过逐家出单页的数量" in (tmp_path / "index.html").read_text("utf-8")


def test_pages_load_nothing_and_run_nothing(written):
    for path in written.iterdir():
        tree = html.parse(str(path)).getroot()
        assert not tree.xpath("//script|//link|//img|//iframe|//object|//base|//form")
        assert not tree.xpath("//@*[starts-with(name(),'on')]|//@style|//@src")
        for target in tree.xpath("//@href"):
            assert not re.match(r"(?i)[a-z]+:|//", target)
        (policy,) = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
        assert policy == POLICY
        styles = "".join(tree.xpath("//style/text()"))
        assert "url(" not in styles
        assert "@import" not in styles


def test_pages_have_one_h1_headings_in_order_and_sound_tables(written):
    for path in written.iterdir():
        tree = html.parse(str(path)).getroot()
        levels = [int(h.tag[1]) for h in tree.xpath("//h1|//h2|//h3|//h4")]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(b - a <= 1 for a, b in pairwise(levels))
        assert tree.xpath("//html/@lang") == ["zh-CN"]
        for table in tree.xpath("//table"):
            heads = table.xpath("./thead/tr/th")
            assert text(table.xpath("./caption")[0])
            assert all(th.get("scope") == "col" and text(th) for th in heads)
            for row in table.xpath("./tbody/tr"):
                assert len(row) == len(heads)
                assert len(row.xpath("./th[@scope='row']")) == 1
            region = table.getparent()
            assert region.get("role") == "region"
            assert region.get("tabindex") == "0"
            assert region.get("aria-label")


def test_pages_links_of_the_index_lead_to_pages_and_back(written):
    index = html.parse(str(written / "index.html")).getroot()
    links = [
        unquote(x) for x in index.xpath("//table[contains(@class,'firms')]//@href")
    ]

    assert links == [page_name(CHECKUP, n) for n in range(4)]
    assert all((written / link).is_file() for link in links)
    back = html.parse(str(written / links[0])).getroot()
    assert back.xpath("//a[@href='index.html']")


def test_index_counts_and_amounts_are_the_checkups(written):
    index = html.parse(str(written / "index.html")).getroot()
    (table,) = index.xpath("//table[contains(@class,'firms')]")
    got = [[text(c) for c in row][:9] for row in table.xpath("./tbody/tr")]

    # row, name, granted, confirm, step, lacking, judged, failed, payment due
    assert got == [
        ["5", MARKUP, "1", "0", "1", "0", "0", "0", "—"],
        ["6", NAMES[1], "0", "1", "1", "0", "0", "0", "—"],
        ["7", NAMES[2], "1", "0", "0", "0", "0", "1", "50.00"],
        ["8", "（无名称）", "0", "0", "1", "0", "0", "1", "—"],
    ]


def test_pages_every_badge_says_its_state_in_word_and_mark(written):
    words = {f"{group.mark} {group.zh}" for group in GROUPS}
    seen = set()
    for path in written.iterdir():
        tree = html.parse(str(path)).getroot()
        seen |= {text(b) for b in tree.xpath("//span[contains(@class,'badge')]")}

    assert seen <= words
    always = {f"{g.mark} {g.zh}" for g in GROUPS if g not in (OUTSIDE, REFUSED)}
    assert always <= seen


def test_pages_note_stands_on_every_page(written):
    for path in written.iterdir():
        tree = html.parse(str(path)).getroot()
        assert [text(p) for p in tree.xpath("//p[@class='banner']")] == [NOTE]


def test_group_of_unknown_outcome_is_never_failed():
    for firm in CHECKUP.firms:
        for policy, decision in firm.decisions.items():
            if decision.outcome is Outcome.UNKNOWN:
                assert group_of(firm, policy).id in ("confirm", "lacking")


def _tokens() -> dict[str, str]:
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", style()))


def _luminance(colour: str) -> float:
    channels = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ("ink", "paper"),
        ("ink", "page"),
        ("ink-2", "paper"),
        ("ink-2", "page"),
        ("blue", "paper"),
        ("blue", "page"),
        ("blue", "blue-tint"),
        ("ink", "blue-tint"),
        ("green", "paper"),
        ("green", "green-tint"),
        ("amber", "paper"),
        ("amber", "amber-tint"),
        ("red", "paper"),
        ("red", "red-tint"),
    ],
)
def test_style_text_has_contrast_of_four_and_a_half(ink, ground):
    tokens = _tokens()
    lights = sorted((_luminance(tokens[ink]), _luminance(tokens[ground])))

    assert (lights[1] + 0.05) / (lights[0] + 0.05) >= 4.5


def test_style_uses_only_token_colours_outside_its_root():
    body = style().split("}", 1)[1]
    # The control border of a heading, and the margin of the printed sheet, where
    # custom properties do not reach.
    assert set(re.findall(r"#[0-9a-f]{3,6}\b", body)) == {"#768191", "#4a5566"}
