# SPDX-License-Identifier: Apache-2.0
"""J4: the pages about money say what the command line says, to the fen."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from lxml import html

from ceyuan.cli.run import run
from ceyuan.office.database import VARIABLE
from ceyuan.office.entitlements import STATES
from tests.web.money_town import AUDITOR, FINANCE, come_back

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.town import Town


@pytest.fixture(autouse=True)
def _paid(town: Town) -> None:
    """Let the bank pay the town's claim: it has gone all the way."""
    come_back(town, paid=True)


@pytest.fixture(name="told")
def _told(
    town: Town, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Any]:
    """Give what a command says as JSON, in this process."""

    def told(*words: object) -> Any:
        monkeypatch.setenv(VARIABLE, town.url)
        monkeypatch.chdir(town.folder)
        capsys.readouterr()
        assert run([str(w) for w in (*words, "--json")]) == 0
        return json.loads(capsys.readouterr().out)

    return told


def fen(text: str) -> int:
    """Return what stands in a cell as fen: `1,234.56`, with or without a unit."""
    plain = re.sub(r"[^0-9.−-]", "", text).replace("−", "-")
    whole, _, part = plain.partition(".")
    return int(whole + part.ljust(2, "0"))


def page_of(answer: Any, status: int = 200) -> Any:
    """Return a page as a tree."""
    assert answer.status_code == status, answer.content.decode()[:2000]
    return html.fromstring(answer.content.decode())


def rows_of(tree: Any, at: int = 0) -> list[list[str]]:
    """Return the rows of a table's body, each cell as its text."""
    table = tree.xpath("//main//table[not(contains(@class, 'ch-table'))]")[at]
    return [
        [" ".join(cell.text_content().split()) for cell in row.xpath("./th | ./td")]
        for row in table.xpath("./tbody/tr")
    ]


def all_entries(told: Callable[..., Any]) -> list[dict[str, Any]]:
    found = told("ledger", "journal", "--limit", 100_000)["entries"]
    return list(found)


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_overview_says_what_the_summary_says(
    client_of: Any, told: Callable[..., Any], prefix: str
) -> None:
    said = told("entitlement", "summary", "--year", 2026)

    tree = page_of(client_of(FINANCE).get(f"{prefix}/money"))

    names = ("budget_fen", "committed_fen", "payable_fen", "paid_fen", "available_fen")
    pools = [[one[name] for name in names] for one in said["policies"]]
    totals = [sum(column) for column in zip(*pools, strict=True)]
    assert [*pools, totals] == [[*map(fen, row[1:6])] for row in rows_of(tree)]
    for budget, *rest in pools:
        assert budget == sum(rest)
    unclaimed = tree.xpath("//li[contains(@class, 'lacking')]")[0].text_content()
    assert str(said["unclaimed"]) in re.findall(r"\d+", unclaimed)


def test_trial_says_what_the_trial_says(
    client_of: Any, told: Callable[..., Any]
) -> None:
    said = told("ledger", "trial")["rows"]

    now = page_of(client_of(FINANCE).get("/money/trial"))
    last = page_of(client_of(FINANCE).get("/money/trial?as_of=2099-12-31"))

    names = ("debits", "credits", "debits_held", "credits_held")
    found = [[one["accounts"], *(one[n] for n in names)] for one in said]
    for tree in (now, last):
        assert found == [
            [int(row[2].replace(",", "")), *map(fen, row[3:])]
            for row in rows_of(tree)
            if not row[0].endswith(" 合计")
        ]


def test_trial_of_no_day_is_told_beside_the_field(client_of: Any) -> None:
    tree = page_of(client_of(FINANCE).get("/money/trial?as_of=yesterday"), 422)

    assert tree.xpath("//*[@role='alert']//li")
    assert tree.xpath("//title")[0].text_content().startswith("错误：")


