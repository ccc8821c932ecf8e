# SPDX-License-Identifier: Apache-2.0
"""Raw tables in, facts per firm out: exact, each with the cell it came from."""

from ceyuan.facts.catalogue import dictionary_json
from ceyuan.facts.columns import (
    Choice,
    ColumnMap,
    SheetMap,
    parse_columns,
    read_columns,
)
from ceyuan.facts.joins import join_facts
from ceyuan.facts.read import read_facts
from ceyuan.facts.table import (
    Cell,
    FactColumn,
    FactKey,
    FactTable,
    Question,
    Record,
    RecordColumn,
    Row,
    Skipped,
    Source,
    Value,
)

__all__ = [
    "Cell",
    "Choice",
    "ColumnMap",
    "FactColumn",
    "FactKey",
    "FactTable",
    "Question",
    "Record",
    "RecordColumn",
    "Row",
    "SheetMap",
    "Skipped",
    "Source",
    "Value",
    "dictionary_json",
    "join_facts",
    "parse_columns",
    "read_columns",
    "read_facts",
]
