# SPDX-License-Identifier: Apache-2.0
"""From text to tree: SQL scalar expressions, a whitelist, nothing else.

The grammar is sqlglot's; what it parses is translated node by node, and a node
that is not on the list is refused by name. So no subquery, no star, no cast, no
function that is not ours, whatever is written into a policy file.
"""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from ceyuan.kernel import RuleError
from ceyuan.language.functions import FUNCTIONS
from ceyuan.language.tree import (
    All,
    AnyOf,
    Arith,
    Call,
    Choose,
    Compare,
    Day,
    Member,
    Name,
    Node,
    Not,
    Number,
    Truth,
    Word,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_ORDERS: dict[type[exp.Expr], str] = {
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.EQ: "=",
    exp.NEQ: "<>",
}
_SIGNS: dict[type[exp.Expr], str] = {
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
}
_DECIMAL = re.compile(r"\d+(\.\d+)?\Z|\.\d+\Z")
MAX_LENGTH = 4000
"""Longer texts are refused: the longest clause of any rule is far shorter, and
the parser recurses."""


@cache
def parse(text: str) -> Node:
    """Return the tree of an expression.

    Raises:
        RuleError: The text is no expression of the language; the message says
            which part.
    """
    if len(text) > MAX_LENGTH:
        msg = f"an expression of {len(text)} characters; at most {MAX_LENGTH}"
        raise RuleError(msg, code="D201", hint="split it with `let`")
    try:
        statements = sqlglot.parse(text, dialect="duckdb")
    except (SqlglotError, RecursionError) as error:
        detail = str(error).splitlines()[0] if str(error) else "nested too deeply"
        msg = f"not an expression: {detail}; text `{text.strip()}`"
        raise RuleError(msg, code="D201", hint=_HINT) from error
    if len(statements) != 1 or statements[0] is None:
        msg = f"one expression is asked, {len(statements)} found in `{text.strip()}`"
        raise RuleError(msg, code="D201", hint=_HINT)
    return _node(statements[0])


_HINT = "see docs/language.md for what can be written"


def _refuse(node: exp.Expr, why: str = "") -> RuleError:
    shown = node.sql(dialect="duckdb")
    reason = why or f"{type(node).__name__.lower()} is not part of the language"
    return RuleError(f"{reason}: `{shown}`", code="D202", hint=_HINT)


def _node(node: exp.Expr) -> Node:
    if type(node) in _ORDERS:
        return Compare(_ORDERS[type(node)], *_pair(node))  # type: ignore[arg-type]
    if type(node) in _SIGNS:
        return Arith(_SIGNS[type(node)], *_pair(node))  # type: ignore[arg-type]
    for kind, make in _MAKERS.items():
        if isinstance(node, kind):
            return make(node)
    raise _refuse(node)


def _pair(node: exp.Expr) -> tuple[Node, Node]:
    return _node(node.this), _node(node.expression)


def _name(node: exp.Column) -> Node:
    if node.table or not isinstance(node.this, exp.Identifier) or node.this.quoted:
        raise _refuse(node, "a name is one plain word")
    return Name(node.name)


def _literal(node: exp.Literal) -> Node:
    if node.is_string:
        return Word(node.name)
    if not _DECIMAL.match(node.name):  # 1e9 would be a float to its reader
        raise _refuse(node, "not an exact number")
    return Number(Fraction(node.name))


def _negative(node: exp.Neg) -> Node:
    inner = _node(node.this)
    if isinstance(inner, Number):
        return Number(-inner.value)
    return Arith("-", Number(Fraction(0)), inner)


def _flat(node: exp.Expr, kind: type[exp.Expr]) -> tuple[Node, ...]:
    parts: list[Node] = []
    for side in (node.this, node.expression):
        inner = side.unnest() if isinstance(side, exp.Paren) else side
        if isinstance(inner, kind):
            parts.extend(_flat(inner, kind))
        else:
            parts.append(_node(inner))
    return tuple(parts)


def _between(node: exp.Between) -> Node:
    value = _node(node.this)
    low, high = _node(node.args["low"]), _node(node.args["high"])
    return All((Compare(">=", value, low), Compare("<=", value, high)))


def _member(node: exp.In) -> Node:
    if node.args.get("field") is not None:  # `x IN name`: a set parameter
        return Member(_node(node.this), (_node(node.args["field"]),))
    if not node.expressions or node.args.get("query") or node.args.get("unnest"):
        raise _refuse(node, "IN asks for a list of codes")
    return Member(_node(node.this), tuple(_node(e) for e in node.expressions))


def _choose(node: exp.Case) -> Node:
    default = node.args.get("default")
    if default is None:
        raise _refuse(node, "CASE needs its ELSE: what is left out would be a NULL")
    subject = _node(node.this) if node.this is not None else None
    arms = []
    for arm in node.args["ifs"]:
        test = _node(arm.this)
        if subject is not None:
            test = Compare("=", subject, test)
        arms.append((test, _node(arm.args["true"])))
    return Choose(tuple(arms), _node(default))


def _date(node: exp.Cast) -> Node:
    inner = node.this
    if (
        node.to.this != exp.DataType.Type.DATE
        or not isinstance(inner, exp.Literal)
        or not inner.is_string
    ):
        raise _refuse(node, "a cast is not part of the language; write DATE '…'")
    try:
        return Day(date.fromisoformat(inner.name))
    except ValueError as error:
        raise _refuse(node, "not a date") from error


def _call(name: str, arguments: list[exp.Expr], node: exp.Expr) -> Node:
    lowered = name.lower()
    if lowered not in FUNCTIONS:
        near = ", ".join(sorted(FUNCTIONS))
        raise _refuse(node, f"`{lowered}` is no function of the language ({near})")
    least, most = FUNCTIONS[lowered].arity
    if not least <= len(arguments) <= most:
        raise _refuse(node, f"`{lowered}` takes {least} to {most} arguments")
    return Call(lowered, tuple(_node(a) for a in arguments))


def _extreme(node: exp.Greatest | exp.Least) -> Node:
    name = "greatest" if isinstance(node, exp.Greatest) else "least"
    return _call(name, [node.this, *node.expressions], node)


_MAKERS: dict[type[exp.Expr], Callable[..., Node]] = {
    exp.Paren: lambda n: _node(n.this),
    exp.Column: _name,
    exp.Literal: _literal,
    exp.Boolean: lambda n: Truth(bool(n.this)),
    exp.Neg: _negative,
    exp.Not: lambda n: Not(_node(n.this)),
    exp.And: lambda n: All(_flat(n, exp.And)),
    exp.Or: lambda n: AnyOf(_flat(n, exp.Or)),
    exp.Between: _between,
    exp.In: _member,
    exp.Case: _choose,
    exp.Cast: _date,
    exp.Greatest: _extreme,
    exp.Least: _extreme,
    exp.Year: lambda n: _call("year", [n.this], n),
    exp.Anonymous: lambda n: _call(n.name, n.expressions, n),
}
