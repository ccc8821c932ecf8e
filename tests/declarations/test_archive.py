# SPDX-License-Identifier: Apache-2.0
"""Declarations kept under their hash: read again as they were, or refused."""

from __future__ import annotations

import shutil
import zipfile

import pytest

from ceyuan.declarations.archive import keep, load_declared, unpack
from ceyuan.declarations.region import REGIONS
from ceyuan.kernel import CeyuanError

POLICY = "china/policies/tech_sme_2017.yaml"


@pytest.fixture(scope="module", name="old")
def _old(tmp_path_factory):
    """Declarations of another day: a region `shanghai` in which one line is another."""
    root = tmp_path_factory.mktemp("old") / "regions"
    shutil.copytree(REGIONS, root)
    path = root / POLICY
    text = path.read_text(encoding="utf-8")
    assert text.count("value: 500,") == 1
    path.write_text(text.replace("value: 500,", "value: 400,"), encoding="utf-8")
    return load_declared("shanghai", root)


@pytest.fixture(name="archive")
def _archive(old, tmp_path):
    return keep(old, tmp_path / "declarations")


def _unpack(old, tmp_path):
    folder, cache = tmp_path / "declarations", tmp_path / "cache"
    return unpack(old.digest, "shanghai", folder, cache)


def _repacked(archive, change):
    """Write the archive again, each file through `change`; None leaves it out."""
    with zipfile.ZipFile(archive) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in change(files).items():
            packed.writestr(name, data)


def _staff_max(declared):
    (value,) = (
        declared.region.rule("tech_sme_2017").said.parameters["employees_max"].values
    )
    return value.value


def _everything(folder):
    return sorted(p for p in folder.rglob("*") if p.is_file())


def test_kept_declarations_are_read_again_under_the_same_hash(old, archive, tmp_path):
    again = _unpack(old, tmp_path)

    assert archive.name == f"{old.digest}.zip"
    assert again.digest == old.digest != load_declared("shanghai").digest
    assert (_staff_max(again), _staff_max(load_declared("shanghai"))) == (400, 500)
    assert again.records.digest == old.records.digest
    assert list(again.region.rules) == list(old.region.rules)
    assert again.root == tmp_path / "cache" / "declarations" / old.digest


def test_declarations_in_force_need_no_archive(tmp_path):
    current = load_declared("shanghai")

    assert unpack(current.digest, "shanghai", tmp_path, tmp_path) is not None
    assert list(tmp_path.iterdir()) == []


def test_keeping_twice_writes_once_and_the_same_bytes(old, archive, tmp_path):
    before = archive.stat().st_mtime_ns
    keep(old, archive.parent)
    other = keep(old, tmp_path / "other")

    assert archive.stat().st_mtime_ns == before
    assert other.read_bytes() == archive.read_bytes()
    assert list(archive.parent.iterdir()) == [archive]


def test_archive_holds_declarations_and_no_cases(archive):
    with zipfile.ZipFile(archive) as packed:
        names = packed.namelist()

    assert POLICY in names
    assert "shanghai/groupings.yaml" in names
    assert [n for n in names if not n.endswith(".yaml") or ".cases." in n] == []


def test_second_reading_takes_what_was_unpacked(old, archive, tmp_path):
    _unpack(old, tmp_path)
    archive.unlink()

    assert _unpack(old, tmp_path).digest == old.digest


def test_spoiled_copy_is_thrown_away_and_unpacked_again(old, archive, tmp_path):
    place = _unpack(old, tmp_path).root
    (place / POLICY).write_text("policy: other\n", encoding="utf-8")
    _forget()

    assert _staff_max(_unpack(old, tmp_path)) == 400


def _forget():
    """Be another process, which has read nothing yet."""
    from ceyuan.declarations.records import load_records
    from ceyuan.declarations.region import load_region

    load_region.cache_clear()
    load_records.cache_clear()


def test_missing_archive_says_what_to_do(old, archive, tmp_path):
    archive.unlink()

    with pytest.raises(CeyuanError, match="declarations not readable") as caught:
        _unpack(old, tmp_path)

    assert caught.value.hint == (
        f"从备份恢复 {old.digest}.zip；没有它就不能重算当时的判定"
    )


@pytest.mark.parametrize("how", ["cut", "flipped", "empty"])
def test_damaged_archive_is_not_readable_and_leaves_nothing(
    old, archive, tmp_path, how
):
    data = bytearray(archive.read_bytes())
    if how == "cut":
        data = data[: len(data) // 2]
    elif how == "empty":
        data = bytearray()
    else:
        data[2000] ^= 0xFF
    archive.write_bytes(data)

    with pytest.raises(CeyuanError, match="declarations not readable"):
        _unpack(old, tmp_path)

    assert _everything(tmp_path) == [archive]


@pytest.mark.parametrize("how", ["other line", "left out", "no region", "broken"])
def test_altered_archive_is_refused_and_leaves_nothing(old, archive, tmp_path, how):
    def change(files):
        if how == "other line":
            text = files[POLICY].replace(b"value: 400,", b"value: 450,")
            return files | {POLICY: text}
        if how == "broken":
            return files | {POLICY: b"policy: [\n"}
        gone = POLICY if how == "left out" else "shanghai/region.yaml"
        return {n: data for n, data in files.items() if n != gone}

    _repacked(archive, change)

    with pytest.raises(CeyuanError, match="the archive was altered") as caught:
        _unpack(old, tmp_path)

    assert caught.value.hint == "从备份恢复这个文件"
    assert _everything(tmp_path) == [archive]


def test_restored_archive_is_read_after_an_altered_one(old, archive, tmp_path):
    sound = archive.read_bytes()
    _repacked(archive, lambda files: {n: d for n, d in files.items() if n != POLICY})
    with pytest.raises(CeyuanError):
        _unpack(old, tmp_path)

    archive.write_bytes(sound)

    assert _unpack(old, tmp_path).digest == old.digest


@pytest.mark.parametrize(
    "name",
    [
        "../outside.yaml",
        "china/../../outside.yaml",
        "/outside/outside.yaml",
        "china/policies/..",
        "china\\..\\..\\outside.yaml",
        "china/facts/outside.sh",
        "outside.yaml",
    ],
)
def test_file_that_leads_outside_is_refused_and_never_written(
    old, archive, tmp_path, name
):
    _repacked(archive, lambda files: files | {name: b"facts: {}\n"})

    with pytest.raises(CeyuanError, match="the archive was altered"):
        _unpack(old, tmp_path)

    assert _everything(tmp_path) == [archive]


def test_archive_that_unfolds_to_too_much_is_refused_unread(old, archive, tmp_path):
    _repacked(archive, lambda files: files | {"china/facts/z.yaml": b" " * 10**8})

    with pytest.raises(CeyuanError, match="the archive was altered"):
        _unpack(old, tmp_path)

    assert _everything(tmp_path) == [archive]
