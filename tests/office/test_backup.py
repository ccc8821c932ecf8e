# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: S608 - our own words and programs
"""Out to one file and back: the same rows, the same files, never a key."""

from __future__ import annotations

import hashlib
import io
import json
import resource
import tarfile
from typing import TYPE_CHECKING

import pytest

from ceyuan.kernel import CeyuanError, InputRejected, UsageError
from ceyuan.office.backup import back_up, restore, table_hashes
from ceyuan.office.database import (
    Database,
    DatabaseAway,
    migrations_of,
    open_database,
    our_migrations,
)
from ceyuan.office.tables import TABLES
from ceyuan.office.workspace import Workspace, init_workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SEALED = b"PAR1 sealed \x00\xff"
SEALED_SHA = hashlib.sha256(SEALED).hexdigest()
AWKWARD = "上海\t策源\\n'\"\\N\r\n\u2028 \U0001f9ea"

# One row in every table, with what is hard to copy: tabs, backslashes, bytes,
# numbers of more digits than a float has, nothing at all.
ROWS = (
    ("INSERT INTO person (lookup, erased_at) VALUES (%s, now())", (b"\x00\n\t\\\xff",)),
    ("INSERT INTO person (lookup) VALUES (NULL)", ()),
    (
        (
            "INSERT INTO attempt (kind, detail, actor, host, pid) "
            "VALUES ('import', %s, 'a', 'h', 7)"
        ),
        (json.dumps({"file": AWKWARD}),),
    ),
    (
        (
            "INSERT INTO batch (id, record_type, source, kind, rows, root, columns,"
            " complete, actor, as_stated, declarations) VALUES ('b1', 'firm', 'tax',"
            " 'import', 1, '\\x00ff', %s, '[]', %s, '2026-02-28', 'd')"
        ),
        ('{"z": 123456789012345678901234567890.10, "a": null}', AWKWARD),
    ),
    (
        (
            "INSERT INTO batch_file (batch_id, record_type, source, sha256, name, size,"
            " rows) VALUES ('b1', 'firm', 'tax', '\\x01', '园区.xlsx', 9, 1)"
        ),
        (),
    ),
    (
        (
            "INSERT INTO batch_part (batch_id, position, name, sha256, size, rows)"
            " VALUES ('b1', 0, %s, %s, 14, 1)"
        ),
        (f"{SEALED_SHA}.parquet", bytes.fromhex(SEALED_SHA)),
    ),
    ("INSERT INTO withdrawal (batch_id, actor, reason) VALUES ('b1', 'a', '')", ()),
    (
        (
            "INSERT INTO claim (kind, record_type, org, attribute, stated, claimed,"
            " actor) VALUES ('correction', 'firm', -9223372036854775808, 'revenue',"
            " 'null', '\"\\u0001\"', 'a')"
        ),
        (),
    ),
    (
        (
            "INSERT INTO statement (record_type, source, org, attribute, value,"
            " valid_from, known_at, actor, claim_id, sha) VALUES ('firm', 'ruling', 1,"
            " 'revenue', '1.50', '0001-01-01', '2026-02-28 23:59:59.999999+08', %s,"
            " 1, '\\x')"
        ),
        (AWKWARD,),
    ),
    (
        (
            "INSERT INTO ruling (claim_id, accepted, actor, statement_id)"
            " VALUES (1, true, 'a', 1)"
        ),
        (),
    ),
    (
        (
            "INSERT INTO identity_event (kind, org, valid_from, actor, sha)"
            " VALUES ('rename', 2, '2020-01-01', 'a', '\\x02')"
        ),
        (),
    ),
    (
        (
            "INSERT INTO name_doubt (org, name, candidates, batch_id)"
            " VALUES (3, '某', '[]', 'b1')"
        ),
        (),
    ),
    ("INSERT INTO snapshot (id, manifest, actor) VALUES ('s1', '{}', 'a')", ()),
    (
        (
            "INSERT INTO run (id, region, as_of, base_year, policies, settings,"
            " snapshot_id, declarations, engine, counts, root, actor) VALUES ('r1',"
            " 'shanghai', '2026-11-21', 2025, '[]', '{}', 's1', 'd', 'e', '{}', '\\x',"
            " 'a')"
        ),
        (),
    ),
    (
        (
            "INSERT INTO run_part (run_id, subject, position, name, sha256, size, rows)"
            " VALUES ('r1', 'firm', 0, %s, %s, 14, 1)"
        ),
        (f"{SEALED_SHA}.parquet", bytes.fromhex(SEALED_SHA)),
    ),
    (
        (
            "INSERT INTO revision (run_id, subject, org, policy, before, after, claim_id,"
            " actor, sha) VALUES ('r1', 'firm', 1, 'p', '{}', '{}', 1, 'a', '\\x')"
        ),
        (),
    ),
    ("INSERT INTO erasure (slot, actor) VALUES (1, 'a')", ()),
)
# The book and what stands on it; `ledger_account` has two rows, since a transfer has
# two accounts.
MONEY = (
    ("INSERT INTO ledger_set (name, commodity, ceiling) VALUES ('组', 'CNY', 9)", ()),
    (
        (
            "SELECT ledger_open('{财政,资金池}', '{CNY,CNY}', '{debit,credit}',"
            " '{NULL,0}', '{NULL,NULL}', '{2026-01-01,2026-01-01}', '{\"\",组}',"
            " 'a', '')"
        ),
        (),
    ),
    (
        (
            "SELECT ledger_post('{t1}', '{transfer}', '{财政}', '{资金池}', '{7}',"
            " '{CNY}', '{拨款}', '{预算}', '{2026-01-05}', '{\"\"}', '{NULL}',"
            " '{\"\"}', 'a')"
        ),
        (),
    ),
    (
        "SELECT audit_write('a', '', 'move', '{t1}', %s, '{\"\"}', '{\"\"}', 'q')",
        (AWKWARD.replace("\n", " ").replace("\r", " ").replace("\t", " "),),
    ),
    (
        (
            "INSERT INTO ledger_seal (number, since, upto, transfers, events, audits,"
            " transfers_root, events_root, audits_root, head) VALUES (1, '2026-01-01',"
            " '2026-01-02', 0, 0, 0, '\\x01', '\\x02', '\\x03', '\\x00ff')"
        ),
        (),
    ),
    ("INSERT INTO office_user (name, roles) VALUES (%s, '{admin}')", (AWKWARD,)),
    (
        (
            "INSERT INTO office_setting (name, value, valid_from, actor)"
            " VALUES ('p.q', %s, '2026-01-01', 'a')"
        ),
        (AWKWARD,),
    ),
    (
        (
            "INSERT INTO entitlement (id, slot, revision, policy, instrument, year,"
            " subject, org, party, commodity, amount, mode, run_id, state, noticed_on,"
            " object_until, promised_on, decided_by) VALUES ('e1', 's', 1, 'p', 'i',"
            " 2026, 'firm', 1, 'f', 'CNY', 7, 'auto_grant', 'r1', 'noticed',"
            " '2026-11-21', '2026-11-28', '2026-12-05', 'a')"
        ),
        (),
    ),
    (
        (
            "INSERT INTO entitlement_event (entitlement_id, kind, state, day, actor)"
            " VALUES ('e1', 'notice', 'noticed', '2026-11-21', 'a')"
        ),
        (),
    ),
    ("INSERT INTO notice (id, org, party, body, actor) VALUES ('n', 1, 'f', '{}', 'a')",
     ()),
    (
        (
            "INSERT INTO payee (party, holder, bank, valid_from, actor)"
            " VALUES ('f', %s, '虚构银行', '2026-01-01', 'a')"
        ),
        (AWKWARD,),
    ),
    (
        (
            "INSERT INTO payment_batch (id, form, day, payments, total, file_sha, actor)"
            " VALUES ('b', 'bank_csv', '2026-12-05', 1, 7, '\\x01', 'a')"
        ),
        (),
    ),
    (
        (
            "INSERT INTO payment (id, batch_id, line, entitlement_id, party, holder,"
            " bank, account, amount, state) VALUES ('p1', 'b', 1, 'e1', 'f', 'h', 'k',"
            " '1', 7, 'sent')"
        ),
        (),
    ),
    (
        (
            "INSERT INTO payment_return (file_sha, file_name, line, payment, result,"
            " actor) VALUES ('\\x02', 'r.csv', 2, 'p1', 'problem', 'a')"
        ),
        (),
    ),
)  # fmt: skip
# What stands behind the portal; a batch of tenants stands after its job and its upload.
PORTAL = (
    (
        (
            "INSERT INTO job (id, kind, said, result, actor) VALUES ('j1', 'park', %s,"
            " '{\"a\": null}', %s)"
        ),
        (json.dumps({"sheet": AWKWARD}), AWKWARD),
    ),
    (
        (
            "INSERT INTO upload (id, name, sha256, size, actor) VALUES ('u1', %s, '\\x00ff',"
            " 9223372036854775807, 'a')"
        ),
        (AWKWARD,),
    ),
    (
        (
            "INSERT INTO park_batch (id, upload_id, joined, organisation, actor, as_of,"
            " columns, job_id) VALUES ('pb1', 'u1', '[]', %s, 'a', '2026-11-21', '{}',"
            " 'j1')"
        ),
        (AWKWARD,),
    ),
    (
        (
            "INSERT INTO firm_sheet (run_id, org, code, name, body) VALUES ('r1', 1, 'c',"
            " %s, %s)"
        ),
        (AWKWARD, '{"z": 123456789012345678901234567890.10}'),
    ),
    ("INSERT INTO visit (actor, org, run, states) VALUES ('a', 1, 'r1', '{}')", ()),
    (
        (
            "INSERT INTO request (kind, organisation, title, body, actor)"
            " VALUES ('obstacle', 'c', %s, %s, 'a')"
        ),
        (AWKWARD, AWKWARD),
    ),
    (
        (
            "INSERT INTO request_event (request_id, kind, body, actor)"
            " VALUES (1, 'answer', %s, 'a')"
        ),
        (AWKWARD,),
    ),
    (
        (
            "INSERT INTO policy_stage (policy, stage, since, until, actor)"
            " VALUES ('p', 'consultation', '2026-11-01', '2026-11-30', 'a')"
        ),
        (),
    ),
    (
        (
            "INSERT INTO policy_text (policy, article, body, actor)"
            " VALUES ('p', '第一条', %s, 'a')"
        ),
        (AWKWARD,),
    ),
    (
        "INSERT INTO comment (policy, body, display, actor) VALUES ('p', %s, %s, '')",
        (AWKWARD, AWKWARD),
    ),
    (
        (
            "INSERT INTO consent (code, party, purpose, given, since, actor)"
            " VALUES ('c', '园区', 'checkup', true, '2026-11-21', 'a')"
        ),
        (),
    ),
    (
        (
            "INSERT INTO consent_ask (id, code, party, purpose, expires_on, actor)"
            " VALUES ('a1', 'c', '园区', 'checkup', '2026-12-21', 'a')"
        ),
        (),
    ),
    (
        (
            "INSERT INTO delegation (organisation, delegate, since, reason, actor)"
            " VALUES ('c', 'b', '2026-11-21', %s, 'a')"
        ),
        (AWKWARD,),
    ),
    (
        (
            "INSERT INTO api_token (id, name, actor, digest, scopes, expires_at)"
            " VALUES ('t1', 'n', 'a', %s, '[\"firm.*\"]', '2027-01-01')"
        ),
        (b"\x00\n\t\\\xff",),
    ),
    (
        (
            "INSERT INTO erasure_request (record, person, reason, actor)"
            " VALUES ('person', 'p1', %s, 'a')"
        ),
        (AWKWARD,),
    ),
    (
        (
            "INSERT INTO reform (id, name, body, as_of, said, actor)"
            " VALUES ('f1', 'n', %s, '2026-11-21', '{}', 'a')"
        ),
        (AWKWARD,),
    ),
    ("INSERT INTO letter (\"to\", subject, body) VALUES ('a', 's', %s)", (AWKWARD,)),
    (
        (
            "INSERT INTO form_answer (id, actor, path, answer)"
            " VALUES ('k', 'a', '/park', '{\"to\": \"/\"}')"
        ),
        (),
    ),
)
SECRET = ("INSERT INTO secret (name, value) VALUES ('salt', %s)", (b"\x01salt",))


