# SPDX-License-Identifier: Apache-2.0
"""An objection from the firm's page to the ruling, its reason and the letters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ceyuan.office.entitlements import listed
from ceyuan.web.opened import memory
from tests.web.desk import main, page, parsed, posted, table, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.town import Town

    ClientOf = Callable[[str], Any]

WRONG = "金额或某项数据不对，请更正"
WHOLE = "这一笔不该给我们，请撤回"


def noticed(town: Town) -> Any:
    """Return the firm's one entitlement that is noticed."""
    with memory().transaction() as conn:
        (one,) = [x for x in listed(conn, state="noticed") if x.party == town.firm]
    return one


def objected(client_of: ClientOf, town: Town, meant: str = "wrong") -> Any:
    one = noticed(town)
    posted(
        client_of("企业甲"), f"/me/entitlements/{one.id}/object",
        meant=meant, reason="保费多算了",
    )  # fmt: skip
    return one


def test_who_objects_says_what_is_meant_and_sees_what_follows(
    town: Town, client_of: ClientOf
) -> None:
    client, one = client_of("企业甲"), noticed(town)
    where = f"/me/entitlements/{one.id}/object"

    shown = page(client.get(where))
    refused = client.post(where, {"reason": "保费多算了"})

    labels = [text(e) for e in shown.xpath("//fieldset//label")]
    assert labels == [WRONG, WHOLE]
    told = [
        (text(term), text(term.getnext()))
        for term in shown.xpath("//main//dl/dt")
        if text(term).startswith(("成立", "不成立"))
    ]
    assert told == [
        (
            "成立，更正后重新核定",
            (
                "这一笔撤回，按更正后的数据马上重新核定；还符合的，新的一笔重新公示，"
                "付款日期顺延；不再符合的，就没有这一笔了。"
            ),
        ),
        ("成立，撤回", "这一笔不再付给企业；数据不变的话，以后也不会再有。"),
        ("不成立", "按原来的金额继续，公示期满后批准、付款。"),
    ]
    assert refused.status_code == 422
    assert "是哪一种异议" in main(refused)
    assert not noticed(town).objection


def test_the_reviewer_sees_the_objection_and_upholds_it_by_a_correction(
    town: Town, client_of: ClientOf
) -> None:
    one = objected(client_of, town)
    reviewer, where = client_of("复核人乙"), f"/work/entitlements/{one.id}"
    overview = page(reviewer.get(where))
    form = page(reviewer.get(f"{where}/correct"))
    choices = {
        str(o.get("value")): text(o)
        for o in form.xpath("//select[@name='fact']/option")
    }

    same = reviewer.post(
        f"{where}/correct",
        {"fact": "premium_paid", "value": "元", "reason": "核对保单", "once": ""},
    )
    to = posted(
        reviewer, f"{where}/correct", fact="premium_paid", value="1000元",
        reason="保单写明 1,000 元",
    )  # fmt: skip

    assert [text(a) for a in overview.xpath("//main//div[@class='actions'][1]/a")] == [
        "异议成立，更正后重新核定",
        "异议成立，撤回",
        "异议不成立，继续",
    ]
    assert "异议：金额或数据不对 企业甲" in text(form.xpath("//main")[0])
    assert "保费多算了" in text(form.xpath("//main")[0])
    assert choices["premium_paid"].startswith("实际缴纳的保费（现为 ")
    assert same.status_code == 409
    after = noticed(town)
    assert to == f"/work/entitlements/{after.id}"
    # Half of 1,000.00.
    assert (after.revision, after.amount, after.slot) == (
        one.revision + 1,
        50_000,
        one.slot,
    )
    assert "异议成立：数据已更正" in main(reviewer.get(to))


def test_the_ruling_stands_with_its_reason_on_the_firms_page_and_in_its_letters(
    town: Town, client_of: ClientOf
) -> None:
    one = objected(client_of, town)
    posted(
        client_of("复核人乙"), f"/work/entitlements/{one.id}/dismiss",
        reason="已与银行核对",
    )  # fmt: skip
    client = client_of("企业甲")

    shown = page(client.get(f"/me/{one.policy}"))
    english = page(client.get(f"/en/me/{one.policy}"))
    letters = table(page(client.get("/letters")))

    (said,) = shown.xpath("//ol[@class='happened']")
    assert [" ".join(text(li).split()) for li in said] == [
        "异议：金额或数据不对 2026-11-25理由：保费多算了",
        "异议不成立 2026-11-25理由：已与银行核对",
    ]
    (told,) = english.xpath("//ol[@class='happened']")
    assert text(told[1]).startswith("objection dismissed")
    assert letters[0][0].endswith("：异议不成立，继续办理")
    assert page(client.get(f"/me/{one.policy}")).xpath(
        "//a[contains(@href, '/object')]"
    )


def test_a_promise_without_an_account_says_so_and_whom_to_tell(
    town: Town, client_of: ClientOf
) -> None:
    one = noticed(town)
    client = client_of("企业甲")

    def account(answer: Any) -> list[str]:
        return [
            text(t.getnext())
            for t in parsed(answer).xpath("//main//dl/dt")
            if text(t) == "收款账户"
        ]

    (lacking,) = account(client.get(f"/me/{one.policy}"))
    with memory("财务丙").transaction() as conn:
        conn.execute(
            "insert into payee (party, holder, bank, account, valid_from, actor, reason,"
            " known_at) values (%s, '甲', '虚构银行', '62001', '2026-01-01', '财务丙', '',"
            " now())",
            (town.firm,),
        )
    has = account(client.get(f"/me/{one.policy}"))

    assert lacking.startswith(
        f"还没有登记，没有账户付不了款。 请最迟在 {one.object_until}（公示期满）把户名"
    )
    assert has == []