def test_journal_pages_hold_all_entries_in_the_order_of_the_book(
    client_of: Any, told: Callable[..., Any]
) -> None:
    client, url = client_of(FINANCE), "/money/journal"
    found: list[str] = []
    amounts: list[int] = []
    while url:
        tree = page_of(client.get(url))
        found += [
            x.text_content() for x in tree.xpath("//tbody/tr/th/span[@class='path']")
        ]
        amounts += [fen(row[5]) for row in rows_of(tree)]
        following = tree.xpath("//a[@rel='next']/@href")
        url = f"/money/journal{following[0]}" if following else ""

    every = all_entries(told)
    assert [one["id"] for one in every] == found
    assert [one["amount"] for one in every] == amounts


def test_journal_exports_what_it_shows_and_no_cell_runs(
    client_of: Any, told: Callable[..., Any]
) -> None:
    answer = client_of(FINANCE).get("/money/journal.csv?kind=post")

    data = b"".join(answer.streaming_content).decode("utf-8-sig")
    answer.close()
    _, *rows = csv.reader(io.StringIO(data, newline=""))
    every = [one for one in all_entries(told) if one["kind"] == "post"][::-1]
    assert [one["id"] for one in every] == [row[3] for row in rows]
    assert [one["amount"] for one in every] == [int(row[9]) for row in rows]
    assert [one["amount"] for one in every if one["commodity"] == "CNY"] == [
        fen(row[7]) for row in rows if row[8] == "CNY"
    ]
    assert not [c for row in rows for c in row if c.startswith(("=", "+", "@"))]


def test_part_and_page_of_the_journal_are_one(client_of: Any) -> None:
    client = client_of(FINANCE)

    whole = client.get("/money/journal?text=pay").content.decode()
    part = client.get(
        "/money/journal?text=pay", headers={"HX-Request": "true"}
    ).content.decode()

    assert part.lstrip().startswith('<div id="found"')
    assert part.strip() in whole


def test_entry_says_what_the_trace_says(
    client_of: Any, told: Callable[..., Any]
) -> None:
    every = all_entries(told)
    one = next(e for e in every if e["code"] == "pay.paid")
    said = told("ledger", "trace", one["id"])

    tree = page_of(client_of(FINANCE).get(f"/money/entry/{quote(one['id'])}"))

    text = " ".join(tree.text_content().split())
    assert said["entry"]["sha"] in text
    assert said["of"]["id"] in text
    assert f"{one['amount'] // 100:,}.{one['amount'] % 100:02d}" in text
    people = tree.xpath("//section[@aria-labelledby='hands-h']//dd")
    assert ["经办人甲", "复核人乙", FINANCE] == [
        p.text_content().strip() for p in people
    ][:3]


def test_receipt_is_that_of_the_command_line_and_holds(
    client_of: Any, told: Callable[..., Any]
) -> None:
    name = all_entries(told)[-1]["id"]
    client = client_of(AUDITOR)

    given = client.get(f"/money/receipt/{quote(name)}")

    document = json.loads(given.content)
    assert name == document["transfer"]
    head = document["day"]["head"]
    for data, words in (
        (given.content, "凭据成立"),
        (given.content.replace(name.encode(), b"another"), "凭据不成立"),
    ):
        file = io.BytesIO(data)
        file.name = "receipt.json"
        answer = client.post("/money/verify/file", {"file": file, "head": head})
        assert words in page_of(answer).text_content()


def test_accounts_and_statement_say_what_the_book_says(
    client_of: Any, told: Callable[..., Any]
) -> None:
    client = client_of(FINANCE)
    said = {a["path"]: a for a in told("ledger", "accounts")["accounts"]}
    found: dict[str, list[str]] = {}
    url = "/money/accounts"
    while url:
        tree = page_of(client.get(url))
        paths = tree.xpath("//tbody/tr/th/span[@class='path']")
        found |= {
            p.text_content(): row for p, row in zip(paths, rows_of(tree), strict=True)
        }
        following = tree.xpath("//a[@rel='next']/@href")
        url = f"/money/accounts{following[0]}" if following else ""
    assert {
        path: [a[n] for n in ("debits", "credits", "has", "going", "coming")]
        for path, a in said.items()
    } == {path: [*map(fen, row[3:8])] for path, row in found.items()}

    pool = next(p for p in said if p.endswith("/pool"))
    statement = told("ledger", "statement", pool)
    tree = page_of(client.get(f"/money/accounts/{pool}"))
    has = [fen(row[-1]) for row in rows_of(tree)]
    assert [
        statement["before"],
        *(line["has"] for line in statement["lines"]),
        statement["after"],
    ] == has


