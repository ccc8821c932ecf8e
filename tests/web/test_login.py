# SPDX-License-Identifier: Apache-2.0
"""In by name and password: who may, who may not, and what an attacker meets."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from django.conf import settings
from django.test import Client, override_settings

from tests.town import PASSWORD, one

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.town import Town

    ClientOf = Callable[[str], Client]

LOGIN = "/account/login/"
WRONG = "not the password at all"


def enter(client: Client, name: str, password: str = PASSWORD, **said: Any) -> Any:
    address = said.pop("address", "127.0.0.1")
    words = {"login": name, "password": password, **said}
    return client.post(LOGIN, words, REMOTE_ADDR=address)


def text(answer: Any) -> str:
    """Return a page without what differs from one to the next by itself."""
    plain = answer.content.decode()
    plain = re.sub(r'(name="(csrfmiddlewaretoken|once)" value=")[^"]*', r"\1", plain)
    return html.unescape(plain)


def who_is(client: Client) -> str:
    """Return whose page is shown; empty: it leads to the login."""
    answer = client.get("/me/account")
    if answer.status_code == 302:
        assert answer.headers["Location"].startswith(LOGIN)
        return ""
    assert answer.status_code == 200
    return str(answer.wsgi_request.user.get_username())


def sql(town: Town, statement: str, *given: object) -> None:
    with psycopg.connect(town.url) as connection:
        connection.execute(statement.encode(), given)


@pytest.mark.parametrize("name", ["管理员", "园区经理", "企业甲"])
def test_who_gives_name_and_password_is_in(town: Town, name: str) -> None:
    client = Client()

    answer = enter(client, name)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert who_is(client) == name


def test_the_login_is_the_same_page_in_english(town: Town) -> None:
    page = Client().get("/en/account/login/")
    wrong = Client().post("/en/account/login/", {"login": "管理员", "password": WRONG})
    right = Client().post(
        "/en/account/login/", {"login": "管理员", "password": PASSWORD}
    )

    assert 'lang="en"' in text(page)
    assert "<h1>Sign in</h1>" in text(page)
    assert "The user name or password is wrong" in text(wrong)
    assert right.headers["Location"] == "/en/"


def test_a_wrong_password_an_unknown_name_and_a_former_user_are_told_the_same(
    town: Town,
) -> None:
    sql(town, "update office_user set active = false where name = '另一园区'")
    answers = [
        enter(Client(), "园区经理", WRONG),
        enter(Client(), "没有这个人", WRONG),
        enter(Client(), "另一园区", PASSWORD),
        enter(Client(), "没有登记", PASSWORD),
    ]

    pages = [
        re.sub(r'value="(园区经理|没有这个人|另一园区|没有登记)"', "", text(one))
        for one in answers
    ]
    assert [one.status_code for one in answers] == [422] * 4
    assert len(set(pages)) == 1
    assert "<title>错误：登录" in pages[0]
    assert "用户名或密码不对，或者账户已停用。" in pages[0]
    assert 'role="alert"' in pages[0]
    assert WRONG not in pages[0]


def test_a_login_whose_name_is_no_user_is_not_in(town: Town) -> None:
    from django.contrib.auth.models import User

    User.objects.create_user(username="没有登记", password=PASSWORD)
    client = Client()

    answer = enter(client, "没有登记")

    assert (answer.status_code, who_is(client)) == (422, "")


def test_names_are_taken_as_they_are_written(town: Town) -> None:
    from django.contrib.auth.models import User

    sql(town, "insert into office_user (name, roles) values ('Lee', '{park}')")
    User.objects.create_user(username="Lee", password=PASSWORD)

    assert enter(Client(), "lee").status_code == 422
    assert enter(Client(), " Lee ").status_code == 302


def test_whoever_is_put_out_of_use_loses_his_session_with_the_next_page(
    town: Town, client_of: ClientOf
) -> None:
    client = client_of("园区经理")
    key = client.cookies["sessionid"].value
    assert who_is(client) == "园区经理"

    sql(town, "update office_user set active = false where name = '园区经理'")

    assert who_is(client) == ""
    assert (
        one(town.url, "select count(*) from django_session where session_key = %s", key)
        == 0
    )


# --- sessions ----------------------------------------------------------------------


def test_the_key_of_a_session_is_a_new_one_after_the_login(town: Town) -> None:
    """Whoever has planted a key beforehand has nothing of it."""
    client = Client()
    client.post("/me/account", {"email": "typed@example.cn"})
    planted = client.cookies["sessionid"].value
    assert planted

    enter(client, "园区经理")

    key = client.cookies["sessionid"].value
    assert key != planted
    assert who_is(client) == "园区经理"
    other = Client()
    other.cookies["sessionid"] = planted
    assert who_is(other) == ""


def test_what_was_typed_before_the_session_ended_is_there_after_the_login(
    town: Town,
) -> None:
    client = Client()

    led = client.post("/me/account", {"email": "typed@example.cn", "password": "x"})
    asked = client.get(led.headers["Location"])
    back = enter(client, "园区经理", next="/me/account")
    page = client.get(back.headers["Location"])
    later = client.get("/me/account")

    assert led.headers["Location"] == "/account/login/?next=%2Fme%2Faccount"
    assert "登录后会回到刚才那张表" in text(asked)
    assert back.headers["Location"] == "/me/account"
    assert 'value="typed@example.cn"' in text(page)
    assert "刚才填写的内容还在" in text(page)
    assert "typed@example.cn" not in text(later)


def test_cookies_are_for_this_site_alone_and_not_for_scripts(town: Town) -> None:
    client = Client()

    enter(client, "园区经理")

    cookie = client.cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"], cookie["secure"]) == (
        True, "Lax", "",
    )  # fmt: skip
    # It ends with the browser; on our side after the minutes that are set.
    assert (cookie["max-age"], cookie["expires"]) == ("", "")


def test_behind_https_cookies_are_sent_there_only(town: Town) -> None:
    from ceyuan.web.settings import django_values
    from tests.town import portal_settings

    said = django_values(
        portal_settings(town.folder, town.url, https=True, allowed_hosts=("a.cn",))
    )

    assert (said["SESSION_COOKIE_SECURE"], said["CSRF_COOKIE_SECURE"]) == (True, True)
    assert said["SECURE_HSTS_SECONDS"] > 0


def test_a_session_ends_so_many_minutes_after_the_last_page(
    town: Town, client_of: ClientOf
) -> None:
    """Each page moves the end on; the clock is moved instead of waiting."""
    client = client_of("园区经理")
    key = client.cookies["sessionid"].value
    left = (
        "select extract(epoch from expire_date - now()) / 60 from django_session"
        " where session_key = %s"
    )
    sql(town, "update django_session set expire_date = now() + interval '5 min'")

    assert who_is(client) == "园区经理"
    after = one(town.url, left, key)
    sql(town, "update django_session set expire_date = now() - interval '1 second'")

    assert isinstance(after, (int, float)) or hasattr(after, "__float__")
    assert 58 < float(str(after)) <= 60
    assert who_is(client) == ""


def test_out_is_asked_first_and_then_the_session_is_gone(
    town: Town, client_of: ClientOf
) -> None:
    client = client_of("园区经理")
    key = client.cookies["sessionid"].value

    asked = client.get("/account/logout/")
    still = who_is(client)
    done = client.post("/account/logout/")

    assert (asked.status_code, still, done.status_code) == (200, "园区经理", 302)
    assert who_is(client) == ""
    other = Client()
    other.cookies["sessionid"] = key
    assert who_is(other) == ""


def test_a_page_of_somebody_is_kept_by_nobody(town: Town, client_of: ClientOf) -> None:
    for client, url in ((client_of("园区经理"), "/me/account"), (Client(), LOGIN)):
        said = client.get(url).headers["Cache-Control"]
        assert {"private", "no-store"} <= {part.strip() for part in said.split(",")}


# --- guessing ----------------------------------------------------------------------


def test_five_wrong_passwords_lock_a_name_at_an_address_for_a_quarter_of_an_hour(
    town: Town,
) -> None:
    codes = [enter(Client(), "园区经理", WRONG).status_code for _ in range(5)]
    right = enter(Client(), "园区经理")
    elsewhere = enter(Client(), "园区经理", address="10.1.1.1")
    another = enter(Client(), "另一园区")

    assert codes == [422, 422, 422, 422, 429]
    assert (right.status_code, elsewhere.status_code, another.status_code) == (
        429, 302, 302,
    )  # fmt: skip
    assert "试错次数太多" in text(right)
    # Trying on while it is locked does not lengthen it.
    sql(
        town,
        "update axes_accessattempt set attempt_time = now() - interval '14 minutes'",
    )
    assert enter(Client(), "园区经理").status_code == 429
    sql(
        town,
        "update axes_accessattempt set attempt_time = attempt_time"
        " - interval '1 minute'",
    )
    assert enter(Client(), "园区经理").status_code == 302


def test_a_name_that_nobody_has_is_locked_in_the_same_way(town: Town) -> None:
    known = [enter(Client(), "园区经理", WRONG) for _ in range(6)]
    unknown = [enter(Client(), "没有这个人", WRONG) for _ in range(6)]

    assert [a.status_code for a in known] == [a.status_code for a in unknown]
    for ours, theirs in zip(known, unknown, strict=True):
        assert text(ours).replace("园区经理", "") == text(theirs).replace(
            "没有这个人", ""
        )


def test_who_gets_in_has_his_failures_forgotten(town: Town) -> None:
    for _ in range(3):
        for _ in range(4):
            assert enter(Client(), "园区经理", WRONG).status_code == 422
        assert enter(Client(), "园区经理").status_code == 302


def test_a_forged_address_helps_nobody_round_the_lock(town: Town) -> None:
    codes = [
        Client()
        .post(
            LOGIN,
            {"login": "园区经理", "password": WRONG},
            headers={"X-Forwarded-For": f"10.0.0.{n}"},
        )
        .status_code
        for n in range(6)
    ]

    assert codes == [422, 422, 422, 422, 429, 429]


def test_behind_a_proxy_the_address_is_the_one_that_the_proxy_saw(
    town: Town,
) -> None:
    def at(forwarded: str) -> object:
        return (
            Client()
            .post(
                LOGIN,
                {"login": "园区经理", "password": WRONG},
                headers={"X-Forwarded-For": forwarded},
            )
            .status_code
        )

    with override_settings(ALLAUTH_TRUSTED_PROXY_COUNT=1):
        # What stands before it is what the caller says of himself.
        ours = [at(f"10.9.9.{n}, 192.0.2.7") for n in range(6)]
        theirs = at("10.9.9.1, 192.0.2.8")

    assert (ours, theirs) == ([422, 422, 422, 422, 429, 429], 422)


def test_a_password_is_in_no_log_and_in_no_table(
    town: Town, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    secret = "0-never-to-be-written-0"  # noqa: S105 - that is the question
    caplog.set_level("DEBUG")
    enter(Client(), "园区经理", secret)
    enter(Client(), secret, secret)
    client = Client()
    enter(client, "园区经理")
    client.post(
        "/account/password/",
        {"oldpassword": secret, "password1": secret, "password2": secret},
    )
    client.post("/me/account?password=" + secret, {"password": secret})

    said = caplog.text + "".join(capfd.readouterr())
    found = set()
    with psycopg.connect(town.url) as connection:
        tables = connection.execute(
            "select quote_ident(table_name) from information_schema.tables"
            " where table_schema = 'public'"
        ).fetchall()
        for (table,) in tables:
            row = connection.execute(
                f"select count(*) from {table} t where t::text like %s".encode(),  # noqa: S608
                (f"%{secret}%",),
            ).fetchone()
            assert row is not None
            if row[0]:
                found.add(table)
    assert secret not in said
    # A name is kept as it was typed, so that whose account is tried can be seen.
    assert found == {"axes_accessattempt", "axes_accessfailurelog"}
    assert (
        one(
            town.url,
            "select count(*) from axes_accessattempt where post_data like %s"
            " or get_data like %s",
            f"%{secret}%",
            f"%{secret}%",
        )
        == 0
    )


# --- elsewhere and from elsewhere --------------------------------------------------


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example",
        "/\\evil.example",
        "http:///evil.example",
        "javascript:alert(1)",
        "https:evil.example",
        "\thttps://evil.example",
        "/ok\r\nSet-Cookie: a=b",
    ],
)
def test_nobody_is_led_elsewhere_after_the_login(town: Town, target: str) -> None:
    client = Client()

    asked = client.get(LOGIN, {"next": target})
    answer = enter(client, "园区经理", next=target)

    assert asked.status_code == 200
    # What the login's form keeps is a page of ours; the frame's leads back to this one.
    for value in re.findall(r'name="next" value="([^"]*)"', text(asked)):
        assert re.match(r"/($|[^/\\])", value)
        assert value.startswith(LOGIN) or "evil" not in value
    assert answer.status_code == 302
    to = answer.headers["Location"]
    assert to.startswith("/")
    assert "evil" not in to
    assert "\r" not in to
    assert "\n" not in to
    assert "a" not in {name for name in answer.cookies if name == "a"}


def test_a_page_of_ours_is_returned_to(town: Town) -> None:
    for target in ("/park?q=一", "/en/park"):
        assert enter(Client(), "园区经理", next=target).headers["Location"] in (
            target, "/park?q=%E4%B8%80",
        )  # fmt: skip


@pytest.mark.parametrize(
    "host", ["evil.example", "testserver@evil.example", "evil.example:80", "a b"]
)
def test_a_name_that_is_not_ours_is_not_answered_to(town: Town, host: str) -> None:
    answer = Client().get(LOGIN, headers={"Host": host})

    assert answer.status_code == 400
    assert "evil" not in answer.content.decode()


def test_a_form_from_elsewhere_is_not_taken(town: Town) -> None:
    client = Client(enforce_csrf_checks=True)

    answer = enter(client, "园区经理")

    assert answer.status_code == 403
    assert "这张表已过期" in text(answer)
    assert who_is(client) == ""


def test_a_page_stands_in_no_frame_of_others(town: Town) -> None:
    said = Client().get(LOGIN).headers

    assert said["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in said["Content-Security-Policy"]
    assert "'unsafe-inline'" not in said["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path",
    [
        "signup/",
        "inactive/",
        "password/reset/",
        "password/set/",
        "email/",
        "confirm-email/",
        "confirm-email/key/",
        "login/code/",
        "login/code/confirm/",
        "reauthenticate/code/",
        "2fa/",
        "2fa/webauthn/",
        "3rdparty/",
        "3rdparty/signup/",
        "oidc/oidc/login/",
        "sessions/",
    ],
)
def test_what_is_not_offered_has_no_address(
    town: Town, client_of: ClientOf, path: str
) -> None:
    for client in (client_of("管理员"), Client()):
        assert client.get(f"/account/{path}").status_code == 404
        assert client.post(f"/account/{path}").status_code == 404


# --- the password ------------------------------------------------------------------

NEW = "another long sentence"


def test_a_password_is_changed_and_the_other_sessions_end(town: Town) -> None:
    client, elsewhere = Client(), Client()
    enter(client, "园区经理")
    enter(elsewhere, "园区经理")

    answer = client.post(
        "/account/password/",
        {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW},
    )

    assert (answer.status_code, answer.headers["Location"]) == (302, "/me/account")
    assert "密码已修改" in text(client.get("/me/account"))
    assert who_is(elsewhere) == ""
    assert enter(Client(), "园区经理").status_code == 422
    assert enter(Client(), "园区经理", NEW).status_code == 302
    assert (
        one(
            town.url,
            "select actor || object from audit where verb = 'login.password'",
        )
        == "园区经理园区经理"
    )


@pytest.mark.parametrize(
    ("old", "first", "again", "field"),
    [
        (WRONG, NEW, NEW, "oldpassword"),
        (PASSWORD, "short", "short", "password1"),
        (PASSWORD, "31415926535897", "31415926535897", "password1"),
        (PASSWORD, "password123", "password123", "password1"),
        (PASSWORD, NEW, NEW + "x", "password2"),
        (PASSWORD, "", "", "password1"),
    ],
)
def test_a_password_that_will_not_do_is_told_beside_its_field(
    town: Town, client_of: ClientOf, old: str, first: str, again: str, field: str
) -> None:
    client = client_of("园区经理")

    answer = client.post(
        "/account/password/",
        {"oldpassword": old, "password1": first, "password2": again},
    )

    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in text(answer)
    assert f'href="#id_{field}"' in text(answer)
    assert NEW not in text(answer)
    assert enter(Client(), "园区经理").status_code == 302


# --- from the terminal -------------------------------------------------------------


CEYUAN = "from ceyuan.cli import main; main()"
"""The command `ceyuan`, which lets the portal's program take its place."""


