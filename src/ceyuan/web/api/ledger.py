# SPDX-License-Identifier: Apache-2.0
"""The interface: the book. Accounts, journal, one entry, one yuan, proof."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from django.http import Http404, HttpRequest
from ninja import Query, Router
from pydantic import Field

from ceyuan.kernel import UsageError
from ceyuan.ledger import Refused, balance, follow, make_receipt, trace
from ceyuan.office import journal_found as journal
from ceyuan.office.accounts_found import START, accounts_page, statement_page
from ceyuan.office.book_checked import ask_to_verify, heads_since
from ceyuan.office.book_out import one_moment
from ceyuan.office.book_told import book_state, entry_told, off_by, trial_as_of
from ceyuan.office.memory import read_moment
from ceyuan.office.money_told import is_synthetic
from ceyuan.web.api.jobs import accepted
from ceyuan.web.api.listing import Cursor, Limit, cursor_of, place_of
from ceyuan.web.api.money_shapes import (
    Account,
    AccountList,
    Entry,
    account_of,
    entry_of,
)
from ceyuan.web.api.operations import operation
from ceyuan.web.api.shapes import NO_NUL, Accepted, Counted, Page, Shape, text
from ceyuan.web.asking import caller, office
from ceyuan.web.showing import today

router = Router(tags=["ledger"])
Path_ = Annotated[str, Field(min_length=1, max_length=300, pattern=NO_NUL)]
Day = Annotated[date | None, Query(None, description="By the end of this day.")]
Since = Annotated[date | None, Query(None, description="First day.")]
Until = Annotated[date | None, Query(None, description="Last day.")]
Moment = Annotated[
    datetime | None, Query(None, description="As known at this moment; now by default.")
]
STEPS = 200
SHOWN_DAYS = 31


class AccountThen(Account):
    """An account, and what it had on a day, as known at a moment."""

    as_of: date | None
    known_at: datetime | None
    synthetic: bool


class StatementLine(Entry):
    """An entry as an account sees it."""

    debited: int
    credited: int
    held: int = Field(description="What it reserves, or (below 0) frees.")
    has: int = Field(description="What the account has after it.")
    other: str


class Statement(Page):
    """A page of an account's statement, with a running balance."""

    path: str
    commodity: str
    before: int = Field(description="What it had before the first line of the page.")
    after: int
    items: list[StatementLine]


class Hands(Shape):
    """Who decided, approved and paid what an entry is about."""

    entitlement: str
    payment: str
    party: str
    decided: str
    approved: str
    paid: str


class JournalRow(Shape):
    """An entry, what it took back, what took it back, and through whose hands it went."""

    entry: Entry
    of: Entry | None
    by: list[Entry]
    hands: Hands | None


class JournalSum(Shape):
    """What the entries that were found come to, in one commodity's smallest unit."""

    commodity: str
    moved: int
    reversed: int
    held: int
    freed: int


class Journal(Counted):
    """Entries, the newest first."""

    items: list[JournalRow]
    sums: list[JournalSum]


class EntrySide(Shape):
    """An account of an entry, before and after it."""

    account: str
    before: int
    after: int
    now: int


class Sealed(Shape):
    """A seal of the book."""

    number: int
    upto: datetime
    head: str


class EntryTold(Shape):
    """An entry with all that belongs to it."""

    entry: Entry
    of: Entry | None
    by: list[Entry]
    linked: list[Entry]
    hands: Hands | None
    debit: EntrySide
    credit: EntrySide
    sealed: Sealed | None = Field(description="Null: not sealed yet.")
    synthetic: bool


class FollowStep(Shape):
    """One step of following money."""

    depth: int
    most: int = Field(description="The most that can have gone this way.")
    entry: Entry
    beside: list[Entry]


class Followed(Shape):
    """Where money went, or where it came from."""

    back: bool
    cut: bool = Field(description="There are more steps than are told.")
    synthetic: bool
    steps: list[FollowStep]


class TrialRow(Shape):
    """All accounts of a commodity that grow on one side."""

    commodity: str
    side: str
    accounts: int
    debits: int
    credits: int
    debits_held: int
    credits_held: int


class TrialBalance(Shape):
    """The trial balance."""

    as_of: date | None
    balanced: bool
    off: dict[str, int] = Field(description="Debits above credits, where they differ.")
    synthetic: bool
    rows: list[TrialRow]


