# SPDX-License-Identifier: Apache-2.0
"""Administration: what needs a look, roles, organisations, security, settings, jobs."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as django
from django.test import Client, override_settings

from ceyuan.office.consents import answer, ask
from ceyuan.office.delegations import give
from ceyuan.office.jobs import enqueue
from ceyuan.office.permissions import matrix
from ceyuan.office.users import load_roles
from ceyuan.web.opened import memory
from ceyuan.web.settings import read_settings, told
from ceyuan.web.showing import today
from tests.town import one
from tests.web.test_login import WRONG, enter, sql, text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.town import Town

    ClientOf = Callable[[str], Client]

PAGES = (
    "/admin", "/admin/users", "/admin/users/new", "/admin/roles",
    "/admin/organisations", "/admin/organisation?name=市科委", "/admin/security",
    "/admin/settings", "/admin/jobs", "/erasures", "/delegations", "/letters",
    "/me/account",
)  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_one_heading_named_tables_and_speaks_both_languages(
    town: Town, client_of: ClientOf, path: str
) -> None:
    client = client_of("管理员")

    zh, en = text(client.get(path)), text(client.get(f"/en{path}"))

    for page, lang in ((zh, "zh-CN"), (en, "en")):
        assert f'<html lang="{lang}"' in page
        assert len(re.findall(r"<h1[ >]", page)) == 1
        tables, captions = page.count("<table"), page.count("<caption>")
        assert tables == captions
        assert "style=" not in page
        assert "<script>" not in page
        assert 'href="/en/admin"' in page if lang == "en" else 'href="/admin"' in page
    main = en.partition("<main")[2].partition("</main>")[0]
    # What stands in Chinese in English is data: names, organisations, reasons.
    said = set(re.findall(r"[\u4e00-\u9fff（）：，。]+", re.sub(r"<[^>]*>", " ", main)))
    with_data = "|".join(said)
    assert "：" not in with_data
    assert "，" not in with_data


def tile(page: str, name: str) -> int:
    found = re.search(rf'{name}<span class="big">(\d+)</span>', page)
    assert found is not None, name
    return int(found.group(1))


def test_what_needs_a_look_is_counted(town: Town, client_of: ClientOf) -> None:
    client = client_of("管理员")
    before = text(client.get("/admin"))
    for _ in range(5):
        enter(Client(), "园区经理", WRONG)
    sql(town, "insert into office_user (name, roles) values ('没有登录', '{park}')")
    sql(
        town,
        "insert into erasure_request (record, person, actor) values ('person', '', 'a')",
    )
    sql(
        town,
        'insert into letter ("to", subject, body, fault)'
        " values ('企业甲', 's', 'b', '550 no such box')",
    )
    with memory("企业甲").transaction() as conn:
        name = enqueue(conn, "k", {}, actor="企业甲")
        conn.execute(
            "update job set state = 'failed', finished_at = now() where id = %s",
            (name,),
        )

    after = text(client.get("/admin"))

    # Nobody of the town has a second factor; these roles ask for one: an
    # administrator, an officer, a reviewer, two of finance, an auditor.
    assert (tile(before, "缺第二因素"), tile(before, "还不能登录")) == (6, 0)
    names = (
        "还不能登录",
        "正在锁定",
        "待决定的删除申请",
        "失败的任务",
        "发不出去的邮件",
    )
    assert [tile(before, n) for n in names] == [0, 0, 0, 0, 0]
    assert [tile(after, n) for n in names] == [1, 1, 1, 1, 1]
    assert "一天内试错 5 次" in after


def test_the_roles_page_says_what_the_table_says(
    town: Town, client_of: ClientOf
) -> None:
    """Each thing that a role may with anybody's is on its part of the page."""
    declared = load_roles("shanghai")
    page = text(client_of("管理员").get("/admin/roles"))
    parts = {part.partition('"')[0]: part for part in page.split('id="role-')[1:]}
    assert set(parts) == set(declared.roles)
    own_rows = [
        cell
        for cell in matrix(declared)
        if cell.allowed and cell.of == "any" and cell.role == "finance"
    ]
    assert len(own_rows) > 20

    for cell in own_rows:
        type_, action = declared.types[cell.type].zh, declared.actions[cell.action].zh
        row = re.search(
            rf'<th scope="row">{re.escape(type_)}</th>(.*?)</tr>',
            parts["finance"] + parts["public"],
            re.DOTALL,
        )
        assert row is not None, cell
        both = "".join(
            re.findall(
                rf'<th scope="row">{re.escape(type_)}</th>(.*?)</tr>',
                parts["finance"] + parts["public"],
                re.DOTALL,
            )
        )
        assert action in both, cell


