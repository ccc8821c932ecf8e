# SPDX-License-Identifier: Apache-2.0
"""Where work runs: programs over batches, in process."""

from ceyuan.engine.batches import BATCH_ROWS, parquet_to_parquet, run_batches, slices
from ceyuan.engine.encode import encode
from ceyuan.engine.frames import Linked, beyond, open_shape, prepare, shape_of, within
from ceyuan.engine.tallies import count

__all__ = [
    "BATCH_ROWS",
    "Linked",
    "beyond",
    "count",
    "encode",
    "open_shape",
    "parquet_to_parquet",
    "prepare",
    "run_batches",
    "shape_of",
    "slices",
    "within",
]
