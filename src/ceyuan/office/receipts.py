# SPDX-License-Identifier: Apache-2.0
"""A receipt: one decision, and all that is needed to check it without us.

A receipt holds the texts of the records that the decision was made from, and for each
text the way up to the hash that the run cites: record, part, batch, snapshot. Beside
them stands the decision with its way up to the run's root. Of other firms it holds
hashes only.

The one hard idea is what it cannot show: that a record is in a batch can be proved by
a hash, that none was left out cannot. The decision itself is the evidence: made again
from the texts of the receipt alone it must come out as it was kept.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING, Any

import polars as pl

from ceyuan.facts.store import find_snapshot, kinds, merkle, of_snapshot
from ceyuan.facts.store.catalogue import PEOPLE
from ceyuan.facts.store.identity import LASTING, Identity, read_events, standing
from ceyuan.facts.store.salts import salt_of
from ceyuan.facts.store.texts import said_by, split_text
from ceyuan.kernel import UsageError
from ceyuan.office.receipt_form import (
    EVENT,
    SCHEMA,
    checksum,
    header_of,
    preimage,
    seal_of,
    told,
)
from ceyuan.office.running import decision_hashes
from ceyuan.office.runs import find, frames

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ceyuan.declarations.archive import Declared
    from ceyuan.facts.store import Batch, Part, Proof, Reading
    from ceyuan.facts.store.identity import IdentityEvent
    from ceyuan.office.memory import Memory
    from ceyuan.office.running import Run

_AT = "\x00at"


@dataclass(slots=True)
class _Blocks:
    """Siblings that several proofs share, each kept once."""

    texts: list[str] = field(default_factory=list)
    known: dict[bytes, int] = field(default_factory=dict)

    def proof(self, proof: Proof) -> list[list[int]]:
        """Return a proof as places and numbers of blocks."""
        levels = []
        for place, siblings in proof.levels:
            if siblings not in self.known:
                self.known[siblings] = len(self.texts)
                self.texts.append(base64.b64encode(siblings).decode())
            levels.append([place, self.known[siblings]])
        return levels


@dataclass(frozen=True, slots=True)
class _Stored:
    """One record of the organisation, where it stands, and what it says."""

    batch: Batch
    part: int
    at: int
    text: str
    place: dict[str, Any]
    proof: Proof


def make_receipt(
    memory: Memory,
    run_name: str,
    firm: int | None,
    *,
    key: str = "",
    subject: str = "firm",
    policies: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the receipt of one subject's decisions, ready for JSON.

    Args:
        memory: The office's memory.
        run_name: The run: its id, the beginning of it, or `last`.
        firm: The organisation, by any of its handles; None where there is none.
        key: Key of a subject that is no firm.
        subject: Kind of the subject.
        policies: Policies that are told; all of the subject's by default.

    Raises:
        UsageError: There is no such run, subject, or policy in it.
        Damaged: A sealed file is missing or was altered.
        CeyuanError: The declarations of the run are not kept any more.
    """
    run = find(memory, run_name)
    chosen = _chosen(run, subject, policies)
    declared = memory.declared_then(run.declarations, run.region)
    types = kinds(declared.records, declared.region.facts)
    with memory.transaction() as conn:
        snapshot = find_snapshot(conn, run.snapshot)
        reading = of_snapshot(conn, memory.shelf, snapshot, as_of=run.as_of)
        events = read_events(conn, snapshot.known_at)
    identity = Identity.fold(events, as_of=run.as_of, known_at=snapshot.known_at)
    org = None if firm is None else identity.organisation(firm)
    blocks = _Blocks()
    roots, row, leaf, proof = _decision(memory, run, subject, org, key)
    kind = next(k for k in types.values() if k.said.facts_of == subject)
    feeds = [k for k in types.values() if k.feeds and reading.has(k.id)]
    handles = () if org is None else identity.handles(org)
    found = [
        one
        for of in (kind, *(feeds if org is not None else ()))
        for batch in reading.of(of.id)
        for one in _records(
            memory,
            reading,
            batch,
            handles,
            None if of.feeds and of is not kind else key,
        )
    ]
    used = {one.batch.id: one.batch for one in found}
    code, name = _called(declared, identity, org, found)
    header = header_of(run, roots)
    receipt: dict[str, Any] = {
        "schema": SCHEMA,
        "run": header,
        "seal": seal_of(header),
        "subject": {
            "kind": subject,
            "org": org,
            "key": key,
            "code": code,
            "name": name,
        },
        "policies": [
            told(declared.region.rule(policy), row, run.policies[subject].index(policy))
            for policy in chosen
        ],
        "decision": {
            "row": {n: v for n, v in row.items() if n not in ("org", "key")},
            "preimage": (whole := preimage(org, key, row)).hex(),
            "salt": salt_of(memory.secret, whole).hex(),
            "hash": leaf.hex(),
            "proof": blocks.proof(proof),
        },
        "batches": [_batch(batch) for batch in used.values()],
        "records": [
            {
                "batch": one.batch.id,
                "part": one.part,
                "text": one.text,
                "salt": salt_of(memory.secret, one.text.encode()).hex(),
                "place": one.place,
                "proof": blocks.proof(one.proof),
            }
            for one in found
        ],
        "stated": {k.id: sorted(reading.attributes(k.id)) for k in (kind, *feeds)},
        "manifest": dict(snapshot.manifest),
        "identity": _events(events, identity, org, handles, blocks),
    }
    receipt["blocks"] = blocks.texts
    return receipt | {"checksum": checksum(receipt)}


