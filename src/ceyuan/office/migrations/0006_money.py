# SPDX-License-Identifier: Apache-2.0
"""Entitlements, payments, users, settings; what is append-only is guarded."""

from typing import ClassVar

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

GUARDED = (
    "office_setting",
    "entitlement_event",
    "notice",
    "payee",
    "payment_batch",
    "payment_return",
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
        ("office", "0005_ledger_functions"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="OfficeUser",
            fields=[
                ("name", models.TextField(primary_key=True, serialize=False)),
                ("display", models.TextField(blank=True, db_default="")),
                ("organisation", models.TextField(blank=True, db_default="")),
                (
                    "roles",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), size=None
                    ),
                ),
                ("active", models.BooleanField(db_default=True)),
                (
                    "made_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
            ],
            options={
                "db_table": "office_user",
            },
        ),
        migrations.CreateModel(
            name="PaymentBatch",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("form", models.TextField()),
                ("day", models.DateField()),
                ("payments", models.IntegerField()),
                ("total", models.BigIntegerField()),
                ("file_sha", models.BinaryField()),
                ("actor", models.TextField()),
                ("synthetic", models.BooleanField(db_default=False)),
                (
                    "known_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
            ],
            options={
                "db_table": "payment_batch",
            },
        ),
        migrations.CreateModel(
            name="Entitlement",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("slot", models.TextField()),
                ("revision", models.IntegerField()),
                ("policy", models.TextField()),
                ("instrument", models.TextField()),
                ("year", models.IntegerField()),
                ("subject", models.TextField()),
                ("org", models.BigIntegerField()),
                ("key", models.TextField(blank=True, db_default="")),
                ("party", models.TextField()),
                ("name", models.TextField(blank=True, db_default="")),
                ("commodity", models.TextField()),
                ("amount", models.BigIntegerField()),
                ("mode", models.TextField()),
                ("state", models.TextField()),
                ("noticed_on", models.DateField()),
                ("object_until", models.DateField()),
                ("promised_on", models.DateField()),
                ("decided_by", models.TextField()),
                ("approved_by", models.TextField(blank=True, db_default="")),
                ("objection", models.BooleanField(db_default=False)),
                ("synthetic", models.BooleanField(db_default=False)),
                (
                    "made_at",
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
                "db_table": "entitlement",
            },
        ),
        migrations.CreateModel(
            name="EntitlementEvent",
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
                ("state", models.TextField()),
                ("day", models.DateField()),
                ("actor", models.TextField()),
                ("behalf", models.TextField(blank=True, db_default="")),
                ("reason", models.TextField(blank=True, db_default="")),
                ("transfer", models.TextField(blank=True, db_default="")),
                (
                    "known_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
                (
                    "entitlement",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="office.entitlement",
                    ),
                ),
            ],
            options={
                "db_table": "entitlement_event",
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("org", models.BigIntegerField()),
                ("party", models.TextField()),
                ("body", models.JSONField()),
                ("actor", models.TextField()),
                (
                    "known_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
            ],
            options={
                "db_table": "notice",
                "indexes": [models.Index(fields=["org"], name="notice_org")],
            },
        ),
        migrations.CreateModel(
            name="OfficeSetting",
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
                ("name", models.TextField()),
                ("value", models.TextField()),
                ("valid_from", models.DateField()),
                ("valid_to", models.DateField(null=True)),
                ("actor", models.TextField()),
                ("reason", models.TextField(blank=True, db_default="")),
                (
                    "known_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
            ],
            options={
                "db_table": "office_setting",
                "indexes": [models.Index(fields=["name"], name="office_setting_name")],
            },
        ),
        migrations.CreateModel(
            name="Payee",
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
                ("party", models.TextField()),
                ("holder", models.TextField()),
                ("bank", models.TextField()),
                ("account", models.TextField(blank=True, db_default="")),
                ("valid_from", models.DateField()),
                ("actor", models.TextField()),
                ("reason", models.TextField(blank=True, db_default="")),
                (
                    "known_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
            ],
            options={
                "db_table": "payee",
                "indexes": [models.Index(fields=["party"], name="payee_party")],
            },
        ),
        migrations.CreateModel(
            name="Payment",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("line", models.IntegerField()),
                ("party", models.TextField()),
                ("holder", models.TextField()),
                ("bank", models.TextField()),
                ("account", models.TextField()),
                ("amount", models.BigIntegerField()),
                ("state", models.TextField()),
                ("cause", models.TextField(blank=True, db_default="")),
                (
                    "entitlement",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="office.entitlement",
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="office.paymentbatch",
                    ),
                ),
            ],
            options={
                "db_table": "payment",
            },
        ),
        migrations.CreateModel(
            name="PaymentReturn",
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
                ("file_sha", models.BinaryField()),
                ("file_name", models.TextField()),
                ("line", models.IntegerField()),
                ("payment", models.TextField()),
                ("amount", models.BigIntegerField(null=True)),
                ("outcome", models.TextField(blank=True, db_default="")),
                ("bank_reason", models.TextField(blank=True, db_default="")),
                ("day", models.DateField(null=True)),
                ("result", models.TextField()),
                ("problem", models.TextField(blank=True, db_default="")),
                ("actor", models.TextField()),
                (
                    "known_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
            ],
            options={
                "db_table": "payment_return",
                "indexes": [
                    models.Index(fields=["payment"], name="payment_return_of"),
                    models.Index(fields=["day"], name="payment_return_day"),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="entitlement",
            index=models.Index(fields=["org"], name="entitlement_org"),
        ),
        migrations.AddIndex(
            model_name="entitlement",
            index=models.Index(fields=["state", "policy"], name="entitlement_state"),
        ),
        migrations.AddConstraint(
            model_name="entitlement",
            constraint=models.UniqueConstraint(
                fields=("slot", "revision"), name="entitlement_slot_revision"
            ),
        ),
        migrations.AddConstraint(
            model_name="entitlement",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("state__in", ["withdrawn", "declined"]), _negated=True
                ),
                fields=("slot",),
                name="entitlement_one_alive",
            ),
        ),
        migrations.AddIndex(
            model_name="entitlementevent",
            index=models.Index(fields=["entitlement"], name="entitlement_event_of"),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(fields=["batch"], name="payment_of_batch"),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(fields=["entitlement"], name="payment_entitlement"),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(fields=["state"], name="payment_state"),
        ),
        *(_guard(table) for table in GUARDED),
    ]
