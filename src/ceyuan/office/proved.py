# SPDX-License-Identifier: Apache-2.0
"""What a receipt proves, step by step: each step says what it found, or what is wrong.

Everything is followed from the texts up: a text to its hash, by its proof to the
part, to the batch that the snapshot lists, to the snapshot that the run cites; the
row of answers likewise to the run's root.

The one hard idea is that nothing is taken from the receipt that can be derived: the
order of records comes from their proofs, what a decision was from its bits, which
handles are the organisation from the events. What cannot be derived (the name of a
file, the row in it) is under the receipt's checksum only.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NoReturn

from ceyuan.facts.store import Proof, merkle
from ceyuan.facts.store.identity import LASTING, Identity, IdentityEvent, event_sha
from ceyuan.facts.store.salts import salted
from ceyuan.facts.store.snapshots import manifest_hash
from ceyuan.facts.store.texts import split_text
from ceyuan.office.receipt_form import EVENT, SCHEMA, checksum, seal_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ceyuan.declarations.archive import Declared

_KEYS = frozenset(
    (
        "schema", "run", "seal", "subject", "policies", "decision", "batches",
        "records", "stated", "manifest", "identity", "blocks", "checksum",
    )
)  # fmt: skip
_SHAPES: tuple[tuple[str, frozenset[str]], ...] = (
    ("records", frozenset(("batch", "part", "text", "salt", "place", "proof"))),
    (
        "batches",
        frozenset(("id", "record", "source", "known_at", "synthetic", "parts")),
    ),
    ("identity", frozenset(("hash", "said", "proof"))),
    ("policies", frozenset(("id", "outcome", "clauses", "amount", "hangs"))),
)
_SAID = frozenset((*EVENT, "valid_from", "valid_to", "known_at"))
_KINDS = frozenset((*LASTING, "merge", "rename"))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Wrong(Exception):
    """Something does not fit."""


class Beyond(Exception):
    """Something cannot be looked at with what is at hand."""


def wrong(zh: str, en: str) -> NoReturn:
    """Say what does not fit.

    Raises:
        Wrong: Always.
    """
    raise Wrong(zh, en)


def beyond(zh: str, en: str) -> NoReturn:
    """Say what cannot be looked at.

    Raises:
        Beyond: Always.
    """
    raise Beyond(zh, en)


@dataclass(frozen=True, slots=True)
class Record:
    """A record that was proved, with its place among the others of its source."""

    record: str
    source: str
    place: tuple[int, int, int]
    said: Mapping[str, str]


@dataclass(slots=True)
class Held:
    """What is proved so far."""

    receipt: Mapping[str, Any]
    blocks: list[bytes]
    used: set[int] = field(default_factory=set)
    identity: Identity | None = None
    records: tuple[Record, ...] | None = None
    row: dict[str, int | None] | None = None
    declared: Declared | None = None

    @property
    def run(self) -> Mapping[str, Any]:
        """Return what the run says of itself."""
        return self.receipt["run"]  # type: ignore[no-any-return]

    @property
    def org(self) -> int | None:
        """Return the organisation."""
        return self.receipt["subject"]["org"]  # type: ignore[no-any-return]

    @property
    def kind(self) -> str:
        """Return the kind of the subject."""
        return str(self.receipt["subject"]["kind"])

    @property
    def ours(self) -> Mapping[str, Any]:
        """Return what the run says of the subjects of this kind."""
        ours: Mapping[str, Any]
        ours = {s["kind"]: s for s in self.run["subjects"]}[self.kind]
        return ours

    def handles(self) -> tuple[int, ...]:
        """Return the handles that are the organisation."""
        if self.org is None or self.identity is None:
            return ()
        return self.identity.handles(self.org)

    def proof(self, levels: list[list[int]]) -> Proof:
        """Return a proof.

        Raises:
            ValueError: It has a place that no tree has.
        """
        for place, number in levels:
            if not 0 <= place < merkle.WIDTH or not 0 <= number < len(self.blocks):
                msg = f"a place beyond the tree: {place}"
                raise ValueError(msg)
        self.used |= {number for _, number in levels}
        return Proof(tuple((place, self.blocks[number]) for place, number in levels))


def check_form(held: Held) -> tuple[str, str]:
    """See that it is a receipt, and read its blocks."""
    said = held.receipt
    if said.get("schema") != SCHEMA:
        wrong(f"不是 {SCHEMA} 的回执", f"not a receipt of {SCHEMA}")
    if set(said) != _KEYS:
        odd = "、".join(sorted(set(said) ^ _KEYS))
        wrong(f"回执缺少或多出：{odd}", f"missing from the receipt, or added: {odd}")
    for part, names in _SHAPES:
        for one in said[part]:
            if set(one) != names:
                wrong(f"`{part}` 的栏目不对", f"wrong entries in `{part}`")
    if set(said["decision"]) != {"row", "preimage", "salt", "hash", "proof"}:
        wrong("`decision` 的栏目不对", "wrong entries in `decision`")
    for text in said["blocks"]:
        block = base64.b64decode(text, validate=True)
        whole = 0 < len(block) <= merkle.WIDTH * merkle.SIZE
        again = base64.b64encode(block).decode()
        if not whole or len(block) % merkle.SIZE or again != text:
            wrong("证明里的散列长度不对", "a block of a proof has a wrong length")
        held.blocks.append(block)
    return f"是 {SCHEMA} 的回执", f"a receipt of {SCHEMA}"


def check_checksum(held: Held) -> tuple[str, str]:
    """See that nothing was changed since it was issued."""
    if checksum(held.receipt) != held.receipt["checksum"]:
        wrong(
            "回执的校验和不符：出具以后有内容被改动",
            "the checksum does not fit: something was changed after it was issued",
        )
    return "校验和相符", "the checksum fits"


def check_run(held: Held) -> tuple[str, str]:
    """See that what the run says of itself agrees."""
    run = held.run
    if seal_of(run) != held.receipt["seal"]:
        wrong(
            "判定的说明与它的封印不符（日期、设定、政策、声明或根被改动）",
            "what the run says of itself does not fit its seal",
        )
    roots = b"".join(bytes.fromhex(s["root"]) for s in run["subjects"])
    if merkle.root(roots).hex() != run["root"]:
        wrong("各类对象的根合不成判定的根", "the subjects' roots do not make the run's")
    finished = datetime.fromisoformat(run["finished_at"])
    day = date.fromisoformat(run["as_of"])
    text = (
        f"{run['snapshot']} {day} {run['base_year']} {tuple(run['settings'])} "
        f"{run['root']} {finished}"
    )
    name = f"r{day:%Y%m%d}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
    if name != run["id"]:
        wrong(
            f"判定的编号 {run['id']} 与日期、快照、年度、设定、根不符，应为 {name}",
            f"the run's id does not fit its day, snapshot, year, settings and root: {name}",
        )
    mark = "（合成数据）" if run["synthetic"] else ""
    return f"判定 {name}{mark} 自相符合", f"run {name} agrees with itself"


def check_published(held: Held, root: str) -> tuple[str, str]:
    """Compare with what the office published."""
    if not root:
        beyond(
            "没有给出公布的根或封印，不能证明这次判定就是公布的那次",
            "no published root or seal was given to compare with",
        )
    given = root.strip().lower()
    if given == held.receipt["seal"]:
        return "与公布的封印相同", "equal to the published seal"
    if given == held.run["root"]:
        return (
            "与公布的根相同（根只约束判定本身；封印还约束日期、设定和声明）",
            "equal to the published root (a seal would bind day and settings, too)",
        )
    wrong(
        f"与公布的不同：回执的封印是 {held.receipt['seal'][:16]}…，根是 {held.run['root'][:16]}…",
        "neither the seal nor the root of the receipt is the published one",
    )


def check_snapshot(held: Held) -> tuple[str, str]:
    """See that the manifest is the snapshot's."""
    manifest = held.receipt["manifest"]
    if manifest_hash(manifest) != held.run["snapshot"]:
        wrong("快照清单与快照编号不符", "the manifest does not fit the snapshot's id")
    known = datetime.fromisoformat(manifest["known_at"])
    if known != datetime.fromisoformat(held.run["known_at"]):
        wrong("判定的“截至所知”与快照不同", "the run's known_at is not the snapshot's")
    count = len(manifest["batches"])
    return f"快照清单相符，{count} 个批次", f"the manifest fits, {count} batches"


