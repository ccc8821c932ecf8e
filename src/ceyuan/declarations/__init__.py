# SPDX-License-Identifier: Apache-2.0
"""The declarations of a region: read, checked, ready to be evaluated."""

from ceyuan.declarations.compose import Rule, compose, fact_symbols
from ceyuan.declarations.facts import (
    Change,
    Code,
    Fact,
    FactFile,
    Field,
    Headings,
    Supplier,
)
from ceyuan.declarations.forms import (
    Figure,
    FigureColumns,
    Form,
    FormColumn,
    FormLine,
    Labels,
)
from ceyuan.declarations.ladder import Tier
from ceyuan.declarations.parts import Part, Text, build
from ceyuan.declarations.policy import Policy
from ceyuan.declarations.record_types import (
    Attribute,
    Authority,
    RecordType,
    Role,
    Sensitivity,
    SourceSaid,
)
from ceyuan.declarations.records import Records, load_records, read_records
from ceyuan.declarations.region import DEFAULT_REGION, Region, load_region, read_region
from ceyuan.declarations.source import Source, parse_source, read_source
from ceyuan.declarations.succession import check_succession, line_of

__all__ = [
    "DEFAULT_REGION",
    "Attribute",
    "Authority",
    "Change",
    "Code",
    "Fact",
    "FactFile",
    "Field",
    "Figure",
    "FigureColumns",
    "Form",
    "FormColumn",
    "FormLine",
    "Headings",
    "Labels",
    "Part",
    "Policy",
    "RecordType",
    "Records",
    "Region",
    "Role",
    "Rule",
    "Sensitivity",
    "Source",
    "SourceSaid",
    "Supplier",
    "Text",
    "Tier",
    "build",
    "check_succession",
    "compose",
    "fact_symbols",
    "line_of",
    "load_records",
    "load_region",
    "parse_source",
    "read_records",
    "read_region",
    "read_source",
]
