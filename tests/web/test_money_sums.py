# SPDX-License-Identifier: Apache-2.0
"""One figure of money has one meaning: the pages that show it show the same."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from lxml import html

from ceyuan.ledger.sealing import OFFICE_TIME
from ceyuan.office.money_sums import Counted, by_state
from ceyuan.web.pages.work_desk import days_since
from tests.web.money_town import AUDITOR, FINANCE, ask, come_back, send

if TYPE_CHECKING:
    from tests.town import Town

AMOUNT = r"([\d,]+\.\d\d) 元"


def page_of(answer: Any) -> Any:
    assert answer.status_code == 200, answer.content.decode()[:2000]
    return html.fromstring(answer.content.decode())


def text_of(node: Any) -> str:
    return re.sub(r"\s+", " ", node.text_content()).replace("\u00a0", " ").strip()


def fen(text: str) -> int:
    return int(text.replace(",", "").replace(".", ""))


def tiles(tree: Any) -> dict[str, tuple[int, int]]:
    """Return payments and fen of the payments page, tile by tile."""
    found = {}
    for tile in tree.xpath("//ul[contains(@class, 'sums')]/li"):
        name, count, amount, *_ = (text_of(one) for one in tile.xpath("./span"))
        number = int(count.removesuffix(" 笔").replace(",", ""))
        whole = re.match(AMOUNT, amount)
        assert whole is not None
        found[name] = (number, fen(whole[1]))
    return found


def of_pools(tree: Any) -> list[int]:
    """Return the sums under the pools' table: approved, then paid and settled."""
    total = tree.xpath("//section[@aria-labelledby='pools-h']//tr[@class='total']")[0]
    cells = [text_of(cell) for cell in total.xpath("td[@class='n']")]
    return [fen(cells[2]), fen(cells[3])]


@pytest.mark.parametrize("state", ["sent", "paid", "failed"])
def test_payments_and_overview_and_desk_say_the_same(
    town: Town, client_of: Any, state: str
) -> None:
    send(town) if state == "sent" else come_back(town, paid=state == "paid")
    client = client_of(FINANCE)
    before = ask(town, "select state, count(*), sum(amount) from payment group by 1")

    paying = page_of(client.get("/money/payments"))
    overview = page_of(client.get("/money?year=all"))
    desk = page_of(client_of(AUDITOR).get("/work?year=2026"))

    said = tiles(paying)
    payments = {name: (count, int(total)) for name, count, total in before}
    none = (0, 0)
    # What went out: every payment is in one tile, and no tile has another.
    assert [said["已到账"], said["已送付"], said["支付失败"]] == [
        payments.get("paid", none),
        payments.get("sent", none),
        payments.get("failed", none),
    ]
    # What is approved: its own sentence here, the pools' sum there.
    (told,) = [
        text_of(p)
        for p in paying.xpath("//p[@class='note']")
        if "同一个数" in text_of(p)
    ]
    counted = re.search(r"共 (\d+) 笔，" + AMOUNT, told)
    assert counted is not None
    approved, left = of_pools(overview)
    assert (
        fen(counted[2])
        == approved
        == sum(said[name][1] for name in ("支付失败", "已送付"))
    )
    assert left == said["已到账"][1]
    # The desk counts the same, in 万元 to the cent.
    paid = [
        round(float(text_of(cell).replace(",", "")) * 100)
        for cell in desk.xpath("//td[@data-of='已支付和结算']")
    ]
    assert abs(sum(paid) * 10_000 - left) <= 5_000 * len(paid)


def test_settlements_stand_beside_entitlements_not_among_them(town: Town) -> None:
    claim = come_back(town, paid=True)
    ((amount,),) = ask(town, "select amount from entitlement where id = %s", claim)
    import psycopg

    with psycopg.connect(town.url) as conn:
        before = by_state(conn)["paid"]
        conn.execute(
            "update payment set entitlement_id = null where entitlement_id = %s",
            (claim,),
        )
        conn.execute(
            "update entitlement set state = 'withdrawn' where id = %s", (claim,)
        )
        now = by_state(conn)["paid"]
        conn.rollback()

    assert before.claims_fen - amount == now.claims_fen
    assert now == Counted(
        before.claims - 1, before.claims_fen - amount,
        before.others + 1, before.others_fen + amount,
    )  # fmt: skip


def test_trial_adds_up_each_commodity(client_of: Any) -> None:
    tree = page_of(client_of(FINANCE).get("/money/trial"))

    at: dict[str, list[int]] = {}
    for row in tree.xpath("//tbody/tr"):
        name = text_of(row.xpath("th")[0])
        numbers = [
            fen(re.sub(r"[^\d.,]", "", text_of(c)).rstrip(".") or "0")
            for c in row.xpath("td[@class='n']")
        ]
        if row.get("class") == "total":
            what = name.removesuffix(" 合计")
            assert at[what] == numbers
            # Accounts, then debits equal credits, then open holds on both sides.
            assert numbers[1] == numbers[2]
            assert numbers[3] == numbers[4]
        else:
            before = at.setdefault(name, [0] * len(numbers))
            at[name] = [a + b for a, b in zip(before, numbers, strict=True)]
    assert at


def test_newest_first_is_so(town: Town, client_of: Any) -> None:
    claim = come_back(town, paid=True)
    client = client_of(FINANCE)

    journal = page_of(client.get("/money/journal"))
    entry = page_of(client.get(f"/money/entry/pay/{claim}.p1"))

    recorded = [
        re.search(r"记于 ([\d-]+ [\d:]+)", text_of(cell))
        for cell in journal.xpath("//td[@data-of='生效日']")
    ]
    moments = [one[1] for one in recorded if one is not None]
    assert len(moments) > 1
    assert moments == sorted(moments, reverse=True)
    rows = entry.xpath("//section[@aria-labelledby='audit-h']//td[@data-of='时刻']")
    numbers = [int(text_of(cell).rpartition("#")[2]) for cell in rows]
    assert len(numbers) > 1
    assert numbers == sorted(numbers, reverse=True)


def test_waits_are_counted_by_the_clock_that_wrote_them() -> None:
    """A demonstration stands days ahead or behind; moments are the real clock's."""
    now = datetime.now(OFFICE_TIME)
    noon = now.replace(hour=12)

    assert days_since(None) is None
    assert days_since(now) == 0
    assert days_since(noon - timedelta(days=2)) == 2
