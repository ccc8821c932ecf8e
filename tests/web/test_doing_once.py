# SPDX-License-Identifier: Apache-2.0
"""A form is done once, also where the process dies between the deed and the note.

Started as `python -m tests.web.test_doing_once FOLDER URL KEY PATH`, this file is the
process that dies: it sends the form of a request, and is killed after the request was
committed and before it could be noted that the form is done.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ceyuan.kernel import UsageError
from tests.town import one
from tests.web.desk import main

if TYPE_CHECKING:
    from tests.town import Town
    from tests.web.conftest import ClientOf

ROOT = Path(__file__).parents[2]
SAID = {"kind": "obstacle", "title": "样例打不开", "body": "第三节的样例打不开。"}


class Form:
    """A form as `once` looks at it."""

    def __init__(self, key: str, name: str = "企业甲", path: str = "/requests") -> None:
        from ceyuan.office.permissions import Caller

        self.path = path
        self.POST = {"once": key}
        self.caller = Caller(name, ())


def told(url: str) -> int:
    return int(str(one(url, "select count(*) from request")))


def killed(town: Town, key: str, path: str = "/requests") -> None:
    done = subprocess.run(  # noqa: S603 - this file
        [sys.executable, "-m", "tests.web.test_doing_once", town.folder, town.url, key,
         path],
        cwd=ROOT, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr


def test_process_that_dies_after_the_deed_lets_nobody_do_it_again(
    town: Town, client_of: ClientOf
) -> None:
    killed(town, "k1")
    assert told(town.url) == 1  # it was done, and nobody noted it
    client = client_of("企业甲")

    for _ in "ab":
        again = client.post("/requests", {**SAID, "once": "k1"})
        assert again.status_code == 409
        assert "可能已经办成" in main(again)
        assert told(town.url) == 1
    fresh = client.post("/requests", {**SAID, "once": "k2"})
    assert fresh.status_code == 302
    assert told(town.url) == 2


def test_form_is_led_where_it_led_and_the_verb_is_not_called(town: Town) -> None:
    from ceyuan.web.asking import once

    done: list[str] = []

    def act() -> str:
        done.append("done")
        return f"/requests/{len(done)}"

    a: Any = Form("a")
    b: Any = Form("a", "企业乙")
    first, second, other = once(a, act), once(a, act), once(b, act)

    where = [answer.headers["Location"] for answer in (first, second, other)]
    assert where == ["/requests/1", "/requests/1", "/requests/2"]


def test_form_that_was_refused_is_sent_again(town: Town) -> None:
    from ceyuan.web.asking import once

    answers: list[Any] = [UsageError("第一次不行 (not yet)"),
                          UsageError("第二次不行 (not yet)"), "/there"]  # fmt: skip

    def act() -> str:
        said = answers.pop(0)
        if isinstance(said, Exception):
            raise said
        return str(said)

    form: Any = Form("a")
    for words in ("第一次", "第二次"):
        with pytest.raises(UsageError, match=words):
            once(form, act)
    assert once(form, act).headers["Location"] == "/there"
    assert once(form, act).headers["Location"] == "/there"
    assert answers == []


def test_fault_of_ours_or_of_the_database_leaves_it_open_whether_it_was_done(
    town: Town,
) -> None:
    from ceyuan.office.database import DatabaseAway
    from ceyuan.web.asking import BrokenOff, once

    for key, fault in (("a", ZeroDivisionError()), ("b", DatabaseAway("away"))):

        def act(fault: Exception = fault) -> str:
            raise fault

        form: Any = Form(key)
        with pytest.raises(type(fault)):
            once(form, act)
        with pytest.raises(BrokenOff):
            once(form, lambda: "/never")


def test_page_after_it_broke_off_says_what_to_do(
    town: Town, client_of: ClientOf
) -> None:
    killed(town, "k1")
    client = client_of("企业甲")

    answer = client.post("/requests", {**SAID, "once": "k1"})
    assert answer.status_code == 409
    assert "先看看是不是已经办成" in main(answer)
    assert "这一次什么都没有做" in main(answer)

    killed(town, "k2", "/en/requests")
    english = main(client.post("/en/requests", {**SAID, "once": "k2"}))
    assert "It broke off when it was sent before, and may have been done" in english
    assert "See first whether it was done" in english


def _die(folder: str, url: str, key: str, path: str) -> None:
    """Tell a request, and die before it is noted that its form is done."""
    from ceyuan.web import serving
    from tests.town import portal_settings

    serving.configure(portal_settings(Path(folder), url))
    from ceyuan.office.requests import tell
    from ceyuan.web.asking import once
    from ceyuan.web.opened import memory

    def act() -> str:
        organisation = str(
            one(url, "select organisation from office_user where name = '企业甲'")
        )
        tell(memory("企业甲"), **SAID, organisation=organisation)
        os.kill(os.getpid(), signal.SIGKILL)
        return ""

    form: Any = Form(key, path=path)
    once(form, act)


if __name__ == "__main__":
    _die(*sys.argv[1:])
