# SPDX-License-Identifier: Apache-2.0
"""The book: accounts, transfers, seals; and the audit trail."""

from typing import ClassVar

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    """Tables; what guards and fills them comes in 0005."""

    dependencies: ClassVar = [
        ("office", "0003_secret"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="LedgerAccount",
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
                ("path", models.TextField(unique=True)),
                ("commodity", models.TextField()),
                ("side", models.TextField()),
                ("floor", models.BigIntegerField(null=True)),
                ("ceiling", models.BigIntegerField(null=True)),
                ("opened", models.DateField()),
                ("closed", models.DateField(null=True)),
                ("debits", models.BigIntegerField(db_default=0)),
                ("credits", models.BigIntegerField(db_default=0)),
                ("debits_held", models.BigIntegerField(db_default=0)),
                ("credits_held", models.BigIntegerField(db_default=0)),
                (
                    "sets",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), null=True, size=None
                    ),
                ),
            ],
            options={
                "db_table": "ledger_account",
            },
        ),
        migrations.CreateModel(
            name="LedgerSet",
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
                ("name", models.TextField(unique=True)),
                ("commodity", models.TextField()),
                ("ceiling", models.BigIntegerField(null=True)),
                ("reached", models.BigIntegerField(db_default=0)),
            ],
            options={
                "db_table": "ledger_set",
            },
        ),
        migrations.CreateModel(
            name="Audit",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("actor", models.TextField()),
                ("behalf", models.TextField(blank=True, db_default="")),
                ("verb", models.TextField()),
                ("object", models.TextField()),
                ("reason", models.TextField(blank=True, db_default="")),
                ("before", models.TextField(blank=True, db_default="")),
                ("after", models.TextField(blank=True, db_default="")),
                ("request", models.TextField()),
                ("known_at", models.DateTimeField()),
                ("salt", models.UUIDField()),
                ("sha", models.BinaryField()),
            ],
            options={
                "db_table": "audit",
                "indexes": [
                    models.Index(fields=["known_at"], name="audit_known"),
                    models.Index(fields=["object"], name="audit_object"),
                    models.Index(fields=["request"], name="audit_request"),
                ],
            },
        ),
        migrations.CreateModel(
            name="LedgerEvent",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("kind", models.TextField()),
                ("subject", models.TextField()),
                ("commodity", models.TextField(blank=True, db_default="")),
                ("side", models.TextField(blank=True, db_default="")),
                ("floor", models.BigIntegerField(null=True)),
                ("ceiling", models.BigIntegerField(null=True)),
                ("day", models.DateField(null=True)),
                ("sets", models.TextField(blank=True, db_default="")),
                ("actor", models.TextField()),
                ("reason", models.TextField(blank=True, db_default="")),
                ("known_at", models.DateTimeField()),
                ("salt", models.UUIDField()),
                ("sha", models.BinaryField()),
            ],
            options={
                "db_table": "ledger_event",
                "indexes": [
                    models.Index(fields=["known_at"], name="ledger_event_known"),
                    models.Index(fields=["subject"], name="ledger_event_subject"),
                ],
            },
        ),
        migrations.CreateModel(
            name="LedgerSeal",
            fields=[
                ("number", models.BigAutoField(primary_key=True, serialize=False)),
                ("since", models.DateTimeField()),
                ("upto", models.DateTimeField()),
                ("transfers", models.BigIntegerField()),
                ("events", models.BigIntegerField()),
                ("audits", models.BigIntegerField()),
                ("transfers_root", models.BinaryField()),
                ("events_root", models.BinaryField()),
                ("audits_root", models.BinaryField()),
                ("head", models.BinaryField()),
            ],
            options={
                "db_table": "ledger_seal",
                "indexes": [models.Index(fields=["upto"], name="ledger_seal_upto")],
            },
        ),
        migrations.CreateModel(
            name="LedgerTransfer",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("id", models.TextField(unique=True)),
                ("kind", models.TextField()),
                ("debit", models.BigIntegerField()),
                ("credit", models.BigIntegerField()),
                ("amount", models.BigIntegerField()),
                ("commodity", models.TextField()),
                ("code", models.TextField()),
                ("cause", models.TextField()),
                ("effective", models.DateField()),
                ("of_id", models.TextField(blank=True, db_default="")),
                ("expires", models.DateField(null=True)),
                ("link", models.TextField(blank=True, db_default="")),
                ("actor", models.TextField()),
                ("known_at", models.DateTimeField()),
                ("salt", models.UUIDField()),
                ("sha", models.BinaryField()),
            ],
            options={
                "db_table": "ledger_transfer",
                "indexes": [
                    models.Index(fields=["known_at"], name="ledger_transfer_known"),
                    models.Index(fields=["debit", "seq"], name="ledger_transfer_debit"),
                    models.Index(
                        fields=["credit", "seq"], name="ledger_transfer_credit"
                    ),
                    models.Index(
                        condition=models.Q(("of_id", ""), _negated=True),
                        fields=["of_id"],
                        name="ledger_transfer_of",
                    ),
                    models.Index(fields=["cause"], name="ledger_transfer_cause"),
                    models.Index(
                        fields=["link"],
                        name="ledger_transfer_link",
                        condition=models.Q(("link", ""), _negated=True),
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("kind__in", ["post", "void", "expire"])),
                        fields=("of_id",),
                        name="ledger_hold_settled_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("amount__gt", 0), ("amount__lte", 1000000000000000)
                        ),
                        name="ledger_transfer_amount",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("debit", models.F("credit")), _negated=True
                        ),
                        name="ledger_transfer_two_accounts",
                    ),
                ],
            },
        ),
    ]
