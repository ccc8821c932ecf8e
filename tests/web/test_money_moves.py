# SPDX-License-Identifier: Apache-2.0
"""J4: a move of an instrument by a form made from its declaration: looked at, then made."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from lxml import html

from ceyuan.cli.run import run
from ceyuan.office.database import VARIABLE

if TYPE_CHECKING:
    from tests.town import Town

FINANCE, OFFICER = "财务丙", "经办人甲"
URL = "/money/instruments/first_scale_reward/appropriate"
SAID = {
    "key_year": "2026", "key_budget": "虚构财预9号", "in_amount": "12.5万元",
    "on": "2026-11-25", "reason": "追加",
}  # fmt: skip
ENTRY = "first_scale_reward/appropriate/2026/虚构财预9号"


def ask(town: Town, question: str, *given: object) -> list[tuple[Any, ...]]:
    with psycopg.connect(town.url) as conn:
        return conn.execute(question.encode(), given).fetchall()


def page_of(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.content.decode()[:2000]
    return html.fromstring(answer.content.decode())


def count(town: Town) -> int:
    return int(ask(town, "select count(*) from ledger_transfer")[0][0])


def look(client: Any, url: str = URL, **said: str) -> dict[str, str]:
    """Look at a move; return what the form that confirms it holds."""
    tree = page_of(client.post(url, {**SAID, **said}))
    form = tree.xpath("//main//form[.//input[@name='agreed']]")[0]
    return {
        x.get("name"): x.get("value", "")
        for x in form.xpath(".//input[@name]")
        if x.get("name") != "csrfmiddlewaretoken"
    }


def test_form_asks_for_what_the_declaration_asks_for(client_of: Any) -> None:
    tree = page_of(client_of(FINANCE).get(URL))

    assert ["key_year", "key_budget", "in_amount", "on", "reason"] == tree.xpath(
        "//main//form//input[not(@type='hidden')]/@name"
    )


def test_looking_writes_nothing_and_shows_the_entries_of_the_dry_run(
    town: Town,
    client_of: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = count(town)
    monkeypatch.setenv(VARIABLE, town.url)
    monkeypatch.chdir(town.folder)
    words = ["move", "first_scale_reward", "appropriate", "--key", "year=2026", "--key",
             "budget=虚构财预9号", "--set", "amount=12.5万元", "--on", "2026-11-25",
             "--reason", "追加", "--as", FINANCE, "--dry-run", "--json"]  # fmt: skip
    capsys.readouterr()
    assert run(words) == 0
    said = json.loads(capsys.readouterr().out)["entries"]

    tree = page_of(client_of(FINANCE).post(URL, SAID))

    assert before == count(town)
    rows = [
        (
            row.xpath("./th/span[@class='path']")[0].text_content(),
            *(x.text_content() for x in row.xpath("./td/div/span[@class='path']")),
            row.xpath("./td[3]")[0].text_content().strip(),
        )
        for row in tree.xpath("//main//tbody/tr")
    ]
    assert [(e["id"], e["debit"], e["credit"], "125,000.00") for e in said] == rows
    assert [12_500_000] == [e["amount"] for e in said]


def test_double_click_records_once(town: Town, client_of: Any) -> None:
    client, before = client_of(FINANCE), count(town)
    form = look(client)

    first, second = client.post(URL, form), client.post(URL, form)

    assert first.headers["Location"] == second.headers["Location"]
    assert before + 1 == count(town)
    tree = page_of(client.get(first.headers["Location"]))
    assert ENTRY in tree.text_content()
    assert [(FINANCE, "追加")] == ask(
        town, "select actor, reason from audit where object = %s", ENTRY
    )


def test_the_same_case_again_is_said_and_recorded_once(
    town: Town, client_of: Any
) -> None:
    client = client_of(FINANCE)
    client.post(URL, look(client))
    before = count(town)

    tree = page_of(client.post(URL, SAID))
    client.post(URL, look(client))

    assert "账上已有这一笔" in tree.text_content()
    assert before == count(town)


def test_the_same_case_with_another_amount_is_refused_with_why(
    town: Town, client_of: Any
) -> None:
    client = client_of(FINANCE)
    client.post(URL, look(client))

    tree = page_of(client.post(URL, {**SAID, "in_amount": "13万元"}), 422)

    # What, where, why and how to go on.
    text = tree.xpath("//*[@role='alert']")[0].text_content()
    assert f"[L102] `{ENTRY}`：账上已有这个编号，内容不同" in text
    assert "另一笔用另一个编号" in text


def test_plan_that_has_changed_is_not_recorded(town: Town, client_of: Any) -> None:
    """Give back what is left: meanwhile a colleague has appropriated more."""
    client = client_of(FINANCE)
    back = "/money/instruments/first_scale_reward/give_back"
    said = {
        "key_year": "2026",
        "key_budget": "B9",
        "on": "2027-01-05",
        "reason": "结余",
    }
    tree = page_of(client.post(back, said))
    form = {
        x.get("name"): x.get("value", "")
        for x in tree.xpath("//form[.//input[@name='agreed']]//input[@name]")
        if x.get("name") != "csrfmiddlewaretoken"
    }
    client_of("财务丁").post(URL, look(client_of("财务丁")))
    before = count(town)

    answer = client.post(back, form)

    assert "没有做：看过之后变了" in page_of(answer, 409).text_content()
    assert before == count(town)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"key_year": "26"}, "key_year"),
        ({"key_budget": "a/b"}, "key_budget"),
        ({"key_budget": "{x}"}, "key_budget"),
        ({"in_amount": "很多"}, "in_amount"),
        ({"in_amount": ""}, "in_amount"),
        ({"on": ""}, "on"),
        ({"reason": ""}, "reason"),
    ],
)
def test_what_cannot_be_read_is_told_beside_its_field(
    client_of: Any, wrong: dict[str, str], field: str
) -> None:
    tree = page_of(client_of(FINANCE).post(URL, {**SAID, **wrong}), 422)

    assert tree.xpath(f"//p[@id='id_{field}_error']")
    assert "追加" in tree.xpath("//input[@name='reason']/@value") or field == "reason"


def test_full_width_figures_are_read(town: Town, client_of: Any) -> None:
    client = client_of(FINANCE)

    form = look(client, key_year="２０２６", in_amount="１２．５万元")
    client.post(URL, form)

    assert [(12_500_000,)] == ask(
        town, "select amount from ledger_transfer where id = %s", ENTRY
    )


def test_refused_move_tells_the_condition_and_leaves_nothing(
    town: Town, client_of: Any
) -> None:
    """The year is not over, so that nothing can be given back yet."""
    before = count(town)

    tree = page_of(
        client_of(FINANCE).post(
            "/money/instruments/first_scale_reward/give_back",
            {
                "key_year": "2026",
                "key_budget": "B9",
                "on": "2026-11-25",
                "reason": "结余",
            },
        ),
        422,
    )

    assert "[L123]" in tree.xpath("//*[@role='alert']")[0].text_content()
    assert before == count(town)


def test_who_may_not_make_a_move_is_told_who_may(client_of: Any) -> None:
    promise = "/money/instruments/first_scale_reward/promise"

    answers = [
        client_of(FINANCE).get(promise),
        client_of(OFFICER).get(URL),
        client_of(OFFICER).get(promise),
    ]

    assert [403, 403, 200] == [a.status_code for a in answers]
    assert "没有办“拨入预算”的权限" in answers[1].content.decode()


def test_instrument_tells_its_accounts_moves_parameters_and_stories(
    client_of: Any,
) -> None:
    zh = page_of(client_of(FINANCE).get("/money/instruments/risk_loan"))
    en = page_of(client_of(FINANCE).get("/en/money/instruments/risk_loan"))

    assert "科技履约贷风险分担" == zh.xpath("//h1")[0].text_content()
    assert "Risk-shared loan (performance loan)" == en.xpath("//h1")[0].text_content()
    # What nobody has set is said so, not taken for 0.
    text = " ".join(zh.text_content().split())
    assert "没有设定" in text
    assert "[L" not in text
    assert 4 == len(zh.xpath("//section[@aria-labelledby='stories-h']/details"))


def test_officer_sees_the_instrument_and_nothing_of_the_book(client_of: Any) -> None:
    tree = page_of(client_of(OFFICER).get("/money/instruments/first_scale_reward"))

    heads = [x.text_content() for x in tree.xpath("//thead//th")]
    assert "余额" not in heads
    assert not tree.xpath("//a[contains(@href, '/money/accounts')]")
