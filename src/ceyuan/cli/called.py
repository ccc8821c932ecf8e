# SPDX-License-Identifier: Apache-2.0
"""How this program is called in the shell that started it.

What is printed to be pasted has to work there: `ceyuan` where the shell finds this very
program by its name, else the path to it, as short as it is from the shell's folder.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path


def called(folder: Path) -> str:
    """Return the beginning of a command that works in a folder: `ceyuan -C build/demo`.

    To be asked before this process goes elsewhere.

    Args:
        folder: The folder, as it was said.
    """
    words = [_program(), "-C", str(folder)]
    return shlex.join(words)


def _program() -> str:
    own = Path(sys.executable).with_name("ceyuan")
    found = shutil.which("ceyuan")
    if not own.exists() or (found and Path(found).samefile(own)):
        return "ceyuan"
    near = os.path.relpath(own)
    return near if not near.startswith(os.pardir) else str(own)
