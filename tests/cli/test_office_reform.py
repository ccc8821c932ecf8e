# SPDX-License-Identifier: Apache-2.0
"""`ceyuan simulate`: text, JSON, exit codes; the figures are those of `rewards`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ceyuan.office.memory import open_memory
from ceyuan.office.running import run
from tests.office.rewards import REFORM, REWARD, SAID, settings, six
from tests.office.town_by_hand import AS_OF, WAN, code, name

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Ceyuan

ON = ("--as-of", "2026-11-21", "--param", SAID[0], "--quiet")
MARK = "※ 虚构样例数据，不是真实企业 (synthetic data)"


@pytest.fixture(name="office")
def _office(office_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an office that knows the six firms, with the reform on the desk."""
    monkeypatch.chdir(office_folder)
    (office_folder / "r.yaml").write_text(REFORM, encoding="utf-8")
    with open_memory(office_folder, actor="tester") as memory:
        six(memory)
    return office_folder


def _stored(office: Path) -> str:
    with open_memory(office, actor="tester") as memory:
        return run(memory, as_of=AS_OF, settings=settings(memory), said=SAID).id


def test_text_says_cost_turns_groups_names_and_that_it_is_invented(
    office: Path, ceyuan: Ceyuan
) -> None:
    said = ceyuan("simulate", "r.yaml", *ON, "--by", "district")

    assert (said.code, said.err) == (0, "")
    lines = said.out.splitlines()
    assert lines[0].startswith("提高奖励（虚构）：快照 ")
    assert lines[0].endswith("，判定日 2026-11-21")
    assert lines[1:12] == [
        "自检：没有改动的改革，6 个对象无一变化；同一快照没有存下的判定可比",
        "",
        "规模以上服务业单位与首次升规奖励 `service_scale`（6 个对象）",
        "    新得 1  多得 1  失去 0  少得 1",
        (
            "    花费 60.00 万元（缺的数据补齐后 60.00 万元 至 113.00 万元） → "
            "70.00 万元（缺的数据补齐后 70.00 万元 至 116.00 万元）"
        ),
        "  按注册区",
        "    注册区\t对象\t得\t失\t花费\t改革后",
        "    徐汇区\t2\t0\t1\t50.00 万元\t40.00 万元",
        "    浦东新区\t3\t2\t0\t10.00 万元\t30.00 万元",
        "    未知\t1\t0\t0\t0.00 元\t0.00 元",
        lines[11],
    ]
    assert sorted(lines[11:13]) == sorted(
        [
            f"    得：{name(1)} {code(1)}  符合 10.00 万元 → 符合 20.00 万元",
            (
                f"    得：{name(2)} {code(2)}  不符合 → 符合 10.00 万元"
                "（年营业收入达到行业的线）"
            ),
        ]
    )
    assert lines[13:] == [
        f"    失：{name(3)} {code(3)}  符合 50.00 万元 → 符合 40.00 万元",
        MARK,
    ]


def test_text_in_english_has_no_chinese_but_names_and_units(
    office: Path, ceyuan: Ceyuan
) -> None:
    said = ceyuan("simulate", "r.yaml", *ON, "--by", "size", "--locale", "en")

    lines = said.out.splitlines()
    assert lines[0].startswith("A higher reward (invented): snapshot ")
    assert lines[1:13] == [
        (
            "Checked: a reform without changes changes none of 6 subjects; "
            "no stored run of this snapshot to compare with"
        ),
        "",
        (
            "Service units above the statistical line and the reward for reaching it "
            "`service_scale` (6 subjects)"
        ),
        "    gained 1  more 1  lost 0  less 1",
        (
            "    cost 60.00 万元 "
            "(once what is missing is known, 60.00 万元 to 113.00 万元)"
            " → 70.00 万元 (once what is missing is known, 70.00 万元 to 116.00 万元)"
        ),
        "  by Size (employees)",
        "    Size (employees)\tsubjects\tgain\tlose\tcost\tafter",
        "    under 20\t2\t1\t0\t10.00 万元\t20.00 万元",
        "    20 to 99\t1\t1\t0\t0.00 元\t10.00 万元",
        "    100 to 299\t1\t0\t1\t50.00 万元\t40.00 万元",
        "    300 and more\t1\t0\t0\t0.00 元\t0.00 元",
        "    unknown\t1\t0\t0\t0.00 元\t0.00 元",
    ]
    assert lines[-1] == MARK
    assert any(line.startswith(f"    loses: {name(3)} {code(3)}  ") for line in lines)


def test_limit_is_how_many_are_named(office: Path, ceyuan: Ceyuan) -> None:
    one = ceyuan("simulate", "r.yaml", *ON, "--limit", 1).out
    more = ceyuan("simulate", "r.yaml", *ON, "--limit", 9).out

    assert [text.count("    得：") for text in (one, more)] == [1, 2]


