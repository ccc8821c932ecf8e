# SPDX-License-Identifier: Apache-2.0
"""Requests: a firm tells, the office answers, the firm hears of it; never another's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ceyuan.office.letters import letters_to
from ceyuan.office.requests import Request, events, request_of, requests, tell
from ceyuan.office.users import set_user
from ceyuan.web.opened import memory
from tests.town import PASSWORD
from tests.web.desk import hidden, links, main, page, parsed, posted, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.town import Town

    ClientOf = Callable[[str], Any]

TITLE = "研发费用辅助账不知道怎么建"
SAID = {
    "kind": "obstacle",
    "policy": "tech_sme_2017",
    "title": TITLE,
    "body": "卡在第二步。",
}


def told_by(client: Any, **more: str) -> str:
    """Tell something; return its page of the firm's."""
    return str(posted(client, "/requests", **{**SAID, **more}))


def every() -> list[Request]:
    with memory().transaction() as conn:
        return requests(conn)


def test_firm_tells_the_office_answers_and_the_firm_reads_it(
    town: Town, client_of: ClientOf
) -> None:
    firm, officer = client_of("企业甲"), client_of("经办人甲")
    where = told_by(firm)
    (one,) = every()

    row = table(page(officer.get("/work/requests?state=open")))[0]
    desk = f"/work/requests/{one.id}"
    posted(
        officer, desk, body="附一份样例，见指南第三节。", move="answer",
        seen=hidden(page(officer.get(desk)), "seen"),
    )  # fmt: skip
    mine = main(firm.get(where))

    assert (one.organisation, one.kind, one.policy, one.actor) == (
        town.firm, "obstacle", "tech_sme_2017", "企业甲",
    )  # fmt: skip
    assert row[:2] == [TITLE, "卡点堵点"]
    assert "已答复" in mine
    assert "附一份样例，见指南第三节。" in mine
    with memory().transaction() as conn:
        (letter,) = letters_to(conn, "企业甲")
    assert (letter.about, letter.body) == (where, "附一份样例，见指南第三节。")
    again = posted(
        firm, where, body="样例打不开。", seen=hidden(page(firm.get(where)), "seen")
    )
    assert again == where
    assert every()[0].state == "open"


def test_two_clicks_tell_once(town: Town, client_of: ClientOf) -> None:
    firm = client_of("企业甲")

    to = [
        firm.post("/requests", {**SAID, "once": "a"}).headers["Location"] for _ in "ab"
    ]

    assert to[0] == to[1]
    assert len(every()) == 1


def test_what_is_missing_is_said_and_what_was_typed_stays(
    town: Town, client_of: ClientOf
) -> None:
    firm = client_of("企业甲")

    empty = firm.post("/requests", {**SAID, "body": " ", "once": ""})
    long = firm.post("/requests", {**SAID, "title": "长" * 121, "once": ""})
    odd = firm.post("/requests", {**SAID, "policy": "no_such", "once": ""})

    assert [a.status_code for a in (empty, long, odd)] == [422, 422, 422]
    assert parsed(empty).xpath("//input[@name='title']/@value") == [TITLE]
    assert parsed(empty).xpath("//div[@role='alert']//a/@href") == ["#id_body"]
    assert every() == []


def test_second_officer_is_told_who_was_faster_and_keeps_his_text(
    town: Town, client_of: ClientOf
) -> None:
    from django.contrib.auth.models import User

    set_user(memory("管理员"), "经办人己", ["officer"], reason="test")
    User.objects.create_user(username="经办人己", password=PASSWORD)
    told_by(client_of("企业甲"))
    (one,) = every()
    where = f"/work/requests/{one.id}"
    first, second = client_of("经办人甲"), client_of("经办人己")
    seen = [hidden(page(c.get(where)), "seen") for c in (first, second)]

    posted(first, where, body="先到的答复", move="answer", seen=seen[0])
    late = second.post(
        where, {"body": "后到的答复", "move": "answer", "seen": seen[1], "once": ""}
    )

    assert late.status_code == 409
    assert "经办人甲 已在" in main(late)
    document = parsed(late)
    assert document.xpath("//textarea")[0].text.strip() == "后到的答复"
    assert hidden(document, "seen") == "1"  # having read it, he may send his
    with memory().transaction() as conn:
        assert [e.body for e in events(conn, one.id)] == ["先到的答复"]


