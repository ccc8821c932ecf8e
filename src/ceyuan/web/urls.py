# SPDX-License-Identifier: Apache-2.0
"""Addresses: each area's own list stands beside its views."""

from django.urls import include, path

from ceyuan.web.pages import (
    account,
    audit,
    faults,
    home,
    instruments,
    money,
    money_book,
    money_proof,
    money_trace,
    park,
    park_firm,
    park_more,
    paying,
    payments,
)

handler400 = faults.bad_request
handler403 = faults.forbidden
handler404 = faults.not_found
handler500 = faults.broken

urlpatterns = [
    *home.urls,
    *account.urls,
    *park_more.urls,
    *park_firm.urls,
    *park.urls,
    *money.urls,
    *money_book.urls,
    *money_trace.urls,
    *money_proof.urls,
    *payments.urls,
    *paying.urls,
    *instruments.urls,
    *audit.urls,
    path("account/", include("allauth.urls")),
]
