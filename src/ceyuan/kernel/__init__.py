# SPDX-License-Identifier: Apache-2.0
"""Money, units, periods, identifiers, problems: what every room stands on."""

from ceyuan.kernel.errors import (
    CeyuanError,
    InputRejected,
    LedgerError,
    NotAllowed,
    RuleError,
    UsageError,
)
from ceyuan.kernel.identifiers import clean_code, code_fault
from ceyuan.kernel.money import money_unit, show_money
from ceyuan.kernel.numbers import exact
from ceyuan.kernel.periods import add_years, last_closed_year, year_end, years_between
from ceyuan.kernel.problems import Problem
from ceyuan.kernel.states import ABSENT, UNKNOWN, Absent, State, Unknown
from ceyuan.kernel.units import MONEY, PURE, Unit, unit, unit_names

__all__ = [
    "ABSENT",
    "MONEY",
    "PURE",
    "UNKNOWN",
    "Absent",
    "CeyuanError",
    "InputRejected",
    "LedgerError",
    "NotAllowed",
    "Problem",
    "RuleError",
    "State",
    "Unit",
    "Unknown",
    "UsageError",
    "add_years",
    "clean_code",
    "code_fault",
    "exact",
    "last_closed_year",
    "money_unit",
    "show_money",
    "unit",
    "unit_names",
    "year_end",
    "years_between",
]
