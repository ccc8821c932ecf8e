# SPDX-License-Identifier: Apache-2.0
"""The policy library and one policy: conditions, parameters, versions, life, texts."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ceyuan.declarations import load_region
from ceyuan.office.memory import open_memory
from ceyuan.office.overview import forget
from ceyuan.office.policy_changes import dated, versions
from ceyuan.office.policy_life import add_stage, begin_draft, stages
from ceyuan.office.policy_list import CSV_HEADINGS
from ceyuan.web.showing import today
from tests.web.conftest import session_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.town import Town

REGION = load_region()
TABS = ("", "/parameters", "/versions", "/life", "/texts")
XJR = "xjr_2026"
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> \"'&amp;"


@pytest.fixture(autouse=True)
def _fresh(town: Town) -> Iterator[None]:
    forget()
    yield
    forget()


def names(answer: Any) -> list[str]:
    """Return the policies that a list shows, by id, in their order."""
    return re.findall(
        r'<h2><a href="(?:/en)?/policies/([\w-]+)">', answer.content.decode()
    )


def speaking(town: Town, policy: str = XJR) -> None:
    with open_memory(town.folder, actor="经办人甲", url=town.url) as memory:
        add_stage(
            memory, policy, "consultation",
            since=today() - timedelta(1), until=today() + timedelta(30),
        )  # fmt: skip
    forget()


# --- the library -------------------------------------------------------------------


def test_the_library_lists_every_policy_and_counts_them(
    client_of: Callable[[str], Any],
) -> None:
    answer = client_of("").get("/policies")

    assert set(REGION.rules) == set(names(answer))
    assert f"{len(REGION.rules)} 项政策（共 {len(REGION.rules)} 项）" in (
        answer.content.decode()
    )


def test_a_filter_by_form_and_by_part_shows_the_same(
    client_of: Callable[[str], Any],
) -> None:
    client = client_of("")
    asked = {"q": "小巨人", "level": "china", "sort": "newest"}
    whole = client.get("/policies", asked)
    part = client.get("/policies", asked, headers={"HX-Request": "true"})

    assert ["xjr_2026", "key_xjr_2024", "xjr_2022"] == names(whole) == names(part)
    assert b"<html" not in part.content
    assert "HX-Request" in part.headers["Vary"]


def test_what_is_in_force_goes_by_the_day_that_is_asked(
    client_of: Callable[[str], Any],
) -> None:
    client = client_of("")
    name = "sh_gradient_reward_2022"

    assert [True, False] == [
        name in names(client.get("/policies", {"in_force": "1", "on": day}))
        for day in ("2022-12-31", "2023-01-01")
    ]


def test_an_odd_question_is_answered_all_the_same(
    client_of: Callable[[str], Any],
) -> None:
    client = client_of("")

    for query in ("on=2026-13-40", "sort=;drop", "kind=<b>", "q=%F0%9F%98%80&level=x"):
        answer = client.get(f"/policies?{query}")
        assert 200 == answer.status_code
        assert b"<b>" not in answer.content


@pytest.mark.parametrize(("prefix", "at"), [("", 0), ("/en", 1)])
def test_the_table_that_is_taken_away_holds_what_the_list_shows(
    client_of: Callable[[str], Any], prefix: str, at: int
) -> None:
    client = client_of("")
    asked = {"level": "shanghai", "in_force": "1", "on": "2026-11-21"}
    answer = client.get(f"{prefix}/policies.csv", asked)
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    answer.close()
    rows = list(csv.reader(io.StringIO(text)))

    assert [said[at] for said in CSV_HEADINGS.values()] == rows[0]
    assert names(client.get(f"{prefix}/policies", asked)) == [
        row[0] for row in rows[1:]
    ]
    assert (
        'attachment; filename="policies-2026-11-21.csv"'
        == (answer.headers["Content-Disposition"])
    )
    runs = ("=", "+", "-", "@", "\t", "\r")
    assert [] == [cell for row in rows for cell in row if cell.startswith(runs)]


# --- one policy --------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("prefix", ["", "/en"])
def test_every_page_of_every_policy_is_there(
    client_of: Callable[[str], Any], prefix: str
) -> None:
    client = client_of("")
    answers = {
        f"{prefix}/policies/{name}{tab}": client.get(f"{prefix}/policies/{name}{tab}")
        for name in REGION.rules
        for tab in TABS
    }

    assert {200} == {one.status_code for one in answers.values()}
    assert [] == [
        path for path, one in answers.items() if one.content.count(b"<h1") != 1
    ]


def test_a_policy_tells_each_clause_with_its_article_and_its_line(
    client_of: Callable[[str], Any],
) -> None:
    said = (
        client_of("").get("/policies/hnte_2016", {"on": "2026-11-21"}).content.decode()
    )
    rule = REGION.rule("hnte_2016").said

    article = re.search(r'aria-labelledby="a-art11_4".*?</article>', said, re.DOTALL)
    assert article is not None
    plain = " ".join(re.sub(r"<[^>]+>", " ", article.group(0)).split())
    assert plain.endswith(
        f"第十一条(四) 国科发火〔2016〕32号 ✓ 见于公开文本 {rule.articles['art11_4'].zh} "
        "科技人员占比达标 科技人员数 ÷ 职工总数 ≥ 10% 科技人员占比下限"
    )
    assert all(clause.zh in said for clause in rule.clauses.values())
    assert "主管部门还没有载入官方原文" in said


def test_a_parameter_that_nobody_set_is_shown_as_not_set(
    client_of: Callable[[str], Any],
) -> None:
    said = client_of("").get("/policies/sh_voucher_2025/parameters").content.decode()
    rows = re.findall(r"<tr[^>]*>\s*<th scope=\"row\">(.*?)</tr>", said, re.DOTALL)
    told = {
        text.split("  ")[0]: text
        for row in rows
        for text in ["  ".join(re.sub(r"<[^>]+>", " ", row).split())]
    }

    assert "待设定" in told["团队年度用券上限"]
    assert "50%" in told["支持比例上限"]


def test_a_redline_shows_what_went_and_what_came(
    client_of: Callable[[str], Any],
) -> None:
    said = client_of("").get("/policies/xjr_2026/versions", {
        "old": "xjr_2022", "old_on": "2026-03-31", "new": "xjr_2026", "new_on": "2026-04-01",
    }).content.decode()  # fmt: skip

    debt = re.search(r"<dt>资产负债率不超过上限</dt><dd>(.*?)</dd>", said, re.DOTALL)
    assert debt is not None
    assert (
        "资产负债率 ≤ 资产负债率上限（<del>70%</del><ins>75%</ins>）"
        == debt.group(1).strip()
    )


def test_versions_that_hold_side_by_side_say_until_when_and_by_which_article(
    client_of: Callable[[str], Any],
) -> None:
    said = client_of("").get("/policies/xjr_2022/versions").content.decode()
    plain = client_of("").get("/policies/rd_super_2018/versions").content.decode()

    [line] = re.findall(r'<ol class="life"><li.*?</ol>', said, re.DOTALL)[:1]
    shown = "".join(re.sub(r"<[^>]+>", "", line).split())
    assert (
        "专精特新“小巨人”企业（2022年标准）2022-08-01至2026-12-31"
        "专精特新“小巨人”企业（2026年办法）2026-04-01起"
        "与上一版同时有效至2026-12-31。依据：复核2026年的复核仍按2022年标准。"
    ) == shown
    assert "与上一版同时有效" not in plain


def test_a_version_of_another_policy_is_not_set_against_this_one(
    client_of: Callable[[str], Any],
) -> None:
    said = client_of("").get(
        "/policies/hnte_2016/versions", {"old": "xjr_2022", "old_on": "x"}
    )

    assert 200 == said.status_code
    main = said.content.decode().partition("<main")[2]
    assert "xjr_2022" not in main


def test_what_is_not_there_is_not_there(client_of: Callable[[str], Any]) -> None:
    client = client_of("经办人甲")
    paths = (
        "/policies/no_such", "/policies/draft-20261121-1", "/policies/draft-1/life",
        "/policies/no_such/texts", "/policies/..%2f..%2fetc", "/policies/no_such/versions",
    )  # fmt: skip

    assert [404] * 6 == [client.get(path).status_code for path in paths]


# --- its life ----------------------------------------------------------------------


def test_an_officer_writes_a_stage_and_mends_what_is_missing(
    town: Town, client_of: Callable[[str], Any]
) -> None:
    client = client_of("经办人甲")
    said = {
        "do": "stage", "stage": "consultation", "since": "2026-11-20", "until": "",
        "document": "征求意见稿", "note": "", "once": "a",
    }  # fmt: skip
    bad = client.post(f"/policies/{XJR}/life", said)
    good = client.post(
        f"/policies/{XJR}/life", {**said, "until": "2027-01-20", "once": "b"}
    )
    again = client.post(
        f"/policies/{XJR}/life", {**said, "until": "2027-01-20", "once": "b"}
    )

    assert (422, 302, 302) == (bad.status_code, good.status_code, again.status_code)
    assert "征求意见要写明截止日" in bad.content.decode()
    assert 'value="征求意见稿"' in bad.content.decode()
    with open_memory(town.folder, url=town.url) as memory, memory.transaction() as conn:
        assert [("consultation", "征求意见稿", "经办人甲")] == [
            (s.stage, s.document, s.actor) for s in stages(conn, XJR)
        ]


@pytest.mark.parametrize("who", ["企业甲", "审计员"])
def test_nobody_else_writes_stages_or_answers(
    town: Town, client_of: Callable[[str], Any], who: str
) -> None:
    speaking(town)
    client = client_of(who)
    codes = [
        client.post(f"/policies/{XJR}/life", said).status_code
        for said in (
            {"do": "stage", "stage": "repealed", "since": "2026-11-20"},
            {"do": "strike", "number": "1", "reason": "x"},
            {"do": "answer", "number": "1", "body": "x"},
        )
    ]
    loaded = client.post(
        "/policies/hnte_2016/texts", {"body:art2": "假的", "source": "假的"}
    )

    assert ([403] * 3, 403) == (codes, loaded.status_code)
    with open_memory(town.folder, url=town.url) as memory, memory.transaction() as conn:
        assert ["consultation"] == [s.stage for s in stages(conn, XJR)]


def test_a_stage_is_struck_with_a_reason(
    town: Town, client_of: Callable[[str], Any]
) -> None:
    speaking(town)
    client = client_of("经办人甲")
    page = client.get(f"/policies/{XJR}/life").content.decode()
    [number] = re.findall(r'name="number" value="(\d+)"', page)

    without = client.post(
        f"/policies/{XJR}/life", {"do": "strike", "number": number, "once": "s1"}
    )
    done = client.post(
        f"/policies/{XJR}/life",
        {"do": "strike", "number": number, "reason": "写错", "once": "s2"},
    )

    assert (400, 302) == (without.status_code, done.status_code)
    assert "没有征求意见" in client.get(f"/policies/{XJR}/life").content.decode()


def test_a_comment_is_said_once_shown_as_text_and_answered(
    town: Town, client_of: Callable[[str], Any]
) -> None:
    speaking(town)
    firm, officer = client_of("企业甲"), client_of("经办人甲")
    said = {
        "do": "comment", "article": "revenue", "body": HOSTILE, "signed": "on", "once": "c",
    }  # fmt: skip
    for _ in range(2):  # a double click
        assert 302 == firm.post(f"/policies/{XJR}/life", said).status_code
    page = officer.get(f"/policies/{XJR}/life").content.decode()
    [number] = re.findall(r'<li class="card" id="c(\d+)"', page)
    officer.post(
        f"/policies/{XJR}/life",
        {"do": "answer", "number": number, "body": HOSTILE, "once": "d"},
    )

    shown = client_of("").get(f"/policies/{XJR}/life").content.decode()

    assert "意见（1）" in shown
    assert [] == re.findall(r"<script>|<img src=x", shown)
    assert 2 == shown.count("&lt;script&gt;alert(1)&lt;/script&gt;")
    assert "企业甲" in shown
    assert "主管部门答复" in shown


def test_a_comment_that_is_not_signed_tells_nobody_who_wrote_it(
    town: Town, client_of: Callable[[str], Any]
) -> None:
    speaking(town)
    client_of("企业甲").post(
        f"/policies/{XJR}/life", {"do": "comment", "body": "匿名的意见", "once": "e"}
    )

    for who in ("", "企业乙", "园区经理"):
        shown = client_of(who).get(f"/policies/{XJR}/life").content.decode()
        main = shown[shown.index("<main") :]
        assert "匿名的意见" in main
        assert "企业甲" not in main
        assert town.firm not in main


def test_who_is_not_logged_in_is_led_to_the_login_and_keeps_his_words(
    town: Town, client_of: Callable[[str], Any]
) -> None:
    speaking(town)
    client = client_of("")
    said = {"do": "comment", "article": "revenue", "body": "登录之前写的", "once": "f"}
    sent = client.post(f"/policies/{XJR}/life", said)
    store = client.session
    kept = dict(store.items())
    key = session_of("企业甲")
    client.cookies["sessionid"] = key
    store = client.session
    store.update({k: v for k, v in kept.items() if k.startswith("kept")})
    store.save()

    shown = client.get(f"/policies/{XJR}/life").content.decode()

    assert 302 == sent.status_code
    assert sent.headers["Location"].startswith("/account/login/?next=")
    assert "登录之前写的</textarea>" in shown
    assert '<option value="revenue" selected>' in shown


@pytest.mark.parametrize(
    ("body", "why"), [("", "这个字段是必填项"), ("长" * 2_001, "2000")]
)
def test_a_comment_that_does_not_fit_comes_back_with_its_words(
    town: Town, client_of: Callable[[str], Any], body: str, why: str
) -> None:
    speaking(town)
    answer = client_of("企业甲").post(
        f"/policies/{XJR}/life", {"do": "comment", "body": body, "once": "g"}
    )
    shown = answer.content.decode()

    assert 422 == answer.status_code
    assert shown.count("<title>错误：") == 1
    assert why in shown
    assert body in shown


def test_nobody_comments_where_no_consultation_is_open(
    client_of: Callable[[str], Any],
) -> None:
    answer = client_of("企业甲").post(
        f"/policies/{XJR}/life", {"do": "comment", "body": "意见", "once": "h"}
    )

    assert 403 == answer.status_code


# --- drafts ------------------------------------------------------------------------


def test_a_draft_is_there_for_officers_and_then_for_everybody(
    town: Town, client_of: Callable[[str], Any]
) -> None:
    title = "概念验证支持办法（虚构草案）"
    officer, public = client_of("经办人甲"), client_of("")
    begun = officer.post("/policies/new", {"name": title, "once": "n"})
    place = begun.headers["Location"]
    name = place.split("/")[2]
    forget()
    before = [
        public.get(f"/policies/{name}{tab}").status_code
        for tab in ("", "/life", "/texts")
    ]
    listed = [
        title in one.get("/policies").content.decode() for one in (officer, public)
    ]
    speaking(town, name)

    assert (302, [404, 404, 404], [True, False]) == (begun.status_code, before, listed)
    assert 200 == public.get(f"/policies/{name}").status_code
    assert title in public.get("/policies").content.decode()
    assert title in public.get("/").content.decode()


def test_only_an_officer_begins_a_draft(
    town: Town, client_of: Callable[[str], Any]
) -> None:
    codes = [
        client_of(who).post("/policies/new", {"name": "草案"}).status_code
        for who in ("企业甲", "审计员")
    ]
    led = client_of("").get("/policies/new")

    assert ([403, 403], 302) == (codes, led.status_code)


def test_a_draft_of_another_name_cannot_be_guessed(
    town: Town, client_of: Callable[[str], Any]
) -> None:
    with open_memory(town.folder, actor="经办人甲", url=town.url) as memory:
        name = begin_draft(memory, "内部草案（虚构）", on=today())

    answers = [client_of(who).get(f"/policies/{name}") for who in ("", "企业甲")]

    assert [404, 404] == [one.status_code for one in answers]
    assert [] == [one for one in answers if "内部草案" in one.content.decode()]


# --- official texts ----------------------------------------------------------------


def test_an_officer_takes_a_document_apart_and_loads_it(
    town: Town, client_of: Callable[[str], Any]
) -> None:
    client = client_of("经办人甲")
    before = client_of("").get("/policies/hnte_2016").content.decode()  # and kept
    apart = client.post(
        "/policies/hnte_2016/texts",
        {"apart": "1", "document": "method", "whole": "第二条 居民企业（虚构文字）。"},
    )
    loaded = client.post(
        "/policies/hnte_2016/texts",
        {
            "body:art2": "第二条 <b>居民企业</b>（虚构文字）。",
            "source": "公报",
            "once": "t",
        },
    )
    shown = client_of("").get("/policies/hnte_2016").content.decode()

    assert (200, 302) == (apart.status_code, loaded.status_code)
    assert "已载入官方原文 0 / " in before
    assert "第二条 居民企业（虚构文字）。</textarea>" in apart.content.decode()
    assert "第二条 &lt;b&gt;居民企业&lt;/b&gt;（虚构文字）。" in shown
    assert "已载入官方原文 1 / " in shown


def test_a_text_without_a_source_comes_back_as_it_was_typed(
    client_of: Callable[[str], Any],
) -> None:
    answer = client_of("经办人甲").post(
        "/policies/hnte_2016/texts", {"body:art2": "打好的文字", "source": " "}
    )
    shown = answer.content.decode()

    assert 422 == answer.status_code
    assert "要写明原文的来源" in shown
    assert "打好的文字</textarea>" in shown


def test_a_policy_is_not_compared_with_itself(
    client_of: Callable[[str], Any],
) -> None:
    region = REGION
    alone = next(
        rule.id
        for rule in region.rules.values()
        if len(versions(region, rule)) == 1
        and all(d.what not in ("parameter", "clause") for d in dated(rule))
    )

    page = client_of("").get(f"/policies/{alone}/versions").content.decode()
    both = client_of("").get("/policies/xjr_2026/versions").content.decode()

    assert "两边是同一个版本的同一天，没有可比的。" in page
    assert "处不同" not in page
    (compared,) = re.findall(r'<p role="status">([^<]*处不同[^<]*)</p>', both)
    assert "xjr_" not in compared
    assert compared.startswith("专精特新“小巨人”企业（2022年标准）（")
