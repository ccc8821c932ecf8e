# SPDX-License-Identifier: Apache-2.0
"""A promise of payment: how much, by when, to which account, and who acts next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from ceyuan.office.entitlements import STATES
from ceyuan.office.firm_words import Sum, picked, sum_in, sum_of, title_of
from ceyuan.office.users import load_roles, may
from ceyuan.office.workdays import is_listed, is_workday

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from ceyuan.declarations import Region
    from ceyuan.office.entitlements import Entitlement
    from ceyuan.office.money_told import PayeeTold

MODES: Mapping[str, tuple[str, str]] = {
    "auto_grant": ("免申即享", "granted without an application"),
    "threshold_grant": ("达标即享", "granted on reaching the line"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseTold:
    """A promise of payment, with its public clock.

    Args:
        entitlement: Id of the entitlement.
        key: Which loan or order; empty where it is the firm's own.
        title: Name of the policy.
        mode: How it is granted, in words.
        state: Its state; `word` says it in words.
        word: The state in a word.
        amount: How much.
        object_until: Last day on which the firm may object or decline.
        may_object: Whether it still may, and no objection is open.
        objected: An objection is open.
        promised_on: The day on which payment is promised.
        workdays_left: Working days until then, that day counted; negative: so many
            too late. None: it has arrived, or is no longer promised.
        counted: Whether the holidays of its years are declared; where they are not,
            only weekends were left out, and the page has to say so.
        holder: Holder of the account; empty where none is registered.
        bank: Its bank.
        account: The last four figures of the account: `…0317`.
        roles: Who has to act next, in words; empty: nobody.
        next: What happens next, in a sentence.
    """

    entitlement: str
    key: str
    title: str
    mode: str
    state: str
    word: str
    amount: Sum
    object_until: date
    may_object: bool
    objected: bool
    promised_on: date
    workdays_left: int | None
    counted: bool
    holder: str
    bank: str
    account: str
    roles: tuple[str, ...]
    next: str


def promise(
    one: Entitlement,
    region: Region,
    *,
    today: date,
    payee: PayeeTold | None = None,
    locale: str = "zh",
) -> PromiseTold:
    """Return what is promised, by when, to which account, and who acts next.

    Args:
        one: The entitlement.
        region: Facts and policies.
        today: The day on which it is shown.
        payee: Where its party is paid: the last of `money_told.payees(conn, party)`.
        locale: `zh` or `en`.
    """
    rule = region.rules.get(one.policy)
    amount = (None if rule is None else sum_of(rule, one.amount, locale)) or sum_in(
        "payment", one.amount, locale
    )
    is_open = one.state in ("noticed", "payable", "sent", "failed")
    account = payee.account if payee is not None else ""
    verb, text = _next(one, today, account, locale)
    return PromiseTold(
        entitlement=one.id,
        key=one.key_words,
        title=title_of(region, one.policy, locale),
        mode=picked(locale, *MODES.get(one.mode, (one.mode, one.mode))),
        state=one.state,
        word=picked(locale, *STATES[one.state]),
        amount=amount,
        object_until=one.object_until,
        may_object=one.state == "noticed"
        and not one.objection
        and today <= one.object_until,
        objected=one.objection,
        promised_on=one.promised_on,
        workdays_left=workdays_between(region.id, today, one.promised_on)
        if is_open
        else None,
        counted=all(
            is_listed(region.id, year)
            for year in {one.object_until.year, one.promised_on.year}
        ),
        holder=payee.holder if account and payee is not None else "",
        bank=payee.bank if account and payee is not None else "",
        account=account,
        roles=_roles(region.id, verb, locale) if verb else (),
        next=text,
    )


def _next(one: Entitlement, today: date, account: str, locale: str) -> tuple[str, str]:
    """Return the verb that comes next, and what happens in a sentence."""
    day = one.object_until.isoformat()
    match one.state:
        case "noticed" if one.objection:
            return "entitle.settle", picked(
                locale,
                "有异议，等待复核人处理",
                "an objection is open and waits for a ruling",
            )
        case "noticed" if today <= one.object_until:
            return "entitle.approve", picked(
                locale,
                f"公示到 {day}，此前可以提出异议或放弃",
                f"noticed until {day}; until then it can be objected to or declined",
            )
        case "noticed":
            return "entitle.approve", picked(
                locale,
                "公示期已满，等待批准",
                "the notice is over; it waits for approval",
            )
        case "payable" | "failed" if not account:
            return "pay.payee", picked(
                locale,
                "没有可用的收款账户，请联系财务登记",
                "no account to pay to: finance has to register one",
            )
        case "payable":
            return "pay.batch", picked(
                locale, "已批准，等待财务付款", "approved; finance pays next"
            )
        case "sent":
            return "pay.return", picked(
                locale,
                "付款已送出，等待银行回单",
                "the payment went out; the bank's return is awaited",
            )
        case "failed":
            return "pay.batch", picked(
                locale,
                "付款被退回：核对收款账户后重新支付",
                "the bank sent it back: check the account, then it is paid again",
            )
        case "paid":
            return "", picked(locale, "已到账", "it has arrived")
        case "declined":
            return "", picked(locale, "企业已放弃", "the firm declined it")
        case _:
            return "", picked(locale, "依据已不成立，已撤回", "its ground is gone")


def _roles(region: str, verb: str, locale: str) -> tuple[str, ...]:
    declared = load_roles(region)
    return tuple(
        picked(locale, role.zh, role.en)
        for name, role in declared.roles.items()
        if may(declared, (name,), verb)
    )


def workdays_between(region: str, start: date, end: date) -> int:
    """Return the working days after one day up to another; negative backwards."""
    if end < start:
        return -workdays_between(region, end, start)
    days = (start + timedelta(n + 1) for n in range((end - start).days))
    return sum(is_workday(region, day) for day in days)