def run_seal(memory: Memory, run_name: str) -> str:
    """Return the hash over all that a run says of itself, its root included.

    Whoever publishes it binds the day, the declarations, the snapshot and the
    settings; the root alone binds only the decisions.
    """
    run = find(memory, run_name)
    roots = {
        subject: merkle.root(
            b"".join(
                h
                for f in frames(memory, run, subject)
                for h in decision_hashes(f, memory.secret)
            )
        )
        for subject in _subjects(run)
    }
    return seal_of(header_of(run, roots))


def _chosen(run: Run, subject: str, policies: Sequence[str]) -> tuple[str, ...]:
    if subject not in run.policies:
        msg = f"判定 {run.id} 里没有 `{subject}` (no such subjects in this run)"
        raise UsageError(msg, hint=f"有的是：{'、'.join(run.policies)}")
    for policy in policies:
        if policy not in run.policies[subject]:
            msg = (
                f"判定 {run.id} 没有对 `{subject}` 判定 `{policy}` (not decided in it)"
            )
            raise UsageError(msg, hint="`ceyuan runs` 列出每次判定的政策")
    return tuple(p for p in run.policies[subject] if not policies or p in policies)


def _subjects(run: Run) -> list[str]:
    """Return the kinds of subjects in the order of their roots: firms first."""
    return sorted(run.policies, key=lambda s: (s != "firm", s))


def _decision(
    memory: Memory, run: Run, subject: str, org: int | None, key: str
) -> tuple[dict[str, bytes], dict[str, Any], bytes, Proof]:
    """Return the roots of a run, and one row of it with its hash and proof."""
    roots: dict[str, bytes] = {}
    row: dict[str, Any] | None = None
    leaf, proof = b"", merkle.Proof(())
    for one in _subjects(run):
        hashes: list[bytes] = []
        place = -1
        for frame in frames(memory, run, one):
            if one == subject and row is None:
                same = frame["org"].eq_missing(pl.Series([org], dtype=pl.Int64))
                at = (same & (frame["key"] == key)).arg_true()
                if len(at):
                    row, place = frame.row(at[0], named=True), len(hashes) + at[0]
            hashes += decision_hashes(frame, memory.secret)
        leaves = b"".join(hashes)
        roots[one] = merkle.root(leaves)
        if place >= 0:
            leaf, proof = hashes[place], merkle.proof(leaves, place)
    if row is None:
        msg = f"判定 {run.id} 里没有这个对象 (this subject was not decided in the run)"
        raise UsageError(msg, hint="它当时还没有记录；见 `ceyuan show` 的记录日期")
    return roots, row, leaf, proof


