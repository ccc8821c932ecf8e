# SPDX-License-Identifier: Apache-2.0
"""A reform tried beside the pages: the same figures as everywhere, checks, stops, faults."""

from __future__ import annotations

import csv
import io
import json
import shlex
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from ceyuan.cli.run import run as ceyuan
from ceyuan.kernel import UsageError
from ceyuan.office.auditing import trail
from ceyuan.office.csv_out import csv_file
from ceyuan.office.job_kinds import KINDS
from ceyuan.office.jobs import stop, work_once
from ceyuan.office.memory import open_memory
from ceyuan.office.reform_checks import checks_of
from ceyuan.office.reform_job import KIND, NAMED, result_of, start, tries
from ceyuan.office.reform_out import (
    HEADINGS,
    NAMED_HEADINGS,
    command,
    document,
    named_table,
    python,
    table,
)
from ceyuan.office.reforms import Asking, save
from ceyuan.office.running import run
from ceyuan.office.simulating import trial, tried_json, try_reform
from ceyuan.policies import OUTCOMES, Outcome
from ceyuan.policies.simulated import Turns
from tests.office.rewards import NOTHING, REFORM, REWARD, SAID, reform, settings, six
from tests.office.town_by_hand import AS_OF, WAN, code, name, org, state

ASKING = Asking(AS_OF, ("district", "size"), SAID)


@pytest.fixture
def memory(office_folder):
    with open_memory(office_folder, actor="分析员") as opened:
        yield opened


def _done(memory, text=REFORM, asking=ASKING):
    saved = save(memory, text, asking)
    start(memory, saved, asking)
    job = work_once(memory, KINDS)
    assert job is not None
    return saved, job


def _cost(definite, most):
    return {
        "definite": definite * WAN, "referred": 0, "least": definite * WAN,
        "most": most * WAN, "unbounded": 0, "floored": 0,
    }  # fmt: skip


def test_the_result_is_that_of_the_verb_and_the_sums_are_those_worked_by_hand(memory):
    six(memory)
    stored = run(memory, as_of=AS_OF, settings=settings(memory), said=SAID)

    _, job = _done(memory)

    assert job.state == "done", job.error
    tested = trial(
        memory, as_of=AS_OF, settings=settings(memory), said=SAID, by=ASKING.by
    )
    ours = result_of(memory, job)
    assert ours["document"] == json.loads(
        json.dumps(tried_json(try_reform(tested, reform(memory), named=NAMED)))
    )
    assert ours["document"]["compared_with_run"] == stored.id
    (policy,) = job.result["policies"].values()
    said = {k: policy[k] for k in ("gain", "lose", "gained", "more", "lost", "less")}
    assert said == {"gain": 2, "lose": 1, "gained": 1, "more": 1, "lost": 0, "less": 1}
    # As it is 10 + 50 are sure, 113 at most; then 70 and 116 (`rewards`).
    assert (policy["before"], policy["after"]) == (_cost(60, 113), _cost(70, 116))
    assert policy["holds"] == [3, 4]
    assert (job.result["sound"], job.result["subjects"]) == (True, {"firm": 6})


def test_what_is_asked_of_people_is_counted_on_both_sides(memory):
    six(memory)
    text = f"reform: a\nzh: b\nen: c\nchange:\n  - {{policy: {REWARD}, drop_clause: above_line}}\n"

    _, job = _done(memory, text)

    before, after = result_of(memory, job)["policies"][REWARD]["asks"]
    # Firms 4 and 6 are open; without the line firm 4 still lacks its R&D, firm 6 not.
    assert (before["conditions"], after["conditions"]) == (2, 1)
    assert (before["unknown"], after["unknown"]) == (2, 1)
    assert before["facts"] >= after["facts"]


def test_the_command_line_gives_the_same_document(memory, monkeypatch, capsys):
    six(memory)
    saved, job = _done(memory)
    monkeypatch.chdir(memory.workspace.root)
    (memory.workspace.root / saved.file).write_text(saved.body, encoding="utf-8")
    said = shlex.split(command(saved, result_of(memory, job), region="shanghai"))

    assert ceyuan([*said[1:], "--quiet"]) == 0

    theirs = json.loads(capsys.readouterr().out)
    assert theirs == result_of(memory, job)["document"]


@pytest.mark.parametrize("tail", ["", "# a 'b' \"c\" \\ \n", "no end"])
def test_the_python_that_is_shown_runs_and_gives_the_same_numbers(
    memory, monkeypatch, capsys, tail
):
    six(memory)
    text = REFORM + (tail if tail.startswith("#") else "")
    saved, job = _done(memory, text.rstrip("\n") if tail == "no end" else text)
    monkeypatch.chdir(memory.workspace.root)
    shown = python(saved, result_of(memory, job), region="shanghai")
    world: dict[str, Any] = {}

    exec(compile(shown, "shown", "exec"), world)  # noqa: S102 - what the page shows

    tried = world["tried"]
    assert (
        json.loads(json.dumps(tried_json(tried))) == result_of(memory, job)["document"]
    )
    effect = tried.effects[0].policies[REWARD]
    assert effect.turns == Turns(gained=1, more=1, less=1)
    assert capsys.readouterr().out.startswith(f"{REWARD} Turns(gained=1")


