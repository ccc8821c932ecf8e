# SPDX-License-Identifier: Apache-2.0
"""In by a provider: a real one, of another process; and one that misbehaves."""

from __future__ import annotations

import re
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.conf import settings as django
from django.test import Client, override_settings

from ceyuan.office.logins_given import link
from ceyuan.web.opened import memory
from tests.town import one, portal_settings
from tests.web.oidc_provider import CLIENT, PASSWORD, PEOPLE, SECRET
from tests.web.test_login import sql, text, who_is

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.town import Town

    ClientOf = Callable[[str], Client]

BACK = "http://testserver/account/oidc/back/"
START = "/account/oidc/"
TURNED = ("CEYUAN", "CONTENT_SECURITY_POLICY", "SOCIALACCOUNT_PROVIDERS")


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider that is running.

    Args:
        folder: What it keeps, and where it is told to misbehave.
        port: Where it listens.
    """

    folder: Path
    port: int

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}/o"

    def misbehave(self, mode: str) -> None:
        (self.folder / "mode").write_text(mode, "ascii")

    def sub(self, name: str) -> str:
        """Return who a user of it is: what it says as `sub`."""
        with closing(sqlite3.connect(self.folder / "provider.sqlite3")) as conn:
            row = conn.execute(
                "select id from auth_user where username = ?", (name,)
            ).fetchone()
        return str(row[0])

    def allow(self, callback: str) -> None:
        """Let the portal be called back at an address."""
        with closing(sqlite3.connect(self.folder / "provider.sqlite3")) as conn:
            conn.execute(
                "update oauth2_provider_application set redirect_uris = ?", (callback,)
            )
            conn.commit()


def free_port() -> int:
    with closing(socket.socket()) as one_socket:
        one_socket.bind(("127.0.0.1", 0))
        return int(one_socket.getsockname()[1])


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """Run a provider for the tests of this file."""
    made = Provider(tmp_path_factory.mktemp("provider"), free_port())
    program = Path(__file__).with_name("oidc_provider.py")
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, str(program), str(made.folder), str(made.port), BACK],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield made
        finally:
            process.terminate()
            process.wait(10)


@pytest.fixture
def provider(
    running: Provider, town: Town, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Provider]:
    """Let the portal's users log in by the provider, which behaves."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    running.misbehave("")
    running.allow(BACK)
    with turned(town, oidc_issuer=running.issuer):
        yield running


def turned(town: Town, **said: Any) -> Any:
    """Return the portal's settings turned so that a provider is known."""
    from ceyuan.web.settings import django_values

    words = {
        "oidc_client": CLIENT,
        "oidc_secret": SECRET,
        "oidc_name": "市民云",
        **said,
    }
    values = django_values(portal_settings(town.folder, town.url, **words))
    return override_settings(**{name: values[name] for name in TURNED})


def begin(client: Client, next_: str = "", at: str = START) -> str:
    """Ask to log in by the provider; return where it leads."""
    answer = client.post(at, {"next": next_})
    assert answer.status_code == 302, text(answer)
    return str(answer.headers["Location"])


def at_provider(login: str, address: str, *, allow: bool = True) -> str:
    """Log in there and consent; return the address that it calls back."""
    with requests.Session() as session:
        session.trust_env = False
        page = session.get(address)
        said = {**hidden(page.text), "username": login, "password": PASSWORD}
        page = session.post(page.url, data=said, headers={"Referer": page.url})
        assert "Authorize" in page.text, page.text[:500]
        said = hidden(page.text)
        if allow:
            said["allow"] = "Authorize"
        back = session.post(
            page.url, data=said, headers={"Referer": page.url}, allow_redirects=False
        )
    assert back.status_code == 302
    return str(back.headers["Location"])


