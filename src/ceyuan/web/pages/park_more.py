# SPDX-License-Identifier: Apache-2.0
"""J2, beside the check: a sample sheet, consents of tenants, a batch by schedule."""

from __future__ import annotations

import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_POST

from ceyuan.kernel import NotAllowed, UsageError
from ceyuan.ledger.sealing import OFFICE_TIME
from ceyuan.office.consents import (
    answer,
    ask,
    asked,
    consents,
    holds_until,
    open_asks,
    purposes,
    withdraw,
)
from ceyuan.office.jobs import EVERY
from ceyuan.office.parks import repeat, result_of
from ceyuan.web.asking import asks, caller, may, office, once, reading, see, to_login
from ceyuan.web.pages.home import safe_next
from ceyuan.web.pages.park import FIRMS_SHOWN, batch_or_404
from ceyuan.web.pages.work_desk import cut, paged
from ceyuan.web.showing import day_text, today
from ceyuan.web.words import html_word

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

    from ceyuan.office.consents import Ask

SAMPLE = "园区企业（虚构样例）.xlsx"
SAMPLE_FIRMS = 100
PURPOSE = "checkup"


def sample(request: HttpRequest) -> HttpResponse:
    """Give an invented sheet of tenants to try with."""
    from ceyuan.city import make_tenants

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / SAMPLE
        make_tenants(place, firms=SAMPLE_FIRMS)
        file = place.open("rb")
    return FileResponse(file, as_attachment=True, filename=SAMPLE)


@asks("consent_ask", "list")
def consents_of(request: HttpRequest, name: str) -> HttpResponse:
    """Show which tenants let the park use what is held of them; ask the others."""
    batch = batch_or_404(request, name)
    if request.method == "POST":
        see(request, "consent_ask", "make")
    shown = result_of(office(request), batch)
    firms = [one for one in shown["firms"] if one["sound"] and one["uscc"]]
    if request.method == "POST":
        chosen = set(request.POST.getlist("firm")) or {one["uscc"] for one in firms}
        with reading(request) as conn:
            before = open_asks(conn, batch.organisation, PURPOSE, today())
        after = ask(
            office(request),
            [(one["uscc"], one["name"]) for one in firms if one["uscc"] in chosen],
            party=batch.organisation,
            purpose=PURPOSE,
            on=today(),
        )
        made = len(after) - len(before)
        messages.success(request, html_word("park.links_made", request.locale, n=made))
        page = request.GET.get("page", "")
        return redirect(
            reverse("park_consents", args=[name])
            + (f"?{urlencode({'page': page})}" if page else "")
        )
    with reading(request) as conn:
        given = {one.code: one for one in consents(conn, party=batch.organisation)}
        links = {
            one.code: one
            for one in open_asks(conn, batch.organisation, PURPOSE, today())
        }
    with_qr = "qr" in request.GET
    open_ = [one for one in firms if one["uscc"] in links]
    at = paged(request, len(open_ if with_qr else firms), FIRMS_SHOWN)
    rows = []
    for one in cut(open_ if with_qr else firms, at):
        link = links.get(one["uscc"])
        last = given.get(one["uscc"])
        url = (
            request.build_absolute_uri(reverse("consent", args=[link.id]))
            if link
            else ""
        )
        rows.append(
            {
                **one,
                "consent": last,
                "holds": last is not None and last.holds(today()),
                "link": link,
                "url": url,
                "qr": qr(url) if url and with_qr else "",
            }
        )
    without_link = {one["uscc"] for one in firms} - set(links)
    return render(request, f"park/consents{'_qr' if with_qr else ''}.html", {
        "batch": batch,
        "rows": rows,
        "at": at,
        "without": len(shown["firms"]) - len(firms),
        "to_ask": len(without_link),
        "with_link": len(open_),
        "purpose": purposes(office(request).region.id)[PURPOSE],
    })  # fmt: skip


