# SPDX-License-Identifier: Apache-2.0
"""Run the command line and turn every ending into one exit code."""

from __future__ import annotations

import hashlib
import os
import sys
import traceback
from typing import TYPE_CHECKING

from ceyuan.kernel import CeyuanError, InputRejected

if TYPE_CHECKING:
    from collections.abc import Sequence

BUG = 70
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `ceyuan` and exit."""
    # On Ctrl-C a half-written file is deleted; its parts need not complain of it.
    sys.unraisablehook = lambda _: None
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run `ceyuan` with arguments and return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        # Names are Chinese; a terminal of another encoding must not stop the work.
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")
    # Imported here so that the name of the command is all it takes to start.
    import typer

    from ceyuan.cli.commands import app

    try:
        code = app(args=list(arguments), prog_name="ceyuan", standalone_mode=False)
        sys.stdout.flush()  # here, where a reader that has left is no fault
        if code == INTERRUPTED:  # typer turns Ctrl-C into a code without a word
            return _stopped()
        return code if isinstance(code, int) else 0
    except typer.Exit as leaving:
        return leaving.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return _stopped()
    except CeyuanError as error:
        return _said(error)
    except BrokenPipeError:
        return _unread()
    except SystemExit as leaving:
        # typer leaves in this way when the pipe is closed, and only then.
        if not isinstance(leaving.__context__, BrokenPipeError):
            raise
        return _unread()
    except Exception as error:  # noqa: BLE001
        # typer keeps the root of its usage errors to itself; each can show itself.
        show = getattr(error, "show", None)
        if show is None:
            return _bug()
        show(sys.stderr)
        return 2


def _unread() -> int:
    """The reader has seen enough (`| head`); nothing is wrong."""
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    return 0


def _stopped() -> int:
    sys.stderr.write("\n已中断 (interrupted)\n")
    return INTERRUPTED


def _said(error: CeyuanError) -> int:
    problems = error.problems[:20] if isinstance(error, InputRejected) else ()
    is_one = len(problems) == 1 and problems[0].message == error.message
    lines = [] if is_one else [f"错误: {error}"]
    lines += [f"错误: {p}" if is_one else str(p) for p in problems]
    if error.hint and error.hint not in {p.mend for p in problems}:
        lines += ["", f"hint: {error.hint}"]
    sys.stderr.write("\n".join(lines) + "\n")
    return error.exit_code


def _bug() -> int:
    text = traceback.format_exc()
    report = hashlib.sha256(text.encode()).hexdigest()[:8]
    sys.stderr.write(text)
    sys.stderr.write(
        f"\n这是策源自己的错误，编号 {report} (our bug, report id {report})\n"
        "hint: 连同上面的文字报给我们；您的文件没有改动\n"
    )
    return BUG
