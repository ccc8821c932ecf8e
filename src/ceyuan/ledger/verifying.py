# SPDX-License-Identifier: Apache-2.0
"""The whole book walked once more: every hash, seal, sum, limit and hold.

What is read are the lines of the book (`exporting`), from the database or from an
exported file, so that one walk serves both and an export can be verified elsewhere
without a database. Rows are hashed one by one and summed in columns.

A line is a row in words, parts separated by tabs, its own hash last.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import polars as pl

from ceyuan.facts.store.merkle import root as merkle_root
from ceyuan.ledger.model import MOST
from ceyuan.ledger.sealing import GENESIS, day_head, day_of, head_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from numpy.typing import NDArray

    from ceyuan.ledger.exporting import Book

TRANSFER = ("seq", "id", "kind", "debit", "credit", "amount", "commodity", "code",
            "cause", "effective", "of_id", "expires", "link", "actor", "known",
            "salt", "sha")  # fmt: skip
EVENT = ("seq", "kind", "subject", "commodity", "side", "floor", "ceiling", "day",
         "sets", "actor", "reason", "known", "salt", "sha")  # fmt: skip
AUDIT = ("seq", "actor", "behalf", "verb", "object", "reason", "before", "after",
         "request", "known", "salt", "sha")  # fmt: skip
ACCOUNT = ("path", "commodity", "side", "opened", "sets", "debits", "credits",
           "debits_held", "credits_held", "floor", "ceiling", "closed")  # fmt: skip
SET = ("name", "reached", "ceiling")
SEAL = ("number", "since", "upto", "transfers", "events", "audits", "transfers_root",
        "events_root", "audits_root", "head")  # fmt: skip
_WHOLE = {"seq", "amount", "known", "debits", "credits", "debits_held", "credits_held",
          "floor", "ceiling", "number", "since", "upto", "transfers", "events", "audits",
          "reached"}  # fmt: skip
_READ = ("seq", "id", "kind", "debit", "credit", "amount", "commodity", "effective", "of_id",
         "expires", "known")  # fmt: skip
_SHOWN = 20
_PIECE = 1 << 18
_Places: TypeAlias = "NDArray[np.int64]"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in the book that is not as it should be.

    Args:
        code: Stable code, `L3` and two digits.
        zh: What and where, in Chinese.
        en: The same in English.
    """

    code: str
    zh: str
    en: str


@dataclass(slots=True)
class Verified:
    """What a walk through the book found.

    Args:
        transfers: How many transfers were walked.
        events: How many openings, limits and closings.
        audits: How many rows of the audit trail; 0 where they are not in an export.
        seals: How many seals.
        unsealed: Transfers after the last seal.
        head: The last head; empty where nothing was sealed.
        faults: What is wrong; empty: the book is whole.
        count: How many faults there are; only the first of them are kept.
    """

    transfers: int = 0
    events: int = 0
    audits: int = 0
    seals: int = 0
    unsealed: int = 0
    head: str = ""
    faults: list[Fault] = field(default_factory=list)
    count: int = 0

    @property
    def ok(self) -> bool:
        """Return whether nothing is wrong."""
        return self.count == 0

    def wrong(self, code: str, zh: str, en: str) -> None:
        """Note a fault; the first ones are kept with their words."""
        self.count += 1
        if len(self.faults) < _SHOWN:
            self.faults.append(Fault(code, zh, en))


def verify_book(book: Book, *, head: str = "") -> Verified:
    """Walk through a book.

    Args:
        book: Its lines.
        head: A head that was published; it has to be one of the chain's.
    """
    made = Verified()
    transfers, hashes = _hashed(book.transfers, made, "transfer", len(TRANSFER))
    events, event_hashes = _hashed(book.events, made, "event", len(EVENT))
    audits: bytes | None = None
    audit_hashes = b""
    if book.audits is not None:
        audits, audit_hashes = _hashed(book.audits, made, "audit", len(AUDIT))
        made.audits = len(audit_hashes) // 32
    made.transfers, made.events = len(hashes) // 32, len(event_hashes) // 32
    if made.count:
        return made
    try:
        _walk(
            book,
            made,
            head,
            (transfers, events, audits),
            (hashes, event_hashes, audit_hashes),
        )
    except (pl.exceptions.PolarsError, ValueError, OverflowError) as error:
        # The words of a row are as they were hashed; those beside it are not words of
        # ours.
        made.wrong(
            "L301",
            f"账本里有读不出来的内容：{str(error).splitlines()[0][:80]}",
            "something in the book is not readable",
        )
    return made


