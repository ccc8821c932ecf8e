# SPDX-License-Identifier: Apache-2.0
"""What a firm is told of its money and its data: a letter to each who signs in for it.

Whatever happens to an entitlement by other hands than the firm's own is written to the
firm, in the transaction in which it happens, with the reason that was given; and so is
the ruling on what the firm said is wrong. What happens to many entitlements of one firm
at once stands in one letter. Whoever did it himself is not told of it.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from ceyuan.declarations.instrument import shown
from ceyuan.office.firm_words import money_words, picked, title_of
from ceyuan.office.letters import write_letter
from ceyuan.office.stating import in_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from psycopg import Connection

    from ceyuan.declarations.facts import Fact
    from ceyuan.facts.store.statements import Value
    from ceyuan.kernel import Unknown
    from ceyuan.language import FactKey
    from ceyuan.office.memory import Memory

_WHAT = """
select u.name, e.policy, e.year, e.key, e.amount, e.commodity, e.object_until,
  e.promised_on, e.commodity = 'CNY' and not exists (
    select from payee p where p.party = e.party)
from entitlement e
join office_user u on u.organisation = e.party and u.active and 'firm' = any(u.roles)
where e.id = any(%s) and u.name <> %s
order by u.name, e.policy, e.year, e.id
"""
_WHO = """
select name from office_user
where organisation = %s and organisation <> '' and active and 'firm' = any(roles)
  and name <> %s
order by name
"""
HAPPENED: Mapping[str, tuple[str, str]] = {
    "notice": ("应享，正在公示", "due to you and noticed"),
    "withdraw": ("已撤回", "withdrawn"),
    "dismiss": ("异议不成立，继续办理", "objection dismissed, it goes on"),
    "uphold": ("异议成立，已撤回", "objection upheld, withdrawn"),
    "correct": ("异议成立，按更正重新核定", "objection upheld, decided again"),
    "decline": ("已登记放弃", "noted as declined"),
    "paid": ("已到账", "has arrived"),
    "failed": ("支付失败", "payment failed"),
}
"""Chinese and English of what a firm is told of an entitlement."""
_THEN: Mapping[str, tuple[str, str]] = {
    "notice": (
        "公示到 {until}，此前可以提出异议或放弃；承诺 {promised} 前付款。",
        (
            "Noticed until {until}: until then you can object to it or decline it. Payment"
            " is promised by {promised}."
        ),
    ),
    "failed": (
        "银行退回了付款：请核对收款账户，有变化的告诉财务，改好后重新支付。",
        (
            "The bank sent the payment back: see that the account is right and tell finance"
            " if it is not; it is then paid again."
        ),
    ),
}
_NO_ACCOUNT = (
    "还没有登记收款账户：请在 {until} 以前把户名、开户行和账号交给财务，否则付不了款。",
    (
        "No account is registered: give finance the holder, the bank and the number by"
        " {until}, or nothing can be paid."
    ),
)
MOST_LINES = 50


def tell(
    conn: Connection,
    memory: Memory,
    kind: str,
    names: Sequence[str],
    *,
    reason: str = "",
) -> int:
    """Write to the firms of some entitlements what happened to these; return how many.

    Args:
        conn: The transaction in which it happens.
        memory: The office's memory; its actor did it, and is told nothing.
        kind: One of `HAPPENED`.
        names: Ids of the entitlements.
        reason: The reason that was given.
    """
    rows = conn.execute(_WHAT, (list(names), memory.actor)).fetchall()
    count = 0
    for to, found in groupby(rows, key=lambda row: row[0]):
        some = list(found)
        policies = list(dict.fromkeys(row[1] for row in some))
        write_letter(
            conn,
            str(to),
            _subject(memory, kind, some),
            f"{_body(memory, kind, some, reason, 'zh')}\n\n"
            f"{_body(memory, kind, some, reason, 'en')}",
            about=f"/me/{policies[0]}" if len(policies) == 1 else "/me",
        )
        count += 1
    return count


def _subject(memory: Memory, kind: str, some: Sequence[tuple[Any, ...]]) -> str:
    zh, en = HAPPENED[kind]
    if len(some) > 1:
        return f"{len(some)} 笔待遇：{zh} ({len(some)} benefits: {en})"
    (row,) = some
    named = [
        f"{title_of(memory.region, str(row[1]), locale)} {_amount(memory, row, locale)}"
        for locale in ("zh", "en")
    ]
    return f"{named[0]}：{zh} ({named[1]}: {en})"


def _body(
    memory: Memory,
    kind: str,
    some: Sequence[tuple[Any, ...]],
    reason: str,
    locale: str,
) -> str:
    happened = HAPPENED[kind][locale == "en"]
    lines = [
        f"{_line(memory, row, locale)}{picked(locale, '：', ': ')}{happened}"
        for row in some[:MOST_LINES]
    ]
    if len(some) > MOST_LINES:
        left = len(some) - MOST_LINES
        lines.append(picked(locale, f"另有 {left} 笔", f"and {left} more"))
    days = list(dict.fromkeys((row[6], row[7]) for row in some))
    if kind in _THEN:
        for until, promised in days[:1] if kind == "failed" else days:
            lines.append(
                _THEN[kind][locale == "en"].format(until=until, promised=promised)
            )
    lacking = [row[6] for row in some if row[8]]
    if kind == "notice" and lacking:
        lines.append(_NO_ACCOUNT[locale == "en"].format(until=min(lacking)))
    if reason.strip():
        lines.append(picked(locale, f"理由：{reason}", f"Reason: {reason}"))
    return "\n".join(lines)


def _line(memory: Memory, row: tuple[Any, ...], locale: str) -> str:
    key = " · ".join(str(row[3]).split("\x1f"))
    parts = [title_of(memory.region, str(row[1]), locale), str(row[2]), key]
    return " ".join(one for one in [*parts, _amount(memory, row, locale)] if one)


def _amount(memory: Memory, row: tuple[Any, ...], locale: str) -> str:
    amount, commodity = row[4], str(row[5])
    said = memory.declared.instruments.commodities.get(commodity)
    if commodity == "CNY" or said is None:
        return money_words(amount, locale)
    return shown(amount, said, locale=locale)


def tell_ruling(
    conn: Connection,
    memory: Memory,
    *,
    of: str,
    fact: Fact,
    key: FactKey,
    claimed: Value | Unknown,
    accepted: bool,
    reason: str,
) -> int:
    """Write to a firm how what is held of it was ruled on; return to how many.

    Args:
        conn: The transaction of the ruling.
        memory: The office's memory; its actor ruled.
        of: The firm's credit code.
        fact: The attribute.
        key: It and its year.
        claimed: What it was said to be.
        accepted: Whether it now is.
        reason: Why.
    """
    name, year = fact.zh, key[1]
    zh = f"{name}（{year}年）" if year else name
    en = f"{fact.en} {year}" if year else fact.en
    done = ("已更正", "corrected") if accepted else ("没有采纳", "not accepted")
    values = [in_words(claimed, fact, locale=locale) for locale in ("zh", "en")]
    people = [name for (name,) in conn.execute(_WHO, (of, memory.actor))]
    for to in people:
        write_letter(
            conn,
            to,
            f"更正“{zh}”：{done[0]} (Correction of “{en}”: {done[1]})",
            f"更正为 {values[0]}：{done[0]}。\n理由：{reason}\n\n"
            f"It should be {values[1]}: {done[1]}.\nReason: {reason}",
            about="/me/data#claims",
        )
    return len(people)
