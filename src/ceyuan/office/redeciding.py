# SPDX-License-Identifier: Apache-2.0
"""The decision of a receipt: proved, told as it is, and made again from the texts.

The texts are read as if people had just written them: by source, in the order that
their proofs give. What is known of everybody else comes in only as far as it bears on
this one: whether a list is complete, and which attributes anybody states.
"""

from __future__ import annotations

import tempfile
import zipfile
import zlib
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ceyuan.declarations.archive import load_declared
from ceyuan.facts.store import Reading, Shelf, kinds
from ceyuan.facts.store.columns import MARK
from ceyuan.facts.store.salts import salted
from ceyuan.facts.store.texts import frame_of
from ceyuan.kernel import CeyuanError
from ceyuan.office.parameters import typed_settings
from ceyuan.office.proved import beyond, wrong
from ceyuan.office.receipt_form import preimage, told
from ceyuan.office.running import deciding, engine_version
from ceyuan.policies import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from ceyuan.declarations.archive import Declared
    from ceyuan.office.proved import Held

_MOST_BYTES = 64 << 20
_UNREADABLE = (OSError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error)


def check_decision(held: Held) -> tuple[str, str]:
    """See that the row of answers is under the run's root."""
    said, subject = held.receipt["decision"], held.receipt["subject"]
    row: dict[str, int | None] = dict(said["row"])
    for name, value in row.items():
        unsigned = name == "hangs" or name.endswith((":met", ":open"))
        least, most = (0, 2**64) if unsigned else (-(2**63), 2**63)
        if value is not None and (type(value) is not int or not least <= value < most):
            wrong(
                f"判定的 {name} 不是这一列的整数",
                f"{name} holds no integer of its column",
            )
    if any(sign < " " and sign != MARK for sign in subject["key"]):
        wrong("对象的编号里有控制字符", "the key holds a control character")
    text = preimage(held.org, subject["key"], row)
    if text.hex() != said["preimage"]:
        wrong(
            "判定的各列、组织或编号与散列前的字节不符",
            "columns, organisation or key do not make the bytes that are hashed",
        )
    leaf = salted(bytes.fromhex(said["salt"]), text)
    if leaf.hex() != said["hash"]:
        wrong("判定与它的散列不符", "the decision does not fit its hash")
    top = held.proof(said["proof"]).root(leaf)
    if top is None or top.hex() != held.ours["root"]:
        wrong(
            "判定的证明不通到判定的根：被改动，或是别家的一行",
            "the proof does not lead to the run's root: changed, or another's row",
        )
    if held.records is not None and held.used != set(range(len(held.blocks))):
        wrong("有不属于任何证明的散列", "there are hashes that belong to no proof")
    needed = {
        f"{p}{end}" for p in held.ours["policies"] for end in ("", ":met", ":open")
    }
    amounts = {f"{p}:amount" for p in held.ours["policies"]}
    if not needed | {"hangs"} <= set(row) <= needed | amounts | {"hangs"}:
        wrong("判定的各列不是这些政策的", "the columns are not those of the policies")
    held.row = row
    return "判定在公布的根之下", "the decision is under the run's root"


def check_told(held: Held) -> tuple[str, str]:
    """See that what is told in words is what the row says."""
    if held.row is None:
        beyond("判定不符，无从核对", "the decision does not fit")
    policies, seen = list(held.ours["policies"]), set()
    for one in held.receipt["policies"]:
        policy = one["id"]
        if policy not in policies or policy in seen:
            wrong(f"没有判定 {policy}", f"{policy} was not decided")
        seen.add(policy)
        true = _bits(held.row, policy, policies.index(policy), len(one["clauses"]))
        given = dict(one) | {"clauses": [state for _, state in one["clauses"]]}
        for what in sorted(true.keys() | given.keys()):
            if what != "id" and true.get(what, ...) != given.get(what, ...):
                wrong(
                    f"{policy} 的 {what} 与判定的位不符",
                    f"{what} of {policy} is not its row's",
                )
    return (
        f"{len(seen)} 项政策所写与判定相符",
        f"what is told of {len(seen)} policies fits",
    )


def _bits(
    row: Mapping[str, int | None], policy: str, at: int, count: int
) -> dict[str, Any]:
    """Return what a row says of a policy, its clauses by number."""
    outcome = OUTCOMES[row[policy] or 0]
    met, left = (row[f"{policy}:{mask}"] or 0 for mask in ("met", "open"))
    if (met | left) >> count:
        wrong(f"{policy} 少写了条件", f"clauses of {policy} are left out")
    return {
        "outcome": "refused" if outcome is None else str(outcome),
        "clauses": [
            "met" if met >> k & 1 else "open" if left >> k & 1 else "not_met"
            for k in range(count)
        ],
        "amount": row.get(f"{policy}:amount"),
        "hangs": bool((row["hangs"] or 0) >> at & 1),
    }


def check_declarations(held: Held, archive: Path | None) -> tuple[str, str]:
    """See that the declarations at hand are those of the run, with these clauses."""
    region, digest = held.run["region"], held.run["declarations"]
    if archive is None:
        try:
            declared = load_declared(region)
        except CeyuanError:
            declared = None
        if declared is None or declared.digest != digest:
            beyond(
                f"手边没有当时的声明 {digest[:12]}：给出它的存档 {digest[:12]}….zip",
                f"the declarations {digest[:12]} are not at hand; give their archive",
            )
    else:
        declared = _unpacked(archive, region)
        if declared.digest != digest:
            wrong(
                f"存档里的声明是 {declared.digest[:12]}，判定所依的是 {digest[:12]}："
                "门槛或条文被改动，或不是这一份",
                "the archive holds other declarations than those of the run",
            )
    for one in held.receipt["policies"]:
        clauses = declared.region.rule(one["id"]).clauses
        if [name for name, _ in one["clauses"]] != list(clauses):
            wrong(
                f"{one['id']} 的条件名称与声明不符",
                f"clauses of {one['id']} are named wrongly",
            )
    held.declared = declared
    return f"声明 {digest[:12]} 相符", f"declarations {digest[:12]} fit"


