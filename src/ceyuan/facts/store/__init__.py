# SPDX-License-Identifier: Apache-2.0
"""Records that last: two clocks, sealed batches, snapshots, views.

```
import ──► Shelf.seal ──► register ──┐
                                     ├──► Snapshot ──► Reading ──► view, records
people ──► statements.write ─► flush ┘        (as_of, known_at, identity)
```
"""

from ceyuan.facts.store.catalogue import (
    AlreadyThere,
    Batch,
    File,
    batch,
    batches,
    imported,
    known_then,
    register,
    withdraw,
)
from ceyuan.facts.store.clock import tick
from ceyuan.facts.store.keyring import Keyring
from ceyuan.facts.store.kinds import RULING, Kind, kinds
from ceyuan.facts.store.merkle import Proof
from ceyuan.facts.store.reading import Reading
from ceyuan.facts.store.rounding import differ
from ceyuan.facts.store.shelf import Damaged, Part, Shelf
from ceyuan.facts.store.snapshots import (
    Snapshot,
    as_known,
    batch_id,
    of_snapshot,
)
from ceyuan.facts.store.snapshots import find as find_snapshot
from ceyuan.facts.store.snapshots import make as make_snapshot
from ceyuan.facts.store.statements import Statement
from ceyuan.facts.store.statements import write as write_statement
from ceyuan.facts.store.viewing import View, records, standing, view

__all__ = [
    "RULING",
    "AlreadyThere",
    "Batch",
    "Damaged",
    "File",
    "Keyring",
    "Kind",
    "Part",
    "Proof",
    "Reading",
    "Shelf",
    "Snapshot",
    "Statement",
    "View",
    "as_known",
    "batch",
    "batch_id",
    "batches",
    "differ",
    "find_snapshot",
    "imported",
    "kinds",
    "known_then",
    "make_snapshot",
    "of_snapshot",
    "records",
    "register",
    "standing",
    "tick",
    "view",
    "withdraw",
    "write_statement",
]
