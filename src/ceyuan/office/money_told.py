# SPDX-License-Identifier: Apache-2.0
"""What is told of entitlements and payments: one of them from end to end.

Everything is read; nothing is worked out that the book does not say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ceyuan.kernel import UsageError
from ceyuan.ledger.reading import entries
from ceyuan.office.correcting import revisions
from ceyuan.office.deciding import answer_told
from ceyuan.office.entitlements import Happened, history, listed, one_of
from ceyuan.office.entitling import noticed_terms
from ceyuan.office.payees import masked
from ceyuan.office.payment_forms import load_payment_forms
from ceyuan.office.promising import Terms
from ceyuan.office.runs import decision, find
from ceyuan.office.settings import settings_in_force
from ceyuan.office.workdays import is_listed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from psycopg import Connection

    from ceyuan.ledger import Entry
    from ceyuan.office.deciding import AnswerTold
    from ceyuan.office.entitlements import Entitlement
    from ceyuan.office.memory import Memory
    from ceyuan.office.promising import Entitled

_PAYMENT = """
select p.id, p.batch_id, b.day, p.line, p.entitlement_id, p.party, p.holder, p.bank,
  p.account, p.amount, p.state,
  coalesce((select r.bank_reason from payment_return r where r.payment = p.id
    and r.result in ('paid', 'failed') order by r.id desc limit 1), ''),
  (select r.day from payment_return r where r.payment = p.id
    and r.result in ('paid', 'failed') order by r.id desc limit 1)
from payment p join payment_batch b on b.id = p.batch_id
"""
_BATCHES = """
select b.id, b.form, b.day, b.actor, b.payments, b.total, b.synthetic,
  count(*) filter (where p.state = 'paid'), count(*) filter (where p.state = 'failed'),
  count(*) filter (where p.state = 'sent'), encode(b.file_sha, 'hex')
from payment_batch b join payment p on p.batch_id = b.id
group by b.id order by b.day, b.known_at
"""
_PAYEES = """
select party, holder, bank, account, valid_from, actor, reason, known_at
from payee where party = %s order by id
"""
_NOTICES = """
select id, party, body, actor, known_at from notice where org = %s order by known_at, id
"""
_LIKE = """
select id from entitlement where position(%s in id) > 0 order by id = %s desc, id limit 6
"""
_PARTIES = """
select said from unnest(%s::text[]) as said
where exists (select from payee where party = said)
  or exists (select from entitlement where party = said)
  or exists (select from ledger_account where path = 'payable/' || said)
"""
_SYNTHETIC = """
select exists (select from entitlement where synthetic)
  or exists (select from run where synthetic)