def _event(said: Mapping[str, Any], number: int) -> IdentityEvent:
    if set(said) != _SAID:
        wrong("身份事件的栏目不对", "wrong entries in an identity event")
    ends = said["valid_to"]
    return IdentityEvent(
        id=number,
        kind=said["kind"],
        org=said["org"],
        other=said["other"],
        code=said["code"],
        name=said["name"],
        undoes=said["undoes"],
        valid_from=date.fromisoformat(said["valid_from"]),
        valid_to=date.fromisoformat(ends) if ends else None,
        actor=said["actor"],
        reason=said["reason"],
        evidence=said["evidence"],
        known_at=datetime.fromisoformat(said["known_at"]),
    )


def check_identity(held: Held) -> tuple[str, str]:
    """See that the identity events are those of the snapshot; fold them."""
    manifest, found, last = held.receipt["manifest"], [], -1
    for one in held.receipt["identity"]:
        proof = held.proof(one["proof"])
        event = _event(one["said"], _position(proof))
        sha = event_sha(event)
        if sha.hex() != one["hash"]:
            wrong(
                f"第 {event.id + 1} 条身份事件的内容与它的散列不符",
                f"identity event {event.id + 1} does not fit its hash",
            )
        if (proof.root(sha) or b"").hex() != manifest["identity"]:
            wrong(
                f"第 {event.id + 1} 条身份事件的证明不通到快照",
                f"the proof of identity event {event.id + 1} does not lead to the snapshot",
            )
        if event.id <= last or event.kind not in _KINDS:
            wrong(
                "身份事件的次序或种类不对",
                "the identity events are out of order, or of a kind that none needs",
            )
        last = event.id
        found.append(event)
    held.identity = Identity.fold(
        found,
        as_of=date.fromisoformat(held.run["as_of"]),
        known_at=datetime.fromisoformat(manifest["known_at"]),
    )
    if held.org is not None and held.identity.organisation(held.org) != held.org:
        wrong(
            "回执的组织在那天属于另一个组织",
            "on that day the organisation is another's",
        )
    count = len(held.handles())
    return f"{len(found)} 条身份事件相符，{count} 个标识", f"{len(found)} events fit"


