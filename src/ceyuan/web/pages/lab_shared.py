# SPDX-License-Identifier: Apache-2.0
"""What the pages of the lab have in common: a reform that may be seen, its population."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404

from ceyuan.kernel import UsageError
from ceyuan.office.jobs import job_of
from ceyuan.office.reform_job import KIND
from ceyuan.office.reforms import SavedReform, reform_of
from ceyuan.web.asking import office, reading, see

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from django.http import HttpRequest

    from ceyuan.office.jobs import Job


def reform_or_404(request: HttpRequest, name: str, action: str = "see") -> SavedReform:
    """Return a reform that who asks may do something with."""
    with reading(request) as conn:
        try:
            found = reform_of(conn, name)
        except UsageError as error:
            raise Http404 from error
    see(request, "reform", action, owner=found.actor)
    return found


def try_or_404(request: HttpRequest, reform: SavedReform, name: str) -> Job:
    """Return a job that tried a reform."""
    with reading(request) as conn:
        try:
            job = job_of(conn, name)
        except UsageError as error:
            raise Http404 from error
    if job.kind != KIND or job.said.get("reform") != reform.id:
        raise Http404
    return job


def subjects_known(request: HttpRequest, as_of: date) -> frozenset[str]:
    """Return the kinds of subjects of which anything is recorded."""
    memory = office(request)
    known = memory.reading(as_of)
    return frozenset(
        kind.said.facts_of
        for kind in memory.kinds.values()
        if kind.said.facts_of and known.has(kind.id)
    )


def brief(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return the sums of a simulation: money by what it is, who gains, who loses.

    Who gains by two policies counts twice: by whom is not kept beside the sums.
    """
    if not result.get("sound"):
        return {"sound": False, "synthetic": False}
    costs: dict[str, list[int]] = {}
    policies = result["policies"]
    for one in policies.values():
        if one["basis"] is not None and one["before"] is not None:
            sides = costs.setdefault(one["basis"], [0, 0])
            sides[0] += one["before"]["definite"]
            sides[1] += one["after"]["definite"]
    turns = ("gain", "lose", "gained", "more", "lost", "less")
    return {
        "sound": True,
        "synthetic": result["synthetic"],
        "costs": [(basis, a, b, b - a) for basis, (a, b) in costs.items()],
        **{key: sum(one[key] for one in policies.values()) for key in turns},
        "holds": [sum(p["holds"][at] for p in policies.values()) for at in (0, 1)],
        "policies": len(policies),
        "partial": [n for n, one in policies.items() if one["coverage"] != "full"],
        "subjects": sum(result["subjects"].values()),
        "kinds": list(result["subjects"]),
    }
