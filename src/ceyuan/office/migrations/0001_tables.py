# SPDX-License-Identifier: Apache-2.0
"""The tables, their references and indexes."""

from typing import ClassVar

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    """Every table of the first release with records."""

    initial = True

    dependencies: ClassVar[list[tuple[str, str]]] = []

    operations: ClassVar = [
        migrations.CreateModel(
            name="Person",
            fields=[
                ("slot", models.BigAutoField(primary_key=True, serialize=False)),
                ("lookup", models.BinaryField(null=True, unique=True)),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
                ("erased_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "person",
            },
        ),
        migrations.CreateModel(
            name="Attempt",
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
                ("detail", models.JSONField()),
                ("actor", models.TextField()),
                ("host", models.TextField()),
                ("pid", models.IntegerField()),
                (
                    "started_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
                ("finished_at", models.DateTimeField(null=True)),
                ("outcome", models.TextField(null=True)),
            ],
            options={
                "db_table": "attempt",
                "indexes": [
                    models.Index(
                        condition=models.Q(("finished_at__isnull", True)),
                        fields=["started_at"],
                        name="attempt_open",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Batch",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("record_type", models.TextField()),
                ("source", models.TextField()),
                ("kind", models.TextField()),
                ("rows", models.IntegerField()),
                ("rejected", models.IntegerField(db_default=0)),
                ("root", models.BinaryField()),
                ("columns", models.JSONField()),
                ("complete", models.JSONField()),
                ("actor", models.TextField()),
                ("reason", models.TextField(blank=True, db_default="")),
                (
                    "known_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
                ("as_stated", models.DateField()),
                ("declarations", models.TextField()),
                ("synthetic", models.BooleanField(db_default=False)),
                ("statements_to", models.BigIntegerField(null=True)),
            ],
            options={
                "db_table": "batch",
                "indexes": [
                    models.Index(fields=["known_at"], name="batch_known_at"),
                    models.Index(fields=["record_type", "known_at"], name="batch_type"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["import", "people"])),
                        name="batch_kind",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Claim",
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
                ("record_type", models.TextField()),
                ("org", models.BigIntegerField()),
                ("key", models.TextField(blank=True, db_default="")),
                ("year", models.IntegerField(null=True)),
                ("attribute", models.TextField()),
                ("stated", models.JSONField()),
                ("claimed", models.JSONField()),
                ("evidence_name", models.TextField(blank=True, db_default="")),
                ("evidence_sha", models.BinaryField(null=True)),
                ("actor", models.TextField()),
                ("role", models.TextField(blank=True, db_default="")),
                ("reason", models.TextField(blank=True, db_default="")),
                (
                    "opened_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
            ],
            options={
                "db_table": "claim",
                "indexes": [models.Index(fields=["org"], name="claim_org")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["correction", "dispute"])),
                        name="claim_kind",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Snapshot",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("manifest", models.JSONField()),
                (
                    "known_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
                (
                    "made_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
                ("actor", models.TextField()),
            ],
            options={
                "db_table": "snapshot",
                "indexes": [models.Index(fields=["known_at"], name="snapshot_known")],
            },
        ),
        migrations.CreateModel(
            name="Run",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("region", models.TextField()),
                ("as_of", models.DateField()),
                (
                    "known_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
                ("base_year", models.IntegerField()),
                ("policies", models.JSONField()),
                ("settings", models.JSONField()),
                ("declarations", models.TextField()),
                ("engine", models.TextField()),
                ("counts", models.JSONField()),
                ("root", models.BinaryField()),
                ("synthetic", models.BooleanField(db_default=False)),
                ("actor", models.TextField()),
                (
                    "started_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
                (
                    "finished_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
                (
                    "snapshot",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="office.snapshot",
                    ),
                ),
            ],
            options={
                "db_table": "run",
            },
        ),
        migrations.CreateModel(
            name="Statement",
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
                ("record_type", models.TextField()),
                ("source", models.TextField()),
                ("org", models.BigIntegerField(null=True)),
                ("code", models.TextField(null=True)),
                ("name", models.TextField(null=True)),
                ("key", models.TextField(blank=True, db_default="")),
                ("year", models.IntegerField(null=True)),
                ("attribute", models.TextField()),
                ("value", models.JSONField()),
                ("valid_from", models.DateField()),
                ("valid_to", models.DateField(null=True)),
                (
                    "known_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
                ("actor", models.TextField()),
                ("reason", models.TextField(blank=True, db_default="")),
                ("sha", models.BinaryField()),
                (
                    "claim",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="office.claim",
                    ),
                ),
            ],
            options={
                "db_table": "statement",
            },
        ),
        migrations.CreateModel(
            name="Ruling",
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
                ("accepted", models.BooleanField()),
                ("actor", models.TextField()),
                ("reason", models.TextField(blank=True, db_default="")),
                (
                    "ruled_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
                (
                    "claim",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="office.claim",
                    ),
                ),
                (
                    "statement",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="office.statement",
                    ),
                ),
            ],
            options={
                "db_table": "ruling",
            },
        ),
        migrations.CreateModel(
            name="Withdrawal",
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
                ("reason", models.TextField(blank=True, db_default="")),
                (
                    "known_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
                (
                    "batch",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="office.batch",
                    ),
                ),
            ],
            options={
                "db_table": "withdrawal",
            },
        ),
        migrations.CreateModel(
            name="BatchFile",
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
                ("record_type", models.TextField()),
                ("source", models.TextField()),
                ("sha256", models.BinaryField()),
                ("name", models.TextField()),
                ("size", models.BigIntegerField()),
                ("rows", models.IntegerField()),
                ("rejected", models.IntegerField(db_default=0)),
                (
                    "batch",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="office.batch",
                    ),
                ),
            ],
            options={
                "db_table": "batch_file",
                "indexes": [models.Index(fields=["batch"], name="batch_file_batch")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("record_type", "source", "sha256"),
                        name="batch_file_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="BatchPart",
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
                ("position", models.IntegerField()),
                ("name", models.TextField()),
                ("sha256", models.BinaryField()),
                ("size", models.BigIntegerField()),
                ("rows", models.IntegerField()),
                (
                    "batch",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="office.batch",
                    ),
                ),
            ],
            options={
                "db_table": "batch_part",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("batch", "position"), name="batch_part_position"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="IdentityEvent",
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
                ("org", models.BigIntegerField()),
                ("other", models.BigIntegerField(null=True)),
                ("code", models.TextField(blank=True, db_default="", null=True)),
                ("name", models.TextField(blank=True, db_default="", null=True)),
                ("valid_from", models.DateField()),
                ("valid_to", models.DateField(null=True)),
                ("actor", models.TextField()),
                ("reason", models.TextField(blank=True, db_default="")),
                ("evidence", models.TextField(blank=True, db_default="")),
                (
                    "known_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
                ("sha", models.BinaryField()),
                (
                    "undoes",
                    models.ForeignKey(
                        db_column="undoes",
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="office.identityevent",
                    ),
                ),
            ],
            options={
                "db_table": "identity_event",
                "indexes": [
                    models.Index(fields=["org"], name="identity_event_org"),
                    models.Index(fields=["other"], name="identity_event_other"),
                    models.Index(fields=["known_at"], name="identity_event_known_at"),
                ],
            },
        ),
        migrations.CreateModel(
            name="NameDoubt",
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
                ("name", models.TextField()),
                ("candidates", models.JSONField()),
                (
                    "known_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="office.batch",
                    ),
                ),
            ],
            options={
                "db_table": "name_doubt",
                "indexes": [
                    models.Index(fields=["org"], name="name_doubt_org"),
                    models.Index(fields=["batch"], name="name_doubt_batch"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Erasure",
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
                ("reason", models.TextField(blank=True, db_default="")),
                (
                    "at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
                (
                    "slot",
                    models.ForeignKey(
                        db_column="slot",
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="office.person",
                    ),
                ),
            ],
            options={
                "db_table": "erasure",
                "indexes": [models.Index(fields=["slot"], name="erasure_slot")],
            },
        ),
        migrations.CreateModel(
            name="Revision",
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
                ("subject", models.TextField()),
                ("org", models.BigIntegerField()),
                ("key", models.TextField(blank=True, db_default="")),
                ("policy", models.TextField()),
                ("before", models.JSONField()),
                ("after", models.JSONField()),
                ("actor", models.TextField()),
                ("reason", models.TextField(blank=True, db_default="")),
                (
                    "known_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
                ("sha", models.BinaryField()),
                (
                    "claim",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="office.claim",
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
                "db_table": "revision",
                "indexes": [
                    models.Index(fields=["run", "org"], name="revision_run_org"),
                    models.Index(fields=["claim"], name="revision_claim"),
                ],
            },
        ),
        migrations.CreateModel(
            name="RunPart",
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
                ("subject", models.TextField()),
                ("position", models.IntegerField()),
                ("name", models.TextField()),
                ("sha256", models.BinaryField()),
                ("size", models.BigIntegerField()),
                ("rows", models.IntegerField()),
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
                "db_table": "run_part",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("run", "subject", "position"), name="run_part_position"
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(fields=["finished_at"], name="run_finished_at"),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(fields=["snapshot"], name="run_snapshot"),
        ),
        migrations.AddIndex(
            model_name="statement",
            index=models.Index(
                fields=["record_type", "org"], name="statement_type_org"
            ),
        ),
        migrations.AddIndex(
            model_name="statement",
            index=models.Index(fields=["known_at"], name="statement_known_at"),
        ),
        migrations.AddIndex(
            model_name="statement",
            index=models.Index(fields=["claim"], name="statement_claim"),
        ),
    ]