@pytest.mark.parametrize("back", [False, True])
def test_following_says_what_the_command_line_says(
    client_of: Any, told: Callable[..., Any], back: bool
) -> None:
    every = all_entries(told)
    code = "pay.paid" if back else "premium_subsidy.appropriate"
    name = next(e for e in every if e["code"] == code)["id"]
    said = told("ledger", "follow", name, *(["--back"] if back else []))["steps"]

    url = f"/money/follow/{quote(name)}{'?back=1' if back else ''}"
    tree = page_of(client_of(FINANCE).get(url))

    steps = tree.xpath("//section[@aria-labelledby='steps-h']//tbody/tr")
    found = []
    for row in steps:
        cells = row.xpath("./th | ./td")
        ids = row.xpath("./th/span[@class='path']")[0].text_content()
        depth = int(cells[0].text_content())
        found.append(
            (depth, ids, fen(cells[5].text_content()), fen(cells[6].text_content()))
        )
    assert [
        (s["depth"], s["entry"]["id"], s["entry"]["amount"], s["most"]) for s in said
    ] == found
    # It ends in entitlements, with who decided them.
    claims = tree.xpath("//section[@aria-labelledby='ends-h']//tbody/tr")
    assert claims
    assert all("经办人甲" in row.text_content() for row in claims)


def test_what_moved_nothing_cannot_be_followed_and_says_why(
    client_of: Any, told: Callable[..., Any]
) -> None:
    hold = next(e for e in all_entries(told) if e["kind"] == "hold")

    tree = page_of(client_of(FINANCE).get(f"/money/follow/{quote(hold['id'])}"), 400)

    assert "没有移动任何东西" in tree.text_content()


def test_audit_trail_says_what_the_command_line_says(
    client_of: Any, told: Callable[..., Any]
) -> None:
    said = told("audit", "--who", FINANCE, "--verb", "pay.return", "--limit", 1000)

    tree = page_of(
        client_of(AUDITOR).get(f"/money/audit?person={FINANCE}&verb=pay.return")
    )
    answer = client_of(AUDITOR).get(
        f"/money/audit.csv?person={FINANCE}&verb=pay.return"
    )

    rows = said["rows"]
    assert [row["object"] for row in rows][:50] == [
        cell.text_content()
        for cell in tree.xpath("//tbody/tr/th//span[@class='path' or @class='id'][1]")
    ]
    data = b"".join(answer.streaming_content).decode("utf-8-sig")
    answer.close()
    _, *exported = csv.reader(io.StringIO(data, newline=""))
    assert [row["seq"] for row in rows][::-1] == [int(row[0]) for row in exported]
    # What changed is struck out and underlined.
    first = tree.xpath("//tbody/tr")[0]
    words = {state: zh for state, (zh, _) in STATES.items()}
    assert [["已送付"], [words[rows[0]["after"]["state"]]]] == [
        [x.text_content() for x in first.xpath(".//del")][:1],
        [x.text_content() for x in first.xpath(".//ins")][:1],
    ]


