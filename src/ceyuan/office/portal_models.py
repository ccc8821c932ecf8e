# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: D106, DJ008 - rows without names; an absent text (no end, no
# answer) is not an empty one
"""The tables behind the portal, as Django knows them; the verbs speak plain SQL.

What people say (requests, comments, consents, official texts) is append-only. What
moves on (a job, a batch of tenants, a delegation that is ended, a token that is
revoked) may change; each change writes its row of the audit trail.
"""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now


def _text(**options: object) -> models.TextField:
    return models.TextField(blank=True, db_default="", **options)


def _now() -> models.DateTimeField:
    return models.DateTimeField(db_default=Now())


class Job(models.Model):
    """Work done beside the pages: waiting, running, done, failed, stopped."""

    id = models.TextField(primary_key=True)
    kind = models.TextField()
    said = models.JSONField()
    state = models.TextField(db_default="waiting")
    done = models.IntegerField(db_default=0)
    whole = models.IntegerField(db_default=0)
    note = _text()
    result = models.JSONField(null=True)
    error = models.JSONField(null=True)
    actor = models.TextField()
    organisation = _text()
    not_before = _now()
    every = _text()
    created_at = _now()
    started_at = models.DateTimeField(null=True)
    beat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "job"
        indexes: ClassVar = [
            models.Index(fields=["state", "not_before"], name="job_waiting"),
            models.Index(fields=["actor"], name="job_actor"),
        ]


class Upload(models.Model):
    """A file that somebody handed in; its bytes stand in the workspace, by hash."""

    id = models.TextField(primary_key=True)
    name = models.TextField()
    sha256 = models.BinaryField()
    size = models.BigIntegerField()
    organisation = _text()
    actor = models.TextField()
    known_at = _now()

    class Meta:
        db_table = "upload"
        indexes: ClassVar = [models.Index(fields=["actor"], name="upload_actor")]


class ParkBatch(models.Model):
    """A sheet of tenants that is being checked, and what came of it."""

    id = models.TextField(primary_key=True)
    upload = models.ForeignKey(
        "Upload", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    joined = models.JSONField()
    organisation = models.TextField()
    actor = models.TextField()
    as_of = models.DateField()
    columns = models.JSONField()
    state = models.TextField(db_default="columns")
    counts = models.JSONField(null=True)
    changes = models.JSONField(null=True)
    job = models.ForeignKey(
        "Job", on_delete=models.PROTECT, related_name="+", db_index=False, null=True
    )
    previous = models.ForeignKey(
        "self", on_delete=models.PROTECT, related_name="+", db_index=False, null=True
    )
    every = _text()
    created_at = _now()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "park_batch"
        indexes: ClassVar = [
            models.Index(fields=["organisation"], name="park_batch_of"),
        ]


class FirmSheet(models.Model):
    """What a run says of one firm, worked out in full; can be made again."""

    run = models.ForeignKey(
        "Run", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    org = models.BigIntegerField()
    code = models.TextField()
    name = models.TextField()
    body = models.JSONField()
    revised = models.BigIntegerField(db_default=0)
    known_at = _now()

    class Meta:
        db_table = "firm_sheet"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "org"], name="firm_sheet_of"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["run", "code"], name="firm_sheet_code"),
        ]


class Visit(models.Model):
    """How things stood when somebody last looked: for what changed since."""

    actor = models.TextField()
    org = models.BigIntegerField()
    run = models.TextField()
    states = models.JSONField()
    known_at = _now()

    class Meta:
        db_table = "visit"
        indexes: ClassVar = [
            models.Index(fields=["actor", "org", "-known_at"], name="visit_last"),
        ]


class Request(models.Model):
    """A need, an obstacle or a question that a firm told the office."""

    id = models.BigAutoField(primary_key=True)
    kind = models.TextField()
    organisation = models.TextField()
    org = models.BigIntegerField(null=True)
    policy = _text()
    title = models.TextField()
    body = models.TextField()
    actor = models.TextField()
    known_at = _now()

    class Meta:
        db_table = "request"
        indexes: ClassVar = [
            models.Index(fields=["organisation"], name="request_of"),
        ]


