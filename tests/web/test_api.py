# SPDX-License-Identifier: Apache-2.0
"""The interface for programs: its description, who comes in, how much, in what tongue."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from django.test import Client

from ceyuan.office.delegations import give
from ceyuan.office.roles import load_roles
from ceyuan.office.users import set_user
from ceyuan.web import serving
from ceyuan.web.opened import memory
from ceyuan.web.showing import today
from tests.town import one, portal_settings
from tests.web.api_door import ROOT, Door, door, read, scopes_of

if TYPE_CHECKING:
    from tests.town import Town
    from tests.web.conftest import ClientOf

PROBLEM = ["type", "title", "status", "detail", "hint", "problems", "report"]
LEFT = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")


def problem(answer: Any, status: int) -> dict[str, Any]:
    """Return the details of a problem; they are whole."""
    assert status == answer.status_code, answer.content.decode()[:400]
    assert "application/problem+json" == answer.headers["Content-Type"]
    said: dict[str, Any] = json.loads(answer.content)
    assert PROBLEM == list(said)
    assert status == said["status"]
    assert said["type"].startswith("/api#")
    return said


# --- the description -----------------------------------------------------------------


def described() -> dict[str, Any]:
    answer = Client().get(f"{ROOT}/openapi.json")
    assert 200 == answer.status_code
    found: dict[str, Any] = json.loads(answer.content)
    return found


def test_the_description_is_there_for_everybody(town: Town) -> None:
    said = described()

    assert said["openapi"].startswith("3.1")
    assert all(path.startswith(f"{ROOT}/") for path in said["paths"])
    found = [one for methods in said["paths"].values() for one in methods.values()]
    assert 75 == len(found) == len({one["operationId"] for one in found})
    declared = load_roles("shanghai")
    for one_ in found:
        type_, _, action = one_["x-scope"].partition(".")
        assert type_ in declared.types
        assert action in declared.actions
        assert one_["summary"]
        assert one_["x-summary-zh"]
        assert {"429", "500"} <= set(one_["responses"])


def test_what_everybody_may_ask_says_so(town: Town) -> None:
    from ceyuan.web.api.operations import OPERATIONS

    said = described()
    everybody = {
        one["operationId"]
        for methods in said["paths"].values()
        for one in methods.values()
        if {} in one["security"]
    }

    assert everybody == {
        "headline", "public_firms", "receipt_verify", "receipt_of", "policies",
        "policy", "policy_parameters", "policy_versions", "policy_redline",
        "policy_life", "policy_comments",
    }  # fmt: skip
    assert everybody < set(OPERATIONS)


def test_no_two_shapes_share_a_name(town: Town) -> None:
    """The description knows a shape by the name of its class; a second would hide one."""
    from ceyuan.web.api.shapes import Loose, Shape

    def below(kind: type) -> list[type]:
        found: list[type] = []
        beneath: list[type] = kind.__subclasses__()
        for one_ in beneath:
            found += [one_, *below(one_)]
        return found

    names = [kind.__name__ for top in (Shape, Loose) for kind in below(top)]
    assert sorted(set(names)) == sorted(names)


# --- who comes in --------------------------------------------------------------------


def test_without_a_token_one_is_anybody(town: Town) -> None:
    assert "tech_sme_2017" == Door().told("policies/tech_sme_2017")["id"]
    said = problem(Door().get("runs"), 401)

    assert said["type"] == "/api#unknown_caller"
    assert said["detail"] == "要有范围含 `run.list` 的令牌"
    assert Door().get("runs").headers["WWW-Authenticate"] == 'Bearer realm="ceyuan"'


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer nonsense",
        "Bearer cy_" + "a" * 43,
        "Basic dXNlcjpwYXNz",
        "bearer cy_" + "é" * 43,
        "",
        "Bearer " + "cy_" * 400,
    ],
)
def test_a_token_that_opens_nothing_is_refused_everywhere(
    town: Town, header: str
) -> None:
    """Even where nobody is asked for one: it would be taken for less than it means."""
    for path in ("runs", "policies"):
        answer = Client().get(f"{ROOT}/{path}", headers={"Authorization": header})
        said = problem(answer, 401)
        assert said["type"] == "/api#unknown_caller"
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
        assert "cy_" not in answer.content.decode()


def test_a_token_is_refused_once_it_is_over_or_its_user_is(town: Town) -> None:
    officer = door("经办人甲")
    assert 200 == officer.get("runs").status_code

    def at(change: str) -> None:
        with psycopg.connect(town.url) as conn:
            conn.execute(change.encode())

    at("update api_token set expires_at = now()")
    problem(officer.get("runs"), 401)
    at("update api_token set expires_at = now() + interval '1 day', revoked_at = now()")
    problem(officer.get("runs"), 401)
    at("update api_token set revoked_at = null")
    assert 200 == officer.get("runs").status_code
    set_user(memory("管理员"), "经办人甲", ["officer"], active=False, reason="test")
    problem(officer.get("runs"), 401)


def test_a_token_allows_what_it_names_and_nothing_else(town: Town) -> None:
    narrow = door("经办人甲", ["run.list"])

    assert 200 == narrow.get("runs").status_code
    said = problem(narrow.get("entitlements"), 403)
    assert said["detail"] == "令牌的范围不含 `entitlement.list`"
    answer = narrow.get("entitlements")
    assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]
    # What his role does not allow, no token does, and the answer says which it is.
    said = problem(door("财务丙").get("runs"), 403)
    assert said["detail"] == "没有办这件事的权限：`run.list`"


def test_a_token_loses_what_its_user_loses(town: Town) -> None:
    officer = door("经办人甲", ["run.list", "firm.search"])
    set_user(memory("管理员"), "经办人甲", ["finance"], reason="moved")

    said = problem(officer.get("runs"), 403)
    assert said["type"] == "/api#not_allowed"


def test_a_session_reads_and_does_not_write(town: Town, client_of: ClientOf) -> None:
    client = client_of("经办人甲")
    run = one(town.url, "select max(id) from run")

    assert read(client.get(f"{ROOT}/runs/{run}")) == door("经办人甲").told(
        f"runs/{run}"
    )
    assert read(client.get(f"{ROOT}/me"))["scopes"] is None
    path = f"{ROOT}/firms/{town.firm}/claims"
    answer = client.post(path, {}, content_type="application/json")
    problem(answer, 401)
    assert 0 == one(town.url, "select count(*) from claim")


def test_a_token_counts_before_a_session(town: Town, client_of: ClientOf) -> None:
    client = client_of("经办人甲")
    headers = door("审计员", ["user.see", "audit.list"]).headers

    said = read(client.get(f"{ROOT}/me", headers=headers))
    assert (said["name"], said["scopes"]) == ("审计员", ["audit.list", "user.see"])
    wrong = {"Authorization": "Bearer nonsense"}
    problem(client.get(f"{ROOT}/me", headers=wrong), 401)


def test_who_acts_for_a_firm_does_so_by_session_alone(
    town: Town, client_of: ClientOf
) -> None:
    give(
        memory("企业丙"), town.other, "企业乙", on=today(),
        until=today() + timedelta(days=9), reason="test",
    )  # fmt: skip
    client = client_of("企业乙")
    assert 302 == client.post("/behalf/start", {"organisation": town.other}).status_code

    assert 200 == client.get(f"{ROOT}/firms/{town.other}").status_code
    assert 404 == client.get(f"{ROOT}/firms/{town.paid}").status_code
    token = door("企业乙")
    answer = client.get(f"{ROOT}/firms/{town.other}", headers=token.headers)
    assert 404 == answer.status_code
    answer = client.get(f"{ROOT}/firms/{town.paid}", headers=token.headers)
    assert 200 == answer.status_code


def test_nobody_finds_a_token_in_a_log(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    officer = door("经办人甲")
    with caplog.at_level(0):
        officer.get("runs")
        officer.get("entitlements/none")
        officer.post("requests", {"kind": 1})

    assert officer.secret not in caplog.text
    assert officer.secret not in repr(officer)
    tables = ("audit", "portal_cache", "api_token", "job")
    with psycopg.connect(town.url) as conn:
        kept = [
            str(conn.execute(f"select t::text from {name} t".encode()).fetchall())  # noqa: S608 - names of our tables
            for name in tables
        ]
    assert not [text for text in kept if officer.secret in text]


# --- how much ------------------------------------------------------------------------


def limits(town: Town, **said: int) -> None:
    serving.configure(portal_settings(town.folder, town.url, **said))


def test_every_answer_says_how_many_calls_are_left(town: Town) -> None:
    limits(town, api_reads=3, api_heavy=2)
    officer = door("经办人甲")
    runs = [officer.get("runs") for _ in range(4)]

    assert [200, 200, 200, 429] == [answer.status_code for answer in runs]
    assert ["3"] * 4 == [answer.headers[LEFT[0]] for answer in runs]
    assert ["2", "1", "0", "0"] == [answer.headers[LEFT[1]] for answer in runs]
    assert all(0 < int(answer.headers[LEFT[2]]) <= 60 for answer in runs)
    said = problem(runs[-1], 429)
    assert said["detail"] == "一分钟至多 3 次"
    assert runs[-1].headers["Retry-After"] == runs[-1].headers[LEFT[2]]
    # What is worked out is counted apart.
    verified = [officer.post("receipts/verify", {}) for _ in range(3)]
    assert [200, 200, 429] == [answer.status_code for answer in verified]


def test_each_token_each_user_each_address_has_its_own_count(
    town: Town, client_of: ClientOf
) -> None:
    limits(town, api_reads=1, api_heavy=1)
    first, second = door("经办人甲"), door("经办人甲")
    session, anybody = client_of("经办人甲"), Door()
    asked = (
        lambda: first.get("runs"),
        lambda: second.get("runs"),
        lambda: session.get(f"{ROOT}/runs"),
        lambda: anybody.get("policies"),
        lambda: Client().get(f"{ROOT}/policies", REMOTE_ADDR="198.51.100.7"),
    )

    assert [200] * 5 == [ask().status_code for ask in asked]
    assert [429] * 5 == [ask().status_code for ask in asked]


def test_who_comes_with_nonsense_is_counted_by_his_address(town: Town) -> None:
    limits(town, api_reads=2, api_heavy=2)
    nonsense = Door("nonsense")

    assert [401, 401, 429] == [nonsense.get("runs").status_code for _ in range(3)]


def test_a_refused_call_counts_too(town: Town) -> None:
    limits(town, api_reads=2, api_heavy=2)
    narrow = door("经办人甲", ["run.list"])

    assert [403, 404] == [
        narrow.get("entitlements").status_code,
        narrow.get("nothing").status_code,
    ]
    assert [200, 429] == [narrow.get("runs").status_code for _ in range(2)]


# --- in what tongue ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepts", "prefix", "language"),
    [
        ("", "", "zh"),
        ("en", "", "en"),
        ("en-GB,en;q=0.9,zh;q=0.1", "", "en"),
        ("zh-CN,en;q=0.9", "", "zh"),
        ("fr, en;q=0.2", "", "en"),
        ("en;q=nonsense, ;;;, *", "", "zh"),
        ("zh", "/en", "en"),
        ("", "/en", "en"),
    ],
)
def test_problems_are_in_the_language_that_is_asked_for(
    town: Town, accepts: str, prefix: str, language: str
) -> None:
    answer = Client().get(f"{prefix}{ROOT}/runs", headers={"Accept-Language": accepts})
    said = problem(answer, 401)

    assert (said["title"], said["detail"], said["hint"]) == {
        "zh": (
            "不知道你是谁",
            "要有范围含 `run.list` 的令牌",
            "在 /me/tokens 新建，放进 Authorization: Bearer …",
        ),
        "en": (
            "It is not known who asks",
            "A token with this scope is asked",
            "See /me/tokens",
        ),
    }[language]
    assert answer.headers["Content-Language"] == {"zh": "zh-CN", "en": "en"}[language]
    assert "Accept-Language" in answer.headers["Vary"]
    assert answer.headers["Cache-Control"] == "private, no-store"


# --- page by page --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "key", "name"),
    [
        ("policies", "id", "分析员"),
        ("firms?q=科技", "code", "审计员"),
        ("ledger/journal", "entry", "审计员"),
        ("ledger/accounts", "path", "审计员"),
        ("audit", "seq", "审计员"),
        ("imports", "id", "审计员"),
        ("entitlements", "id", "审计员"),
    ],
)
def test_pages_of_a_list_are_the_list(
    town: Town, path: str, key: str, name: str
) -> None:
    limits(town, api_reads=10**6)
    asker = door(name)
    glue = "&" if "?" in path else "?"
    whole = asker.told(f"{path}{glue}limit=200")["items"]
    found: list[Any] = []
    cursor: str | None = ""
    pages = 0
    while cursor is not None and pages < 100:
        answer = asker.told(f"{path}{glue}limit=3&cursor={cursor}")
        assert len(answer["items"]) <= 3
        found += answer["items"]
        cursor = answer["next"]
        assert len(found) < 10_000

    assert found[:200] == whole
    assert len({str(row[key]) for row in found}) == len(found) > 3


def test_no_list_takes_any_other_cursor(town: Town) -> None:
    auditor = door("审计员")
    for path in ("policies?", "ledger/journal?", "audit?", "firms?q=科技&"):
        for query in (
            "cursor=nonsense", "cursor=WzFd!", "cursor=WyJhIl0", "cursor=Wy0xXQ",
            "limit=0", "limit=201", "limit=x", "limit=-1",
        ):  # fmt: skip
            (row,) = problem(auditor.get(f"{path}{query}"), 422)["problems"]
            assert row["place"] == f"query.{query.partition('=')[0]}"
            assert row["what"]


def test_scopes_name_what_the_interface_has(town: Town) -> None:
    assert {"run.list", "firm.search", "fact.claim"} <= set(scopes_of("经办人甲"))
    assert not {"payee.list", "audit.list"} & set(scopes_of("经办人甲"))
