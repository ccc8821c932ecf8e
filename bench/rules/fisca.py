# SPDX-License-Identifier: Apache-2.0
"""The tech-SME rule in openfisca-core, as its own manual teaches to write it.

Facts are variables, steps are scales among the parameters, the score is a formula
over whole columns. Its numbers are 32-bit binary fractions by design.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from openfisca_core.entities import build_entity
from openfisca_core.parameters import ParameterNode
from openfisca_core.periods import DateUnit
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

from bench.data import YEAR, tech_firms
from bench.measure import best, rate, rows_asked, tell
from bench.rules.oracle import wrong

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from openfisca_core.parameters import ParameterNodeAtInstant
    from openfisca_core.periods import Period

    from bench.data import Array, Columns

    Asked: TypeAlias = Callable[[str, Period], Array]
    Tables: TypeAlias = Callable[[Period], ParameterNodeAtInstant]
    Formula: TypeAlias = Callable[[Asked, Period, Tables], Array]

FIRM = build_entity(key="firm", plural="firms", label="Firm", is_person=True)
_MONEY = ("revenue", "assets", "rd_expense", "cost_expense")
_COUNTS = ("employees", "tech_staff", "ip_class1", "ip_class2", "tech_sme_direct")
_FLAGS = (
    "is_cn_resident",
    "prohibited_product",
    "violation_or_accident",
    "abnormal_or_dishonest",
    "hnte_valid",
)
_SCALES = {
    "staff": ((0.1, 4), (0.15, 8), (0.2, 12), (0.25, 16), (0.3, 20)),
    "sales": ((0.02, 10), (0.03, 20), (0.04, 30), (0.05, 40), (0.06, 50)),
    "cost": ((0.1, 10), (0.15, 20), (0.2, 30), (0.25, 40), (0.3, 50)),
    "first": ((1, 30),),
    "second": ((1, 6), (2, 12), (3, 18), (4, 24)),
}


def _variable(name: str, kind: type, formula: Formula | None = None) -> type[Variable]:
    body = {
        "value_type": kind,
        "entity": FIRM,
        "definition_period": DateUnit.YEAR,
        "label": name,
    }
    if formula is not None:
        body["formula"] = formula
    return type(name, (Variable,), body)


def _staff(firm: Asked, period: Period, parameters: Tables) -> Array:
    share = firm("tech_staff", period) / firm("employees", period)
    return parameters(period).staff.calc(share)


def _score(firm: Asked, period: Period, parameters: Tables) -> Array:
    tables, spent = parameters(period), firm("rd_expense", period)
    sales = tables.sales.calc(spent / firm("revenue", period))
    cost = tables.cost.calc(spent / firm("cost_expense", period))
    first = tables.first.calc(firm("ip_class1", period))
    second = tables.second.calc(firm("ip_class2", period))
    staff = firm("staff_points", period)
    return staff + np.maximum(sales, cost) + np.maximum(first, second)


def _eligible(firm: Asked, period: Period, parameters: Tables) -> Array:
    limits = parameters(period).limits
    passed = (firm("score", period) >= limits.score) * (
        firm("staff_points", period) > 0
    )
    direct = firm("hnte_valid", period) + (firm("tech_sme_direct", period) != 0)
    return (
        firm("is_cn_resident", period)
        * (firm("employees", period) <= limits.employees)
        * (firm("revenue", period) <= limits.sales)
        * (firm("assets", period) <= limits.assets)
        * np.logical_not(firm("prohibited_product", period))
        * np.logical_not(firm("violation_or_accident", period))
        * np.logical_not(firm("abnormal_or_dishonest", period))
        * (direct + passed)
    )


def system() -> TaxBenefitSystem:
    """Return the rule as a system of variables and parameters."""
    made = TaxBenefitSystem([FIRM])
    limits = {"employees": 500, "sales": 2e8, "assets": 2e8, "score": 60}
    data: dict[str, Any] = {
        "limits": {name: _dated(value) for name, value in limits.items()},
        **{name: _scale(steps) for name, steps in _SCALES.items()},
    }
    made.parameters = ParameterNode("", data=data)
    variables = [_variable(name, float) for name in _MONEY]
    variables += [_variable(name, int) for name in _COUNTS]
    variables += [_variable(name, bool) for name in _FLAGS]
    variables += [
        _variable("staff_points", float, _staff),
        _variable("score", float, _score),
        _variable("eligible", bool, _eligible),
    ]
    made.add_variables(*variables)
    return made


def _dated(value: float) -> dict[str, Any]:
    return {"values": {"2017-01-01": {"value": value}}}


def _scale(steps: tuple[tuple[float, int], ...]) -> dict[str, Any]:
    return {
        "brackets": [
            {
                "threshold": {"2017-01-01": {"value": bound}},
                "amount": {"2017-01-01": {"value": points}},
            }
            for bound, points in ((0, 0), *steps)
        ],
        "metadata": {"type": "single_amount"},
    }


def _inputs(columns: Columns) -> Columns:
    """Return money in yuan, as its users keep it."""
    return {n: v / 100 if n in _MONEY else v for n, v in columns.items()}


def main() -> None:
    """Measure inputs in, outcome and score out; the system is built beforehand."""
    rows = rows_asked()
    columns = tech_firms(rows)
    inputs, made = _inputs(columns), system()

    def work() -> tuple[Array, Array]:
        simulation = SimulationBuilder().build_default_simulation(made, count=rows)
        for name, values in inputs.items():
            simulation.set_input(name, str(YEAR), values)
        eligible = simulation.calculate("eligible", str(YEAR))
        return eligible, simulation.calculate("score", str(YEAR))

    seconds, (eligible, score) = best(work)
    outcome = np.where(eligible, 0, 3)
    tell("openfisca_core", **rate(rows, seconds), **wrong(columns, outcome, score))


if __name__ == "__main__":
    main()
