# SPDX-License-Identifier: Apache-2.0
"""The form of a receipt: what both who makes one and who checks one must know.

Three hashes stand in it. The run's root is over the decisions; the seal is over all
that the run says of itself, the root included; the checksum is over the receipt.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from ceyuan.facts.store import merkle
from ceyuan.policies import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ceyuan.declarations import Rule
    from ceyuan.office.running import Run

SCHEMA = "ceyuan.receipt/1"
EVENT = (
    "kind",
    "org",
    "other",
    "code",
    "name",
    "undoes",
    "actor",
    "reason",
    "evidence",
)


def header_of(run: Run, roots: Mapping[str, bytes]) -> dict[str, Any]:
    """Return what a run says of itself."""
    finished = run.finished_at
    root = merkle.root(b"".join(roots.values()))
    return {
        "id": run.id,
        "region": run.region,
        "as_of": run.as_of.isoformat(),
        "known_at": run.known_at.isoformat(),
        "base_year": run.base_year,
        "finished_at": None if finished is None else finished.isoformat(),
        "settings": list(run.settings),
        "declarations": run.declarations,
        "engine": run.engine,
        "snapshot": run.snapshot,
        "synthetic": run.synthetic,
        "subjects": [
            {"kind": s, "policies": list(run.policies[s]), "root": one.hex()}
            for s, one in roots.items()
        ],
        "root": root.hex(),
    }


def seal_of(header: Mapping[str, Any]) -> str:
    """Return the hash over what a run says of itself."""
    return _sha(header)


def checksum(receipt: Mapping[str, Any]) -> str:
    """Return the hash over a receipt, its own checksum left out."""
    return _sha({name: said for name, said in receipt.items() if name != "checksum"})


def _sha(said: Mapping[str, Any]) -> str:
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def preimage(org: int | None, key: str, row: Mapping[str, int | None]) -> bytes:
    """Return what the hash of a decision is taken of (`running.decision_hashes`)."""
    parts = [(org or 0).to_bytes(8, "big", signed=True), key.encode()]
    for name in sorted(n for n in row if n not in ("org", "key")):
        value = row[name]
        parts.append(b"\0" if value is None else b"\1")
        parts.append(((value or 0) % 2**64).to_bytes(8, "big"))
    return b"".join(parts)


def told(rule: Rule, row: Mapping[str, Any], bit: int) -> dict[str, Any]:
    """Return what a row of answers says of a policy, by name."""
    outcome = OUTCOMES[row[rule.id]]
    met, left = (row[f"{rule.id}:{mask}"] or 0 for mask in ("met", "open"))
    return {
        "id": rule.id,
        "outcome": "refused" if outcome is None else str(outcome),
        "clauses": [
            [clause, "met" if met >> k & 1 else "open" if left >> k & 1 else "not_met"]
            for k, clause in enumerate(rule.clauses)
        ],
        "amount": row.get(f"{rule.id}:amount"),
        "hangs": bool(row["hangs"] >> bit & 1),
    }
