# SPDX-License-Identifier: Apache-2.0
"""Options that several commands of an office have in common."""

from __future__ import annotations

from typing import Annotated

import typer

KnownAt = Annotated[
    str,
    typer.Option(
        "--known-at", metavar="MOMENT", help="按当时所知，默认现在 (as known then)"
    ),
]
Reason = Annotated[str, typer.Option("--reason", help="理由，会留下记录 (why)")]
Actor = Annotated[
    str, typer.Option("--as", metavar="WHO", help="以谁的名义，默认系统账号 (who asks)")
]
RunName = Annotated[
    str,
    typer.Option("--run", metavar="RUN", help="哪一次判定，默认最近一次 (which run)"),
]
Most = Annotated[int, typer.Option("--limit", min=1, help="至多列几条 (at most)")]
FirmSaid = Annotated[
    str, typer.Argument(metavar="FIRM", help="名称、名称的一部分或信用代码")
]
RecordName = Annotated[
    str,
    typer.Option("--type", metavar="TYPE", help="记录类型，默认 firm (record type)"),
]
