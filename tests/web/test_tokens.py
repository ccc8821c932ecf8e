# SPDX-License-Identifier: Apache-2.0
"""The page of tokens: made, shown once, revoked; and the page about the interface."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from ceyuan.office.delegations import give
from ceyuan.web.opened import memory
from ceyuan.web.showing import today
from tests.town import one
from tests.web.api_door import ROOT, Door, door, scopes_of
from tests.web.desk import asked, hidden, main, page, parsed, posted, table

if TYPE_CHECKING:
    from tests.town import Town
    from tests.web.conftest import ClientOf

WHERE = "/me/tokens"
ASKED = {"name": "月报", "days": "30", "scopes": ["run.list"]}


def secret_on(answer: Any) -> str:
    """Return the token that a page shows; empty: none."""
    found = page(answer).xpath("//input[@id='secret']/@value")
    return str(found[0]) if found else ""


def test_a_token_is_made_shown_once_and_opens(town: Town, client_of: ClientOf) -> None:
    client = client_of("经办人甲")
    where = posted(client, WHERE, **ASKED)
    assert where == WHERE
    first, second = client.get(where), client.get(where)
    secret = secret_on(first)

    assert re.fullmatch(r"cy_[\w-]{43}", secret)
    assert "no-store" in first.headers["Cache-Control"]
    assert secret_on(second) == ""
    assert secret not in second.content.decode()
    ((name, allows, *_),) = table(page(second))
    assert (name, allows) == ("月报", "run.list")
    assert 200 == Door(secret).get("runs").status_code
    assert 403 == Door(secret).get("claims").status_code
    kept = asked(town.url, "select session_data from django_session")
    assert all(secret not in row[0] for row in kept)


def test_a_double_click_makes_one_token(town: Town, client_of: ClientOf) -> None:
    client = client_of("经办人甲")
    key = hidden(page(client.get(WHERE)), "once")
    for _ in range(2):
        posted(client, WHERE, **{**ASKED, "once": key})

    assert 1 == one(town.url, "select count(*) from api_token")


def offered(client: Any) -> set[str]:
    """Return the scopes that the page offers."""
    found = page(client.get(WHERE)).xpath("//input[@name='scopes']/@value")
    return {str(value) for value in found}


@pytest.mark.parametrize("name", ["企业甲", "财务丙", "审计员", "管理员", "园区经理"])
def test_what_is_offered_is_what_he_may_himself(
    town: Town, client_of: ClientOf, name: str
) -> None:
    client = client_of(name)
    some = offered(client)

    assert some == set(scopes_of(name))
    beyond = "payment.list" if "payment.list" not in some else "park_batch.make"
    answer = client.post(WHERE, {**ASKED, "scopes": [beyond], "once": ""})
    assert answer.status_code == (422 if beyond not in some else 302)


def test_all_that_he_may_read_reads_and_writes_nothing(
    town: Town, client_of: ClientOf
) -> None:
    client = client_of("经办人甲")
    posted(client, WHERE, name="读", days="1", reads="on")
    reader = Door(secret_on(client.get(WHERE)))

    assert 200 == reader.get("entitlements").status_code
    for path, said in (
        (f"firms/{town.firm}/claims", {"fact": "employees@2025", "value": "1", "reason": "x"}),
        ("imports", {}),
    ):  # fmt: skip
        assert 403 == reader.post(path, said).status_code, path


@pytest.mark.parametrize(
    "said",
    [
        {"name": ""}, {"name": "x" * 101}, {"days": "0"}, {"days": "366"}, {"days": "x"},
        {"scopes": []}, {"scopes": ["*"]}, {"scopes": ["run.*"]}, {"scopes": ["nothing.see"]},
    ],
)  # fmt: skip
def test_a_form_that_is_wrong_says_why_and_makes_nothing(
    town: Town, client_of: ClientOf, said: dict[str, object]
) -> None:
    answer = client_of("经办人甲").post(WHERE, {**ASKED, "once": "", **said})

    assert 422 == answer.status_code
    assert parsed(answer).xpath("//title")[0].text_content().startswith("错误")
    assert 0 == one(town.url, "select count(*) from api_token")


def test_a_token_is_revoked_by_its_user_or_an_administrator(
    town: Town, client_of: ClientOf
) -> None:
    own, other = door("经办人甲"), door("经办人甲")
    numbers = [
        row[0]
        for row in asked(town.url, "select id from api_token order by created_at")
    ]
    assert 404 == client_of("财务丙").post(f"{WHERE}/{numbers[0]}/revoke").status_code
    assert 403 == client_of("审计员").post(f"{WHERE}/{numbers[0]}/revoke").status_code
    assert 405 == client_of("经办人甲").get(f"{WHERE}/{numbers[0]}/revoke").status_code
    assert 200 == own.get("runs").status_code

    assert WHERE == posted(client_of("经办人甲"), f"{WHERE}/{numbers[0]}/revoke")
    assert (401, 200) == (own.get("runs").status_code, other.get("runs").status_code)
    admin = client_of("管理员")
    assert "经办人甲" in main(admin.get(WHERE))
    posted(admin, f"{WHERE}/{numbers[1]}/revoke")
    assert 401 == other.get("runs").status_code
    assert 404 == admin.post(f"{WHERE}/nothing/revoke").status_code


def test_who_acts_for_another_makes_no_tokens(town: Town, client_of: ClientOf) -> None:
    give(
        memory("企业丙"), town.other, "企业乙", on=today(),
        until=today() + timedelta(days=9), reason="test",
    )  # fmt: skip
    client = client_of("企业乙")
    client.post("/behalf/start", {"organisation": town.other})

    assert "先结束代办" in main(client.get(WHERE))
    answer = client.post(WHERE, {**ASKED, "scopes": ["firm.see"], "once": ""})
    assert answer.status_code in (403, 404)
    assert 0 == one(town.url, "select count(*) from api_token")


def test_the_page_is_for_users_alone(town: Town) -> None:
    answer = Client().get(WHERE)

    assert (302, True) == (
        answer.status_code, answer.headers["Location"].startswith("/account/login"),
    )  # fmt: skip


# --- the page about the interface ----------------------------------------------------


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_every_operation_is_told_with_its_scope(town: Town, prefix: str) -> None:
    described = Client().get(f"{ROOT}/openapi.json").json()
    document = page(Client().get(f"{prefix}/api"))
    said = {
        (row[1], row[2].partition(" ")[0]): row[0]
        for row in table(document)
        if len(row) == 4
    }

    told = "summary" if prefix else "x-summary-zh"
    assert said == {
        (f"{method.upper()} {path}", one_["x-scope"]): one_[told]
        for path, methods in described["paths"].items()
        for method, one_ in methods.items()
    }
    assert str(len(said)) in main(Client().get(f"{prefix}/api"))