def test_figures_are_those_of_the_moment_also_when_more_is_known_later(
    memory, monkeypatch, capsys
):
    six(memory)
    saved, job = _done(memory)
    before = result_of(memory, job)["document"]
    state(memory, 2, "revenue", 1000 * WAN, year=2025)
    monkeypatch.chdir(memory.workspace.root)
    (memory.workspace.root / saved.file).write_text(saved.body, encoding="utf-8")
    said = shlex.split(command(saved, result_of(memory, job), region="shanghai"))

    assert ceyuan([*said[1:], "--quiet"]) == 0

    theirs = json.loads(capsys.readouterr().out)
    assert theirs["effects"] == before["effects"]


def test_an_empty_reform_is_nought(memory):
    six(memory)

    _, job = _done(memory, NOTHING)

    assert (job.state, job.result["sound"], job.result["policies"]) == (
        "done",
        True,
        {},
    )
    found = result_of(memory, job)
    assert {c["id"]: c["ok"] for c in found["checks"]} == {
        "empty": True, "stored": None, "twice": None, "whole": None,
    }  # fmt: skip
    assert found["checks"][0]["rows"] == 6
    assert found["spreads"] == []


def test_asked_twice_it_is_done_once(memory):
    six(memory)
    saved = save(memory, REFORM, ASKING)

    one, two = start(memory, saved, ASKING), start(memory, saved, ASKING)
    other = start(memory, saved, Asking(AS_OF))

    assert one.id == two.id
    assert other.id != one.id
    with memory.transaction() as conn:
        assert {job.id for job in tries(conn, saved.id)} == {one.id, other.id}
        assert len(trail(conn, verb="reform.simulate")) == 2
    done = work_once(memory, KINDS)
    assert done is not None
    assert done.state == "done"
    assert start(memory, saved, ASKING).id != one.id  # it is over: a new one


def test_unknown_groupings_and_settings_are_refused_at_once(memory):
    saved = save(memory, REFORM, ASKING)

    with pytest.raises(UsageError, match="没有分组"):
        start(memory, saved, Asking(AS_OF, ("distrikt",)))
    with pytest.raises(UsageError, match="没有参数"):
        start(memory, saved, Asking(AS_OF, (), ("service_scale.x=1",)))

    with memory.transaction() as conn:
        assert tries(conn) == []


def test_a_waiting_job_is_stopped_at_once(memory):
    six(memory)
    saved = save(memory, REFORM, ASKING)
    job = start(memory, saved, ASKING)
    with memory.transaction() as conn:
        stop(conn, job.id)

    assert work_once(memory, KINDS) is None

    with memory.transaction() as conn:
        assert [j.state for j in tries(conn)] == ["stopped"]


def test_a_running_job_ends_when_it_looks_up_and_leaves_no_result(memory):
    six(memory)
    saved = save(memory, REFORM, ASKING)
    start(memory, saved, ASKING)

    def stopped_meanwhile(asked, job, progress):
        with asked.transaction() as conn:
            stop(conn, job.id)
        return KINDS[KIND](asked, job, progress)

    job = work_once(memory, {KIND: stopped_meanwhile})

    assert job is not None
    assert (job.state, job.result) == ("stopped", None)
    assert not (memory.workspace.folder / "reforms").exists()


def test_it_tells_how_far_it_is(memory):
    six(memory)
    saved = save(memory, REFORM, ASKING)
    job = start(memory, saved, ASKING)
    told = []

    KINDS[KIND](memory, job, lambda done, whole, note: told.append((done, whole, note)))

    assert told == [
        (0, 0, "read"), (0, 0, "simulate"), (0, 1, "simulate"), (0, 0, "spread"),
        (0, 1, "simulate"), (0, 0, "write"),
    ]  # fmt: skip


def test_without_facts_it_fails_and_says_why(memory):
    _, job = _done(memory)

    assert (job.state, job.result) == ("failed", None)
    assert job.error["what"].startswith("没有 firm 的记录")
    assert "ceyuan import" in job.error["hint"]
    with pytest.raises(UsageError, match="没有可用的结果"):
        result_of(memory, job)


def test_an_amount_beyond_counting_is_told_as_such(memory):
    six(memory)
    text = (
        "reform: vast\nzh: 大\nen: Vast\nchange:\n"
        f"  - {{policy: {REWARD}, parameter: reward_rate, value: {10**16}}}\n"
        f"  - {{policy: {REWARD}, parameter: reward_max, value: {10**16}}}\n"
    )

    _, job = _done(memory, text)

    assert (job.state, job.error["hint"]) == ("failed", "把方案里的数改小")


