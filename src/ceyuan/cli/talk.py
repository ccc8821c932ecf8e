# SPDX-License-Identifier: Apache-2.0
"""Talk on stderr: progress after half a second, notes, hints. Never on stdout."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class Talk:
    """Says what is going on, unless asked to be quiet.

    Args:
        quiet: Say nothing.
    """

    quiet: bool = False
    _started: float = field(default_factory=time.monotonic)
    _shown: float = 0.0
    _open: bool = False

    def say(self, text: str) -> None:
        """Say one line."""
        if not self.quiet:
            self._close()
            sys.stderr.write(text + "\n")

    def progress(self, what: str, done: int, whole: int) -> None:
        """Show how far a piece of work is: on a terminal, after half a second."""
        now = time.monotonic()
        silent = (
            self.quiet
            or os.environ.get("CEYUAN_NO_PROGRESS")
            or not sys.stderr.isatty()
            or now - self._started < 0.5
        )
        if silent or (now - self._shown < 0.1 and done < whole):
            return
        self._shown, self._open = now, True
        spent = now - self._started
        left = spent / done * (whole - done) if done else 0.0
        filled = 20 * done // max(whole, 1)
        bar = "━" * filled + "─" * (20 - filled)
        rate = done / spent if spent else 0.0
        sys.stderr.write(
            f"\r{what} {bar} {done:,}/{whole:,}  {rate:,.0f}/s  还需 {left:.0f} s\x1b[K"
        )
        sys.stderr.flush()

    def _close(self) -> None:
        if self._open:
            sys.stderr.write("\n")
            self._open = False

    def done(self) -> None:
        """End a line of progress."""
        self._close()
