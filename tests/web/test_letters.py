# SPDX-License-Identifier: Apache-2.0
"""A user's letters: his own, counted, read, leading to the portal only; and the mail."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from ceyuan.office.letters import write_letter
from ceyuan.web.opened import memory
from ceyuan.web.rounds import going_round, post_of
from tests.office.mail_server import mail_server
from tests.town import one, portal_settings
from tests.web.test_login import text

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.town import Town

    ClientOf = Callable[[str], Client]


def written(to: str, subject: str, about: str = "") -> int:
    with memory().transaction() as conn:
        return write_letter(conn, to, subject, "第一行\n\n第二段", about=about)


def test_letters_are_his_own_the_newest_first_and_counted(
    town: Town, client_of: ClientOf
) -> None:
    first = written("企业甲", "第一件 (the first)")
    second = written("企业甲", "第二件 (the second)", "/policies")
    theirs = written("企业乙", "别人的 (another's)")
    client = client_of("企业甲")

    account = text(client.get("/me/account"))
    page = text(client.get("/letters"))
    english = text(client.get("/en/letters"))
    letter = text(client.get(f"/letters/{second}"))
    after = text(client.get("/me/account"))

    assert "2 条未读" in account
    assert re.findall(r"/letters/(\d+)\"", page) == [str(second), str(first)]
    assert "第一件" in page
    assert "(the first)" not in page
    assert ("The first" in english, "第一件" in english) == (True, False)
    assert "<p>第一行</p>" in letter
    assert 'href="/policies">去办理' in letter
    assert "1 条未读" in after
    assert client.get(f"/letters/{theirs}").status_code == 404
    assert client.get("/letters/999999").status_code == 404
    assert one(town.url, "select read_at from letter where id = %s", theirs) is None


def test_all_are_marked_as_read_at_once_and_only_ones_own(
    town: Town, client_of: ClientOf
) -> None:
    for name in ("企业甲", "企业甲", "企业乙"):
        written(name, "一件事")

    done = client_of("企业甲").post("/letters/read")

    assert done.status_code == 302
    assert (
        one(
            town.url,
            "select string_agg(distinct \"to\", ',') from letter where read_at is null",
        )
        == "企业乙"
    )
    assert client_of("企业甲").get("/letters/read").status_code == 405


@pytest.mark.parametrize(
    "about", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "me"]
)
def test_a_letter_leads_to_the_portal_only(
    town: Town, client_of: ClientOf, about: str
) -> None:
    number = written("企业甲", "一件事", about)

    assert "去办理" not in text(client_of("企业甲").get(f"/letters/{number}"))


def test_in_english_a_letter_leads_to_the_english_page(
    town: Town, client_of: ClientOf
) -> None:
    number = written("企业甲", "一件事", "/policies")

    assert 'href="/en/policies"' in text(
        client_of("企业甲").get(f"/en/letters/{number}")
    )


def test_markup_in_a_letter_is_text(town: Town, client_of: ClientOf) -> None:
    with memory().transaction() as conn:
        number = write_letter(conn, "企业甲", "<b>一</b>", "<script>1</script>")

    raw = client_of("企业甲").get(f"/letters/{number}").content.decode()

    assert "<script>1" not in raw
    assert "<b>一" not in raw


def test_who_is_not_logged_in_is_asked_to(town: Town) -> None:
    for path in ("/letters", "/letters/1", "/me/account"):
        answer = Client().get(path)
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/account/login/?next=")


def test_an_address_is_kept_by_its_owner_and_the_worker_mails_there(
    town: Town, client_of: ClientOf
) -> None:
    client = client_of("企业甲")
    wrong = client.post("/me/account", {"email": "nobody"})
    right = client.post("/me/account", {"email": "jia@firm.example.cn"})
    written("企业甲", "一件事", "/policies")

    ended = threading.Event()
    with mail_server() as mails:
        settings = portal_settings(town.folder, town.url, mail_url=mails.url, port=8123)
        with going_round(settings, memory("worker")):
            assert any(mails.taken or ended.wait(0.1) for _ in range(300))

    assert (wrong.status_code, right.status_code) == (422, 302)
    assert 'id="id_email_error"' in text(wrong)
    ((_, to, mail),) = mails.taken
    assert to == ["jia@firm.example.cn"]
    assert "http://127.0.0.1:8123/policies" in mail.get_content()
    page = text(client.get("/letters"))
    assert "已发邮件" in page
    assert (
        one(
            town.url,
            "select actor || object || after from audit where verb = 'login.email'",
        )
        == '企业甲企业甲{"email": "j**@firm.example.cn"}'
    )


def test_where_no_server_is_set_nothing_is_mailed_or_marked(town: Town) -> None:
    written("企业甲", "一件事")
    settings = portal_settings(town.folder, town.url)

    assert post_of(settings) is None
    with going_round(settings, memory("worker")):
        pass

    assert one(town.url, "select sent_at is null and fault = '' from letter") is True


def test_a_mail_leads_to_the_name_that_the_portal_has(town: Town) -> None:
    said = {"mail_url": "smtp://mail", "allowed_hosts": ("portal.example.cn", "b.cn")}
    for https, site in (
        (True, "https://portal.example.cn"),
        (False, "http://portal.example.cn"),
    ):
        post = post_of(portal_settings(town.folder, town.url, https=https, **said))
        assert post is not None
        assert post.site == site
