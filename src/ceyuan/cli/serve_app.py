# SPDX-License-Identifier: Apache-2.0
"""`ceyuan serve`, `ceyuan login`: the portal, in a process that takes this one's place.

The portal is another face: it is started, not imported.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated, NoReturn

import typer

from ceyuan.cli.app import Json, RegionName, app


@app.command()
def serve(
    host: Annotated[str, typer.Option("--host", help="监听的地址 (address)")] = "",
    port: Annotated[int, typer.Option("--port", help="端口，默认 8000 (port)")] = 0,
    workers: Annotated[
        int, typer.Option("--workers", help="应答的进程数 (processes)")
    ] = 0,
    production: Annotated[
        bool, typer.Option("--production", help="正式启动：要有密钥、主机名和 HTTPS")
    ] = False,
    region: Annotated[str, typer.Option("--region", help="地区 (region)")] = "",
) -> None:
    """启动门户：网页和接口，用当前文件夹里的办公室 (serve the portal).

    例: ceyuan serve

    例: ceyuan serve --port 8080 --workers 4
    """
    words = ["serve"]
    for name, value in (
        ("--host", host),
        ("--port", port),
        ("--workers", workers),
        ("--region", region),
    ):
        if value:
            words += [name, str(value)]
    if production:
        words.append("--production")
    _become(words)


@app.command()
def login(
    name: Annotated[str, typer.Argument(metavar="NAME", help="登记过的用户 (a user)")],
    reason: Annotated[
        str, typer.Option("--reason", help="理由，会留下记录 (why)")
    ] = "",
    actor: Annotated[
        str,
        typer.Option(
            "--as", metavar="WHO", help="以谁的名义，默认他自己 (who gives it)"
        ),
    ] = "",
    region: RegionName = "",
    as_json: Json = False,
) -> None:
    """给一个用户设密码的链接，只能用一次，三天有效 (a link to set a password).

    例: ceyuan login 张三

    例: ceyuan login 李四 --as 张三 --reason 忘了密码
    """
    words = ["login"]
    for option, value in (("--as", actor), ("--reason", reason), ("--region", region)):
        if value:
            words += [option, value]
    if as_json:
        words.append("--json")
    # A name may begin like an option.
    _become([*words, "--", name])


def _become(words: list[str]) -> NoReturn:
    """Let the portal's program take this one's place."""
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "ceyuan.web", *words])  # noqa: S606 - our own program
