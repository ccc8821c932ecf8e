# SPDX-License-Identifier: Apache-2.0
"""Two reforms side by side: what each changes, and what comes of each on the same facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ceyuan.office.parameters import typed_settings
from ceyuan.office.redline import redline
from ceyuan.office.reform_text import read_text
from ceyuan.web.asking import office
from ceyuan.web.pages.lab_shared import brief

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest

    from ceyuan.office.jobs import Job
    from ceyuan.office.reforms import SavedReform

_SAME = ("snapshot", "as_of", "params", "declarations")
_TURNS = ("gain", "gained", "more", "lose", "lost", "less")


def compared(
    request: HttpRequest, pair: Sequence[SavedReform], jobs: Sequence[Job | None]
) -> dict[str, Any]:
    """Return what a page says of two reforms.

    Args:
        request: Who asks.
        pair: The two.
        jobs: The last sound simulation of each; None: it has none.
    """
    results = [job.result if job is not None else None for job in jobs]
    apart = []
    if all(results):
        one, other = results
        apart = [k for k in _SAME if (one or {})[k] != (other or {})[k]]
    return {
        "sides": [
            {"reform": reform, "job": job, "brief": brief(result) if result else None}
            for reform, job, result in zip(pair, jobs, results, strict=True)
        ],
        "apart": apart,
        "parts": _parts(request, pair),
        "policies": _policies(results) if all(results) else [],
        "synthetic": any((result or {}).get("synthetic") for result in results),
    }


def _parts(request: HttpRequest, pair: Sequence[SavedReform]) -> list[dict[str, Any]]:
    """Return every part that either changes: as it is, and as each would have it."""
    memory = office(request)
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for at, reform in enumerate(pair):
        said = read_text(reform.body, memory.region, name=reform.file)
        settings = typed_settings(memory.region, reform.asking.params)
        for policy in redline(memory.region, said, reform.as_of, settings):
            whole = {"policy": policy, "part": None, "sides": [None, None]}
            if not policy.parts:
                key = (policy.policy, "", "")
                found.setdefault(key, whole)["sides"][at] = policy.change
            for part in policy.parts:
                key = (policy.policy, part.kind, part.name)
                row = found.setdefault(
                    key, {"policy": policy, "part": part, "sides": [None, None]}
                )
                row["sides"][at] = part
    return [found[key] for key in sorted(found)]


def _policies(results: Sequence[dict[str, Any] | None]) -> list[dict[str, Any]]:
    """Return every policy that either touches, with what each does to it."""
    known = [(result or {})["policies"] for result in results]
    found = []
    for policy in {**known[0], **known[1]}:
        sides = [one.get(policy) for one in known]
        said = sides[0] or sides[1]
        assert said is not None
        costs = [None if s is None or s["after"] is None else s for s in sides]
        found.append(
            {
                "zh": said["zh"],
                "en": said["en"],
                "basis": said["basis"],
                "today": None if said["before"] is None else said["before"]["definite"],
                "holds": said["holds"][0],
                "sides": [
                    None
                    if side is None
                    else {
                        **{key: side[key] for key in _TURNS},
                        "holds": side["holds"][1],
                        "after": None if cost is None else cost["after"]["definite"],
                        "difference": None
                        if cost is None
                        else cost["after"]["definite"] - cost["before"]["definite"],
                    }
                    for side, cost in zip(sides, costs, strict=True)
                ],
            }
        )
    return found
