# SPDX-License-Identifier: Apache-2.0
"""`ceyuan serve`: the database, the tables, one worker for jobs, and the pages.

One process starts everything and waits: it holds the embedded database, brings the
tables forward, gathers the static files, starts the worker, and runs gunicorn, whose
processes open the office for themselves. When it ends, all end.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import signal
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ceyuan.kernel import CeyuanError
from ceyuan.web.settings import (
    Settings,
    check_settings,
    django_values,
    version_of_static,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.core.handlers.wsgi import WSGIHandler

_ADVICE = 0x6365_7975_7765  # one process makes the portal's tables at a time


def configure(settings: Settings) -> None:
    """Give Django its settings and let it get ready; later, another database."""
    import django
    from django.conf import settings as django_settings
    from django.db import connections

    values = django_values(settings)
    if not django_settings.configured:
        django_settings.configure(**values)
        django.setup()
        return
    # Opening an office makes its tables, and that may have pointed Django elsewhere.
    django_settings.CEYUAN = settings
    said = connections.configure_settings({"default": values["DATABASES"]["default"]})
    connections["default"].close()
    del connections["default"]
    connections.settings["default"] = said["default"]


def make_tables() -> None:
    """Bring the portal's own tables forward: logins, sessions, attempts, cache."""
    from django.core.management import call_command
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s)", [_ADVICE])
        try:
            call_command("migrate", verbosity=0, interactive=False)
            call_command("createcachetable", verbosity=0)
        finally:
            cursor.execute("select pg_advisory_unlock(%s)", [_ADVICE])


def gather_static(settings: Settings) -> None:
    """Lay static files where they are served from, named by hash and compressed."""
    from django.core.management import call_command

    folder = settings.folder / ".ceyuan" / "cache" / "static"
    mark = folder / "version"
    version = version_of_static()
    if mark.is_file() and mark.read_text("ascii") == version:
        return
    folder.mkdir(parents=True, exist_ok=True)
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    mark.write_text(version, "ascii")


@contextmanager
def opened(settings: Settings) -> Iterator[Settings]:
    """Yield the settings of an office that is open, its tables up to date."""
    from ceyuan.office.memory import open_memory

    check_settings(settings)
    configure(settings)
    with open_memory(
        settings.folder, region=settings.region, url=settings.database_url
    ) as memory:
        ready = replace(settings, database_url=memory.database.url)
        configure(ready)
        make_tables()
        refuse_demo(ready)
        gather_static(ready)
        yield ready


def refuse_demo(settings: Settings) -> None:
    """See that no account of a demonstration is left where it is in earnest.

    Raises:
        UsageError: One is.
    """
    from ceyuan.web.demo import refuse

    if settings.production:
        refuse()


def application(settings: Settings) -> WSGIHandler:
    """Return the portal for a WSGI server."""
    configure(settings)
    from django.core.wsgi import get_wsgi_application

    return get_wsgi_application()


def serve(settings: Settings, *, ready: Callable[[str], None]) -> None:
    """Serve until told to stop.

    Args:
        settings: How.
        ready: Told the address once it answers.

    Raises:
        UsageError: A start would not be safe.
    """
    with opened(settings) as said:
        # Nothing that is open here may be shared with the processes to come.
        from django.db import connections

        connections.close_all()
        context = multiprocessing.get_context("spawn")
        workers = [
            context.Process(target=work, args=(said,), kwargs={"behind": behind})
            for behind in (False, True)
        ]
        for one in workers:
            one.start()
        try:
            _gunicorn(said, ready)
        finally:
            for one in workers:
                if one.is_alive() and one.pid:
                    with contextlib.suppress(ProcessLookupError):
                        os.killpg(one.pid, signal.SIGTERM)
            for one in workers:
                one.join(10)
                if one.is_alive():  # in the middle of something that can be made again
                    one.kill()


def work(settings: Settings, *, behind: bool = False) -> None:
    """Do jobs until told to stop; a process of its own.

    Args:
        settings: How the portal is run.
        behind: Only what nobody waits for, and only with what time is left over.
    """
    from ceyuan.office.job_kinds import KINDS
    from ceyuan.office.jobs import work as do_work
    from ceyuan.office.memory import open_memory
    from ceyuan.office.sheets_job import KIND as SHEETS
    from ceyuan.office.sheets_job import ask_for_sheets
    from ceyuan.web.rounds import going_round

    os.setsid()  # its helpers end with it
    ended: list[int] = []
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda number, _: ended.append(number))
    parent = os.getppid()
    with (
        open_memory(
            settings.folder,
            region=settings.region,
            actor="worker",
            url=settings.database_url,
        ) as memory,
        going_round(settings, memory),
    ):
        if behind:
            os.nice(10)
            ask_for_sheets(memory)
        kinds = {k: v for k, v in KINDS.items() if (k == SHEETS) is behind}
        do_work(memory, kinds, lambda: bool(ended) or os.getppid() != parent)


def settle() -> None:
    """Read what every page needs, and leave it out of the search for garbage.

    The first reader does not wait for declarations to be read. They are a large heap
    that nothing frees; searching it again and again took a tenth of every page.
    """
    from ceyuan.office.users import load_roles
    from ceyuan.web.opened import memory
    from ceyuan.web.words import catalogue

    with contextlib.suppress(CeyuanError):  # the first page will say what is wrong
        load_roles(memory().region.id)
        memory().declared.instruments  # noqa: B018 - it is read when first asked for
    catalogue()
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def _gunicorn(settings: Settings, ready: Callable[[str], None]) -> None:
    from gunicorn.app.base import BaseApplication

    class Portal(BaseApplication):
        def load_config(self) -> None:
            host = f"[{settings.host}]" if ":" in settings.host else settings.host
            for name, value in {
                "bind": f"{host}:{settings.port}",
                "workers": settings.workers,
                "threads": settings.threads,
                "worker_class": "gthread",
                "timeout": 120,
                "graceful_timeout": 10,
                "keepalive": 5,
                "loglevel": settings.log_level,
                "accesslog": "-" if settings.log_level == "debug" else None,
                "proc_name": "ceyuan",
                "control_socket_disable": True,
                # A process that answers ends here: what its parent has open, the
                # database among it, is the parent's to close.
                "worker_exit": lambda _, __: os._exit(0),
                "post_worker_init": lambda _: settle(),
                "when_ready": lambda _: ready(f"http://{host}:{settings.port}/"),
                "limit_request_field_size": 16_380,
                "forwarded_allow_ips": "*" if settings.proxy else "127.0.0.1",
            }.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            return application(settings)

    Portal().run()
