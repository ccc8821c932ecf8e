# SPDX-License-Identifier: Apache-2.0
import os
import subprocess
import sys

import pytest

from ceyuan.facts.store.keyring import SLOT, Keyring
from ceyuan.facts.store.sealing import ERASED, open_values, seal_values, slots_of
from ceyuan.kernel import UNKNOWN, CeyuanError, UsageError

PLACE = {"record_type": "staff", "attribute": "name"}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "keys" / "keyring"


@pytest.fixture
def ring(path):
    with Keyring.open(path) as ring:
        yield ring


def run(program: str, *words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", program, *words],
        text=True,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )


def test_new_ring_is_for_its_owner_only_and_keeps_its_pepper(path):
    with Keyring.open(path) as first, Keyring.open(path) as second:
        assert first.pepper == second.pepper
        assert len(first.pepper) == SLOT
        assert 0 == first.last
    assert 0o600 == path.stat().st_mode & 0o777
    assert 0o700 == path.parent.stat().st_mode & 0o777
    assert [path] == list(path.parent.iterdir())


def test_missing_ring_that_must_be_there_is_refused(path):
    with pytest.raises(UsageError, match="there is no key ring"):
        Keyring.open(path, create=False)
    assert not path.exists()


def test_ring_that_others_may_read_is_refused(ring, path):
    path.chmod(0o640)

    with pytest.raises(UsageError, match="others may read"):
        Keyring.open(path)


