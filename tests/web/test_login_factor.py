# SPDX-License-Identifier: Apache-2.0
"""The second factor: set up, asked for, lost; and for whom it is no choice."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as django
from django.test import Client, override_settings

from tests.town import PASSWORD, one

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.town import Town

    ClientOf = Callable[[str], Client]

ON = "/account/factor/on/"
OFFICERS = ["管理员", "经办人甲", "复核人乙", "财务丙", "审计员"]
OTHERS = ["园区经理", "分析员", "企业甲"]


def code_of(secret: str, *, later: int = 0) -> str:
    """Return the code of a secret by RFC 6238, worked apart from the portal's own."""
    counter = int(time.time()) // 30 + later
    key = base64.b32decode(secret)
    digest = hmac.digest(key, struct.pack(">Q", counter), hashlib.sha1)
    start = digest[-1] & 15
    (value,) = struct.unpack(">I", digest[start : start + 4])
    return f"{(value & 0x7FFFFFFF) % 10**6:06d}"


def wrong_of(secret: str) -> str:
    """Return a code that is wrong at any moment of the test."""
    right = {code_of(secret, later=n) for n in range(-3, 4)}
    return next(c for c in (f"{n:06d}" for n in range(9)) if c not in right)


def enter(client: Client, name: str) -> Any:
    return client.post("/account/login/", {"login": name, "password": PASSWORD})


def secret_on(page: Any) -> str:
    """Return the secret that a page lets one type."""
    found = re.search(r'<p class="code">(.*?)</p>', page.content.decode(), re.DOTALL)
    assert found is not None
    return re.sub(r"<[^>]*>", "", found.group(1))


def set_up(client: Client) -> str:
    """Set a factor up; return its secret."""
    secret = secret_on(client.get(ON))
    answer = client.post(ON, {"code": code_of(secret)})
    assert (answer.status_code, answer.headers["Location"]) == (
        302, "/account/codes/",
    )  # fmt: skip
    return secret


def codes_on(page: Any) -> list[str]:
    found = re.findall(r"<li><code>(\d{4}) (\d{4})</code></li>", page.content.decode())
    return ["".join(parts) for parts in found]


@pytest.fixture
def required(town: Town) -> Iterator[None]:
    """Let the portal ask for a factor where roles do."""
    with override_settings(CEYUAN=replace(django.CEYUAN, second_factor="required")):
        yield


def status(client: Client) -> object:
    return client.get("/me/account").status_code


def test_a_factor_is_set_up_with_a_code_and_gives_ten_recovery_codes(
    town: Town,
) -> None:
    client = Client()
    enter(client, "园区经理")

    page = client.get(ON)
    secret = secret_on(page)
    wrong = client.post(ON, {"code": wrong_of(secret)})
    right = client.post(ON, {"code": code_of(secret)})
    codes = client.get(right.headers["Location"])

    assert 'src="data:image/svg+xml;base64,' in page.content.decode()
    assert wrong.status_code == 422
    assert 'id="id_code_error"' in wrong.content.decode()
    # What was scanned before the mistake is still good after it.
    assert secret_on(wrong) == secret
    assert (right.status_code, len(set(codes_on(codes)))) == (302, 10)
    assert "第二因素已开启" in codes.content.decode()
    assert one(town.url, "select string_agg(verb || object, ',') from audit"
               " where verb like 'login.%%'") == "login.factor园区经理"  # fmt: skip


def test_the_login_then_asks_for_a_code_and_takes_each_once(town: Town) -> None:
    first = Client()
    enter(first, "园区经理")
    secret = set_up(first)
    client, other = Client(), Client()

    led = enter(client, "园区经理")
    not_yet = status(client)
    wrong = client.post("/account/code/", {"code": wrong_of(secret)})
    right = client.post("/account/code/", {"code": code_of(secret)})
    enter(other, "园区经理")
    replayed = other.post("/account/code/", {"code": code_of(secret)})

    assert (led.status_code, led.headers["Location"]) == (302, "/account/code/")
    assert not_yet == 302
    assert wrong.status_code == 422
    assert (right.status_code, right.headers["Location"]) == (302, "/")
    assert (status(client), replayed.status_code, status(other)) == (200, 422, 302)


def test_a_recovery_code_lets_in_once(town: Town) -> None:
    first = Client()
    enter(first, "园区经理")
    set_up(first)
    code = codes_on(first.get("/account/codes/"))[3]
    client, other = Client(), Client()
    enter(client, "园区经理")
    enter(other, "园区经理")

    once = client.post("/account/code/", {"code": f"{code[:4]} {code[4:]}"})
    again = other.post("/account/code/", {"code": code})

    assert (once.status_code, again.status_code) == (302, 422)
    assert code not in codes_on(first.get("/account/codes/"))
    assert (
        "还有 9 个没有用过，共 10 个" in first.get("/account/codes/").content.decode()
    )


def test_five_wrong_codes_are_the_last_for_a_while(town: Town) -> None:
    first = Client()
    enter(first, "园区经理")
    secret = set_up(first)
    client = Client()
    enter(client, "园区经理")

    for _ in range(5):
        answer = client.post("/account/code/", {"code": wrong_of(secret)})
        assert "验证码不对" in answer.content.decode()
    answer = client.post("/account/code/", {"code": code_of(secret)})

    assert answer.status_code == 422
    assert "请 15 分钟后再试" in answer.content.decode()
    assert status(client) == 302


def test_without_the_password_there_is_no_code_to_enter(town: Town) -> None:
    answer = Client().post("/account/code/", {"code": "123456"})

    assert (answer.status_code, answer.headers["Location"]) == (
        302, "/account/login/",
    )  # fmt: skip


