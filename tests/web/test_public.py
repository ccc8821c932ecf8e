# SPDX-License-Identifier: Apache-2.0
"""The start page and where its numbers come from; what a search tells, and does not."""

from __future__ import annotations

import gzip
import html
import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from ceyuan.cli.run import run
from ceyuan.office.memory import open_memory
from ceyuan.office.overview import forget, made
from ceyuan.office.policy_life import add_stage
from ceyuan.office.public_firms import directory
from ceyuan.office.public_firms import forget as forget_firms
from ceyuan.office.small_cells import LEAST
from ceyuan.web.showing import money_text, today

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.town import Town

MOST_BYTES = 60 * 1024
ONLY_ZH = (
    "这里只有登记的名称、代码和公布的资质。能享什么、已享什么，由企业自己登录查看。"
)
ONLY_EN = (
    "Only registered names, codes and published titles are shown here. What a "
    "firm is entitled to is for the firm itself, after signing in."
)


@pytest.fixture(autouse=True)
def _fresh(town: Town) -> Iterator[None]:
    """Look at this town, not at what another test's process kept."""
    forget()
    forget_firms()
    yield
    forget()
    forget_firms()


def text_of(answer: Any) -> str:
    """Return what a page says, its markup taken off."""
    body = answer.content.decode()
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", body, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def main_of(answer: Any) -> str:
    """Return the text of the page itself, without its frame."""
    body = answer.content.decode()
    found = re.search(r"<main.*?</main>", body, re.DOTALL)
    assert found is not None
    answer_of = type("Part", (), {"content": found.group(0).encode()})
    return text_of(answer_of)


def shown_money(fen: int, locale: str) -> str:
    """Return an amount as `text_of` gives it."""
    return " ".join(money_text(fen, locale).split())


def test_the_start_page_tells_the_headline_and_where_it_comes_from(
    town: Town, client_of: Callable[[str], Any]
) -> None:
    with open_memory(town.folder, url=town.url) as memory:
        shown = made(memory, today())
    assert shown.run is not None
    answer = client_of("").get("/")
    tiles = re.findall(
        r'<a class="tile[^"]*" href="([^"]+)"><span class="big">(.*?)</span>\s*([^<]+)<',
        answer.content.decode().replace('<span class="figure">', ""),
        re.DOTALL,
    )

    assert 200 == answer.status_code
    assert [
        ("/numbers#run", "企业已判定"),
        ("/policies?in_force=1", "现行政策"),
        ("/numbers#claims", "企业有应享"),
        ("/numbers#claims", "已到账"),
        ("/numbers#claims", "应享未享"),
    ] == [(to, said.strip()) for to, _, said in tiles]
    assert f"{shown.firms:,}" in tiles[0][1]
    assert str(shown.in_force) in tiles[1][1]
    told = (shown.paid.amount, shown.unclaimed.amount)
    assert ["＊" if fen is None else money_text(fen, "zh") for fen in told] == [
        re.sub(r"<[^>]+>", "", value).strip() for _, value, _ in tiles[3:]
    ]


def test_the_start_page_in_english_has_no_chinese_of_ours(
    client_of: Callable[[str], Any],
) -> None:
    said = main_of(client_of("").get("/en/"))

    assert "Find a firm or a policy" in said
    assert [] == re.findall("[一-鿿]+", said)