def test_verification_as_a_job_says_what_the_command_line_says(
    client_of: Any, told: Callable[..., Any], do_jobs: Callable[[], list[Any]]
) -> None:
    client = client_of(AUDITOR)
    head = told("ledger", "head")["days"][-1]["head"]
    # Asking is a row of a job and no row of the book: the head stays that of the day.
    asked = client.post("/money/verify", {"head": "", "once": "v1"})
    url = asked.headers["Location"]
    waiting = page_of(client.get(url))
    (job,) = do_jobs()
    done = page_of(client.get(url))
    said = told("ledger", "verify")

    assert (302, "done", True) == (asked.status_code, job.state, said["ok"])
    assert waiting.xpath("//progress")
    assert {
        n: said[n] for n in ("transfers", "events", "audits", "seals", "count")
    } == {n: job.result[n] for n in ("transfers", "events", "audits", "seals", "count")}
    checks = [" ".join(x.text_content().split()) for x in done.xpath("//ul[contains(@class, 'check-list')]/li")]  # fmt: skip
    assert 11 == len(checks)
    # No published head was given, and that is not called right.
    assert 10 == sum(one.startswith("✓ 成立") for one in checks)
    assert 1 == sum(one.startswith("? 没有问") for one in checks)
    assert head in page_of(client.get("/money/verify")).text_content()


def test_head_that_is_none_is_told_beside_the_field(client_of: Any) -> None:
    tree = page_of(client_of(AUDITOR).post("/money/verify", {"head": "xyz"}), 422)

    assert "64 位" in tree.xpath("//p[@class='error']")[0].text_content()


def test_exported_book_is_whole_and_is_checked_without_the_database(
    client_of: Any,
) -> None:
    client = client_of(AUDITOR)
    answer = client.get("/money/export?format=book")
    data = b"".join(answer.streaming_content)
    answer.close()

    for body, words in (
        (data, "成立"),
        (data.replace(b"treasury", b"treasvry", 1), "不成立"),
    ):
        file = io.BytesIO(body)
        file.name = "book.txt"
        tree = page_of(client.post("/money/verify/file", {"file": file}))
        assert (
            words == tree.xpath("//h2[@id='book-h']/span")[0].text_content().split()[-1]
        )


def test_neither_receipt_nor_book_is_told_so(client_of: Any) -> None:
    file = io.BytesIO(b"hello")
    file.name = "a.txt"

    tree = page_of(client_of(AUDITOR).post("/money/verify/file", {"file": file}), 422)

    assert "不是导出的账本" in tree.xpath("//p[@class='error']")[0].text_content()


@pytest.mark.parametrize(
    "url",
    [
        "/money/entry/nothing",
        "/money/receipt/nothing",
        "/money/accounts/nothing",
        "/money/statement.csv/nothing",
        "/money/follow/nothing",
        "/money/instruments/nothing",
        "/money/instruments/first_scale_reward/nothing",
        "/money/payments/batch/nothing",
        "/money/payments/batch/nothing/file",
        "/money/payments/one/nothing",
        "/money/payments/returns/" + "0" * 64,
        "/money/payments/returns/nothing",
        "/money/verify/nothing",
        "/money/export?format=exe",
        # The database holds no such character; neither does any name.
        "/money/entry/a%00b",
        "/money/accounts/a%00b",
        "/money/accounts?q=%00",
        "/money/payments/one/%00",
        "/money/payments/payees?after=%00",
    ],
)
def test_what_is_not_there_is_not_there(client_of: Any, url: str) -> None:
    assert 404 == client_of(FINANCE).get(url).status_code


@pytest.mark.parametrize(
    "query", ["before=x", "after=-1", "before=99999999999999999999", "since=1&until=2", "kind=no", "text=" + "长" * 101]
)  # fmt: skip
def test_addresses_that_say_nonsense_do_not_break_a_list(
    client_of: Any, query: str
) -> None:
    for page in ("journal", "audit", "accounts"):
        answer = client_of(AUDITOR).get(f"/money/{page}?{query}")
        assert answer.status_code in (200, 422)


def test_pages_say_that_the_data_are_invented(client_of: Any) -> None:
    for page in ("", "/journal", "/payments", "/trial", "/instruments", "/verify"):
        tree = page_of(client_of(FINANCE).get(f"/money{page}"))
        assert tree.xpath("//*[@class='invented']"), page
