# SPDX-License-Identifier: Apache-2.0
"""What was known stays known: triggers refuse to change or remove rows."""

from typing import ClassVar

from django.db import migrations

# As it was at this migration; a later one says what changes.
TABLES = (
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
)

FUNCTION = """
CREATE FUNCTION ceyuan_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'table % is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation',
              HINT = 'add a row that says otherwise';
END
$$
"""


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
    """One function, one trigger per table."""

    dependencies: ClassVar = [("office", "0001_tables")]

    operations: ClassVar = [
        migrations.RunSQL(
            sql=FUNCTION, reverse_sql="DROP FUNCTION ceyuan_append_only()"
        ),
        *(_guard(table) for table in TABLES),
    ]
