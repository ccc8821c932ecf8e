# SPDX-License-Identifier: Apache-2.0
"""J6: from a policy to a result, the same as the command line, Python and the verb."""

from __future__ import annotations

import csv
import io
import json
import shlex
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from ceyuan.cli.run import run as ceyuan
from ceyuan.kernel import show_money
from ceyuan.office import open_memory, trial, try_reform
from ceyuan.office.database import VARIABLE
from ceyuan.office.job_kinds import KINDS
from ceyuan.office.jobs import job_of, stop
from ceyuan.office.parameters import typed_settings
from ceyuan.office.simulating import tried_json
from tests.web.lab_by_hand import DAY, element, page, save, text_of, words

if TYPE_CHECKING:
    from tests.town import Town

Client = Callable[[str], Any]
Work = Callable[[], list[Any]]


def _run(client: Any, work: Work, text: str = "", **more: str) -> tuple[str, Any]:
    """Run a reform; return the address of its result, and the page."""
    where = save(client, text or text_of(), go="run", **more)
    (job,) = work()
    assert job.state == "done", job.error
    return where, client.get(where)


def test_a_newcomer_gets_from_the_menu_to_a_result(
    client_of: Client, do_jobs: Work
) -> None:
    client = client_of("分析员")

    lab = client.get("/lab")
    choose = client.get("/lab/new")
    form = client.get("/lab/new?policy=tech_sme_2017")
    saved = client.post(
        "/lab/new",
        {"view": "form", "policy": "tech_sme_2017", "zh": "降到 40 分", "body": "",
         "as_of": DAY, "p.score_min": "40", "go": "save", "once": "1"},
    )  # fmt: skip
    reform = client.get(saved.headers["Location"])
    asked = client.post(f"{saved.headers['Location']}/run", {"as_of": DAY, "once": "2"})
    waiting = client.get(asked.headers["Location"])
    (job,) = do_jobs()
    result = client.get(asked.headers["Location"])

    assert [r.status_code for r in (lab, choose, form, saved, reform, asked, waiting)] == [
        200, 200, 200, 302, 200, 302, 200,
    ]  # fmt: skip
    assert 'href="/lab/new"' in page(lab)
    assert 'href="/lab/new?policy=tech_sme_2017"' in page(choose)
    assert 'name="p.score_min"' in page(form)
    assert "60 分" in words(reform)
    assert "排队中" in words(waiting)
    assert job.state == "done"
    assert "结果：降到 40 分" in words(result)