def test_organisations_are_shown_with_what_hangs_on_them(
    town: Town, client_of: ClientOf
) -> None:
    park, firm, day = memory("园区经理"), memory("企业甲"), today()
    (asked,) = ask(park, [(town.firm, "某企业")], party="样例园区",
                   purpose="checkup", on=day)  # fmt: skip
    answer(firm, asked, given=True, on=day)
    give(firm, town.firm, "园区经理", on=day, until=day, reason="代办")
    client = client_of("管理员")

    page = text(client.get("/admin/organisations"))
    own = text(client.get("/admin/organisation", {"name": town.firm}))
    theirs = text(client.get("/admin/organisation", {"name": "样例园区"}))
    found = text(client.get("/admin/organisations", {"q": "样例"}))

    def row(code: str) -> list[str]:
        line = next(r for r in page.split("<tr>") if f"name={code}" in r)
        return re.findall(r'class="n"[^>]*>(\d+)', line)

    from urllib.parse import quote

    # Users, consents given, consents received, delegations.
    assert row(town.firm) == ["1", "1", "0", "1"]
    assert row(quote("样例园区")) == ["1", "0", "1", "0"]
    for said in ("企业甲", "样例园区", "园区经理", "代办"):
        assert said in own
    assert "✓" in theirs
    assert found.count('<th scope="row">') == 1
    assert client.get("/admin/organisation", {"name": "没有"}).status_code == 404
    assert client.get("/admin/organisation").status_code == 404


def test_who_is_locked_is_shown_with_from_where_and_can_be_let_go(
    town: Town, client_of: ClientOf
) -> None:
    for _ in range(5):
        enter(Client(), "园区经理", WRONG, address="192.0.2.9")
    client = client_of("管理员")

    page = text(client.get("/admin/security"))
    without = client.post(
        "/admin/security/unlock", {"name": "园区经理", "address": "192.0.2.9"}
    )
    still = enter(Client(), "园区经理", address="192.0.2.9").status_code
    client.post(
        "/admin/security/unlock",
        {"name": "园区经理", "address": "192.0.2.9", "reason": "来电核对"},
    )

    assert page.count('<th scope="row">园区经理</th>') == 6  # locked, and five times
    assert "192.0.2.9" in page
    assert (without.status_code, still) == (302, 429)
    assert enter(Client(), "园区经理", address="192.0.2.9").status_code == 302
    assert (
        one(
            town.url,
            "select actor || object || reason || before from audit"
            " where verb = 'login.unlock'",
        )
        == '管理员园区经理来电核对{"address": "192.0.2.9"}'
    )


def test_who_lacks_a_factor_is_named_and_others_are_not(
    town: Town, client_of: ClientOf
) -> None:
    from tests.web.test_login_factor import set_up

    his = Client()
    enter(his, "财务丙")
    set_up(his)
    sql(town, "update office_user set active = false where name = '财务丁'")

    page = text(client_of("管理员").get("/admin/security"))

    part = page.partition('id="lacking"')[2].partition("</section>")[0]
    assert sorted(re.findall(r"<a [^>]*>([^<]*)</a>", part)) == [
        "复核人乙", "审计员", "管理员", "经办人甲",
    ]  # fmt: skip


SECRETS = {
    "CEYUAN_SECRET_KEY": "s" * 30 + "0123456789abcdefghij",
    "CEYUAN_DATABASE_URL": "postgresql://u:hush-1@db/x",
    "CEYUAN_OIDC_SECRET": "hush-2",
    "CEYUAN_MAIL_URL": "smtp://u:hush-3@mail:25",
}


def test_settings_are_shown_with_where_they_came_from_and_secrets_are_not(
    town: Town, client_of: ClientOf
) -> None:
    environ = {
        **SECRETS,
        "CEYUAN_SESSION_MINUTES": "45",
        "CEYUAN_HTTPS": "1",
        "CEYUAN_SECOND_FACTOR": "offered",
    }
    said = read_settings(town.folder, environ, port=8123)
    client = client_of("管理员")

    with override_settings(
        CEYUAN=replace(said, database_url=django.CEYUAN.database_url)
    ):
        page = text(client.get("/admin/settings"))

    for secret in (*SECRETS.values(), "hush-1", "hush-2", "hush-3"):
        assert secret not in page
    rows = {
        found[0]: (found[1], found[2])
        for found in re.findall(
            r"<code>(CEYUAN_\w+)</code></th><td[^>]*>(.*?)</td><td[^>]*>(.*?)</td>",
            page,
        )
    }

    def plain(name: str) -> tuple[str, ...]:
        return tuple(re.sub(r"<[^>]*>", "", part) for part in rows[name])

    assert plain("CEYUAN_SESSION_MINUTES") == ("45", "环境变量")
    assert plain("CEYUAN_PORT") == ("8123", "启动命令")
    assert plain("CEYUAN_HTTPS") == ("1", "环境变量")
    assert plain("CEYUAN_PROXY") == ("0", "默认")
    assert plain("CEYUAN_UPLOAD_MB") == ("30", "默认")
    assert plain("CEYUAN_OIDC_ISSUER") == ("没有设", "默认")
    for name in SECRETS:
        assert plain(name) == ("***", "环境变量")


