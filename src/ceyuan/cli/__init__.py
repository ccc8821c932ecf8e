# SPDX-License-Identifier: Apache-2.0
"""The command line: parse, call a verb, show. It never decides.

Results go to stdout, talk to stderr. Exit codes: 0 done, 1 ran well and found
something wrong, 2 wrong usage, 3 input rejected, 4 not allowed, 70 our bug,
130 interrupted.
"""

from __future__ import annotations

from ceyuan.cli.run import main

__all__ = ["main"]
