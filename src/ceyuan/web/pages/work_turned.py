# SPDX-License-Identifier: Apache-2.0
"""What a ruling turns, ready for a page: answers with their clauses, money on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ceyuan.office.deciding import clauses_turned, outcome_text
from ceyuan.office.entitlements import STATES
from ceyuan.web.asking import office
from ceyuan.web.pages.work_desk import amount, policy_name
from ceyuan.web.showing import money_text

if TYPE_CHECKING:
    from django.http import HttpRequest

    from ceyuan.office.correcting import Revision
    from ceyuan.office.ruling import Resting

KINDS = {
    # what an outcome looks like: class and mark of its badge
    "eligible": ("good", "✓"),
    "ineligible": ("bad", "✗"),
    "unknown": ("warn", "?"),
    "refer": ("warn", "…"),
    "not_applicable": ("", "–"),
    "refused": ("bad", "!"),
}


def outcome_told(request: HttpRequest, outcome: str, fen: int | None) -> dict[str, Any]:
    """Return an outcome with its amount, ready for a badge."""
    kind, mark = KINDS[outcome]
    return {
        "kind": kind,
        "mark": mark,
        "word": outcome_text(outcome, request.locale),
        "amount": "" if fen is None else money_text(fen, request.locale),
    }


def revision_told(request: HttpRequest, one: Revision) -> dict[str, Any]:
    """Return an answer before and after, with the clauses that turn it."""
    locale = request.locale
    return {
        "policy": one.policy,
        "name": policy_name(request, one.policy),
        "before": outcome_told(request, one.before["outcome"], one.before["amount"]),
        "after": outcome_told(request, one.after["outcome"], one.after["amount"]),
        "clauses": [
            {"sign": c.sign, "words": c.words(locale)}
            for c in clauses_turned(office(request), one)
        ],
    }


def resting_told(request: HttpRequest, one: Resting) -> dict[str, Any]:
    """Return an entitlement with what becomes of it."""
    if one.is_out:
        becomes = "work.becomes_recovered"
    elif one.then is None or one.then <= 0:
        becomes = "work.becomes_withdrawn"
    else:
        becomes = "work.becomes_anew"
    return {
        "id": one.id,
        "name": policy_name(request, one.policy),
        "state": STATES[one.state][request.locale == "en"],
        "amount": amount(request, one.amount, one.commodity),
        "then": amount(request, one.then or 0, one.commodity),
        "becomes": becomes,
    }
