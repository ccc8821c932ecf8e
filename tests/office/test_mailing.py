# SPDX-License-Identifier: Apache-2.0
"""Letters are mailed once, to whoever has an address; what cannot be is kept as a fault."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ceyuan.kernel import UsageError
from ceyuan.office.letters import letters_to, write_letter
from ceyuan.office.login_tables import make_login_tables
from ceyuan.office.logins_given import set_email
from ceyuan.office.mailing import NO_ADDRESS, Post, Round, deliver, is_waiting, mail_of
from ceyuan.office.memory import open_memory
from ceyuan.office.users import set_user
from tests.office.mail_server import mail_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ceyuan.office.letters import Letter
    from ceyuan.office.memory import Memory

SENDER = "ceyuan@portal.example.cn"
SITE = "https://portal.example.cn"
PEOPLE = {"企业甲": "jia@firm.example.cn", "企业乙": "yi@firm.example.cn", "无邮箱": ""}


@pytest.fixture
def memory(office_folder: Path) -> Iterator[Memory]:
    with open_memory(office_folder, actor="管理员") as opened:
        make_login_tables(opened.database.url)
        set_user(opened, "管理员", ["admin"])
        for name, email in PEOPLE.items():
            set_user(opened, name, ["firm"])
            set_email(replace(opened, actor=name), name, email, unusable="!")
        yield opened


def written(memory: Memory, to: str, subject: str = "一件事", about: str = "") -> None:
    with memory.transaction() as conn:
        write_letter(conn, to, subject, "正文\n第二行", about=about)


def letters(memory: Memory, to: str) -> list[Letter]:
    with memory.transaction() as conn:
        return letters_to(conn, to)[::-1]


def test_a_letter_is_mailed_once_with_what_it_says_and_where_it_leads(
    memory: Memory,
) -> None:
    written(memory, "企业甲", "应享已批准：首次升规 (granted)", "/me/x")

    with mail_server() as mails:
        post = Post(mails.url, SENDER, SITE)
        first, again = deliver(memory, post), deliver(memory, post)

    assert (first, again) == (Round(1, 0), Round(0, 0))
    ((sender, to, mail),) = mails.taken
    assert (sender, to) == (SENDER, ["jia@firm.example.cn"])
    assert mail["Subject"] == "应享已批准：首次升规 (granted)"
    assert (mail["To"], mail["Auto-Submitted"]) == (
        "jia@firm.example.cn", "auto-generated",
    )  # fmt: skip
    assert mail.get_content().replace("\r\n", "\n") == (
        "正文\n第二行\n\nhttps://portal.example.cn/me/x\n"
    )
    (letter,) = letters(memory, "企业甲")
    assert (letter.sent_at is not None, letter.fault, letter.read_at) == (
        True,
        "",
        None,
    )
    assert not is_waiting(memory)


def test_who_has_no_address_is_no_obstacle_to_others(memory: Memory) -> None:
    written(memory, "无邮箱")
    written(memory, "没有这个人")
    written(memory, "企业甲")

    with mail_server() as mails:
        done = deliver(memory, Post(mails.url, SENDER))

    assert done == Round(1, 2)
    assert [to for _, to, _ in mails.taken] == [["jia@firm.example.cn"]]
    assert [one.fault for one in letters(memory, "无邮箱")] == [NO_ADDRESS]


def test_who_is_no_longer_a_user_gets_no_mail(memory: Memory) -> None:
    written(memory, "企业甲")
    set_user(memory, "企业甲", ["firm"], active=False)

    with mail_server() as mails:
        deliver(memory, Post(mails.url, SENDER))

    assert mails.taken == []


def test_what_the_server_refuses_for_good_is_kept_and_not_tried_again(
    memory: Memory,
) -> None:
    written(memory, "企业甲")
    written(memory, "企业乙")

    with mail_server({"jia@firm.example.cn": "550 no such box"}) as mails:
        post = Post(mails.url, SENDER)
        first, again = deliver(memory, post), deliver(memory, post)

    assert (first, again) == (Round(1, 1), Round(0, 0))
    assert [to for _, to, _ in mails.taken] == [["yi@firm.example.cn"]]
    (letter,) = letters(memory, "企业甲")
    assert "550" in letter.fault
    assert "no such box" in letter.fault
    assert letter.sent_at is None


def test_what_the_server_refuses_for_now_waits(memory: Memory) -> None:
    written(memory, "企业甲")

    with mail_server({"jia@firm.example.cn": "450 try later"}) as mails:
        post = Post(mails.url, SENDER)
        done = deliver(memory, post)
        waiting = is_waiting(memory)
        mails.answers = {}
        later = deliver(memory, post)

    assert (done.sent, done.faults, "450" in done.away) == (0, 0, True)
    assert (waiting, later) == (True, Round(1, 0))


def test_when_the_server_is_away_nothing_is_lost(memory: Memory) -> None:
    written(memory, "企业甲")
    with mail_server() as mails:
        url = mails.url  # nobody listens there once it has ended

    done = deliver(memory, Post(url, SENDER))

    assert (done.sent, done.faults) == (0, 0)
    assert "the mail server is away" in done.away
    (letter,) = letters(memory, "企业甲")
    assert (letter.sent_at, letter.fault) == (None, "")


@pytest.mark.parametrize(
    ("about", "leads"),
    [
        ("/me/x", "https://portal.example.cn/me/x"),
        ("//elsewhere.example/x", ""),
        ("https://elsewhere.example/x", ""),
        ("", ""),
    ],
)
def test_a_mail_leads_to_the_portal_only(
    memory: Memory, about: str, leads: str
) -> None:
    written(memory, "企业甲", about=about)
    (letter,) = letters(memory, "企业甲")

    text = mail_of(letter, "a@b.cn", Post("", SENDER, SITE)).get_content()

    assert text == f"正文\n第二行{chr(10) * 2 if leads else ''}{leads}\n"


def test_a_subject_of_two_lines_makes_no_header_of_its_own(memory: Memory) -> None:
    written(memory, "企业甲", "标题\r\nBcc: victim@example.cn")
    (letter,) = letters(memory, "企业甲")
    forged = replace(letter, subject="标题\r\nBcc: victim@example.cn")

    with mail_server() as mails:
        deliver(memory, Post(mails.url, SENDER))

    ((_, to, mail),) = mails.taken
    assert (to, mail["Bcc"]) == (["jia@firm.example.cn"], None)
    with pytest.raises(ValueError, match="Header values"):
        mail_of(forged, "a@b.cn", Post("", SENDER))


@pytest.mark.parametrize("url", ["http://x", "smtp://", "mail.example.cn", "smtp:x"])
def test_an_address_that_is_none_of_a_mail_server_is_told(url: str) -> None:
    with pytest.raises(UsageError, match="CEYUAN_MAIL_URL"):
        Post(url, SENDER).check()


def test_addresses_of_mail_servers_are_read() -> None:
    for url in (
        "smtp://localhost",
        "smtp+tls://u:p%40w@mail.example.cn:587",
        "smtps://mail.example.cn",
    ):
        Post(url, SENDER).check()
