# SPDX-License-Identifier: Apache-2.0
"""The portal in tests: a client for pages, a real server and a real browser.

`town` is a town of the test's own (tests/town.py). `client_of("财务丙")` gives a client
that is logged in; `client_of("")` the public. `live` serves the town on a port; `page`
is a page of Debian's Chromium. Where no browser is installed the browser tests say so.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client

    from tests.town import Town

# Playwright's loop runs in the thread of the tests; Django is asked from it in turn.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

ClientOf = Callable[[str], "Client"]
BROWSER = os.environ.get("CEYUAN_BROWSER") or shutil.which("chromium") or ""
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
    "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="session", autouse=True)
def _static(town_made: Town) -> None:
    """Gather the static files once; pages name them by hash."""
    from ceyuan.web import serving
    from tests.town import portal_settings

    serving.gather_static(portal_settings(town_made.folder, town_made.url))


def session_of(name: str) -> str:
    """Return the key of a session in which somebody is logged in; logging in itself
    is tested where it is done."""
    from django.contrib.auth import (
        BACKEND_SESSION_KEY,
        HASH_SESSION_KEY,
        SESSION_KEY,
    )
    from django.contrib.auth.models import User
    from django.contrib.sessions.backends.db import SessionStore

    user = User.objects.get(username=name)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "ceyuan.web.accounts.Passwords"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


@pytest.fixture
def client_of(town: Town) -> ClientOf:
    """Give clients that are logged in, by name; the public by an empty one."""

    def client(name: str) -> Client:
        from django.test import Client

        made = Client(raise_request_exception=True)
        if name:
            made.cookies["sessionid"] = session_of(name)
        return made

    return client


@pytest.fixture
def do_jobs(town: Town) -> Callable[[], list[Any]]:
    """Give a worker: it does all jobs that are due and returns them as they ended."""
    from ceyuan.office.job_kinds import KINDS
    from ceyuan.office.jobs import work_once
    from ceyuan.web.opened import memory

    def work() -> list[Any]:
        done = []
        # Firm sheets are made when somebody asks for one; here nobody waits for all.
        kinds = {k: v for k, v in KINDS.items() if k != "sheets"}
        while (job := work_once(memory("worker"), kinds)) is not None:
            done.append(job)
        return done

    return work


class _Server(ThreadingMixIn, WSGIServer):
    """Waits, when it is closed, for the requests that are still being answered."""

    daemon_threads = False
    block_on_close = True

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer; what the thread has opened of the database ends with it."""
        from django.db import connections

        try:
            super().process_request_thread(request, client_address)
        finally:
            connections.close_all()


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def live(town: Town) -> Iterator[str]:
    """Serve the town, with a worker beside it; give the address."""
    from ceyuan.office.job_kinds import KINDS
    from ceyuan.office.jobs import work
    from ceyuan.web import serving
    from ceyuan.web.opened import memory
    from tests.town import portal_settings

    app = serving.application(portal_settings(town.folder, town.url))
    server = make_server("127.0.0.1", 0, app, _Server, _Quiet)
    ended = threading.Event()
    threads = [
        threading.Thread(target=server.serve_forever, daemon=True),
        threading.Thread(
            target=lambda: work(memory("worker"), KINDS, ended.is_set), daemon=True
        ),
    ]
    for one in threads:
        one.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        ended.set()
        server.shutdown()
        server.server_close()
        for one in threads:
            # A job that is being done is done to its end, on a busy machine too:
            # its database goes next.
            one.join(120)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Give Debian's Chromium; where there is none the test says so."""
    if not BROWSER:
        pytest.skip("no browser: `apt-get install chromium` or CEYUAN_BROWSER=path")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=BROWSER, args=[*FLAGS])
        yield started
        started.close()
