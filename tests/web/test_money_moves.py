# SPDX-License-Identifier: Apache-2.0
"""J4: a move of an instrument by a form made from its declaration: looked at, then made."""

from __future__ import annotations

import json
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from lxml import html

from ceyuan.cli.run import run
from ceyuan.office.database import VARIABLE
from ceyuan.office.moving import move
from ceyuan.office.settings import set_parameter
from ceyuan.office.users import set_user
from tests.office.money_by_hand import who
from tests.office.town_by_hand import WAN
from tests.town import PASSWORD
from tests.web.money_town import FINANCE, OFFICER, ask, office_of

if TYPE_CHECKING:
    from tests.town import Town

URL = "/money/instruments/first_scale_reward/appropriate"
SAID = {
    "key_year": "2026", "key_budget": "虚构财预9号", "in_amount": "12.5万元",
    "on": "2026-11-25", "reason": "追加",
}  # fmt: skip
ENTRY = "first_scale_reward/appropriate/2026/虚构财预9号"


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


# --- a bank, and what may fall due ---------------------------------------------------


@pytest.fixture(name="bank")
def _bank(town: Town) -> str:
    """Let a bank have lent: 600 万元 committed, 500 drawn, a quarter the treasury's."""
    from django.contrib.auth.models import User

    with office_of(town, "管理员") as memory:
        set_user(memory, "银行甲", ["bank"], organisation="虚构银行", reason="合作")
        for one in ("client_max=1000万元", "pool_max=1500万元", "government_share=25%"):
            set_parameter(
                memory, f"risk_loan.{one}", since=date(2026, 1, 1), reason="会议纪要"
            )
        for what, amount in (("commit", 600 * WAN), ("drawdown", 500 * WAN)):
            move(
                who(memory, "银行甲"), "risk_loan", what,
                keys={"year": "2026", "firm": "F1", "loan": "L1"},
                inputs={"loan_amount": Fraction(amount), "due": date(2027, 1, 31)},
                effective=date(2026, 11, 20), reason="授信",
            )  # fmt: skip
    User.objects.create_user(username="银行甲", password=PASSWORD)
    return "银行甲"


def test_what_may_fall_due_is_told_and_is_no_payment(client_of: Any, bank: str) -> None:
    overview = page_of(client_of(FINANCE).get("/money"))
    listed = page_of(client_of(FINANCE).get("/money/instruments"))

    row = overview.xpath("//section[@aria-labelledby='due-h']//tbody/tr")[0]
    # 500 万元 are drawn; the treasury would pay a quarter of them.
    assert ["1", "5,000,000.00", "0.00", "25.0%", "1,250,000.00"] == [
        cell.text_content().strip() for cell in row.xpath("./td")
    ]
    card = listed.xpath("//section[@aria-labelledby='i-risk_loan']")[0]
    assert "1,250,000.00 元" in card.text_content().replace("\u00a0", " ")


def test_bank_makes_its_own_moves_and_sees_nothing_of_the_book(
    town: Town, client_of: Any, bank: str
) -> None:
    client = client_of(bank)
    url = "/money/instruments/risk_loan/repay"
    said = {
        "key_year": "2026", "key_firm": "F1", "key_loan": "L1", "key_event": "R1",
        "in_amount": "100万元", "on": "2026-11-25", "reason": "还款",
    }  # fmt: skip

    answers = [
        client.get(f"/money{one}").status_code
        for one in ("", "/journal", "/payments", "/instruments/risk_loan/compensate")
    ]
    shown = page_of(client.get("/money/instruments/risk_loan"))
    tree = page_of(client.post(url, said))
    form = {
        x.get("name"): x.get("value", "")
        for x in tree.xpath("//form[.//input[@name='agreed']]//input[@name]")
        if x.get("name") != "csrfmiddlewaretoken"
    }
    made = client.post(url, form)

    assert [403] * 4 == answers
    assert "余额" not in [x.text_content() for x in shown.xpath("//thead//th")]
    assert "/money/instruments/risk_loan" == made.headers["Location"]
    assert [(100 * WAN,)] == ask(
        town,
        "select amount from ledger_transfer where id = %s",
        "risk_loan/repay/2026/F1/L1/R1",
    )


def test_reversal_stands_beside_what_it_takes_back(town: Town, client_of: Any) -> None:
    ((firm,),) = ask(
        town,
        "select party from entitlement where commodity = 'VOUCHER' order by id limit 1",
    )
    keys = {"year": "2026", "firm": firm, "order": "D2"}
    told = {
        "order_total": Fraction(2 * WAN), "voucher_requested": Fraction(WAN),
        "voucher_user": "firm",
    }  # fmt: skip
    steps: tuple[tuple[str, dict[str, str], dict[str, Any]], ...] = (
        ("reserve", {"provider": "某院"}, told),
        ("redeem", {}, {"order_total": Fraction(2 * WAN), "order_verified": True}),
        ("take_back", {}, {}),
    )
    with office_of(town, OFFICER) as memory:
        for what, more, inputs in steps:
            move(
                memory, "innovation_voucher", what, keys={**keys, **more},
                inputs=inputs, effective=date(2026, 11, 28), reason="试",
            )  # fmt: skip
    ids = [f"innovation_voucher/{x}/2026/{firm}/D2#2" for x in ("redeem", "take_back")]

    tree = page_of(client_of(FINANCE).get(f"/money/journal?text={firm}/D2"))

    rows = {
        row.xpath("./th/span[@class='path']")[0].text_content(): " ".join(
            "".join(row.xpath("./th//div[@class='beside']//text()")).split()
        )
        for row in tree.xpath("//tbody/tr")
    }
    # Half of 2 万元 was redeemed and is taken back.
    assert rows[ids[0]].startswith("↶ 已冲正 2026-11-28")
    assert rows[ids[1]].startswith("↶ 冲的是 2026-11-28")
    assert all("10,000.00" in rows[one] for one in ids)
    # Followed, it comes back on the way that it took.
    budget = "innovation_voucher/appropriate/2026/虚构财预1号"
    follow = page_of(client_of(FINANCE).get(f"/money/follow/{budget}"))
    way = [
        [c.text_content() for c in row.xpath("./th | ./td")]
        for row in follow.xpath("//table[contains(@class, 'ch-table')][1]//tbody/tr")
    ]
    assert ["资金池 2026", "服务机构待结算 2026 某院", "0.00"] in way