def told(town: Town, *words: str, **said: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", CEYUAN, "login", *words],
        cwd=town.folder,
        env={
            "CEYUAN_DATABASE_URL": town.url,
            "CEYUAN_SECRET_KEY": settings.SECRET_KEY,
            "CEYUAN_ALLOWED_HOSTS": "portal.example.cn,other.example.cn",
            "CEYUAN_HTTPS": "1",
            **said,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_first_administrator_gets_his_link_at_the_terminal(town: Town) -> None:
    sql(town, "delete from auth_user")

    done = told(town, "管理员")
    link = done.stdout.strip()
    path = link.removeprefix("https://portal.example.cn")
    his = Client()
    # A variable is read without the blanks around it.
    with override_settings(SECRET_KEY=settings.SECRET_KEY.strip()):
        set_ = his.post(path, {"password1": NEW, "password2": NEW})

    assert done.returncode == 0, done.stderr
    assert link.startswith("https://portal.example.cn/account/first/")
    assert set_.status_code == 302
    assert enter(his, "管理员", NEW).status_code == 302


def test_at_the_terminal_too_an_administrator_is_named_who_gives_the_link(
    town: Town,
) -> None:
    himself, unknown = (
        told(town, "园区经理"),
        told(town, "没有这个人", "--as", "管理员"),
    )
    named = told(town, "园区经理", "--as", "管理员", "--reason", "来电核对")

    assert [d.returncode for d in (himself, unknown, named)] == [4, 2, 0]
    assert (himself.stdout, unknown.stdout) == ("", "")
    assert named.stdout.startswith("https://portal.example.cn/account/first/")
    assert (
        one(
            town.url,
            "select actor || object || reason from audit where verb = 'login.link'",
        )
        == "管理员园区经理来电核对"
    )


def test_link_from_the_terminal_is_one_json_document_where_it_is_asked_for(
    town: Town,
) -> None:
    done = told(town, "园区经理", "--as", "管理员", "--json")

    said = json.loads(done.stdout)
    link = said.pop("link")
    assert said == {"schema": "ceyuan.login/1", "name": "园区经理"}
    assert link.startswith("https://portal.example.cn/account/first/")


def test_who_is_named_by_the_environment_gives_the_link(town: Town) -> None:
    done = told(town, "园区经理", CEYUAN_USER="管理员")

    assert done.returncode == 0, done.stderr
    given = "select actor from audit where verb = 'login.link'"
    assert one(town.url, given) == "管理员"
