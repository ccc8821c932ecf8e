# SPDX-License-Identifier: Apache-2.0
"""Kept views: equal to what is read, made once, made again, and never in the way."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from ceyuan.facts.store.shelf import Damaged
from ceyuan.kernel import UsageError
from ceyuan.office import views
from ceyuan.office.memory import open_memory
from ceyuan.office.views import held_now, held_table
from tests.office.rewards import six
from tests.office.town_by_hand import AS_OF, WAN, add, org, state


@pytest.fixture
def memory(office_folder):
    with open_memory(office_folder, actor="tester") as opened:
        yield opened


def _held(memory, record="firm", **more):
    return held_table(memory, record, **{"as_of": AS_OF} | more)


def _kept(memory):
    """Return the kept files with what a second writing would change."""
    folder = memory.cache / "views"
    return {
        path.relative_to(folder).as_posix(): (
            path.stat().st_mtime_ns,
            path.stat().st_ino,
        )
        for path in folder.rglob("*.parquet")
    }


def test_kept_table_is_what_is_held(memory):
    six(memory)

    kept = _held(memory).collect()

    assert_frame_equal(kept, held_now(memory, "firm", as_of=AS_OF))
    assert sorted(kept["org"]) == sorted(org(n) for n in range(1, 7))
    revenue = dict(kept.select("org", "revenue@2025").iter_rows())
    assert revenue == {
        org(n): wan and wan * WAN
        for n, wan in enumerate((1200, 900, 1500, 1100, 2100, None), 1)
    }


def test_kept_list_has_a_row_per_record_and_all_that_is_stated(memory):
    six(memory)

    kept = _held(memory, "certificate").collect()

    assert_frame_equal(kept, held_now(memory, "certificate", as_of=AS_OF))
    assert kept.columns == ["org", "key", "certificate", "issued_on", "valid_until"]
    assert sorted(kept["org"]) == sorted(org(n) for n in (1, 2, 3, 4, 6))
    assert set(kept["certificate"]) == {"hnte"}


def test_second_call_reads_what_the_first_kept(memory):
    six(memory)
    first = _held(memory).collect()
    kept = _kept(memory)

    second = _held(memory).collect()

    assert len(kept) == 1
    assert _kept(memory) == kept
    assert_frame_equal(first, second)


def test_another_day_moment_or_rules_are_another_table(memory):
    six(memory)
    then = datetime.now(UTC)
    state(memory, 2, "revenue", Fraction(1000 * WAN), year=2025)
    now = _held(memory).collect()
    other_rules = replace(memory, declared=replace(memory.declared, digest="0" * 64))

    earlier = _held(memory, as_of=date(2026, 11, 20))
    before = _held(memory, known_at=then)
    _held(other_rules)

    assert len({name.partition("/")[0] for name in _kept(memory)}) == 4
    assert earlier.collect().height == 6
    revenue = [
        frame.filter(pl.col("org") == org(2))["revenue@2025"].item()
        for frame in (now, before.collect())
    ]
    assert revenue == [1000 * WAN, 900 * WAN]


def test_import_after_it_is_seen_and_the_old_table_stays(memory):
    six(memory)
    old = _held(memory)
    kept = _kept(memory)

    add(memory, "registry", [{"firm": 7, "district": "静安区"}])

    new = _held(memory).collect()
    assert set(new["org"]) - set(old.collect()["org"]) == {org(7)}
    assert kept.items() < _kept(memory).items()


def test_deleted_cache_is_made_again(memory):
    six(memory)
    first = _held(memory).collect()

    shutil.rmtree(memory.cache)

    assert_frame_equal(_held(memory).collect(), first)
    assert len(_kept(memory)) == 1


def test_makers_at_once_keep_one_table_and_no_draft(memory):
    six(memory)
    _held(memory)  # the snapshot is made
    expected = held_now(memory, "firm", as_of=AS_OF)
    shutil.rmtree(memory.cache)

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: _held(memory).collect(), range(8)))

    for table in made:
        assert_frame_equal(table, expected)
    (place,) = (memory.cache / "views").iterdir()
    assert len(list(place.iterdir())) == 1


def test_maker_that_comes_second_leaves_the_first_ones_table(memory):
    six(memory)
    _held(memory)
    kept = _kept(memory)
    (place,) = (memory.cache / "views").iterdir()

    views._keep(iter([pl.DataFrame({"org": [1]})]), place)

    assert _kept(memory) == kept
    assert list(place.parent.iterdir()) == [place]


def test_maker_that_breaks_off_leaves_nothing(memory):
    def broken():
        yield pl.DataFrame({"org": [1]})
        raise Damaged("the file is gone")

    place = memory.cache / "views" / "abc"
    with pytest.raises(Damaged):
        views._keep(broken(), place)

    assert list(place.parent.iterdir()) == []


def test_altered_batch_is_named_and_nothing_is_kept(memory):
    batch = six(memory)[0]
    memory.shelf.path(batch.parts[0]).unlink()

    with pytest.raises(Damaged, match=batch.id):
        _held(memory)

    assert not (memory.cache / "views").exists()


def test_type_without_records_gives_an_empty_table(memory):
    six(memory)

    assert _held(memory, "patent").collect().height == 0
    assert held_now(memory, "patent", as_of=AS_OF).height == 0


def test_unknown_type_is_refused_with_the_near_miss(memory):
    with pytest.raises(UsageError) as caught:
        _held(memory, "certificat")

    assert "certificate" in caught.value.hint


def test_folder_with_signs_of_a_pattern_in_its_name_is_read(
    office_folder, tmp_path, monkeypatch
):
    with open_memory(tmp_path / "区[1]*", actor="tester") as memory:
        six(memory)

        assert _held(memory).collect().height == 6