def _fill(database: Database, workspace: Workspace, *, whole: bool = True) -> None:
    with database.connect() as connection:
        for statement, values in (*ROWS, *([*MONEY, *PORTAL, SECRET] if whole else [])):
            connection.execute(statement.encode(), values)
    with database.connect() as connection:
        # A number that was given out and thrown away stays given out.
        connection.execute(
            "INSERT INTO attempt (kind, detail, actor, host, pid) "
            "VALUES ('run', '{}', 'a', 'h', 8)"
        )
        connection.rollback()
    sealed = workspace.store / SEALED_SHA[:2] / f"{SEALED_SHA}.parquet"
    sealed.parent.mkdir()
    sealed.write_bytes(SEALED)
    (workspace.store / "half.part").write_bytes(b"half")
    (workspace.declarations / "d.zip").write_bytes(b"PK")
    (workspace.keys / "keyring").write_bytes(b"the key of keys")


def _contents(
    database: Database, *, without: frozenset[str] = frozenset()
) -> dict[str, str]:
    """Return a hash of every table's rows, worked apart from the backup's own."""
    found = {}
    with database.connect() as connection:
        for table in TABLES:
            if table in without:
                continue
            rows = connection.execute(f"SELECT * FROM {table} ORDER BY 1".encode())
            text = repr([d.name for d in rows.description or ()]) + repr(
                rows.fetchall()
            )
            found[table] = hashlib.sha256(text.encode()).hexdigest()
    return found


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def filled(office_folder: Path, database: Database) -> Workspace:
    workspace = init_workspace(office_folder)
    _fill(database, workspace)
    return workspace