def test_a_secret_lies_sealed_in_the_table(town: Town) -> None:
    client = Client()
    enter(client, "园区经理")
    secret = set_up(client)
    codes = codes_on(client.get("/account/codes/"))

    kept = str(
        one(town.url, "select string_agg(data::text, ' ') from mfa_authenticator")
    )

    assert secret not in kept
    assert [code for code in codes if code in kept] == []
    with override_settings(SECRET_KEY="another portal's secret " * 3):
        # Restored without the secret it was sealed with: no code is right, none of
        # an empty secret either, and nothing breaks.
        other = Client()
        enter(other, "园区经理")
        for code in (code_of(secret), codes[0], code_of("")):
            assert other.post("/account/code/", {"code": code}).status_code == 422


@pytest.mark.parametrize("name", OFFICERS)
@pytest.mark.usefixtures("required")
def test_who_decides_pays_or_sees_all_is_led_to_set_it_up_and_to_nothing_else(
    name: str,
) -> None:
    client = Client()
    enter(client, name)

    led = client.get("/erasures?x=1")
    posted = client.post("/erasures", {"number": "1", "reason": "x"})
    part = client.get("/me/account", headers={"HX-Request": "true"})

    assert (led.status_code, led.headers["Location"]) == (
        302, "/account/factor/on/?next=%2Ferasures%3Fx%3D1",
    )  # fmt: skip
    assert (posted.status_code, posted.headers["Location"]) == (
        302, "/account/factor/on/?next=%2F",
    )  # fmt: skip
    assert (part.status_code, part.headers["HX-Redirect"]) == (
        204, "/account/factor/on/?next=%2Fme%2Faccount",
    )  # fmt: skip
    # What is not his to see before stays open: about, large text, the way out.
    assert client.get("/about").status_code == 200
    assert client.post("/large", {"next": "/"}).status_code == 302
    set_up(client)
    assert status(client) == 200


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.usefixtures("required")
def test_others_may_have_it_and_need_not(name: str) -> None:
    client = Client()
    enter(client, name)

    assert status(client) == 200
    set_up(client)
    off = client.post("/account/factor/off/")
    assert (off.status_code, status(client)) == (302, 200)
    assert enter(Client(), name).headers["Location"] == "/"


@pytest.mark.usefixtures("required")
def test_who_needs_it_cannot_turn_it_off(town: Town) -> None:
    client = Client()
    enter(client, "财务丙")
    set_up(client)

    answer = client.post("/account/factor/off/")

    assert answer.status_code == 422
    assert "你的角色必须有第二因素" in answer.content.decode()
    assert (
        one(town.url, "select count(*) from mfa_authenticator where type = 'totp'") == 1
    )


@pytest.mark.usefixtures("required")
def test_a_role_that_is_given_later_asks_for_it_with_the_next_page(
    town: Town, client_of: ClientOf
) -> None:
    client = client_of("园区经理")
    assert status(client) == 200

    from tests.web.test_login import sql

    sql(town, "update office_user set roles = '{finance}' where name = '园区经理'")

    assert status(client) == 302


@pytest.mark.usefixtures("required")
def test_accounts_of_a_demonstration_go_without_it_but_not_in_earnest(
    town: Town,
) -> None:
    from ceyuan.web.demo import PASSWORD as SHOWN
    from ceyuan.web.demo import give_logins

    give_logins(None, ["财务丙"])
    client = Client()
    client.post("/account/login/", {"login": "财务丙", "password": SHOWN})

    assert status(client) == 200
    with override_settings(CEYUAN=replace(django.CEYUAN, production=True)):
        assert status(client) == 302


def test_right_after_the_login_it_is_not_asked_again_who_it_is_later_it_is(
    town: Town, client_of: ClientOf
) -> None:
    fresh, old = Client(), client_of("园区经理")
    enter(fresh, "园区经理")

    assert fresh.get(ON).status_code == 200
    led = old.get(ON)
    assert (led.status_code, led.headers["Location"].partition("?")[0]) == (
        302, "/account/reauthenticate/",
    )  # fmt: skip
    wrong = old.post(led.headers["Location"], {"password": "x"})
    right = old.post(led.headers["Location"], {"password": PASSWORD})
    assert (wrong.status_code, right.status_code, right.headers["Location"]) == (
        422, 302, ON,
    )  # fmt: skip
    assert old.get(ON).status_code == 200


def test_new_recovery_codes_make_the_old_ones_void(town: Town) -> None:
    client = Client()
    enter(client, "园区经理")
    set_up(client)
    old = codes_on(client.get("/account/codes/"))

    client.post("/account/codes/new/")
    new = codes_on(client.get("/account/codes/"))
    file = client.get("/account/codes/file/")

    assert set(old).isdisjoint(new)
    assert file.headers["Content-Type"].startswith("text/plain")
    assert file.content.decode().split()[1:] == new
    other = Client()
    enter(other, "园区经理")
    assert other.post("/account/code/", {"code": old[0]}).status_code == 422


def test_every_page_of_it_speaks_english_too(town: Town) -> None:
    client = Client()
    enter(client, "园区经理")
    for url, said in (
        ("/en/account/factor/on/", "Set up a second factor"),
        ("/en/account/password/", "Change password"),
        ("/en/account/logout/", "Sign out"),
        ("/en/account/reauthenticate/", "Please confirm it is you"),
    ):
        page = client.get(url).content.decode()
        assert f"<h1>{said}</h1>" in page, url
        assert not re.search(r"[\u4e00-\u9fff]", re.sub(
            r'<a[^>]*hreflang="zh-CN".*?</a>|园区经理|样例园区', "", page
        )), url  # fmt: skip
