# SPDX-License-Identifier: Apache-2.0
"""Where work runs: programs over batches, in process."""

from ceyuan.engine.encode import encode
from ceyuan.engine.frames import Linked, beyond, open_shape, prepare, shape_of
from ceyuan.engine.tallies import count

__all__ = ["Linked", "beyond", "count", "encode", "open_shape", "prepare", "shape_of"]