def _walk(
    book: Book,
    made: Verified,
    head: str,
    texts: tuple[bytes, bytes, bytes | None],
    hashes: tuple[bytes, bytes, bytes],
) -> None:
    moves = _frame(texts[0], TRANSFER, _READ)
    notes = _frame(texts[1], EVENT)
    trail = None if texts[2] is None else _frame(texts[2], AUDIT)
    _chain(book, made, head, (moves, notes, trail), hashes)
    accounts = _frame(book.accounts, ACCOUNT)
    _sums(moves, accounts, made)
    _places(moves, notes, made)
    _accounts(notes, accounts, made)
    _sets(notes, accounts, _frame(book.sets, SET), made)
    _holds(moves, made)


def _hashed(
    blocks: Iterable[bytes], made: Verified, what: str, width: int
) -> tuple[bytes, bytes]:
    """Hash every line as it comes; return all lines and their hashes."""
    sha256 = hashlib.sha256
    parts: list[bytes] = []
    hashes: list[bytes] = []
    broken, fits = 0, True
    for text in _pieces(blocks):
        lines = text.split(b"\n")
        if not lines[-1]:
            lines.pop()
        found = b"".join([sha256(line[:-65]).digest() for line in lines])
        fits = fits and b"".join([n[-64:] for n in lines]) == found.hex().encode()
        broken += sum(line.count(b"\t") != width - 1 for line in lines)
        parts.append(text)
        hashes.append(found)
    whole, found = b"".join(parts), b"".join(hashes)
    if not fits:
        for line in whole.split(b"\n"):
            if line and sha256(line[:-65]).hexdigest().encode() != line[-64:]:
                name = " ".join(line.decode("utf-8", "replace").split("\t")[:2])[:80]
                made.wrong(
                    "L301",
                    f"{what} 第 {name} 行与它的散列不符",
                    f"{what} {name} is not what was hashed",
                )
    if broken or b"\n\n" in whole or (whole and not whole.endswith(b"\n")):
        made.wrong(
            "L301", f"{what} 有读不出来的行", f"a line of {what} is not readable"
        )
    return whole, found