def _unpacked(archive: Path, region: str) -> Declared:
    with tempfile.TemporaryDirectory(prefix="ceyuan-") as folder:
        try:
            with zipfile.ZipFile(archive) as packed:
                if sum(one.file_size for one in packed.infolist()) > _MOST_BYTES:
                    wrong("声明的存档大得不合理", "the archive is far too large")
                packed.extractall(folder)
            return load_declared(region, Path(folder))
        except (*_UNREADABLE, CeyuanError) as error:
            wrong(
                f"声明的存档读不出来：{error}", f"the archive cannot be read: {error}"
            )


def check_recomputed(held: Held) -> tuple[str, str]:
    """Decide again and compare every bit."""
    if held.records is None or held.row is None or held.identity is None:
        beyond("前面的核对没有通过，没有可靠的记录可以重算", "nothing proved to decide")
    if held.declared is None:
        beyond("没有当时的声明，不能重算", "no declarations to decide under")
    row = _again(held, held.declared)
    engine = engine_version()
    engine, then = engine_version(), held.run["engine"]
    other = "" if engine == then else f"（引擎不同：当时 {then}，现在 {engine}）"
    for name in sorted(row.keys() | held.row.keys()):
        if row.get(name) != held.row.get(name):
            policy = name.partition(":")[0]
            wrong(
                f"由记录重算与所存不同：{_difference(held, row, policy)}{other}",
                f"decided again from the texts, {name} is {row.get(name)}, "
                f"not {held.row.get(name)}",
            )
    return f"由记录原文重算，逐位相同{other}", "decided again from the texts: equal"


def _difference(held: Held, row: Mapping[str, Any], policy: str) -> str:
    assert held.declared is not None
    assert held.row is not None
    if policy == "hangs":
        return "哪些判定取决于来源不一致之处"
    rule, bit = (
        held.declared.region.rule(policy),
        list(held.ours["policies"]).index(policy),
    )
    then, now = told(rule, held.row, bit), told(rule, row, bit)
    for (clause, old), (_, new) in zip(then["clauses"], now["clauses"], strict=True):
        if old != new:
            return f"{policy} 的 {clause} 所存 {old}，重算 {new}"
    what = "outcome" if then["outcome"] != now["outcome"] else "amount"
    return f"{policy} 的 {what} 所存 {then[what]}，重算 {now[what]}"


def _again(held: Held, declared: Declared) -> dict[str, int | None]:
    """Decide from the texts alone."""
    run, types = held.run, kinds(declared.records, declared.region.facts)
    day = date.fromisoformat(run["as_of"])
    rules = tuple(declared.region.rule(p) for p in held.ours["policies"])
    reading = _reading(held, types, day)
    ready = deciding(
        declared,
        types,
        reading,
        held.kind,
        as_of=day,
        base_year=run["base_year"],
        settings=typed_settings(declared.region, run["settings"]),
        rules=rules,
    )
    if ready is None:
        wrong("回执里没有这类对象的记录", "no records of such subjects")
    answers = ready.decide(ready.held(reading, None))
    if answers.height != 1:
        wrong(
            f"记录里有 {answers.height} 个对象，应为 1 个",
            f"the records are of {answers.height} subjects, not of 1",
        )
    row = answers.row(0, named=True)
    if (row.pop("org"), row.pop("key")) != (held.org, held.receipt["subject"]["key"]):
        wrong("记录是另一个对象的", "the records are of another subject")
    return row


def _reading(held: Held, types: Mapping[str, Any], day: date) -> Reading:
    """Return what can be read of the texts: as if people had just written them."""
    assert held.records is not None
    manifest, identity = held.receipt["manifest"], held.identity
    assert identity is not None
    subject = next(k for k in types.values() if k.said.facts_of == held.kind)
    there = {b["record"] for b in manifest["batches"]}
    written: dict[str, tuple[tuple[str, pl.DataFrame], ...]] = {}
    claimed: dict[str, bool | frozenset[str]] = {}
    for kind in (subject, *(k for k in types.values() if k.feeds)):
        if kind.id not in there:
            continue
        by_source: dict[str, list[Mapping[str, str]]] = {"": []}
        for one in held.records:
            if one.record == kind.id:
                by_source.setdefault(one.source, []).append(one.said)
        stated = set(held.receipt["stated"].get(kind.id, ()))
        frames = {
            s: frame_of(rows, kind, more=stated if not s else ())
            for s, rows in by_source.items()
        }
        written[kind.id] = tuple(frames.items())
        claimed[kind.id] = _complete(manifest, kind.id)
    return Reading(
        shelf=Shelf(Path()),
        batches=(),
        as_of=day,
        cut=datetime.fromisoformat(manifest["known_at"]),
        aliases=identity.mapping(),
        absorbed=identity.absorbed(),
        written=written,
        claimed=claimed,
    )


def _complete(manifest: Mapping[str, Any], record: str) -> bool | frozenset[str]:
    said = [b["complete"] for b in manifest["batches"] if b["record"] == record]
    if any(one is True for one in said):
        return True
    return frozenset(c for one in said if isinstance(one, list) for c in one) or False
