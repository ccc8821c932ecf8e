# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: D106, DJ008 - no screens yet: no names of rows
"""The tables of entitlements and payments, of users and settings, as Django knows them.

Where something stands (`entitlement.state`, `payment.state`) is kept beside the rows
that say how it came there (`entitlement_event`, `payment_return`), which are
append-only.
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


def _text(**options: object) -> models.TextField:
    return models.TextField(blank=True, db_default="", **options)


def _now() -> models.DateTimeField:
    return models.DateTimeField(db_default=Now())


class OfficeUser(models.Model):
    """Who may do something here, in which roles."""

    name = models.TextField(primary_key=True)
    display = _text()
    organisation = _text()
    roles = ArrayField(models.TextField())
    active = models.BooleanField(db_default=True)
    made_at = _now()

    class Meta:
        db_table = "office_user"


class OfficeSetting(models.Model):
    """A parameter set by the office, as it was typed."""

    name = models.TextField()
    value = models.TextField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    actor = models.TextField()
    reason = _text()
    known_at = _now()

    class Meta:
        db_table = "office_setting"
        indexes: ClassVar = [models.Index(fields=["name"], name="office_setting_name")]


class Entitlement(models.Model):
    """What a party is due of one policy, and where it stands."""

    id = models.TextField(primary_key=True)
    slot = models.TextField()
    revision = models.IntegerField()
    policy = models.TextField()
    instrument = models.TextField()
    year = models.IntegerField()
    subject = models.TextField()
    org = models.BigIntegerField()
    key = _text()
    party = models.TextField()
    name = _text()
    commodity = models.TextField()
    amount = models.BigIntegerField()
    mode = models.TextField()
    run = models.ForeignKey(
        "Run", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    state = models.TextField()
    noticed_on = models.DateField()
    object_until = models.DateField()
    promised_on = models.DateField()
    decided_by = models.TextField()
    approved_by = _text()
    objection = models.BooleanField(db_default=False)
    synthetic = models.BooleanField(db_default=False)
    made_at = _now()

    class Meta:
        db_table = "entitlement"
        indexes: ClassVar = [
            models.Index(fields=["org"], name="entitlement_org"),
            models.Index(fields=["state", "policy"], name="entitlement_state"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["slot", "revision"], name="entitlement_slot_revision"
            ),
            # Of one slot at most one is alive: nobody is entitled twice.
            models.UniqueConstraint(
                fields=["slot"],
                condition=~models.Q(state__in=["withdrawn", "declined"]),
                name="entitlement_one_alive",
            ),
        ]


class EntitlementEvent(models.Model):
    """What happened to an entitlement."""

    entitlement = models.ForeignKey(
        "Entitlement", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    kind = models.TextField()
    state = models.TextField()
    day = models.DateField()
    actor = models.TextField()
    behalf = _text()
    reason = _text()
    transfer = _text()
    known_at = _now()

    class Meta:
        db_table = "entitlement_event"
        indexes: ClassVar = [
            models.Index(fields=["entitlement"], name="entitlement_event_of")
        ]


class Notice(models.Model):
    """What one party was told, once per run of entitlements."""

    id = models.TextField(primary_key=True)
    org = models.BigIntegerField()
    party = models.TextField()
    body = models.JSONField()
    actor = models.TextField()
    known_at = _now()

    class Meta:
        db_table = "notice"
        indexes: ClassVar = [models.Index(fields=["org"], name="notice_org")]


class Payee(models.Model):
    """Where a party is paid; the last row counts, an empty account says: closed."""

    party = models.TextField()
    holder = models.TextField()
    bank = models.TextField()
    account = _text()
    valid_from = models.DateField()
    actor = models.TextField()
    reason = _text()
    known_at = _now()

    class Meta:
        db_table = "payee"
        indexes: ClassVar = [models.Index(fields=["party"], name="payee_party")]


class PaymentBatch(models.Model):
    """A file of payments that went out."""

    id = models.TextField(primary_key=True)
    form = models.TextField()
    day = models.DateField()
    payments = models.IntegerField()
    total = models.BigIntegerField()
    file_sha = models.BinaryField()
    actor = models.TextField()
    synthetic = models.BooleanField(db_default=False)
    known_at = _now()

    class Meta:
        db_table = "payment_batch"


class Payment(models.Model):
    """One line of a batch, and what became of it."""

    id = models.TextField(primary_key=True)
    batch = models.ForeignKey(
        "PaymentBatch", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    line = models.IntegerField()
    entitlement = models.ForeignKey(
        "Entitlement",
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        null=True,
    )
    party = models.TextField()
    holder = models.TextField()
    bank = models.TextField()
    account = models.TextField()
    amount = models.BigIntegerField()
    state = models.TextField()
    cause = _text()

    class Meta:
        db_table = "payment"
        indexes: ClassVar = [
            models.Index(fields=["batch"], name="payment_of_batch"),
            models.Index(fields=["entitlement"], name="payment_entitlement"),
            models.Index(fields=["state"], name="payment_state"),
        ]


class PaymentReturn(models.Model):
    """One line that a bank or treasury sent back, whatever came of it."""

    file_sha = models.BinaryField()
    file_name = models.TextField()
    line = models.IntegerField()
    payment = models.TextField()
    amount = models.BigIntegerField(null=True)
    outcome = _text()
    bank_reason = _text()
    day = models.DateField(null=True)
    result = models.TextField()
    problem = _text()
    actor = models.TextField()
    known_at = _now()

    class Meta:
        db_table = "payment_return"
        indexes: ClassVar = [
            models.Index(fields=["payment"], name="payment_return_of"),
            models.Index(fields=["day"], name="payment_return_day"),
        ]
