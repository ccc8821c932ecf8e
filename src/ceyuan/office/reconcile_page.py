# SPDX-License-Identifier: Apache-2.0
"""A day's reconciliation on one printable page that stands on its own.

What three accounts of the same money say is put side by side: the payments, the lines
that came back, the book. The page computes nothing but the difference of two figures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ceyuan.kernel import show_money
from ceyuan.office.page_parts import (
    POLICY,
    Html,
    element,
    engine_version,
    join,
    style,
    table,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ceyuan.office.reconciling import BatchSaid, Reconciled, WrongLine

_MORE = """
.verdict { border: 1px solid currentColor; border-left-width: 6px; border-radius: 4px;
  padding: 8px 16px; margin: 16px 0 0; font-weight: 600; }
.verdict .en { display: block; }
.sign { display: grid; grid-template-columns: repeat(3, 1fr); gap: 24px;
  margin: 40px 0 0; padding: 0; list-style: none; break-inside: avoid; }
.sign li { border-top: 1px solid var(--ink-2); padding: 4px 0 0; font-size: 14px; }
thead th .en, caption .en { display: block; }
h1 + .note .en { display: block; }
.lines td { overflow-wrap: anywhere; } .lines .code { white-space: normal; }
h2 .en { display: block; }
td.zero { color: var(--ink-2); }
@media print { .verdict { padding: 2mm 4mm; } }
"""

_OUTCOMES = {"paid": "成功", "failed": "失败"}


def reconcile_page(made: Reconciled, *, synthetic: bool) -> str:
    """Return the page of a day.

    Args:
        made: The day's reconciliation.
        synthetic: Whether anything in it is invented; the page says so on top.
    """
    title = f"支付对账 {made.day}"
    body = [
        element("a", "跳到正文", href="#main", class_="skip"),
        element(
            "main",
            _banner() if synthetic else None,
            element(
                "h1", f"支付对账 {made.day} ", _en("Reconciliation of payments"), id="h"
            ),
            element(
                "p",
                "送出的支付、退回的回单、账本三方各说各的数，放在一起比；金额单位：元。 ",
                _en(
                    "Payments sent, lines returned and the book, side by side; in yuan."
                ),
                class_="note",
            ),
            _verdict(made),
            _sums(made),
            _batches(made.batches),
            _lines(made.lines),
            _differences(made.differences),
            _signatures(),
            id="main",
        ),
        element(
            "footer",
            element(
                "p",
                f"策源 {engine_version()} · 由账本直接生成，没有一个数是调平的 ",
                _en("Made from the book; no figure was adjusted."),
                class_="note",
            ),
        ),
    ]
    return _document(title, made, *body)


def _document(title: str, made: Reconciled, *body: Html) -> str:
    margin = (
        f'@page {{ size: A4 landscape; @bottom-left {{ content: "{made.day} 对账"; '
    )
    margin += "font-size: 9pt; color: #4a5566; } }"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        element("style", style(), Html(_MORE), Html(margin)),
    )
    whole = element("html", head, "\n", element("body", *body), lang="zh-CN")
    return f"<!DOCTYPE html>\n{whole}\n"


def _en(text: str) -> Html:
    return element("span", text, class_="en", lang="en")


def _banner() -> Html:
    return element(
        "p",
        "※ 虚构样例数据，不是真实的企业和付款 (synthetic data)",
        class_="banner",
        role="note",
    )


def _verdict(made: Reconciled) -> Html:
    if made.agrees:
        return element(
            "p",
            "✓ 三方相符，没有差异",
            _en("All three agree"),
            class_="verdict granted",
        )
    count = len(made.lines) + len(made.differences)
    return element(
        "p",
        f"✗ {count:,} 处差异，见下；每一处都要有人查清",
        _en(f"Differences: {count:,}, each for a person to look at"),
        class_="verdict refused",
    )


def _head(zh: str, en: str, *, number: bool = False) -> Html:
    return element("th", zh, _en(en), scope="col", class_="number" if number else None)


def _yuan(fen: int | None) -> Html:
    text = "—" if fen is None else show_money(fen, unit="元", with_unit=False)
    return element("td", text, class_="number zero" if fen == 0 else "number")


def _count(number: int) -> Html:
    return element(
        "td", f"{number:,}", class_="number zero" if number == 0 else "number"
    )


def _rows(rows: Sequence[Html]) -> Html:
    return element("tbody", *rows)


def _sums(made: Reconciled) -> Html:
    rows = []
    for zh, en, (sent, book) in (
        ("在途：已送付，还没有回单", "out", made.out),
        ("已付：回单证实", "paid", made.paid),
    ):
        rows.append(
            element(
                "tr",
                element("th", zh, " ", _en(en), scope="row"),
                _yuan(sent),
                _yuan(book),
                _yuan(sent - book),
            )
        )
    return join(
        [
            element("h2", "合计 ", _en("Sums, of all days")),
            table(
                "支付记录与账本（元，截至生成时的全部）",
                [
                    _head("款项", "what"),
                    _head("支付记录", "payments", number=True),
                    _head("账本", "book", number=True),
                    _head("差", "difference", number=True),
                ],
                _rows(rows),
            ),
        ]
    )


def _batches(some: Sequence[BatchSaid]) -> Html:
    head = element("h2", "当日送出、当日有回单、仍在途的批次 ", _en("Batches"))
    if not some:
        return join([head, element("p", "没有 ", _en("none"))])
    rows = [
        element(
            "tr",
            element("th", one.id, scope="row", class_="code"),
            element("td", one.day.isoformat(), class_="keep"),
            element("td", one.actor, class_="keep"),
            _count(one.payments),
            _yuan(one.total),
            _count(one.paid),
            _yuan(one.paid_total),
            _count(one.failed),
            _yuan(one.failed_total),
            _count(one.out),
            _yuan(one.out_total),
        )
        for one in some
    ]
    return join(
        [
            head,
            table(
                "批次（金额：元）",
                [
                    _head("批次", "batch"),
                    _head("送付日", "sent on"),
                    _head("经手", "by"),
                    _head("笔数", "payments", number=True),
                    _head("送付", "sent", number=True),
                    _head("到账笔数", "paid", number=True),
                    _head("到账", "paid", number=True),
                    _head("失败笔数", "failed", number=True),
                    _head("失败", "failed", number=True),
                    _head("在途笔数", "out", number=True),
                    _head("在途", "out", number=True),
                ],
                _rows(rows),
                class_="wide",
            ),
        ]
    )


def _lines(some: Sequence[WrongLine]) -> Html:
    head = element("h2", "不收的回单行 ", _en("Lines that were not taken"))
    if not some:
        return join([head, element("p", "没有 ", _en("none"))])
    rows = [
        element(
            "tr",
            element("th", f"{one.file} 第 {one.line} 行", scope="row"),
            element("td", one.payment, class_="code"),
            _yuan(one.amount),
            element("td", _OUTCOMES.get(one.outcome, one.outcome), class_="keep"),
            element(
                "td",
                "—" if one.day is None else one.day.isoformat(),
                class_="keep",
            ),
            element("td", one.problem),
            element("td", one.actor, class_="keep"),
        )
        for one in some
    ]
    return join(
        [
            head,
            table(
                "不收的行（金额：元）",
                [
                    _head("回单", "file, line"),
                    _head("支付编号", "payment"),
                    _head("回单金额", "amount", number=True),
                    _head("回单结果", "outcome"),
                    _head("日期", "day"),
                    _head("问题", "problem"),
                    _head("录入", "by"),
                ],
                _rows(rows),
                class_="wide lines",
            ),
        ]
    )


def _differences(some: Sequence[str]) -> Html:
    head = element("h2", "支付记录与账本的差异 ", _en("Payments and book"))
    if not some:
        return join([head, element("p", "没有 ", _en("none"))])
    return join([head, element("ul", *(element("li", text) for text in some))])


def _signatures() -> Html:
    return element(
        "ul",
        element("li", "制表 ", _en("made by")),
        element("li", "复核 ", _en("checked by")),
        element("li", "日期 ", _en("date")),
        class_="sign",
    )
