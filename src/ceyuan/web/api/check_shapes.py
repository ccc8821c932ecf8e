# SPDX-License-Identifier: Apache-2.0
"""What a check-up looks like: the document `ceyuan.check/1` of the command line."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from ceyuan.web.api.shapes import Loose

Value = bool | int | float | str | list[str] | None


class SheetCell(Loose):
    """A fact of a row, and the cell that it was read from."""

    value: Value
    unit: str
    cell: str
    file: str = ""
    sheet: str = ""
    year: int = 0
    earlier: list[SheetCell] = Field([])


class Lacking(Loose):
    """A fact that is missing, and who can supply it."""

    fact: str
    by: str
    year: int = 0


class Shift(Loose):
    """One change of a step."""

    fact: str
    from_: Value = Field(alias="from")
    to: Value
    unit: str
    year: int = 0


class Nearest(Loose):
    """The smallest change that turns a policy."""

    changes: list[Shift]
    effort: dict[str, float]
    outcome: str
    amount_fen: int | None
    missing: list[Lacking]
    turns: list[str]


class SheetAnswer(Loose):
    """What one policy says of one firm."""

    outcome: str | None = Field(description="Null: the data contradict each other.")
    missing: list[Lacking]
    amount_fen: int | None
    nearest: Nearest | None
    to_confirm: list[str] = Field([])
    potential_fen: int = 0
    one_step: str = ""
    failing: list[str] = Field([])
    variant: str = ""
    refused: list[str] = Field([])
    outputs: dict[str, Value] = Field({})


class SheetRow(Loose):
    """One firm of the sheet."""

    sheet: str
    row: int
    name: str
    uscc: str
    year: int
    facts: dict[str, SheetCell]
    policies: dict[str, SheetAnswer]


class SheetProblem(Loose):
    """One thing that is wrong with the sheet, its place, and how to mend it."""

    code: str
    sheet: str
    row: int | None
    column: str
    message: str
    mend: str
    file: str = ""


class CheckUp(Loose):
    """A sheet's check-up: every policy's answer for each firm."""

    document: str = Field(alias="schema")
    as_of: date
    year: int
    year_reason: str
    region: str
    declarations: str
    rows: list[SheetRow]
    problems: list[SheetProblem]
    notes: list[SheetProblem]
