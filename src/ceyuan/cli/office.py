# SPDX-License-Identifier: Apache-2.0
"""What an office's memory is asked and told, one firm at a time; and its upkeep."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ceyuan.cli.checking import read_day
from ceyuan.cli.opened import mark, opened, print_json, say
from ceyuan.cli.tables import Column, print_table
from ceyuan.cli.talk import Talk
from ceyuan.kernel import UNKNOWN, UsageError, show_money
from ceyuan.office.booked import seal_book

if TYPE_CHECKING:
    from ceyuan.language import FactKey
    from ceyuan.office.correcting import Claim
    from ceyuan.office.memory import Memory

UNSAID = {"未知", "unknown", "?"}


def init(*, quiet: bool) -> None:
    """Make a workspace here."""
    with opened("shanghai", quiet=quiet, make=True) as memory:
        place = memory.workspace.folder
        say(f"工作区 {place} 已就绪：数据库 {memory.database.said}")
        if not quiet:
            sys.stderr.write(
                "下一步：ceyuan import firm 文件 --source park · "
                "ceyuan city make --firms 1000\n"
            )


def show(
    firm: str,
    as_of: str,
    known_at: str,
    attribute: str,
    region: str,
    *,
    as_json: bool,
    locale: str,
) -> None:
    """Show what is held of a firm."""
    from ceyuan.office.holding import held_json, held_of, shown
    from ceyuan.office.memory import read_moment
    from ceyuan.office.stating import in_words

    with opened(region) as memory:
        held = held_of(
            memory,
            firm,
            as_of=read_day(as_of),
            known_at=read_moment(known_at),
            attribute=attribute,
        )
    if as_json:
        print_json(held_json(held))
        return
    sources = _sources(memory, locale)
    say(str(held.firm))
    mark(synthetic=held.synthetic)
    zh = locale == "zh"
    print_table(
        [
            Column("事实" if zh else "fact"),
            Column("年" if zh else "year"),
            Column("值" if zh else "value", number=True),
            Column("来源" if zh else "source"),
            Column("其他来源" if zh else "others"),
        ],
        [
            (
                one.said.zh if zh else one.said.en,
                one.year or "",
                shown(one, locale),
                sources[one.stated[0].source],
                "；".join(
                    f"{sources[s.source]} {in_words(s.value, one.said, locale=locale)}"
                    for s in one.stated[1:]
                )
                + ("  ≠" if one.differs else ""),
            )
            for one in held.facts
        ],
    )
    for name, rows in held.lists.items():
        said = memory.kinds[name].said
        say(f"\n{said.zh if zh else said.en}: {len(rows)}")
        for row in rows:
            say("    " + "  ".join(f"{k}={v}" for k, v in row.items() if v != ""))


def _sources(memory: Memory, locale: str) -> dict[str, str]:
    """Return what sources are called."""
    return {
        name: said.zh if locale == "zh" else said.en
        for name, said in memory.records.sources.items()
    }


def disagreements(
    firm: str,
    attribute: str,
    record: str,
    as_of: str,
    known_at: str,
    limit: int,
    region: str,
    *,
    as_json: bool,
    locale: str,
) -> None:
    """List where sources differ."""
    from ceyuan.office.disagreements import disagreements as found_in
    from ceyuan.office.firms import find_firm
    from ceyuan.office.memory import read_moment
    from ceyuan.office.stating import in_words

    with opened(region) as memory:
        day, moment = read_day(as_of), read_moment(known_at)
        who = find_firm(memory.reading(day, moment), firm) if firm else None
        found = found_in(
            memory,
            as_of=day,
            known_at=moment,
            record=record,
            firm=who,
            attribute=attribute,
            limit=limit,
        )
        attributes = memory.kinds[record].attributes
        sources = _sources(memory, locale)
    if as_json:
        print_json(
            {
                "schema": "ceyuan.disagreements/1",
                "total": found.total,
                "subjects": found.subjects,
                "synthetic": found.synthetic,
                "counts": found.counts,
                "disagreements": [d.as_json() for d in found.shown],
            }
        )
        return
    zh = locale == "zh"
    print_table(
        [
            Column("企业"),
            Column("事实"),
            Column("年"),
            Column("采用"),
            Column("值", number=True),
            Column("另一来源"),
            Column("值", number=True),
        ],
        [
            (
                d.firm,
                attributes[d.attribute].zh if zh else attributes[d.attribute].en,
                d.year or "",
                sources[d.best],
                in_words(d.best_value, attributes[d.attribute], locale=locale),
                sources[d.other],
                in_words(d.other_value, attributes[d.attribute], locale=locale),
            )
            for d in found.shown
        ],
    )
    say(f"共 {found.total:,} 处不一致，{found.subjects:,} 个对象")
    mark(synthetic=found.synthetic)


def correct(
    firm: str,
    value: str,
    reason: str,
    evidence: Path | None,
    as_of: str,
    actor: str,
    region: str,
    *,
    dispute: bool,
    role: str,
    as_json: bool,
    locale: str,
) -> None:
    """Write down that a fact is said to be wrong."""
    from ceyuan.office.correcting import claim
    from ceyuan.office.firms import find_firm

    if role not in ("firm", "officer"):
        msg = f"`--role {role}` 只能是 firm 或 officer"
        raise UsageError(msg)
    day = read_day(as_of)
    with opened(region, actor) as memory:
        who = find_firm(memory.reading(day), firm)
        key, wanted = _typed(memory, value)
        made = claim(
            memory,
            who,
            key,
            wanted,
            reason=reason,
            as_of=day,
            evidence=evidence,
            role=role,
            kind="dispute" if dispute else "correction",
        )
        if as_json:
            print_json(_claim_json(made))
            return
        say(f"更正 {made.id}：{who} {_words(memory, made, locale)}")
        say(f"等待裁定：ceyuan decide {made.id} --accept --reason “……”")


def _typed(memory: Memory, said: str) -> tuple[FactKey, Any]:
    """Return what `FACT@YEAR=VALUE` means; a value may be `未知`."""
    from ceyuan.office.parameters import typed_facts

    name, equals, text = said.partition("=")
    if equals and text.strip() in UNSAID:
        bare, _, year = name.strip().partition("@")
        memory.records.attribute("firm", bare)
        return (bare, int(year) if year.isdecimal() else None), UNKNOWN
    found = typed_facts(memory.region, [said], base_year=0)
    (key, value), *_ = found.items()
    if key[1] == 0:
        key = (key[0], None)
    return key, value


def _words(memory: Memory, made: Claim, locale: str) -> str:
    from ceyuan.office.stating import in_words

    said = memory.kinds[made.record].attributes[made.attribute]
    name = said.zh if locale == "zh" else said.en
    year = f" {made.year}" if made.year else ""
    return (
        f"{name}{year}：{in_words(made.stated, said, locale=locale)} → "
        f"{in_words(made.claimed, said, locale=locale)}"
    )


def _claim_json(made: Claim) -> dict[str, Any]:
    from ceyuan.office.stating import as_plain

    return {
        "schema": "ceyuan.claim/1",
        "claim": made.id,
        "kind": made.kind,
        "record": made.record,
        "attribute": made.attribute,
        "year": made.year,
        "stated": as_plain(made.stated),
        "claimed": as_plain(made.claimed),
        "evidence": made.evidence or None,
        "evidence_sha256": made.evidence_sha.hex() if made.evidence_sha else None,
        "actor": made.actor,
        "role": made.role,
        "reason": made.reason,
        "opened_at": made.opened_at.isoformat(),
        "state": made.state,
        "ruled_by": made.ruled_by or None,
        "ruled_why": made.ruled_why or None,
    }


def claims(region: str, *, open_only: bool, as_json: bool, locale: str) -> None:
    """List claims."""
    from ceyuan.office.correcting import claims as every
    from ceyuan.office.firms import labels

    with opened(region) as memory:
        found = every(memory, open_only=open_only)
        if as_json:
            print_json(
                {"schema": "ceyuan.claims/1", "claims": [_claim_json(c) for c in found]}
            )
            return
        called = labels(memory.reading(read_day("")), "firm", [c.org for c in found])
        states = {"open": "待裁定", "accepted": "已采纳", "rejected": "未采纳"}
        print_table(
            [
                Column("编号", number=True),
                Column("企业"),
                Column("内容"),
                Column("提出"),
                Column("理由"),
                Column("证据"),
                Column("状态"),
            ],
            [
                (
                    c.id,
                    called.get(c.org, c.org),
                    _words(memory, c, locale),
                    f"{c.actor} {c.opened_at.astimezone():%Y-%m-%d}",
                    c.reason,
                    c.evidence,
                    states[c.state] + (f"：{c.ruled_why}" if c.ruled_why else ""),
                )
                for c in found
            ],
        )


def decide(
    number: int,
    reason: str,
    run: str,
    as_of: str,
    actor: str,
    region: str,
    *,
    accept: bool,
    as_json: bool,
    locale: str,
) -> None:
    """Decide a claim and show what turned."""
    from ceyuan.office.correcting import rule_on
    from ceyuan.office.deciding import clauses_turned

    with opened(region, actor) as memory:
        made = rule_on(
            memory,
            number,
            accepted=accept,
            reason=reason,
            as_of=read_day(as_of),
            run=run,
        )
        if made.entitled:
            seal_book(memory)
        if as_json:
            print_json(
                {
                    "schema": "ceyuan.ruling/1",
                    "claim": _claim_json(made.claim),
                    "run": made.run or None,
                    "decided_again": [
                        {
                            "policy": r.policy,
                            "changed": r.changed,
                            "before": r.before,
                            "after": r.after,
                        }
                        for r in made.revisions
                    ],
                    "entitlements": {
                        "withdrawn": [h.id for e in made.entitled for h in e.withdrawn],
                        "noticed": [n for e in made.entitled for n, _ in e.fresh],
                        "problems": [
                            p.message for e in made.entitled for p in e.problems
                        ],
                    },
                }
            )
            return
        say(
            f"更正 {number} {'已采纳' if accept else '未采纳'}："
            f"{_words(memory, made.claim, locale)}"
        )
        if not accept:
            return
        turned = [r for r in made.revisions if r.changed]
        say(
            f"判定 {made.run or '（还没有）'}：重算了它触及的 {len(made.revisions)} 项政策，"
            f"{len(turned)} 项有变化"
        )
        for r in turned:
            rule = memory.region.rules.get(r.policy)
            name = (rule.said.zh if locale == "zh" else rule.said.en) if rule else ""
            say(f"    {name} `{r.policy}`：{_told(r.before)} → {_told(r.after)}")
            for clause in clauses_turned(memory, r):
                say(f"        {clause.sign} {clause.words(locale)}")
        for followed in made.entitled:
            for held in followed.withdrawn:
                say(f"    应享 {held.id} 已撤回（{show_money(held.amount)}）")
            for name, due in followed.fresh:
                say(f"    应享 {name} 重新公示（{show_money(due.amount)}）")
            for problem in followed.problems:
                say(f"    ！{problem.message}")


def _told(answer: dict[str, Any]) -> str:
    from ceyuan.office.deciding import outcome_text

    amount = answer.get("amount")
    word = outcome_text(answer["outcome"], "zh")
    return word if amount is None else f"{word}（{show_money(amount)}）"


def erase(person: str, reason: str, actor: str, region: str, *, as_json: bool) -> None:
    """Erase a person's data."""
    from ceyuan.facts.store.persons import erase as forget

    natural = sys.stdin.readline().strip() if person == "-" else person
    # No transaction around it: it makes its own, and must be able to finish one that
    # died between the key and the book.
    with opened(region, actor) as memory, memory.database.connect() as conn:
        made = forget(
            conn, memory.keyring(), natural, actor=memory.actor, reason=reason
        )
    if as_json:
        print_json(
            {
                "schema": "ceyuan.erase/1",
                "slot": made.slot,
                "at": made.erased_at.isoformat(),
                "already": made.already,
            }
        )
        return
    say(
        "密钥已销毁：这个人的个人数据在每张表、每个文件、每份快照和备份中都不再可读；"
        "散列和条数照旧可以核验"
    )