class DayHead(Shape):
    """What is published for a day."""

    day: date
    head: str
    transfers: int


class Proof(Shape):
    """How the book stands: balanced, sealed, and the heads of the last days."""

    balanced: bool
    unsealed: int
    last: Sealed | None
    heads: list[DayHead]


class ToVerify(Shape):
    """What is to be verified: the book, against a head that was published."""

    head: str = Field(
        "", pattern=r"^([0-9a-f]{64})?$", description="A published head; empty: none."
    )


@operation(
    router, "GET", "/ledger/accounts", asks=("ledger", "list"), shape=AccountList
)
def ledger_accounts(
    request: HttpRequest,
    limit: Limit,
    cursor: Cursor,
    prefix: Annotated[str, text(300)],
    q: Annotated[str, text(100, "Path, or whose it is.")],
    commodity: Annotated[str, text(40)],
) -> AccountList:
    """List accounts and what they have."""
    (after,) = place_of(cursor, str) or ("",)
    with one_moment(office(request)) as conn:
        page = accounts_page(
            conn,
            begins=[prefix] if prefix else (),
            text=q.strip(),
            commodity=commodity,
            after=after,
            limit=limit,
        )
    return AccountList.made(
        items=[account_of(one) for one in page.rows],
        next=cursor_of(page.after) if page.after else None,
    )


@operation(
    router,
    "GET",
    "/ledger/accounts/{path:account}",
    asks=("ledger", "see"),
    shape=AccountThen,
)
def ledger_account(
    request: HttpRequest, account: Path_, as_of: Day, known_at: Moment
) -> AccountThen:
    """Tell what an account has, or had on a day, as known then."""
    moment = None if known_at is None else read_moment(known_at.isoformat())
    with one_moment(office(request)) as conn:
        try:
            one = balance(conn, account, as_of=as_of, known_at=moment)
        except Refused as error:
            raise Http404 from error
        synthetic = is_synthetic(conn)
    return AccountThen.made(
        **account_of(one), as_of=as_of, known_at=moment, synthetic=synthetic
    )