def test_json_is_one_document_with_the_mark(office: Path, ceyuan: Ceyuan) -> None:
    stored = _stored(office)

    said = ceyuan("simulate", "r.yaml", *ON, "--json")

    assert (said.code, said.err) == (0, "")
    document = said.json
    assert (document["schema"], document["synthetic"]) == ("ceyuan.simulate/1", True)
    assert document["compared_with_run"] == stored
    (effect,) = document["effects"]
    assert effect["checks"] == {
        "empty_reform": {"equal": True, "rows": 6, "policies": 1},
        "stored_run": {
            "equal": True, "rows": 6, "differing": 0, "differences": [],
            "not_stored": [],
        },
    }  # fmt: skip
    policy = effect["policies"][REWARD]
    assert (policy["gain"], policy["lose"]) == (2, 1)
    assert policy["after"]["cost"] == {
        "definite": 70 * WAN, "referred": 0, "least": 70 * WAN, "most": 116 * WAN,
        "unbounded": 0, "floored": 0,
    }  # fmt: skip


def test_run_that_was_stored_is_named_as_equal(office: Path, ceyuan: Ceyuan) -> None:
    stored = _stored(office)

    said = ceyuan("simulate", "r.yaml", *ON)

    assert said.code == 0
    assert f"现行一侧与存下的判定 {stored} 相同" in said.out


def test_run_that_says_otherwise_exits_1_and_is_told(
    office: Path, ceyuan: Ceyuan
) -> None:
    stored = _stored(office)
    _other_amounts(office, stored)

    text = ceyuan("simulate", "r.yaml", *ON)
    english = ceyuan("simulate", "r.yaml", *ON, "--locale", "en")
    document = ceyuan("simulate", "r.yaml", *ON, "--json")

    assert (text.code, english.code, document.code) == (1, 1, 1)
    assert f"现行一侧与存下的判定 {stored} 有 1 处不同！" in text.out
    assert f"1 differences to the stored run {stored}!" in english.out
    (effect,) = document.json["effects"]
    assert effect["checks"]["stored_run"]["equal"] is False
    (difference,) = effect["checks"]["stored_run"]["differences"]
    assert (difference["column"], difference["stored"], difference["computed"]) == (
        f"{REWARD}:amount", 51 * WAN, 50 * WAN,
    )  # fmt: skip


def _other_amounts(office: Path, stored: str) -> None:
    """Seal another amount of firm 3: what another engine would have decided."""
    import polars as pl

    from ceyuan.office.runs import find

    column = f"{REWARD}:amount"
    with open_memory(office, actor="tester") as memory:
        (part,) = find(memory, stored).parts["firm"]
        kept = pl.read_parquet(memory.shelf.path(part))
        other = kept.with_columns(pl.col(column).replace({50 * WAN: 51 * WAN}))
        sealed = memory.shelf.keep(other)
        with memory.transaction() as conn:
            conn.execute("alter table run_part disable trigger all")
            conn.execute(
                "update run_part set name = %s, sha256 = %s, size = %s"
                " where run_id = %s and subject = 'firm'",
                (sealed.name, sealed.sha256, sealed.size, stored),
            )
            conn.execute("alter table run_part enable trigger all")


def test_known_at_a_day_before_everything_has_nothing(
    office: Path, ceyuan: Ceyuan
) -> None:
    said = ceyuan("simulate", "r.yaml", *ON, "--known-at", "2020-01-01")

    assert said.code == 2
    assert "没有 firm 的记录" in said.err


def test_budget_is_spent_and_said_so(office: Path, ceyuan: Ceyuan) -> None:
    asked = ("--solve", "service_scale.reward_rate", "--budget", "65万元")

    zh = ceyuan("simulate", *ON, *asked)
    en = ceyuan("simulate", *ON, *asked, "--locale", "en")
    document = ceyuan("simulate", *ON, *asked, "--json").json

    line = zh.out.splitlines()[-2]
    assert line.startswith(
        "预算 65.00 万元：奖励占上年研发费用的比例定为 7.5 %，花费 65.00 万元（试了 "
    )
    assert line.endswith(" 个值，步长 0.01）")
    assert zh.out.splitlines()[-1] == MARK
    assert en.out.splitlines()[-2].startswith(
        "Budget 65.00 万元: `Reward as a share of last year's R&D` set to 7.5 %, "
        "cost 65.00 万元 ("
    )
    solved = document["solved"]
    assert (solved["schema"], solved["cost"], solved["unspent"]) == (
        "ceyuan.solve/1", 65 * WAN, 0,
    )  # fmt: skip
    assert document["effects"][0]["policies"] == {}


def test_bounds_and_step_are_kept(office: Path, ceyuan: Ceyuan) -> None:
    said = ceyuan(
        "simulate", *ON, "--solve", "service_scale.reward_rate", "--budget", "65万元",
        "--low", "5%", "--high", "10%", "--step", "2%",
    )  # fmt: skip

    assert "比例定为 6 %，花费 62.00 万元" in said.out
    assert "步长 2）" in said.out


