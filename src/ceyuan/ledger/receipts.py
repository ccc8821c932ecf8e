# SPDX-License-Identifier: Apache-2.0
"""A receipt of one transfer: its line, and its way up to a head that was published.

The line's hash is a leaf under its seal's root; the seal's head is a leaf under the
root of its day. Whoever published the day's head cannot have another line there.
A receipt shows the hashes of neighbours and nothing of what they say: each line has a
salt of its own.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from ceyuan.facts.store.merkle import Proof, proof
from ceyuan.kernel import UsageError
from ceyuan.ledger import queries as q
from ceyuan.ledger.exporting import lines
from ceyuan.ledger.reading import trace
from ceyuan.ledger.sealing import (
    OFFICE_TIME,
    Seal,
    day_head,
    day_of,
    head_of,
    micros,
    seals,
)
from ceyuan.ledger.verifying import TRANSFER

if TYPE_CHECKING:
    import psycopg

SCHEMA = "ceyuan.ledger-receipt/1"


def published(conn: psycopg.Connection, day: date) -> tuple[bytes, list[Seal]]:
    """Return a day's head and its seals.

    Raises:
        UsageError: Nothing was sealed on that day.
    """
    of_day = [one for one in seals(conn) if day_of(one.upto) == day]
    if not of_day:
        msg = f"{day} 没有封过账 (nothing was sealed on that day)"
        raise UsageError(
            msg, hint="`ceyuan ledger seal`；`ceyuan ledger head` 列出各日"
        )
    return day_head(day, [s.head for s in of_day]), of_day


def make_receipt(conn: psycopg.Connection, name: str) -> dict[str, Any]:
    """Return the receipt of a transfer, schema `ceyuan.ledger-receipt/1`.

    Raises:
        UsageError: There is no such transfer, or it is not sealed yet.
    """
    one = trace(conn, name).entry
    chain = seals(conn)
    seal = next((s for s in chain if s.since <= one.known_at < s.upto), None)
    if seal is None:
        msg = f"`{name}` 还没有封 (not sealed yet)"
        raise UsageError(msg, hint="`ceyuan ledger seal` 之后再开凭据")
    span = conn.execute(
        "select seq, sha from ledger_transfer where known_at >= %s and known_at < %s "
        "order by seq",
        (seal.since, seal.upto),
    ).fetchall()
    place = next(at for at, (seq, _) in enumerate(span) if seq == one.seq)
    leaf_proof = proof(b"".join(bytes(sha) for _, sha in span), place)
    of_day = [s for s in chain if day_of(s.upto) == day_of(seal.upto)]
    at = next(n for n, s in enumerate(of_day) if s.number == seal.number)
    day_proof = proof(b"".join(s.head for s in of_day), at)
    before = chain[seal.number - 2].head if seal.number > 1 else bytes(32)
    line = b"".join(
        lines(conn, q.TRANSFER_LINES.format(where=f"where t.seq = {int(one.seq)}"))
    )
    return {
        "schema": SCHEMA,
        "transfer": name,
        "line": line.decode().rstrip("\n").rsplit("\t", 1)[0],
        "debit": one.debit,
        "credit": one.credit,
        "proof": _written(leaf_proof),
        "seal": {
            "number": seal.number,
            "since": micros(seal.since),
            "upto": micros(seal.upto),
            "counts": [seal.transfers, seal.events, seal.audits],
            "roots": [root.hex() for root in seal.roots],
            "before": before.hex(),
            "head": seal.head.hex(),
        },
        "day": {
            "day": day_of(seal.upto).isoformat(),
            "proof": _written(day_proof),
            "last": of_day[-1].head.hex(),
            "head": day_head(day_of(seal.upto), [s.head for s in of_day]).hex(),
        },
    }


def _written(found: Proof) -> list[list[Any]]:
    return [[place, siblings.hex()] for place, siblings in found.levels]


def _read(said: Any) -> Proof:  # noqa: ANN401 - a document from outside
    return Proof(tuple((int(p), bytes.fromhex(s)) for p, s in said))


def check_receipt(document: dict[str, Any], *, head: str = "") -> list[str]:
    """Return what of a receipt does not hold; empty: all of it does.

    Args:
        document: The receipt.
        head: The day's head as it was published; without it the receipt only proves
            that it agrees with itself.
    """
    wrong = []
    try:
        if document["schema"] != SCHEMA:
            return ["不是账本凭据 (not a receipt of the book)"]
        line = str(document["line"])
        leaf = hashlib.sha256(line.encode()).digest()
        seal, day = document["seal"], document["day"]
        roots = tuple(bytes.fromhex(r) for r in seal["roots"])
        if _read(document["proof"]).root(leaf) != roots[0]:
            wrong.append("这一行不在它的封印之下 (the line is not under its seal)")
        words = dict(zip(TRANSFER, line.split("\t"), strict=False))
        said = (document["transfer"], document["debit"], document["credit"])
        if (words["id"], words["debit"], words["credit"]) != said:
            wrong.append(
                "这一行是另一笔，或另外的账户 (the line says another transfer)"
            )
        counts = tuple(int(c) for c in seal["counts"])
        found = head_of(
            bytes.fromhex(seal["before"]),
            int(seal["number"]),
            (int(seal["since"]), int(seal["upto"])),
            (counts[0], counts[1], counts[2]),
            (roots[0], roots[1], roots[2]),
        )
        known = int(words["known"])
        if not int(seal["since"]) <= known < int(seal["upto"]):
            wrong.append("这一行不在封印的时段里 (known outside of the seal's span)")
        if found.hex() != seal["head"]:
            wrong.append("封印的链头算不出来 (the seal's head does not come out)")
        root = _read(day["proof"]).root(found)
        text = f"{day['day']} {root.hex() if root else ''} {day['last']}"
        if hashlib.sha256(text.encode()).hexdigest() != day["head"]:
            wrong.append("当日链头算不出来 (the day's head does not come out)")
        if head and head.lower() != day["head"]:
            wrong.append("与公布的当日链头不同 (not the head that was published)")
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        wrong.append(f"凭据读不出来 (the receipt cannot be read): {error}")
    return wrong


def day_heads(conn: psycopg.Connection) -> dict[date, tuple[bytes, int]]:
    """Return, by day, its head and how many transfers it closed."""
    days: dict[date, list[Seal]] = {}
    for one in seals(conn):
        days.setdefault(day_of(one.upto), []).append(one)
    return {
        day: (day_head(day, [s.head for s in some]), sum(s.transfers for s in some))
        for day, some in days.items()
    }


def now_day() -> date:
    """Return the office's day of today."""
    return datetime.now(UTC).astimezone(OFFICE_TIME).date()
