# SPDX-License-Identifier: Apache-2.0
"""A receipt is verified by anybody: by file, by text, by the code on paper."""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from ceyuan.facts.store.handles import handle_of_code
from ceyuan.ledger import seal_now
from ceyuan.ledger.receipts import make_receipt as receipt_of_book
from ceyuan.office.kept_receipts import issue_receipt
from ceyuan.office.memory import open_memory
from ceyuan.office.receipts import make_receipt
from ceyuan.office.runs import find

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.town import Town

POLICY = "hnte_2016"


@pytest.fixture
def given(town: Town) -> str:
    """Give the receipt of one policy of one firm, as a file holds it."""
    with open_memory(town.folder, url=town.url) as memory:
        made = make_receipt(
            memory, "last", handle_of_code(town.paid), policies=[POLICY]
        )
    return json.dumps(made, ensure_ascii=False)


def verdict(answer: Any) -> str:
    found = re.search(
        r'<div class="verdict.*?<h1>(.*?)</h1>', answer.content.decode(), re.DOTALL
    )
    assert found is not None
    return found.group(1)


def codes(answer: Any) -> set[str]:
    """Return the credit codes on a page; they stand there by groups of four."""
    found = re.findall(
        r'<span class="code">(.*?)</span></span>', answer.content.decode(), re.DOTALL
    )
    return {re.sub(r"<[^>]+>", "", one) for one in found}


def uploaded(client: Any, text: str, prefix: str = "") -> Any:
    file = io.BytesIO(text.encode())
    file.name = "凭据.json"
    return client.post(f"{prefix}/r", {"file": file})


def test_a_receipt_is_verified_by_file_and_by_text_in_both_languages(
    client_of: Callable[[str], Any], given: str
) -> None:
    client = client_of("")

    assert [
        "真的，没有改过", "真的，没有改过", "Genuine and unaltered",
    ] == [
        verdict(uploaded(client, given)),
        verdict(client.post("/r", {"text": given})),
        verdict(uploaded(client, given, "/en")),
    ]  # fmt: skip


def test_a_receipt_with_one_byte_changed_is_told_to_be_altered(
    client_of: Callable[[str], Any], given: str
) -> None:
    outcome = json.loads(given)["policies"][0]["outcome"]
    changed = given.replace(f'"outcome": "{outcome}"', '"outcome": "eligiblf"', 1)
    assert changed != given
    answer = uploaded(client_of(""), changed)

    assert "改过，或不是凭据" == verdict(answer)
    assert "不符" in answer.content.decode()


def test_a_page_tells_only_what_stands_in_the_receipt(
    town: Town, client_of: Callable[[str], Any], given: str
) -> None:
    from ceyuan.declarations import load_region

    answer = uploaded(client_of(""), given)
    main = answer.content.decode().partition("<main")[2]
    rules = load_region().rules

    assert rules[POLICY].said.zh in main
    assert [] == [
        one for one, r in rules.items() if one != POLICY and r.said.zh in main
    ]
    assert {town.paid} == codes(answer)


def test_a_transfer_of_the_book_is_verified(
    town: Town, client_of: Callable[[str], Any]
) -> None:
    with open_memory(town.folder, url=town.url) as memory:
        with memory.database.connect() as conn:
            seal_now(conn)
        with memory.transaction() as conn:
            row = conn.execute(
                "select id, amount from ledger_transfer where commodity = 'CNY' "
                "and amount > 0 order by seq limit 1"
            ).fetchone()
            assert row is not None
            made = receipt_of_book(conn, row[0])
    answer = uploaded(client_of(""), json.dumps(made))

    assert "真的，没有改过" == verdict(answer)
    assert f"{row[1] / 100:,.2f}" in answer.content.decode()


def test_what_cannot_be_read_is_refused_with_a_hint_and_kept(
    client_of: Callable[[str], Any],
) -> None:
    client = client_of("")

    for text in ("", "没有", "{", "[1]", '{"a": NaN}', "[" * 50_000, "\x00"):
        answer = client.post("/r", {"text": text})
        said = answer.content.decode()
        assert 422 == answer.status_code
        assert 1 == said.count("<title>错误：")
        assert "这不是一份凭据" in said


def test_a_document_that_is_no_receipt_is_told_so(
    client_of: Callable[[str], Any],
) -> None:
    client = client_of("")

    for document in ({}, {"schema": "x"}, {"schema": "ceyuan.receipt/1", "run": []}):
        answer = client.post("/r", {"text": json.dumps(document)})
        assert (200, "改过，或不是凭据") == (answer.status_code, verdict(answer))


