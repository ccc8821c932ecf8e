# SPDX-License-Identifier: Apache-2.0
"""`ceyuan ledger seal|head|verify|export|receipt|check-receipt`: the book, proved."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

import typer

from ceyuan.cli.money import day_said
from ceyuan.cli.opened import SYNTHETIC, mark, opened, print_json, say
from ceyuan.cli.tables import Column, print_table
from ceyuan.cli.talk import Talk
from ceyuan.kernel import InputRejected, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from ceyuan.ledger import Verified
    from ceyuan.ledger.sealing import Seal
    from ceyuan.office.memory import Memory


def seal(every: float | None, region: str, *, as_json: bool) -> None:
    """Close what is known; with `every`, again and again until Ctrl-C."""
    from ceyuan.ledger import seal_now

    with opened(region, quiet=as_json) as memory:
        with memory.database.connect() as conn:
            made = seal_now(conn)
        if as_json:
            print_json(
                {
                    "schema": "ceyuan.ledger-seal/1",
                    "seal": None if made is None else _seal_json(made),
                }
            )
        elif made is None:
            say("没有新的可封 (nothing new to seal)")
        else:
            say(
                f"封印 {made.number}：{made.transfers:,} 笔分录，{made.events:,} 次开户"
                f"或限额，{made.audits:,} 条审计  链头 {made.head.hex()}"
            )
        sys.stdout.flush()
        if every is not None:
            _keep_sealing(memory, every)


def _keep_sealing(memory: Memory, every: float) -> None:
    from ceyuan.ledger import Sealer, seal_now

    talk = Talk()
    talk.say(f"每 {every:g} 秒封一次，Ctrl-C 停 (sealing until Ctrl-C)")
    with Sealer(memory.database.connect, every=every) as sealer:
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            pass
    with memory.database.connect() as conn:
        last = seal_now(conn)
    talk.say(f"\n已停，封了 {sealer.made + (last is not None):,} 次 (stopped)")


def _seal_json(made: Seal) -> dict[str, Any]:
    return {
        "number": made.number,
        "since": made.since.isoformat(),
        "upto": made.upto.isoformat(),
        "transfers": made.transfers,
        "events": made.events,
        "audits": made.audits,
        "head": made.head.hex(),
    }


def head(on: str, region: str, *, as_json: bool) -> None:
    """Show the head of each day, or of one."""
    from ceyuan.ledger.receipts import day_heads, published
    from ceyuan.office.book_out import one_moment
    from ceyuan.office.money_told import is_synthetic

    with opened(region, quiet=as_json) as memory, one_moment(memory) as conn:
        synthetic = is_synthetic(conn)
        days = day_heads(conn)
        if on:
            day = day_said(on)
            published(conn, day)  # says which days there are where this one is none
            days = {day: days[day]}
    if as_json:
        print_json(
            {
                "schema": "ceyuan.ledger-head/1",
                "synthetic": synthetic,
                "days": [
                    {"day": day.isoformat(), "head": one.hex(), "transfers": count}
                    for day, (one, count) in days.items()
                ],
            }
        )
        return
    print_table(
        [Column("日期"), Column("分录", number=True), Column("当日链头")],
        [(day, f"{count:,}", one.hex()) for day, (one, count) in days.items()],
    )
    mark(synthetic=synthetic)


def verify(head: str, file: Path | None, region: str, *, as_json: bool) -> None:
    """Walk the whole book; exit 1 when something is wrong."""
    from ceyuan.ledger import Fault, read_book, verify_book

    asked = head.rstrip("…")
    if file is not None:
        # Neither workspace nor database: the file proves itself, anywhere.
        book, fits = read_book(file)
        made = verify_book(book, head=asked)
        if not fits:
            made.count += 1
            made.faults.insert(
                0,
                Fault(
                    "L301",
                    f"{file.name} 的末行与内容不符：导出后被改动过",
                    f"{file.name} is not what was exported",
                ),
            )
        source = str(file)
    else:
        from ceyuan.office.book_out import verify_now

        with opened(region, quiet=as_json) as memory:
            made = verify_now(memory, head=asked)
            source = memory.database.said
    if as_json:
        print_json(_verified_json(made, source))
    else:
        _print_verified(made, source, head=asked)
    if not made.ok:
        raise typer.Exit(1)


def _verified_json(made: Verified, source: str) -> dict[str, Any]:
    return {
        "schema": "ceyuan.ledger-verify/1",
        "ok": made.ok,
        "transfers": made.transfers,
        "events": made.events,
        "audits": made.audits,
        "seals": made.seals,
        "unsealed": made.unsealed,
        "head": made.head,
        "faults": [{"code": f.code, "zh": f.zh, "en": f.en} for f in made.faults],
        "count": made.count,
        "source": source,
    }


def _print_verified(made: Verified, source: str, *, head: str) -> None:
    say(
        f"{source}：{made.transfers:,} 笔分录，{made.events:,} 次开户或限额，"
        f"{made.audits:,} 条审计，{made.seals:,} 个封印"
    )
    for one in made.faults:
        say(f"✗ [{one.code}] {one.zh} ({one.en})")
    if made.count > len(made.faults):
        say(f"✗ 共 {made.count:,} 处，列出前 {len(made.faults)} 处 (and more)")
    if made.ok:
        say("✓ 每一行、每个封印、每个余额和界限都算得出来 (the book is whole)")
    if made.unsealed:
        say(f"※ {made.unsealed:,} 笔还没有封：ceyuan ledger seal (not sealed yet)")
    if made.head:
        say(f"链头 {made.head}")
    if head and made.ok:
        say("✓ 公布过的链头在这条链上 (the published head is in the chain)")
    elif not head:
        say("? 没有给出公布过的链头，不能证明没有整本换过：--head (none was given)")


def export(out: Path, form: str, region: str, *, audits: bool, as_json: bool) -> None:
    """Write the whole book out."""
    from ceyuan.office.book_out import write_out
    from ceyuan.office.money_told import is_synthetic

    with opened(region, quiet=as_json) as memory:
        with memory.transaction() as conn:
            synthetic = is_synthetic(conn)
        note = SYNTHETIC if synthetic else ""
        digest = write_out(memory, out, format_=form, audits=audits, note=note)
    size = out.stat().st_size
    if as_json:
        print_json(
            {
                "schema": "ceyuan.ledger-export/1",
                "file": str(out),
                "format": form,
                "bytes": size,
                "sha256": digest or None,
                "audits": audits,
                "synthetic": synthetic,
            }
        )
        return
    say(f"{out}：{form}，{size:,} 字节")
    mark(synthetic=synthetic)
    if form == "book":
        Talk().say(f"在别处核验：ceyuan ledger verify --from-export {out}")


def receipt(name: str, out: Path | None, region: str) -> None:
    """Write the receipt of one entry."""
    from ceyuan.ledger import make_receipt
    from ceyuan.office.book_out import one_moment
    from ceyuan.office.payment_files import write_page

    with opened(region, quiet=out is None) as memory, one_moment(memory) as conn:
        document = make_receipt(conn, name)
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    if out is None:
        sys.stdout.write(text)
        return
    write_page(out, text)
    say(f"{out}：`{name}` 的凭据；离线核验：ceyuan ledger check-receipt {out}")


def check_receipt(file: Path, head: str, *, as_json: bool) -> None:
    """Verify a receipt of the book; exit 1 when it does not hold."""
    from ceyuan.ledger import check_receipt as check

    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        msg = f"读不了 `{file}` (cannot be read): {error.strerror}"
        raise UsageError(msg) from error
    except ValueError as error:
        msg = f"`{file}` 不是凭据 (not a receipt): {error}"
        raise InputRejected(msg, hint="请对方重新发一份") from error
    if not isinstance(document, dict):
        msg = f"`{file}` 不是凭据 (not a receipt)"
        raise InputRejected(msg, hint="请对方重新发一份")
    wrong = check(document, head=head.rstrip("…"))
    if as_json:
        print_json(
            {
                "schema": "ceyuan.ledger-check-receipt/1",
                "ok": not wrong,
                "transfer": document.get("transfer"),
                "published": bool(head),
                "wrong": wrong,
            }
        )
    elif wrong:
        for text in wrong:
            say(f"✗ {text}")
    else:
        day = document["day"]
        say(f"✓ `{document['transfer']}` 在 {day['day']} 的链头 {day['head']} 之下")
        if head:
            say("✓ 与公布的链头相同 (it is the head that was published)")
        else:
            say("? 没有给出公布的链头，只证明凭据自己前后一致：--head (none was given)")
    if wrong:
        raise typer.Exit(1)