def test_page_command_line_python_and_verb_give_the_same_numbers(
    town: Town,
    client_of: Client,
    do_jobs: Work,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    client = client_of("经办人甲")
    where, shown = _run(client_of("分析员"), do_jobs)
    ours = client.get(f"{where}/result.json").json()

    monkeypatch.setenv(VARIABLE, town.url)
    monkeypatch.chdir(town.folder)
    source = client.get(f"{where.partition('/result')[0]}/source")
    (town.folder / "sample.yaml").write_bytes(source.content)
    said = shlex.split(element(shown, "shell"))
    assert ceyuan([*said[1:], "--quiet"]) == 0
    theirs = json.loads(capsys.readouterr().out)
    world: dict[str, Any] = {}
    exec(compile(element(shown, "python"), "shown", "exec"), world)  # noqa: S102
    with open_memory(town.folder) as memory:
        verb = try_reform(
            trial(memory, as_of=date.fromisoformat(DAY)), world["reform"], named=100
        )

    assert ours == theirs
    assert ours == json.loads(json.dumps(tried_json(world["tried"])))
    assert ours == json.loads(json.dumps(tried_json(verb)))
    effect = ours["effects"][0]["policies"]["rd_super_2023"]
    costs = [effect[side]["cost"]["definite"] for side in ("before", "after")]
    for fen in (*costs, costs[1] - costs[0]):
        assert show_money(fen) in words(shown)
    assert effect["gain"] > 0


def test_the_numbers_hold_for_settings_of_the_office_too(
    town: Town, client_of: Client, do_jobs: Work
) -> None:
    text = text_of(
        "scale", "  - {policy: service_scale, parameter: middle_line, value: 800}\n"
    )
    said = ("service_scale.reward_offered=是",)

    where, _ = _run(client_of("分析员"), do_jobs, text, params=said[0])

    ours = client_of("经办人甲").get(f"{where}/result.json").json()
    with open_memory(town.folder, url=town.url) as memory:
        from ceyuan.declarations.reform import parse_reform

        tested = trial(
            memory,
            as_of=date.fromisoformat(DAY),
            settings=typed_settings(memory.region, said),
            said=said,
        )
        tried = try_reform(tested, parse_reform(text, memory.region), named=100)
    assert ours == json.loads(json.dumps(tried_json(tried)))


def test_the_result_shows_checks_differences_and_both_thresholds(
    client_of: Client, do_jobs: Work
) -> None:
    _, shown = _run(client_of("分析员"), do_jobs)

    said, markup = words(shown), page(shown)
    assert said.index("自检") < markup.index("<figure") or "自检" in said
    assert markup.index('id="checks"') < markup.index("<figure")
    assert "什么也不改，差额就是 0" in said
    assert "的门槛由 60 分 改为 40 分" in said.replace("\u00a0", " ")
    assert markup.count('class="chart ch-histogram"') == 2
    assert markup.count('class="chart ch-ranges"') == 1
    assert "虚构数据" in said
    assert "style=" not in markup
    assert "<script" not in markup.partition("<main")[2]


@pytest.mark.parametrize("by", ["district", "industry", "size", "tier"])
def test_groups_add_up_to_the_whole(client_of: Client, do_jobs: Work, by: str) -> None:
    client = client_of("经办人甲")
    where, _ = _run(client_of("分析员"), do_jobs)

    shown = client.get(f"{where}?by={by}")

    assert shown.status_code == 200
    effect = client.get(f"{where}/result.json").json()["effects"][0]
    for one in effect["policies"].values():
        groups = one["groups"][by]
        assert sum(g["subjects"] for g in groups) == effect["subjects"]
        assert sum(g["gain"] for g in groups) == one["gain"]


def test_an_empty_reform_shows_nought(client_of: Client, do_jobs: Work) -> None:
    text = "reform: nothing\nzh: 空方案\nen: Nothing\n"

    where, shown = _run(client_of("分析员"), do_jobs, text)

    assert "空方案：没有改动。150 个对象全部核对，差额 0，得益 0，受损 0。" in words(
        shown
    )
    assert "没有任何改动（空方案）" in words(
        client_of("分析员").get(where.partition("/result")[0])
    )


def test_names_are_shown_to_those_who_may_see_them_only(
    client_of: Client, do_jobs: Work
) -> None:
    analyst, officer = client_of("分析员"), client_of("经办人甲")
    where, shown = _run(analyst, do_jobs)
    full = officer.get(f"{where}/result.json").json()
    firms = [
        firm
        for one in full["effects"][0]["policies"].values()
        for firm in (*one["gainers"], *one["losers"])
    ]
    leaks = {w for f in firms for w in (f["name"], f["code"], str(f["id"])) if w}
    assert len(firms) > 3

    names = officer.get(f"{where}/firms")
    csv_names = b"".join(officer.get(f"{where}/firms.csv").streaming_content).decode()
    for one in firms:
        assert one["name"] in words(names)
        assert one["name"] in csv_names

    hidden = [
        page(shown),
        page(analyst.get(f"/en{where}")),
        page(analyst.get(where.partition("/result")[0])),
        page(analyst.get("/lab")),
        analyst.get(f"{where}/result.json").content.decode(),
        b"".join(analyst.get(f"{where}/result.csv").streaming_content).decode(),
    ]
    found = [[leak for leak in leaks if leak in text] for text in hidden]
    assert found == [[]] * 6
    assert analyst.get(f"{where}/firms").status_code == 403
    assert analyst.get(f"{where}/firms.csv").status_code == 403
    assert "名单只给有权限的人看" in words(shown)


def test_the_table_to_take_along_is_the_document(
    client_of: Client, do_jobs: Work
) -> None:
    client = client_of("分析员")
    where, _ = _run(client, do_jobs)

    answer = client.get(f"{where}/result.csv")

    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    document = client.get(f"{where}/result.json").json()
    effects = document["effects"][0]["policies"]
    whole = {row["policy"]: row for row in rows if row["grouping"] == "total"}
    assert set(whole) == set(effects)
    for policy, row in whole.items():
        one = effects[policy]
        assert [row[k] for k in ("gained", "more", "lost", "less")] == [
            str(one[k]) for k in ("gained", "more", "lost", "less")
        ]
    assert "attachment" in answer.headers["Content-Disposition"]
    assert client.get(f"{where}/other.csv").status_code == 404


def test_a_double_click_starts_one_job(client_of: Client, do_jobs: Work) -> None:
    client = client_of("分析员")
    reform = save(client, text_of())

    said = {"as_of": DAY, "once": "click", "by.size": "1"}
    one, two = (client.post(f"{reform}/run", said) for _ in range(2))
    other = client.post(f"{reform}/run", {**said, "once": "another"})

    assert (
        one.headers["Location"] == two.headers["Location"] == other.headers["Location"]
    )
    assert len(do_jobs()) == 1


def test_save_and_run_sent_twice_is_one_version_and_one_job(
    client_of: Client, do_jobs: Work
) -> None:
    client = client_of("分析员")

    one = save(client, text_of(), go="run", once="click")
    two = save(client, text_of(), go="run", once="click")

    assert one == two
    assert len(do_jobs()) == 1
    assert "第 1 版，共 1 版" in words(client.get(one.partition("/result")[0]))


def test_a_simulation_is_stopped_by_who_asked(client_of: Client, do_jobs: Work) -> None:
    client, other = client_of("分析员"), client_of("经办人甲")
    where = save(client, text_of(), go="run")

    theirs = other.post(f"{where}/stop")
    ours = client.post(f"{where}/stop")
    shown = client.get(where)

    assert (theirs.status_code, ours.status_code) == (404, 302)
    assert "已停止，没有结果" in words(shown)
    assert f'href="{where.partition("/result")[0]}#run"' in page(shown)
    assert do_jobs() == []
    assert "停止" not in words(other.get(where)).partition("正在试算")[2]


def test_progress_polls_a_part_of_the_page_and_then_loads_the_result(
    client_of: Client, do_jobs: Work
) -> None:
    client = client_of("分析员")
    where = save(client, text_of(), go="run")
    htmx = {"HX-Request": "true", "HX-Target": "progress"}

    part = client.get(where, headers=htmx)
    do_jobs()
    over = client.get(where, headers=htmx)

    assert page(part).lstrip().startswith('<div class="card" id="progress"')
    assert f'hx-get="{where}"' in page(part)
    assert f'href="{where}"' in page(part)  # and without a script
    assert (over.status_code, over.headers["HX-Refresh"]) == (204, "true")


def test_a_stop_while_it_runs_leaves_no_result(town: Town, client_of: Client) -> None:
    from ceyuan.office.jobs import work_once
    from ceyuan.web.opened import memory

    client = client_of("分析员")
    where = save(client, text_of(), go="run")

    def stopped_meanwhile(asked: Any, job: Any, progress: Any) -> Any:
        with asked.transaction() as conn:
            stop(conn, job.id)
        return KINDS["simulate"](asked, job, progress)

    work_once(memory("worker"), {"simulate": stopped_meanwhile})

    assert "已停止，没有结果" in words(client.get(where))
    assert client.get(f"{where}/result.csv").status_code == 400


def test_a_fault_is_told_with_its_reason(client_of: Client, do_jobs: Work) -> None:
    client = client_of("分析员")
    reform = save(client, text_of())
    asked = client.post(f"{reform}/run", {"as_of": "1995-01-01", "once": "1"})

    (job,) = do_jobs()  # nothing was on record then
    shown = client.get(asked.headers["Location"])

    assert job.state == "failed"
    said = words(shown)
    assert "没有做成" in said
    assert "没有 firm 的记录" in said
    assert "先 `ceyuan import` 导入它们，再试" in said
    assert f'href="{reform}#run"' in page(shown)
    assert "没有做成" in words(client.get("/lab"))


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-02-30", "昨天"])
def test_a_day_that_is_none_is_refused(
    client_of: Client, do_jobs: Work, day: str
) -> None:
    client = client_of("分析员")
    reform = save(client, text_of())

    answer = client.post(f"{reform}/run", {"as_of": day, "once": "1"})

    assert answer.status_code == 400
    assert do_jobs() == []


def test_a_check_that_fails_shows_no_result(
    town: Town, client_of: Client, do_jobs: Work
) -> None:
    from psycopg.types.json import Jsonb

    from ceyuan.web.opened import memory

    client = client_of("经办人甲")
    where, _ = _run(client_of("分析员"), do_jobs)
    bad = {
        "id": "stored", "ok": False, "run": "r1", "rows": 150, "differing": 3,
        "differences": [{"column": "tech_sme_2017", "stored": "eligible",
                         "computed": "ineligible"}], "not_stored": [],
    }  # fmt: skip
    with memory("tester").transaction() as conn:
        job = job_of(conn, where.rpartition("/")[2])
        conn.execute(
            "update job set result = %s where id = %s",
            (Jsonb({**(job.result or {}), "sound": False, "checks": [bad]}), job.id),
        )

    shown = client.get(where)

    said = words(shown)
    assert "自检没有通过，没有结果" in said
    assert "现行一侧与存下的判定 r1 有 3 处不同" in said
    assert "tech_sme_2017 eligible ineligible" in said
    assert 'class="tile' not in page(shown)
    assert "<figure" not in page(shown)
    for file in ("result.csv", "result.json", "firms.csv", "firms"):
        assert client.get(f"{where}/{file}").status_code == 400
    assert "自检没有通过" in words(client.get("/lab"))


def test_a_result_of_another_reform_or_job_is_not_there(
    client_of: Client, do_jobs: Work
) -> None:
    client = client_of("分析员")
    where, _ = _run(client, do_jobs)
    other = save(client, text_of("other"))
    job = where.rpartition("/")[2]

    found = [
        client.get(address).status_code
        for address in (
            f"{other}/result/{job}", f"{other}/result/j0000", "/lab/f0000",
            f"/lab/f0000/result/{job}", f"{other}/result/..%2f..%2fx",
        )
    ]  # fmt: skip

    assert found == [404] * 5


@pytest.mark.parametrize(
    ("who", "status"),
    [("", 302), ("企业甲", 403), ("园区经理", 403), ("财务丙", 403),
     ("分析员", 200), ("经办人甲", 200), ("审计员", 200)],
)  # fmt: skip
def test_the_lab_is_for_those_of_the_table(
    client_of: Client, do_jobs: Work, who: str, status: int
) -> None:
    where, _ = _run(client_of("分析员"), do_jobs)
    client = client_of(who)

    found = {
        client.get(address).status_code
        for address in ("/lab", where, where.partition("/result")[0], "/lab/compare")
    }

    assert found == {status}
