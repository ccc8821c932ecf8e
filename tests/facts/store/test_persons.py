# SPDX-License-Identifier: Apache-2.0
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import psycopg
import pytest

from ceyuan.facts.store.keyring import Keyring
from ceyuan.facts.store.persons import (
    check_erasures,
    erase,
    find_person,
    person_slots,
)
from ceyuan.facts.store.sealing import ERASED, open_values, seal_values
from ceyuan.kernel import CeyuanError, UsageError

PLACE = {"record_type": "staff", "attribute": "name"}
WORD = {"actor": "王敏", "reason": "本人申请，收件 12 号"}
# Invented people; 999999 is no place.
ONE = "99999919900101001X"
TWO = "999999198505050022"


@pytest.fixture
def ring(tmp_path):
    with Keyring.open(tmp_path / "keys" / "keyring") as ring:
        yield ring


@pytest.fixture
def conn(database):
    with database.connect() as conn:
        yield conn


def rows(conn, query):
    with conn.transaction():
        return conn.execute(query).fetchall()


def test_person_has_one_slot_however_the_number_is_written(conn, ring):
    slots = person_slots(conn, ring, [ONE, TWO, None, "", ONE.lower()])

    assert {1, 2} == set(slots[:2])
    assert [None, None, slots[0]] == slots[2:]
    assert slots[:2] == [find_person(conn, ring, ONE), find_person(conn, ring, TWO)]
    conn.commit()
    assert slots == person_slots(conn, ring, [ONE, TWO, None, "", ONE.lower()])
    assert 2 == ring.last


def test_find_person_who_is_not_there_is_none_and_makes_nobody(conn, ring):
    assert find_person(conn, ring, ONE) is None
    assert find_person(conn, ring, " ") is None
    assert [] == rows(conn, "select slot from person")


def test_slots_of_a_rolled_back_import_are_never_given_again(conn, ring):
    with conn.transaction(force_rollback=True):
        person_slots(conn, ring, [ONE])

    assert find_person(conn, ring, ONE) is None
    conn.commit()
    assert [2] == person_slots(conn, ring, [ONE])


def test_slots_after_an_older_database_is_restored_go_on_behind_the_ring(conn, ring):
    ring.new(*range(1, 11))

    # The database knows of none of the ten; what is sealed under them stays theirs.
    assert [11, 12] == sorted(s or 0 for s in person_slots(conn, ring, [ONE, TWO]))


def test_new_ring_for_an_old_database_is_refused(conn, ring, tmp_path):
    person_slots(conn, ring, [ONE])

    with Keyring.open(tmp_path / "new") as new:
        with pytest.raises(CeyuanError, match="another one's"):
            person_slots(conn, new, [TWO])
        with pytest.raises(CeyuanError, match="another one's"):
            check_erasures(conn, new)


def test_erased_person_is_unreadable_and_the_ciphertext_unchanged(conn, ring):
    slots = person_slots(conn, ring, [ONE, TWO])
    sealed = seal_values(ring, slots, ["张三丰", "李四光"], **PLACE)
    before = [sha256(content or b"").digest() for content in sealed]

    said = erase(conn, ring, ONE, **WORD)

    assert (slots[0], False, False) == (said.slot, said.already, said.resumed)
    assert [ERASED, "李四光"] == open_values(ring, sealed, **PLACE).values
    assert before == [sha256(content or b"").digest() for content in sealed]
    assert find_person(conn, ring, ONE) is None
    assert [(slots[0], None, said.erased_at)] == rows(
        conn, "select slot, lookup, erased_at from person where erased_at is not null"
    )
    assert [(slots[0], *WORD.values(), said.erased_at)] == rows(
        conn, "select slot, actor, reason, at from erasure"
    )


def test_erased_person_who_comes_again_is_somebody_new(conn, ring):
    person_slots(conn, ring, [ONE])
    erase(conn, ring, ONE, **WORD)

    assert [2] == person_slots(conn, ring, [ONE])


def test_erasing_again_by_slot_writes_nothing(conn, ring):
    person_slots(conn, ring, [ONE])
    first = erase(conn, ring, 1, **WORD)

    again = erase(conn, ring, 1, **WORD)

    assert (1, first.erased_at, True, False) == (
        again.slot,
        again.erased_at,
        again.already,
        again.resumed,
    )
    assert [(1,)] == rows(conn, "select count(*) from erasure")


@pytest.mark.parametrize("who", [ONE, 77])
def test_erasing_nobody_is_refused_without_naming_the_number(conn, ring, who):
    with pytest.raises(UsageError, match="no such person") as caught:
        erase(conn, ring, who, **WORD)

    error = caught.value
    assert str(who) not in f"{error}{error.hint}{error.__cause__}{error.__context__}"


@pytest.mark.parametrize(
    "word",
    [
        {"actor": "", "reason": "r"},
        {"actor": "a", "reason": " "},
        {"actor": "a", "reason": f"删除 {ONE.lower()}"},
        {"actor": "a", "reason": f"删除 {ONE[:6]} {ONE[6:]}"},
    ],
)
def test_erasure_without_a_word_or_with_the_number_in_it_is_refused(conn, ring, word):
    person_slots(conn, ring, [ONE])

    with pytest.raises(UsageError):
        erase(conn, ring, ONE, **word)

    conn.commit()
    assert ring.key(1) is not None
    assert [] == rows(conn, "select 1 from erasure")


def test_erasure_within_a_transaction_is_refused(conn, ring):
    person_slots(conn, ring, [ONE])

    with (
        conn.transaction(),
        pytest.raises(UsageError, match="without an open transaction"),
    ):
        erase(conn, ring, ONE, **WORD)

    assert ring.key(1) is not None