@operation(
    router,
    "GET",
    "/ledger/statements/{path:account}",
    asks=("ledger", "see"),
    shape=Statement,
)
def ledger_statement(
    request: HttpRequest,
    account: Path_,
    limit: Limit,
    cursor: Cursor,
    since: Since,
    until: Until,
) -> Statement:
    """Tell an account entry by entry, with what it has after each."""
    place = place_of(cursor, str, int)
    after = START if place is None else (_day(place[0]), place[1])
    with one_moment(office(request)) as conn:
        try:
            page = statement_page(
                conn,
                account,
                since=since or date.min,
                until=until or date.max,
                after=after,
                limit=limit,
            )
        except Refused as error:
            raise Http404 from error
    return Statement.made(
        path=page.account.path,
        commodity=page.account.commodity,
        before=page.before,
        after=page.after,
        items=[
            {
                **entry_of(line.entry),
                "debited": line.debit,
                "credited": line.credit,
                "held": line.held,
                "has": line.has,
                "other": line.other,
            }
            for line in page.lines
        ],
        next=None
        if page.next is None
        else cursor_of(page.next[0].isoformat(), page.next[1]),
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return date.min


@operation(router, "GET", "/ledger/journal", asks=("ledger", "list"), shape=Journal)
def ledger_journal(
    request: HttpRequest,
    limit: Limit,
    cursor: Cursor,
    since: Since,
    until: Until,
    instrument: Annotated[str, text(80)],
    account: Annotated[str, text(300)],
    person: Annotated[str, text(150)],
    q: Annotated[str, text(100)],
    kind: Literal["", "transfer", "hold", "post", "void", "expire", "reverse"] = "",
) -> Journal:
    """List entries, the newest first, as far as they are asked for."""
    asked = journal.JournalAsked(
        instrument=instrument,
        account=account,
        since=since,
        until=until,
        person=person,
        text=q.strip(),
        kind=kind,
    )
    (before,) = place_of(cursor, int) or (0,)
    with one_moment(office(request)) as conn:
        page = journal.find(conn, asked, before=before, limit=limit)
    return Journal.made(
        items=[
            {
                "entry": entry_of(one.entry),
                "of": None if one.of is None else entry_of(one.of),
                "by": [entry_of(by) for by in one.by],
                "hands": one.hands,
            }
            for one in page.rows
        ],
        total=page.count,
        sums=page.sums,
        next=cursor_of(page.older) if page.older else None,
    )


@operation(
    router,
    "GET",
    "/ledger/entries/{path:entry}",
    asks=("ledger", "see"),
    shape=EntryTold,
)
def ledger_entry(request: HttpRequest, entry: Path_) -> EntryTold:
    """Tell one entry with all that belongs to it."""
    with one_moment(office(request)) as conn:
        try:
            made = entry_told(conn, entry)
        except UsageError as error:
            raise Http404 from error
        synthetic = is_synthetic(conn)
    found = made.found
    return EntryTold.made(
        entry=entry_of(made.entry),
        of=None if found.of is None else entry_of(found.of),
        by=[entry_of(one) for one in found.by],
        linked=[entry_of(one) for one in made.linked],
        hands=found.hands,
        debit=_side(made.debit),
        credit=_side(made.credit),
        sealed=made.sealed,
        synthetic=synthetic,
    )


def _side(one: Any) -> dict[str, Any]:
    return {
        "account": one.now.path,
        "before": one.before,
        "after": one.after,
        "now": one.now.has,
    }


@operation(
    router,
    "GET",
    "/ledger/follow/{path:entry}",
    asks=("ledger", "follow"),
    shape=Followed,
)
def ledger_follow(request: HttpRequest, entry: Path_, back: bool = False) -> Followed:
    """Follow the money of an entry to where it went, or back to where it came from."""
    with one_moment(office(request)) as conn:
        try:
            trace(conn, entry)
        except UsageError as error:
            raise Http404 from error
        steps = follow(conn, entry, forward=not back, limit=STEPS)
        synthetic = is_synthetic(conn)
    return Followed.made(
        back=back,
        cut=len(steps) >= STEPS,
        synthetic=synthetic,
        steps=[
            {
                "depth": one.depth,
                "most": one.most,
                "entry": entry_of(one.entry),
                "beside": [entry_of(e) for e in one.beside],
            }
            for one in steps
        ],
    )


@operation(router, "GET", "/ledger/trial", asks=("ledger", "list"), shape=TrialBalance)
def ledger_trial(request: HttpRequest, as_of: Day) -> TrialBalance:
    """Tell the trial balance, now or by the end of a day."""
    with one_moment(office(request)) as conn:
        rows = trial_as_of(conn, as_of)
        synthetic = is_synthetic(conn)
    off = off_by(rows)
    return TrialBalance.made(
        as_of=as_of, balanced=not off, off=off, synthetic=synthetic, rows=rows
    )


@operation(router, "GET", "/ledger/proof", asks=("ledger", "list"), shape=Proof)
def ledger_proof(request: HttpRequest) -> Proof:
    """Tell how the book is sealed, and the heads of the last days."""
    with one_moment(office(request)) as conn:
        state = book_state(conn)
        heads = heads_since(conn, today() - timedelta(SHOWN_DAYS))
    return Proof.made(
        balanced=state.balanced,
        unsealed=state.unsealed,
        last=state.last,
        heads=heads,
    )


@operation(
    router,
    "POST",
    "/ledger/verify",
    asks=("ledger", "verify"),
    shape=Accepted,
    status=202,
    kind="heavy",
    body="json",
)
def ledger_verify(request: HttpRequest, said: ToVerify) -> Accepted:
    """Ask for a walk through the whole book; a job tells what it found."""
    who = caller(request)
    job = ask_to_verify(office(request), head=said.head, organisation=who.organisation)
    return accepted(request, job)


@operation(
    router,
    "GET",
    "/ledger/receipts/{path:entry}",
    asks=("ledger", "see"),
    shape=dict[str, Any],
)
def ledger_receipt(request: HttpRequest, entry: Path_) -> dict[str, Any]:
    """Give the receipt of an entry, to be verified without us."""
    with one_moment(office(request)) as conn:
        try:
            trace(conn, entry)
        except UsageError as error:
            raise Http404 from error
        return make_receipt(conn, entry)
