# SPDX-License-Identifier: Apache-2.0
"""`ceyuan serve`: the portal, in a process that takes this one's place."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from ceyuan.cli.app import app


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
    # The portal is another face; it is started, not imported.
    os.execv(sys.executable, [sys.executable, "-m", "ceyuan.web", *words])  # noqa: S606 - our own program
