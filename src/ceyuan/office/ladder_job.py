# SPDX-License-Identifier: Apache-2.0
"""Looks over all firms as jobs: the ladder of a year, where sources differ."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from ceyuan.office.climbed import climbed_json
from ceyuan.office.climbing import climb
from ceyuan.office.disagreements_ranked import ranked

if TYPE_CHECKING:
    from ceyuan.office.jobs import Job, Progress
    from ceyuan.office.memory import Memory

LADDER, DISAGREEMENTS = "ladder", "disagreements"
NAMED = 1_000
"""So many firms that are one clause away are named, per policy."""


def do_ladder(memory: Memory, job: Job, progress: Progress) -> dict[str, Any]:
    """Work out the ladder of a year; the work of a job of the kind `ladder`."""
    made = climb(
        memory,
        job.said["year"],
        today=date.fromisoformat(job.said["day"]),
        limit=NAMED,
        progress=lambda _, done: progress(done, 0, "firm"),
    )
    return climbed_json(made)


def do_disagreements(memory: Memory, job: Job, progress: Progress) -> dict[str, Any]:
    """Rank where sources differ; the work of a job of the kind `disagreements`."""
    return ranked(
        memory,
        as_of=date.fromisoformat(job.said["as_of"]),
        progress=lambda done: progress(done, 0, "firm"),
    )
