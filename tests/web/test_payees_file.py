# SPDX-License-Identifier: Apache-2.0
"""Payees out of one table, on the page: looked at, then taken once, numbers hidden."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from lxml import html

from tests.web.money_town import AUDITOR, FINANCE, OFFICER, REVIEWER, SECOND, ask

if TYPE_CHECKING:
    from tests.town import Town

URL = "/money/payments/payees/file"
FIRST, OTHER = "6222000000007777318", "6222000000008888319"


def table(*rows: str) -> SimpleUploadedFile:
    text = "\n".join(("收款方,户名,开户行,账号", *rows))
    return SimpleUploadedFile("收款账户.csv", text.encode())


def hand_in(client: Any, *rows: str, prefix: str = "", **more: str) -> Any:
    said = {"since": "2026-12-05", "reason": "年末核对", **more}
    return client.post(prefix + URL, {"file": table(*rows), **said})


def tree_of(answer: Any) -> Any:
    return html.fromstring(answer.content.decode())


def agreed(answer: Any) -> dict[str, str]:
    form = tree_of(answer).xpath("//main//form[.//input[@name='held']]")[0]
    return {
        x.get("name"): x.get("value")
        for x in form.xpath(".//input")
        if x.get("name") != "csrfmiddlewaretoken"
    }


def payees(town: Town) -> list[tuple[Any, ...]]:
    return ask(town, "select party, account, actor, reason from payee order by id")


def words(answer: Any) -> str:
    main = tree_of(answer).xpath("//main")[0]
    return re.sub(r"\s+", " ", main.text_content())


def test_a_table_is_looked_at_and_then_taken_once(town: Town, client_of: Any) -> None:
    client, before = client_of(FINANCE), payees(town)
    rows = (
        f"{town.firm},某企业（虚构）,虚构银行,{FIRST}",
        f"{town.paid},另一企业（虚构）,虚构银行,",
        "没有这家,某,某行,62220001",
        f"{town.other},某,某行,6.2E+18",
    )

    looked = hand_in(client, *rows)

    assert before == payees(town)
    text = words(looked)
    assert "不认识“没有这家”" in text
    assert "第 4 行" in text
    assert "账号被表格软件改成了科学记数" in text
    assert "登记这 2 个" in text
    form = agreed(looked)
    taken = client.post(URL, form)
    again = client.post(URL, form)
    assert (302, "/money/payments/payees") == (taken.status_code, taken["Location"])
    assert (302, "/money/payments/payees") == (again.status_code, again["Location"])
    assert [
        (town.firm, FIRST, FINANCE, "年末核对"),
        (town.paid, "", FINANCE, "年末核对"),
    ] == payees(town)[len(before) :]


def test_numbers_are_hidden_on_the_page_and_afterwards(
    town: Town, client_of: Any
) -> None:
    client = client_of(FINANCE)

    looked = hand_in(client, f"{town.firm},某企业（虚构）,虚构银行,{FIRST}")

    body = looked.content.decode()
    assert "…7318" in body
    assert FIRST not in body
    assert "没有" not in agreed(looked)["held"]
    client.post(URL, agreed(looked))
    for who in (AUDITOR, OFFICER, REVIEWER):
        told = client_of(who).get(f"/money/payments/payees?q={town.firm}")
        if told.status_code == 200:
            assert "…7318" in told.content.decode()
        assert FIRST not in told.content.decode()
    trail = client_of(AUDITOR).get(f"/money/audit?about={town.firm}").content.decode()
    assert ("…7318" in trail, FIRST in trail) == (True, False)


def test_refused_rows_are_told_in_english_too(town: Town, client_of: Any) -> None:
    text = words(hand_in(client_of(FINANCE), "没有这家,某,某行,62220001", prefix="/en"))

    assert "Unknown party" in text
    assert "Write the credit code, the firm's whole name" in text
    assert "There is nothing to register." in text


def test_nothing_is_done_where_it_would_do_something_else_by_now(
    town: Town, client_of: Any
) -> None:
    first, second = client_of(FINANCE), client_of(SECOND)
    mine = agreed(hand_in(first, f"{town.firm},某企业（虚构）,虚构银行,{FIRST}"))
    other = agreed(hand_in(second, f"{town.firm},某企业（虚构）,虚构银行,{OTHER}"))
    second.post(URL, other)
    before = payees(town)

    answer = first.post(URL, mine)

    assert (409, before) == (answer.status_code, payees(town))
    assert "…8319" in answer.content.decode()  # what it would replace now
    assert 302 == first.post(URL, agreed(answer)).status_code
    assert (town.firm, FIRST, FINANCE, "年末核对") == payees(town)[-1]


def test_what_waits_is_for_who_handed_it_in_and_cannot_be_altered(
    town: Town, client_of: Any
) -> None:
    form = agreed(
        hand_in(client_of(FINANCE), f"{town.firm},某企业（虚构）,虚构银行,{FIRST}")
    )
    before = payees(town)

    for who, held in (
        (SECOND, form["held"]),
        (FINANCE, form["held"][:-8] + "AAAAAAA="),
        (FINANCE, "x"),
        (FINANCE, "é\x00"),
    ):
        answer = client_of(who).post(URL, {**form, "held": held})
        assert 422 == answer.status_code, held
        assert "请再选一次文件" in words(answer)
    assert before == payees(town)


def test_a_form_that_is_not_whole_is_told_beside_its_field(
    town: Town, client_of: Any
) -> None:
    client = client_of(FINANCE)
    before = payees(town)

    bare = client.post(URL, {"since": "soon", "reason": ""})
    no_table = client.post(URL, {
        "since": "2026-12-05", "reason": "x", "file": SimpleUploadedFile("a.csv", b"x,y\n1,2\n"),
    })  # fmt: skip

    assert (422, 422) == (bare.status_code, no_table.status_code)
    tree = tree_of(bare)
    assert {"#id_file", "#id_since", "#id_reason"} == {
        a.get("href") for a in tree.xpath("//div[@role='alert']//a")
    }
    assert "缺列：收款方、户名、开户行、账号" in words(no_table)
    assert before == payees(town)


@pytest.mark.parametrize("who", [AUDITOR, OFFICER, REVIEWER, "企业乙", "园区经理", ""])
def test_only_who_may_register_one_payee_may_register_many(
    town: Town, client_of: Any, who: str
) -> None:
    held = agreed(
        hand_in(client_of(FINANCE), f"{town.firm},某企业（虚构）,虚构银行,{FIRST}")
    )
    client, before = client_of(who), payees(town)

    answers = [
        client.get(URL),
        hand_in(client, f"{town.firm},某,某行,{FIRST}"),
        client.post(URL, held),
    ]

    wanted = {302} if not who else {403, 404}
    assert {a.status_code for a in answers} <= wanted
    assert before == payees(town)
    assert all(FIRST not in a.content.decode() for a in answers)
