# SPDX-License-Identifier: Apache-2.0
"""What a person types for a move: `order_total=10万元`, `minutes=50分钟`, `share=1/3`.

A number is read in its own unit; one that counts a commodity can also be typed in the
commodity's further units, and a part of a whole as a fraction.
"""

from __future__ import annotations

import re
import unicodedata
from difflib import get_close_matches
from fractions import Fraction
from typing import TYPE_CHECKING

from ceyuan.declarations.instrument import in_base, in_smallest
from ceyuan.kernel import UsageError, unit
from ceyuan.office.parameters import _date, _flag, typed_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    import psycopg

    from ceyuan.declarations.instrument import Instrument
    from ceyuan.declarations.instrument_parts import Commodity, Input
    from ceyuan.declarations.policy import Parameter
    from ceyuan.language import Known, Setting

_FRACTION = re.compile(r"(\d+)\s*/\s*([1-9]\d*)\Z")
_AMOUNT = re.compile(r"([\d,]*\.?\d+)\s*(\D*)\Z")


def typed_pairs(said: Sequence[str], *, hint: str) -> dict[str, str]:
    """Return the names and values of `NAME=VALUE`.

    Raises:
        UsageError: One of them has no equals sign, or stands twice.
    """
    found: dict[str, str] = {}
    for one in said:
        name, equals, text = one.partition("=")
        name = name.strip()
        if not (equals and name):
            msg = f"`{one}` 不是 名称=值 (NAME=VALUE is asked)"
            raise UsageError(msg, hint=f"例如 {hint}")
        if name in found:
            msg = f"`{name}` 写了两次 (it stands twice)"
            raise UsageError(msg, hint="留一个")
        found[name] = text.strip()
    return found


def typed_inputs(
    instrument: Instrument, said: Mapping[str, object]
) -> dict[str, Known]:
    """Return inputs in base units from what was typed.

    Raises:
        UsageError: There is no such input, or it cannot take the value.
    """
    known = instrument.said.inputs
    found: dict[str, Known] = {}
    for name, value in said.items():
        by_words = [n for n, one in known.items() if name in (n, one.zh)]
        if len(by_words) != 1:
            near = get_close_matches(name, known, n=1)
            hint = f"是不是 `{near[0]}`？" if near else f"可用的：{'、'.join(known)}"
            msg = f"`{instrument.id}` 没有输入 `{name}` (there is no such input)"
            raise UsageError(msg, hint=hint)
        found[by_words[0]] = _input(instrument, by_words[0], value)
    return found


def _input(instrument: Instrument, name: str, value: object) -> Known:
    one = instrument.said.inputs[name]
    text = str(value).strip()
    if one.kind == "flag":
        return value if isinstance(value, bool) else _flag(name, text)
    if one.kind == "date":
        return _date(name, text)
    if one.kind == "code":
        return _code(name, one, text)
    if one.commodity:
        counted = instrument.commodities[one.commodity]
        return in_base_of(text, counted, of=name)
    return typed_number(text, unit(one.unit), of=name)


def _code(name: str, one: Input, text: str) -> str:
    if not one.codes:
        return text
    for code, said in one.codes.items():
        if text in (code, said.zh, said.en):
            return code
    options = "、".join(f"{c}（{t.zh}）" for c, t in one.codes.items())
    msg = f"`{name}` 没有“{text}”这个值 (no such code)"
    raise UsageError(msg, hint=f"可选：{options}")


def in_base_of(text: str, counted: Commodity, *, of: str) -> Fraction:
    """Return a typed amount of a commodity, as expressions measure it.

    Raises:
        UsageError: It is no amount.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if match := _FRACTION.match(plain):
        return Fraction(int(match[1]), int(match[2])) * unit(counted.unit).scale
    match = _AMOUNT.match(plain)
    if match and match[2].strip() in counted.units:
        number = Fraction(match[1].replace(",", ""))
        return number * in_base(counted.units[match[2].strip()], counted)
    return typed_number(text, unit(counted.unit), of=of)


def typed_amount(value: object, counted: Commodity, *, of: str) -> int:
    """Return an amount in smallest units; a whole number is one already.

    Raises:
        UsageError: It is no amount, or no whole number of smallest units.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    exact = in_smallest(in_base_of(str(value), counted, of=of), counted)
    if exact.denominator != 1:
        msg = f"`{of}`: {value} 不是整数个{counted.smallest.zh} (not whole)"
        raise UsageError(msg)
    return int(exact)


def settings_from(
    instrument: Instrument, said: Mapping[str, object]
) -> dict[str, Setting]:
    """Return parameters of an instrument from typed texts by `OWNER.NAME`.

    What belongs to other owners is left alone.

    Raises:
        UsageError: A parameter cannot take its value.
    """
    return {
        name: typed_setting(instrument.parameters[name], home, str(said[home]))
        for name, home in instrument.homes.items()
        if home in said
    }


def typed_setting(parameter: Parameter, of: str, text: str) -> Setting:
    """Return a parameter's value as it is typed.

    Raises:
        UsageError: It cannot take the value.
    """
    match parameter.kind:
        case "number":
            return typed_number(text, unit(parameter.unit), of=of)
        case "flag":
            return _flag(of, text.strip())
        case "set":
            return frozenset(part.strip() for part in text.split(";"))
        case "date":
            return _date(of, text.strip())
    msg = f"`{of}` 是分档表，只能写在文件里 (a table cannot be typed)"
    raise UsageError(msg)


def office_settings(
    conn: psycopg.Connection, instrument: Instrument, on: date
) -> dict[str, Setting]:
    """Return the parameters that the office has set, in force on a day.

    Raises:
        UsageError: A parameter cannot take what was set.
    """
    from ceyuan.office.settings import settings_in_force

    return settings_from(instrument, settings_in_force(conn, on))
