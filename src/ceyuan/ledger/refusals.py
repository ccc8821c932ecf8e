# SPDX-License-Identifier: Apache-2.0
"""Why the book refuses a transfer, in words that can be acted on.

The database finds the fault and says it as a code and the figures; the words are
made here. Each code has a paragraph in `docs/errors.md`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ceyuan.kernel import LedgerError

if TYPE_CHECKING:
    import psycopg

SQLSTATE = "CY001"
"""What the database's functions raise for a refusal; its message is JSON."""
CLOCK_BEHIND = "CY002"
"""What they raise where the server's clock is behind the last seal."""

_WORDS: dict[str, tuple[str, str]] = {
    "L101": (
        "`{id}`：金额 {amount} 不在 1 到 10^15 个最小单位之间 (amount out of range)",
        "金额是最小单位（分、份、分钟）的正整数；要倒过来就冲正，不记负数",
    ),
    "L102": (
        "`{id}`：账上已有这个编号，内容不同 (the same id with another body)",
        "同一笔就原样重发；另一笔用另一个编号",
    ),
    "L103": (
        "`{id}`：没有账户 `{account}` (no such account)",
        "先开户；`ceyuan ledger accounts` 列出账户",
    ),
    "L104": (
        (
            "`{id}`：账户 `{account}` 已在 {day} 关闭，不再记 {effective} 的账 "
            "(the account is closed)"
        ),
        "改记到接续它的账户；未尽的款项先转出再关户",
    ),
    "L105": (
        "`{id}`：账户 `{account}` 记 {has}，这一笔是 {commodity} (another commodity)",
        "两种东西不能直接相抵；换算各记一笔，联成一组",
    ),
    "L106": (
        "`{id}`：借方和贷方是同一个账户 `{account}` (debits and credits itself)",
        "指明另一个账户",
    ),
    "L107": (
        (
            "`{id}`：生效日 {effective} 早于账户 `{account}` 的开户日 {day} "
            "(effective before the account was opened)"
        ),
        "改生效日，或记到当时已开的账户",
    ),
    "L108": (
        "`{id}`：没有冻结 `{of}` 可以{what} (there is no such hold)",
        "`ceyuan ledger trace` 看那个编号是什么",
    ),
    "L109": (
        "`{id}`：冻结 `{of}` 已由 `{by}` 了结（{kind}） (the hold is settled already)",
        "一笔冻结只了结一次：入账、作废或到期",
    ),
    "L110": (
        "`{id}`：要入账 {amount}，冻结 `{of}` 只有 {held} (above the hold)",
        "先另冻结差额，或按冻结的金额入账",
    ),
    "L111": (
        "`{id}`：冻结 `{of}` 到 {expires} 为止，{effective} 已过期 (the hold has expired)",
        "重新冻结后再入账",
    ),
    "L112": (
        (
            "`{id}`：账户 `{account}` 可用 {available}，要 {amount}，差 {short} "
            "{commodity} (not enough; holds counted)"
        ),
        "先拨款，或解除别的冻结",
    ),
    "L113": (
        (
            "`{id}`：账户 `{account}` 上限 {limit}，将达 {reached}，超 {over} {commodity} "
            "(above the account's ceiling; holds counted)"
        ),
        "减少金额，或由有权的人调整上限",
    ),
    "L114": (
        (
            "`{id}`：账户组 `{account}` 上限 {limit}，将达 {reached}，超 {over} "
            "{commodity} (above the ceiling of the set; holds counted)"
        ),
        "减少金额，或由有权的人调整上限",
    ),
    "L115": (
        "`{id}`：不能冲正 `{of}`：{why} (cannot be reversed)",
        "`ceyuan ledger trace` 看原来那笔和已有的冲正",
    ),
    "L116": (
        "`{id}`：{what} 为空、过长，或含控制字符、反斜线 (malformed text)",
        "编号、科目和事由写成一行普通文字，至多 200 字",
    ),
    "L117": (
        (
            "账户 `{account}` 已经开为 {has}，不能再开为 {wanted} "
            "(the account exists otherwise)"
        ),
        "用另一个路径开户；一个账户只记一种东西",
    ),
    "L118": (
        (
            "账户 `{account}` 还有余额 {has} 或冻结 {held} {commodity}，不能关闭 "
            "(not empty)"
        ),
        "先转出余额、了结冻结，再关户",
    ),
    "L135": (
        (
            "账户 `{account}` 在 {last} 还有分录生效，不能从 {day} 起关闭 "
            "(a transfer counts later)"
        ),
        "关户日定在最后一笔生效之后",
    ),
    "L119": (
        (
            "`{account}` 的界限定不成 {limit}：现已有 {reached} {commodity} "
            "(beyond what is there already)"
        ),
        "先减少余额或冻结，再调整界限",
    ),
    "L120": (
        "`{id}`：参数 `{name}`（{zh}）还没有设定 (parameter not set)",
        "由有权的人用 `ceyuan parameter set` 设定；文件没有写明的数不猜",
    ),
    "L121": (
        (
            "份额不是恰好合计为1，或有负数：{shares}；合计 {total} "
            "(shares do not sum to the whole)"
        ),
        "核对各方比例；没有约定的比例不补齐",
    ),
    "L122": (
        (
            "分层承担 {amount}，各层到上限后还余 {left}，没有一层承担 "
            "(a rest without a layer)"
        ),
        "给最后一层取消上限，或另加一层",
    ),
    "L123": (
        "`{id}`：条件不成立：{zh}（{article}） (a condition of the move is not met)",
        "补齐条件后再办；条件和条文见 `ceyuan instrument show`",
    ),
    "L124": (
        "`{id}`：缺 {names} (an input is missing, unknown or not usable)",
        "用 `--set 名称=值` 写明；不知道的数不当作零",
    ),
    "L125": (
        "`{id}`：各笔金额都是 0，没有可转的 (nothing to move)",
        "看余额和输入；没有可转的就不必办",
    ),
}