def hidden(page: str) -> dict[str, str]:
    from html import unescape

    found = {}
    for tag in re.findall(r'<input[^>]*type="hidden"[^>]*>', page):
        name = re.search(r'name="([^"]*)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name:
            found[name.group(1)] = unescape(value.group(1)) if value else ""
    return found


def back(client: Client, address: str) -> Any:
    """Come back to the portal."""
    split = urlsplit(address)
    return client.get(f"{split.path}?{split.query}")


def enter(client: Client, login: str, next_: str = "") -> Any:
    return back(client, at_provider(login, begin(client, next_)))


def linked(town: Town) -> dict[str, str]:
    """Return who is linked to whom: user, then `sub`."""
    import psycopg

    with psycopg.connect(town.url) as connection:
        return dict(
            connection.execute(
                "select a.username, s.uid from socialaccount_socialaccount s"
                " join auth_user a on a.id = s.user_id"
            ).fetchall()
        )


def test_a_user_comes_in_by_the_provider_and_goes_on_where_he_was(
    town: Town, provider: Provider
) -> None:
    client = Client()

    answer = enter(client, "zhang", "/park?q=1")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/park?q=1")
    assert who_is(client) == "园区经理"
    assert linked(town) == {"园区经理": provider.sub("zhang")}
    # The second time he is known by who he is there.
    sql(town, "update auth_user set last_login = null")
    again = Client()
    enter(again, "zhang")
    assert who_is(again) == "园区经理"
    assert (
        one(
            town.url,
            "select actor || ' ' || object || ' ' || reason from audit"
            " where verb = 'login.provider'",
        )
        == "园区经理 园区经理 首次统一身份登录"
    )


def test_the_portal_asks_for_a_code_with_a_proof_a_state_and_a_nonce(
    provider: Provider,
) -> None:
    client, other = Client(), Client()
    asked, others = (parse_qs(urlsplit(begin(each)).query) for each in (client, other))

    assert {name: asked[name] for name in (
        "response_type", "client_id", "redirect_uri", "code_challenge_method",
    )} == {
        "response_type": ["code"], "client_id": [CLIENT], "redirect_uri": [BACK],
        "code_challenge_method": ["S256"],
    }  # fmt: skip
    assert set(asked["scope"][0].split()) == {"openid", "profile", "email"}
    for name in ("state", "nonce", "code_challenge"):
        assert len(asked[name][0]) >= 16
        assert asked[name] != others[name]
    assert SECRET not in str(asked)


def test_in_english_the_same_address_is_called_back_and_english_goes_on(
    provider: Provider,
) -> None:
    client = Client()

    page = text(client.get("/en/account/login/"))
    address = begin(client, "/en/park", "/en/account/oidc/")
    answer = back(client, at_provider("zhang", address))
    stranger = back(Client(), at_provider("wang", begin(client, "/en/", START)))
    refused = back(client, at_provider("wang", begin(client, "/en/", START)))

    assert "Sign in with 市民云" in page
    assert parse_qs(urlsplit(address).query)["redirect_uri"] == [BACK]
    assert answer.headers["Location"] == "/en/park"
    assert "There is no account for you here" in text(refused)
    assert stranger.status_code == 401  # in a browser that did not ask


@pytest.mark.parametrize("login", ["wang", "zhao"])
def test_whom_the_office_does_not_know_is_told_whom_to_ask(
    town: Town, provider: Provider, login: str
) -> None:
    before = one(town.url, "select count(*) from auth_user")
    client = Client()

    answer = enter(client, login)

    assert answer.status_code == 403
    assert "这里没有你的账户" in text(answer)
    assert "管理员" in text(answer)
    assert who_is(client) == ""
    assert one(town.url, "select count(*) from auth_user") == before
    assert linked(town) == {}


def test_who_is_no_longer_a_user_is_a_stranger_also_where_he_is_linked(
    town: Town, provider: Provider
) -> None:
    enter(Client(), "zhang")
    sql(town, "update office_user set active = false where name = '园区经理'")
    client = Client()

    answer = enter(client, "zhang")

    assert (answer.status_code, who_is(client)) == (403, "")


def test_another_one_with_the_same_name_there_is_a_stranger_until_he_is_linked(
    town: Town, provider: Provider
) -> None:
    """A name can be given anew at the provider; who somebody is cannot."""
    enter(Client(), "zhang")
    client = Client()

    answer = enter(client, "li")

    assert (answer.status_code, who_is(client)) == (403, "")
    assert linked(town) == {"园区经理": provider.sub("zhang")}
    link(
        memory("管理员"), "园区经理", provider.sub("li"), unusable="!", reason="换了人"
    )
    enter(client, "li")
    former = Client()
    assert (who_is(client), enter(former, "zhang").status_code) == ("园区经理", 403)


def test_an_administrator_links_somebody_whose_name_there_is_another(
    town: Town, provider: Provider
) -> None:
    link(memory("管理员"), "分析员", provider.sub("zhao"), unusable="!", reason="来函")
    client = Client()

    enter(client, "zhao")

    assert who_is(client) == "分析员"
    with pytest.raises(Exception, match="linked to another user"):
        link(memory("管理员"), "企业甲", provider.sub("zhao"), unusable="!", reason="x")


def test_the_claim_that_holds_the_name_can_be_another(
    town: Town, provider: Provider
) -> None:
    sql(
        town,
        "insert into office_user (name, roles) values ('zhang@example.cn', '{park}')",
    )
    client = Client()

    with override_settings(CEYUAN=replace(django.CEYUAN, oidc_claim="email")):
        enter(client, "zhang")

    assert who_is(client) == "zhang@example.cn"


def test_roles_never_come_out_of_a_token(town: Town, provider: Provider) -> None:
    assert PEOPLE["chen"]["roles"] == ["admin"]
    client = Client()

    enter(client, "chen")

    assert who_is(client) == "财务丙"
    assert client.get("/admin").status_code == 403
    assert one(
        town.url, "select roles::text from office_user where name = '财务丙'"
    ) == ("{finance}")


def test_nothing_that_the_provider_tells_is_kept_but_who_it_is(
    town: Town, provider: Provider
) -> None:
    sql(town, "delete from auth_user where username = '园区经理'")

    enter(Client(), "zhang")

    assert (
        one(town.url, "select extra_data::text from socialaccount_socialaccount")
        == "{}"
    )
    assert one(town.url, "select count(*) from socialaccount_socialtoken") == 0
    assert (
        one(
            town.url,
            "select left(password, 1) || email || is_superuser || is_staff from auth_user"
            " where username = '园区经理'",
        )
        == "!falsefalse"
    )


@pytest.mark.parametrize(
    "mode", ["signature", "nonce", "audience", "issuer", "expired", "subject"]
)
def test_a_token_that_does_not_hold_lets_nobody_in(
    town: Town, provider: Provider, caplog: pytest.LogCaptureFixture, mode: str
) -> None:
    client = Client()
    provider.misbehave(mode)

    answer = enter(client, "zhang")

    told = {
        "signature": "Signature verification failed",
        "nonce": "the nonce is another one",
        "audience": "Audience doesn't match",
        "issuer": "Invalid issuer",
        "expired": "Signature has expired",
        "subject": "of another one",
    }[mode]
    assert (answer.status_code, who_is(client)) == (401, "")
    assert "统一身份登录没有成功" in text(answer)
    # Why, the log knows and the page does not.
    assert told in caplog.text
    assert told not in text(answer)
    assert linked(town) == {}


def test_an_answer_to_another_session_or_given_twice_is_refused(
    town: Town, provider: Provider
) -> None:
    client, thief = Client(), Client()
    address = at_provider("zhang", begin(client))
    query = parse_qs(urlsplit(address).query)

    planted = back(thief, address)
    changed = back(client, address.replace(query["state"][0], "x" * 16))
    without = back(client, f"{BACK}?code={query['code'][0]}")
    right = back(client, address)
    again = back(client, address)

    assert [a.status_code for a in (planted, changed, without, right, again)] == [
        401, 401, 401, 302, 401,
    ]  # fmt: skip
    assert (who_is(thief), who_is(client)) == ("", "园区经理")


def test_a_code_that_was_stolen_is_worth_nothing_in_another_session(
    town: Town, provider: Provider
) -> None:
    """The proof key stays in the session that asked."""
    victim, thief = Client(), Client()
    stolen = parse_qs(urlsplit(at_provider("zhang", begin(victim))).query)["code"][0]
    own = parse_qs(urlsplit(begin(thief)).query)["state"][0]

    answer = back(thief, f"{BACK}?code={stolen}&state={own}")

    assert (answer.status_code, who_is(thief)) == (401, "")


def test_who_changes_his_mind_there_is_told_so(provider: Provider) -> None:
    client = Client()

    answer = back(client, at_provider("zhang", begin(client), allow=False))

    assert (answer.status_code, who_is(client)) == (401, "")
    assert "你取消了登录" in text(answer)


def test_when_the_provider_is_away_the_other_way_in_is_open(
    town: Town, provider: Provider
) -> None:
    from tests.web.test_login import enter as by_password

    with turned(town, oidc_issuer=f"http://127.0.0.1:{free_port()}/o"):
        answer = Client().post(START)
        page = Client().get("/account/login/")
        other = by_password(Client(), "园区经理")

    assert answer.status_code == 401
    assert "统一身份登录没有成功" in text(answer)
    assert (page.status_code, other.status_code) == (200, 302)


def test_a_provider_that_calls_itself_otherwise_is_not_ours(
    town: Town, provider: Provider
) -> None:
    with turned(town, oidc_issuer=provider.issuer.replace("127.0.0.1", "localhost")):
        answer = Client().post(START)

    assert answer.status_code == 401


def test_without_a_provider_there_is_neither_button_nor_address(town: Town) -> None:
    page = text(Client().get("/account/login/"))

    assert START not in page
    assert Client().post(START).status_code == 404
    assert Client().get("/account/oidc/back/?code=1&state=2").status_code == 404


def test_the_login_begins_with_a_press_of_a_button_only(provider: Provider) -> None:
    assert Client().get(START).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(START).status_code == 403


def test_nobody_links_himself_to_a_user(
    town: Town, provider: Provider, client_of: ClientOf
) -> None:
    """What the address asks besides is not heard: neither `connect` nor more scopes."""
    client = client_of("企业甲")
    address = client.post(
        f"{START}?process=connect&scope=admin&auth_params=prompt%3Dnone", {}
    ).headers["Location"]

    back(client, at_provider("zhang", address))

    assert set(parse_qs(urlsplit(address).query)["scope"][0].split()) == {
        "openid", "profile", "email",
    }  # fmt: skip
    assert "prompt" not in parse_qs(urlsplit(address).query)
    assert linked(town) == {"园区经理": provider.sub("zhang")}
    assert who_is(client) == "园区经理"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/"])
def test_nobody_is_led_elsewhere_by_way_of_the_provider(
    provider: Provider, target: str
) -> None:
    assert enter(Client(), "zhang", target).headers["Location"] == "/"


def test_a_second_factor_is_asked_here_unless_the_provider_has_asked_for_it(
    town: Town, provider: Provider
) -> None:
    with override_settings(CEYUAN=replace(django.CEYUAN, second_factor="required")):
        client, other = Client(), Client()
        enter(client, "chen")
        provider.misbehave("mfa")
        enter(other, "chen")

        led, there = client.get("/me/account"), other.get("/me/account")
        # What it asked of one is no factor of another in the same browser.
        other.post("/account/logout/")
        from tests.web.test_login import enter as by_password

        by_password(other, "财务丙")
        later = other.get("/me/account")

    assert (led.status_code, there.status_code, later.status_code) == (302, 200, 302)
    assert led.headers["Location"].startswith("/account/factor/on/")


def test_who_has_no_password_here_shows_again_who_he_is_by_logging_in_anew(
    town: Town, provider: Provider
) -> None:
    sql(town, "update auth_user set password = '!none' where username = '园区经理'")
    client = Client()
    enter(client, "zhang")
    session = client.session
    records = session["account_authentication_methods"]
    session["account_authentication_methods"] = [
        {**one_record, "at": time.time() - 301} for one_record in records
    ]
    session.save()

    led = client.get("/account/factor/on/")
    asked = client.get(led.headers["Location"])
    done = client.post(led.headers["Location"])

    assert led.headers["Location"] == "/account/again/?next=%2Faccount%2Ffactor%2Fon%2F"
    assert "请退出后重新登录" in text(asked)
    assert done.headers["Location"] == "/account/login/?next=/account/factor/on/"
    assert who_is(client) == ""
    assert client.get("/account/password/").status_code == 302


def test_in_a_browser_one_presses_the_button_logs_in_there_and_is_back(
    town: Town, live: str, browser: Any, provider: Provider
) -> None:
    """The page's own policy lets the form lead to the provider and nowhere else."""
    provider.allow(f"{live}/account/oidc/back/")
    context = browser.new_context()
    try:
        page = context.new_page()
        errors: list[str] = []
        page.on("console", lambda said: errors.append(said.text))
        page.goto(f"{live}/account/login/?next=/me/account")
        page.get_by_role("button", name="用“市民云”登录").click()
        page.fill("#username", "zhang")
        page.fill("#password", PASSWORD)
        page.click("button")
        page.get_by_role("button", name="Authorize").click()
        page.wait_for_url(f"{live}/me/account")

        assert page.locator("summary", has_text="园区经理").count() == 1
        assert [one_ for one_ in errors if "Content Security Policy" in one_] == []
    finally:
        context.close()