def qr(text: str) -> SafeString:
    """Return a QR code as SVG; what it says stands beside it as a link."""
    import qrcode
    from qrcode.image.svg import SvgPathImage

    made = qrcode.make(text, image_factory=SvgPathImage, box_size=8, border=2)
    svg = made.to_string(encoding="unicode")
    return mark_safe(svg[svg.index("<svg") :])  # noqa: S308 - paths of a library, no text


def consent(request: HttpRequest, token: str) -> HttpResponse:
    """Show a firm who asks for what, and take its answer."""
    try:
        with reading(request) as conn:
            one = asked(conn, token, today())
    except UsageError:
        return render(request, "park/link_over.html", status=404)
    who = caller(request)
    if not who.name:
        if request.method == "POST":
            return to_login(request)
        # Whoever holds the link may read what is asked; only the firm can answer.
        page = render(request, "park/consent_in.html", _asked(request, one) | {
            "login": f"{reverse('account_login')}?{urlencode({'next': request.path})}",
        }, status=401)  # fmt: skip
        page["WWW-Authenticate"] = "FormLogin"
        return page
    owner = who.behalf or who.organisation
    if owner != one.code or not may(request, "consent", "give", owner=owner):
        msg = f"这个授权链接是给 {one.name or one.code} 的 (a link for another firm)"
        raise NotAllowed(msg, hint="请用这家企业的账户登录，或请它委托你代办")
    if request.method == "POST":
        given = request.POST.get("answer") == "yes"

        def act() -> str:
            answer(office(request), one, given=given, on=today())
            return reverse("consent", args=[token])

        return once(request, act)
    with reading(request) as conn:
        last = next(
            (
                c
                for c in consents(conn, code=one.code, party=one.party)
                if c.purpose == one.purpose
            ),
            None,
        )
    return render(request, "park/consent.html", _asked(request, one) | {
        "last": last,
        "holds": last is not None and last.holds(today()),
    })  # fmt: skip


def _asked(request: HttpRequest, one: Ask) -> dict[str, object]:
    """Return what a question says: who asks, of whom, what for, and until when."""
    return {
        "ask": one,
        "until": holds_until(office(request), one.purpose, today()),
        "purpose": purposes(office(request).region.id)[one.purpose],
    }


@require_POST
@asks("consent", "give")
def take_back(request: HttpRequest, party: str, purpose: str) -> HttpResponse:
    """Take a consent back."""
    who = caller(request)
    owner = who.behalf or who.organisation
    see(request, "consent", "give", owner=owner)
    withdraw(office(request), owner, party, purpose, on=today())
    return redirect(safe_next(request, request.POST.get("to") or reverse("account")))


@asks("park_batch", "make")
def repeat_batch(request: HttpRequest, name: str) -> HttpResponse:
    """Let a batch be checked again by schedule; only changes are told."""
    batch = batch_or_404(request, name, "make")
    if request.method == "POST":
        every = request.POST.get("every", "")
        repeat(office(request), name, every)
        said = html_word("park.repeat_ended", request.locale)
        if every:
            said = html_word(
                "park.repeat_saved",
                request.locale,
                every=html_word(f"park.{every}", request.locale),
                # The worker waits by the real clock, whatever day is shown.
                day=day_text(datetime.now(OFFICE_TIME) + EVERY[every], request.locale),
            )
        messages.success(request, said)
        return redirect("park_repeat", name)
    return render(request, "park/repeat.html", {
        "batch": batch,
        "due": today() + timedelta(days=1),
    })  # fmt: skip


urls = [
    path("park/sample", sample, name="park_sample"),
    path("park/<str:name>/consents", consents_of, name="park_consents"),
    path("park/<str:name>/repeat", repeat_batch, name="park_repeat"),
    path("consent/<str:token>", consent, name="consent"),
    path("consents/<str:party>/<str:purpose>/end", take_back, name="consent_end"),
]