def test_answer_and_closing_want_words(town: Town, client_of: ClientOf) -> None:
    told_by(client_of("企业甲"))
    (one,) = every()
    officer, where = client_of("经办人甲"), f"/work/requests/{one.id}"

    for move in ("answer", "close"):
        said = {"body": " ", "move": move, "seen": "0", "once": ""}
        assert officer.post(where, said).status_code == 422
    wrong = {"body": "词", "move": "more", "seen": "0", "once": ""}
    assert officer.post(where, wrong).status_code == 404
    reopened = {"body": "词", "move": "reopen", "seen": "0", "once": ""}
    assert officer.post(where, reopened).status_code == 400

    buttons = "//main//button[@name='move']/@value"
    offered = [page(officer.get(where)).xpath(buttons)]
    posted(officer, where, body="见指南", move="answer", seen="0")
    offered.append(page(officer.get(where)).xpath(buttons))
    posted(officer, where, body="企业确认解决", move="close", seen="1")
    offered.append(page(officer.get(where)).xpath(buttons))
    assert every()[0].state == "closed"
    assert offered == [
        ["answer", "close"], ["answer", "close", "reopen"], ["reopen"],
    ]  # fmt: skip


def test_firm_never_sees_another_firms_request(town: Town, client_of: ClientOf) -> None:
    mine = told_by(client_of("企业甲"), title="甲的事")
    theirs = told_by(client_of("企业乙"), title="乙的秘密", body="只给主管部门看")
    number = theirs.rpartition("/")[2]
    firm = client_of("企业甲")

    seen = [
        firm.get(where).content.decode()
        for where in (
            "/requests", mine, "/work/requests", "/work/requests?q=秘密",
            "/work/requests?state=open&policy=tech_sme_2017",
        )
    ]  # fmt: skip

    assert not any("乙的秘密" in text or "只给主管部门看" in text for text in seen)
    assert not any(f"/requests/{number}" in text for text in seen)
    for where in (theirs, f"/work/requests/{number}", "/requests/999"):
        assert firm.get(where).status_code == 404
    said = {"body": "替它补充", "seen": "0", "once": ""}
    assert firm.post(theirs, said).status_code == 404
    answer = {**said, "move": "answer"}
    assert firm.post(f"/work/requests/{number}", answer).status_code == 404
    with memory().transaction() as conn:
        assert request_of(conn, int(number)).said == 0


def test_firm_does_not_answer_itself(town: Town, client_of: ClientOf) -> None:
    mine = told_by(client_of("企业甲"))
    number = mine.rpartition("/")[2]
    firm = client_of("企业甲")

    said = {"body": "自己答复", "move": "answer", "seen": "0", "once": ""}
    answer = firm.post(f"/work/requests/{number}", said)

    assert answer.status_code == 403
    assert every()[0].state == "open"


def test_others_have_no_door_to_requests(town: Town, client_of: ClientOf) -> None:
    tell(memory("企业甲"), "need", "要算力", "说明", organisation=town.firm)
    (one,) = every()

    public = client_of("").get("/requests")
    assert public.headers["Location"].startswith("/account/login/")
    for name in ("园区经理", "复核人乙", "财务丙", "分析员"):
        client = client_of(name)
        assert client.get("/requests").status_code == 403
        assert client.get(f"/work/requests/{one.id}").status_code == 403
        assert client.get("/work/requests").status_code == 403
    auditor = client_of("审计员")
    assert "要算力" in main(auditor.get("/work/requests"))
    assert not parsed(auditor.get(f"/work/requests/{one.id}")).xpath("//main//button")


def test_session_that_ends_keeps_what_a_firm_has_written(
    town: Town, client_of: ClientOf
) -> None:
    firm = client_of("企业甲")
    firm.cookies.clear()

    sent = firm.post("/requests", {**SAID, "once": ""})
    firm.post(sent.headers["Location"], {"login": "企业甲", "password": PASSWORD})
    shown = page(firm.get("/requests"))

    assert shown.xpath("//input[@name='title']/@value") == [TITLE]
    assert shown.xpath("//textarea")[0].text.strip() == SAID["body"]
    assert shown.xpath("//input[@name='kind'][@checked]/@value") == ["obstacle"]
    assert every() == []


def test_words_of_a_request_are_escaped_and_very_long_ones_shown_whole(
    town: Town, client_of: ClientOf
) -> None:
    title = "<b>" + "长" * 100 + "</b>"
    body = "<script>alert(1)</script>\n" + "很长的说明" * 600
    where = told_by(client_of("企业甲"), title=title, body=body)

    shown = client_of("企业甲").get(where)

    assert "<script>alert" not in shown.content.decode()
    assert "很长的说明" * 600 in main(shown)
    assert title in main(shown)


def test_english_page_is_the_same_page(town: Town, client_of: ClientOf) -> None:
    told_by(client_of("企业甲"))
    document = page(client_of("企业甲").get("/en/requests"))

    assert document.get("lang") == "en"
    assert "Tell the office" in document.xpath("string(//h1)")
    assert all(one.startswith("/en/") for one in links(document))
