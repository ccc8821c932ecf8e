# SPDX-License-Identifier: Apache-2.0
"""J4: payments go out once, come back line by line, and are seen by whom they concern."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from lxml import html

from ceyuan.cli.run import run
from ceyuan.office.database import VARIABLE
from tests.database import execute
from tests.web.money_town import (
    ACCOUNT,
    AUDITOR,
    FINANCE,
    HOLDER,
    OFFICER,
    REVIEWER,
    SECOND,
    ask,
    come_back,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.town import Town

ASKED = {
    "on": "2026-12-15", "form": "bank_csv", "policy": "", "reason": "再送",
    "again": "1",
}  # fmt: skip
BACK = "支付编号,账号,金额（元）,结果,原因,日期"


@pytest.fixture(name="told")
def _told(
    town: Town, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Any]:
    """Give what a command says as JSON, in this process."""

    def told(*words: object, code: int = 0) -> Any:
        monkeypatch.setenv(VARIABLE, town.url)
        monkeypatch.chdir(town.folder)
        capsys.readouterr()
        assert run([str(w) for w in (*words, "--json")]) == code
        return json.loads(capsys.readouterr().out)

    return told


@pytest.fixture(name="failed")
def _failed(town: Town) -> str:
    """Give an entitlement whose payment failed: it waits to be sent again."""
    return come_back(town, paid=False)


def page_of(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.content.decode()[:2000]
    return html.fromstring(answer.content.decode())


def look(client: Any) -> dict[str, str]:
    """Look at the batch; return what the form that confirms it holds."""
    tree = page_of(client.post("/money/payments/send", ASKED))
    form = tree.xpath("//main//form[.//input[@name='agreed']]")[0]
    return {
        x.get("name"): x.get("value", "")
        for x in form.xpath(".//input[@name]")
        if x.get("name") != "csrfmiddlewaretoken"
    }


def state_of(town: Town, claim: str) -> str:
    return str(ask(town, "select state from entitlement where id = %s", claim)[0][0])


def test_looking_writes_nothing_and_says_what_the_dry_run_says(
    town: Town, client_of: Any, told: Callable[..., Any], failed: str
) -> None:
    before = ask(town, "select count(*) from ledger_transfer")
    said = told(
        "pay", "batch", "--form", "bank_csv", "--on", ASKED["on"], "--out", "x.csv",
        "--dry-run", "--again", "--reason", "再送", "--as", FINANCE,
    )  # fmt: skip

    tree = page_of(client_of(FINANCE).post("/money/payments/send", ASKED))

    assert before == ask(town, "select count(*) from ledger_transfer")
    shown = [
        (
            row.xpath("./th/span")[0].text_content(),
            row.xpath("./td[4]")[0].text_content(),
        )
        for row in tree.xpath("//main//tbody/tr")
    ]
    assert [
        (p["id"], f"{p['amount_fen'] // 100:,}.{p['amount_fen'] % 100:02d}")
        for p in said["payments"]
    ] == [(name, amount.strip()) for name, amount in shown]
    assert failed in {name.rpartition(".p")[0] for name, _ in shown}


def test_double_click_sends_once_and_gives_the_file_of_the_book(
    town: Town, client_of: Any, told: Callable[..., Any], failed: str
) -> None:
    client = client_of(FINANCE)
    form = look(client)

    first = client.post("/money/payments/send", form)
    second = client.post("/money/payments/send", form)

    assert (302, 302) == (first.status_code, second.status_code)
    assert first.headers["Location"] == second.headers["Location"]
    assert "sent" == state_of(town, failed)
    (last,) = ask(
        town,
        "select id, payments, file_sha from payment_batch order by known_at desc limit 1",
    )
    assert f"/money/payments/batch/{last[0]}?sent=1" == first.headers["Location"]
    assert [(3,)] == ask(town, "select count(*) from payment_batch")
    data = client.get(f"/money/payments/batch/{last[0]}/file").content
    import hashlib

    assert bytes(last[2]) == hashlib.sha256(data).digest()
    listed = told("pay", "list", "--batch", last[0])
    tree = page_of(client.get(first.headers["Location"]))
    assert [p["id"] for p in listed["payments"]] == [
        x.text_content() for x in tree.xpath("//tbody/tr/th/span[@class='path']")
    ]
    # What was written is under a seal, as after every command.
    assert [(0,)] == ask(
        town,
        "select count(*) from ledger_transfer where known_at >= "
        "(select max(upto) from ledger_seal)",
    )


def test_second_officer_is_told_who_was_first(
    town: Town, client_of: Any, failed: str
) -> None:
    first, second = client_of(FINANCE), client_of(SECOND)
    mine, theirs = look(first), look(second)

    sent = first.post("/money/payments/send", mine)
    told = second.post("/money/payments/send", theirs)

    assert 302 == sent.status_code
    text = page_of(told, 409).text_content()
    assert "没有做：看过之后变了" in text
    assert f"由 {FINANCE} 在" in text
    assert [(3,)] == ask(town, "select count(*) from payment_batch")


def test_who_decided_does_not_pay_and_is_told_why(
    town: Town, client_of: Any, failed: str
) -> None:
    execute(
        town.url,
        f"update entitlement set decided_by = '{FINANCE}' where id = '{failed}'",  # noqa: S608
    )

    text = page_of(
        client_of(FINANCE).post("/money/payments/send", ASKED), 403
    ).text_content()

    # What, why, and how to go on.
    assert f"这件事由 `{FINANCE}` 发起应享核定，不能再由同一个人生成支付文件" in text
    assert "换一个人" in text


def file_of(rows: list[str]) -> io.BytesIO:
    text = "".join(f"{row}\r\n" for row in [BACK, *rows])
    file = io.BytesIO(text.encode("utf-8-sig"))
    file.name = "回单.csv"
    return file


def sent_again(town: Town, client: Any) -> tuple[str, str, str]:
    """Send what failed once more; return payment, account, amount of it."""
    client.post("/money/payments/send", look(client))
    (row,) = ask(
        town,
        "select p.id, p.account, p.amount from payment p join payment_batch b "
        "on b.id = p.batch_id where p.state = 'sent' order by p.line limit 1",
    )
    return row[0], row[1], f"{row[2] // 100}.{row[2] % 100:02d}"


def test_return_is_taken_line_by_line_and_the_others_are_told_with_how_to_mend(
    town: Town, client_of: Any, told: Callable[..., Any], failed: str
) -> None:
    client = client_of(FINANCE)
    payment, account, amount = sent_again(town, client)
    rows = [
        f"{payment},{account},1.00,成功,,2026-12-16",
        f"nobody,{account},{amount},成功,,2026-12-16",
        f"{payment},{account},{amount},成功,,2026-12-16",
    ]

    looked = client.post(
        "/money/payments/return",
        {"form": "bank_csv", "file": file_of(rows), "look": "1"},
    )
    before = state_of(town, failed)
    taken = client.post(
        "/money/payments/return",
        {"form": "bank_csv", "file": file_of(rows), "once": "r1"},
    )
    tree = page_of(client.get(taken.headers["Location"]))

    assert "sent" == before
    assert "还没有入账" in page_of(looked).text_content()
    lines = [
        [" ".join(c.text_content().split()) for c in row.xpath("./th | ./td")]
        for row in tree.xpath("//main//tbody/tr")
    ]
    assert ["2", "3", "4"] == [line[0] for line in lines]
    assert ["! 不收 L203", "! 不收 L202", "✓ 已到账"] == [
        line[5][: len(want)]
        for line, want in zip(
            lines, ("! 不收 L203", "! 不收 L202", "✓ 已到账"), strict=True
        )
    ]
    assert "向银行要原始凭证核对" in lines[0][5]
    assert "paid" == state_of(town, failed)
    said = told("pay", "reconcile", "--on", "2026-12-16", code=1)
    text = page_of(client.get("/money/payments/reconcile?on=2026-12-16")).text_content()
    count = len(said["lines"]) + len(said["differences"])
    assert f"{count} 处差异" in text
    assert all(one["payment"] in text for one in said["lines"])

    # The same file again, by another form: nothing changes.
    entries = ask(town, "select count(*) from ledger_transfer")
    again = client.post(
        "/money/payments/return",
        {"form": "bank_csv", "file": file_of(rows), "once": "r2"},
    )
    assert taken.headers["Location"] == again.headers["Location"]
    assert entries == ask(town, "select count(*) from ledger_transfer")


def test_file_that_cannot_be_read_is_told_beside_the_field(client_of: Any) -> None:
    client = client_of(FINANCE)
    for data, words in (
        (b"\xff\xfe\x00", "编码"),
        (b"a,b\r\n1,2\r\n", "缺列"),
        (f"{BACK}\r\n".encode("utf-8-sig"), "没有一行回单"),
    ):
        file = io.BytesIO(data)
        file.name = "回单.csv"
        answer = client.post(
            "/money/payments/return", {"form": "bank_csv", "file": file}
        )
        tree = page_of(answer, 422)
        assert words in tree.xpath("//p[@class='error']")[0].text_content()


def test_reconciliation_says_what_the_command_line_says(
    client_of: Any, told: Callable[..., Any], failed: str
) -> None:
    day = told("pay", "list")["batches"][-1]["day"]
    said = told("pay", "reconcile", "--on", day)

    tree = page_of(client_of(FINANCE).get(f"/money/payments/reconcile?on={day}"))
    file = client_of(FINANCE).get(f"/money/payments/reconcile/download?on={day}")

    assert said["agrees"]
    assert "三方相符" in tree.text_content()
    sums = [
        [c.text_content().strip().replace(",", "") for c in row.xpath("./td")]
        for row in tree.xpath("//section[@aria-labelledby='sums-h']//tbody/tr")
    ]
    assert [
        [f"{said[n][w] // 100}.{said[n][w] % 100:02d}" for w in ("payments", "book")]
        for n in ("out_fen", "paid_fen")
    ] == [row[:2] for row in sums]
    assert file.content.startswith(b"<!DOCTYPE html>")
    assert "attachment" in file.headers["Content-Disposition"]


# --- who sees what -------------------------------------------------------------------


def test_firm_sees_its_own_payment_and_no_other(
    town: Town, client_of: Any, failed: str
) -> None:
    ((theirs,),) = ask(town, "select id from payment where party <> %s", town.firm)
    firm, other = client_of("企业甲"), client_of("企业乙")

    own = firm.get(f"/money/payments/one/{failed}.p1")
    answers = [
        firm.get(f"/money/payments/one/{theirs}"),
        other.get(f"/money/payments/one/{failed}.p1"),
        other.get("/money/payments/one/nothing"),
    ]

    assert [200, 404, 404, 404] == [a.status_code for a in (own, *answers)]
    text = own.content.decode()
    assert "…0001" in text
    assert ACCOUNT not in text
    # The bank's reason and what happens now are told; the office's pages are not.
    assert "账户已销户" in text
    assert "/money/journal" not in text
    # What is not there looks the same as what one may not know of.
    texts = {page_of(a, 404).xpath("//main")[0].text_content() for a in answers}
    assert 1 == len(texts)


@pytest.mark.parametrize("who", ["企业乙", "园区经理", "分析员", ""])
def test_firms_parks_and_the_public_see_nothing_of_the_book(
    town: Town, client_of: Any, failed: str, who: str
) -> None:
    (entry,) = ask(town, "select id from ledger_transfer order by seq desc limit 1")
    (batch,) = ask(town, "select id from payment_batch limit 1")
    (sha,) = ask(town, "select encode(file_sha, 'hex') from payment_return limit 1")
    client = client_of(who)

    for url in (
        "", "/journal", "/journal.csv", f"/entry/{entry[0]}", f"/receipt/{entry[0]}",
        "/accounts", "/accounts/treasury/payments", "/statement.csv/treasury/payments",
        "/trial", f"/follow/{entry[0]}", "/instruments", "/instruments/risk_loan",
        "/instruments/risk_loan/commit", "/payments", "/payments/send",
        "/payments/return", "/payments/payees", "/payments/payee",
        "/payments/payees/file",
        "/payments/reconcile", "/payments/reconcile/download", f"/payments/batch/{batch[0]}",
        f"/payments/batch/{batch[0]}/file", f"/payments/returns/{sha[0]}", "/verify",
        "/verify/file", "/export", "/audit", "/audit.csv",
    ):  # fmt: skip
        answer = client.get(f"/money{url}")
        body = answer.content.decode()
        assert answer.status_code in ((302,) if not who else (403, 404)), url
        for secret in (HOLDER, "国库付出", "50,000.00", "40,800.00"):
            assert secret not in body, (url, secret)


def test_account_numbers_are_whole_for_finance_alone(
    town: Town, client_of: Any, failed: str
) -> None:
    ((batch,),) = ask(
        town, "select batch_id from payment where id = %s", f"{failed}.p1"
    )
    ((sha,),) = ask(
        town,
        "select encode(file_sha, 'hex') from payment_return where payment = %s",
        f"{failed}.p1",
    )
    pages = [
        f"/money/payments/one/{failed}.p1",
        f"/money/payments/batch/{batch}",
        "/money/payments/payees",
        "/money/payments",
        f"/money/payments/returns/{sha}",
        "/money/journal",
        f"/money/audit?about={town.firm}",
    ]

    for who in (AUDITOR, OFFICER, REVIEWER):
        client = client_of(who)
        for url in pages:
            assert ACCOUNT not in client.get(url).content.decode(), (who, url)
    for url in (pages[0], pages[2]):
        assert ACCOUNT in client_of(FINANCE).get(url).content.decode(), url


def test_auditor_sees_all_and_changes_nothing(
    town: Town, client_of: Any, failed: str
) -> None:
    client = client_of(AUDITOR)
    before = ask(
        town,
        "select (select count(*) from ledger_transfer), (select count(*) from payee), "
        "(select count(*) from payment_return), (select count(*) from audit)",
    )

    for url in (
        "/money", "/money/journal", "/money/accounts", "/money/trial", "/money/verify",
        "/money/payments", "/money/payments/reconcile", "/money/payments/payees",
        "/money/instruments", "/money/instruments/first_scale_reward", "/money/audit",
    ):  # fmt: skip
        tree = page_of(client.get(url))
        assert not tree.xpath("//a[contains(@href, '/payments/send')]"), url
        assert not tree.xpath("//a[contains(@href, '/payments/payee?')]"), url
    for url, data in (
        ("/money/payments/send", ASKED),
        ("/money/payments/return", {"form": "bank_csv", "file": file_of([])}),
        ("/money/payments/payee", {"party": town.firm, "holder": "x", "bank": "x",
                                   "account": "1234", "since": "2026-12-01", "reason": "x"}),
        ("/money/instruments/first_scale_reward/appropriate", {"key_year": "2026"}),
    ):  # fmt: skip
        assert 403 == client.post(url, data).status_code, url
    assert before == ask(
        town,
        "select (select count(*) from ledger_transfer), (select count(*) from payee), "
        "(select count(*) from payment_return), (select count(*) from audit)",
    )


# --- where somebody is paid ----------------------------------------------------------


def test_payee_is_registered_by_name_and_audited_by_its_last_figures(
    town: Town, client_of: Any, told: Callable[..., Any], failed: str
) -> None:
    ((name,),) = ask(town, "select name from entitlement where id = %s", failed)
    said = {"party": name, "holder": HOLDER, "bank": "虚构新银行", "account": "6222 0099 8877 1234", "since": "2026-12-05", "reason": "换银行", "once": "p1"}  # fmt: skip
    client = client_of(FINANCE)

    first = client.post("/money/payments/payee", said)
    client.post("/money/payments/payee", said)

    assert 302 == first.status_code
    found = told("pay", "payee", town.firm)["payees"]
    assert [("虚构新银行", "…1234")] == [(p["bank"], p["account"]) for p in found][1:]
    trail = told("audit", "--object", town.firm, "--verb", "pay.payee")["rows"]
    assert "6222009988771234" not in json.dumps(trail)
    assert "…1234" == trail[0]["after"]["account"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"account": ""}, "account"),
        ({"closed": "on"}, "account"),
        ({"account": "=1+1"}, "account"),
        ({"party": "没有这家企业"}, "party"),
        ({"reason": ""}, "reason"),
        ({"since": "soon"}, "since"),
    ],
)
def test_payee_that_is_not_whole_is_told_beside_its_field(
    town: Town, client_of: Any, failed: str, wrong: dict[str, str], field: str
) -> None:
    said = {
        "party": town.firm, "holder": "某", "bank": "某行", "account": "62220001",
        "since": "2026-12-05", "reason": "换",
    }  # fmt: skip

    answer = client_of(FINANCE).post("/money/payments/payee", {**said, **wrong})

    tree = page_of(answer, 422)
    assert tree.xpath(f"//p[@id='id_{field}_error']")
    assert "某行" == tree.xpath("//input[@name='bank']/@value")[0]