@pytest.fixture
def archive(filled: Workspace, database: Database, tmp_path: Path) -> Path:
    target = tmp_path / "office.ceyuan"
    back_up(filled, database=database, target=target)
    return target


def test_what_the_portal_keeps_in_files_comes_back_with_the_tables(
    filled: Workspace,
    database: Database,
    fresh_database: Callable[..., str],
    tmp_path: Path,
) -> None:
    sha = "ab" * 32
    kept = {
        f"uploads/{sha}": b"sheet",
        "batches/b1/shown.json": b"{}",
        "batches/b1/园区 一.体检.xlsx": b"PK",
        "reforms/r1/j1.json": b"{}",
        "receipts/ab/abcd.json": b"{}",
    }
    left = {"batches/b1/in/园区 一.xlsx": b"sheet", "uploads/.half": b"x"}
    for name, data in (kept | left).items():
        place = filled.folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    target = tmp_path / "office.ceyuan"

    said = back_up(filled, database=database, target=target)
    restored = restore(
        target, folder=tmp_path / "copy", url=Database(fresh_database()).url
    )

    folder = restored.workspace.folder
    found = {
        f"{top}/{name}": data
        for top in ("uploads", "batches", "reforms", "receipts")
        for name, data in _files(folder / top).items()
    }
    assert kept == found
    assert (7, (), ()) == (said.files, said.missing, said.altered)


