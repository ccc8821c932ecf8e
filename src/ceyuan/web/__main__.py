# SPDX-License-Identifier: Apache-2.0
"""`python -m ceyuan.web`: what `ceyuan serve` and `ceyuan login` start.

The command line and the portal are two faces that do not know each other; this is the
door between them, a process of its own.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from ceyuan.kernel import CeyuanError
from ceyuan.web.settings import read_settings, site_of

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
    print(  # noqa: T201 - the terminal
        f"策源门户：{address}  English: {address}en/  （Ctrl-C 结束）", file=sys.stderr
    )


@app.command()
def login(
    name: str,
    actor: Annotated[str, typer.Option("--as")] = "",
    reason: Annotated[str, typer.Option()] = "",
    region: Annotated[str, typer.Option()] = "",
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Give a user a link that lets him set a password; for the first administrator.

    What he had before is void. Whoever is at the terminal has the database anyhow; the
    audit trail names whom he says he is: an administrator, by default who is named in
    `CEYUAN_USER`, else `name` himself.
    """
    from dataclasses import replace

    from ceyuan.office.logins_given import give_way_in
    from ceyuan.office.memory import open_memory
    from ceyuan.web.serving import configure, make_tables

    settings = read_settings(Path.cwd(), region=region or None)
    with open_memory(
        settings.folder,
        actor=actor or os.environ.get("CEYUAN_USER", "").strip() or name,
        url=settings.database_url,
        region=settings.region,
    ) as memory:
        configure(replace(settings, database_url=memory.database.url))
        make_tables()
        from ceyuan.web.accounts import link_to_set_password, unusable

        give_way_in(memory, name, unusable(), reason=reason or "命令行 (terminal)")
        link = f"{site_of(settings)}{link_to_set_password(name)}"
    if as_json:
        said = {"schema": "ceyuan.login/1", "name": name, "link": link}
        link = json.dumps(said, ensure_ascii=False, indent=2)
    print(link)  # noqa: T201 - the terminal


@app.command()
def demo_logins(names: Annotated[list[str] | None, typer.Argument()] = None) -> None:
    """Make the accounts of a demonstration and print them; in the working folder.

    With names, users of these names get a login besides.
    """
    from dataclasses import replace

    from ceyuan.office.memory import open_memory
    from ceyuan.web.demo import PASSWORD, give_logins, make_accounts
    from ceyuan.web.serving import configure, make_tables

    settings = read_settings(Path.cwd())
    with open_memory(settings.folder, url=settings.database_url) as memory:
        configure(replace(settings, database_url=memory.database.url))
        make_tables()
        made = make_accounts(memory, settings)
        give_logins(memory, names or [])
    _print_accounts(
        [
            ("用户 (user)", "角色 (role)", "密码 (password)"),
            *(
                (one.name, "、".join(f"{r.zh} {r.en}" for r in one.roles), PASSWORD)
                for one in made
            ),
        ]
    )


def _print_accounts(rows: list[tuple[str, str, str]]) -> None:
    """Print a table on the terminal; what is piped is parted by tabs."""
    if not sys.stdout.isatty():
        for row in rows:
            print("\t".join(row))  # noqa: T201 - the terminal
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(*rows[0])
    for row in rows[1:]:
        table.add_row(*row)
    Console().print(table)


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
