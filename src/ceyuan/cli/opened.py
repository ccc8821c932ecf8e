# SPDX-License-Identifier: Apache-2.0
"""The office's memory of the working folder, opened for one command."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ceyuan.kernel import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ceyuan.office.memory import Memory

SYNTHETIC = "虚构样例数据，不是真实企业 (synthetic data)"


@contextmanager
def opened(
    region: str, actor: str = "", *, quiet: bool = False, make: bool = False
) -> Iterator[Memory]:
    """Yield the memory of the working folder; say what died since last time.

    Args:
        region: Whose declarations hold.
        actor: In whose name.
        quiet: Say nothing.
        make: Make a workspace where there is none: only what brings something in
            does, so that a question asked in the wrong folder leaves nothing there.

    Raises:
        UsageError: There is no workspace here.
    """
    from ceyuan.office.attempts import lost_attempts
    from ceyuan.office.memory import disk_errors, open_memory
    from ceyuan.office.workspace import Workspace

    if not make and not Workspace(Path.cwd()).paper.exists():
        msg = f"`{Path.cwd().name}` 里还没有工作区 (there is no workspace here)"
        raise UsageError(
            msg,
            hint="先 `ceyuan init` 或 `ceyuan import …`；或用 -C 指到工作区所在的文件夹",
        )
    with disk_errors(), open_memory(Path.cwd(), region=region, actor=actor) as memory:
        # It is told once: somebody who wants no talk leaves it to the next one.
        for lost in [] if quiet else lost_attempts(memory):
            if lost.kind != "import":
                continue
            files = "、".join(lost.files)
            since = f"{lost.started_at.astimezone():%Y-%m-%d %H:%M}"
            sys.stderr.write(
                f"上次导入没有做完（{lost.actor}，{since}，{files}）："
                "没有留下任何内容，请重新导入"
                " (an import died; nothing of it was kept)\n"
            )
        yield memory


def print_json(document: object) -> None:
    """Print one JSON document."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=1) + "\n")


def say(text: str) -> None:
    """Print one line of the result."""
    sys.stdout.write(text + "\n")


def mark(*, synthetic: bool) -> None:
    """Say that what is shown is invented, where it is."""
    if synthetic:
        say(f"※ {SYNTHETIC}")