def test_restore_gives_the_same_rows_files_and_hashes(
    filled: Workspace,
    database: Database,
    fresh_database: Callable[..., str],
    tmp_path: Path,
) -> None:
    target = tmp_path / "office.ceyuan"
    said = back_up(filled, database=database, target=target)
    other = Database(fresh_database())

    restored = restore(target, folder=tmp_path / "copy", url=other.url)

    assert _contents(other) == _contents(database)
    assert table_hashes(other) == table_hashes(database) == said.tables
    assert {name: table.rows for name, table in said.tables.items()} == {
        **dict.fromkeys(TABLES, 1),
        "person": 2,
        "ledger_account": 2,
        "ledger_event": 2,
    }
    assert restored.tables == said.tables
    folder = restored.workspace.folder
    assert _files(folder / "store") == {
        f"{SEALED_SHA[:2]}/{SEALED_SHA}.parquet": SEALED
    }
    assert _files(folder / "declarations") == {"d.zip": b"PK"}
    assert _files(folder / "keys") == {}
    assert (said.files, said.missing, said.altered) == (2, (), ())
    assert restored.files == 2
    assert said.size == target.stat().st_size
    assert target.stat().st_mode & 0o777 == 0o600
    assert restored.workspace.said().id != filled.said().id
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "copy",
        "office",
        "office.ceyuan",
    ]


def test_restore_goes_on_numbering_where_the_source_stopped(
    archive: Path, fresh_database: Callable[..., str], tmp_path: Path
) -> None:
    other = Database(fresh_database())
    restore(archive, folder=tmp_path / "copy", url=other.url)

    with other.connect() as connection:
        found = connection.execute(
            "INSERT INTO attempt (kind, detail, actor, host, pid) "
            "VALUES ('run', '{}', 'a', 'h', 9) RETURNING id"
        ).fetchone()

    # 1 is the row's, 2 was given out and thrown away.
    assert found == (3,)


def test_back_up_holds_no_key(archive: Path) -> None:
    with tarfile.open(archive) as tar:
        names = tar.getnames()

    assert not [name for name in names if "key" in name]
    assert b"the key of keys" not in archive.read_bytes()


