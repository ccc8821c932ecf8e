# SPDX-License-Identifier: Apache-2.0
"""Addresses: each area's own list stands beside its views."""

from django.urls import include, path

from ceyuan.web.pages import account, faults, home, park, park_firm, park_more

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
    path("account/", include("allauth.urls")),
]
