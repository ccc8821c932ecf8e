# SPDX-License-Identifier: Apache-2.0
"""`ceyuan demo`, the money: parameters, a budget, entitlements, one voucher, payment.

Each step is a command that anybody can type, shown before it runs. The bank is
invented: it pays every line but one, whose account is closed.
"""

from __future__ import annotations

import contextlib
import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

from ceyuan.cli.run import run
from ceyuan.kernel import CeyuanError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ceyuan.cli.talk import Talk

YEAR = "2026"
PARAMETERS = (
    "sh_voucher_issue_2025.issue_quota=10万元",
    "sh_voucher_2025.firm_yearly_cap=30万元",
    "service_scale.reward_offered=是",
    "first_scale_reward.notice_days=5工作日",
    "premium_subsidy.notice_days=5工作日",
)
WHY = "演示用的数，不是真的标准 (for the demonstration only)"
PEOPLE = (("管理员", "admin"), ("经办人甲", "officer"), ("复核人乙", "reviewer"),
          ("财务丙", "finance"), ("财务丁", "finance"))  # fmt: skip
BUDGETS = (("innovation_voucher", "500万元"), ("first_scale_reward", "2000万元"),
           ("premium_subsidy", "40万元"))  # fmt: skip
APPROVED = ("sh_voucher_issue_2025", "service_scale")
LEFT = "sh_premium_subsidy_2025"
"""One of these stays noticed: the reviewer has something to approve in the portal."""
MORE = ("premium_subsidy", "60万元")
PROVIDER = "虚构检测院"
OUT, BACK = "银行代付（虚构）.csv", "银行回单（虚构）.csv"


def show_money_steps(talk: Talk, day: str) -> None:
    """Tell the part of the story that is about money, in the working folder."""
    from ceyuan.office.memory import open_memory

    with open_memory(Path()):  # one server for all of these commands
        _steps(talk, day)


def _steps(talk: Talk, day: str) -> None:
    talk.say(
        "\n九、文件没有确认的数，由办公室定下来（演示用，不是真的标准），再判定一次"
    )
    for one in PARAMETERS:
        _do(talk, "parameter", "set", one, "--since", "2026-01-01", "--reason", WHY,
            "--as", "管理员")  # fmt: skip
    _do(talk, "run", "--as-of", day, "--quiet", shown=False)
    talk.say("\n十、谁定、谁批、谁付是不同的人；财务把年度预算拨进资金池")
    for name, role in PEOPLE:
        _do(talk, "user", "set", name, "--role", role, "--as", "管理员",
            "--reason", "演示", shown=False)  # fmt: skip
    for instrument, amount in BUDGETS:
        _do(talk, "move", instrument, "appropriate", "--key", f"year={YEAR}",
            "--key", "budget=虚构财预1号", "--set", f"amount={amount}",
            "--on", "2026-01-05", "--reason", "年度预算", "--as", "财务丙", "--yes")  # fmt: skip
    talk.say("\n十一、免申即享：判定变成应享，谁也不用申请；再跑一次，没有可做的")
    _do(talk, "entitle", "--year", YEAR, "--on", day, "--as", "经办人甲", "--yes",
        "--reason", "年度核定")  # fmt: skip
    _do(talk, "entitle", "--year", YEAR, "--on", day, "--as", "经办人甲", "--yes")
    firm = _first_voucher()
    if firm:
        _one_voucher(talk, firm)
    else:
        talk.say("\n十二、这座小城没有企业领到券 (no voucher was issued here)")
    _pay(talk, with_provider=bool(firm))
    _more(talk)
    if firm:
        talk.say("\n    追这笔钱：从财政预算到服务机构，再从付款追回去")
        budget = f"innovation_voucher/appropriate/{YEAR}/虚构财预1号"
        _do(talk, "ledger", "follow", budget)
        _do(talk, "ledger", "follow", f"pay/payable.{PROVIDER}.p1/paid", "--back")
    talk.say("\n十四、账：预算、承诺、已付、可用，应享未享，整本账核验")
    _do(talk, "entitlement", "summary", "--year", YEAR)
    _do(talk, "ledger", "trial")
    _do(talk, "ledger", "verify")


def _one_voucher(talk: Talk, firm: str) -> None:
    talk.say(f"\n十二、一张券：{firm} 下单、核验、结算给服务机构（虚构）")
    keys = ("--key", f"year={YEAR}", "--key", f"firm={firm}", "--key", "order=虚构订单1",
            "--key", f"provider={PROVIDER}")  # fmt: skip
    told = ("--as", "经办人甲", "--yes", "--reason", "检测服务")
    _do(talk, "move", "innovation_voucher", "reserve", *keys,
        "--set", "order_total=12万元", "--set", "voucher_requested=6万元",
        "--set", "voucher_user=firm", "--on", "2026-11-23", *told)  # fmt: skip
    _do(talk, "move", "innovation_voucher", "redeem", *keys,
        "--set", "order_total=10万元", "--set", "order_verified=是",
        "--on", "2026-11-26", *told)  # fmt: skip
    _do(talk, "move", "innovation_voucher", "settle", "--key", f"year={YEAR}",
        "--key", f"provider={PROVIDER}", "--key", "batch=虚构批次1",
        "--set", "amount=5万元", "--on", "2026-11-27", "--reason", "结算",
        "--as", "财务丁", "--yes")  # fmt: skip


