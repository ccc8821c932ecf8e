# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: D106, DJ008 - no screens yet: no names of rows
"""The tables of the book, as Django knows them; the ledger speaks SQL to them.

`ledger_account` and `ledger_set` hold what can be computed again from the rows that
are append-only: `ledger_event` (accounts opened, limited, closed) and
`ledger_transfer`. `verify` computes it again.
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models


def _text(**options: object) -> models.TextField:
    return models.TextField(blank=True, db_default="", **options)


class LedgerSet(models.Model):
    """Accounts with one ceiling together; `reached` counts holds."""

    name = models.TextField(unique=True)
    commodity = models.TextField()
    ceiling = models.BigIntegerField(null=True)
    reached = models.BigIntegerField(db_default=0)

    class Meta:
        db_table = "ledger_set"


class LedgerAccount(models.Model):
    """An account and what it has."""

    path = models.TextField(unique=True)
    commodity = models.TextField()
    side = models.TextField()
    floor = models.BigIntegerField(null=True)
    ceiling = models.BigIntegerField(null=True)
    opened = models.DateField()
    closed = models.DateField(null=True)
    debits = models.BigIntegerField(db_default=0)
    credits = models.BigIntegerField(db_default=0)
    debits_held = models.BigIntegerField(db_default=0)
    credits_held = models.BigIntegerField(db_default=0)
    sets = ArrayField(models.BigIntegerField(), null=True)

    class Meta:
        db_table = "ledger_account"


class LedgerEvent(models.Model):
    """An account or a set was opened, limited or closed."""

    seq = models.BigAutoField(primary_key=True)
    kind = models.TextField()
    subject = models.TextField()
    commodity = _text()
    side = _text()
    floor = models.BigIntegerField(null=True)
    ceiling = models.BigIntegerField(null=True)
    day = models.DateField(null=True)
    sets = _text()
    actor = models.TextField()
    reason = _text()
    known_at = models.DateTimeField()
    salt = models.UUIDField()
    sha = models.BinaryField()

    class Meta:
        db_table = "ledger_event"
        indexes: ClassVar = [
            models.Index(fields=["known_at"], name="ledger_event_known"),
            models.Index(fields=["subject"], name="ledger_event_subject"),
        ]


class LedgerTransfer(models.Model):
    """A transfer; accounts by number."""

    seq = models.BigAutoField(primary_key=True)
    id = models.TextField(unique=True)
    kind = models.TextField()
    debit = models.BigIntegerField()
    credit = models.BigIntegerField()
    amount = models.BigIntegerField()
    commodity = models.TextField()
    code = models.TextField()
    cause = models.TextField()
    effective = models.DateField()
    of_id = _text()
    expires = models.DateField(null=True)
    link = _text()
    actor = models.TextField()
    known_at = models.DateTimeField()
    salt = models.UUIDField()
    sha = models.BinaryField()

    class Meta:
        db_table = "ledger_transfer"
        indexes: ClassVar = [
            models.Index(fields=["known_at"], name="ledger_transfer_known"),
            models.Index(fields=["debit", "seq"], name="ledger_transfer_debit"),
            models.Index(fields=["credit", "seq"], name="ledger_transfer_credit"),
            models.Index(
                fields=["of_id"],
                name="ledger_transfer_of",
                condition=~models.Q(of_id=""),
            ),
            models.Index(fields=["cause"], name="ledger_transfer_cause"),
            models.Index(
                fields=["link"],
                name="ledger_transfer_link",
                condition=~models.Q(link=""),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["of_id"],
                condition=models.Q(kind__in=["post", "void", "expire"]),
                name="ledger_hold_settled_once",
            ),
            models.CheckConstraint(
                condition=models.Q(amount__gt=0, amount__lte=10**15),
                name="ledger_transfer_amount",
            ),
            models.CheckConstraint(
                condition=~models.Q(debit=models.F("credit")),
                name="ledger_transfer_two_accounts",
            ),
        ]


class LedgerSeal(models.Model):
    """What became known in a span of time, closed under one root and one head."""

    number = models.BigAutoField(primary_key=True)
    since = models.DateTimeField()
    upto = models.DateTimeField()
    transfers = models.BigIntegerField()
    events = models.BigIntegerField()
    audits = models.BigIntegerField()
    transfers_root = models.BinaryField()
    events_root = models.BinaryField()
    audits_root = models.BinaryField()
    head = models.BinaryField()

    class Meta:
        db_table = "ledger_seal"
        indexes: ClassVar = [models.Index(fields=["upto"], name="ledger_seal_upto")]


class Audit(models.Model):
    """Who did what, on whose behalf, why, and what it changed."""

    seq = models.BigAutoField(primary_key=True)
    actor = models.TextField()
    behalf = _text()
    verb = models.TextField()
    object = models.TextField()
    reason = _text()
    before = _text()
    after = _text()
    request = models.TextField()
    known_at = models.DateTimeField()
    salt = models.UUIDField()
    sha = models.BinaryField()

    class Meta:
        db_table = "audit"
        indexes: ClassVar = [
            models.Index(fields=["known_at"], name="audit_known"),
            models.Index(fields=["object"], name="audit_object"),
            models.Index(fields=["request"], name="audit_request"),
        ]
