# SPDX-License-Identifier: Apache-2.0
"""The lab's list, one reform against today's rules, two side by side, and a draft of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import psycopg

from tests.town import one
from tests.web.lab_by_hand import RATE, SCORE, page, posted, save, text_of, words

if TYPE_CHECKING:
    from tests.town import Town

Client = Callable[[str], Any]
Work = Callable[[], list[Any]]


def test_versions_of_a_name_are_one_line_with_the_last_result(
    client_of: Client, do_jobs: Work
) -> None:
    client = client_of("分析员")
    first = save(client, text_of("mine", SCORE), go="run").partition("/result")[0]
    do_jobs()
    client.post(f"{first}/edit", posted(body=text_of("mine", RATE), go="save"))
    save(client, text_of("other", RATE))

    lab = client.get("/lab")

    said = words(lab)
    assert page(lab).count("<code>mine</code>") == 1
    assert "2 个方案" in said
    mine = said.partition("mine")[2]
    assert "第 2 版" in mine
    assert "第 1 版的结果" in mine
    assert "还没有试算" in said


def test_reforms_are_found_and_only_mine_are_shown(client_of: Client) -> None:
    client, officer = client_of("分析员"), client_of("经办人甲")
    save(client, text_of("lower_line"))

    def found(asked: str, who: Any = client) -> int:
        return page(who.get(f"/lab?{asked}")).count("<code>lower_line</code>")

    assert [found("q=LOWER"), found("q=示例"), found("q=nothing"), found("mine=1")] == [
        1, 1, 0, 1,
    ]  # fmt: skip
    assert (found("", officer), found("mine=1", officer)) == (1, 0)


def test_a_redline_says_out_and_in_in_words(client_of: Client) -> None:
    client = client_of("分析员")
    where = save(
        client,
        text_of(
            "mine",
            "  - {policy: tech_sme_2017, clause: score, test: total > score_min}\n",
            SCORE,
        ),
    )

    zh, en = client.get(where), client.get(f"/en{where}")

    assert "原： 60 分" in words(zh).replace("\u00a0", " ")
    assert "改为： 40 分" in words(zh).replace("\u00a0", " ")
    assert "was: 60 points" in words(en)
    assert "becomes: 40 points" in words(en)
    assert re.search(r"<del>.*?60.*?</del>", page(zh), re.DOTALL)
    assert re.search(r"<ins>.*?40.*?</ins>", page(zh), re.DOTALL)
    assert '<del><span class="hidden">原：</span>&gt;=</del>' in page(zh)
    assert "第六条(五)" in words(zh)


def test_a_reform_that_no_longer_fits_is_told_and_can_be_mended(
    town: Town, client_of: Client
) -> None:
    client = client_of("分析员")
    where = save(client, text_of("mine"))
    with psycopg.connect(town.url) as conn:  # as if the policy had lost a parameter
        conn.execute("alter table reform disable trigger all")
        conn.execute("update reform set body = replace(body, 'score_min', 'score_old')")
        conn.execute("alter table reform enable trigger all")

    shown, edit = client.get(where), client.get(f"{where}/edit")

    assert (shown.status_code, edit.status_code) == (200, 200)
    assert "保存以后政策变了" in words(shown)
    assert "`score_min`" in words(shown)  # the near miss
    assert "/run" not in page(shown)
    assert "score_old" in page(edit)


def test_two_reforms_stand_side_by_side(client_of: Client, do_jobs: Work) -> None:
    client = client_of("分析员")
    a = save(client, text_of("a", SCORE), go="run").split("/")[2]
    b = save(client, text_of("b", RATE), go="run").split("/")[2]
    do_jobs()

    shown = client.get(f"/lab/compare?of={a}&of={b}")

    said = words(shown)
    assert "两个方案对比" in said
    assert "科技型中小企业评价" in said
    assert "研发费用加计扣除（2023年起）" in said
    assert "没有改" in said
    assert "不能直接相比" not in said
    row = said.partition("分数线")[2]
    assert "60 分" in row
    assert "40 分" in row


def test_results_on_other_days_are_said_not_to_be_comparable(
    client_of: Client, do_jobs: Work
) -> None:
    client = client_of("分析员")
    a = save(client, text_of("a", SCORE), go="run").split("/")[2]
    b = save(client, text_of("b", RATE), go="run", as_of="2026-10-01").split("/")[2]
    do_jobs()

    assert "不能直接相比" in words(client.get(f"/lab/compare?of={a}&of={b}"))


def test_a_comparison_asks_for_two_that_there_are(client_of: Client) -> None:
    client = client_of("分析员")
    a = save(client, text_of("a", SCORE)).split("/")[2]
    b = save(client, text_of("b", RATE)).split("/")[2]

    none, alone, twice, untried, gone = (
        client.get(f"/lab/compare?{asked}")
        for asked in (
            "",
            f"of={a}",
            f"of={a}&of={a}",
            f"of={a}&of={b}",
            f"of={a}&of=f0",
        )
    )

    for asked in (none, alone, twice):
        assert "选两个不同的方案" in words(asked)
    assert words(untried).count("还没有可用的结果") == 2
    assert gone.status_code == 404


def test_an_officer_makes_a_draft_of_a_reform_once(
    town: Town, client_of: Client
) -> None:
    where = save(client_of("分析员"), text_of("mine"))
    officer = client_of("经办人甲")
    shown = officer.get(where)

    said = {"once": "click"}
    first, second = (officer.post(f"{where}/promote", said) for _ in range(2))
    refused = client_of("分析员").post(f"{where}/promote", said)

    assert "转为征求意见稿" in words(shown)
    assert "转为征求意见稿" not in words(client_of("分析员").get(where))
    assert first.headers["Location"] == second.headers["Location"]
    assert refused.status_code == 403
    stages = one(
        town.url,
        "select string_agg(stage || ':' || document || ':' || note || ':' || actor, '|' order by id)"
        " from policy_stage",
    )
    name = where.rpartition("/")[2]
    assert stages == (
        "named:示例（虚构）::经办人甲|"
        f"draft:mine.yaml · 第 1 版:由改革方案 {name} 转来:经办人甲"
    )
    assert "已经在政策库里开了草案 draft-" in words(
        officer.get(first.headers["Location"])
    )


def test_every_page_has_one_heading_and_tables_that_are_read_out(
    client_of: Client, do_jobs: Work
) -> None:
    client = client_of("分析员")
    result = save(client, text_of("mine"), go="run")
    do_jobs()
    reform = result.partition("/result")[0]
    other = save(client, text_of("other", RATE)).split("/")[2]
    pages = [
        client.get(f"{prefix}{address}")
        for prefix in ("", "/en")
        for address in (
            "/lab", "/lab/new", "/lab/new?policy=tech_sme_2017", "/lab/new?view=yaml",
            reform, f"{reform}/edit", result, f"/lab/compare?of={other}",
        )
    ]  # fmt: skip

    for answer in pages:
        markup = page(answer)
        assert answer.status_code == 200
        assert markup.count("<h1") == 1
        for table in re.findall(r"<table.*?</table>", markup, re.DOTALL):
            assert "<caption" in table or 'class="plain"' in table
            assert all("scope=" in th for th in re.findall(r"<th\b[^>]*>", table))
        ids = re.findall(r'\bid="([^"]+)"', markup)
        assert len(ids) == len(set(ids)), {i for i in ids if ids.count(i) > 1}
        fields = re.findall(r"<(?:input|select|textarea)\b[^>]*>", markup)
        labels = set(re.findall(r'<label[^>]* for="([^"]+)"', markup))
        for field in fields:
            if re.search(r'type="(?:hidden|submit)"|\bhidden\b', field):
                continue
            name = re.search(r'\bid="([^"]+)"', field)
            in_label = "checkbox" in field
            assert in_label or "aria-label=" in field or (name and name[1] in labels), (
                field
            )
        assert "style=" not in markup.partition("<main")[2]
        assert not re.search(r'<a [^>]*href="(?!/|#|\?)', markup.partition("<main")[2])
