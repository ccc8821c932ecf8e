# SPDX-License-Identifier: Apache-2.0
"""What a file is read for: the record type, its attributes, and what is fixed.

The one hard idea is that a record type is read with the words of its own attributes
only. A column of a list of loans that is headed `合同编号` is a loan's number there,
and a firm's nowhere; so each type has its own lexicon, in which its key stands where
a table of firms has names and codes, and in which a known form's words come first.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from ceyuan.facts.columns import SheetMap
from ceyuan.facts.headings import CODE, NAME, YEAR, Lexicon, Target

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from ceyuan.declarations.facts import Fact
    from ceyuan.declarations.forms import Form
    from ceyuan.declarations.record_types import Attribute, RecordType
    from ceyuan.facts.columns import ColumnMap

_SUBJECT = "firm"
YEAR_KEY = "year"


@dataclass(frozen=True)
class Asked:
    """What a file is read for.

    Args:
        record: The record type.
        facts: The dictionary.
        as_of: The day of the statement.
        columns: What the user fixed about the columns.
        form: The form that the file is.
        year: Year of the columns that name none.
        hidden: Attributes whose values are never quoted.
    """

    record: RecordType
    facts: Mapping[str, Fact]
    as_of: date
    columns: ColumnMap | None = None
    form: Form | None = None
    year: int | None = None
    hidden: frozenset[str] = field(default_factory=frozenset)

    @cached_property
    def attributes(self) -> dict[str, Attribute]:
        """Return the type's attributes, with the words of the form."""
        made = {
            name: one.model_copy(update={"subject": (_SUBJECT,)})
            for name, one in self.record.all_attributes(self.facts).items()
        }
        for column in self.form.table if self.form else ():
            one = made[column.attribute]
            codes = {
                code: entry.model_copy(
                    update={"synonyms": (*entry.synonyms, *column.codes.get(code, ()))}
                )
                for code, entry in one.codes.items()
            }
            made[column.attribute] = one.model_copy(update={"codes": codes})
        return made

    @cached_property
    def lexicon(self) -> Lexicon:
        """Return the headings of the type."""
        role = self.record.role
        made = Lexicon(
            self.attributes,
            subject=_SUBJECT,
            owned=self.record.organisation,
            keys=self.keys,
            owner=(*role.headings.zh, *role.headings.en) if role else (),
        )
        if self.form is None:
            return made
        labels = self.form.labels
        if self.record.organisation:
            made.prefer(labels.name, Target(NAME))
            made.prefer(labels.code, Target(CODE))
        made.prefer(labels.year, Target(YEAR))
        for column in self.form.table:
            made.prefer(column.headings, Target(column.attribute))
        return made

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the attributes that make up the key, the year left out."""
        return tuple(k for k in self.record.key if k != YEAR_KEY)

    @property
    def by_year(self) -> bool:
        """Return whether every record of the type is of a year."""
        return YEAR_KEY in self.record.key

    @property
    def owner(self) -> tuple[str, str]:
        """Return in words what a row lacks that names nothing, and what to add."""
        if self.record.organisation:
            return "既没有企业名称也没有信用代码", "企业名称或统一社会信用代码"
        words = "、".join(f"“{self.attributes[k].zh}”" for k in self.keys) or "内容"
        return f"没有{words}", words

    def unit_of(self, attribute: str) -> str:
        """Return the unit that the form gives figures without one; "" for none."""
        if self.form is None:
            return ""
        for column in self.form.table:
            if column.attribute == attribute and column.unit:
                return column.unit
        one = self.attributes[attribute]
        is_money = one.kind == "number" and one.measure.is_money
        return (self.form.unit or "") if is_money else ""

    def of_sheet(self, name: str) -> SheetMap | None:
        """Return what is fixed about a sheet."""
        smap: SheetMap | None = self.columns.of_sheet(name) if self.columns else None
        if self.year is None or (smap is not None and smap.year is not None):
            return smap
        return (smap or SheetMap()).model_copy(update={"year": self.year})