def test_back_up_of_nothing_restores_to_nothing(
    office_folder: Path,
    database: Database,
    fresh_database: Callable[..., str],
    tmp_path: Path,
) -> None:
    target = tmp_path / "empty.ceyuan"
    workspace = init_workspace(office_folder)
    said = back_up(workspace, database=database, target=target)
    other = fresh_database(made=False)

    restored = restore(target, folder=tmp_path / "copy", url=other)

    assert {table.rows for table in restored.tables.values()} == {0}
    assert table_hashes(Database(other)) == said.tables


def test_restore_embedded_from_embedded(
    open_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CEYUAN_DATABASE_URL", raising=False)
    (open_folder / "from").mkdir()
    workspace = init_workspace(open_folder / "from")
    with open_database(workspace) as database:
        _fill(database, workspace)
        before = _contents(database)
        back_up(workspace, database=database, target=tmp_path / "b")

    restored = restore(tmp_path / "b", folder=open_folder / "to")

    with open_database(restored.workspace) as database:
        assert database.kind == "embedded"
        assert _contents(database) == before


def test_restore_where_there_are_records_is_refused(
    archive: Path, database: Database, tmp_path: Path
) -> None:
    before = _contents(database)

    with pytest.raises(UsageError) as caught:
        restore(archive, folder=tmp_path / "copy", url=database.url)

    assert "已经有记录" in caught.value.message
    assert _contents(database) == before
    assert _files(tmp_path / "copy" / ".ceyuan" / "store") == {}


def test_restore_again_after_half_of_it_was_written(
    archive: Path,
    database: Database,
    fresh_database: Callable[..., str],
    tmp_path: Path,
) -> None:
    other = Database(fresh_database())
    workspace = init_workspace(tmp_path / "copy")
    place = workspace.store / SEALED_SHA[:2]
    place.mkdir()
    (place / f"{SEALED_SHA}.parquet").write_bytes(SEALED[:4])

    restore(archive, folder=tmp_path / "copy", url=other.url)

    assert (place / f"{SEALED_SHA}.parquet").read_bytes() == SEALED
    assert _contents(other) == _contents(database)


def test_restore_of_an_older_archive_brings_the_tables_forward(
    office_folder: Path, fresh_database: Callable[..., str], tmp_path: Path
) -> None:
    from ceyuan.office.django_settings import migrate

    old = Database(fresh_database(made=False))
    migrate(old.url, to="0001_tables")
    workspace = init_workspace(office_folder)
    _fill(old, workspace, whole=False)
    back_up(workspace, database=old, target=tmp_path / "old.ceyuan")
    other = Database(fresh_database())

    restore(tmp_path / "old.ceyuan", folder=tmp_path / "copy", url=other.url)

    # What the older version did not have is there now, and empty.
    with old.connect() as connection:
        there = connection.execute(
            "SELECT table_name FROM information_schema.tables"
        ).fetchall()
    later = frozenset(TABLES) - {name for (name,) in there}
    assert {"secret", "ledger_transfer", "entitlement"} <= later
    assert _contents(other, without=later) == _contents(old, without=later)
    with other.connect() as connection:
        assert migrations_of(connection) == our_migrations()


def test_back_up_to_a_file_that_is_there_is_refused(
    filled: Workspace, database: Database, tmp_path: Path
) -> None:
    (tmp_path / "there").write_text("mine")

    with pytest.raises(UsageError):
        back_up(filled, database=database, target=tmp_path / "there")

    assert (tmp_path / "there").read_text() == "mine"


def test_back_up_with_the_database_away_leaves_nothing(
    filled: Workspace, tmp_path: Path
) -> None:
    away = Database("postgresql://clerk@/office?host=/nowhere")

    with pytest.raises(DatabaseAway):
        back_up(filled, database=away, target=tmp_path / "b")

    assert [p.name for p in tmp_path.iterdir()] == ["office"]


def test_back_up_names_sealed_files_that_are_missing_or_altered(
    filled: Workspace, database: Database, tmp_path: Path
) -> None:
    sealed = filled.store / SEALED_SHA[:2] / f"{SEALED_SHA}.parquet"
    sealed.write_bytes(b"altered")
    altered = back_up(filled, database=database, target=tmp_path / "1")
    sealed.unlink()
    missing = back_up(filled, database=database, target=tmp_path / "2")

    assert (altered.altered, altered.missing) == ((SEALED_SHA,), ())
    assert (missing.altered, missing.missing) == ((), (SEALED_SHA,))


@pytest.mark.parametrize("place", ["none/b", "file/b"])
def test_back_up_to_a_place_that_cannot_be_written_says_so(
    filled: Workspace, database: Database, tmp_path: Path, place: str
) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(CeyuanError) as caught:
        back_up(filled, database=database, target=tmp_path / place)

    assert "cannot write the backup" in caught.value.message


def test_back_up_when_no_more_can_be_written_leaves_nothing(
    filled: Workspace, database: Database, tmp_path: Path
) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, before[1]))
    try:
        with pytest.raises(CeyuanError) as caught:
            back_up(filled, database=database, target=tmp_path / "b")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert "cannot write the backup" in caught.value.message
    assert [p.name for p in tmp_path.iterdir()] == ["office"]