def backup(target: Path, *, quiet: bool) -> None:
    """Write a backup."""
    from ceyuan.office.backup import back_up

    talk = Talk(quiet)
    with opened("shanghai", quiet=quiet) as memory:
        made = back_up(memory.workspace, database=memory.database, target=target)
    rows = sum(table.rows for table in made.tables.values())
    say(
        f"{target}：{made.size:,} 字节，{len(made.tables)} 张表 {rows:,} 行，"
        f"{made.files} 个文件"
    )
    for word, names in (("不见了", made.missing), ("被改动过", made.altered)):
        for name in names:
            say(f"    ！封存的文件{word}：{name}")
    talk.say("个人密钥不在备份里（这样删除才删得干净）：请另行保管 .ceyuan/keys")


def restore(archive: Path, folder: Path, *, quiet: bool) -> None:
    """Restore a backup."""
    from ceyuan.office.backup import restore as bring_back

    talk = Talk(quiet)
    made = bring_back(archive, folder=folder.resolve())
    rows = sum(table.rows for table in made.tables.values())
    say(
        f"{folder}：{made.made_at} 的备份（{made.made_by}），{len(made.tables)} 张表 "
        f"{rows:,} 行，{made.files} 个文件，散列全部相符"
    )
    talk.say("接着核对：ceyuan replay last")


def export(
    record: str,
    folder: Path,
    as_of: str,
    known_at: str,
    region: str,
    *,
    delta: bool,
    purpose: str,
    quiet: bool,
) -> None:
    """Write out the records of a type."""
    from ceyuan.office.exporting import export as write
    from ceyuan.office.memory import read_moment

    with opened(region, quiet=quiet) as memory:
        count = write(
            memory,
            record,
            folder,
            as_of=read_day(as_of),
            known_at=read_moment(known_at),
            delta=delta,
            purpose=purpose,
        )
    say(f"{folder}：{record} {count:,} 条")
