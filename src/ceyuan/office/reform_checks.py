# SPDX-License-Identifier: Apache-2.0
"""What was checked of a simulation, and whether it held.

A check is `ok`: true, false, or null where there was nothing to hold it against. Who
sees a false one sees no result: a figure beside "this check failed" would be believed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ceyuan.policies.simulated import Cost, Turns

if TYPE_CHECKING:
    from ceyuan.office.simulating import Tried
    from ceyuan.policies.simulated import PolicyEffect, Simulated


def checks_of(tried: Tried) -> list[dict[str, Any]]:
    """Return the checks, those first without which nothing else is worth a look."""
    return [_empty(tried), _stored(tried), _twice(tried), _whole(tried)]


def failed_check(name: str, what: str) -> dict[str, Any]:
    """Return a check that ended the simulation."""
    return {"id": name, "ok": False, "what": what}


def _empty(tried: Tried) -> dict[str, Any]:
    """A reform without changes changed nothing; otherwise there were no result."""
    done = [one.checks for one in tried.effects]
    return {
        "id": "empty",
        "ok": True,
        "rows": sum(one.rows for one in done),
        "policies": sum(one.policies for one in done),
    }


def _stored(tried: Tried) -> dict[str, Any]:
    """Today's side says what the stored run of the same facts says."""
    done = [c for e in tried.effects if (c := e.checks).stored_rows is not None]
    return {
        "id": "stored",
        "ok": all(one.sound for one in done) if done else None,
        "run": tried.stored,
        "rows": sum(one.stored_rows or 0 for one in done),
        "differing": sum(one.differing for one in done),
        "differences": [
            {
                "column": d.column,
                "stored": _plain(d.expected),
                "computed": _plain(d.found),
            }
            for one in done
            for d in one.differences
        ],
        "not_stored": sorted({p for one in done for p in one.not_stored}),
    }


def _twice(tried: Tried) -> dict[str, Any]:
    """Who is named was decided once more, by the other evaluator, and equally."""
    rows = sum(
        len(effect.gainers) + len(effect.losers)
        for one in tried.effects
        for effect in one.policies.values()
    )
    return {"id": "twice", "ok": True if rows else None, "rows": rows}


def _whole(tried: Tried) -> dict[str, Any]:
    """The parts make the whole: outcomes, and every grouping, to the fen."""
    parts = [(one, effect) for one in tried.effects for effect in one.policies.values()]
    wrong = [
        f"{effect.policy} {name}"
        for one, effect in parts
        for name in _unequal(one, effect)
    ]
    return {
        "id": "whole",
        "ok": not wrong if parts else None,
        "rows": sum(len(effect.groups) + 1 for _, effect in parts),
        "wrong": wrong,
    }


def _unequal(one: Simulated, effect: PolicyEffect) -> list[str]:
    found = []
    if sum(effect.transitions.values()) != one.subjects:
        found.append("outcomes")
    for name, shares in effect.groups.items():
        turns, before, after = Turns(), Cost(), Cost()
        for share in shares.values():
            turns = turns + share.turns
            before = before + (share.before or Cost())
            after = after + (share.after or Cost())
        whole = (effect.before or Cost(), effect.after or Cost())
        subjects = sum(share.subjects for share in shares.values())
        told = (subjects, turns, before, after)
        if told != (one.subjects, effect.turns, *whole):
            found.append(name)
    return found


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, (int, str)) else str(value)
