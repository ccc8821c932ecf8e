# SPDX-License-Identifier: Apache-2.0
"""A salt for hashes; files of withdrawn batches again; no event undone twice."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """One table, append-only as the others, and one index."""

    dependencies: ClassVar = [("office", "0002_append_only")]

    operations: ClassVar = [
        migrations.RemoveConstraint(model_name="batchfile", name="batch_file_once"),
        migrations.AddIndex(
            model_name="batchfile",
            index=models.Index(
                fields=["record_type", "source", "sha256"], name="batch_file_same"
            ),
        ),
        migrations.CreateModel(
            name="Secret",
            fields=[
                ("name", models.TextField(primary_key=True, serialize=False)),
                ("value", models.BinaryField()),
            ],
            options={"db_table": "secret"},
        ),
        migrations.RunSQL(
            sql=(
                'CREATE TRIGGER "secret_append_only" '
                'BEFORE UPDATE OR DELETE OR TRUNCATE ON "secret" '
                "FOR EACH STATEMENT EXECUTE FUNCTION ceyuan_append_only()"
            ),
            reverse_sql='DROP TRIGGER "secret_append_only" ON "secret"',
        ),
        migrations.RunSQL(
            sql=(
                "CREATE UNIQUE INDEX identity_event_undone ON identity_event (undoes) "
                "WHERE undoes IS NOT NULL"
            ),
            reverse_sql="DROP INDEX identity_event_undone",
        ),
    ]
