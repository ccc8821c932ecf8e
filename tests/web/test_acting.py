# SPDX-License-Identifier: Apache-2.0
"""On behalf of a firm: given by it, held by another, seen, and over when it is over."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from django.test import Client

from ceyuan.office.organisations import called
from ceyuan.web.showing import today
from tests.town import one
from tests.web.test_login import sql, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.town import Town

    ClientOf = Callable[[str], Client]

DELEGATE = "园区经理"
LAST = (today() + timedelta(30)).isoformat()


def said(**more: str) -> dict[str, str]:
    return {"delegate": DELEGATE, "until": LAST, "reason": "代办奖补", **more}


def given(client_of: ClientOf, **more: str) -> None:
    answer = client_of("企业甲").post("/delegations", said(**more))
    assert answer.status_code == 302, text(answer)


def acting(client_of: ClientOf, town: Town) -> Client:
    """Return a client of the delegate, who acts for the firm."""
    client = client_of(DELEGATE)
    answer = client.post("/behalf/start", {"organisation": town.firm})
    assert answer.status_code == 302, text(answer)
    return client


def rows(town: Town) -> list[tuple[str, str, str]]:
    with psycopg.connect(town.url) as connection:
        return connection.execute(
            "select actor, behalf, verb from audit where behalf <> '' order by seq"
        ).fetchall()


def is_for_firm(client: Client) -> bool:
    page = text(client.get("/me/account"))
    return 'class="behalf"' in page


def test_a_firm_lets_somebody_act_for_it_and_he_finds_it_on_his_page(
    town: Town, client_of: ClientOf
) -> None:
    given(client_of)

    firm = text(client_of("企业甲").get("/delegations"))
    his = text(client_of(DELEGATE).get("/me/account"))
    others = text(client_of("另一园区").get("/me/account"))

    assert f'<th scope="row">{DELEGATE}</th>' in firm
    assert "代办奖补" in firm
    assert f'name="organisation" value="{town.firm}"' in his
    assert town.firm not in others


def test_while_he_acts_every_page_says_so_and_he_is_the_firms_user(
    town: Town, client_of: ClientOf
) -> None:
    given(client_of)
    before = client_of(DELEGATE).get("/park").status_code
    client = acting(client_of, town)

    page = text(client.get("/me/account"))
    as_park = client.get("/park").status_code
    own = client.get("/delegations").status_code
    admin = client.get("/admin").status_code

    with psycopg.connect(town.url) as connection:
        name = called(connection, [town.firm])[town.firm]
    assert f"你正在代 {name} 办理，每一步都会记录。" in page
    assert (before, as_park, own, admin) == (200, 403, 200, 403)
    client.post("/behalf/end")
    assert not is_for_firm(client)
    assert client.get("/park").status_code == 200


def test_what_he_does_is_kept_under_both_names_and_seen_by_the_firm(
    town: Town, client_of: ClientOf
) -> None:
    given(client_of)
    client = acting(client_of, town)
    client.post("/erasures", {"number": "RC-1", "reason": "收件 1 号"})
    client.post("/behalf/end")
    client.post("/erasures", {"number": "RC-2", "reason": "收件 2 号"})

    page = text(client_of("企业甲").get("/delegations"))

    assert rows(town) == [
        ("企业甲", town.firm, "delegation.give"),
        (DELEGATE, town.firm, "delegation.begin"),
        (DELEGATE, town.firm, "erasure.ask"),
        (DELEGATE, town.firm, "delegation.finish"),
    ]
    done = page.partition('id="done"')[2]
    for words in ("给出委托", "开始代办", "申请删除个人信息", "结束代办", "代办人"):
        assert words in done
    assert done.count("收件 1 号") == 1
    assert "收件 2 号" not in done


def test_another_firm_sees_nothing_of_it(town: Town, client_of: ClientOf) -> None:
    given(client_of)
    acting(client_of, town)

    page = text(client_of("企业乙").get("/delegations"))

    assert DELEGATE not in page
    assert town.firm not in page
    assert "代办奖补" not in page


def test_who_was_not_let_does_not_act(town: Town, client_of: ClientOf) -> None:
    given(client_of)

    for name, code in (("另一园区", town.firm), (DELEGATE, town.paid), (DELEGATE, "")):
        client = client_of(name)
        answer = client.post("/behalf/start", {"organisation": code})
        assert answer.status_code == 403
        assert not is_for_firm(client)
    assert (
        Client().post("/behalf/start", {"organisation": town.firm}).status_code == 302
    )
    assert [verb for _, _, verb in rows(town)] == ["delegation.give"]


def test_it_is_over_with_the_next_page_once_the_firm_ends_it(
    town: Town, client_of: ClientOf
) -> None:
    given(client_of)
    client = acting(client_of, town)
    assert is_for_firm(client)
    number = one(town.url, "select id from delegation")

    ended = client_of("企业甲").post(f"/delegations/{number}/end")

    assert ended.status_code == 302
    assert not is_for_firm(client)
    assert client.get("/park").status_code == 200
    again = client_of("企业甲").post(f"/delegations/{number}/end")
    assert again.status_code == 302
    assert (
        one(town.url, "select count(*) from audit where verb = 'delegation.end'") == 1
    )


def test_it_is_over_on_the_day_after_the_last(town: Town, client_of: ClientOf) -> None:
    given(client_of)
    client = acting(client_of, town)

    sql(
        town,
        "update delegation set since = since - 9, until = %s",
        today() - timedelta(1),
    )

    assert not is_for_firm(client)
    page = text(client_of("企业甲").get("/delegations"))
    assert "已到期" in page
    assert "/end" not in page.partition("<main")[2].partition("</main>")[0]


def test_a_delegate_who_is_put_out_of_use_is_out(
    town: Town, client_of: ClientOf
) -> None:
    given(client_of)
    client = acting(client_of, town)

    sql(town, "update office_user set active = false where name = %s", DELEGATE)

    assert client.get("/me/account").status_code == 302


def test_a_delegate_gives_nothing_on_and_ends_nothing(
    town: Town, client_of: ClientOf
) -> None:
    given(client_of)
    client = acting(client_of, town)
    number = one(town.url, "select id from delegation")

    page = text(client.get("/delegations"))
    gave = client.post("/delegations", said(delegate="另一园区"))
    ended = client.post(f"/delegations/{number}/end")

    assert 'name="delegate"' not in page
    assert (gave.status_code, ended.status_code) == (403, 403)
    assert one(town.url, "select count(*) from delegation where ended_at is null") == 1


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"delegate": "没有这个人"}, "不能委托给"),
        ({"delegate": "企业甲"}, "不能委托给"),
        ({"until": (today() - timedelta(1)).isoformat()}, "截止日"),
        ({"until": (today() + timedelta(400)).isoformat()}, "截止日"),
        ({"until": "一天"}, "截止日："),
        ({"reason": ""}, "事由："),
    ],
)
def test_what_will_not_do_is_told_and_what_was_typed_stays(
    town: Town, client_of: ClientOf, more: dict[str, str], told: str
) -> None:
    answer = client_of("企业甲").post("/delegations", said(**more))

    summary = text(answer).partition('role="alert"')[2].partition("</div>")[0]
    assert answer.status_code == 422
    assert told in summary
    assert f'value="{said(**more)["delegate"]}"' in text(answer)
    assert one(town.url, "select count(*) from delegation") == 0


def test_sent_twice_it_is_given_once(town: Town, client_of: ClientOf) -> None:
    client = client_of("企业甲")

    for _ in range(2):
        assert client.post("/delegations", said(once="k")).status_code == 302

    assert one(town.url, "select count(*) from delegation") == 1


def test_a_firm_gives_for_itself_only_whatever_the_form_says(
    town: Town, client_of: ClientOf
) -> None:
    given(client_of, organisation=town.paid)

    assert one(town.url, "select organisation from delegation") == town.firm


def test_a_firm_cannot_end_what_another_gave_nor_learn_of_it(
    town: Town, client_of: ClientOf
) -> None:
    given(client_of)
    number = one(town.url, "select id from delegation")

    theirs = client_of("企业乙").post(f"/delegations/{number}/end")
    nothing = client_of("企业乙").post("/delegations/999999/end")

    assert (theirs.status_code, nothing.status_code) == (404, 404)
    assert text(theirs).replace(f"/{number}/", "/N/") == text(nothing).replace(
        "/999999/", "/N/"
    )
    assert one(town.url, "select count(*) from delegation where ended_at is null") == 1


def test_an_administrator_registers_and_ends_one_for_a_firm_with_a_reason(
    town: Town, client_of: ClientOf
) -> None:
    client = client_of("管理员")

    asked = said(organisation=town.firm, reason="来函", evidence="书面来函 1 号")
    gave = client.post("/delegations", asked)
    wrong = client.post("/delegations", {**asked, "organisation": "91319999MA00000X2A"})
    page = text(client.get("/delegations"))
    number = one(town.url, "select id from delegation")
    ended = client.post(f"/delegations/{number}/end")

    assert (gave.status_code, wrong.status_code, ended.status_code) == (302, 422, 302)
    assert "书面来函 1 号" in page
    # The firm sees who gave and who ended it.
    firm: Any = text(client_of("企业甲").get("/delegations"))
    assert re.search(r"已收回.*?由 管理员", firm, re.DOTALL)
    assert rows(town) == [
        ("管理员", town.firm, "delegation.give"),
        ("管理员", town.firm, "delegation.end"),
    ]


def test_a_consent_is_taken_back_on_the_own_page(
    town: Town, client_of: ClientOf
) -> None:
    from ceyuan.office.consents import answer, ask
    from ceyuan.web.opened import memory

    (asked,) = ask(
        memory("园区经理"), [(town.firm, "某")], party="样例园区", purpose="checkup",
        on=today(),
    )  # fmt: skip
    answer(memory("企业甲"), asked, given=True, on=today())
    client = client_of("企业甲")

    before = text(client.get("/me/account"))
    url = re.search(r'action="(/consents/[^"]*)"', before)
    assert url is not None
    back = client.post(url.group(1))
    after = text(client.get("/me/account"))

    assert '<th scope="row">样例园区</th>' in before
    assert back.status_code == 302
    assert "没有给出授权" in after
    assert "给出的数据授权" not in text(client_of("园区经理").get("/me/account"))


def test_administrator_says_on_what_evidence_and_the_firm_sees_and_ends_it(
    town: Town, client_of: ClientOf
) -> None:
    asked = {**said(), "organisation": town.firm}
    admin = client_of("管理员")

    silent = admin.post("/delegations", asked)
    given = admin.post("/delegations", {**asked, "evidence": "委托书 7 号"})
    firm = client_of("企业甲")
    letters = text(firm.get("/letters"))
    listed = text(firm.get("/delegations"))
    number = one(town.url, "select id from delegation")
    ended = firm.post(f"/delegations/{number}/end")

    assert silent.status_code == 422
    assert 'name="evidence"' in silent.content.decode()
    assert given.status_code == 302
    assert "可以代本企业办理了" in letters
    assert "依据：委托书 7 号" in listed
    assert 'name="evidence"' not in firm.get("/delegations").content.decode()
    assert ended.status_code == 302
    assert "已收回" in text(firm.get("/delegations"))
