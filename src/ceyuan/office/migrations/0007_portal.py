# SPDX-License-Identifier: Apache-2.0
"""The tables behind the portal; what people said there is append-only."""

from typing import ClassVar

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

GUARDED = (
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


def _guard(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        sql=(
            f'CREATE TRIGGER "{table}_append_only" '
            f'BEFORE UPDATE OR DELETE OR TRUNCATE ON "{table}" '
            "FOR EACH STATEMENT EXECUTE FUNCTION ceyuan_append_only()"
        ),
        reverse_sql=f'DROP TRIGGER "{table}_append_only" ON "{table}"',
    )


class Migration(migrations.Migration):
    """Tables and their guards."""

    dependencies: ClassVar = [
        ("office", "0006_money"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="ErasureRequest",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("record", models.TextField()),
                ("person", models.TextField()),
                ("reason", models.TextField(blank=True, db_default="")),
                ("state", models.TextField(db_default="open")),
                ("actor", models.TextField()),
                (
                    "known_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
                ("decided_by", models.TextField(blank=True, db_default="")),
                ("decided_why", models.TextField(blank=True, db_default="")),
                ("decided_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "erasure_request",
            },
        ),
        migrations.CreateModel(
            name="FormAnswer",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("actor", models.TextField()),
                ("path", models.TextField()),
                ("answer", models.JSONField()),
                (
                    "known_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
            ],
            options={
                "db_table": "form_answer",
            },
        ),
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("name", models.TextField()),
                ("actor", models.TextField()),
                ("digest", models.BinaryField(unique=True)),
                ("scopes", models.JSONField()),
                ("expires_at", models.DateTimeField()),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
                ("revoked_at", models.DateTimeField(null=True)),
                ("used_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "api_token",
                "indexes": [models.Index(fields=["actor"], name="api_token_of")],
            },
        ),
        migrations.CreateModel(
            name="Consent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("code", models.TextField()),
                ("party", models.TextField()),
                ("purpose", models.TextField()),
                ("given", models.BooleanField()),
                ("since", models.DateField()),
                ("until", models.DateField(null=True)),
                ("ask", models.TextField(blank=True, db_default="")),
                ("actor", models.TextField()),
                (
                    "known_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
            ],
            options={
                "db_table": "consent",
                "indexes": [
                    models.Index(fields=["code", "party"], name="consent_between")
                ],
            },
        ),
        migrations.CreateModel(
            name="ConsentAsk",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("code", models.TextField()),
                ("name", models.TextField(blank=True, db_default="")),
                ("party", models.TextField()),
                ("purpose", models.TextField()),
                ("expires_on", models.DateField()),
                ("actor", models.TextField()),
                (
                    "known_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
            ],
            options={
                "db_table": "consent_ask",
                "indexes": [models.Index(fields=["party"], name="consent_ask_by")],
            },
        ),
        migrations.CreateModel(
            name="Delegation",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("organisation", models.TextField()),
                ("delegate", models.TextField()),
                ("since", models.DateField()),
                ("until", models.DateField(null=True)),
                ("reason", models.TextField(blank=True, db_default="")),
                ("actor", models.TextField()),
                (
                    "known_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
                ("ended_by", models.TextField(blank=True, db_default="")),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "delegation",
                "indexes": [models.Index(fields=["delegate"], name="delegation_to")],
            },
        ),
        migrations.CreateModel(
            name="Job",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("kind", models.TextField()),
                ("said", models.JSONField()),
                ("state", models.TextField(db_default="waiting")),
                ("done", models.IntegerField(db_default=0)),
                ("whole", models.IntegerField(db_default=0)),
                ("note", models.TextField(blank=True, db_default="")),
                ("result", models.JSONField(null=True)),
                ("error", models.JSONField(null=True)),
                ("actor", models.TextField()),
                ("organisation", models.TextField(blank=True, db_default="")),
                (
                    "not_before",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
                ("every", models.TextField(blank=True, db_default="")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
                ("started_at", models.DateTimeField(null=True)),
                ("beat_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "job",
                "indexes": [
                    models.Index(fields=["state", "not_before"], name="job_waiting"),
                    models.Index(fields=["actor"], name="job_actor"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Letter",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("to", models.TextField()),
                ("about", models.TextField(blank=True, db_default="")),
                ("subject", models.TextField()),
                ("body", models.TextField()),
                (
                    "known_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
                ("sent_at", models.DateTimeField(null=True)),
                ("read_at", models.DateTimeField(null=True)),
                ("fault", models.TextField(blank=True, db_default="")),
            ],
            options={
                "db_table": "letter",
                "indexes": [models.Index(fields=["to"], name="letter_to")],
            },
        ),
        migrations.CreateModel(
            name="PolicyStage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("policy", models.TextField()),
                ("stage", models.TextField()),
                ("since", models.DateField()),
                ("until", models.DateField(null=True)),
                ("document", models.TextField(blank=True, db_default="")),
                ("note", models.TextField(blank=True, db_default="")),
                ("actor", models.TextField()),
                (
                    "known_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
            ],
            options={
                "db_table": "policy_stage",
                "indexes": [models.Index(fields=["policy"], name="policy_stage_of")],
            },
        ),
        migrations.CreateModel(
            name="PolicyText",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("policy", models.TextField()),
                ("article", models.TextField()),
                ("body", models.TextField()),
                ("source", models.TextField(blank=True, db_default="")),
                ("actor", models.TextField()),
                (
                    "known_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
            ],
            options={
                "db_table": "policy_text",
                "indexes": [models.Index(fields=["policy"], name="policy_text_of")],
            },
        ),
        migrations.CreateModel(
            name="Reform",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("name", models.TextField()),
                ("body", models.TextField()),
                ("as_of", models.DateField()),
                ("said", models.JSONField()),
                ("actor", models.TextField()),
                (
                    "known_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
            ],
            options={
                "db_table": "reform",
                "indexes": [models.Index(fields=["actor"], name="reform_by")],
            },
        ),
        migrations.CreateModel(
            name="Request",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("kind", models.TextField()),
                ("organisation", models.TextField()),
                ("org", models.BigIntegerField(null=True)),
                ("policy", models.TextField(blank=True, db_default="")),
                ("title", models.TextField()),
                ("body", models.TextField()),
                ("actor", models.TextField()),
                (
                    "known_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
            ],
            options={
                "db_table": "request",
                "indexes": [models.Index(fields=["organisation"], name="request_of")],
            },
        ),
        migrations.CreateModel(
            name="Upload",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("name", models.TextField()),
                ("sha256", models.BinaryField()),
                ("size", models.BigIntegerField()),
                ("organisation", models.TextField(blank=True, db_default="")),
                ("actor", models.TextField()),
                (
                    "known_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
            ],
            options={
                "db_table": "upload",
                "indexes": [models.Index(fields=["actor"], name="upload_actor")],
            },
        ),
        migrations.CreateModel(
            name="Visit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("actor", models.TextField()),
                ("org", models.BigIntegerField()),
                ("run", models.TextField()),
                ("states", models.JSONField()),
                (
                    "known_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
            ],
            options={
                "db_table": "visit",
                "indexes": [
                    models.Index(
                        fields=["actor", "org", "-known_at"], name="visit_last"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Comment",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("policy", models.TextField()),
                ("article", models.TextField(blank=True, db_default="")),
                ("body", models.TextField()),
                ("display", models.TextField(blank=True, db_default="")),
                ("actor", models.TextField()),
                (
                    "known_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
                (
                    "answers",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="office.comment",
                    ),
                ),
            ],
            options={
                "db_table": "comment",
                "indexes": [models.Index(fields=["policy"], name="comment_of")],
            },
        ),
        migrations.CreateModel(
            name="FirmSheet",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("org", models.BigIntegerField()),
                ("code", models.TextField()),
                ("name", models.TextField()),
                ("body", models.JSONField()),
                ("revised", models.BigIntegerField(db_default=0)),
                (
                    "known_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="office.run",
                    ),
                ),
            ],
            options={
                "db_table": "firm_sheet",
                "indexes": [
                    models.Index(fields=["run", "code"], name="firm_sheet_code")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("run", "org"), name="firm_sheet_of")
                ],
            },
        ),
        migrations.CreateModel(
            name="RequestEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("kind", models.TextField()),
                ("body", models.TextField(blank=True, db_default="")),
                ("actor", models.TextField()),
                (
                    "known_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="office.request",
                    ),
                ),
            ],
            options={
                "db_table": "request_event",
                "indexes": [models.Index(fields=["request"], name="request_event_of")],
            },
        ),
        migrations.CreateModel(
            name="ParkBatch",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("joined", models.JSONField()),
                ("organisation", models.TextField()),
                ("actor", models.TextField()),
                ("as_of", models.DateField()),
                ("columns", models.JSONField()),
                ("state", models.TextField(db_default="columns")),
                ("counts", models.JSONField(null=True)),
                ("changes", models.JSONField(null=True)),
                ("every", models.TextField(blank=True, db_default="")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "job",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="office.job",
                    ),
                ),
                (
                    "previous",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="office.parkbatch",
                    ),
                ),
                (
                    "upload",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="office.upload",
                    ),
                ),
            ],
            options={
                "db_table": "park_batch",
                "indexes": [
                    models.Index(fields=["organisation"], name="park_batch_of")
                ],
            },
        ),
        *(_guard(table) for table in GUARDED),
    ]
