# SPDX-License-Identifier: Apache-2.0
"""Through which doors, pages and operations, a cell of the table is asked.

A door is harmless: it looks, or it sends what cannot be taken. `marks` says by what a
list is seen to hold a thing; a list without it is open or it is not. Where the table
knows of more than a door leads to, `whose` says whose things it is about.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

API = "api"
PAGE = "page"


@dataclass(frozen=True, slots=True)
class Way:
    """One door.

    Args:
        face: Page or operation.
        address: Where; `{id}` and others stand for the thing.
        said: What is sent; None: it is looked at only.
        marks: What of a thing stands in the answer if it is told; empty: nothing.
        whose: Whose things it leads to.
        files: What is sent is a form with files.
        roles: Who is led to it; empty: anybody.
    """

    face: str
    address: str
    said: dict[str, Any] | None = None
    marks: str = ""
    whose: tuple[str, ...] = ("own", "consented", "any")
    files: bool = False
    roles: tuple[str, ...] = ()


def page(address: str, said: dict[str, Any] | None = None, **more: Any) -> Way:
    """Return the door to a page."""
    return Way(PAGE, address, said, **more)


def api(address: str, said: dict[str, Any] | None = None, **more: Any) -> Way:
    """Return the door to an operation."""
    return Way(API, address, said, **more)


OWN = ("own",)
SAYS = ("firm", "officer", "public")
WORK = "/work/entitlements/{id}"
DOORS: dict[tuple[str, str], list[Way]] = {
    ("policy", "see"): [api("policies/{policy}"), page("/policies/{policy}")],
    ("policy", "list"): [
        api("policies?limit=200", marks='"{policy}"'),
        page("/policies", marks="/policies/{policy}"),
    ],
    ("policy", "search"): [page("/policies?q={policy}")],
    ("policy", "export"): [page("/policies.csv", marks="{policy}")],
    ("policy", "comment"): [page("/policies/{policy}/life", {"do": "comment"})],
    ("policy_text", "see"): [page("/policies/{policy}/texts")],
    ("policy_text", "load"): [page("/policies/{policy}/texts", {"number": "x"})],
    ("policy_stage", "see"): [page("/policies/{policy}/life")],
    ("policy_stage", "list"): [api("policies/{policy}/life")],
    ("policy_stage", "set"): [
        page("/policies/new"),
        page("/policies/{policy}/life", {"do": "stage"}),
    ],
    ("comment", "see"): [page("/policies/{policy}/life", marks="cell-comment")],
    ("comment", "list"): [api("policies/{policy}/comments", marks="cell-comment")],
    ("comment", "answer"): [
        page("/policies/{policy}/life", {"do": "answer", "number": "1"})
    ],
    ("parameter", "see"): [api("policies/{policy}/parameters")],
    ("parameter", "list"): [api("parameters"), page("/work/parameters")],
    ("parameter", "set"): [page("/work/parameters/set?name=tech_sme_2017.score_min")],
    ("receipt", "see"): [api("firms/{code}/receipt")],
    ("receipt", "make"): [page("/receipts/new", whose=OWN)],
    ("receipt", "verify"): [api("receipts/verify", {}), page("/r")],
    ("headline", "see"): [api("headline"), api("directory?q=科技"), page("/numbers")],
    ("overview", "see"): [page("/work")],
    ("ladder", "see"): [api("ladder?year=2026"), page("/work/ladder")],
    ("firm", "own"): [page("/me", marks='id="p-tech_sme_2017"', whose=OWN)],
    ("firm", "see"): [
        api("firms/{code}"),
        api("firms/{code}/policies/tech_sme_2017"),
        page("/firms/{code}"),
    ],
    ("firm", "search"): [api("firms?q={code}", marks='"{code}"')],
    ("firm", "try"): [api("firms/{code}/try"), page("/firms/{code}/try")],
    ("fact", "see"): [page("/firms/{code}/data")],
    ("fact", "list"): [api("firms/{code}/facts")],
    ("fact", "claim"): [
        api(
            "firms/{code}/claims",
            {"fact": "nothing", "value": "1", "reason": "cell"},
        ),
        page("/firms/{code}/data/employees@2025"),
    ],
    ("claim", "see"): [api("claims/{id}"), page("/work/claims/{id}")],
    ("claim", "list"): [
        api("claims?limit=200", marks='"claim": {id},'),
        page("/work/claims", marks="/work/claims/{id}"),
    ],
    ("claim", "rule"): [page("/work/claims/{id}", {})],
    ("disagreement", "list"): [
        api("disagreements?as_of=2026-11-21"),
        page("/work/disagreements"),
    ],
    ("import", "list"): [api("imports"), page("/work/imports")],
    ("import", "make"): [api("imports", {}, files=True), page("/work/imports/new")],
    ("batch", "see"): [api("imports/{id}"), page("/work/imports/{id}")],
    ("batch", "withdraw"): [page("/work/imports/{id}/withdraw")],
    ("run", "see"): [api("runs/{id}"), page("/work/runs/{id}")],
    ("run", "list"): [api("runs"), page("/work/runs")],
    ("run", "run"): [page("/work/runs", {"as_of": "2026-11-21", "reason": "x"})],
    ("run", "replay"): [page("/work/runs/{id}/replay", {})],
    ("entitlement", "see"): [api("entitlements/{id}"), page(WORK)],
    ("entitlement", "list"): [
        api("entitlements?limit=200", marks='"{id}"'),
        page("/work/entitlements", marks="/{id}"),
    ],
    ("entitlement", "run"): [page("/work/entitlements/entitle")],
    ("entitlement", "approve"): [page(f"{WORK}/approve")],
    ("entitlement", "object"): [
        page(f"{WORK}/object"),
        page("/me/entitlements/{id}/object", roles=SAYS),
    ],
    ("entitlement", "decline"): [
        page(f"{WORK}/decline"),
        page("/me/entitlements/{id}/decline", roles=SAYS),
    ],
    ("entitlement", "settle"): [page(f"{WORK}/uphold"), page(f"{WORK}/correct")],
    ("entitlement", "withdraw"): [page(f"{WORK}/withdraw")],
    ("notice", "list"): [api("firms/{code}/notices")],
    ("payment", "see"): [api("payments/{id}"), page("/money/payments/one/{id}")],
    ("payment", "list"): [api("payments?limit=200", marks='"{id}"')],
    ("payment", "export"): [page("/money/payments/reconcile/download", whose=("any",))],
    ("payment", "pay"): [page("/money/payments/send")],
    ("payment", "return"): [page("/money/payments/return")],
    ("payee", "list"): [api("payees?limit=200", marks='"{id}"')],
    ("payee", "set"): [
        page("/money/payments/payee"),
        page("/money/payments/payees/file"),
    ],
    ("instrument", "see"): [
        api("instruments/risk_loan"),
        page("/money/instruments/risk_loan"),
    ],
    ("instrument", "list"): [api("instruments"), page("/money/instruments")],
    **{
        ("instrument", f"move_{role}"): [page("/money/instruments/{instrument}/{move}")]
        for role in ("officer", "finance", "bank", "provider", "system")
    },
    ("ledger", "see"): [
        api("ledger/accounts/{account}"),
        api("ledger/statements/{account}"),
        api("ledger/entries/{id}"),
        api("ledger/receipts/{id}"),
        page("/money/entry/{id}"),
        page("/money/accounts/{account}"),
    ],
    ("ledger", "list"): [
        api("ledger/accounts"),
        api("ledger/journal"),
        api("ledger/trial"),
        api("ledger/proof"),
        page("/money"),
        page("/money/trial"),
        page("/money/journal"),
        page("/money/accounts"),
    ],
    ("ledger", "export"): [
        page("/money/journal.csv"),
        page("/money/statement.csv/{account}"),
    ],
    ("ledger", "verify"): [api("ledger/verify", {"to": ["x"]})],
    ("ledger", "follow"): [api("ledger/follow/{id}"), page("/money/follow/{id}")],
    ("audit", "list"): [api("audit"), page("/money/audit")],
    ("audit", "export"): [page("/money/audit.csv")],
    ("request", "make"): [api("requests", {}, whose=OWN), page("/requests", {}, whose=OWN)],
    ("request", "see"): [
        api("requests/{id}"),
        page("/requests/{id}"),
        page("/work/requests/{id}"),
    ],
    ("request", "list"): [
        api("requests?limit=200", marks='"id": {id},'),
        page("/work/requests", marks="/work/requests/{id}"),
    ],
    ("request", "more"): [page("/requests/{id}", {})],
    **{
        ("request", act): [page("/work/requests/{id}", {"move": act})]
        for act in ("answer", "close", "reopen")
    },
    ("consent", "give"): [page("/consent/{id}")],
    ("consent", "end"): [page("/consents/{party}/checkup/end", {}, whose=OWN)],
    ("consent_ask", "list"): [page("/park/{id}/consents")],
    ("delegation", "list"): [page("/delegations", marks="cell-{whose}")],
    ("delegation", "give"): [
        page("/delegations", {
            "organisation": "{code}", "delegate": "nobody", "until": "2026-12-31",
            "reason": "x", "evidence": "x",
        }, whose=OWN)
    ],
    ("delegation", "end"): [page("/delegations/{id}/end", {})],
    ("letter", "list"): [page("/letters", marks="{subject}", whose=OWN)],
    ("letter", "see"): [page("/letters/{id}", whose=OWN)],
    ("park_batch", "see"): [
        api("batches/{id}"),
        api("batches/{id}/result"),
        page("/park/{id}"),
    ],
    ("park_batch", "list"): [
        api("batches?limit=200", marks='"{id}"'),
        page("/park", marks="/park/{id}"),
    ],
    ("park_batch", "export"): [
        api("batches/{id}/document"),
        api("batches/{id}/files/a.csv"),
        page("/park/{id}/files/a.csv"),
    ],
    ("park_batch", "make"): [api("batches", {}, files=True, whose=OWN)],
    ("park_batch", "check"): [api("checks", {}, files=True, whose=OWN)],
    ("park_batch", "repeat"): [page("/park/{id}/repeat")],
    ("reform", "see"): [api("reforms/{id}"), page("/lab/{id}")],
    ("reform", "list"): [api("reforms", marks='"{id}"'), page("/lab", marks="/lab/{id}")],
    ("reform", "export"): [
        api("reforms/{id}/results/{job}"),
        page("/lab/{id}/source"),
        page("/lab/{id}/result/{job}/simulation.json"),
    ],
    ("reform", "save"): [api("reforms", {}), page("/lab/new"), page("/lab/{id}/edit")],
    ("reform", "simulate"): [
        api("reforms/{id}/simulate", {"by": ["nothing"]}),
        page("/lab/{id}/run", {"as_of": "never"}),
        page("/lab/solve"),
    ],
    ("reform", "see_firms"): [page("/lab/{id}/result/{job}/firms")],
    ("job", "see"): [api("jobs/{id}"), page("/work/jobs/{id}")],
    ("job", "list"): [
        api("jobs?limit=200", marks='"{id}"'),
        page("/work/jobs", marks="/work/jobs/{id}"),
    ],
    ("job", "stop"): [api("jobs/{id}/stop", {}), page("/work/jobs/{id}/stop", {})],
    ("user", "see"): [api("me", whose=OWN), page("/me/account", whose=OWN)],
    ("user", "list"): [page("/admin/users", marks=">{id}<")],
    ("user", "set"): [page("/admin/users/new")],
    ("token", "list"): [api("tokens?limit=200", marks='"{id}"'), page("/me/tokens", marks="{name}")],
    ("token", "make"): [page("/me/tokens", {}, whose=OWN)],
    ("token", "revoke"): [
        api("tokens/{id}/revoke", {}),
        page("/me/tokens/{id}/revoke", {}),
    ],
    ("erasure", "see"): [page("/erasures/{id}")],
    ("erasure", "list"): [page("/erasures", marks="/erasures/{id}")],
    ("erasure", "decide"): [page("/erasures/{id}/decide", {"answer": "accept"})],
    ("erasure", "make"): [
        page("/erasures", {"number": "nobody", "reason": "x"}, whose=OWN)
    ],
}  # fmt: skip
"""The doors, by type and action."""
