# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: D106, DJ001, DJ008 - no screens yet: no names of rows; an absent text
# (no end, no code) is not an empty one
"""The tables of the catalogue, as Django knows them.

They exist for the migrations (and later the screens): the verbs speak plain SQL
to the same tables, so what the database must keep is kept by the database, by
defaults, references and triggers, not by these classes.

All tables but `person` and `attempt` are append-only (triggers in migration 0002):
what was known stays known, a later row says otherwise. Two clocks: `valid_from`
and `valid_to` are the world's, `known_at` is ours.
"""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from ceyuan.office.ledger_models import (  # noqa: F401 - Django finds them here
    Audit,
    LedgerAccount,
    LedgerEvent,
    LedgerSeal,
    LedgerSet,
    LedgerTransfer,
)
from ceyuan.office.money_models import (  # noqa: F401 - Django finds them here
    Entitlement,
    EntitlementEvent,
    Notice,
    OfficeSetting,
    OfficeUser,
    Payee,
    Payment,
    PaymentBatch,
    PaymentReturn,
)
from ceyuan.office.portal_models import (  # noqa: F401 - Django finds them here
    ApiToken,
    Comment,
    Consent,
    ConsentAsk,
    Delegation,
    ErasureRequest,
    FirmSheet,
    FormAnswer,
    Job,
    Letter,
    ParkBatch,
    PolicyStage,
    PolicyText,
    Reform,
    Request,
    RequestEvent,
    Upload,
    Visit,
)


def _text(**options: object) -> models.TextField:
    """Return a text that is empty where nothing is said."""
    return models.TextField(blank=True, db_default="", **options)


def _now() -> models.DateTimeField:
    """Return a moment that is now where nothing is said."""
    return models.DateTimeField(db_default=Now())


def _to(model: str, **options: object) -> models.ForeignKey:
    """Return a reference that nothing may break; its index is declared apart."""
    return models.ForeignKey(
        model, on_delete=models.PROTECT, related_name="+", db_index=False, **options
    )


class Batch(models.Model):
    """A sealed set of records: an imported file's, or people's writes."""

    id = models.TextField(primary_key=True)
    record_type = models.TextField()
    source = models.TextField()
    kind = models.TextField()
    rows = models.IntegerField()
    rejected = models.IntegerField(db_default=0)
    root = models.BinaryField()
    columns = models.JSONField()
    complete = models.JSONField()
    actor = models.TextField()
    reason = _text()
    known_at = _now()
    as_stated = models.DateField()
    declarations = models.TextField()
    synthetic = models.BooleanField(db_default=False)
    statements_to = models.BigIntegerField(null=True)

    class Meta:
        db_table = "batch"
        indexes: ClassVar = [
            models.Index(fields=["known_at"], name="batch_known_at"),
            models.Index(fields=["record_type", "known_at"], name="batch_type"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["import", "people"]), name="batch_kind"
            )
        ]


class BatchFile(models.Model):
    """A file that was imported; the same bytes are not imported twice."""

    batch = _to("Batch")
    record_type = models.TextField()
    source = models.TextField()
    sha256 = models.BinaryField()
    name = models.TextField()
    size = models.BigIntegerField()
    rows = models.IntegerField()
    rejected = models.IntegerField(db_default=0)

    class Meta:
        db_table = "batch_file"
        indexes: ClassVar = [
            models.Index(fields=["batch"], name="batch_file_batch"),
            # Not unique: what was withdrawn may be imported again.
            models.Index(
                fields=["record_type", "source", "sha256"], name="batch_file_same"
            ),
        ]


class BatchPart(models.Model):
    """A sealed Parquet file of a batch, named by the hash of its content."""

    batch = _to("Batch")
    position = models.IntegerField()
    name = models.TextField()
    sha256 = models.BinaryField()
    size = models.BigIntegerField()
    rows = models.IntegerField()

    class Meta:
        db_table = "batch_part"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["batch", "position"], name="batch_part_position"
            )
        ]


class Withdrawal(models.Model):
    """A batch no longer holds, from then on."""

    batch = models.OneToOneField("Batch", on_delete=models.PROTECT, related_name="+")
    actor = models.TextField()
    reason = _text()
    known_at = _now()

    class Meta:
        db_table = "withdrawal"


class Statement(models.Model):
    """What a person stated of one attribute; sealed into a batch later."""

    record_type = models.TextField()
    source = models.TextField()
    org = models.BigIntegerField(null=True)
    code = models.TextField(null=True)
    name = models.TextField(null=True)
    key = _text()
    year = models.IntegerField(null=True)
    attribute = models.TextField()
    value = models.JSONField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    known_at = _now()
    actor = models.TextField()
    reason = _text()
    claim = _to("Claim", null=True)
    sha = models.BinaryField()

    class Meta:
        db_table = "statement"
        indexes: ClassVar = [
            models.Index(fields=["record_type", "org"], name="statement_type_org"),
            models.Index(fields=["known_at"], name="statement_known_at"),
            models.Index(fields=["claim"], name="statement_claim"),
        ]