@pytest.mark.parametrize("content", [b"", b"CEYUAN KEY RING 1", b"x" * 64])
def test_file_that_is_no_ring_is_refused(path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    path.chmod(0o600)

    with pytest.raises(UsageError, match="not a whole key ring"):
        Keyring.open(path)
    assert content == path.read_bytes()


def test_keys_are_kept_apart_and_given_again(ring, path):
    ring.new(1, 2, 3)
    ring.new(7)

    keys = ring.keys([1, 2, 3, 7])

    assert 4 == len(set(keys))
    assert None not in keys
    with Keyring.open(path) as again:
        assert keys == again.keys([1, 2, 3, 7])
        assert keys[1] == again.key(2)
        assert 7 == again.last


def test_slot_is_never_given_out_twice(ring):
    ring.new(1, 2, 5)
    ring.destroy(2)

    # 2 was destroyed, 4 was passed over, 5 is in use.
    for slot in (0, 2, 4, 5):
        with pytest.raises(UsageError, match="slot used before"):
            ring.new(slot)
    assert 5 == ring.last


def test_destroyed_key_is_zeros_on_disk_and_no_other_byte_changed(ring, path):
    ring.new(*range(1, 101))
    before = path.read_bytes()

    ring.destroy(50)
    ring.destroy(50)

    at = 51 * SLOT
    assert before[:at] + bytes(SLOT) + before[at + SLOT :] == path.read_bytes()
    assert ring.key(50) is None
    # Many are read in one go, few one by one: both know.
    assert [50] == [s for s in range(1, 101) if ring.keys([s]) == [None]]
    many = ring.keys(range(1, 101))
    assert [50] == [at + 1 for at, key in enumerate(many) if key is None]


def test_key_that_another_opened_ring_destroys_is_gone_here_too(ring, path):
    ring.new(1)
    assert ring.key(1) is not None

    with Keyring.open(path) as other:
        other.destroy(1)

    assert ring.key(1) is None


def test_slot_that_the_ring_lacks_is_refused(ring):
    ring.new(1)

    for slot in (0, 2, -1):
        with pytest.raises(UsageError, match="no such slot"):
            ring.key(slot)
        with pytest.raises(UsageError, match="no such slot"):
            ring.destroy(slot)


def test_key_cut_off_by_a_loss_of_power_is_passed_over(ring, path):
    ring.new(1)
    kept = ring.key(1)
    with path.open("ab") as file:
        file.write(b"torn")

    assert 2 == ring.last
    assert ring.key(2) is None
    ring.new(3)
    assert kept == ring.key(1)
    assert ring.key(3) is not None


@pytest.mark.slow
def test_ring_of_a_killed_writer_keeps_every_other_key(ring, path):
    """A writer that makes and destroys is killed at four different moments."""
    ring.new(*range(1, 201))
    kept = ring.keys(range(1, 201, 2))
    program = """
import sys
from pathlib import Path
from ceyuan.facts.store.keyring import Keyring
ring = Keyring.open(Path(sys.argv[1]))
for _ in range(10_000):
    slot = ring.last + 1
    ring.new(slot, slot + 1)
    print(slot + 1, ring.key(slot + 1).hex(), flush=True)
    ring.destroy(slot, 2 * (slot % 100) + 2)
"""
    for lines in (1, 2, 5, 40):
        process = run(program, str(path))
        assert process.stdout is not None
        said = [process.stdout.readline().split() for _ in range(lines)]
        process.kill()
        said += [line.split() for line in process.communicate()[0].splitlines()]

        # What the writer had said was made is there; the last line may be cut off.
        whole = [words for words in said if len(words) == 2 and len(words[1]) == 64]
        slots = [int(slot) for slot, _ in whole]
        assert [key for _, key in whole] == [(k or b"").hex() for k in ring.keys(slots)]
        assert kept == ring.keys(range(1, 201, 2))
    ring.new(ring.last + 1)
    assert ring.key(ring.last) is not None


def test_ring_that_was_replaced_meanwhile_is_not_written(ring, path):
    ring.new(1)
    copy = path.with_name("copy")
    copy.write_bytes(path.read_bytes())
    copy.chmod(0o600)
    copy.replace(path)

    with pytest.raises(CeyuanError, match="was replaced"):
        ring.destroy(1)
    with Keyring.open(path) as new:
        assert new.key(1) is not None


@pytest.mark.slow
def test_eight_processes_at_once_lose_no_key(path):
    """One ring is made; who is refused a slot comes later than who has it."""
    program = """
import sys
from pathlib import Path
from ceyuan.facts.store.keyring import Keyring
from ceyuan.kernel import UsageError
ring, made = Keyring.open(Path(sys.argv[1])), []
while len(made) < 20:
    slot = ring.last + 1
    try:
        ring.new(slot)
    except UsageError:
        continue
    made.append(f"{slot}:{ring.key(slot).hex()}")
    if len(made) % 5 == 0:
        ring.destroy(slot)
        made[-1] = f"{slot}:"
print(ring.pepper.hex(), *made)
"""
    running = [run(program, str(path)) for _ in range(8)]
    said = [process.communicate()[0].split() for process in running]

    assert [0] * 8 == [process.returncode for process in running]
    assert 1 == len({words[0] for words in said})
    made = dict(word.split(":") for words in said for word in words[1:])
    with Keyring.open(path, create=False) as ring:
        assert list(range(1, 161)) == sorted(map(int, made))
        assert made == {
            str(slot): (key or b"").hex()
            for slot, key in enumerate(ring.keys(range(1, 161)), start=1)
        }


def test_sealed_values_open_to_what_they_were(ring):
    ring.new(1, 2)
    values = ["张三", None, "", "李四", "x" * 10_000]

    sealed = seal_values(ring, [1, None, 1, 2, 2], values, **PLACE)
    opened = open_values(ring, sealed, **PLACE)

    assert values == opened.values
    assert () == opened.problems
    assert [1, None, 1, 2, 2] == slots_of(sealed)
    assert not any("张三".encode() in content for content in sealed if content)


def test_equal_values_are_sealed_to_different_bytes(ring):
    ring.new(1)

    sealed = seal_values(ring, [1, 1], ["张三", "张三"], **PLACE)

    assert sealed[0] != sealed[1]


def test_erased_value_says_so_while_others_stay(ring):
    ring.new(1, 2)
    sealed = seal_values(ring, [1, 2, 1], ["张三", "李四", "张三"], **PLACE)

    ring.destroy(1)

    opened = open_values(ring, sealed, **PLACE)
    assert [ERASED, "李四", ERASED] == opened.values
    assert () == opened.problems
    assert ("已删除", "ERASED") == (str(ERASED), repr(ERASED))
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(ERASED)


def test_altered_value_is_unknown_with_a_problem_and_others_open(ring):
    ring.new(1, 2)
    good, other = seal_values(ring, [1, 2], ["张三", "李四"], **PLACE)
    assert good is not None
    assert other is not None
    body = good[:-1] + bytes([good[-1] ^ 1])
    moved = good[:1] + other[1:9] + good[9:]
    far = good[:1] + (9).to_bytes(8, "big") + good[9:]

    opened = open_values(ring, [good, body, moved, good[:20], far, b"", None], **PLACE)

    unread = [UNKNOWN] * 5
    assert ["张三", *unread, None] == opened.values
    assert [
        ("R450", "staff.name 有 2 个个人数据打不开，第一个是第 4 个"),
        ("R451", "staff.name 有 1 个个人数据打不开，第一个是第 5 个"),
        ("R452", "staff.name 有 2 个个人数据打不开，第一个是第 2 个"),
    ] == [(p.code, p.message.partition("：")[0]) for p in opened.problems]


def test_value_moved_to_another_column_does_not_open(ring):
    ring.new(1)
    sealed = seal_values(ring, [1], ["张三"], **PLACE)

    opened = open_values(ring, sealed, record_type="staff", attribute="phone")

    assert [UNKNOWN] == opened.values
    assert ["R452"] == [p.code for p in opened.problems]


def test_value_under_another_ring_is_a_problem(ring, tmp_path):
    ring.new(1)
    sealed = seal_values(ring, [1], ["张三"], **PLACE)

    with Keyring.open(tmp_path / "other") as other:
        other.new(1)
        opened = open_values(other, sealed, **PLACE)

    assert [UNKNOWN] == opened.values
    assert ["R452"] == [p.code for p in opened.problems]


def test_value_of_nobody_or_of_an_erased_person_is_not_sealed(ring):
    ring.new(1)
    ring.destroy(1)

    with pytest.raises(UsageError, match="第 2 个个人数据没有写明是谁的"):
        seal_values(ring, [None, None], [None, "张三"], **PLACE)
    with pytest.raises(UsageError, match="this person was erased") as caught:
        seal_values(ring, [1], ["张三"], **PLACE)
    assert "张三" not in str(caught.value) + caught.value.hint
