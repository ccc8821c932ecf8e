# SPDX-License-Identifier: Apache-2.0
"""A printed or sent result is verified by its file or its code, without a login.

What the page tells is what stands in the receipt. Checking one takes a second or less
of a processor, so that only a few are checked at a time in each process.
"""

from __future__ import annotations

import threading
import unicodedata
from typing import TYPE_CHECKING, Any

from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.cache import never_cache

from ceyuan.declarations.instrument import shown as in_commodity
from ceyuan.kernel import InputRejected, show_money
from ceyuan.office.kept_receipts import (
    CODE,
    MOST_BYTES,
    kept_receipt,
    read_receipt,
)
from ceyuan.office.receipt_form import checksum
from ceyuan.office.receipt_told import judge, run_of_code
from ceyuan.web.asking import asks, may, office
from ceyuan.web.pages.home import OUTCOMES
from ceyuan.web.pages.park_more import qr
from ceyuan.web.words import word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest, HttpResponse
    from django.utils.safestring import SafeString

    from ceyuan.office.judged import Judged

AT_ONCE = 2
WAIT = 8.0
MOST_CODE = 80
_BUSY = threading.BoundedSemaphore(AT_ONCE)
VERDICTS = {
    # kind of the badge, mark
    "verified": ("good", "✓"),
    "altered": ("bad", "✗"),
    "unknown": ("lacking", "?"),
    "partly": ("judged", "◇"),
}
CHECKS = {"ok": ("good", "✓"), "failed": ("bad", "✗"), "not_possible": ("lacking", "?")}


@asks("receipt", "verify")
@never_cache
def receipt(request: HttpRequest) -> HttpResponse:
    """Take a receipt as a file or as text, or the code of one; tell whether it holds."""
    code = _code(request.GET.get("code", ""))
    if code:
        return redirect("receipt_of", code)
    if request.method != "POST":
        may_make = may(request, "receipt", "make")
        said = {"typed": "", "may_make": may_make}
        return render(request, "receipt/receipt.html", said)
    typed = request.POST.get("text", "")
    file = request.FILES.get("file")
    try:
        given = typed if file is None else file.read(MOST_BYTES + 1)
        document = read_receipt(given)
    except InputRejected as error:
        said = {"typed": typed, "error": error}
        return render(request, "receipt/receipt.html", said, status=422)
    return _told(request, document)


@asks("receipt", "verify")
@never_cache
def receipt_of(request: HttpRequest, code: str) -> HttpResponse:
    """Tell of a receipt that the office keeps, or of a run, by its code."""
    plain = _code(code)
    kept = kept_receipt(office(request), plain) if plain == code else None
    if kept is not None:
        return _told(request, kept, code)
    run = run_of_code(office(request), plain) if plain == code else None
    if run is not None:
        said = {"run": run, "code": code, "synthetic": run["synthetic"]}
        return render(request, "receipt/run.html", said)
    return render(request, "receipt/receipt.html", {
        "typed": "", "missing": code[:MOST_CODE],
    }, status=404)  # fmt: skip


def link_of(request: HttpRequest, code: str) -> tuple[str, SafeString]:
    """Return the address of a receipt that is kept, and its QR code, for a printed page."""
    url = request.build_absolute_uri(reverse("receipt_of", args=[code]))
    return url, qr(url)


def _code(said: str) -> str:
    """Return a code as it was printed: grouped, in any width; empty: none."""
    plain = unicodedata.normalize("NFKC", said)[:200]
    text = "".join(plain.split()).lower().rpartition("/r/")[2]
    whole = text.replace("-", "") if len(text) > 40 else text
    return whole if CODE.match(whole) else text[:MOST_CODE]


def _told(
    request: HttpRequest, document: Mapping[str, Any], code: str = ""
) -> HttpResponse:
    if not _BUSY.acquire(timeout=WAIT):
        said = {"typed": "", "error": word("receipt.busy", request.locale)}
        answer = render(request, "receipt/receipt.html", said, status=503)
        answer["Retry-After"] = "5"
        return answer
    try:
        told = _judged(request, document, code)
    finally:
        _BUSY.release()
    url, picture = link_of(request, code) if code else ("", "")
    return render(request, "receipt/told.html", {
        "told": told,
        "verdict": VERDICTS[told.verdict],
        "checks": [(one, CHECKS[one.state]) for one in told.checks],
        "policies": [_policy(request, one) for one in told.policies],
        "amount": _amount(request, told),
        "code": code,
        "may_file": bool(code)
        and told.kind == "run"
        and may(request, "receipt", "see", owner=told.facts.get("code", "")),
        "url": url,
        "qr": picture,
        "synthetic": told.synthetic,
    })  # fmt: skip


def _judged(request: HttpRequest, document: Mapping[str, Any], code: str) -> Judged:
    """Judge a receipt; one that is kept is judged once for each state of the rules."""
    memory = office(request)
    if not code:
        return judge(memory, document)
    key = (memory.database.url, code, memory.declared.digest)
    known = _KNOWN.get(key)
    if known is None:
        known = judge(memory, document)
        if checksum(document) != code:  # the file under this code was altered
            return known
        while len(_KNOWN) >= MOST_KNOWN:
            _KNOWN.pop(next(iter(_KNOWN)), None)
        _KNOWN[key] = known
    return known


MOST_KNOWN = 200
_KNOWN: dict[tuple[str, str, str], Judged] = {}


def _policy(request: HttpRequest, one: Any) -> dict[str, Any]:
    kind = OUTCOMES.get(one.outcome, ("", "?", one.outcome, one.outcome))
    amount = None if one.amount is None else _exact(request, one.amount)
    return {"of": one, "outcome": kind, "amount": amount}


def _exact(request: HttpRequest, fen: int) -> str:
    """Return an amount to the fen: what is proved is not rounded."""
    number = show_money(fen, unit="元", with_unit=False)
    text = f"CNY {number}" if request.locale == "en" else f"{number} 元"
    return text.replace(" ", "\u00a0")


def _amount(request: HttpRequest, told: Judged) -> str:
    if told.kind != "book" or not told.facts:
        return ""
    fen, name = told.facts["amount"], told.facts["commodity"]
    if name == "CNY":
        return _exact(request, fen)
    commodity = office(request).declared.instruments.commodities.get(name)
    if commodity is None:
        return f"{fen:,} {name}"
    return in_commodity(fen, commodity, locale=request.locale)


urls = [
    path("r", receipt, name="receipt"),
    path("r/<str:code>", receipt_of, name="receipt_of"),
]