class IdentityEvent(models.Model):
    """Something that was learnt of who is who."""

    kind = models.TextField()
    org = models.BigIntegerField()
    other = models.BigIntegerField(null=True)
    code = _text(null=True)
    name = _text(null=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    undoes = _to("IdentityEvent", null=True, db_column="undoes")
    actor = models.TextField()
    reason = _text()
    evidence = _text()
    known_at = _now()
    sha = models.BinaryField()

    class Meta:
        db_table = "identity_event"
        indexes: ClassVar = [
            models.Index(fields=["org"], name="identity_event_org"),
            models.Index(fields=["other"], name="identity_event_other"),
            models.Index(fields=["known_at"], name="identity_event_known_at"),
        ]


class NameDoubt(models.Model):
    """A name that may be one of several organisations."""

    org = models.BigIntegerField()
    name = models.TextField()
    candidates = models.JSONField()
    batch = _to("Batch", null=True)
    known_at = _now()

    class Meta:
        db_table = "name_doubt"
        indexes: ClassVar = [
            models.Index(fields=["org"], name="name_doubt_org"),
            models.Index(fields=["batch"], name="name_doubt_batch"),
        ]


class Snapshot(models.Model):
    """A set of sealed batches and a moment of knowing."""

    id = models.TextField(primary_key=True)
    manifest = models.JSONField()
    known_at = _now()
    made_at = _now()
    actor = models.TextField()

    class Meta:
        db_table = "snapshot"
        indexes: ClassVar = [models.Index(fields=["known_at"], name="snapshot_known")]


class Run(models.Model):
    """The decisions of policies over a snapshot, on one day."""

    id = models.TextField(primary_key=True)
    region = models.TextField()
    as_of = models.DateField()
    known_at = _now()
    base_year = models.IntegerField()
    policies = models.JSONField()
    settings = models.JSONField()
    snapshot = _to("Snapshot")
    declarations = models.TextField()
    engine = models.TextField()
    counts = models.JSONField()
    root = models.BinaryField()
    synthetic = models.BooleanField(db_default=False)
    actor = models.TextField()
    started_at = _now()
    finished_at = _now()

    class Meta:
        db_table = "run"
        indexes: ClassVar = [
            models.Index(fields=["finished_at"], name="run_finished_at"),
            models.Index(fields=["snapshot"], name="run_snapshot"),
        ]


class RunPart(models.Model):
    """A sealed Parquet file of a run's decisions."""

    run = _to("Run")
    subject = models.TextField()
    position = models.IntegerField()
    name = models.TextField()
    sha256 = models.BinaryField()
    size = models.BigIntegerField()
    rows = models.IntegerField()

    class Meta:
        db_table = "run_part"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["run", "subject", "position"], name="run_part_position"
            )
        ]


class Revision(models.Model):
    """A decision of a run, recomputed after a correction."""

    run = _to("Run")
    subject = models.TextField()
    org = models.BigIntegerField()
    key = _text()
    policy = models.TextField()
    before = models.JSONField()
    after = models.JSONField()
    claim = _to("Claim", null=True)
    actor = models.TextField()
    reason = _text()
    known_at = _now()
    sha = models.BinaryField()

    class Meta:
        db_table = "revision"
        indexes: ClassVar = [
            models.Index(fields=["run", "org"], name="revision_run_org"),
            models.Index(fields=["claim"], name="revision_claim"),
        ]


class Claim(models.Model):
    """Somebody says that a fact is wrong."""

    kind = models.TextField()
    record_type = models.TextField()
    org = models.BigIntegerField()
    key = _text()
    year = models.IntegerField(null=True)
    attribute = models.TextField()
    stated = models.JSONField()
    claimed = models.JSONField()
    evidence_name = _text()
    evidence_sha = models.BinaryField(null=True)
    actor = models.TextField()
    role = _text()
    reason = _text()
    opened_at = _now()

    class Meta:
        db_table = "claim"
        indexes: ClassVar = [models.Index(fields=["org"], name="claim_org")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["correction", "dispute"]),
                name="claim_kind",
            )
        ]


class Ruling(models.Model):
    """How a claim was decided, once."""

    claim = models.OneToOneField("Claim", on_delete=models.PROTECT, related_name="+")
    accepted = models.BooleanField()
    actor = models.TextField()
    reason = _text()
    statement = _to("Statement", null=True)
    ruled_at = _now()

    class Meta:
        db_table = "ruling"


class Person(models.Model):
    """A person's slot in the key ring; erasure empties `lookup`."""

    slot = models.BigAutoField(primary_key=True)
    lookup = models.BinaryField(null=True, unique=True)
    created_at = _now()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "person"


class Erasure(models.Model):
    """A person's key was destroyed, on request."""

    slot = _to("Person", db_column="slot")
    actor = models.TextField()
    reason = _text()
    at = _now()

    class Meta:
        db_table = "erasure"
        indexes: ClassVar = [models.Index(fields=["slot"], name="erasure_slot")]


class Attempt(models.Model):
    """A verb that writes, begun and perhaps not finished."""

    kind = models.TextField()
    detail = models.JSONField()
    actor = models.TextField()
    host = models.TextField()
    pid = models.IntegerField()
    started_at = _now()
    finished_at = models.DateTimeField(null=True)
    outcome = models.TextField(null=True)

    class Meta:
        db_table = "attempt"
        indexes: ClassVar = [
            models.Index(
                fields=["started_at"],
                name="attempt_open",
                condition=models.Q(finished_at__isnull=True),
            )
        ]


class Secret(models.Model):
    """What hashes are salted with, so that they cannot be guessed."""

    name = models.TextField(primary_key=True)
    value = models.BinaryField()

    class Meta:
        db_table = "secret"
