# SPDX-License-Identifier: Apache-2.0
"""Column operations in order, run over one batch with Polars kernels.

A batch that fits the cache is faster than one long plan over a table: what one
step writes the next one finds there. Columns are freed after their last use.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import polars as pl


@dataclass(frozen=True, slots=True)
class Step:
    """One operation: a kernel over earlier columns.

    Args:
        number: The column that it makes.
        kernel: What is called.
        reads: Numbers of the columns it is called with.
        fixed: What it is given besides.
        frees: Columns that nobody needs after it.
    """

    number: int
    kernel: Callable[..., pl.Series]
    reads: tuple[int, ...]
    fixed: tuple[object, ...] = ()
    frees: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Program:
    """Steps in order, and the columns that they start from.

    Args:
        steps: The operations.
        inputs: Names of the columns that a batch brings, by number.
        literals: Constants by number, as columns of one row.
    """

    steps: tuple[Step, ...]
    inputs: Mapping[int, str]
    literals: Mapping[int, pl.Series]

    def run(self, columns: Mapping[str, pl.Series]) -> dict[int, pl.Series]:
        """Return every kept column over one batch.

        Args:
            columns: Input columns without nulls, by name.
        """
        registers = dict(self.literals)
        for number, name in self.inputs.items():
            registers[number] = columns[name]
        for step in self.steps:
            registers[step.number] = step.kernel(
                *[registers[r] for r in step.reads], *step.fixed
            )
            for free in step.frees:
                del registers[free]
        return registers