def test_hostile_words_in_a_receipt_are_shown_as_words(
    client_of: Callable[[str], Any], given: str
) -> None:
    document = json.loads(given)
    document["subject"]["name"] = "<script>alert(1)</script>"
    said = client_of("").post("/r", {"text": json.dumps(document)}).content.decode()

    assert "<script>alert(1)" not in said
    assert "&lt;script&gt;alert(1)" in said


def test_a_code_on_paper_leads_to_its_receipt_and_to_no_other(
    town: Town, client_of: Callable[[str], Any]
) -> None:
    with open_memory(town.folder, url=town.url) as memory:
        code = issue_receipt(
            memory, "last", handle_of_code(town.paid), policies=[POLICY]
        )
    client = client_of("")
    spaced = " ".join(code[i : i + 8].upper() for i in range(0, 64, 8))
    led = client.get("/r", {"code": spaced})
    shown = client.get(f"/r/{code}")
    wrong = client.get(f"/r/{code[:-1]}{'0' if code[-1] != '0' else '1'}")

    assert (302, f"/r/{code}") == (led.status_code, led.headers["Location"])
    assert (200, "真的，没有改过", 1) == (
        shown.status_code, verdict(shown), shown.content.count(b'class="qr"'),
    )  # fmt: skip
    assert 404 == wrong.status_code
    assert "no-store" in shown.headers["Cache-Control"]


def test_a_run_is_known_by_its_id_and_tells_of_no_firm(
    town: Town, client_of: Callable[[str], Any]
) -> None:
    with open_memory(town.folder, url=town.url) as memory:
        run = find(memory, "last")
    answer = client_of("").get(f"/r/{run.id}")

    assert (200, "本办公室有这次判定") == (answer.status_code, verdict(answer))
    assert run.snapshot in answer.content.decode()
    assert set() == codes(answer)


def test_a_code_that_nobody_gave_is_unknown(client_of: Callable[[str], Any]) -> None:
    client = client_of("")
    codes = ("r20000101-00000000", "0" * 64, "..", "%2e%2e%2fetc%2fpasswd", "x" * 300)

    assert [404] * 5 == [client.get(f"/r/{code}").status_code for code in codes]


def test_when_too_many_are_being_verified_one_is_asked_to_come_back(
    client_of: Callable[[str], Any], given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ceyuan.web.pages import receipt

    monkeypatch.setattr(receipt, "WAIT", 0.01)
    for _ in range(receipt.AT_ONCE):
        receipt._BUSY.acquire()
    try:
        answer = client_of("").post("/r", {"text": given})
    finally:
        for _ in range(receipt.AT_ONCE):
            receipt._BUSY.release()

    assert (503, "5") == (answer.status_code, answer.headers["Retry-After"])


# --- made --------------------------------------------------------------------------


def test_a_firm_has_a_receipt_of_its_own_made_once(
    town: Town, client_of: Callable[[str], Any]
) -> None:
    client = client_of("企业乙")
    said = {"policies": [POLICY], "once": "r1"}
    made = [client.post("/receipts/new", said).headers["Location"] for _ in range(2)]
    shown = client_of("").get(made[0])
    file = client.get(f"/receipts/{made[0].rpartition('/')[2]}/file")

    assert made[0] == made[1]
    assert "真的，没有改过" == verdict(shown)
    assert {town.paid} == codes(shown)
    assert "下载凭据文件" not in shown.content.decode()
    assert "真的，没有改过" == verdict(uploaded(client_of(""), file.content.decode()))


def test_a_firm_has_none_made_of_another(
    town: Town, client_of: Callable[[str], Any]
) -> None:
    # What it types in place of its own code is not looked at.
    place = client_of("企业乙").post(
        "/receipts/new", {"firm": town.other, "policies": [POLICY], "once": "r2"}
    ).headers["Location"]  # fmt: skip
    shown = client_of("").get(place)
    number = place.rpartition("/")[2]
    others = [
        client_of(who).get(f"/receipts/{number}/file").status_code
        for who in ("企业甲", "企业丙", "园区经理")
    ]

    assert {town.paid} == codes(shown)
    assert [404, 404, 403] == others


def test_an_officer_has_one_made_of_any_firm_and_is_told_of_a_wrong_code(
    town: Town, client_of: Callable[[str], Any]
) -> None:
    client = client_of("经办人甲")
    good = client.post("/receipts/new", {"firm": town.other, "once": "r3"})
    bad = client.post("/receipts/new", {"firm": "91319999MA00000X2E", "once": "r4"})

    assert (302, 422) == (good.status_code, bad.status_code)
    assert "91319999MA00000X2E" in bad.content.decode()


def test_who_may_not_has_none_made(client_of: Callable[[str], Any]) -> None:
    codes = [
        client_of(who).get("/receipts/new").status_code for who in ("", "园区经理")
    ]

    assert [302, 403] == codes