def _spoil(memory, stored):
    """Seal another decision in the place of a run's: an engine that was changed."""
    (part,) = stored.parts["firm"]
    kept = pl.read_parquet(memory.shelf.path(part))
    codes = {outcome: number for number, outcome in OUTCOMES.items()}
    row = kept["org"].to_list().index(org(2))
    other = kept.with_columns(kept[REWARD].scatter([row], codes[Outcome.ELIGIBLE]))
    sealed = memory.shelf.keep(other)
    with memory.transaction() as conn:
        conn.execute("alter table run_part disable trigger all")
        conn.execute(
            "update run_part set name = %s, sha256 = %s, size = %s where run_id = %s"
            " and subject = 'firm'",
            (sealed.name, sealed.sha256, sealed.size, stored.id),
        )
        conn.execute("alter table run_part enable trigger all")


def test_a_baseline_that_is_not_the_stored_run_is_no_result(memory):
    six(memory)
    stored = run(memory, as_of=AS_OF, settings=settings(memory), said=SAID)
    _spoil(memory, stored)

    _, job = _done(memory)

    assert (job.state, job.result["sound"]) == ("done", False)
    (bad,) = [one for one in job.result["checks"] if one["ok"] is False]
    assert (bad["id"], bad["run"], bad["differing"]) == ("stored", stored.id, 1)
    assert bad["differences"] == [
        {"column": REWARD, "stored": "eligible", "computed": "ineligible"}
    ]
    with pytest.raises(UsageError, match="没有可用的结果"):
        result_of(memory, job)


def test_groups_that_do_not_make_the_whole_are_told(memory):
    six(memory)
    tested = trial(memory, as_of=AS_OF, settings=settings(memory), by=("size",))
    tried = try_reform(tested, reform(memory))
    (one,) = tried.effects
    effect = one.policies[REWARD]
    short = replace(
        effect, groups={"size": dict(list(effect.groups["size"].items())[1:])}
    )
    wrong = replace(tried, effects=(replace(one, policies={REWARD: short}),))

    assert [(c["id"], c["ok"]) for c in checks_of(wrong)] == [
        ("empty", True), ("stored", None), ("twice", True), ("whole", False),
    ]  # fmt: skip
    assert checks_of(wrong)[-1]["wrong"] == [f"{REWARD} size"]


def _csv(headings, rows):
    with csv_file(headings, rows) as file:
        return file.read().decode("utf-8-sig")


def _rows(headings, rows):
    return list(csv.DictReader(io.StringIO(_csv(headings, rows), newline="")))


def test_the_table_holds_the_whole_and_its_groups_and_runs_nothing(memory):
    six(memory)
    state(memory, 2, "district", "=HYPERLINK(1)")
    _, job = _done(memory, asking=Asking(AS_OF, ("district",), SAID))

    rows = _rows(HEADINGS, table(result_of(memory, job)))

    whole, *groups = rows
    assert (whole["grouping"], whole["subjects"]) == ("total", "6")
    assert (whole["cost_before_fen"], whole["cost_after_fen"], whole["difference_fen"]) == (
        str(60 * WAN), str(70 * WAN), str(10 * WAN),
    )  # fmt: skip
    assert whole["most_after_fen"] == str(116 * WAN)
    by_name = {row["group_zh"]: row for row in groups}
    assert set(by_name) == {"'=HYPERLINK(1)", "徐汇区", "浦东新区", "未知"}
    assert by_name["徐汇区"]["difference_fen"] == str(-10 * WAN)
    assert sum(int(row["subjects"]) for row in groups) == 6


def test_names_are_apart_from_the_figures(memory):
    six(memory)
    _, job = _done(memory)
    found = result_of(memory, job)

    rows = _rows(NAMED_HEADINGS, named_table(found))
    bare = json.dumps(document(found, with_names=False), ensure_ascii=False)
    whole = json.dumps(document(found, with_names=True), ensure_ascii=False)

    assert {(row["gains_or_loses"], row["code"], row["name"]) for row in rows} == {
        ("gains", code(1), name(1)), ("gains", code(2), name(2)),
        ("loses", code(3), name(3)),
    }  # fmt: skip
    leaks = [w for n in (1, 2, 3) for w in (name(n), code(n), str(org(n)))]
    assert [word in whole for word in leaks] == [True] * 9
    assert [word in bare for word in leaks] == [False] * 9
    short = json.dumps(job.result, ensure_ascii=False)
    assert [word in short for word in leaks] == [False] * 9
    assert [word in _csv(HEADINGS, table(found)) for word in leaks] == [False] * 9
