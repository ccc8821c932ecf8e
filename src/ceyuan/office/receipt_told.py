# SPDX-License-Identifier: Apache-2.0
"""Whether a receipt is ours and whole, told to whoever holds it.

What is told of the decision is what stands in the receipt. Nothing of the office's own
is added, not even that something was decided later: the receipt proves what was.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from ceyuan.ledger.receipts import SCHEMA as OF_BOOK
from ceyuan.office.judged import Judged, PolicyAnswer, verdict_of
from ceyuan.office.receipt_book import of_book
from ceyuan.office.receipt_form import SCHEMA as OF_RUN
from ceyuan.office.verifying import Check, verify

if TYPE_CHECKING:
    from collections.abc import Mapping

    from psycopg import Connection

    from ceyuan.declarations import Region
    from ceyuan.office.memory import Memory

_RUN = """
select region, as_of, known_at, base_year, settings, snapshot_id, declarations, engine,
  root, synthetic, finished_at
from run where id = %s
"""
_BY_ROOT = "select id from run where root = %s order by finished_at limit 1"


def judge(memory: Memory, document: Mapping[str, Any]) -> Judged:
    """Return whether a receipt holds, and what it says."""
    schema = document.get("schema")
    if schema == OF_RUN:
        return _of_run(memory, document)
    if schema == OF_BOOK:
        return of_book(memory, document)
    check = Check(
        "form",
        "failed",
        "不是本系统的凭据：没有认得的格式",
        "not a receipt of this system: its form is not known",
    )
    return Judged("other", "altered", (check,), {})


def run_of_code(memory: Memory, code: str) -> dict[str, Any] | None:
    """Return what everybody may know of a run, by its id or its published root."""
    with memory.transaction() as conn:
        name = code
        if len(code) == 64:
            found = conn.execute(_BY_ROOT, (bytes.fromhex(code),)).fetchone()
            if found is None:
                return None
            name = found[0]
        said = _run(conn, name)
    return None if said is None else {"id": name, **said}


def _run(conn: Connection, name: str) -> dict[str, Any] | None:
    row = conn.execute(_RUN, (name,)).fetchone()
    if row is None:
        return None
    settings = row[4] if isinstance(row[4], list) else json.loads(row[4])
    return {
        "region": row[0],
        "as_of": row[1].isoformat(),
        "known_at": row[2].astimezone(UTC).isoformat(),
        "base_year": row[3],
        "settings": settings,
        "snapshot": row[5],
        "declarations": row[6],
        "engine": row[7],
        "root": bytes(row[8]).hex(),
        "synthetic": row[9],
        "finished_at": row[10].astimezone(UTC).isoformat(),
    }


def _of_run(memory: Memory, document: Mapping[str, Any]) -> Judged:
    said = document.get("run")
    header = said if isinstance(said, dict) else {}
    name = header.get("id")
    with memory.transaction() as conn:
        ours = _run(conn, name) if isinstance(name, str) and _plain(name) else None
    archive = None
    digest = header.get("declarations")
    if digest != memory.declared.digest and ours is not None:
        place = memory.workspace.folder / "declarations" / f"{ours['declarations']}.zip"
        archive = place if place.is_file() else None
    told = verify(
        document, declarations=archive, root="" if ours is None else ours["root"]
    )
    checks = (*told.checks, _in_catalogue(header, ours))
    facts = _facts(document, header)
    return Judged(
        "run",
        verdict_of(checks),
        checks,
        facts,
        tuple(_answers(memory.region, document)) if facts else (),
        bool(header.get("synthetic")),
    )


def _in_catalogue(header: Mapping[str, Any], ours: Mapping[str, Any] | None) -> Check:
    if ours is None:
        return Check(
            "office",
            "not_possible",
            "本办公室的目录里没有这次判定：可能是别处出具的",
            "this office's catalogue has no such run: it may be another office's",
        )
    wrong = [key for key, value in ours.items() if header.get(key) != value]
    if wrong:
        return Check(
            "office",
            "failed",
            f"与本办公室目录里的这次判定不同：{'、'.join(wrong)}",
            f"not as the run stands in this office's catalogue: {', '.join(wrong)}",
        )
    return Check(
        "office",
        "ok",
        "与本办公室目录里的这次判定相符",
        "as the run stands in this office's catalogue",
    )


def _facts(document: Mapping[str, Any], header: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a receipt says of itself, as far as it can be read."""
    subject = document.get("subject")
    if not isinstance(subject, dict) or not header:
        return {}
    try:
        return {
            "name": str(subject["name"])[:200],
            "code": str(subject["code"])[:40],
            "key": str(subject["key"])[:80],
            "subject": str(subject["kind"])[:40],
            "run": str(header["id"])[:40],
            "as_of": date.fromisoformat(header["as_of"]),
            "finished_at": datetime.fromisoformat(header["finished_at"]),
            "snapshot": str(header["snapshot"])[:64],
            "declarations": str(header["declarations"])[:64],
            "engine": str(header["engine"])[:80],
            "records": len(document["records"]),
            "seal": str(document["seal"])[:64],
        }
    except (KeyError, TypeError, ValueError):
        return {}


def _answers(region: Region, document: Mapping[str, Any]) -> list[PolicyAnswer]:
    found = []
    try:
        for one in document["policies"]:
            name = str(one["id"])
            rule = region.rules.get(name)
            said = None if rule is None else rule.said
            pairs = [(str(clause), str(state)) for clause, state in one["clauses"]]
            states = [state for _, state in pairs]
            clauses = []
            for clause, state in pairs:
                known = None if said is None else said.clauses.get(clause)
                zh, en = (known.zh, known.en) if known is not None else (clause, clause)
                clauses.append((zh, en, state))
            amount = one["amount"]
            found.append(
                PolicyAnswer(
                    name,
                    name if said is None else said.zh,
                    name if said is None else said.en,
                    str(one["outcome"]),
                    states.count("met"),
                    states.count("open"),
                    states.count("not_met"),
                    amount if type(amount) is int else None,
                    tuple(clauses),
                )
            )
    except (KeyError, TypeError, ValueError):
        return []
    return found


def _plain(name: str) -> bool:
    return len(name) <= 40 and name.isascii() and name.isprintable()
