# SPDX-License-Identifier: Apache-2.0
"""`ceyuan instrument list|show|test`, `ceyuan move`: parse, call a verb, show."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from ceyuan.cli.checking import read_day
from ceyuan.cli.money import somebody_or_yes
from ceyuan.cli.opened import opened, print_json, say
from ceyuan.cli.tables import Column, print_table
from ceyuan.declarations.instruments import load_instruments
from ceyuan.kernel import UNKNOWN
from ceyuan.office.booked import seal_book

if TYPE_CHECKING:
    from datetime import date

    from ceyuan.declarations.instrument import Instrument
    from ceyuan.declarations.instruments import Instruments
    from ceyuan.office.memory import Memory
    from ceyuan.office.moving import Moved
    from ceyuan.office.moving_cases import Played

KINDS = {
    "transfer": "转账",
    "hold": "冻结",
    "post": "入账",
    "void": "作废",
    "reverse": "冲正",
}
ROLES = {
    "officer": "经办",
    "finance": "财务",
    "bank": "银行",
    "provider": "机构",
    "system": "系统",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A move as it was typed."""

    instrument: str
    move: str
    keys: tuple[str, ...]
    inputs: tuple[str, ...]
    on: str
    reason: str
    actor: str
    region: str


def listed(region: str, *, as_json: bool) -> None:
    """List the instruments."""
    loaded = load_instruments(region)
    if as_json:
        document = [_brief(one) for one in loaded.instruments.values()]
        print_json({"schema": "ceyuan.instruments/1", "instruments": document})
        return
    print_table(
        [
            Column("编号"),
            Column("资金工具"),
            Column("动作", number=True),
            Column("政策"),
        ],
        [
            (one.id, one.said.zh, len(one.said.moves), "、".join(one.said.policies))
            for one in loaded.instruments.values()
        ],
    )


def _brief(one: Instrument) -> dict[str, Any]:
    granted = one.said.entitlement
    return {
        "instrument": one.id,
        "region": one.said.region,
        "zh": one.said.zh,
        "en": one.said.en,
        "policies": list(one.said.policies),
        "moves": list(one.said.moves),
        "entitlement": None if granted is None else granted.model_dump(mode="json"),
    }


def shown_one(
    name: str,
    keys: tuple[str, ...],
    on: str,
    region: str,
    *,
    as_json: bool,
    locale: str,
) -> None:
    """Show one instrument; with keys also what its accounts say now."""
    from ceyuan.office.moving_typed import typed_pairs

    one = load_instruments(region).instrument(name)
    day = read_day(on)
    figures: dict[str, str] = {}
    if keys:
        with opened(region, quiet=True) as memory:
            figures = _figures(
                memory, one, typed_pairs(keys, hint="--key year=2026"), day
            )
    if as_json:
        print_json(_whole(one, day, figures))
        return
    _show(one, day, figures, english=locale == "en")


def _figures(
    memory: Memory, one: Instrument, keys: dict[str, str], day: date
) -> dict[str, str]:
    from ceyuan.ledger.look import BookLook
    from ceyuan.ledger.moves import outputs
    from ceyuan.office.moving_typed import office_settings

    with memory.transaction() as conn:
        settings = office_settings(conn, one, day)
        look = BookLook(conn)
        return outputs(one, keys=keys, day=day, look=look, settings=settings)


def _whole(one: Instrument, day: date, figures: dict[str, str]) -> dict[str, Any]:
    said = one.said
    in_force = one.settings(day)
    return {
        "schema": "ceyuan.instrument/1",
        **_brief(one),
        "summary": {"zh": said.summary.zh, "en": said.summary.en},
        "digest": one.digest,
        "keys": {n: k.model_dump(mode="json") for n, k in said.keys.items()},
        "inputs": {n: i.model_dump(mode="json") for n, i in said.inputs.items()},
        "parameters": {
            home: {
                "zh": one.parameters[name].zh,
                "unit": one.parameters[name].unit,
                "set": in_force[name] is not UNKNOWN,
            }
            for name, home in one.homes.items()
        },
        "accounts": {n: a.model_dump(mode="json") for n, a in said.accounts.items()},
        "sets": {n: s.model_dump(mode="json") for n, s in said.sets.items()},
        "moves": {
            n: {
                "zh": m.zh,
                "en": m.en,
                "role": m.role,
                "article": m.article,
                "keys": list(one.keys_of(n)),
                "inputs": list(one.inputs_of(n)),
            }
            for n, m in said.moves.items()
        },
        "outputs": figures,
    }