def test_a_secret_that_nobody_set_is_not_shown_as_one(tmp_path: Path) -> None:
    said = replace(read_settings(tmp_path, {}), database_url="made by the workspace")

    rows = {row[1]: row[2:] for row in told(said)}

    assert rows["CEYUAN_DATABASE_URL"] == ("", "default")
    assert rows["CEYUAN_SECRET_KEY"] == ("", "default")


def test_jobs_of_all_are_shown_and_can_be_stopped(
    town: Town, client_of: ClientOf
) -> None:
    with memory("企业甲").transaction() as conn:
        waiting = enqueue(conn, "k", {}, actor="企业甲")
        failed = enqueue(conn, "k", {}, actor="企业甲")
        conn.execute(
            "update job set state = 'failed', error = %s, finished_at = now()"
            " where id = %s",
            ('{"what": "没有这张表", "hint": "换一张", "problems": []}', failed),
        )
    client = client_of("管理员")

    page = text(client.get("/admin/jobs"))
    stopped = client.post(f"/admin/jobs/{waiting}/stop")

    assert "没有这张表" in page
    assert "换一张" in page
    assert stopped.status_code == 302
    assert one(town.url, "select state from job where id = %s", waiting) == "stopped"
    assert (
        one(town.url, "select actor || object from audit where verb = 'job.stop'")
        == f"管理员{waiting}"
    )
    assert client.post("/admin/jobs/none/stop").status_code == 404
    # Their own a user sees elsewhere; this page is of all.
    assert client_of("企业甲").get("/admin/jobs").status_code == 404
    assert client_of("审计员").get("/admin/jobs").status_code == 200
    assert client_of("审计员").post(f"/admin/jobs/{failed}/stop").status_code == 403


def test_what_a_name_holds_is_text_on_every_page(
    town: Town, client_of: ClientOf
) -> None:
    """Markup in data stays data: names, organisations, reasons, browsers."""
    evil = "<script>alert(1)</script>"
    sql(
        town,
        "insert into office_user (name, display, organisation, roles)"
        " values (%s, %s, %s, '{finance}')",
        evil, evil, evil,
    )  # fmt: skip
    for _ in range(5):
        Client().post(
            "/account/login/", {"login": evil, "password": WRONG},
            headers={"User-Agent": evil},
        )  # fmt: skip
    client = client_of("管理员")

    for path in PAGES:
        raw: Any = client.get(path).content.decode()
        assert evil not in raw, path


def test_security_says_of_whom_a_second_factor_is_asked_now(
    town: Town, client_of: ClientOf
) -> None:
    """Accounts of a demonstration get in without one, and the page says so."""
    from django.contrib.auth.models import Group, User

    from ceyuan.office.logins import DEMO
    from ceyuan.web.words import word

    admin = client_of("管理员")
    with override_settings(CEYUAN=replace(django.CEYUAN, second_factor="offered")):
        offered = text(admin.get("/admin/security"))
    required_ = replace(django.CEYUAN, second_factor="required")
    group, _ = Group.objects.get_or_create(name=DEMO)
    for user in User.objects.exclude(username="复核人乙"):
        user.groups.add(group)
    with override_settings(CEYUAN=required_):
        required = text(admin.get("/admin/security"))
        led = client_of("复核人乙").get("/work").status_code
        free = client_of("审计员").get("/work").status_code
    count = offered.partition("缺第二因素的用户")[2].count("/admin/users/")

    assert word("admin.lacking_offered", "zh") in offered
    assert "演示账户" not in offered
    # Only the one who is no account of the demonstration is led to it.
    assert word("admin.lacking_required", "zh", n=1) in required
    assert word("admin.lacking_demo", "zh", n=count - 1) in required
    assert (led, free) == (302, 200)
