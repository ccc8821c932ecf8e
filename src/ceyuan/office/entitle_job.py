# SPDX-License-Identifier: Apache-2.0
"""Entitlement runs as jobs: what would be written, and then exactly that.

A dry run tells what would be promised and taken back, with a digest of all of it. The
real one is asked with that digest: it looks again first, and where anything is
otherwise by then, it writes nothing and says so.
"""

from __future__ import annotations

import hashlib
from datetime import date
from typing import TYPE_CHECKING, Any

from ceyuan.kernel import CeyuanError
from ceyuan.office.booked import seal_book
from ceyuan.office.entitling import entitle
from ceyuan.office.import_job import problem_json
from ceyuan.office.money_told import terms_of

if TYPE_CHECKING:
    from ceyuan.office.jobs import Job, Progress
    from ceyuan.office.memory import Memory
    from ceyuan.office.promising import Entitled, Terms

ENTITLE = "entitle"
SHOWN = 300
"""So many entitlements, and so many of everything else, are named; all are counted."""


class Otherwise(CeyuanError):
    """What would be written now is not what was shown; nothing was written."""


def do_entitle(memory: Memory, job: Job, progress: Progress) -> dict[str, Any]:
    """Entitle a year, or tell what that would do; the work of the kind `entitle`."""
    said = job.said
    day = date.fromisoformat(said["on"])

    def ask(*, dry: bool) -> Entitled:
        return entitle(
            memory,
            year=said["year"],
            policies=said["policies"],
            run=said["run"],
            on=day,
            reason=said["reason"],
            dry_run=dry,
            progress=lambda done, whole: progress(done, whole, "dry" if dry else ""),
        )

    if said["dry"]:
        made = ask(dry=True)
    else:
        if digest_of(ask(dry=True)) != said["digest"]:
            msg = (
                "现在要写的和试算时列出的不一样，没有写入 "
                "(it would be otherwise than shown; nothing was written)"
            )
            raise Otherwise(msg, hint="再试算一次，核对后确认")
        made = ask(dry=False)
        seal_book(memory)
    return entitled_told(made, terms_of(memory, made, day))


def digest_of(made: Entitled) -> str:
    """Return a hash of all that a run of entitlements writes."""
    lines = [f"+ {name} {due.amount}" for name, due in made.fresh]
    lines += [f"- {held.id}" for held in made.withdrawn]
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def entitled_told(made: Entitled, terms: dict[str, Terms]) -> dict[str, Any]:
    """Return what a page shows of a run of entitlements; amounts in smallest units."""
    return {
        "year": made.year,
        "run": made.run,
        "dry": made.dry,
        "synthetic": made.synthetic,
        "digest": digest_of(made),
        "firms": made.firms,
        "total_fen": made.total,
        "count": len(made.fresh),
        "policies": _policies(made, terms),
        "fresh": [
            {
                "id": name,
                "policy": due.policy,
                "key": due.key,
                "name": due.name,
                "party": due.party,
                "amount": due.amount,
                "commodity": due.commodity,
            }
            for name, due in made.fresh[:SHOWN]
        ],
        "withdrawn": [
            {"id": h.id, "policy": h.policy, "amount": h.amount, "state": h.state}
            for h in made.withdrawn[:SHOWN]
        ],
        "withdrawn_count": len(made.withdrawn),
        "stacked": [
            {"group": s.group, "rule": s.rule, "zh": s.zh, "en": s.en}
            for s in made.stacked[:SHOWN]
        ],
        "stacked_count": len(made.stacked),
        "unfunded": {
            "count": len(made.unfunded),
            "fen": sum(made.unfunded.values()),
        },
        "problems": [problem_json(p) for p in made.problems[:SHOWN]],
        "problem_count": len(made.problems),
    }


def _policies(made: Entitled, terms: dict[str, Terms]) -> list[dict[str, Any]]:
    """Return, per policy, how many, to how many firms, how much and until when."""
    rows: dict[tuple[str, str, str], dict[str, Any]] = {}
    firms: dict[tuple[str, str, str], set[int]] = {}
    for _, due in made.fresh:
        key = (due.policy, due.instrument, due.commodity)
        row = rows.setdefault(
            key,
            {
                "policy": due.policy,
                "instrument": due.instrument,
                "commodity": due.commodity,
                "count": 0,
                "amount": 0,
            },
        )
        row["count"] += 1
        row["amount"] += due.amount
        firms.setdefault(key, set()).add(due.org)
    for key, row in rows.items():
        term = terms.get(row["instrument"])
        row["firms"] = len(firms[key])
        row["object_until"] = None if term is None else term.object_until.isoformat()
        row["promised_on"] = None if term is None else term.promised_on.isoformat()
    return list(rows.values())