def _more(talk: Talk) -> None:
    """Let a second budget reach those whom the first did not; they are noticed now."""
    talk.say("\n    追加预算，钱不够时排着队的也有了；他们的公示才开始")
    _do(talk, "move", MORE[0], "appropriate", "--key", f"year={YEAR}",
        "--key", "budget=虚构财预2号", "--set", f"amount={MORE[1]}",
        "--on", "2026-12-01", "--reason", "追加预算", "--as", "财务丙", "--yes")  # fmt: skip
    _do(talk, "entitle", "--year", YEAR, "--on", "2026-12-01", "--as", "经办人甲", "--yes",
        "--reason", "追加预算后核定")  # fmt: skip


def _pay(talk: Talk, *, with_provider: bool) -> None:
    talk.say("\n十三、公示期满批准，送银行，收回单，对账；保费补贴留一笔给门户里批")
    for policy in APPROVED:
        _do(talk, "entitlement", "approve", "--policy", policy, "--on", "2026-11-30",
            "--as", "复核人乙", "--yes", "--reason", "公示无异议")  # fmt: skip
    some = _noticed(LEFT)
    if some[:-1]:
        _do(talk, "entitlement", "approve", *some[:-1], "--on", "2026-11-30",
            "--as", "复核人乙", "--yes", "--reason", "公示无异议")  # fmt: skip
    payees = _payees(with_provider=with_provider)
    if not payees:
        talk.say("    这座小城没有要付的 (nothing is payable here)")
        return
    for party, holder in payees:
        account = f"6200{number_of(party):012d}"
        _do(talk, "pay", "payee", party, "--holder", holder, "--bank", "虚构银行",
            "--account", account, "--since", "2026-01-01", "--as", "财务丙",
            "--reason", "演示", shown=False)  # fmt: skip
    talk.say(f"    ceyuan pay payee …  登记 {len(payees)} 个虚构的收款账户")
    Path(OUT).unlink(missing_ok=True)  # of a demonstration before
    # Told a second time in the same folder, all may have been paid already.
    sent = _do(talk, "pay", "batch", "--form", "bank_csv", "--out", OUT,
               "--on", "2026-12-02", "--as", "财务丙", "--yes", may=(0, 2))  # fmt: skip
    if sent != 0:
        return
    _bank()
    _do(talk, "pay", "return", BACK, "--form", "bank_csv", "--as", "财务丙")
    _do(talk, "pay", "reconcile", "--on", "2026-12-03", "--out", "对账页（虚构）.html")


def number_of(text: str) -> int:
    """Return a number made from a text, the same on every day and machine."""
    return int.from_bytes(text.encode(), "big") % (10**12 - 11)


def _do(talk: Talk, *words: str, shown: bool = True, may: Sequence[int] = (0,)) -> int:
    """Show a command and run it; return how it ended.

    Raises:
        CeyuanError: It ended in another way than the story has it.
    """
    out = (
        contextlib.nullcontext() if shown else contextlib.redirect_stdout(io.StringIO())
    )
    if shown:
        said = " ".join(f"“{w}”" if " " in w else w for w in words)
        talk.say(f"    ceyuan {said}")
    with out:
        code = run(list(words))
    if code not in may:
        msg = f"演示停在这里：ceyuan {words[0]} 以 {code} 结束 (the demo stops here)"
        raise CeyuanError(msg)
    return code


def _first_voucher() -> str:
    from ceyuan.office.entitlements import listed
    from ceyuan.office.memory import open_memory

    with open_memory(Path()) as memory, memory.transaction() as conn:
        found = listed(conn, policy="sh_voucher_issue_2025", limit=1)
    return found[0].party if found else ""


def _noticed(policy: str) -> list[str]:
    from ceyuan.office.entitlements import listed
    from ceyuan.office.memory import open_memory

    with open_memory(Path()) as memory, memory.transaction() as conn:
        return [one.id for one in listed(conn, policy=policy, state="noticed")]


def _payees(*, with_provider: bool) -> list[tuple[str, str]]:
    from ceyuan.office.entitlements import listed
    from ceyuan.office.memory import open_memory

    with open_memory(Path()) as memory, memory.transaction() as conn:
        due = listed(conn, state="payable")
    found = {one.party: one.name or one.party for one in due}
    return [*found.items(), *([(PROVIDER, PROVIDER)] if with_provider else [])]


def _bank() -> None:
    """Write what the invented bank sends back: all paid, but the first account closed."""
    lines = list(csv.DictReader(io.StringIO(Path(OUT).read_text("utf-8-sig"))))
    rows = [row for row in lines if row["支付编号"]]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(["支付编号", "账号", "金额（元）", "结果", "原因", "日期"])
    for at, row in enumerate(rows):
        closed = at == 0 and len(rows) > 1
        writer.writerow(
            [
                row["支付编号"],
                row["账号"],
                row["金额（元）"],
                "失败" if closed else "成功",
                "账户已销户" if closed else "",
                "2026-12-03",
            ]
        )
    Path(BACK).write_text(text.getvalue(), encoding="utf-8-sig", newline="")
