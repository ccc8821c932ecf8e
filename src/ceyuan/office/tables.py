# SPDX-License-Identifier: Apache-2.0
"""Names of the tables of the catalogue, in an order in which they can be filled.

A table stands after those that it refers to. Known without Django, which is only
imported to make them.
"""

APPEND_ONLY = (
    "batch",
    "batch_file",
    "batch_part",
    "withdrawal",
    "claim",
    "statement",
    "ruling",
    "identity_event",
    "name_doubt",
    "snapshot",
    "run",
    "run_part",
    "revision",
    "erasure",
    "secret",
    "ledger_event",
    "ledger_transfer",
    "ledger_seal",
    "audit",
    "office_setting",
    "entitlement_event",
    "notice",
    "payee",
    "payment_batch",
    "payment_return",
    "upload",
    "visit",
    "request",
    "request_event",
    "policy_stage",
    "policy_text",
    "comment",
    "consent",
    "consent_ask",
    "reform",
    "form_answer",
)
CHANGEABLE = (
    "person",
    "attempt",
    "ledger_set",
    "ledger_account",
    "office_user",
    "entitlement",
    "payment",
    "job",
    "park_batch",
    "firm_sheet",
    "delegation",
    "api_token",
    "erasure_request",
    "letter",
)
"""What may change. Of the facts and the money it can be computed again from what may
not; of the portal each change of a person's writes its row of the audit trail."""
_LATER = ("entitlement", "payment", "entitlement_event", "park_batch", "firm_sheet")
TABLES = (
    *(name for name in CHANGEABLE if name not in _LATER),
    *(name for name in APPEND_ONLY if name not in _LATER),
    *_LATER,
)
LOGINS = (
    "auth_user",
    "auth_group",
    "auth_user_groups",
    "mfa_authenticator",
    "socialaccount_socialaccount",
    "account_emailaddress",
)
"""Tables of the portal that say who may log in, and how; only a portal has them.
Sessions and attempts are not among them: they are over when a backup is restored."""
