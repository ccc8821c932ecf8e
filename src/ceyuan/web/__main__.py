# SPDX-License-Identifier: Apache-2.0
"""`python -m ceyuan.web`: what `ceyuan serve` and `ceyuan login` start.

The command line and the portal are two faces that do not know each other; this is the
door between them, a process of its own.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ceyuan.kernel import CeyuanError
from ceyuan.web.settings import read_settings

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.command()
def serve(
    host: Annotated[str, typer.Option()] = "",
    port: Annotated[int, typer.Option()] = 0,
    workers: Annotated[int, typer.Option()] = 0,
    production: Annotated[bool, typer.Option()] = False,
    region: Annotated[str, typer.Option()] = "",
) -> None:
    """Serve the portal of the working folder."""
    from ceyuan.web.serving import serve as run

    settings = read_settings(
        Path.cwd(),
        host=host or None,
        port=port or None,
        workers=workers or None,
        production=production or None,
        region=region or None,
    )
    run(settings, ready=_say)


def _say(address: str) -> None:
    print(
        f"策源门户：{address}  English: {address}en/  （Ctrl-C 结束）", file=sys.stderr
    )


@app.command()
def demo_logins(names: list[str]) -> None:
    """Give users of a demonstration a login; in the working folder."""
    from dataclasses import replace

    from ceyuan.office.memory import open_memory
    from ceyuan.web.demo import give_logins
    from ceyuan.web.serving import configure, make_tables

    settings = read_settings(Path.cwd())
    with open_memory(settings.folder, url=settings.database_url) as memory:
        configure(replace(settings, database_url=memory.database.url))
        make_tables()
        give_logins(memory, names)


def main() -> int:
    """Run a command; an error of ours is said, and is an exit code."""
    try:
        app(standalone_mode=False)
    except CeyuanError as error:
        print(f"error: {error.message}", file=sys.stderr)  # noqa: T201 - the terminal
        if error.hint:
            print(f"\nhint: {error.hint}", file=sys.stderr)  # noqa: T201
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
