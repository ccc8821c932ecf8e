# SPDX-License-Identifier: Apache-2.0
"""A reform is written: form and YAML are two views of one draft; hostile texts end here."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest

from ceyuan.declarations.source import parse_source
from ceyuan.office.reform_text import MOST
from tests.town import PASSWORD
from tests.web.lab_by_hand import DAY, RATE, SCORE, page, posted, save, text_of, words

Client = Callable[[str], Any]


def _body(answer: Any) -> str:
    """Return the draft that an editor holds."""
    found = re.search(
        r'<textarea[^>]*name="body"[^>]*>(.*?)</textarea>', page(answer), re.DOTALL
    )
    assert found
    return unescape(found[1]).removeprefix("\n")


def _data(answer: Any) -> Any:
    return parse_source(_body(answer), name="x").data


def _form(client: Any, policy: str, where: str = "/lab/new", **more: str) -> Any:
    said = {"view": "form", "policy": policy, "as_of": DAY, "body": "", "zh": "甲",
            "en": "A", "reform": "mine", "once": ""}  # fmt: skip
    return client.post(where, {**said, **more})


def _value(answer: Any, name: str) -> str:
    found = re.search(rf'name="{re.escape(name)}"[^>]*value="([^"]*)"', page(answer))
    found = found or re.search(
        rf'name="{re.escape(name)}"[^>]*>(.*?)</textarea>', page(answer), re.DOTALL
    )
    assert found, name
    return unescape(found[1])


def test_a_value_typed_in_the_form_is_a_change_in_the_yaml(client_of: Client) -> None:
    answer = _form(
        client_of("分析员"), "service_scale", go="yaml",
        **{"p.middle_line": "0.08亿元", "p.reward_rate": "10%", "p.reward_offered": "yes",
           "p.reward_max": "40", "p.reward_max.from": "2027-01-01",
           "p.high_line_sections": "G、I"},
    )  # fmt: skip

    assert _data(answer) == {
        "reform": "mine",
        "zh": "甲",
        "en": "A",
        "change": [
            {"policy": "service_scale", "parameter": "high_line_sections",
             "value": ["G", "I"]},
            {"policy": "service_scale", "parameter": "middle_line", "value": 800},
            {"policy": "service_scale", "parameter": "reward_offered", "value": True},
            {"policy": "service_scale", "parameter": "reward_rate", "value": 10},
            {"policy": "service_scale", "parameter": "reward_max", "value": 40,
             "from": parse_source("2027-01-01", name="x").data},
        ],
    }  # fmt: skip


def test_what_is_todays_value_is_no_change(client_of: Client) -> None:
    answer = _form(
        client_of("分析员"), "service_scale", go="yaml",
        **{"p.middle_line": "1000", "p.reward_max": "", "c.above_line": " revenue >=  line ",
           "l.line": "", "decide": "", "v.from": "2020-01-01", "v.until": ""},
    )  # fmt: skip

    assert _data(answer)["change"] == []


def test_the_yaml_stands_in_the_form(client_of: Client) -> None:
    text = text_of(
        "mine", "  - {policy: service_scale, parameter: middle_line, value: 800}\n",
        "  - {policy: service_scale, clause: above_line, test: revenue > line}\n",
        "  - {policy: service_scale, drop_clause: legal_person}\n",
        "  - {policy: service_scale, add_clause: new_one, test: rd_expense > 0, zh: 新}\n",
    )  # fmt: skip

    answer = client_of("分析员").post(
        "/lab/new", posted(body=text, go="form", policy="service_scale")
    )

    assert answer.status_code == 200
    assert [_value(answer, n) for n in ("p.middle_line", "p.reward_rate")] == [
        "800",
        "",
    ]
    assert _value(answer, "c.above_line") == "revenue > line"
    assert _value(answer, "a.0.test") == "rd_expense > 0"
    assert re.search(r'name="d\.legal_person"[^>]*checked', page(answer))
    assert "已有 4 项改动" in words(answer)


def test_what_the_form_does_not_know_stays_as_it_was(client_of: Client) -> None:
    kept = (
        "  - {policy: service_scale, add_parameter: extra, zh: 新, en: New, unit: 万元, value: 3}\n"
        "  - {policy: service_scale, parameter: low_line, value: 400, from: 2027-01-01, until: 2027-12-31}\n"
        "  - {policy: service_scale, parameter: low_line, value: 300, from: 2028-01-01}\n"
        "  - {policy: service_scale, clause: above_line, zh: 新说法, en: New, test: revenue > line}\n"
    )
    client = client_of("分析员")
    shown = client.post(
        "/lab/new",
        posted(body=text_of("mine", kept), go="form", policy="service_scale"),
    )
    assert "这一处在方案里改了不止一次" in words(shown)
    assert 'name="p.low_line"' not in page(shown)

    answer = _form(
        client, "service_scale", go="yaml", body=_body(shown),
        **{"p.middle_line": "800", "c.above_line": "revenue >= line"},
    )  # fmt: skip

    before = parse_source(text_of("mine", kept), name="x").data
    assert isinstance(before, dict)
    changes = _data(answer)["change"]
    assert changes[:3] == before["change"][:3]  # type: ignore[index]
    # The test is today's again; the words of the condition are still changed.
    assert changes[3] == {"policy": "service_scale", "clause": "above_line",
                          "zh": "新说法", "en": "New"}  # fmt: skip
    assert changes[4] == {
        "policy": "service_scale",
        "parameter": "middle_line",
        "value": 800,
    }


def test_a_draft_that_the_form_does_not_change_keeps_its_text(
    client_of: Client,
) -> None:
    text = "# 我的注释\n" + text_of("mine", SCORE)
    client = client_of("分析员")

    shown = client.post("/lab/new", posted(body=text, go="form"))
    back = _form(
        client, "tech_sme_2017", go="yaml", body=text, zh="示例（虚构）",
        en="Sample (invented)", **{"p.score_min": "40"},
    )  # fmt: skip
    changed = _form(
        client, "tech_sme_2017", go="yaml", body=text, **{"p.score_min": "41"}
    )

    assert "注释不会保留" in words(shown)
    assert _body(back) == text
    assert "我的注释" not in _body(changed)


def test_changes_are_taken_out_one_by_one(client_of: Client) -> None:
    answer = _form(client_of("分析员"), "", body=text_of("mine"), go="drop.0")

    assert [one["policy"] for one in _data(answer)["change"]] == ["rd_super_2023"]
    assert (
        len(
            _data(_form(client_of("分析员"), "", body=text_of("m"), go="drop.7"))[
                "change"
            ]
        )
        == 2
    )


def test_another_policy_is_opened_and_nothing_is_lost(client_of: Client) -> None:
    answer = _form(
        client_of("分析员"), "tech_sme_2017", go="open", open="rd_super_2023",
        **{"p.score_min": "40"},
    )  # fmt: skip

    assert 'name="p.general_rate"' in page(answer)
    assert [one["value"] for one in _data(answer)["change"]] == [40]


def test_a_table_is_changed_row_by_row(client_of: Client) -> None:
    field = "p.class1_steps"
    rows = {f"{field}.0.bound": "2", f"{field}.0.gives": "30", f"{field}.0.kind": "from",
            f"{field}.1.bound": "", f"{field}.1.gives": "", f"{field}.2.bound": "1",
            f"{field}.2.gives": "10", f"{field}.3.gives": "0"}  # fmt: skip

    answer = _form(client_of("分析员"), "tech_sme_2017", go="yaml", **rows)

    assert _data(answer)["change"] == [
        {"policy": "tech_sme_2017", "parameter": "class1_steps",
         "steps": [{"from": 2, "gives": 30}, {"from": 1, "gives": 10},
                   {"else": True, "gives": 0}]},
    ]  # fmt: skip


def test_every_kind_of_change_of_the_form_is_saved(client_of: Client) -> None:
    client = client_of("分析员")

    answer = _form(
        client, "service_scale", go="save",
        **{"d.legal_person": "1", "c.legal_person": "is_legal_person",
           "c.above_line": "revenue > line", "l.line": "middle_line",
           "amount": "reward_max", "v.from": "2020-01-01", "v.until": "2030-12-31",
           "a.0.test": "rd_expense / revenue >= reward_rate", "a.0.zh": "投入研发"},
    )  # fmt: skip

    assert answer.status_code == 302, words(answer)
    shown = words(client.get(answer.headers["Location"]))
    for said in ("法人单位 − 去掉", "营业收入 > 适用的营业收入线", "投入研发 + 新增",
                 "奖励上限", "2030-12-31"):  # fmt: skip
        assert said in shown


def test_repeal_by_form_is_saved(client_of: Client) -> None:
    client = client_of("分析员")

    answer = _form(
        client, "rd_super_2018", go="save", repeal="1", **{"repeal.shown": "1"}
    )
    shown = client.get(answer.headers["Location"])
    edited = client.get(f"{answer.headers['Location']}/edit")

    assert "整项政策不再执行" in words(shown)
    assert re.search(r'name="repeal"[^>]*checked', page(edited))


def test_wrong_numbers_are_told_beside_their_fields_and_kept(client_of: Client) -> None:
    answer = _form(
        client_of("分析员"), "tech_sme_2017", go="save",
        **{"p.score_min": "很多", "p.employees_max": "300万元", "p.sales_max.from": "明天",
           "p.assets_max.from": "2027-01-01", "p.staff_steps.0.bound": "x",
           "p.staff_steps.0.gives": "20"},
    )  # fmt: skip

    assert answer.status_code == 422
    said = words(answer)
    for fault in ("`分数线` 要一个数", "`职工总数上限` 以 人 计", "“明天”不是日期",
                  "还要写新值", "`科技人员占比分档` 要一个数"):  # fmt: skip
        assert said.count(fault) >= 2, fault  # on top, and beside the field
    assert _value(answer, "p.score_min") == "很多"
    assert _value(answer, "p.staff_steps.0.bound") == "x"
    assert 'href="#f-p.score_min"' in page(answer)
    assert 'id="f-p.score_min"' in page(answer)
    assert "错误：" in page(answer).partition("</title>")[0]


def test_a_reform_needs_a_name(client_of: Client) -> None:
    answer = _form(client_of("分析员"), "tech_sme_2017", go="save", zh="")

    assert answer.status_code == 422
    assert "给方案起一个名称。" in words(answer)


def test_an_id_and_an_english_name_are_given_by_themselves(client_of: Client) -> None:
    client = client_of("分析员")

    answer = _form(
        client, "tech_sme_2017", go="save", reform="", en="", **{"p.score_min": "50"}
    )

    text = client.get(f"{answer.headers['Location']}/source").content.decode()
    data = parse_source(text, name="x").data
    assert isinstance(data, dict)
    assert re.fullmatch(r"reform_\d{8}_[0-9a-f]{4}", str(data["reform"]))
    assert (data["zh"], data["en"]) == ("甲", "甲")


def test_an_edited_reform_is_a_further_version(client_of: Client) -> None:
    client = client_of("分析员")
    first = save(client, text_of("mine"))

    answer = client.post(
        f"{first}/edit", posted(body=text_of("mine", SCORE), go="save")
    )
    second = answer.headers["Location"]
    stale = client.post(f"{first}/edit", posted(body=text_of("mine", RATE), go="save"))
    led = client.get(f"{first}/edit")

    assert second != first
    assert "第 2 版，共 2 版" in words(client.get(second))
    assert "这不是最新的一版" in words(client.get(first))
    assert stale.status_code == 422
    assert "有了第 2 版，由分析员保存" in words(stale)
    assert _body(stale) == text_of("mine", RATE)
    assert led.headers["Location"] == f"{second}/edit"


def test_another_id_makes_a_reform_of_its_own(client_of: Client) -> None:
    client = client_of("分析员")
    first = save(client, text_of("mine"))

    answer = client.post(f"{first}/edit", posted(body=text_of("copy"), go="save"))

    assert "第 1 版，共 1 版" in words(client.get(answer.headers["Location"]))


def test_a_taken_id_is_told_and_the_text_kept(client_of: Client) -> None:
    client = client_of("分析员")
    save(client, text_of("mine"))

    answer = client.post("/lab/new", posted(body=text_of("mine", SCORE), go="save"))

    assert answer.status_code == 422
    assert "编号 `mine` 已有方案，由分析员保存" in words(answer)
    assert _body(answer) == text_of("mine", SCORE)


HEAD = "reform: a\nzh: 甲\nen: A\n"


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("a: &a [x]\nb: *a\n", "D104", 2),
        ("[" * 3000, "D104", 1),
        ("!!python/object/apply:os.system ['touch /tmp/x']\n", "D103", 1),
        (f"{HEAD}author: me\n", "D103", 4),
        (f"{HEAD}change:\n  - {{policy: rd_super_2023, parameter: general_rat, value: 1}}\n",
         "D230", 5),
        (f"{HEAD}change:\n  - {{policy: rd_super_2023, parameter: general_rate, valeu: 1}}\n",
         "D230", 5),
        (f"{HEAD}change:\n  - {{policy: rd_super_2023, parameter: general_rate, value: 1e99999}}\n",
         "D103", 5),
        (f"{HEAD}note: <script>alert(1)</script>\nnote: x\n", "D102", 5),
        (f"{HEAD}note: 'a\u202eb'\n", "D101", 4),
        ("a: [", "D101", 0),
    ],
)  # fmt: skip
@pytest.mark.parametrize("language", ["", "/en"])
def test_a_hostile_or_wrong_text_is_told_with_its_line_and_kept(
    client_of: Client, text: str, code: str, line: int, language: str
) -> None:
    client = client_of("分析员")

    answer = client.post(f"{language}/lab/new", posted(body=text, go="run"))

    assert answer.status_code == 422
    said = words(answer)
    assert code in said
    if line:
        assert (f"第 {line} 行" if not language else f"line {line}") in said
    assert _body(answer) == text
    assert "<script>alert" not in page(answer)
    if "general_rat," in text:
        assert "`general_rate`" in said  # the near miss
    if "valeu" in text:
        assert "`value`" in said


def test_a_megabyte_is_refused_and_costs_nothing(client_of: Client) -> None:
    client = client_of("分析员")
    text = "x: y\n" * 200_000

    answer = client.post("/lab/new", posted(body=text, go="save"))

    assert answer.status_code == 422
    assert "个字符，至多 65,536 个" in words(answer)
    assert len(_body(answer)) == 2 * MOST


def test_names_are_shown_as_text_and_may_be_long(client_of: Client) -> None:
    client = client_of("分析员")
    name = "很长的名称<b>&" * 40
    text = f"reform: long\nzh: '{name}'\nen: '{name}'\nnote: '<i>x</i>'\n"

    where = save(client, text)

    shown = page(client.get(where)) + page(client.get("/lab"))
    assert "<b>&" not in shown
    assert "<i>x" not in shown
    assert "很长的名称&lt;b&gt;&amp;" in shown


def test_what_was_typed_before_the_session_ended_is_still_there(
    client_of: Client,
) -> None:
    client = client_of("分析员")
    text = text_of("mine", SCORE)
    client.cookies.clear()  # the session is over

    sent = client.post("/lab/new", posted(body=text, go="save"))
    client.post(
        "/account/login/", {"login": "分析员", "password": PASSWORD, "next": "/lab/new"}
    )
    back = client.get("/lab/new")
    again = client.get("/lab/new")

    assert (sent.status_code, back.status_code) == (302, 200)
    assert "/account/login" in sent.headers["Location"]
    assert "登录已过期，刚才填写的内容还在" in words(back)
    assert _body(back) == text
    assert "改哪一项政策" in words(again)  # told once
    assert client.get("/lab").content.decode().count(">mine<") == 0  # and not saved


@pytest.mark.parametrize("who", ["经办人甲", "审计员"])
def test_who_may_only_look_saves_nothing(client_of: Client, who: str) -> None:
    where = save(client_of("分析员"), text_of("mine"))
    client = client_of(who)

    found = [
        client.get("/lab/new").status_code,
        client.post("/lab/new", posted(body=text_of("b"), go="save")).status_code,
        client.get(f"{where}/edit").status_code,
        client.post(f"{where}/edit", posted(body=SCORE, go="save")).status_code,
        client.post(f"{where}/run", {"once": "1"}).status_code,
    ]

    assert found == [403] * 5
    assert "新建" not in words(client.get("/lab"))
    assert "/edit" not in page(client.get(where))


def test_the_policies_to_choose_from_are_found_by_their_name(client_of: Client) -> None:
    client = client_of("分析员")

    every, some = client.get("/lab/new"), client.get("/lab/new?q=小巨人")
    english = client.get("/en/lab/new?q=super-deduction")

    assert "研发费用加计扣除（2023年起）" in words(every)
    assert "研发费用加计扣除（2023年起）" not in words(some)
    assert "Super-deduction of R&D costs (from 2023)" in words(english)


def test_the_example_is_ready_to_run(client_of: Client) -> None:
    answer = client_of("分析员").get("/lab/new?view=yaml&sample=1")

    assert _data(answer)["reform"] == "sample_reform"
    assert "虚构" in _body(answer)


def test_todays_value_stands_in_the_unit_of_its_field_and_a_far_one_is_asked_about(
    client_of: Client,
) -> None:
    """2.00 亿元 beside a field in 万元: 2.5 means 25,000 yuan, an 8,000th of it."""
    client = client_of("分析员")

    plain = words(client.get("/lab/new?policy=tech_sme_2017"))
    slip = _form(client, "tech_sme_2017", go="yaml", **{"p.sales_max": "2.5"})

    def shown(text: str) -> str:
        asked = posted(body=text, go="form", policy="tech_sme_2017")
        return words(client.post("/lab/new", asked))

    warned = shown(_body(slip))
    meant = _form(client, "tech_sme_2017", go="yaml", **{"p.sales_max": "2.5亿元"})
    silent = shown(_body(meant))

    assert "现行 20,000 万元" in plain
    assert "单位对吗" not in plain
    assert "是现行值（20,000 万元）的 1/8,000 倍。单位对吗？" in warned
    assert _data(meant)["change"][0]["value"] == 25_000
    assert "单位对吗" not in silent


@pytest.mark.parametrize("typed", ["1e999999999", "1/0", "9" * 70])
def test_a_number_that_nobody_counts_costs_nothing_and_is_told(
    client_of: Client, typed: str
) -> None:
    answer = client_of("分析员").post(
        "/lab/new",
        {"view": "form", "policy": "tech_sme_2017", "zh": "大数", "body": "",
         "as_of": DAY, "p.score_min": typed, "go": "save", "once": ""},
    )  # fmt: skip

    assert answer.status_code == 422
    assert typed in page(answer)
