# SPDX-License-Identifier: Apache-2.0
"""Users by the page: registered, found, changed, put out of use; and their ways in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import psycopg
import pytest
from django.test import Client, override_settings

from tests.town import PASSWORD, one
from tests.web.test_login import enter, sql, text, who_is

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.town import Town

    ClientOf = Callable[[str], Client]

NEW = {
    "name": "新来的",
    "display": "新来的同志",
    "organisation": "样例园区",
    "roles": ["park", "analyst"],
    "email": "new@example.cn",
    "reason": "沪科〔2026〕1号",
}
SET = "a sentence that he sets himself"


def of(name: str, act: str = "") -> str:
    return f"/admin/users/of/{quote(name)}{'/' if act else ''}{act}"


def link_on(page: Any) -> str:
    """Return the path of the link that a page shows, once."""
    found = re.search(
        r'id="first-link" readonly value="([^"]*)"', page.content.decode()
    )
    return urlsplit(found.group(1)).path if found else ""


def trail(town: Town, name: str) -> list[tuple[str, str, str]]:
    """Return who did what to a user and why, in order, after the town was made."""
    with psycopg.connect(town.url) as connection:
        return connection.execute(
            "select actor, verb, reason from audit where object = %s"
            " and reason not in ('test', '演示') order by seq",
            (name,),
        ).fetchall()


def registered(client: Client, **said: Any) -> Any:
    answer = client.post("/admin/users/new", {**NEW, **said})
    assert answer.status_code == 302, text(answer)
    return client.get(answer.headers["Location"])


def test_an_administrator_registers_a_user_who_sets_his_password_by_a_link(
    town: Town, client_of: ClientOf
) -> None:
    page = registered(client_of("管理员"))
    link = link_on(page)
    his = Client()

    asked = his.get(link)
    weak = his.post(link, {"password1": "short", "password2": "short"})
    apart = his.post(link, {"password1": SET, "password2": SET + "."})
    done = his.post(link, {"password1": SET, "password2": SET})
    again = his.post(link, {"password1": SET, "password2": SET})

    assert (asked.status_code, weak.status_code, apart.status_code) == (200, 422, 422)
    assert (done.status_code, done.headers["Location"]) == (302, "/account/login/")
    assert again.status_code == 410
    assert enter(his, "新来的", SET).status_code == 302
    assert who_is(his) == "新来的"
    with psycopg.connect(town.url) as connection:
        row = connection.execute(
            "select display, organisation, roles, active from office_user"
            " where name = '新来的'"
        ).fetchone()
    assert row == ("新来的同志", "样例园区", ["park", "analyst"], True)
    assert trail(town, "新来的") == [
        ("管理员", "user.set", "沪科〔2026〕1号"),
        ("管理员", "login.email", ""),
        ("管理员", "login.link", "沪科〔2026〕1号"),
        ("新来的", "login.password_by_link", ""),
    ]


def test_the_link_is_shown_once_to_who_made_it(town: Town, client_of: ClientOf) -> None:
    client = client_of("管理员")

    first = registered(client)
    later = client.get(of("新来的"))
    others = client_of("管理员").get(of("新来的"))

    assert link_on(first)
    assert (link_on(later), link_on(others)) == ("", "")


def test_a_link_is_void_once_a_newer_one_is_given_and_the_password_with_it(
    town: Town, client_of: ClientOf
) -> None:
    client, his = client_of("管理员"), client_of("园区经理")

    def given() -> str:
        client.post(of("园区经理", "link"), {"reason": "忘了密码"})
        return link_on(client.get(of("园区经理")))

    old, new = given(), given()

    assert old != new
    assert who_is(his) == ""
    assert enter(Client(), "园区经理", PASSWORD).status_code == 422
    assert (Client().get(old).status_code, Client().get(new).status_code) == (410, 200)


def test_a_link_is_void_after_three_days(town: Town, client_of: ClientOf) -> None:
    link = link_on(registered(client_of("管理员")))

    with override_settings(PASSWORD_RESET_TIMEOUT=-1):
        over = Client().get(link)

    assert over.status_code == 410
    assert "这个链接不能用了" in text(over)
    assert Client().get(link).status_code == 200


def test_a_link_of_who_is_no_longer_a_user_and_one_that_is_made_up_are_void(
    town: Town, client_of: ClientOf
) -> None:
    link = link_on(registered(client_of("管理员")))
    sql(town, "update office_user set active = false where name = '新来的'")

    answers = [
        Client().get(path).status_code
        for path in (
            link,
            link[:-1] + ("a" if link[-1] != "a" else "b"),
            "/account/first/AA/x-y",
            "/account/first/%00/x",
            "/account/first/OTk5OTk5OTk5/x-y",
        )
    ]

    assert answers == [410, 410, 410, 404, 410]


def test_the_same_name_is_not_registered_twice(town: Town, client_of: ClientOf) -> None:
    answer = client_of("管理员").post(
        "/admin/users/new", {**NEW, "name": "财务丙", "roles": ["admin"]}
    )

    assert answer.status_code == 422
    assert "已经登记过了" in text(answer)
    assert 'value="沪科〔2026〕1号"' in text(answer)
    assert one(
        town.url, "select roles::text from office_user where name = '财务丙'"
    ) == ("{finance}")


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"name": "a/b"}, "name"),
        ({"name": ".."}, "name"),
        ({"name": "<b>"}, "name"),
        ({"name": "x" * 151}, "name"),
        ({"reason": ""}, "reason"),
        ({"roles": ["king"]}, "roles"),
        ({"email": "nobody"}, "email"),
        ({"organisation": "长" * 201}, "organisation"),
    ],
)
def test_what_will_not_do_is_told_beside_its_field(
    town: Town, client_of: ClientOf, said: dict[str, Any], field: str
) -> None:
    before = one(town.url, "select count(*) from office_user")

    answer = client_of("管理员").post("/admin/users/new", {**NEW, **said})

    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in text(answer)
    assert one(town.url, "select count(*) from office_user") == before


def test_a_form_that_is_sent_twice_registers_once(
    town: Town, client_of: ClientOf
) -> None:
    client = client_of("管理员")

    answers = [client.post("/admin/users/new", {**NEW, "once": "k1"}) for _ in range(2)]

    assert [a.status_code for a in answers] == [302, 302]
    assert len([t for t in trail(town, "新来的") if t[1] == "user.set"]) == 1


def test_roles_and_organisation_are_changed_for_a_reason(
    town: Town, client_of: ClientOf
) -> None:
    client = client_of("管理员")
    said = {"display": "", "organisation": "别的园区", "roles": ["park", "leader"],
            "email": "x@y.cn", "reason": "调动"}  # fmt: skip

    without = client.post(of("园区经理"), {**said, "reason": ""})
    done = client.post(of("园区经理"), said)
    page = text(client.get(of("园区经理")))

    assert (without.status_code, done.status_code) == (422, 302)
    assert (
        one(
            town.url,
            "select organisation || roles::text || active from office_user"
            " where name = '园区经理'",
        )
        == "别的园区{park,leader}true"
    )
    assert trail(town, "园区经理") == [
        ("管理员", "user.set", "调动"), ("管理员", "login.email", ""),
    ]  # fmt: skip
    assert "角色：园区或孵化器、负责人" in page
    assert (
        "x****" not in page
    )  # the address is masked in the trail: one letter, none left
    assert "*@y.cn" in page


def test_the_last_administrator_stays_one(town: Town, client_of: ClientOf) -> None:
    client = client_of("管理员")

    other_role = client.post(of("管理员"), {"roles": ["park"], "reason": "x"})
    out = client.post(of("管理员", "active"), {"reason": "x"})

    assert other_role.status_code == 422
    assert "是最后一个管理员" in text(other_role)
    assert out.status_code == 400
    assert "是最后一个管理员" in text(out)
    assert (
        one(
            town.url,
            "select roles::text || active from office_user where name = '管理员'",
        )
        == "{admin}true"
    )


def test_who_is_put_out_of_use_is_out_at_once_and_can_come_back(
    town: Town, client_of: ClientOf
) -> None:
    client, his = client_of("管理员"), Client()
    enter(his, "园区经理")

    out = client.post(of("园区经理", "active"), {"reason": "离职"})
    sessions = one(town.url, "select count(*) from usersessions_usersession")
    gone = who_is(his)
    back = client.post(of("园区经理", "active"), {"reason": "回来了"})

    assert (out.status_code, gone, sessions, back.status_code) == (302, "", 0, 302)
    assert enter(Client(), "园区经理").status_code == 302
    assert trail(town, "园区经理") == [
        ("管理员", "user.set", "离职"),
        ("管理员", "login.sign_out", "离职"),
        ("管理员", "user.set", "回来了"),
    ]


def test_a_second_factor_that_was_lost_is_reset(
    town: Town, client_of: ClientOf
) -> None:
    from tests.web.test_login_factor import set_up

    his = Client()
    enter(his, "财务丙")
    set_up(his)

    client_of("管理员").post(of("财务丙", "factor"), {"reason": "手机丢了，已当面核对"})

    assert who_is(his) == ""
    assert one(town.url, "select count(*) from mfa_authenticator") == 0
    assert enter(Client(), "财务丙").headers["Location"] == "/"
    assert trail(town, "财务丙")[-1] == (
        "管理员", "login.factor_reset", "手机丢了，已当面核对",
    )  # fmt: skip


def test_a_provider_is_linked_and_unlinked(town: Town, client_of: ClientOf) -> None:
    client = client_of("管理员")
    uid = "select uid from socialaccount_socialaccount"

    client.post(of("园区经理", "provider"), {"uid": "sub-1", "reason": "来函"})
    first = one(town.url, uid)
    taken = client.post(of("分析员", "provider"), {"uid": "sub-1", "reason": "来函"})
    client.post(of("园区经理", "provider"), {"uid": "", "reason": "误关联"})

    assert (first, taken.status_code, one(town.url, uid)) == ("sub-1", 400, None)


def test_sessions_are_ended_for_another(town: Town, client_of: ClientOf) -> None:
    his = Client()
    enter(his, "园区经理")

    client_of("管理员").post(of("园区经理", "sessions"), {"reason": "设备丢失"})

    assert who_is(his) == ""


@pytest.mark.parametrize("act", ["link", "active", "factor", "provider", "sessions"])
def test_nothing_is_done_to_a_way_in_without_a_reason(
    town: Town, client_of: ClientOf, act: str
) -> None:
    client = client_of("管理员")

    answer = client.post(of("园区经理", act), {"reason": "  ", "uid": "sub"})

    assert answer.status_code == 302
    assert "要写明事由" in text(client.get("/admin/users"))
    assert trail(town, "园区经理") == []
    assert enter(Client(), "园区经理").status_code == 302


def test_users_are_found_by_words_and_by_role(town: Town, client_of: ClientOf) -> None:
    client = client_of("管理员")

    def found(**asked: str) -> list[str]:
        page = client.get("/admin/users", asked).content.decode()
        return re.findall(r'<th scope="row"><a [^>]*>([^<]*)</a>', page)

    every = found()
    assert found(q="财务") == ["财务丁", "财务丙"]
    assert found(q="样例园区") == ["园区经理"]
    assert found(role="park") == ["另一园区", "园区经理"]
    assert found(q="园区", role="finance") == []
    assert found(q="%") == []
    assert found(q="' or true --") == []
    assert len(every) == one(town.url, "select count(*) from office_user")
    assert every == sorted(every)


def test_many_users_stand_on_several_pages(town: Town, client_of: ClientOf) -> None:
    sql(
        town,
        "insert into office_user (name, roles) select 'u' || lpad(n::text, 3, '0'),"
        " '{park}' from generate_series(1, 120) n",
    )
    client = client_of("管理员")

    pages = [
        re.findall(r'scope="row"><a [^>]*>(u\d+)</a>', text(client.get(
            "/admin/users", {"role": "park", "q": "u", "page": n}
        )))
        for n in (1, 2, 3, 99, "x")
    ]  # fmt: skip

    assert [len(page) for page in pages] == [50, 50, 20, 20, 50]
    assert pages[0][0] == "u001"
    assert pages[2][-1] == "u120"


def test_a_part_of_the_page_is_the_list_alone(town: Town, client_of: ClientOf) -> None:
    part = client_of("管理员").get(
        "/admin/users", {"q": "财务"}, headers={"HX-Request": "true"}
    )

    assert text(part).startswith('<div id="users-list">')
    assert "<html" not in text(part)


def test_a_very_long_name_and_awkward_ones_have_pages(
    town: Town, client_of: ClientOf
) -> None:
    names = ["长" * 150, "a b", "x/y", "q?&#", "引“号”'\"<"]
    client = client_of("管理员")
    for name in names:
        sql(town, "insert into office_user (name, roles) values (%s, '{park}')", name)

    for name in names:
        page = client.get(f"/admin/users/of/{quote(name)}")
        assert page.status_code == 200
        assert f"<h1>{name}</h1>" in text(page)
        assert "<h1>" + name != page.content.decode() or "<" not in name
    assert client.get("/admin/users").status_code == 200


@pytest.mark.parametrize(
    "name",
    ["经办人甲", "复核人乙", "财务丙", "分析员", "园区经理", "企业甲", ""],
)
def test_nobody_else_sees_or_changes_users(
    town: Town, client_of: ClientOf, name: str
) -> None:
    client = client_of(name)
    code = 403 if name else 302

    for path in ("/admin", "/admin/users", "/admin/users/new", of("财务丙"),
                 "/admin/roles", "/admin/organisations", "/admin/security",
                 "/admin/settings", "/admin/organisation?name=市科委"):  # fmt: skip
        assert client.get(path).status_code == code, path
    for act in ("link", "active", "factor", "provider", "sessions"):
        answer = client.post(of("财务丙", act), {"reason": "x"})
        assert answer.status_code == code
    assert client.post("/admin/users/new", NEW).status_code == code
    assert (
        client.post(
            "/admin/security/unlock",
            {"name": "财务丙", "address": "::1", "reason": "x"},
        ).status_code
        == code
    )
    assert trail(town, "财务丙") == []


def test_an_auditor_sees_all_and_changes_nothing(
    town: Town, client_of: ClientOf
) -> None:
    client = client_of("审计员")

    page = text(client.get(of("财务丙")))
    changed = client.post(of("财务丙"), {"roles": ["admin"], "reason": "x"})
    acted = client.post(of("财务丙", "link"), {"reason": "x"})

    assert "登录方式" in page
    assert "<button" not in page.partition("<main")[2].partition("</main>")[0]
    assert (changed.status_code, acted.status_code) == (200, 403)
    assert trail(town, "财务丙") == []
    assert one(
        town.url, "select roles::text from office_user where name = '财务丙'"
    ) == ("{finance}")


def test_a_user_that_is_not_there_has_no_page(town: Town, client_of: ClientOf) -> None:
    client = client_of("管理员")

    assert client.get(of("没有这个人")).status_code == 404
    assert client.post(of("没有这个人", "link"), {"reason": "x"}).status_code == 404
