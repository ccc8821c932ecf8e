# SPDX-License-Identifier: Apache-2.0
"""An import that a program asks for: read and taken in one job, without a look between.

A person looks at a preview first and then accepts it; a program that brings the same
form each night has nobody who looks. It may ask for a preview alone, too.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from ceyuan.kernel import UsageError
from ceyuan.office.auditing import audit
from ceyuan.office.import_job import IMPORT, words_of
from ceyuan.office.jobs import enqueue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ceyuan.office.import_job import Wanted
    from ceyuan.office.memory import Memory
    from ceyuan.office.uploads import Upload


def ask_import(
    memory: Memory, uploads: Sequence[Upload], wanted: Wanted, *, reason: str
) -> str:
    """Ask for files to be imported; return the job's id.

    Raises:
        UsageError: There is no such type, source or form, it takes no files, or no
            reason is given.
    """
    if not reason.strip():
        msg = "要说明理由 (a reason is asked)"
        raise UsageError(msg, hint="写明数据从哪里来、为什么导入")
    said = {
        **words_of(memory, uploads, wanted),
        "reason": reason.strip(),
        "preview": f"asked-{secrets.token_hex(8)}",
    }
    with memory.transaction() as conn:
        name = enqueue(conn, IMPORT, said, actor=memory.actor)
        audit(
            conn,
            "import.ask",
            [(name, None, {"files": [one.name for one in uploads]})],
            actor=memory.actor,
            reason=reason,
        )
    return name
