# SPDX-License-Identifier: Apache-2.0
"""Files in, records out: checked, exact, each row with its place."""

from ceyuan.facts.intake.reading import read_rows
from ceyuan.facts.intake.rows import RowsRead
from ceyuan.facts.intake.stream import Batches, read_batches

__all__ = ["Batches", "RowsRead", "read_batches", "read_rows"]