def _pieces(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield blocks in pieces of some hundred lines, which fit the cache.

    Few enough that a database never waits for us, and no copy of a long block.
    """
    left = iter(blocks)
    while some := list(islice(left, 256)):
        text = b"".join(some) if len(some) > 1 else some[0]
        at = 0
        while len(text) - at > _PIECE:
            stop = text.rfind(b"\n", at, at + _PIECE) + 1
            stop = stop or text.find(b"\n", at) + 1 or len(text)
            yield text[at:stop]
            at = stop
        yield text[at:] if at else text


def _frame(
    text: bytes | Iterable[bytes],
    names: tuple[str, ...],
    wanted: tuple[str, ...] = (),
) -> pl.DataFrame:
    """Return lines as columns, or some of them; whole numbers are exact."""
    whole = text if isinstance(text, bytes) else b"".join(text)
    kinds: dict[str, pl.DataType | type[pl.DataType]] = {
        n: pl.Int64 if n in _WHOLE else pl.String for n in names
    }
    if not whole:
        return pl.DataFrame(schema=kinds)
    return pl.read_csv(
        io.BytesIO(whole),
        has_header=False,
        separator="\t",
        quote_char=None,
        schema=kinds,
        columns=[names.index(name) for name in wanted] or None,
        empty_string_is_null=False,
        null_values={n: "" for n in names if n in _WHOLE},
    )


def _chain(
    book: Book,
    made: Verified,
    head: str,
    frames: tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame | None],
    hashes: tuple[bytes, bytes, bytes],
) -> None:
    """Walk the seals: spans follow on, roots and heads come out."""
    seals = _frame(book.seals, SEAL)
    made.seals = seals.height
    before, last, seen = GENESIS, None, set[str]()
    days: dict[date, list[bytes]] = {}
    ordered = [None if one is None else _ordered(one["known"]) for one in frames]
    for row in seals.iter_rows(named=True):
        number = row["number"]
        if last is not None and row["since"] != last:
            made.wrong(
                "L302", f"封印 {number} 与前一个不相接", f"seal {number} leaves a gap"
            )
        last = row["upto"]
        roots: list[bytes] = []
        counts: list[int] = []
        for at, (name, rootname) in enumerate(
            (("transfers", "transfers_root"), ("events", "events_root"),
             ("audits", "audits_root"))
        ):  # fmt: skip
            said = bytes.fromhex(row[rootname])
            known = ordered[at]
            if known is None:
                roots.append(said)
                counts.append(row[name])
                continue
            moments_, order = known
            low, high = np.searchsorted(moments_, (row["since"], row["upto"]))
            places = np.sort(order[low:high])
            leaves = _gather(hashes[at], places)
            roots.append(merkle_root(leaves))
            counts.append(len(places))
            if roots[-1] != said or counts[-1] != row[name]:
                made.wrong(
                    "L303",
                    f"封印 {number} 的{name}与账上的行不符：封了 {row[name]} 行，"
                    f"现有 {counts[-1]} 行",
                    f"seal {number} does not fit the {name}",
                )
        found = head_of(
            before,
            number,
            (row["since"], row["upto"]),
            (counts[0], counts[1], counts[2]),
            (roots[0], roots[1], roots[2]),
        )
        if found.hex() != row["head"]:
            made.wrong(
                "L304",
                f"封印 {number} 的链头不是由前一个链头和它的根算出来的",
                f"the head of seal {number} does not follow",
            )
        before = bytes.fromhex(row["head"])
        seen.add(row["head"])
        days.setdefault(_day(row["upto"]), []).append(before)
    made.head = "" if not seals.height else before.hex()
    first = seals["since"].min() if seals.height else None
    for frame, what in zip(frames, ("transfers", "events", "audits"), strict=True):
        early = (
            0 if frame is None or first is None else int((frame["known"] < first).sum())
        )
        if early:
            made.wrong(
                "L303",
                f"{early} 行 {what} 早于第一个封印，不在任何封印之下",
                f"{early} {what} are before the first seal",
            )
    moments = frames[0]["known"]
    made.unsealed = moments.len() if last is None else int((moments >= last).sum())
    seen |= {day_head(day, heads).hex() for day, heads in days.items()}
    if head and head.lower() not in seen:
        made.wrong(
            "L305",
            f"公布的链头 {head[:12]}… 不在这本账的链上",
            "the published head is not in the chain of this book",
        )


def _day(micros: int) -> date:
    return day_of(datetime.fromtimestamp(0, UTC) + timedelta(microseconds=micros))


def _ordered(known: pl.Series) -> tuple[_Places, _Places]:
    """Return moments in their order, and the places that they stand in."""
    moments = known.to_numpy()
    order = np.argsort(moments, kind="stable")
    return moments[order], order


def _gather(hashes: bytes, places: _Places) -> bytes:
    """Return some of the hashes; places are in order and mostly without a gap."""
    if not places.size:
        return b""
    first, last = int(places[0]), int(places[-1])
    if last - first + 1 == places.size:
        return hashes[first * 32 : (last + 1) * 32]
    table = np.frombuffer(hashes, dtype=np.uint8).reshape(-1, 32)
    return bytes(table[places].tobytes())


def _sums(moves: pl.DataFrame, accounts: pl.DataFrame, made: Verified) -> None:
    """Balances come out of the rows, and each commodity of what it began with: 0."""
    for row in moves.filter(
        (pl.col("amount") <= 0)
        | (pl.col("amount") > MOST)
        | (pl.col("debit") == pl.col("credit"))
    ).iter_rows(named=True):
        made.wrong(
            "L306",
            f"转账 {row['id']} 的金额或账户不成立",
            f"{row['id']} is no transfer",
        )
    found = legs(moves).group_by("account").agg(
        pl.col("dr").sum(), pl.col("cr").sum(), pl.col("dr_held").sum(),
        pl.col("cr_held").sum(),
    )  # fmt: skip
    found = found.rename({"account": "path"})
    there = accounts.with_columns(pl.lit(1).alias("there"))
    both = there.join(found, on="path", how="full", coalesce=True).with_columns(
        pl.col("dr", "cr", "dr_held", "cr_held").fill_null(0)
    )
    for row in both.filter(
        pl.col("there").is_null()
        | (pl.col("dr") != pl.col("debits"))
        | (pl.col("cr") != pl.col("credits"))
        | (pl.col("dr_held") != pl.col("debits_held"))
        | (pl.col("cr_held") != pl.col("credits_held"))
    ).iter_rows(named=True):
        made.wrong(
            "L307",
            f"账户 {row['path']} 的余额不是由账上的行加出来的",
            f"the balance of {row['path']} does not come out",
        )


def _places(moves: pl.DataFrame, notes: pl.DataFrame, made: Verified) -> None:
    """Both accounts were open on the day, and count what the row says."""
    opened = notes.filter(pl.col("kind") == "open").select(
        pl.col("subject").alias("path"), pl.col("commodity").alias("counts"), "day"
    )
    for side in ("debit", "credit"):
        both = moves.join(opened, left_on=side, right_on="path", how="left")
        wrong = both.filter(
            pl.col("counts").is_null()
            | (pl.col("counts") != pl.col("commodity"))
            | (pl.col("effective") < pl.col("day"))
        )
        for name, path in wrong.select("id", side).iter_rows():
            made.wrong(
                "L306",
                f"转账 {name} 不合账户 {path}：没有开户、币种不同，或早于开户日",
                f"{name} does not fit the account {path}",
            )


def legs(moves: pl.DataFrame) -> pl.DataFrame:
    """Return what each row does to each of its two accounts."""
    holds = moves.filter(pl.col("kind") == "hold").select(
        pl.col("id").alias("of_id"), pl.col("amount").alias("held")
    )
    there = moves.join(holds, on="of_id", how="left")
    moved = pl.when(pl.col("kind").is_in(["transfer", "reverse", "post"])).then(
        "amount"
    )
    reserved = (
        pl.when(pl.col("kind") == "hold")
        .then("amount")
        .when(pl.col("kind").is_in(["post", "void", "expire"]))
        .then(-pl.col("held"))
    )
    there = there.with_columns(
        moved.otherwise(0).alias("moved"), reserved.otherwise(0).alias("reserved")
    )
    nothing = pl.lit(0, pl.Int64)
    return pl.concat(
        [
            there.select(
                pl.col("debit").alias("account"), pl.col("moved").alias("dr"),
                nothing.alias("cr"), pl.col("reserved").alias("dr_held"),
                nothing.alias("cr_held"), "seq",
            ),
            there.select(
                pl.col("credit").alias("account"), nothing.alias("dr"),
                pl.col("moved").alias("cr"), nothing.alias("dr_held"),
                pl.col("reserved").alias("cr_held"), "seq",
            ),
        ]
    )  # fmt: skip


def _accounts(notes: pl.DataFrame, accounts: pl.DataFrame, made: Verified) -> None:
    """Accounts are as they were opened, limited and closed; limits hold."""
    opened = notes.filter(pl.col("kind") == "open").select(
        pl.col("subject").alias("path"),
        *(pl.col(n).alias(f"{n}_said") for n in ("commodity", "side", "sets")),
        pl.col("day").alias("opened_said"),
        pl.col("floor").alias("f"),
        pl.col("ceiling").alias("c"),
    )
    limits = (
        notes.filter(pl.col("kind") == "limit")
        .group_by("subject")
        .agg(pl.col("floor", "ceiling").last(), pl.len().alias("limited"))
        .rename({"subject": "path", "floor": "f2", "ceiling": "c2"})
    )
    closed = notes.filter(pl.col("kind") == "close").select(
        pl.col("subject").alias("path"), pl.col("day").alias("closed_said")
    )
    limited = pl.col("limited").is_not_null()
    grown = pl.col("side") == "credit"
    net = pl.col("credits") - pl.col("debits")
    going = pl.when(grown).then("debits_held").otherwise("credits_held")
    coming = pl.when(grown).then("credits_held").otherwise("debits_held")
    has = pl.when(grown).then(net).otherwise(-net)
    there = (
        accounts.with_columns(pl.lit(1).alias("there"))
        .join(opened, on="path", how="full", coalesce=True)
        .join(limits, on="path", how="left")
        .join(closed, on="path", how="left")
        .with_columns(
            pl.when(limited).then("f2").otherwise("f").alias("f"),
            pl.when(limited).then("c2").otherwise("c").alias("c"),
            pl.col("closed_said").fill_null(""),
            (pl.col("there").is_null() | pl.col("side_said").is_null()).alias("lone"),
        )
        .with_columns(
            pl.any_horizontal(
                pl.col(name).ne_missing(pl.col(said))
                for name, said in (
                    ("commodity", "commodity_said"), ("side", "side_said"),
                    ("sets", "sets_said"), ("opened", "opened_said"), ("floor", "f"),
                    ("ceiling", "c"), ("closed", "closed_said"),
                )
            ).alias("other"),
            ((has - going < pl.col("floor")) | (has + coming > pl.col("ceiling")))
            .fill_null(value=False)
            .alias("beyond"),
        )
    )  # fmt: skip
    wrong = there.filter(pl.col("lone") | pl.col("other") | pl.col("beyond"))
    for path, lone, other, beyond in wrong.select(
        "path", "lone", "other", "beyond"
    ).iter_rows():
        if lone:
            made.wrong("L308", f"账户 {path} 没有开户的记录，或开了户却不在",
                       f"{path} was never opened, or is gone")  # fmt: skip
        elif other:
            made.wrong("L308", f"账户 {path} 与开户、限额、关户的记录不符",
                       f"{path} is not as it was opened, limited or closed")  # fmt: skip
        if beyond and not lone:
            made.wrong("L309", f"账户 {path} 超出了它的界限",
                       f"{path} is beyond its limits")  # fmt: skip


def _sets(
    notes: pl.DataFrame,
    accounts: pl.DataFrame,
    sets: pl.DataFrame,
    made: Verified,
) -> None:
    """Account sets have reached what their accounts have, and no more than allowed."""
    said = notes.filter(pl.col("kind").is_in(["set", "ceiling"]))
    ceilings = {row["subject"]: row["ceiling"] for row in said.iter_rows(named=True)}
    member = notes.filter((pl.col("kind") == "open") & (pl.col("sets") != ""))
    there = member.join(accounts, left_on="subject", right_on="path", how="inner")
    grown = pl.when(pl.col("side") == "credit")
    reached = (
        there.with_columns(
            grown.then(pl.col("credits") - pl.col("debits") + pl.col("credits_held"))
            .otherwise(pl.col("debits") - pl.col("credits") + pl.col("debits_held"))
            .alias("has"),
            pl.col("sets").str.split(" "),
        )
        .explode("sets")
        .group_by("sets")
        .agg(pl.col("has").sum())
    )
    found = dict(reached.iter_rows())
    for row in sets.iter_rows(named=True):
        name = row["name"]
        over = row["ceiling"] is not None and row["reached"] > row["ceiling"]
        same = row["ceiling"] == ceilings.get(name, "")
        if found.get(name, 0) != row["reached"] or over or not same:
            made.wrong("L310", f"账户组 {name} 的合计或上限不符",
                       f"the set {name} does not come out")  # fmt: skip
    for name in ceilings.keys() - set(sets["name"]):
        made.wrong("L310", f"账户组 {name} 不见了", f"the set {name} is gone")


def _holds(moves: pl.DataFrame, made: Verified) -> None:
    """A hold is settled once and never above it; no reversal takes back too much."""
    whole = moves.select(
        pl.col("id").alias("of_id"), pl.col("kind").alias("of_kind"),
        pl.col("amount").alias("of_amount"), pl.col("debit").alias("of_debit"),
        pl.col("credit").alias("of_credit"), pl.col("expires").alias("of_expires"),
    )  # fmt: skip
    named = moves.filter(pl.col("of_id") != "").join(whole, on="of_id", how="left")
    settles = named.filter(pl.col("kind") != "reverse")
    reverses = named.filter(pl.col("kind") == "reverse")
    ended = settles.group_by("of_id").len().filter(pl.col("len") > 1)
    for name in ended["of_id"]:
        made.wrong("L311", f"冻结 {name} 了结了不止一次", f"{name} was settled twice")
    late = (
        (pl.col("kind") == "post")
        & (pl.col("of_expires") != "")
        & (pl.col("effective") > pl.col("of_expires"))
    )
    for name in settles.filter(
        (pl.col("of_kind") != "hold").fill_null(value=True)
        | (pl.col("amount") > pl.col("of_amount"))
        | (pl.col("debit") != pl.col("of_debit"))
        | (pl.col("credit") != pl.col("of_credit"))
        | late
    )["id"]:
        made.wrong("L311", f"{name} 了结的不是冻结，或超出了它",
                   f"{name} settles no hold, or more than it")  # fmt: skip
    over = reverses.group_by("of_id").agg(
        pl.col("amount").sum(), pl.col("of_amount").first()
    )
    wrong = reverses.filter(
        ~pl.col("of_kind").is_in(["transfer", "post"]).fill_null(value=False)
        | (pl.col("debit") != pl.col("of_credit"))
        | (pl.col("credit") != pl.col("of_debit"))
    )["of_id"].to_list()
    wrong += over.filter(pl.col("amount") > pl.col("of_amount"))["of_id"].to_list()
    for name in wrong:
        made.wrong("L312", f"对 {name} 的冲正不成立或超出原额",
                   f"the reversal of {name} is more than it, or of another")  # fmt: skip