def test_the_budget_can_be_for_the_greatest_possible_cost(
    office: Path, ceyuan: Ceyuan
) -> None:
    asked = (
        "--solve", "service_scale.reward_rate", "--budget", "65万元",
        "--low", "5", "--high", "10", "--step", "1",
    )  # fmt: skip

    definite = ceyuan("simulate", *ON, *asked, "--json").json["solved"]
    most = ceyuan("simulate", *ON, *asked, "--use", "most")
    wrong = ceyuan("simulate", *ON, *asked, "--use", "least")

    # Figures of firms 4 and 6 are missing: what they may cost comes on top.
    assert ("definite", "7") == (definite["use"], definite["value"])
    assert wrong.code == 2
    assert "没有这种费用 `least`" in wrong.err
    assert most.code == 0
    assert "没有一个试过的奖励占上年研发费用的比例不超预算" in most.out


def test_no_value_within_the_budget_is_said(office: Path, ceyuan: Ceyuan) -> None:
    asked = (
        "--solve", "service_scale.reward_rate", "--budget", "1万元",
        "--low", "5", "--high", "9",
    )  # fmt: skip

    zh = ceyuan("simulate", *ON, *asked)
    en = ceyuan("simulate", *ON, *asked, "--locale", "en")

    assert (zh.code, en.code) == (0, 0)
    assert "预算 1.00 万元：没有一个试过的奖励占上年研发费用的比例不超预算" in zh.out
    assert (
        "Budget 1.00 万元: no value of `Reward as a share of last year's R&D` that was "
        "tried keeps it"
    ) in en.out


def test_parameter_that_only_the_reform_has_can_be_solved_for(
    office: Path, ceyuan: Ceyuan
) -> None:
    (office / "own.yaml").write_text(
        """\
reform: own
zh: 每家定额（虚构）
en: A sum for each (invented)
change:
  - policy: service_scale
    add_parameter: sum_each
    zh: 每家金额
    en: sum for each
    unit: 万元
    value: 5
  - policy: service_scale
    amount: sum_each
""",
        encoding="utf-8",
    )

    said = ceyuan(
        "simulate", "own.yaml", *ON, "--solve", "service_scale.sum_each",
        "--budget", "36万元", "--step", "1万元",
    )  # fmt: skip

    # Firms 1, 3, 4 and 5 reach their line: 9 for each.
    assert said.code == 0
    assert "预算 36.00 万元：每家金额定为 9 万元，花费 36.00 万元" in said.out


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        ([], "要一个改革文件，或 --solve", "ceyuan simulate REFORM.yaml"),
        (["r.yaml", "--budget", "1万元"], "--solve 和 --budget 要一起写", "--budget 2亿元"),
        (["--solve", "service_scale.reward_rate"], "--solve 和 --budget 要一起写", ""),
        (["none.yaml"], "none.yaml", "hand in a YAML file"),
        (["r.yaml", "--by", "moon"], "没有分组 `moon`", "可用：district、industry"),
        (["r.yaml", "--as-of", "明天"], "不是日期", "2026-11-21"),
        (["r.yaml", "--known-at", "昨天"], "不是日期或时刻", "2026-11-21"),
        (
            ["--solve", "service_scale.reward_rat", "--budget", "1万元"],
            "`service_scale` 没有参数 `reward_rat`",
            "did you mean `reward_rate`?",
        ),
        (
            ["--solve", "servise_scale.reward_rate", "--budget", "1万元"],
            "there is no policy `servise_scale`",
            "did you mean `service_scale`?",
        ),
        (
            ["--solve", "service_scale.reward_rate", "--budget", "许多"],
            "--budget",
            "600万元",
        ),
        (
            [
                "--solve", "service_scale.reward_rate", "--budget", "1万元",
                "--low", "9", "--high", "5",
            ],
            "从 9 到 5 没有可试的值",
            "最小的写得比最大的小",
        ),
    ],
)  # fmt: skip
def test_wrong_use_exits_2_with_message_and_hint(
    office: Path, ceyuan: Ceyuan, arguments: list[str], message: str, hint: str
) -> None:
    said = ceyuan("simulate", *arguments, "--quiet")

    assert (said.code, said.out) == (2, "")
    assert message in said.err
    assert hint in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    ("change", "line", "message", "hint"),
    [
        ("{policy: servise_scale, parameter: reward_rate, value: 9}", 5,
         "servise_scale", "did you mean `service_scale`?"),
        ("{policy: service_scale, parameter: reward_rat, value: 9}", 5,
         "reward_rat", "did you mean `reward_rate`?"),
        ("{policy: service_scale, drop_clause: above_lime}", 5,
         "above_lime", "did you mean `above_line`?"),
    ],
)  # fmt: skip
def test_reform_that_names_what_does_not_exist_exits_1_with_its_line(
    office: Path, ceyuan: Ceyuan, change: str, line: int, message: str, hint: str
) -> None:
    (office / "bad.yaml").write_text(
        f"reform: bad\nzh: 错\nen: Bad\nchange:\n  - {change}\n", encoding="utf-8"
    )

    said = ceyuan("simulate", "bad.yaml", *ON)

    assert (said.code, said.out) == (1, "")
    assert "[D230]" in said.err
    assert f"bad.yaml:{line}" in said.err
    assert message in said.err
    assert hint in said.err
