# SPDX-License-Identifier: Apache-2.0
"""J6: a value that spends a budget, from the lab: the same as the command line finds."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from lxml import html

from ceyuan.cli.run import run as ceyuan
from ceyuan.office import open_memory, solve_for, trial
from ceyuan.office.database import VARIABLE
from ceyuan.office.job_kinds import KINDS
from ceyuan.office.jobs import Stopped, job_of, stop
from ceyuan.office.solving import asked
from tests.web.lab_by_hand import DAY, RATE, element, page, save, text_of, words

if TYPE_CHECKING:
    from tests.town import Town

Client = Callable[[str], Any]
Work = Callable[[], list[Any]]
PARAMETER = "rd_super_2023.general_rate"
BUDGET = "6000万元"


def said(**more: str) -> dict[str, str]:
    return {
        "parameter": PARAMETER, "budget": BUDGET, "use": "definite", "as_of": DAY,
        "low": "", "high": "", "step": "", "params": "", "once": "s", **more,
    }  # fmt: skip


def ask_for(client: Any, prefix: str = "", **more: str) -> str:
    answer = client.post(f"{prefix}/lab/solve", said(**more))
    assert answer.status_code == 302, words(answer)
    return str(answer.headers["Location"])


def found_by(client: Any, work: Work, **more: str) -> tuple[str, Any]:
    where = ask_for(client, **more)
    (job,) = work()
    assert job.state == "done", job.error
    return where, job


def test_the_page_the_command_and_python_find_the_same_value(
    town: Town,
    client_of: Client,
    do_jobs: Work,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    client = client_of("分析员")
    where, job = found_by(client, do_jobs)
    shown = client.get(where)

    monkeypatch.setenv(VARIABLE, town.url)
    monkeypatch.chdir(town.folder)
    with open_memory(town.folder, url=town.url) as memory:
        tested = trial(memory, as_of=date.fromisoformat(DAY))
        verb = solve_for(tested, PARAMETER, 6_000_0000_00)
    command = shlex.split(element(shown, "shell"))
    capsys.readouterr()
    assert ceyuan(command[1:]) == 0
    told = json.loads(capsys.readouterr().out)["solved"]
    exec(compile(element(shown, "python"), "page", "exec"), {})  # noqa: S102
    printed = capsys.readouterr().out.split()
    downloaded = json.loads(client.get(f"{where}/solved.json").content)

    assert verb.value is not None
    assert (str(verb.value), verb.cost) == (told["value"], told["cost"])
    assert told == job.result["solved"] == downloaded
    assert [told["value"], "%", str(told["cost"])] == printed
    text = words(shown)
    assert f"一般加计比例定为 {float(verb.value):g}%" in text
    # The value was tried as a reform of its own: the same cost, between two ends.
    tried = job.result["tried"]
    assert tried["after"]["definite"] == told["cost"] <= 6_000_0000_00
    assert tried["after"]["least"] <= told["cost"]
    assert "费用的区间" in text
    assert "费用逐分相同" in text
    assert "虚构数据" in page(shown)


def test_progress_is_told_like_that_of_other_trials(
    client_of: Client, do_jobs: Work
) -> None:
    client = client_of("分析员")

    where = ask_for(client)
    waiting = client.get(where)
    again = ask_for(client, once="other")
    (job,) = do_jobs()

    assert where == again  # asked twice while it lasts, it is done once
    assert "排队中" in words(waiting)
    assert f'hx-get="{where}"' in page(waiting)
    assert f"{where}/stop" in page(waiting)
    assert job.state == "done"
    part = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "progress"}
    assert "true" == client.get(where, **part).headers["HX-Refresh"]


def test_a_search_ends_where_it_is_stopped(town: Town, client_of: Client) -> None:
    client = client_of("分析员")
    where = ask_for(client)
    with open_memory(town.folder, actor="worker", url=town.url) as memory:
        with memory.transaction() as conn:
            job = job_of(conn, where.rpartition("/")[2])
        notes = []

        def progress(done: int, whole: int, note: str) -> None:
            notes.append((note, done))
            if note == "solve" and done == 3:
                raise Stopped("stop")

        with pytest.raises(Stopped):
            KINDS["solve"](memory, job, progress)
        with memory.transaction() as conn:
            stop(conn, job.id)

    assert [1, 2, 3] == [done for note, done in notes if note == "solve"]
    assert "已停止" in words(client.get(where))


def test_a_value_is_found_on_a_reform_and_kept_as_its_next_version(
    client_of: Client, do_jobs: Work
) -> None:
    client = client_of("分析员")
    base = save(client, text_of("wider", RATE)).rpartition("/")[2]
    opened = client.get(f"/lab/solve?reform={base}&parameter={PARAMETER}")
    where, job = found_by(client, do_jobs, reform=base, use="definite")

    kept = client.post(f"{where}/take", {"once": "k"})
    twice = client.post(f"{where}/take", {"once": "k"})

    assert "在方案“示例（虚构）”第 1 版上求解" in words(opened)
    assert asked(job).reform == base
    assert kept.headers["Location"] == twice.headers["Location"]
    reform = client.get(kept.headers["Location"])
    value = float(Fraction(job.result["solved"]["value"]))
    assert "第 2 版" in words(reform)
    assert f"value: {value:g}" in page(reform)
    assert f"{value:g}" in words(reform)


def test_a_value_on_today_s_rules_is_kept_as_a_reform_of_its_own(
    client_of: Client, do_jobs: Work
) -> None:
    client = client_of("分析员")
    where, job = found_by(client, do_jobs)

    first = client.post(f"{where}/take", {"once": "1"})
    second = client.post(f"{where}/take", {"once": "2"})
    reform = client.get(first.headers["Location"])
    tried = client.post(f"{first.headers['Location']}/run", {"as_of": DAY, "once": "3"})
    (simulated,) = do_jobs()

    assert first.headers["Location"] == second.headers["Location"]
    assert "一般加计比例定为" in words(reform)
    assert tried.status_code == 302
    after = simulated.result["policies"]["rd_super_2023"]["after"]
    assert after["definite"] == job.result["solved"]["cost"]


def test_bounds_step_and_the_other_cost_are_kept(
    client_of: Client, do_jobs: Work
) -> None:
    client = client_of("分析员")

    where, job = found_by(client, do_jobs, budget="1元", low="50%", high="60", step="5")

    said = job.result["solved"]
    assert (None, "5", 100) == (said["value"], said["step"], said["budget"])
    assert {"50", "55", "60"} == {one["value"] for one in said["tried"]}
    shown = client.get(where)
    assert "没有一个试过的值不超预算" in words(shown)
    assert "存为方案" not in words(shown)
    assert "--low 50 --high 60 --step 5" in element(shown, "shell")


def test_what_nothing_bounds_from_above_is_told_as_the_fault(
    client_of: Client, do_jobs: Work
) -> None:
    client = client_of("分析员")
    where = ask_for(client, use="most")

    (job,) = do_jobs()

    # Firms of the town whose R&D is not known have no greatest amount.
    assert "failed" == job.state
    assert "金额没有上限" in words(client.get(where))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"parameter": "rd_super_2023.no_such"}, "parameter"),
        ({"parameter": "tech_sme_2017.score_min"}, "parameter"),  # gives no amount
        ({"parameter": ""}, "parameter"),
        ({"budget": ""}, "budget"),
        ({"budget": "很多"}, "budget"),
        ({"budget": "-1元"}, "budget"),
        ({"budget": "0.001元"}, "budget"),
        ({"budget": "9" * 30}, "budget"),
        ({"budget": "5人"}, "budget"),
        ({"use": "least"}, "use"),
        ({"low": "10元"}, "low"),
        ({"step": "x"}, "step"),
        ({"as_of": "soon"}, "as_of"),
        ({"as_of": "0001-01-01"}, "as_of"),
    ],
)
def test_what_cannot_be_asked_is_told_beside_its_field(
    client_of: Client, do_jobs: Work, wrong: dict[str, str], field: str
) -> None:
    answer = client_of("分析员").post("/lab/solve", said(**wrong))

    assert answer.status_code == 422
    tree: Any = html.fromstring(page(answer))
    assert [f"#id_{field}"] == [
        a.get("href") for a in tree.xpath("//div[@role='alert']//a")
    ]
    assert [] == do_jobs()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"step": "0"}, "走不动"),
        ({"low": "60", "high": "50"}, "没有可试的值"),
        ({"params": "no_such.thing=1"}, "no_such"),
    ],
)
def test_what_makes_no_sense_together_is_told_on_top(
    client_of: Client, do_jobs: Work, wrong: dict[str, str], told: str
) -> None:
    answer = client_of("分析员").post("/lab/solve", said(**wrong))

    assert answer.status_code == 422
    assert told in words(answer)
    assert [] == do_jobs()


def test_it_is_told_in_english(client_of: Client, do_jobs: Work) -> None:
    client = client_of("分析员")
    where, _ = found_by(client, do_jobs)

    shown = words(client.get(f"/en{where}"))

    assert "Interval of the cost" in shown
    assert "a reform without changes changed nothing" in shown


@pytest.mark.parametrize("who", ["经办人甲", "审计员", "企业乙", "园区经理", ""])
def test_who_may_not_simulate_does_not_solve(
    town: Town, client_of: Client, do_jobs: Work, who: str
) -> None:
    where, _ = found_by(client_of("分析员"), do_jobs)
    client = client_of(who)

    answers = [
        client.get("/lab/solve"),
        client.post("/lab/solve", said(once="x")),
        client.post(f"{where}/take", {"once": "y"}),
    ]

    wanted = {302} if not who else {403, 404}
    assert {one.status_code for one in answers} <= wanted
    assert [] == do_jobs()
    # Whoever may see reforms sees what was found; firms, parks and the public do not.
    sees = client.get(where).status_code
    assert (sees == 200) == (who in ("经办人甲", "审计员")), sees
