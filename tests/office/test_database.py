# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: S603, S608 - our own words and programs
"""The tables: made once, kept, refused when newer, and never rewritten."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

import ceyuan
from ceyuan.kernel import UsageError
from ceyuan.office.database import (
    Database,
    DatabaseAway,
    database_errors,
    migrations_of,
    open_database,
    our_migrations,
    prepare,
    without_password,
)
from ceyuan.office.tables import APPEND_ONLY, CHANGEABLE, TABLES
from ceyuan.office.workspace import init_workspace

if TYPE_CHECKING:
    from collections.abc import Callable

SOURCE = Path(ceyuan.__file__).parents[1]
# What another Python process needs to find what this one found.
PATHS = os.pathsep.join([str(SOURCE), *filter(None, sys.path)])

# Column, type; "?" may be null. As the design of the catalogue has them.
COLUMNS = {
    "batch": (
        "id text, record_type text, source text, kind text, rows int4, rejected int4,"
        " root bytea, columns jsonb, complete jsonb, actor text, reason text,"
        " known_at timestamptz, as_stated date, declarations text, synthetic bool,"
        " statements_to int8?"
    ),
    "batch_file": (
        "id int8, batch_id text, record_type text, source text, sha256 bytea,"
        " name text, size int8, rows int4, rejected int4"
    ),
    "batch_part": (
        "id int8, batch_id text, position int4, name text, sha256 bytea, size int8,"
        " rows int4"
    ),
    "withdrawal": (
        "id int8, batch_id text, actor text, reason text, known_at timestamptz"
    ),
    "statement": (
        "id int8, record_type text, source text, org int8?, code text?, name text?,"
        " key text, year int4?, attribute text, value jsonb, valid_from date,"
        " valid_to date?, known_at timestamptz, actor text, reason text,"
        " claim_id int8?, sha bytea"
    ),
    "identity_event": (
        "id int8, kind text, org int8, other int8?, code text?, name text?,"
        " valid_from date, valid_to date?, undoes int8?, actor text, reason text,"
        " evidence text, known_at timestamptz, sha bytea"
    ),
    "name_doubt": (
        "id int8, org int8, name text, candidates jsonb, batch_id text?,"
        " known_at timestamptz"
    ),
    "snapshot": (
        "id text, manifest jsonb, known_at timestamptz, made_at timestamptz, actor text"
    ),
    "run": (
        "id text, region text, as_of date, known_at timestamptz, base_year int4,"
        " policies jsonb, settings jsonb, snapshot_id text, declarations text,"
        " engine text, counts jsonb, root bytea, synthetic bool, actor text,"
        " started_at timestamptz, finished_at timestamptz"
    ),
    "run_part": (
        "id int8, run_id text, subject text, position int4, name text, sha256 bytea,"
        " size int8, rows int4"
    ),
    "revision": (
        "id int8, run_id text, subject text, org int8, key text, policy text,"
        " before jsonb, after jsonb, claim_id int8?, actor text, reason text,"
        " known_at timestamptz, sha bytea"
    ),
    "claim": (
        "id int8, kind text, record_type text, org int8, key text, year int4?,"
        " attribute text, stated jsonb, claimed jsonb, evidence_name text,"
        " evidence_sha bytea?, actor text, role text, reason text,"
        " opened_at timestamptz"
    ),
    "ruling": (
        "id int8, claim_id int8, accepted bool, actor text, reason text,"
        " statement_id int8?, ruled_at timestamptz"
    ),
    "person": (
        "slot int8, lookup bytea?, created_at timestamptz, erased_at timestamptz?"
    ),
    "erasure": "id int8, slot int8, actor text, reason text, at timestamptz",
    "attempt": (
        "id int8, kind text, detail jsonb, actor text, host text, pid int4,"
        " started_at timestamptz, finished_at timestamptz?, outcome text?"
    ),
    "secret": "name text, value bytea",
    "ledger_set": ("id int8, name text, commodity text, ceiling int8?, reached int8"),
    "ledger_account": (
        "id int8, path text, commodity text, side text, floor int8?, ceiling int8?, "
        "opened date, closed date?, debits int8, credits int8, debits_held int8, "
        "credits_held int8, sets _int8?"
    ),
    "office_user": (
        "name text, display text, organisation text, roles _text, active bool, "
        "made_at timestamptz"
    ),
    "ledger_event": (
        "seq int8, kind text, subject text, commodity text, side text, floor int8?, "
        "ceiling int8?, day date?, sets text, actor text, reason text, known_at "
        "timestamptz, salt uuid, sha bytea"
    ),
    "ledger_transfer": (
        "seq int8, id text, kind text, debit int8, credit int8, amount int8, "
        "commodity text, code text, cause text, effective date, of_id text, expires "
        "date?, link text, actor text, known_at timestamptz, salt uuid, sha bytea"
    ),
    "ledger_seal": (
        "number int8, since timestamptz, upto timestamptz, transfers int8, events "
        "int8, audits int8, transfers_root bytea, events_root bytea, audits_root "
        "bytea, head bytea"
    ),
    "audit": (
        "seq int8, actor text, behalf text, verb text, object text, reason text, "
        "before text, after text, request text, known_at timestamptz, salt uuid, "
        "sha bytea"
    ),
    "office_setting": (
        "id int8, name text, value text, valid_from date, valid_to date?, actor "
        "text, reason text, known_at timestamptz"
    ),
    "notice": (
        "id text, org int8, party text, body jsonb, actor text, known_at timestamptz"
    ),
    "payee": (
        "id int8, party text, holder text, bank text, account text, valid_from "
        "date, actor text, reason text, known_at timestamptz"
    ),
    "payment_batch": (
        "id text, form text, day date, payments int4, total int8, file_sha bytea, "
        "actor text, synthetic bool, known_at timestamptz"
    ),
    "payment_return": (
        "id int8, file_sha bytea, file_name text, line int4, payment text, amount "
        "int8?, outcome text, bank_reason text, day date?, result text, problem "
        "text, actor text, known_at timestamptz"
    ),
    "entitlement": (
        "id text, slot text, revision int4, policy text, instrument text, year "
        "int4, subject text, org int8, key text, party text, name text, commodity "
        "text, amount int8, mode text, state text, noticed_on date, object_until "
        "date, promised_on date, decided_by text, approved_by text, objection bool, "
        "synthetic bool, made_at timestamptz, run_id text"
    ),
    "payment": (
        "id text, line int4, party text, holder text, bank text, account text, "
        "amount int8, state text, cause text, entitlement_id text?, batch_id text"
    ),
    "entitlement_event": (
        "id int8, kind text, state text, day date, actor text, behalf text, reason "
        "text, transfer text, known_at timestamptz, entitlement_id text"
    ),
    "job": (
        "id text, kind text, said jsonb, state text, done int4, whole int4, note text, "
        "result jsonb?, error jsonb?, actor text, organisation text, not_before "
        "timestamptz, every text, created_at timestamptz, started_at timestamptz?, "
        "beat_at timestamptz?, finished_at timestamptz?"
    ),
    "upload": (
        "id text, name text, sha256 bytea, size int8, organisation text, actor text, "
        "known_at timestamptz"
    ),
    "park_batch": (
        "id text, joined jsonb, organisation text, actor text, as_of date, columns "
        "jsonb, state text, counts jsonb?, changes jsonb?, every text, created_at "
        "timestamptz, finished_at timestamptz?, job_id text?, previous_id text?, "
        "upload_id text"
    ),
    "firm_sheet": (
        "id int8, org int8, code text, name text, body jsonb, revised int8, known_at "
        "timestamptz, run_id text"
    ),
    "visit": (
        "id int8, actor text, org int8, run text, states jsonb, known_at timestamptz"
    ),
    "request": (
        "id int8, kind text, organisation text, org int8?, policy text, title text, "
        "body text, actor text, known_at timestamptz"
    ),
    "request_event": (
        "id int8, kind text, body text, actor text, known_at timestamptz, request_id "
        "int8"
    ),
    "policy_stage": (
        "id int8, policy text, stage text, since date, until date?, document text, "
        "note text, actor text, known_at timestamptz"
    ),
    "policy_text": (
        "id int8, policy text, article text, body text, source text, actor text, "
        "known_at timestamptz"
    ),
    "comment": (
        "id int8, policy text, article text, body text, display text, actor text, "
        "known_at timestamptz, answers_id int8?"
    ),
    "consent": (
        "id int8, code text, party text, purpose text, given bool, since date, until "
        "date?, ask text, actor text, known_at timestamptz"
    ),
    "consent_ask": (
        "id text, code text, name text, party text, purpose text, expires_on date, "
        "actor text, known_at timestamptz"
    ),
    "delegation": (
        "id int8, organisation text, delegate text, since date, until date?, reason "
        "text, actor text, known_at timestamptz, ended_by text, ended_at timestamptz?"
    ),
    "api_token": (
        "id text, name text, actor text, digest bytea, scopes jsonb, expires_at "
        "timestamptz, created_at timestamptz, revoked_at timestamptz?, used_at "
        "timestamptz?"
    ),
    "erasure_request": (
        "id int8, record text, person text, reason text, state text, actor text, "
        "known_at timestamptz, decided_by text, decided_why text, decided_at "
        "timestamptz?"
    ),
    "reform": (
        "id text, name text, body text, as_of date, said jsonb, actor text, known_at "
        "timestamptz"
    ),
    "letter": (
        "id int8, to text, about text, subject text, body text, known_at timestamptz, "
        "sent_at timestamptz?, read_at timestamptz?, fault text"
    ),
    "form_answer": (
        "id text, actor text, path text, answer jsonb, known_at timestamptz"
    ),
}


def test_prepare_empty_database_has_the_designed_columns(
    fresh_database: Callable[..., str],
) -> None:
    database = Database(fresh_database(made=False))

    prepare(database)

    with database.connect() as connection:
        rows = connection.execute(
            "SELECT c.table_name, c.column_name || ' ' || c.udt_name || "
            "CASE c.is_nullable WHEN 'YES' THEN '?' ELSE '' END "
            "FROM information_schema.columns c WHERE table_schema = 'public'"
        ).fetchall()
        assert migrations_of(connection) == our_migrations()
    found: dict[str, set[str]] = {}
    for table, column in rows:
        found.setdefault(table, set()).add(column)
    del found["django_migrations"]
    assert found == {name: set(text.split(", ")) for name, text in COLUMNS.items()}
    assert set(TABLES) == set(COLUMNS)


def test_tables_stand_after_those_that_they_refer_to(database: Database) -> None:
    with database.connect() as connection:
        rows = connection.execute(
            "SELECT conrelid::regclass::text, confrelid::regclass::text "
            "FROM pg_constraint WHERE contype = 'f'"
        ).fetchall()

    assert len(rows) >= 10
    wrong = [(a, b) for a, b in rows if a != b and TABLES.index(a) < TABLES.index(b)]
    assert wrong == []


def test_models_say_what_the_migrations_make(database: Database) -> None:
    from django.core.management import call_command

    from ceyuan.office.django_settings import point_django_at

    point_django_at(database.url)
    # Ends the process where a migration is missing.
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def _refused(connection: psycopg.Connection, statement: str) -> str:
    try:
        with connection.transaction():
            connection.execute(statement.encode())
    except psycopg.errors.RestrictViolation as error:
        return error.diag.message_primary or ""
    return "done"


def test_append_only_tables_refuse_every_change(database: Database) -> None:
    with database.connect() as connection:
        found = {
            (table, verb): _refused(connection, statement)
            for table in APPEND_ONLY
            for verb, statement in {
                "UPDATE": f"UPDATE {table} SET {_column(table)} = {_column(table)}",
                "DELETE": f"DELETE FROM {table}",
                "TRUNCATE": f"TRUNCATE {table} CASCADE",
            }.items()
        }

    # TRUNCATE reaches the tables that refer to it, too: any of them refuses.
    for (table, verb), said in found.items():
        assert said.startswith("table "), (table, verb)
        assert said.endswith(f" is append-only: {verb} refused"), (table, verb)
        assert verb == "TRUNCATE" or said.split()[1] == table


def _column(table: str) -> str:
    return COLUMNS[table].split()[0]


def test_changeable_tables_can_be_changed(database: Database) -> None:
    with database.connect() as connection:
        connection.execute("INSERT INTO person (lookup) VALUES ('\\x01')")
        connection.execute("UPDATE person SET lookup = NULL, erased_at = now()")
        found = connection.execute(
            "SELECT lookup, erased_at IS NOT NULL FROM person"
        ).fetchall()

    assert found == [(None, True)]
    assert set(CHANGEABLE) == {
        *("person", "attempt", "office_user", "ledger_account", "ledger_set"),
        *("entitlement", "payment"),
        *("job", "park_batch", "firm_sheet", "delegation", "api_token"),
        *("erasure_request", "letter"),
    }


def test_prepare_by_several_processes_at_once_is_done_once(
    fresh_database: Callable[..., str],
) -> None:
    url = fresh_database(made=False)
    program = (
        "import sys\n"
        "from ceyuan.office.database import Database, prepare\n"
        "prepare(Database(sys.argv[1]))\n"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", program, url],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": PATHS},
        )
        for _ in range(3)
    ]
    said = [(process.communicate()[1], process.returncode) for process in started]

    assert said == [("", 0)] * 3
    with Database(url).connect() as connection:
        assert migrations_of(connection) == our_migrations()


def test_prepare_up_to_date_does_not_import_django(database: Database) -> None:
    program = (
        "import sys\n"
        "from ceyuan.office.database import Database, prepare\n"
        "prepare(Database(sys.argv[1]))\n"
        "print('django' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, database.url],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": PATHS},
    )

    assert (done.stdout, done.stderr) == ("False\n", "")


def test_prepare_database_behind_keeps_its_rows(
    fresh_database: Callable[..., str],
) -> None:
    from ceyuan.office.django_settings import migrate

    database = Database(fresh_database(made=False))
    migrate(database.url, to="0001_tables")
    with database.connect() as connection:
        assert migrations_of(connection) == ("0001_tables",)
        connection.execute("INSERT INTO person (lookup) VALUES ('\\x01')")

    prepare(database)

    with database.connect() as connection:
        assert migrations_of(connection) == our_migrations()
        assert connection.execute("SELECT lookup FROM person").fetchall() == [
            (b"\x01",)
        ]


def test_open_database_of_a_newer_version_is_refused(
    database: Database, office_folder: Path
) -> None:
    with database.connect() as connection:
        connection.execute(
            "INSERT INTO django_migrations (app, name, applied) "
            "VALUES ('office', '0099_tomorrow', now())"
        )

    with pytest.raises(UsageError) as caught:
        open_database(init_workspace(office_folder))

    assert "0099_tomorrow" in caught.value.message
    assert "pip install -U ceyuan" in caught.value.hint


def test_open_database_of_the_variable_starts_no_server(
    database: Database, office_folder: Path
) -> None:
    workspace = init_workspace(office_folder)

    with open_database(workspace) as opened:
        assert (opened.kind, opened.url) == ("server", database.url)

    assert not (workspace.folder / "pg").exists()
    assert not (workspace.folder / "pg.lock").exists()


def test_open_database_of_an_address_given_beats_the_variable(
    office_folder: Path, fresh_database: Callable[..., str]
) -> None:
    other = fresh_database(made=False)

    with open_database(init_workspace(office_folder), url=other) as opened:
        assert opened.url == other


def test_open_database_embedded_keeps_rows_between_two_openings(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CEYUAN_DATABASE_URL", raising=False)
    workspace = init_workspace(open_folder)

    with open_database(workspace) as database, database.connect() as connection:
        assert database.kind == "embedded"
        connection.execute("INSERT INTO person (lookup) VALUES ('\\x07')")
    assert workspace.server().running() is None

    with open_database(workspace) as database, database.connect() as connection:
        rows = connection.execute("SELECT lookup FROM person").fetchall()
    assert rows == [(b"\x07",)]


def test_connect_to_a_server_of_another_zone_is_in_utc(database: Database) -> None:
    with database.connect() as connection:
        name = connection.info.dbname
        connection.execute(
            f"ALTER DATABASE {name} SET timezone = 'Asia/Shanghai'".encode()
        )

    with database.connect() as connection:
        assert not connection.autocommit
        assert connection.info.transaction_status.name == "IDLE"
        assert connection.execute("SHOW timezone").fetchone() == ("UTC",)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://clerk:hush@127.0.0.1:1/office",
        "postgresql://clerk:hush@/office?host=/nowhere/at/all",
    ],
)
def test_open_database_that_does_not_answer_is_away(
    office_folder: Path, url: str
) -> None:
    with pytest.raises(DatabaseAway) as caught:
        open_database(init_workspace(office_folder), url=url)

    assert caught.value.exit_code == 1
    assert "CEYUAN_DATABASE_URL" in caught.value.hint
    assert "office" in caught.value.message
    assert "hush" not in caught.value.message


def test_open_database_of_no_address_does_not_repeat_the_password(
    office_folder: Path,
) -> None:
    with pytest.raises(UsageError) as caught:
        open_database(
            init_workspace(office_folder), url="mysql://clerk:hush@host/office"
        )

    assert "hush" not in caught.value.message
    assert "postgresql://" in caught.value.hint


def test_database_errors_server_gone_in_the_middle_is_away(
    database: Database,
) -> None:
    with database.connect() as connection, database.connect() as other:
        other.execute("SELECT pg_terminate_backend(%s)", (connection.info.backend_pid,))
        with pytest.raises(DatabaseAway), database_errors():
            connection.execute("SELECT 1")
        # The connection is closed now, which is said in the same way.
        with pytest.raises(DatabaseAway), database_errors():
            connection.execute("SELECT 1")


def test_database_errors_of_a_statement_pass_as_they_are(database: Database) -> None:
    with (
        database.connect() as connection,
        pytest.raises(psycopg.errors.QueryCanceled),
        database_errors(),
    ):
        connection.execute("SET statement_timeout = 10; SELECT pg_sleep(10)")
    with (
        database.connect() as connection,
        pytest.raises(psycopg.errors.CheckViolation),
        database_errors(),
    ):
        connection.execute(
            "INSERT INTO claim (kind, record_type, org, attribute, stated, claimed,"
            " actor) VALUES ('grudge', 'firm', 1, 'revenue', '1', '2', 'a')"
        )


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://a:b@h:5/d", "postgresql://a@h:5/d"),
        ("host=/run dbname=d password=b", "postgresql:///run/d"),
        ("postgresql://a:b@h:x/d?", "postgresql://a@h:x/d"),
        ("nonsense", "（读不出的地址）"),
    ],
)
def test_without_password_shows_the_rest(url: str, shown: str) -> None:
    assert without_password(url) == shown
