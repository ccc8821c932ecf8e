# SPDX-License-Identifier: Apache-2.0
"""What the bank sent back does not go to the same account without a word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ceyuan.web.words import word
from tests.web.desk import hidden, main, page, parsed, text
from tests.web.money_town import ACCOUNT, FINANCE, ask, come_back

if TYPE_CHECKING:
    from tests.town import Town

SEND = "/money/payments/send"
ASKED = {"on": "2026-12-15", "form": "bank_csv", "policy": "", "reason": ""}


def test_refused_account_is_shown_in_red_and_not_paid_to(
    town: Town, client_of: Any
) -> None:
    claim = come_back(town, paid=False)
    client = client_of(FINANCE)

    listed = page(client.get("/money/payments"))
    looked = page(client.post(SEND, ASKED))

    (badge,) = listed.xpath(
        "//section[@aria-labelledby='failed-h']//td//*[text()='!']/.."
    )
    assert text(badge) == "! 退回过，没有改"
    (told,) = [text(li) for li in looked.xpath("//li[contains(@class, 'error')]")]
    assert told.startswith(
        f"L211 `{claim}` 上次付到 …{ACCOUNT[-4:]}，银行退回：账户已销户"
    )
    assert "确认送付" not in text(looked)
    assert ask(town, "select count(*) from payment where cause = %s", claim) == [(1,)]


def test_sending_again_asks_why_and_says_so_in_red(town: Town, client_of: Any) -> None:
    claim = come_back(town, paid=False)
    client = client_of(FINANCE)

    silent = client.post(SEND, {**ASKED, "again": "1"})
    asked = {**ASKED, "again": "1", "reason": "银行书面说账户已恢复"}
    looked = page(client.post(SEND, asked))
    digest = hidden(looked, "agreed")
    sent = client.post(SEND, {**asked, "agreed": digest, "once": ""})

    assert silent.status_code == 422
    assert word("money.again_reason", "zh") in main(silent)
    (red,) = looked.xpath("//section[@aria-labelledby='again-h']")
    assert "error" in red.get("class")
    assert text(red).startswith("再付到银行退回过的账户：1 笔L211")
    assert sent.status_code == 302
    assert ask(
        town, "select id, account from payment where cause = %s order by id", claim
    ) == [(f"{claim}.p1", ACCOUNT), (f"{claim}.p2", ACCOUNT)]


def test_login_promises_no_second_person_that_nothing_asks_for(
    client_of: Any,
) -> None:
    said = text(parsed(client_of("").get("/account/login/")))

    assert "要两个人" not in said
    for locale in ("zh", "en"):
        told = word("account.demo_for_finance", locale)
        assert "两个人" not in told
        assert "two people" not in told
