# SPDX-License-Identifier: Apache-2.0
"""A receipt of the book: whether its transfer is under a seal of ours."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ceyuan.ledger.receipts import check_receipt
from ceyuan.ledger.verifying import TRANSFER
from ceyuan.office.judged import Judged, verdict_of
from ceyuan.office.verifying import Check

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ceyuan.office.memory import Memory

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SEAL = "select head from ledger_seal where number = %s"


def of_book(memory: Memory, document: Mapping[str, Any]) -> Judged:
    """Return whether a receipt of the book holds, and what it says."""
    wrong = check_receipt(dict(document))
    checks = [Check("book", "failed", *_both(text)) for text in wrong] or [
        Check(
            "book",
            "ok",
            "这一笔在它的封印之下，封印在当日链头之下",
            "the transfer is under its seal, the seal under the day's head",
        )
    ]
    checks.append(_sealed(memory, document))
    whole = tuple(checks)
    return Judged("book", verdict_of(whole), whole, _of_line(document))


def _sealed(memory: Memory, document: Mapping[str, Any]) -> Check:
    seal = document.get("seal")
    number = seal.get("number") if isinstance(seal, dict) else None
    row = None
    if type(number) is int and 0 < number < 2**62:
        with memory.transaction() as conn:
            row = conn.execute(_SEAL, (number,)).fetchone()
    if row is None or not isinstance(seal, dict):
        return Check(
            "office",
            "not_possible",
            "本办公室的账本里没有这个封印：可能是别处出具的",
            "this office's book has no such seal: it may be another office's",
        )
    if bytes(row[0]).hex() != seal.get("head"):
        # Another office's book has a seal of this number, too.
        return Check(
            "office",
            "not_possible",
            f"本办公室账本的第 {number} 个封印不是这一个：可能是别处出具的",
            f"seal {number} of this office's book is another: it may be another office's",
        )
    return Check(
        "office",
        "ok",
        f"与本办公室账本的第 {number} 个封印相同",
        f"equal to seal {number} of this office's book",
    )


def _of_line(document: Mapping[str, Any]) -> dict[str, Any]:
    try:
        words = dict(zip(TRANSFER, str(document["line"]).split("\t"), strict=False))
        return {
            "transfer": words["id"][:200],
            "debit": words["debit"][:200],
            "credit": words["credit"][:200],
            "amount": int(words["amount"]),
            "commodity": words["commodity"][:40],
            "effective": date.fromisoformat(words["effective"]),
            "known_at": _EPOCH + timedelta(microseconds=int(words["known"])),
            "seal": int(document["seal"]["number"]),
            "head": str(document["day"]["head"])[:64],
            "day": date.fromisoformat(document["day"]["day"]),
        }
    except (KeyError, TypeError, ValueError, OverflowError):
        return {}


def _both(text: str) -> tuple[str, str]:
    """Return both languages of `中文 (English)`."""
    zh, bracket, en = text.rpartition(" (")
    if not bracket:
        return text, text
    return zh, en.removesuffix(")")