def test_erasure_killed_before_it_commits_is_finished_by_asking_again(
    conn, database, ring
):
    """The process dies when the key is gone and the database has not committed."""
    slots = person_slots(conn, ring, [ONE])
    sealed = seal_values(ring, slots, ["张三丰"], **PLACE)
    program = """
import os, sys
from pathlib import Path
import psycopg
from ceyuan.facts.store.keyring import Keyring
from ceyuan.facts.store.persons import erase
class Dying(Keyring):
    def destroy(self, *slots):
        super().destroy(*slots)
        os.kill(os.getpid(), 9)
with psycopg.connect(sys.argv[1]) as conn:
    erase(conn, Dying(Path(sys.argv[2])), 1, actor="a", reason="r")
"""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", program, database.url, str(ring.path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        check=False,
    )
    assert -9 == done.returncode
    assert [ERASED] == open_values(ring, sealed, **PLACE).values
    assert [] == rows(conn, "select 1 from erasure")
    assert (1,) == check_erasures(conn, ring).unfinished
    conn.commit()

    said = erase(conn, ring, ONE, **WORD)

    assert (1, False, True) == (said.slot, said.already, said.resumed)
    assert [(1,)] == rows(conn, "select slot from erasure")
    checked = check_erasures(conn, ring)
    assert ((), ()) == (checked.destroyed, checked.unfinished)


def test_old_copy_of_the_ring_does_not_bring_an_erased_person_back(conn, ring):
    slots = person_slots(conn, ring, [ONE, TWO])
    sealed = seal_values(ring, slots, ["张三丰", "李四光"], **PLACE)
    old = ring.path.read_bytes()
    erase(conn, ring, ONE, **WORD)
    ring.path.write_bytes(old)
    assert ["张三丰", "李四光"] == open_values(ring, sealed, **PLACE).values

    checked = check_erasures(conn, ring)

    assert ((slots[0],), ()) == (checked.destroyed, checked.unfinished)
    assert [ERASED, "李四光"] == open_values(ring, sealed, **PLACE).values


@pytest.mark.slow
def test_eight_importers_at_once_agree_on_every_person(database, ring):
    """Each names 300 of 400 people in an order of its own, in chunks."""
    program = """
import random, sys
from pathlib import Path
import psycopg
from ceyuan.facts.store.keyring import Keyring
from ceyuan.facts.store.persons import person_slots
ring = Keyring.open(Path(sys.argv[2]))
people = [f"P{n}" for n in range(400)]
random.Random(int(sys.argv[3])).shuffle(people)
with psycopg.connect(sys.argv[1]) as conn:
    for at in range(0, 300, 50):
        part = people[at:at + 50]
        for name, slot in zip(part, person_slots(conn, ring, part)):
            print(name, slot)
"""
    running = [
        subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", program, database.url, str(ring.path), str(n)],
            text=True,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        for n in range(8)
    ]
    said = [process.communicate()[0].splitlines() for process in running]

    assert [0] * 8 == [process.returncode for process in running]
    assert [300] * 8 == [len(lines) for lines in said]
    pairs = {tuple(line.split()) for lines in said for line in lines}
    with database.connect() as conn:
        kept = rows(conn, "select slot from person order by slot")
    assert len(pairs) == len({name for name, _ in pairs}) == len(kept)
    assert sorted(int(slot) for _, slot in pairs) == [slot for (slot,) in kept]
    assert None not in ring.keys([slot for (slot,) in kept])


def test_erasure_leaves_the_plain_value_in_no_file(database, ring, tmp_path):
    """Scans the whole data folder of the server, its log ahead of writing too."""
    secret = {"natural": ONE, "name": "独孤求败甲", "phone": "19900001234"}
    with database.connect() as conn:
        slots = person_slots(conn, ring, [secret["natural"]])
        person = ring.key(1)
        assert person is not None
        sealed = seal_values(ring, slots, [secret["name"]], **PLACE)
        sealed += seal_values(
            ring, slots, [secret["phone"]], record_type="staff", attribute="phone"
        )
        with conn.transaction():
            conn.execute("create table witness (content bytea, said text)")
            for content in sealed:
                conn.execute(
                    "insert into witness values (%s, %s)", (content, "看得见的字")
                )
        (tmp_path / "part").write_bytes(b"".join(c or b"" for c in sealed))
        erase(conn, ring, ONE, **WORD)
        conn.autocommit = True
        conn.execute("vacuum person")
        conn.execute("checkpoint")
        row = conn.execute("show data_directory").fetchone()
        assert row is not None
        data = Path(row[0])

    files = [p for place in (data, tmp_path) for p in place.rglob("*") if p.is_file()]
    contents = [content for content in map(read, files) if content]
    forms = [f.encode(e) for f in secret.values() for e in ("utf-8", "utf-16-le")]
    forms.append(person)
    assert [] == [form for form in forms if any(form in c for c in contents)]
    # The scan finds what is there: the words beside the ciphertext, and itself.
    assert any("看得见的字".encode() in content for content in contents)
    assert any(content and sealed[0] in content for content in contents if sealed[0])


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:  # the server tidied it away
        return b""


def test_what_reaches_the_server_holds_no_natural_value(conn, ring):
    """A statement that fails is repeated by the driver: it names a hash at most."""
    conn.execute("alter table person add constraint never check (slot < 0) not valid")
    conn.commit()

    with pytest.raises(psycopg.errors.CheckViolation) as caught:
        person_slots(conn, ring, [ONE])

    assert ONE not in f"{caught.value!r}{caught.value.diag.message_detail}"
