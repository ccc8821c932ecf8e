# SPDX-License-Identifier: Apache-2.0
"""Firm sheets of the last run, made beside the pages: a job of the kind `sheets`.

Asked for after a run and when the portal starts. A sheet that is there already is not
made again, so a job that was cut off goes on where it was. In a city of more firms than
`MOST` they are made when somebody asks for one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ceyuan.kernel import UsageError
from ceyuan.office.firm_sheets import forget_sheets, make_sheets
from ceyuan.office.firms import FIRM
from ceyuan.office.jobs import enqueue, jobs_of
from ceyuan.office.runs import find

if TYPE_CHECKING:
    from ceyuan.office.jobs import Job, Progress
    from ceyuan.office.memory import Memory

KIND = "sheets"
MOST = 50_000


def make(memory: Memory, job: Job, progress: Progress) -> dict[str, Any]:
    """Make the sheets of a run."""
    made = make_sheets(
        memory,
        job.said.get("run", "last"),
        progress=lambda done, whole: progress(done, whole, "sheets"),
    )
    forget_sheets(memory)
    return {"run": made.run, "firms": made.firms, "made": made.made}


def ask_for_sheets(memory: Memory) -> str:
    """Ask for the sheets of the last run where they are wanted; return the job's id.

    Empty where there is no run, where there are too many firms, or where somebody has
    asked already.
    """
    try:
        run = find(memory, "last")
    except UsageError:
        return ""
    if not 0 < run.subjects.get(FIRM, 0) <= MOST:
        return ""
    with memory.transaction() as conn:
        for job in jobs_of(conn, kind=KIND):
            if not job.is_over and job.said.get("run") == run.id:
                return ""
        return enqueue(conn, KIND, {"run": run.id}, actor=memory.actor)