def _position(proof: Proof) -> int:
    return sum(
        place * merkle.WIDTH**level for level, (place, _) in enumerate(proof.levels)
    )


def check_records(held: Held) -> tuple[str, str]:
    """See that every text is in a batch of the snapshot."""
    listed = {
        b["id"]: (at, b) for at, b in enumerate(held.receipt["manifest"]["batches"])
    }
    roots: dict[str, tuple[bytes, ...]] = {}
    for batch in held.receipt["batches"]:
        name = batch["id"]
        parts = tuple(bytes.fromhex(text) for text in batch["parts"])
        if name not in listed or name in roots:
            wrong(f"批次 {name} 不在快照里", f"batch {name} is not in the snapshot")
        known = listed[name][1]
        as_written = [part.hex() for part in parts] == batch["parts"]
        if not as_written or merkle.root(parts).hex() != known["root"]:
            wrong(
                f"批次 {name} 各文件的根合不成快照里它的根",
                f"the parts of batch {name} do not make the root in the snapshot",
            )
        if (batch["record"], batch["source"]) != (known["record"], known["source"]):
            wrong(
                f"批次 {name} 的类型或来源与快照不同",
                f"type or source of batch {name} are not the snapshot's",
            )
        if batch["synthetic"] and not held.run["synthetic"]:
            wrong("合成数据的标记被去掉", "the mark of synthetic data was taken away")
        roots[name] = parts
    found = []
    for number, one in enumerate(held.receipt["records"], 1):
        found.append(_record(held, number, one, listed, roots))
    if len({r.place for r in found}) != len(found):
        wrong("同一条记录列了两次", "a record is listed twice")
    if unused := set(roots) - {one["batch"] for one in held.receipt["records"]}:
        wrong(f"批次 {min(unused)} 没有记录", f"batch {min(unused)} has no record")
    found.sort(key=lambda r: r.place)
    held.records = tuple(found)
    return (
        f"{len(found)} 条记录的原文都在快照的批次里",
        f"the texts of {len(found)} records are in the batches of the snapshot",
    )


def _record(
    held: Held,
    number: int,
    one: Mapping[str, Any],
    listed: Mapping[str, tuple[int, Mapping[str, Any]]],
    roots: Mapping[str, tuple[bytes, ...]],
) -> Record:
    name, part = one["batch"], one["part"]
    where, of = f"第 {number} 条记录（批次 {name}）", f"record {number} of batch {name}"
    if name not in roots or not 0 <= part < len(roots[name]):
        wrong(f"{where}：批次没有这个文件", f"{of}: the batch has no such part")
    at, batch = listed[name]
    proof = held.proof(one["proof"])
    leaf = salted(bytes.fromhex(one["salt"]), one["text"].encode())
    if proof.root(leaf) != roots[name][part]:
        wrong(
            f"{where}：原文的散列不通到批次，值、来源或证明被改动",
            f"{of}: its text does not lead to the batch: a value, its source or its "
            "proof was changed",
        )
    record, source, said = split_text(one["text"])
    if (record, source) != (batch["record"], batch["source"]):
        wrong(
            f"{where}：原文写的类型或来源与批次不同",
            f"{of}: its text names another type or source than the batch",
        )
    mine = str(held.org) if held.org is not None else None
    names = {str(h) for h in held.handles()}
    if (said.get("org") not in names) if mine is not None else "org" in said:
        wrong(f"{where}：是别的组织的记录", f"{of}: it is another organisation's")
    known = said.get("known_at")
    cut = datetime.fromisoformat(held.receipt["manifest"]["known_at"])
    if known is not None and _EPOCH + timedelta(microseconds=int(known)) > cut:
        wrong(f"{where}：快照当时还不知道它", f"{of}: not yet known to the snapshot")
    return Record(record, source, (at, part, _position(proof)), said)


def check_subject(held: Held) -> tuple[str, str]:
    """See that code and name are stated of the organisation, by a record or event."""
    if held.records is None or held.identity is None:
        beyond("记录或身份不符，名称无从核对", "records or identity do not fit")
    subject, org = held.receipt["subject"], held.org
    for what, zh in (("code", "信用代码"), ("name", "名称")):
        stated = {r.said.get(what, "") for r in held.records} | {""}
        if org is not None:
            spans = (
                held.identity.codes(org) if what == "code" else held.identity.names(org)
            )
            stated |= {span.text for span in spans}
        if subject[what] not in stated:
            wrong(
                f"{zh} {subject[what]} 不见于它的任何记录",
                f"no record of it states the {what} {subject[what]}",
            )
    if set(subject) != {"kind", "org", "key", "code", "name"}:
        wrong("对象一栏多出了内容", "something was added to the subject")
    return "名称和代码见于记录", "name and code are stated by its records"