"""


@dataclass(frozen=True, slots=True)
class PaymentTold:
    """A payment as it stands; the account by its last four figures."""

    id: str
    batch: str
    day: date
    line: int
    entitlement: str
    party: str
    holder: str
    bank: str
    account: str
    amount: int
    state: str
    reason: str
    returned_on: date | None


@dataclass(frozen=True, slots=True)
class EntitlementTold:
    """An entitlement with all that belongs to it.

    Args:
        entitlement: It as it stands.
        history: What happened to it.
        entries: Its transfers in the book.
        payments: Its payments.
        notice: What its party was told of it; None: nothing yet.
        pays_to: Holder, bank and last figures of the account; None: none registered.
        answer: The decision that it rests on; None: the run did not keep one.
        counted: Whether the holidays of its days are declared.
    """

    entitlement: Entitlement
    history: tuple[Happened, ...]
    entries: tuple[Entry, ...]
    payments: tuple[PaymentTold, ...]
    notice: dict[str, Any] | None
    pays_to: tuple[str, str, str] | None
    answer: AnswerTold | None
    counted: bool


def told(memory: Memory, name: str) -> EntitlementTold:
    """Return an entitlement from its decision to the treasury.

    Raises:
        UsageError: There is none of this id.
        Damaged: A file of its run is missing or was altered.
    """
    with memory.transaction() as conn:
        one = one_of(conn, full_name(conn, name))
        happened = history(conn, one.id)
        paid = payments(conn, entitlement=one.id)
        ids = [h.transfer for h in happened if h.transfer]
        moved = entries(conn, ids)
        notice = next(
            (n for n in notices(conn, one.org) if one.id in _in_notice(n)), None
        )
        rows = conn.execute(_PAYEES, (one.party,)).fetchall()
    days = {one.object_until.year, one.promised_on.year}
    return EntitlementTold(
        one,
        tuple(happened),
        tuple(moved),
        tuple(paid),
        notice,
        (rows[-1][1], rows[-1][2], masked(rows[-1][3])) if rows else None,
        decided_of(memory, one),
        all(is_listed(memory.region.id, year) for year in days),
    )


def full_name(conn: Connection, name: str) -> str:
    """Return the id of the entitlement that has this id, or alone has it as a part.

    Raises:
        UsageError: There is none, or more than one.
    """
    near: list[str] = [row[0] for row in conn.execute(_LIKE, (name, name))]
    if name in near:
        return name
    if name and len(near) == 1:
        return near[0]
    if name and near:
        msg = f"`{name}` 不止一笔应享 (several entitlements)"
        raise UsageError(msg, hint="、".join(near))
    return one_of(conn, name).id


def decided_of(memory: Memory, one: Entitlement) -> AnswerTold | None:
    """Return the decision that an entitlement rests on; None where none is kept.

    Raises:
        Damaged: A file of its run is missing or was altered.
    """
    run = find(memory, one.run)
    row = decision(memory, run, one.subject, one.org, one.key)
    if row is None or one.policy not in run.policies[one.subject]:
        return None
    rule = memory.declared_then(run.declarations, run.region).region.rule(one.policy)
    later = revisions(memory, run, one.org, one.key)
    return answer_told(rule, run.policies[one.subject].index(one.policy), row, later)


def payments(
    conn: Connection, *, entitlement: str = "", batch: str = "", state: str = ""
) -> list[PaymentTold]:
    """Return payments, batch by batch, line by line."""
    rows = conn.execute(
        _PAYMENT + "where (%(e)s = '' or p.entitlement_id = %(e)s)"
        " and (%(b)s = '' or p.batch_id = %(b)s) and (%(s)s = '' or p.state = %(s)s)"
        " order by b.day, b.known_at, p.line",
        {"e": entitlement, "b": batch, "s": state},
    )
    return [_payment(row) for row in rows]


def _payment(row: Sequence[Any]) -> PaymentTold:
    said = list(row)
    said[4] = said[4] or ""
    said[8] = masked(said[8])
    return PaymentTold(*said)


@dataclass(frozen=True, slots=True)
class BatchTold:
    """A batch that went out, and what became of its payments."""

    id: str
    form: str
    day: date
    actor: str
    payments: int
    total: int
    synthetic: bool
    paid: int
    failed: int
    out: int
    sha: str


def batches(conn: Connection) -> list[BatchTold]:
    """Return the batches of payments, in the order in which they went out."""
    return [BatchTold(*row) for row in conn.execute(_BATCHES)]


@dataclass(frozen=True, slots=True)
class PayeeTold:
    """Where a party is paid, from a day on; no figures of the account but the last."""

    party: str
    holder: str
    bank: str
    account: str
    since: date
    actor: str
    reason: str
    known_at: datetime


def payees(conn: Connection, party: str) -> list[PayeeTold]:
    """Return what was ever registered of a party; the last one counts."""
    found = []
    for row in conn.execute(_PAYEES, (party,)):
        said = list(row)
        said[3] = masked(said[3])
        found.append(PayeeTold(*said))
    return found


def notices(conn: Connection, org: int) -> list[dict[str, Any]]:
    """Return what a party was told, in order."""
    return [
        {"id": r[0], "party": r[1], "items": r[2]["items"], "actor": r[3], "at": r[4]}
        for r in conn.execute(_NOTICES, (org,))
    ]


def _in_notice(notice: dict[str, Any]) -> set[str]:
    return {item["entitlement"] for item in notice["items"]}


@dataclass(frozen=True, slots=True)
class Waiting:
    """What an approval would do to a policy's notices.

    Args:
        policy: The policy.
        ready: Their ids and amounts.
        waiting: Those whose window is open, or that are objected to.
        commodity: What they count.
    """

    policy: str
    ready: tuple[Entitlement, ...]
    waiting: tuple[Entitlement, ...]
    commodity: str

    @property
    def total(self) -> int:
        """Return the sum of what is ready."""
        return sum(one.amount for one in self.ready)


def to_approve(
    conn: Connection,
    *,
    on: date,
    policy: str = "",
    names: Sequence[str] = (),
    year: int = 0,
) -> list[Waiting]:
    """Return what an approval on a day would take up, by policy."""
    by_policy: dict[tuple[str, str], tuple[list[Entitlement], list[Entitlement]]] = {}
    for one in listed(conn, state="noticed", policy=policy, year=year):
        if names and one.id not in names:
            continue
        ready, waiting = by_policy.setdefault((one.policy, one.commodity), ([], []))
        (waiting if one.objection or on <= one.object_until else ready).append(one)
    return [
        Waiting(policy, tuple(ready), tuple(waiting), commodity)
        for (policy, commodity), (ready, waiting) in by_policy.items()
    ]


def terms_of(memory: Memory, made: Entitled, on: date) -> dict[str, Terms]:
    """Return, by instrument, until when what a run promised is noticed and promised."""
    with memory.transaction() as conn:
        said = settings_in_force(conn, on)
    every = memory.declared.instruments
    found = {}
    for name in dict.fromkeys(due.instrument for _, due in made.fresh):
        terms = noticed_terms(memory, every.instrument(name), said, on)
        if isinstance(terms, Terms):
            found[name] = terms
    return found


def is_synthetic(conn: Connection) -> bool:
    """Return whether anything that the book rests on is invented."""
    row = conn.execute(_SYNTHETIC).fetchone()
    return bool(row and row[0])


def is_party(conn: Connection, said: str) -> bool:
    """Return whether the book or the payees know a party by this name."""
    return bool(known_parties(conn, [said]))


def known_parties(conn: Connection, said: Sequence[str]) -> set[str]:
    """Return those of some names by which the book or the payees know a party."""
    return {name for (name,) in conn.execute(_PARTIES, (list(said),))}


def bank_reasons(region: str) -> dict[str, str]:
    """Return what the reasons of banks are called, by their codes."""
    found: dict[str, str] = {}
    for form in load_payment_forms(region).values():
        for word, code in form.reasons.items():
            found.setdefault(code, word)
    return found
