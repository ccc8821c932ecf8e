# SPDX-License-Identifier: Apache-2.0
"""The book: transfers balanced by construction, holds, limits, seals.

```
model        what it is made of          posting      writing it, in the caller's
queries      every statement             bulk         transaction; tables at once
reading      balances, statements        sealing      closed spans, chained heads
verifying    the whole book, again       receipts     one row, proved
exporting    a file that proves itself; beancount, CSV, Parquet
```
"""

from ceyuan.ledger.bulk import Loaded, post_table
from ceyuan.ledger.exporting import Book, book_in, book_of, read_book, write_book
from ceyuan.ledger.model import Account, AccountSet, Balance, Entry, Posted, Transfer
from ceyuan.ledger.posting import (
    close_account,
    expire_holds,
    limit_account,
    limit_set,
    locked,
    open_accounts,
    open_sets,
    post,
)
from ceyuan.ledger.reading import (
    balance,
    balances,
    follow,
    journal,
    statement,
    trace,
    trial_balance,
)
from ceyuan.ledger.receipts import check_receipt, make_receipt
from ceyuan.ledger.refusals import Refused
from ceyuan.ledger.sealing import Seal, Sealer, seal, seal_now
from ceyuan.ledger.verifying import Fault, Verified, verify_book

__all__ = [
    "Account",
    "AccountSet",
    "Balance",
    "Book",
    "Entry",
    "Fault",
    "Loaded",
    "Posted",
    "Refused",
    "Seal",
    "Sealer",
    "Transfer",
    "Verified",
    "balance",
    "balances",
    "book_in",
    "book_of",
    "check_receipt",
    "close_account",
    "expire_holds",
    "follow",
    "journal",
    "limit_account",
    "limit_set",
    "locked",
    "make_receipt",
    "open_accounts",
    "open_sets",
    "post",
    "post_table",
    "read_book",
    "seal",
    "seal_now",
    "statement",
    "trace",
    "trial_balance",
    "verify_book",
    "write_book",
]