def _records(
    memory: Memory,
    reading: Reading,
    batch: Batch,
    handles: Sequence[int],
    key: str | None,
) -> Iterable[_Stored]:
    """Yield the records of an organisation in a batch, in their order."""
    memory.shelf.check(
        batch.parts, whose=f"批次 {batch.id}（{batch.record}，{batch.source}）"
    )
    mine = pl.col("org").is_in(list(handles)) if handles else pl.col("org").is_null()
    if key is not None:
        mine &= pl.col("key") == key
    for number, part in enumerate(batch.parts):
        scan = memory.shelf.scan([part])
        if batch.kind == PEOPLE:
            known = mine & (pl.col("known_at") <= reading.cut)
        else:
            known = mine
        rows = scan.with_row_index(_AT).filter(known).collect()
        if not rows.height:
            continue
        places = rows[_AT].to_list()
        proofs = merkle.proofs(_leaves(memory, part), places)
        values = rows.drop(_AT).iter_rows(named=True)
        for at, row, proof in zip(places, values, proofs, strict=True):
            text = said_by(row, batch.record, batch.source)
            yield _Stored(batch, number, at, text, _place(batch, row), proof)


def _leaves(memory: Memory, part: Part) -> bytes:
    return b"".join(memory.shelf.scan([part]).select("sha").collect()["sha"])


def _place(batch: Batch, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return where a record came from: a row of a file, or a statement's number."""
    if batch.kind == PEOPLE:
        return {"statement": row["row"]}
    number = row["file"]
    known = number is not None and 0 <= number < len(batch.files)
    return {"file": batch.files[number].name if known else "", "row": row["row"]}


def _batch(batch: Batch) -> dict[str, Any]:
    return {
        "id": batch.id,
        "record": batch.record,
        "source": batch.source,
        "known_at": batch.known_at.astimezone(UTC).isoformat(),
        "synthetic": batch.synthetic,
        "parts": [part.root.hex() for part in batch.parts],
    }


def _called(
    declared: Declared, identity: Identity, org: int | None, found: Sequence[_Stored]
) -> tuple[str, str]:
    """Return code and name: as stated on the day, else as the best source has them."""
    order = {source: at for at, source in enumerate(declared.records.sources)}
    ranked = sorted(found, key=lambda one: -order.get(one.batch.source, len(order)))
    texts = [split_text(one.text)[2] for one in ranked]
    if org is not None:  # what it absorbed has names of its own
        texts.sort(key=lambda t: identity.entity(int(t["org"])) == org)
    code = next((t["code"] for t in reversed(texts) if "code" in t), "")
    name = next((t["name"] for t in reversed(texts) if "name" in t), "")
    if org is None:
        return code, name
    for span in identity.codes(org):
        if span.valid_from <= identity.as_of:
            code = span.text
    for span in identity.names(org):
        if span.valid_from <= identity.as_of:
            name = span.text
    return code, name


def _events(
    events: Sequence[IdentityEvent],
    identity: Identity,
    org: int | None,
    handles: Sequence[int],
    blocks: _Blocks,
) -> list[dict[str, Any]]:
    """Return the events that say which handles are the organisation, and its names.

    Of relations to others, and of what was undone, nothing is told.
    """
    if org is None:
        return []
    mine = set(handles)
    day = identity.as_of
    wanted = [
        e
        for e in standing(events)
        if e.org in mine
        and (
            (e.kind in LASTING and e.other in mine)
            or (e.kind == "merge" and e.other in mine and e.holds_on(day))
            or e.kind == "rename"
        )
    ]
    places = {e.id: at for at, e in enumerate(events)}
    proofs = merkle.proofs([e.sha for e in events], [places[e.id] for e in wanted])
    return [
        {
            "hash": e.sha.hex(),
            "said": {name: getattr(e, name) for name in EVENT}
            | {
                "valid_from": e.valid_from.isoformat(),
                "valid_to": e.valid_to.isoformat() if e.valid_to else None,
                "known_at": e.known_at.astimezone(UTC).isoformat(),
            },
            "proof": blocks.proof(proof),
        }
        for e, proof in zip(wanted, proofs, strict=True)
    ]