_WHY = {
    "unknown": "账上没有这笔",
    "kind": "它不是已入账的转账",
    "above": "只剩 {left} 可冲",
}
_WHAT = {"post": "入账", "void": "作废", "expire": "到期"}


class Refused(LedgerError):
    """The book does not take a transfer; nothing of its group was written.

    Args:
        code: Stable code, `L` and three digits.
        said: What the fault is about: `id`, `account`, amounts.
    """

    def __init__(self, code: str, said: dict[str, Any]) -> None:
        self.code = code
        self.said = said
        text, hint = _WORDS[code]
        words = dict(said)
        if code == "L108":
            words["what"] = _WHAT.get(str(said.get("kind")), "了结")
        if code == "L115":
            words["why"] = _WHY[said["why"]].format(left=said.get("left"))
        super().__init__(f"[{code}] {text.format_map(_Shown(words))}", hint=hint)


class _Shown(dict[str, Any]):
    """Words for a message; whole numbers are shown with separators."""

    def __getitem__(self, key: str) -> object:
        value = super().__getitem__(key)
        whole = isinstance(value, int) and not isinstance(value, bool)
        return f"{value:,}" if whole else value

    def __missing__(self, key: str) -> str:
        return "？"


def refusal(error: psycopg.Error) -> LedgerError | None:
    """Return the refusal that the database raised; None for another error."""
    if error.sqlstate == CLOCK_BEHIND:
        msg = f"数据库的时钟落在最后一个封印之后，不能记账 (clock set back): {error}"
        return LedgerError(msg, hint="把服务器的时钟调准，再重做；没有写入任何内容")
    if error.sqlstate != SQLSTATE:
        return None
    said = json.loads(error.diag.message_primary or "{}")
    return Refused(said.pop("fault"), said)