class RequestEvent(models.Model):
    """What was said or done about a request: answered, closed, reopened."""

    request = models.ForeignKey(
        "Request", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    kind = models.TextField()
    body = _text()
    actor = models.TextField()
    known_at = _now()

    class Meta:
        db_table = "request_event"
        indexes: ClassVar = [
            models.Index(fields=["request"], name="request_event_of"),
        ]


class PolicyStage(models.Model):
    """A stage in the life of a policy: need, draft, consultation ... repealed."""

    policy = models.TextField()
    stage = models.TextField()
    since = models.DateField()
    until = models.DateField(null=True)
    document = _text()
    note = _text()
    actor = models.TextField()
    known_at = _now()

    class Meta:
        db_table = "policy_stage"
        indexes: ClassVar = [models.Index(fields=["policy"], name="policy_stage_of")]


class PolicyText(models.Model):
    """The official words of an article, as the office loaded them."""

    policy = models.TextField()
    article = models.TextField()
    body = models.TextField()
    source = _text()
    actor = models.TextField()
    known_at = _now()

    class Meta:
        db_table = "policy_text"
        indexes: ClassVar = [models.Index(fields=["policy"], name="policy_text_of")]


class Comment(models.Model):
    """What somebody says of a policy in consultation, and what is answered."""

    id = models.BigAutoField(primary_key=True)
    policy = models.TextField()
    article = _text()
    answers = models.ForeignKey(
        "self", on_delete=models.PROTECT, related_name="+", db_index=False, null=True
    )
    body = models.TextField()
    display = _text()
    actor = models.TextField()
    known_at = _now()

    class Meta:
        db_table = "comment"
        indexes: ClassVar = [models.Index(fields=["policy"], name="comment_of")]


class Consent(models.Model):
    """A firm lets an organisation use its data for a purpose, or no longer does."""

    code = models.TextField()
    party = models.TextField()
    purpose = models.TextField()
    given = models.BooleanField()
    since = models.DateField()
    until = models.DateField(null=True)
    ask = _text()
    actor = models.TextField()
    known_at = _now()

    class Meta:
        db_table = "consent"
        indexes: ClassVar = [
            models.Index(fields=["code", "party"], name="consent_between"),
        ]


class ConsentAsk(models.Model):
    """A question whether a firm consents, behind a link that is hard to guess."""

    id = models.TextField(primary_key=True)
    code = models.TextField()
    name = _text()
    party = models.TextField()
    purpose = models.TextField()
    expires_on = models.DateField()
    actor = models.TextField()
    known_at = _now()

    class Meta:
        db_table = "consent_ask"
        indexes: ClassVar = [models.Index(fields=["party"], name="consent_ask_by")]


class Delegation(models.Model):
    """Somebody may act on behalf of an organisation; with an end."""

    id = models.BigAutoField(primary_key=True)
    organisation = models.TextField()
    delegate = models.TextField()
    since = models.DateField()
    until = models.DateField(null=True)
    reason = _text()
    actor = models.TextField()
    known_at = _now()
    ended_by = _text()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "delegation"
        indexes: ClassVar = [
            models.Index(fields=["delegate"], name="delegation_to"),
        ]


class ApiToken(models.Model):
    """A key to the interface: only its hash is kept."""

    id = models.TextField(primary_key=True)
    name = models.TextField()
    actor = models.TextField()
    digest = models.BinaryField(unique=True)
    scopes = models.JSONField()
    expires_at = models.DateTimeField()
    created_at = _now()
    revoked_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "api_token"
        indexes: ClassVar = [models.Index(fields=["actor"], name="api_token_of")]


class ErasureRequest(models.Model):
    """A person asks that what is personal be erased; somebody decides."""

    id = models.BigAutoField(primary_key=True)
    record = models.TextField()
    person = models.TextField()
    reason = _text()
    state = models.TextField(db_default="open")
    actor = models.TextField()
    known_at = _now()
    decided_by = _text()
    decided_why = _text()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "erasure_request"


class Reform(models.Model):
    """A reform as it was saved; a later row of the same name is a later version."""

    id = models.TextField(primary_key=True)
    name = models.TextField()
    body = models.TextField()
    as_of = models.DateField()
    said = models.JSONField()
    actor = models.TextField()
    known_at = _now()

    class Meta:
        db_table = "reform"
        indexes: ClassVar = [models.Index(fields=["actor"], name="reform_by")]


class Letter(models.Model):
    """A message to a user: kept here, and mailed where a mail server is set."""

    id = models.BigAutoField(primary_key=True)
    to = models.TextField()
    about = _text()
    subject = models.TextField()
    body = models.TextField()
    known_at = _now()
    sent_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    fault = _text()

    class Meta:
        db_table = "letter"
        indexes: ClassVar = [models.Index(fields=["to"], name="letter_to")]


class FormAnswer(models.Model):
    """What a form was answered: sent twice, it is done once."""

    id = models.TextField(primary_key=True)
    actor = models.TextField()
    path = models.TextField()
    answer = models.JSONField()
    known_at = _now()

    class Meta:
        db_table = "form_answer"
