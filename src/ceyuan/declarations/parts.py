# SPDX-License-Identifier: Apache-2.0
"""What every declaration is made of: strict models, bilingual texts, exact numbers."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from ceyuan.kernel import RuleError, UsageError, exact, unit

if TYPE_CHECKING:
    from ceyuan.declarations.source import Source

Confidence = Literal["V", "V2", "K", "U"]
"""V verified, V2 seen in a secondary source, K known, U uncertain."""


class Part(BaseModel):
    """A part of a declaration: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Text(Part):
    """A text in both languages; Chinese is the source."""

    zh: str
    en: str

    def __str__(self) -> str:
        return self.zh


def _exact(value: object) -> object:
    if isinstance(value, bool):
        msg = "a number is asked, not true or false"
        raise ValueError(msg)  # noqa: TRY004 - pydantic collects ValueError
    if isinstance(value, (int, Decimal)):
        return Fraction(value)
    if isinstance(value, str):
        return exact(value)
    return value


Exact = Annotated[Fraction, BeforeValidator(_exact)]
"""An exact number: an integer, a decimal, or a text such as `1/3`."""


def _known_unit(value: object) -> object:
    try:
        unit(str(value))
    except UsageError as error:
        raise ValueError(error.message) from error
    return str(value)


UnitName = Annotated[str, BeforeValidator(_known_unit)]

_Model = TypeVar("_Model", bound=BaseModel)


def build(model: type[_Model], source: Source) -> _Model:
    """Return a document as a model.

    Raises:
        RuleError: A part is missing, unknown or of the wrong kind; the message
            lists each with its line.
    """
    try:
        return model.model_validate(source.data)
    except ValidationError as error:
        faults = []
        for fault in error.errors():
            where = ".".join(str(step) for step in fault["loc"])
            faults.append((source.line(fault["loc"]), where, fault["msg"]))
        faults.sort()
        line, where, first = faults[0]
        more = "".join(f"\n  also line {n} ({w}): {m}" for n, w, m in faults[1:6])
        msg = f"{first}{more}"
        raise RuleError(
            msg,
            code="D103",
            file=source.name,
            line=line,
            clause=where,
            hint="compare with the format in docs/policy-format.md",
        ) from error
