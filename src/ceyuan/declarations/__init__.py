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
from ceyuan.declarations.parts import Part, Text, build
from ceyuan.declarations.policy import Policy
from ceyuan.declarations.region import DEFAULT_REGION, Region, load_region, read_region
from ceyuan.declarations.source import Source, parse_source, read_source

__all__ = [
    "DEFAULT_REGION",
    "Change",
    "Code",
    "Fact",
    "FactFile",
    "Field",
    "Headings",
    "Part",
    "Policy",
    "Region",
    "Rule",
    "Source",
    "Supplier",
    "Text",
    "build",
    "compose",
    "fact_symbols",
    "load_region",
    "parse_source",
    "read_region",
    "read_source",
]
