# SPDX-License-Identifier: Apache-2.0
"""The commands about money, one after the other, as three people would type them.

The town is that of `money_by_hand`: rewards of 110 万元 to four firms and subsidies of
14,000.01 元 for four loans of three firms, five firms in all.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from psycopg.conninfo import make_conninfo

from ceyuan.cli.run import run
from ceyuan.office.database import VARIABLE
from ceyuan.office.memory import open_memory
from tests.database import MADE, NUMBERS, execute
from tests.office.money_by_hand import (
    APPROVED,
    BACK,
    DECIDED,
    FINANCE,
    OFFICER,
    REVIEWER,
    SENT,
    SETTINGS,
    TOTAL,
    WINDOW_ENDS,
    account_of,
    firms,
    premium_id,
    scale_id,
)
from tests.office.town_by_hand import code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.cli.conftest import Ceyuan, Said

ADMIN = "管理员"
POOL = "first_scale/2026/pool"
BUDGET = "first_scale_reward/appropriate/2026/B1"
ENTITLE = ("entitle", "--year", "2026", "--on", DECIDED)
Words = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """An office at one point of the story: its folder and its database, to copy."""

    folder: Path
    database: str


@pytest.fixture(name="stages", scope="module")
def _stages(
    database_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Stage]]:
    """Play the story once, and keep a copy of each stage; tests go on from one."""
    names: dict[str, Stage] = {}
    folder = tmp_path_factory.mktemp("money")
    work = f"money{next(NUMBERS)}"
    execute(database_server, f"CREATE DATABASE {work} TEMPLATE {MADE}")

    def keep(stage: str) -> None:
        copy = Stage(folder.with_name(f"{folder.name}-{stage}"), f"{work}_{stage}")
        shutil.copytree(folder, copy.folder)
        execute(database_server, f"CREATE DATABASE {copy.database} TEMPLATE {work}")
        names[stage] = copy

    with pytest.MonkeyPatch.context() as patch, redirect_stdout(io.StringIO()):
        patch.setenv(VARIABLE, make_conninfo(database_server, dbname=work))
        patch.chdir(folder)
        for stage, steps in STORY.items():
            if stage == "office":
                with open_memory(folder) as memory:
                    firms(memory)
            for words in steps():
                assert run([str(word) for word in words]) == 0, words
            keep(stage)
    yield names
    for name in (work, *(one.database for one in names.values())):
        execute(database_server, f"DROP DATABASE {name} WITH (FORCE)")


def _decided() -> Iterator[Words]:
    for one in SETTINGS:
        yield ("parameter", "set", one, "--since", "2026-01-01", "--reason",
               "会议纪要1号", "--as", OFFICER)  # fmt: skip
    yield "run", "--as-of", DECIDED, "--as", OFFICER, "--quiet"


def _appropriated() -> Iterator[Words]:
    for instrument, amount in (
        ("first_scale_reward", "500万元"),
        ("premium_subsidy", "2万元"),
    ):
        yield ("move", instrument, "appropriate", "--key", "year=2026", "--key",
               "budget=B1", "--set", f"amount={amount}", "--on", "2026-01-05",
               "--reason", "年初预算", "--as", FINANCE, "--yes")  # fmt: skip


def _noticed() -> Iterator[Words]:
    yield *ENTITLE, "--as", OFFICER, "--yes"


def _gone_out() -> Iterator[Words]:
    yield "entitlement", "approve", "--on", APPROVED, "--as", REVIEWER, "--yes"
    rows = [
        (code(n), f"合成企业{n:03d}", "虚构银行", account_of(n)) for n in range(1, 6)
    ]
    _write(Path("收款账户.csv"), [("收款方", "户名", "开户行", "账号"), *rows])
    yield "pay", "payees", "收款账户.csv", "--since", "2026-01-01", "--as", FINANCE
    yield "pay", "batch", "--out", "支付.csv", "--on", SENT, "--as", FINANCE, "--yes"


STORY: dict[str, Callable[[], Iterator[Words]]] = {
    "office": _decided,
    "funded": _appropriated,
    "promised": _noticed,
    "sent": _gone_out,
}


@pytest.fixture(name="stage")
def _stage(
    stages: dict[str, Stage],
    database_server: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[[str], Path]]:
    """Give a maker of an office of one's own, at a stage of the story."""
    name = f"money{next(NUMBERS)}"

    def make(stage: str) -> Path:
        kept = stages[stage]
        execute(database_server, f"CREATE DATABASE {name} TEMPLATE {kept.database}")
        shutil.copytree(kept.folder, tmp_path / "office")
        monkeypatch.setenv(VARIABLE, make_conninfo(database_server, dbname=name))
        monkeypatch.chdir(tmp_path / "office")
        return tmp_path / "office"

    yield make
    execute(database_server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture(name="office")
def _office(stage: Callable[[str], Path]) -> Path:
    return stage("office")


@pytest.fixture(name="funded")
def _funded(stage: Callable[[str], Path]) -> Path:
    return stage("funded")


@pytest.fixture(name="promised")
def _promised(stage: Callable[[str], Path]) -> Path:
    return stage("promised")


@pytest.fixture(name="sent")
def _sent(stage: Callable[[str], Path]) -> Path:
    return stage("sent")


def done(said: Said) -> Said:
    """See that a command came to its end."""
    assert (said.code, "Traceback" in said.err) == (0, False), said.err
    return said


def _write(path: Path, rows: Sequence[Sequence[str]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8-sig")


def _paid() -> list[list[str]]:
    """Return the lines of the file that went out."""
    rows = list(csv.reader(io.StringIO(Path("支付.csv").read_text("utf-8-sig"))))
    return [row for row in rows[1:] if row[0] != "合计"]


def _back(path: Path, *, altered: int = -1, failed: int = -1) -> None:
    """Write what the bank sends back: all paid, but one that failed or was altered."""
    rows = [("支付编号", "账号", "金额（元）", "结果", "原因", "日期")]
    for at, row in enumerate(_paid()):
        outcome = ("失败", "账户已销户") if at == failed else ("成功", "")
        amount = "1.00" if at == altered else row[5]
        rows.append((row[1], row[4], amount, *outcome, BACK.isoformat()))
    _write(path, rows)


# --- entitle -----------------------------------------------------------------------


def test_entitle_dry_run_shows_what_the_real_one_writes(
    funded: Path, ceyuan: Ceyuan
) -> None:
    dry = done(ceyuan(*ENTITLE, "--dry-run", "--json")).json
    real = done(ceyuan(*ENTITLE, "--as", OFFICER, "--yes", "--json")).json

    assert list(dry) == [
        "schema", "year", "run", "dry_run", "synthetic", "transfers", "firms",
        "total_fen", "entitlements", "withdrawn", "stacked", "unfunded", "problems",
    ]  # fmt: skip
    assert (dry["schema"], dry["dry_run"], real["dry_run"]) == (
        "ceyuan.entitle/1",
        True,
        False,
    )
    assert (dry["firms"], dry["total_fen"], len(dry["transfers"])) == (5, TOTAL, 8)
    assert {**dry, "dry_run": False} == real
    assert list(dry["transfers"][0]) == [
        "id", "kind", "debit", "credit", "amount", "commodity", "code", "cause",
        "effective", "of", "expires",
    ]  # fmt: skip
    assert {t["kind"] for t in dry["transfers"]} == {"hold"}
    assert {e["object_until"] for e in dry["entitlements"]} == {str(WINDOW_ENDS)}


def test_entitle_again_has_nothing_left_to_do(promised: Path, ceyuan: Ceyuan) -> None:
    said = done(ceyuan(*ENTITLE, "--dry-run", "--json")).json

    assert (said["transfers"], said["firms"], said["total_fen"]) == ([], 0, 0)
    assert said["unfunded"] == {"count": 0, "fen": 0}
    assert "nothing is left to do" in done(ceyuan(*ENTITLE, "--dry-run")).out


def test_entitle_without_a_budget_counts_what_no_pool_pays(
    office: Path, ceyuan: Ceyuan
) -> None:
    said = done(ceyuan(*ENTITLE, "--dry-run", "--json")).json

    assert (said["transfers"], said["unfunded"]) == ([], {"count": 8, "fen": TOTAL})


def test_entitle_shows_per_policy_without_application(
    funded: Path, ceyuan: Ceyuan
) -> None:
    said = done(ceyuan(*ENTITLE, "--dry-run"))

    assert said.table[2] == [
        "service_scale", "规模以上服务业单位与首次升规奖励", "4", "4", "110.00 万元",
        "2026-11-27", "2026-12-11",
    ]  # fmt: skip
    assert said.table[3][0::2] == [
        "sh_premium_subsidy_2025",
        "3",
        "1.40 万元",
        "2026-12-11",
    ]
    assert "※ 虚构样例数据" in said.out
    assert "dry run" in said.out


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_writing_without_somebody_to_ask_is_refused(
    funded: Path, ceyuan: Ceyuan, more: tuple[str, ...]
) -> None:
    for words in (
        ENTITLE,
        ("entitlement", "approve"),
        ("pay", "batch", "--out", "x.csv"),
        ("ledger", "limit", POOL, "--ceiling", "无", "--reason", "r"),
        ("ledger", "expire"),
    ):
        said = ceyuan(*words, *more)
        assert (said.code, said.out) == (2, ""), words
        assert "--yes" in said.err
    assert done(ceyuan("entitlement", "list", "--json")).json["total"] == 0
    assert not Path("x.csv").exists()


# --- one entitlement ---------------------------------------------------------------


def test_objection_waits_is_settled_and_approved_by_another(
    promised: Path, ceyuan: Ceyuan
) -> None:
    name = scale_id(2)
    told = ("--reason", "营业收入有误", "--behalf", "某公司", "--on", "2026-11-24")
    done(ceyuan("entitlement", "object", name, *told, "--as", OFFICER))
    own = ceyuan("entitlement", "approve", "--on", APPROVED, "--as", OFFICER, "--yes")
    other = ceyuan(
        "entitlement", "approve", "--on", APPROVED, "--as", REVIEWER, "--yes", "--json"
    )
    settled = ceyuan(
        "entitlement", "settle", name, "--uphold", "--reason", "属实", "--on", APPROVED,
        "--as", REVIEWER, "--yes", "--json",
    )  # fmt: skip

    assert own.code == 4
    assert (len(done(other).json["payable"]), other.json["waiting"]) == (7, [name])
    assert done(settled).json["entitlement"]["state"] == "withdrawn"
    shown = done(ceyuan("entitlement", "show", name, "--json")).json
    assert [(h["kind"], h["actor"], h["behalf"]) for h in shown["history"]] == [
        ("notice", OFFICER, ""),
        ("object", OFFICER, "某公司"),
        ("uphold", REVIEWER, ""),
    ]
    assert [t["kind"] for t in shown["transfers"]] == ["hold", "void"]


def test_show_takes_a_part_of_the_id_and_tells_several(
    promised: Path, ceyuan: Ceyuan
) -> None:
    one = done(ceyuan("entitlement", "show", code(5)))
    several = ceyuan("entitlement", "show", code(1))

    assert f"{premium_id('L4')}  4,000.00 元  公示中" in one.out
    assert "承诺 2026-12-11 前付到 收款账户还没有登记" in one.out
    assert "✓" in one.out
    assert several.code == 2
    assert scale_id(1) in several.err


def test_summary_reads_the_pool_and_sums_to_the_fen(sent: Path, ceyuan: Ceyuan) -> None:
    _back(Path("回单.csv"), failed=1)
    done(ceyuan("pay", "return", "回单.csv", "--as", FINANCE))

    said = done(ceyuan("entitlement", "summary", "--json")).json

    scale, premium = said["policies"]
    for pool in (scale, premium):
        assert pool["budget_fen"] == sum(
            pool[f"{part}_fen"]
            for part in ("committed", "payable", "paid", "available")
        )
    # 500 万元: 20 failed and wait, 90 are paid, 390 are free; 2 万元: 14,000.01 paid.
    assert [scale[k] for k in ("payable_fen", "paid_fen", "available_fen")] == [
        20_000_000,
        90_000_000,
        390_000_000,
    ]
    assert (premium["paid_fen"], premium["available_fen"]) == (1_400_001, 599_999)
    assert (said["unclaimed"], said["unclaimed_fen"]) == (1, 20_000_000)


def test_decline_and_notice(promised: Path, ceyuan: Ceyuan) -> None:
    words = ("entitlement", "decline", scale_id(3), "--reason", "放弃", "--on", DECIDED)
    done(ceyuan(*words, "--as", OFFICER, "--yes"))
    notice = done(ceyuan("entitlement", "notice", "合成企业001", "--json")).json

    assert "已放弃" in done(ceyuan("entitlement", "show", scale_id(3))).out
    assert sorted(i["amount"] for i in notice["notices"][0]["items"]) == [
        200_001,
        500_000,
        10_000_000,
    ]


# --- payment -----------------------------------------------------------------------


def test_batch_writes_the_file_after_the_book_and_again_the_same(
    sent: Path, ceyuan: Ceyuan
) -> None:
    (batch,) = done(ceyuan("pay", "list", "--json")).json["batches"]
    done(ceyuan("pay", "file", batch["batch"], "--out", "再.csv", "--as", FINANCE))
    over = ceyuan("pay", "batch", "--out", "支付.csv", "--as", FINANCE, "--yes")

    assert (batch["count"], batch["total_fen"], batch["out"]) == (8, TOTAL, 8)
    assert Path("再.csv").read_bytes() == Path("支付.csv").read_bytes()
    assert sum(round(float(row[5]) * 100) for row in _paid()) == TOTAL
    assert (over.code, "不覆盖" in over.err) == (2, True)
    assert [p.name for p in sent.glob(".*支付*")] == []


def test_batch_that_is_refused_leaves_no_file(promised: Path, ceyuan: Ceyuan) -> None:
    done(ceyuan("entitlement", "approve", "--on", APPROVED, "--as", REVIEWER, "--yes"))
    refused = ceyuan("pay", "batch", "--out", "a.csv", "--as", REVIEWER, "--yes")
    nobody = ceyuan(
        "pay", "batch", "--out", "a.csv", "--as", FINANCE, "--yes", "--json"
    )

    assert refused.code == 4
    assert [p["code"] for p in done(nobody).json["left_out"]] == ["L201"] * 8
    assert nobody.json["file"] is None
    assert not Path("a.csv").exists()


def test_return_rejects_a_line_takes_the_others_and_reconciles(
    sent: Path, ceyuan: Ceyuan
) -> None:
    _back(Path("回单.csv"), altered=2)

    dry = ceyuan("pay", "return", "回单.csv", "--as", FINANCE, "--dry-run", "--json")
    real = ceyuan("pay", "return", "回单.csv", "--as", FINANCE, "--json")
    again = ceyuan("pay", "return", "回单.csv", "--as", FINANCE, "--json")
    differs = ceyuan("pay", "reconcile", "--on", BACK, "--out", "对账.html", "--json")

    assert (dry.code, real.code, again.code) == (3, 3, 3)
    assert {**dry.json, "dry_run": False} == real.json
    assert (len(real.json["paid"]), real.json["problems"][0]["code"]) == (7, "L203")
    assert (again.json["paid"], len(again.json["known"])) == ([], 7)
    assert (differs.code, differs.json["agrees"]) == (1, False)
    assert differs.json["out_fen"] == {"payments": 50_000_000, "book": 50_000_000}
    page = Path("对账.html").read_text(encoding="utf-8")
    assert page.count("<th ") == page.count('scope="')
    assert "1 处差异" in page
    assert "虚构样例数据" in page
    assert "<script" not in page
    assert "http://" not in page
    assert "https://" not in page


def test_return_of_all_agrees(sent: Path, ceyuan: Ceyuan) -> None:
    _back(Path("回单.csv"))

    taken = done(ceyuan("pay", "return", "回单.csv", "--as", FINANCE, "--json"))
    agrees = done(ceyuan("pay", "reconcile", "--on", BACK, "--out", "对账.html"))

    assert taken.json["paid_fen"] == TOTAL
    assert "三方相符" in agrees.out
    assert "三方相符" in Path("对账.html").read_text(encoding="utf-8")


def test_payee_is_shown_by_its_last_figures(sent: Path, ceyuan: Ceyuan) -> None:
    shown = done(ceyuan("pay", "payee", "合成企业003")).out

    assert account_of(3)[-4:] in shown
    assert account_of(3) not in shown


# --- the book ----------------------------------------------------------------------


def test_payees_of_a_table_are_taken_all_or_none_with_a_reason_for_each_row(
    sent: Path, ceyuan: Ceyuan
) -> None:
    head = ("收款方", "户名", "开户行", "账号")
    same = (code(1), "合成企业001", "虚构银行", account_of(1))
    new = (code(2), "合成企业002", "新银行", "6222000099990002")
    _write(Path("表.csv"), [head, same, new, ("没有这家", "某", "某行", "62220001")])

    refused = ceyuan("pay", "payees", "表.csv", "--as", FINANCE)
    _write(Path("表.csv"), [head, same, new])
    dry = done(ceyuan("pay", "payees", "表.csv", "--as", FINANCE, "--dry-run"))
    before = done(ceyuan("pay", "payee", code(2), "--json")).json["payees"]
    taken = done(ceyuan("pay", "payees", "表.csv", "--as", FINANCE))
    after = done(ceyuan("pay", "payee", code(2), "--json")).json["payees"]

    assert refused.code == 3
    assert "表.csv, 4" in refused.err
    assert "不认识“没有这家”" in refused.err
    assert "登记 1 个收款账户；1 个与已登记的相同" in taken.out
    assert "没有登记" in dry.out
    assert (1, 2) == (len(before), len(after))
    assert ("新银行", "…0002") == (after[-1]["bank"], after[-1]["account"])


def test_book_is_sealed_by_the_commands_and_verifies(
    sent: Path, ceyuan: Ceyuan
) -> None:
    said = done(ceyuan("ledger", "verify", "--json")).json

    # 2 budgets, 8 promises, 8 confirmations, 8 holds of the payments.
    assert list(said) == [
        "schema", "ok", "transfers", "events", "audits", "seals", "unsealed", "head",
        "faults", "count", "source",
    ]  # fmt: skip
    assert (said["schema"], said["ok"], said["transfers"], said["unsealed"]) == (
        "ceyuan.ledger-verify/1",
        True,
        26,
        0,
    )
    done(ceyuan("ledger", "verify", "--head", said["head"]))
    wrong = ceyuan("ledger", "verify", "--head", "11" * 32, "--json")
    assert (wrong.code, [f["code"] for f in wrong.json["faults"]]) == (1, ["L305"])


def test_export_proves_itself_without_workspace_and_one_byte_is_found(
    sent: Path, ceyuan: Ceyuan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = tmp_path / "账本.txt"
    done(ceyuan("ledger", "export", "--out", book, "--audits"))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    data = book.read_bytes()
    at = data.index(b"\t50000000\t")

    whole = done(ceyuan("ledger", "verify", "--from-export", book, "--json"))
    (tmp_path / "改.txt").write_bytes(data[:at] + b"\t50000001\t" + data[at + 10 :])
    altered = ceyuan("ledger", "verify", "--from-export", tmp_path / "改.txt", "--json")

    assert (whole.json["ok"], whole.json["transfers"]) == (True, 26)
    assert whole.json["audits"] > 0
    assert (altered.code, altered.json["ok"]) == (1, False)
    # The row, the file's last line, and what the row adds up to.
    assert {f["code"] for f in altered.json["faults"]} == {"L301", "L307"}
    assert not (elsewhere / ".ceyuan").exists()


@pytest.mark.parametrize("form", ["beancount", "csv", "parquet"])
def test_export_for_others(sent: Path, ceyuan: Ceyuan, form: str) -> None:
    out = Path(f"book.{form}")
    said = done(ceyuan("ledger", "export", "--out", out, "--format", form, "--json"))

    assert (said.json["format"], said.json["bytes"]) == (form, out.stat().st_size)
    assert [p.name for p in sent.glob(".book*")] == []


def test_statement_runs_to_the_balance(sent: Path, ceyuan: Ceyuan) -> None:
    said = done(ceyuan("ledger", "statement", POOL, "--json")).json
    now = done(ceyuan("ledger", "balance", POOL, "--json")).json
    then = done(ceyuan("ledger", "balance", POOL, "--as-of", DECIDED, "--json")).json

    assert said["lines"][-1]["has"] == said["after"] == now["has"] == 390_000_000
    assert sum(line["held"] for line in said["lines"]) == 0
    # On the day of the notice all of it was still there, 110 万元 of it reserved.
    assert (then["has"], then["going"], then["available"]) == (
        500_000_000,
        110_000_000,
        390_000_000,
    )


def test_follow_goes_both_ways_and_trace_names_its_kin(
    sent: Path, ceyuan: Ceyuan
) -> None:
    _back(Path("回单.csv"))
    done(ceyuan("pay", "return", "回单.csv", "--as", FINANCE))
    last = f"pay/{scale_id(3)}.p1/paid"

    there = done(ceyuan("ledger", "follow", BUDGET, "--json")).json["steps"]
    back = done(ceyuan("ledger", "follow", last, "--back", "--json")).json["steps"]
    traced = done(ceyuan("ledger", "trace", last, "--json")).json

    assert last in {step["entry"]["id"] for step in there}
    assert BUDGET in {step["entry"]["id"] for step in back}
    assert traced["of"]["id"] == f"pay/{scale_id(3)}.p1"


def test_receipt_checks_and_altered_does_not(sent: Path, ceyuan: Ceyuan) -> None:
    done(ceyuan("ledger", "receipt", BUDGET, "--out", "凭据.json"))
    (day,) = done(ceyuan("ledger", "head", "--json")).json["days"]
    document = json.loads(Path("凭据.json").read_text(encoding="utf-8"))
    document["line"] = document["line"].replace("500000000", "500000001")
    Path("改.json").write_text(json.dumps(document), encoding="utf-8")

    done(ceyuan("ledger", "check-receipt", "凭据.json", "--head", day["head"]))
    altered = ceyuan("ledger", "check-receipt", "改.json", "--json")

    assert (altered.code, altered.json["ok"]) == (1, False)


def test_limit_and_trial_and_near_misses(sent: Path, ceyuan: Ceyuan) -> None:
    limit = ("ledger", "limit", POOL, "--reason", "批复", "--as", FINANCE)
    dry = done(ceyuan(*limit, "--ceiling", "1亿元", "--dry-run", "--json")).json
    done(ceyuan(*limit, "--ceiling", "1亿元", "--yes"))
    tight = ceyuan(*limit, "--ceiling", "1万元", "--yes")

    assert (dry["before"], dry["ceiling"]) == ({"floor": 0, "ceiling": None}, 10**10)
    assert (tight.code, "L119" in tight.err) == (1, True)
    assert done(ceyuan("ledger", "balance", POOL, "--json")).json["ceiling"] == 10**10
    assert done(ceyuan("ledger", "trial", "--json")).json["balanced"] is True
    near = ceyuan("ledger", "balance", "first_scale/2026/pol")
    assert (near.code, POOL in near.err) == (2, True)
    for words, hint in (
        (("entitlement", "list", "--state", "notised"), "noticed"),
        (("ledger", "export", "--out", "x", "--format", "xml"), "beancount"),
        (("pay", "return", "支付.csv", "--form", "bank"), "bank_csv"),
        (("entitle", "--year", "2026", "--on", "昨天", "--dry-run"), "2026-11-21"),
    ):
        said = ceyuan(*words)
        assert (said.code, hint in said.err) == (2, True), (words, said.err)


# --- people ------------------------------------------------------------------------


def test_users_may_what_their_roles_say(funded: Path, ceyuan: Ceyuan) -> None:
    first = ceyuan("user", "set", OFFICER, "--role", "officer", "--reason", "启用")
    for name, role in ((ADMIN, "admin"), (OFFICER, "officer"), (REVIEWER, "reviewer")):
        done(
            ceyuan(
                "user", "set", name, "--role", role, "--reason", "分工", "--as", ADMIN
            )
        )
    stranger = ceyuan(*ENTITLE, "--as", "过客", "--yes")
    reviewer = ceyuan(*ENTITLE, "--as", REVIEWER, "--yes")
    done(ceyuan(*ENTITLE, "--as", OFFICER, "--yes"))

    assert (first.code, "admin" in first.err) == (2, True)
    assert (stranger.code, reviewer.code) == (4, 4)
    users = done(ceyuan("user", "list", "--json")).json["users"]
    assert {(u["name"], *u["roles"]) for u in users} == {
        (ADMIN, "admin"),
        (OFFICER, "officer"),
        (REVIEWER, "reviewer"),
    }


def test_parameters_in_force_unset_and_near(office: Path, ceyuan: Ceyuan) -> None:
    near = ceyuan(
        "parameter", "set", "premium_subsidy.notice_day=5工作日", "--reason", "r"
    )
    said = done(ceyuan("parameter", "list", "--json")).json
    unset = done(ceyuan("parameter", "list", "--unset", "--json")).json

    assert (near.code, "premium_subsidy.notice_days" in near.err) == (2, True)
    assert {f"{s['name']}={s['value']}" for s in said["settings"]} == set(SETTINGS)
    assert all(s["in_force"] for s in said["settings"])
    assert "first_scale_reward.notice_days" not in {u["name"] for u in unset["unset"]}
    assert "package_2022" in unset["unset_stacking"]


def test_audit_tells_who_why_before_and_after(promised: Path, ceyuan: Ceyuan) -> None:
    (row,) = done(
        ceyuan("audit", "--object", "first_scale_reward.notice_days", "--json")
    ).json["rows"]
    rows = done(ceyuan("audit", "--verb", "entitle", "--json")).json["rows"]

    assert (row["actor"], row["reason"], row["before"]) == (
        OFFICER,
        "会议纪要1号",
        None,
    )
    assert row["after"]["value"] == "5工作日"
    assert (len(rows), len({r["request"] for r in rows})) == (8, 1)
