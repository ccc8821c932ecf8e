# SPDX-License-Identifier: Apache-2.0
"""Accounts of a demonstration: made once, printed, shown at the login, never in earnest."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
import pytest
from django.conf import settings as django
from django.test import Client, override_settings

from ceyuan.kernel import UsageError
from ceyuan.office.demo_people import PEOPLE, granted_firm
from ceyuan.web.demo import PASSWORD, make_accounts, refuse, shown
from ceyuan.web.opened import memory
from ceyuan.web.serving import refuse_demo
from tests.town import one
from tests.web.test_login import text, who_is

if TYPE_CHECKING:
    from tests.town import Town

NAMES = {
    "管理员": "admin", "经办人甲": "officer", "复核人乙": "reviewer",
    "财务丙": "finance", "财务丁": "finance", "分析员": "analyst",
    "审计员": "auditor", "园区经理": "park", "企业用户": "firm",
}  # fmt: skip


def test_one_of_each_role_is_registered_and_can_log_in(town: Town) -> None:
    made = make_accounts(memory(), django.CEYUAN)

    assert {one_.name for one_ in made} == set(NAMES) == {p.name for p in PEOPLE}
    for name in NAMES:
        client = Client()
        client.post("/account/login/", {"login": name, "password": PASSWORD})
        assert who_is(client) == name
    with psycopg.connect(town.url) as connection:
        found: dict[str, str] = dict(
            connection.execute(
                "select name, roles[1] from office_user where name = any(%s)",
                (list(NAMES),),
            ).fetchall()
        )
    assert found == NAMES


def test_the_firm_is_one_whose_entitlements_stand_in_the_most_states(
    town: Town,
) -> None:
    make_accounts(memory(), django.CEYUAN)

    code = one(town.url, "select organisation from office_user where name = '企业用户'")

    with psycopg.connect(town.url) as connection:
        states: dict[str, int] = dict(
            connection.execute(
                "select party, count(distinct state) from entitlement"
                " where length(party) = 18 group by party"
            ).fetchall()
        )
        assert code == granted_firm(connection)
    assert states[code] == max(states.values())


def test_made_again_nothing_changes_and_who_was_there_keeps_what_he_has(
    town: Town,
) -> None:
    question = (
        "select md5(string_agg(u::text || coalesce(a.password, ''), ',' order by u.name))"
        " from office_user u left join auth_user a on a.username = u.name"
    )
    make_accounts(memory(), django.CEYUAN)
    first = one(town.url, question)

    make_accounts(memory(), django.CEYUAN)

    assert one(town.url, question) == first
    # The town had registered him before, elsewhere.
    assert (
        one(town.url, "select organisation from office_user where name = '园区经理'")
        == "样例园区"
    )


def test_in_earnest_they_are_neither_made_nor_shown_nor_started_with(
    town: Town,
) -> None:
    earnest = replace(django.CEYUAN, production=True)
    refuse()
    with pytest.raises(UsageError, match="in earnest"):
        make_accounts(memory(), earnest)
    assert one(town.url, "select count(*) from auth_group") == 0
    make_accounts(memory(), django.CEYUAN)

    with pytest.raises(UsageError, match="accounts of a demonstration"):
        refuse_demo(earnest)
    with override_settings(CEYUAN=earnest):
        page = text(Client().get("/account/login/"))
        assert shown() == []
    assert PASSWORD not in page
    assert "演示账户" not in page


def test_the_login_shows_them_in_the_order_of_the_journeys(town: Town) -> None:
    before = text(Client().get("/account/login/"))
    make_accounts(memory(), django.CEYUAN)
    page = text(Client().get("/account/login/"))

    assert "演示账户" not in before
    assert PASSWORD in page
    rows = [line.partition("</th>")[0] for line in page.split('<th scope="row">')[1:]]
    assert rows == [
        "企业用户", "园区经理", "经办人甲", "复核人乙", "财务丁", "财务丙", "审计员",
        "分析员", "管理员",
    ]  # fmt: skip


def test_the_command_prints_them_and_can_be_told_twice(town: Town) -> None:
    def said() -> list[list[str]]:
        done = subprocess.run(
            [sys.executable, "-m", "ceyuan.web", "demo-logins"],
            cwd=town.folder,
            env={"CEYUAN_DATABASE_URL": town.url, "PATH": ""},
            capture_output=True,
            text=True,
            check=True,
        )
        return [line.split("\t") for line in done.stdout.splitlines()]

    first, again = said(), said()

    assert first == again
    assert first[0] == ["用户 (user)", "角色 (role)", "密码 (password)"]
    assert ["财务丙", "财务 finance officer", PASSWORD] in first
    assert len(first) == 1 + len(NAMES)
