# SPDX-License-Identifier: Apache-2.0
"""Names of the tables of the catalogue, in an order in which they can be filled.

A table stands after those that it refers to. Known without Django, which is only
imported to make them.
"""

APPEND_ONLY = (
    "batch",
    "batch_file",
    "batch_part",
    "withdrawal",
    "claim",
    "statement",
    "ruling",
    "identity_event",
    "name_doubt",
    "snapshot",
    "run",
    "run_part",
    "revision",
    "erasure",
    "secret",
)
CHANGEABLE = ("person", "attempt")
TABLES = (*CHANGEABLE, *APPEND_ONLY)
