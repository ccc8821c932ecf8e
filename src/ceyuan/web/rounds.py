# SPDX-License-Identifier: Apache-2.0
"""What a worker does beside the jobs, again and again: mails letters, tidies logins."""

from __future__ import annotations

import logging
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ceyuan.kernel import CeyuanError
from ceyuan.office.logins_given import tidy
from ceyuan.office.mailing import Post, deliver
from ceyuan.web.settings import site_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ceyuan.office.memory import Memory
    from ceyuan.web.settings import Settings

LOG = logging.getLogger("ceyuan.web")
MAIL_EVERY = 15
"""Seconds between two rounds of letters."""
TIDY_EVERY = 3600


def post_of(settings: Settings) -> Post | None:
    """Return where letters are mailed through; None where nothing is set."""
    if not settings.mail_url:
        return None
    return Post(settings.mail_url, settings.mail_from, site_of(settings))


@contextmanager
def going_round(settings: Settings, memory: Memory) -> Iterator[None]:
    """Mail and tidy in a thread of its own, for as long as the block lasts."""
    ended = threading.Event()
    thread = threading.Thread(
        target=_go_round, args=(settings, memory, ended), name="ceyuan-rounds"
    )
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(30)


def _go_round(settings: Settings, memory: Memory, ended: threading.Event) -> None:
    post, tidied = post_of(settings), 0.0
    while not ended.is_set():
        try:
            if time.monotonic() - tidied > TIDY_EVERY or not tidied:
                tidied = time.monotonic()
                with memory.transaction() as conn:
                    tidy(conn)
            if post is not None:
                said = deliver(memory, post)
                if said.away:
                    LOG.warning("%s", said.away)
        except CeyuanError as error:  # the database is away: the next round tries
            LOG.warning("%s", error.message)
        ended.wait(MAIL_EVERY)
