# SPDX-License-Identifier: Apache-2.0
"""The expression language: one tree, two evaluators that must agree."""

from ceyuan.language.columns import Amount, Answer, Line
from ceyuan.language.compile import (
    Compiled,
    Compiler,
    Reads,
    Shape,
    Tally,
    column_name,
)
from ceyuan.language.fixed import Fixed
from ceyuan.language.functions import FUNCTIONS
from ceyuan.language.graph import FALSE, TRUE, Graph, NotProvable, Whole
from ceyuan.language.interpret import Coded, Facts, Interpreter, Known, Record, Result
from ceyuan.language.parse import parse
from ceyuan.language.program import Program
from ceyuan.language.ranges import Gone, Quotient, Range, Root, Value, Verdict, settle
from ceyuan.language.scope import (
    Context,
    Definition,
    FactKey,
    FactSymbol,
    Marginal,
    ParameterSymbol,
    Scope,
    Setting,
    Step,
    Steps,
)
from ceyuan.language.tree import Node, children, names, walk
from ceyuan.language.types import Checker, Type
from ceyuan.language.write import write

__all__ = [
    "FALSE",
    "FUNCTIONS",
    "TRUE",
    "Amount",
    "Answer",
    "Checker",
    "Coded",
    "Compiled",
    "Compiler",
    "Context",
    "Definition",
    "FactKey",
    "FactSymbol",
    "Facts",
    "Fixed",
    "Gone",
    "Graph",
    "Interpreter",
    "Known",
    "Line",
    "Marginal",
    "Node",
    "NotProvable",
    "ParameterSymbol",
    "Program",
    "Quotient",
    "Range",
    "Reads",
    "Record",
    "Result",
    "Root",
    "Scope",
    "Setting",
    "Shape",
    "Step",
    "Steps",
    "Tally",
    "Type",
    "Value",
    "Verdict",
    "Whole",
    "children",
    "column_name",
    "names",
    "parse",
    "settle",
    "walk",
    "write",
]