TRIGGER = """
CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN {} RETURN NEW; END $$;
CREATE TRIGGER meddle BEFORE INSERT ON erasure
FOR EACH ROW EXECUTE FUNCTION meddle();
"""


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("NEW.actor := 'another';", InputRejected),
        ("PERFORM pg_terminate_backend(pg_backend_pid());", DatabaseAway),
    ],
)
def test_restore_that_goes_wrong_at_the_last_table_keeps_no_row(
    archive: Path,
    fresh_database: Callable[..., str],
    tmp_path: Path,
    body: str,
    said: type[CeyuanError],
) -> None:
    other = Database(fresh_database())
    with other.connect() as connection:
        connection.execute(TRIGGER.format(body).encode())

    with pytest.raises(said):
        restore(archive, folder=tmp_path / "copy", url=other.url)

    assert {table.rows for table in table_hashes(other).values()} == {0}
    with other.connect() as connection:
        connection.execute("DROP TRIGGER meddle ON erasure")
    restored = restore(archive, folder=tmp_path / "copy", url=other.url)
    assert restored.tables == table_hashes(other)


def _rewritten(archive: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    with tarfile.open(archive) as tar:
        members = {}
        for info in tar:
            file = tar.extractfile(info)
            assert file is not None
            members[info.name] = file.read()
    change(members)
    with tarfile.open(archive, "w") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


def _manifest(**words: object) -> Callable[[dict[str, bytes]], None]:
    def change(members: dict[str, bytes]) -> None:
        data = json.loads(members["manifest.json"]) | words
        members["manifest.json"] = json.dumps(data).encode()

    return change


def _altered(members: dict[str, bytes]) -> None:
    members["tables/statement"] = members["tables/statement"].replace(b"1.5", b"2.5")


DAMAGES = {
    "altered": (_altered, "tables/statement"),
    "missing": (lambda m: m.pop("declarations/d.zip"), "declarations/d.zip"),
    "added": (lambda m: m.update({"store/extra": b"x"}), "store/extra"),
    "outside": (lambda m: m.update({"../outside": b"x"}), "../outside"),
    "absolute": (lambda m: m.update({"/outside": b"x"}), "/outside"),
    "no manifest": (lambda m: m.pop("manifest.json"), "清单"),
    "not a manifest": (lambda m: m.update({"manifest.json": b"[]"}), "清单"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_restore_of_a_damaged_archive_writes_nothing(
    archive: Path, tmp_path: Path, damage: str
) -> None:
    change, named = DAMAGES[damage]
    _rewritten(archive, change)

    with pytest.raises(InputRejected) as caught:
        restore(archive, folder=tmp_path / "copy")

    assert named in caught.value.message
    assert not (tmp_path / "copy").exists()


@pytest.mark.parametrize("place", ["0", "1", "511", "5000", "before", "within"])
def test_restore_of_an_archive_cut_off_writes_nothing(
    archive: Path, tmp_path: Path, place: str
) -> None:
    with tarfile.open(archive) as tar:
        manifest = tar.getmember("manifest.json")
    keep = {"before": manifest.offset, "within": manifest.offset_data + 100}
    archive.write_bytes(archive.read_bytes()[: keep.get(place) or int(place)])

    with pytest.raises(InputRejected):
        restore(archive, folder=tmp_path / "copy")

    assert not (tmp_path / "copy").exists()


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ({"format": 2, "made_by": "9.9"}, "9.9"),
        ({"migrations": ["0001_tables", "0099_tomorrow"]}, "0099_tomorrow"),
    ],
)
def test_restore_of_a_newer_archive_is_refused(
    archive: Path, tmp_path: Path, words: dict[str, object], named: str
) -> None:
    _rewritten(archive, _manifest(**words))

    with pytest.raises(UsageError) as caught:
        restore(archive, folder=tmp_path / "copy")

    assert named in caught.value.message
    assert not (tmp_path / "copy").exists()


def test_restore_of_no_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        restore(tmp_path / "none", folder=tmp_path / "copy")