def _show(
    one: Instrument, day: date, figures: dict[str, str], *, english: bool
) -> None:
    said = one.said
    say(f"{said.en if english else said.zh}  {one.id}")
    say(f"    {said.summary.en if english else said.summary.zh}\n")
    in_force = one.settings(day)
    print_table(
        [
            Column("动作"),
            Column("做什么"),
            Column("谁"),
            Column("键"),
            Column("输入"),
            Column("依据"),
        ],
        [
            (
                name,
                move.en if english else move.zh,
                ROLES[move.role],
                " ".join(one.keys_of(name)),
                " ".join(one.inputs_of(name)),
                one.articles[move.article].place,
            )
            for name, move in said.moves.items()
        ],
    )
    say("")
    print_table(
        [Column("账户"), Column("名称"), Column("记什么"), Column("路径")],
        [
            (
                name,
                account.en if english else account.zh,
                one.commodities[account.commodity].zh,
                account.path,
            )
            for name, account in said.accounts.items()
        ],
    )
    for name, home in one.homes.items():
        if in_force[name] is UNKNOWN:
            say(f"※ 未设定：{home}（{one.parameters[name].zh}） (not set)")
    for text in said.uncovered:
        say(f"※ {text.en if english else text.zh}")
    for name, figure in figures.items():
        output = said.outputs[name]
        say(f"{output.en if english else output.zh}：{figure} {output.unit}")


def tested(name: str, region: str, *, as_json: bool) -> None:
    """Play worked cases on an empty book; exit 1 where one comes out otherwise."""
    from ceyuan.office.memory import open_memory
    from ceyuan.office.moving_cases import play_all

    loaded = load_instruments(region)
    names = (loaded.instrument(name).id,) if name else ()
    with (
        tempfile.TemporaryDirectory(prefix="ceyuan-") as folder,
        open_memory(Path(folder), region=region) as memory,
        memory.transaction() as conn,
    ):
        played = list(play_all(conn, loaded, names))
    if as_json:
        print_json(
            {
                "schema": "ceyuan.instrument-test/1",
                "stories": [_played(one) for one in played],
            }
        )
    else:
        print_table(
            [Column("资金工具"), Column("算例"), Column("结果"), Column("说明")],
            [(p.instrument, p.story, "×" if p.faults else "✓", p.zh) for p in played],
        )
        for one in played:
            for fault in one.faults:
                say(f"{one.instrument} {one.story}：{fault}")
    if any(one.faults for one in played):
        raise typer.Exit(1)


def _played(one: Played) -> dict[str, Any]:
    return {
        "instrument": one.instrument,
        "story": one.story,
        "zh": one.zh,
        "faults": list(one.faults),
    }


def move(asked: Asked, *, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Make a move: show the entries, ask, write."""
    from ceyuan.office.moving import move as make
    from ceyuan.office.moving_typed import typed_inputs, typed_pairs

    somebody_or_yes(yes=yes, dry_run=dry_run, as_json=as_json)
    keys = typed_pairs(asked.keys, hint="--key year=2026")
    told = typed_pairs(asked.inputs, hint="--set amount=10万元")
    day = read_day(asked.on)
    with opened(asked.region, asked.actor, quiet=as_json) as memory:
        loaded = memory.declared.instruments
        inputs = typed_inputs(loaded.instrument(asked.instrument), told)
        agreed = None
        if not yes:
            seen = make(
                memory,
                asked.instrument,
                asked.move,
                keys=keys,
                inputs=inputs,
                effective=day,
                reason=asked.reason,
                dry_run=True,
            )
            _print_moved(loaded, seen, as_json=as_json)
            if dry_run:
                return
            if not typer.confirm("记账吗？ (write it?)", err=True):
                say("没有记账 (nothing was written)")
                return
            agreed = seen.plan
        made = make(
            memory,
            asked.instrument,
            asked.move,
            keys=keys,
            inputs=inputs,
            effective=day,
            reason=asked.reason,
            dry_run=dry_run,
            agreed=agreed,
        )
        if yes:
            _print_moved(loaded, made, as_json=as_json)
        if not dry_run:
            seal_book(memory)
    if not (dry_run or as_json):
        say(
            f"已记账 {made.plan.id} (written)"
            if made.fresh
            else f"账上已有 {made.plan.id}，没有再记 (it was there already)"
        )


def _print_moved(loaded: Instruments, made: Moved, *, as_json: bool) -> None:
    from ceyuan.declarations.instrument import shown

    if as_json:
        print_json(_moved_json(made))
        return
    print_table(
        [
            Column("编号"),
            Column("种类"),
            Column("借"),
            Column("贷"),
            Column("金额", number=True),
            Column("到期"),
        ],
        [
            (
                line.id,
                KINDS[line.kind],
                line.debit,
                line.credit,
                shown(line.amount, loaded.commodities[line.commodity]),
                line.expires,
            )
            for line in made.plan.lines
        ],
    )
    for text in made.plan.said:
        say(f"※ {text}")
    if made.dry:
        say("※ 试算，没有记账 (dry run, nothing was written)")


def _moved_json(made: Moved) -> dict[str, Any]:
    return {
        "schema": "ceyuan.move/1",
        "instrument": made.plan.instrument,
        "move": made.plan.move,
        "id": made.plan.id,
        "on": made.plan.day.isoformat(),
        "dry_run": made.dry,
        "fresh": made.fresh,
        "request": made.request,
        "said": list(made.plan.said),
        "entries": [
            {
                "id": line.id,
                "kind": line.kind,
                "debit": line.debit,
                "credit": line.credit,
                "amount": line.amount,
                "commodity": line.commodity,
                "of": line.of,
                "expires": None if line.expires is None else line.expires.isoformat(),
            }
            for line in made.plan.lines
        ],
    }