def test_the_numbers_are_those_of_the_command_line(
    town: Town,
    client_of: Callable[[str], Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from ceyuan.office.database import VARIABLE

    monkeypatch.setenv(VARIABLE, town.url)
    monkeypatch.chdir(town.folder)
    assert run(["entitlement", "summary", "--json"]) == 0
    theirs = json.loads(capsys.readouterr().out)
    paid = sum(
        one["states"].get("paid", {"amount": 0})["amount"]
        for one in theirs["policies"]
        if one["commodity"] == "CNY"
    )

    said = main_of(client_of("").get("/numbers"))

    with open_memory(town.folder, url=town.url) as memory:
        shown = made(memory, today())
    assert shown.paid.amount in (paid, None)
    if shown.paid.amount is not None:
        assert shown_money(paid, "zh") in said


# --- leaks -------------------------------------------------------------------------


def secrets(town: Town, party: str) -> list[str]:
    """Return what is known of a firm and is nobody's business, as pages would show it."""
    with psycopg.connect(town.url) as conn:
        rows = conn.execute(
            "select amount, commodity from entitlement where party = %s", (party,)
        ).fetchall()
        bank = conn.execute(
            "select account from payee where party = %s", (party,)
        ).fetchall()
    assert rows
    found = [
        shown_money(amount, locale) for amount, _ in rows for locale in ("zh", "en")
    ]
    found += [f"{amount / 100:,.2f}" for amount, _ in rows] + [one for (one,) in bank]
    return found


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_a_search_tells_name_code_and_published_titles_and_nothing_else(
    town: Town, client_of: Callable[[str], Any], prefix: str
) -> None:
    with open_memory(town.folder, url=town.url) as memory:
        [firm] = directory(memory, today()).find(town.paid).firms
    part = client_of("").get(
        f"{prefix}/", {"q": town.paid}, headers={"HX-Request": "true"}
    )
    said = text_of(part)

    grouped = " ".join(firm.code[i : i + 4] for i in range(0, len(firm.code), 4))
    titles = []
    for one in firm.titles:
        assert one.since is not None
        assert one.until is not None
        zh = f"✓ {one.zh} {one.since} 至 {one.until} · {one.number}"
        days = [f"{d.day} {d:%b %Y}" for d in (one.since, one.until)]
        en = f"✓ {one.en} {days[0]} to {days[1]} · {one.number}"
        titles.append(en if prefix else zh)
    if prefix:
        wanted = [
            f"“{town.paid}”: firms 1, policies 0", "Firms", firm.name, grouped,
            *(titles or ["No published title is in force."]),
            ONLY_EN, "My entitlements",
        ]  # fmt: skip
    else:
        wanted = [
            f"“{town.paid}”：企业 1 家，政策 0 项", "企业", firm.name, grouped,
            *(titles or ["没有公布的有效资质。"]),
            ONLY_ZH, "我的权益",
        ]  # fmt: skip
    assert " ".join(wanted) == said


def test_no_page_for_everybody_tells_what_a_firm_was_granted(
    town: Town, client_of: Callable[[str], Any]
) -> None:
    with open_memory(town.folder, url=town.url) as memory:
        name = directory(memory, today()).find(town.paid).firms[0].name
    private = secrets(town, town.paid)

    leaked = []
    for who in ("", "企业丙", "园区经理"):
        client = client_of(who)
        for path in ("/", "/numbers", "/policies"):
            for query in (town.paid, name):
                said = main_of(client.get(path, {"q": query}))
                leaked += [(who, path, one) for one in private if one in said]
    assert [] == leaked


def test_sums_over_few_firms_are_on_no_page(
    town: Town, client_of: Callable[[str], Any]
) -> None:
    with psycopg.connect(town.url) as conn:
        rows = conn.execute(
            "select policy, count(distinct org), sum(amount) from entitlement "
            "where state not in ('declined', 'withdrawn') and commodity = 'CNY' "
            "group by policy"
        ).fetchall()
    few = [int(amount) for _, firms, amount in rows if firms < LEAST]
    assert few, "the town has no policy that few firms were granted: nothing could leak"
    pages = [
        main_of(client_of("").get(p)) for p in ("/", "/en/", "/numbers", "/en/numbers")
    ]

    leaked = [
        shown_money(amount, locale) for amount in few for locale in ("zh", "en")
        for said in pages if shown_money(amount, locale) in said
    ]  # fmt: skip
    assert [] == leaked


def test_counts_of_one_and_two_are_told_as_a_span(
    town: Town, client_of: Callable[[str], Any]
) -> None:
    with open_memory(town.folder, url=town.url) as memory:
        from ceyuan.office.runs import find

        counts = find(memory, "last").counts
    few = [p for p, some in counts.items() if any(0 < n < LEAST for n in some.values())]
    assert few, "the town has no small count: nothing could leak"

    for policy in few:
        said = client_of("").get(f"/policies/{policy}").content.decode()
        shown = re.search(r'id="holders".*?</ul>', said, re.DOTALL)
        assert shown is not None
        spans = re.findall(r'<span class="big">(.*?)</span>', shown.group(0), re.DOTALL)
        plain = [re.sub(r"<[^>]+>", "", one).strip() for one in spans]
        assert not {"1", "2"} & set(plain), policy
        assert "1–2" in plain, policy


# --- what is new -------------------------------------------------------------------


def test_a_consultation_that_opens_is_on_the_start_page(
    town: Town, client_of: Callable[[str], Any]
) -> None:
    with open_memory(town.folder, actor="经办人甲", url=town.url) as memory:
        add_stage(
            memory, "hnte_2016", "consultation",
            since=today() - timedelta(1), until=today() + timedelta(9),
        )  # fmt: skip
    forget()

    body = client_of("").get("/").content.decode()

    news = re.search(r'<ul class="news">\s*<li>(.*?)</li>', body, re.DOTALL)
    assert news is not None
    assert 'href="/policies/hnte_2016/life#comments"' in news.group(1)
    assert "征求意见" in news.group(1)


# --- bounds ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", ["%00", "a" * 5_000, "<script>alert(1)</script>", "%"]
)
def test_odd_words_find_nothing_and_break_nothing(
    client_of: Callable[[str], Any], words: str
) -> None:
    answer = client_of("").get("/", {"q": words})

    assert 200 == answer.status_code
    assert b"<script>alert" not in answer.content


def test_pages_for_everybody_weigh_less_than_sixty_kilobytes(
    town: Town, client_of: Callable[[str], Any]
) -> None:
    client = client_of("")
    weights: dict[str, int] = {}
    for path in (
        "/", "/?q=科技", "/numbers", "/policies", "/policies/xjr_2022",
        "/policies/hnte_2016/parameters", "/policies/xjr_2026/versions",
        "/policies/hnte_2016/life", "/policies/hnte_2016/texts", "/r",
    ):  # fmt: skip
        answer = client.get(path, headers={"accept-encoding": "gzip"})
        whole = len(answer.content)
        body = answer.content
        plain = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
        for file in set(re.findall(r'(?:src|href)="(/static/[^"]+)"', plain.decode())):
            got = client.get(file, headers={"accept-encoding": "gzip"})
            whole += len(b"".join(got.streaming_content))
            got.close()
        weights[path] = whole

    assert {} == {path: size for path, size in weights.items() if size > MOST_BYTES}
