# SPDX-License-Identifier: Apache-2.0
"""Every operation of the interface, asked at random, right and wrong, by Schemathesis.

Half of the questions name things that are there, so that there are answers to hold
against the description. Whatever comes, there is no fault of ours, and what is answered
is what the description says.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.town import one, portal_settings
from tests.web.api_door import ROOT, door

if TYPE_CHECKING:
    from tests.town import Town

POLICY = "tech_sme_2017"
WHO = ("审计员", "经办人甲", "财务丙", "分析员", "园区经理", "企业甲", "管理员", "")
SLOW = ("simulate", "reform_simulate", "check", "batch_make", "import_make")
"""What reads whole files or makes jobs: fewer of them."""
MEANT = (*SLOW, "firm_claim", "reform_save", "request_make", "firm_try")
"""What has to mean something besides being of the right form."""


@pytest.fixture(name="described")
def _described(town: Town) -> Any:
    """Give the description, with limits that nobody reaches."""
    from ceyuan.web import serving

    said = portal_settings(town.folder, town.url, api_reads=10**6, api_heavy=10**6)
    app = serving.application(said)
    return schemathesis.openapi.from_wsgi(f"{ROOT}/openapi.json", app)


def known(town: Town) -> dict[str, list[Any]]:
    """Return ids of things that are there, by the name of the parameter."""
    asked = {
        "entitlement": "select min(id) from entitlement",
        "entry": "select min(id) from ledger_transfer",
        "account": "select min(path) from ledger_account",
        "payment": "select min(id) from payment",
        "run": "select min(id) from run",
        "batch": "select min(id) from batch",
    }
    return {
        "code": [town.firm, town.paid, town.other],
        "policy": [POLICY, "xjr_2026", "sh_voucher_2025"],
        "instrument": ["innovation_voucher", "risk_loan"],
        **{name: [one(town.url, query)] for name, query in asked.items()},
    }


def ask(described: Any, town: Town, *, examples: int, random: bool = False) -> int:
    """Ask every operation; return how many questions that were."""
    doors = [door(name) for name in WHO]
    ids = known(town)
    asked = 0
    for found in described.get_all_operations():
        operation = found.ok()
        name = operation.definition.raw["operationId"]
        few = max(3, examples // 5) if name in SLOW else examples
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            asked += _one(operation, mode, doors, ids, few, random)
    return asked


def _one(
    operation: Any,
    mode: Any,
    doors: list[Any],
    ids: dict[str, list[Any]],
    examples: int,
    random: bool,
) -> int:
    count = 0
    name = operation.definition.raw["operationId"]
    left_out = [positive_data_acceptance] if name in MEANT else []

    @seed(20261121)
    @settings(
        max_examples=examples,
        derandomize=False,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def asks(data: Any) -> None:
        nonlocal count
        count += 1
        case = data.draw(operation.as_strategy(generation_mode=mode))
        who = data.draw(st.sampled_from(doors))
        if mode is GenerationMode.POSITIVE and data.draw(st.booleans()):
            for one in case.path_parameters or {}:
                if one in ids:
                    case.path_parameters[one] = data.draw(st.sampled_from(ids[one]))
        if mode is GenerationMode.POSITIVE and case.query:
            # A cursor is of one list; random ones are none.
            case.query.pop("cursor", None)
        headers = {**who.headers, "Accept-Encoding": "identity"}
        case.call_and_validate(headers=headers, excluded_checks=left_out)

    with contextlib.suppress(Unsatisfiable):  # nothing about it can be wrong
        asks()
    return count


@pytest.mark.slow
def test_every_operation_answers_as_it_is_described(described: Any, town: Town) -> None:
    assert ask(described, town, examples=6) > 400
