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
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from ceyuan.office.firms import find_firm
from ceyuan.office.kept_receipts import issue_receipt
from ceyuan.office.runs import find
from ceyuan.web.opened import memory
from tests.park import write_xlsx
from tests.town import DAY, one, portal_settings
from tests.web.api_door import ROOT, door, read
from tests.web.lab_by_hand import text_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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
    assert ask(described, town, examples=4) > 300


@pytest.mark.soak
def test_every_operation_answers_whatever_comes(described: Any, town: Town) -> None:
    assert ask(described, town, examples=150) > 10_000


# Schemathesis does not close what is streamed to it.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.slow
def test_what_is_there_is_told_as_it_is_described(
    described: Any, town: Town, do_jobs: Callable[[], list[Any]], tmp_path: Path
) -> None:
    """Each operation that reads, asked for something that is there; it answers 200."""
    ids = {name: found[0] for name, found in known(town).items()}
    ids |= made(town, do_jobs, tmp_path) | {"code": town.paid}
    doors = {name: door(name) for name in ("审计员", "经办人甲")}
    wrong, count = [], 0
    for found in described.get_all_operations():
        operation = found.ok()
        if operation.method.upper() != "GET":
            continue
        said = operation.definition.raw
        name = said["operationId"]
        path = {
            one["name"]: ids.get(f"{name}.{one['name']}", ids.get(one["name"]))
            for one in said.get("parameters", ())
            if one["in"] == "path"
        }
        case = operation.Case(path_parameters=path, query=QUERIES.get(name, {}))
        who = doors["经办人甲" if name == "firm_try" else "审计员"]
        headers = {**who.headers, "Accept-Encoding": "identity"}
        answer = case.call_and_validate(headers=headers)
        count += 1
        if answer.status_code != 200:
            wrong.append((name, path, answer.status_code))

    assert [] == wrong
    assert count == 63


QUERIES = {
    "public_firms": {"q": "科技"}, "firms": {"q": "科技"}, "ladder": {"year": 2026},
    "payment_reconciliation": {"on": DAY},
}  # fmt: skip


def made(town: Town, do_jobs: Callable[[], list[Any]], at: Path) -> dict[str, Any]:
    """Bring about what a town does not have yet; return its ids."""
    firm, analyst, park = door("企业乙"), door("分析员"), door("园区经理")
    said = {"fact": "employees@2025", "value": "7", "reason": "x"}
    claim = read(firm.post(f"firms/{town.paid}/claims", said))["claim"]
    told = {"kind": "need", "title": "x", "body": "y"}
    number = read(firm.post("requests", told))["id"]
    sheet = SimpleUploadedFile("p.xlsx", write_xlsx(at / "p.xlsx").read_bytes())
    park.post("batches", file=sheet, as_of=DAY)
    job = read(analyst.post("simulate", {"reform": text_of(), "as_of": DAY}))["job"]
    for path in ("ladder?year=2026", "disagreements"):
        door("审计员").get(path)
    assert {"done"} == {one.state for one in do_jobs()}
    batch = park.told("batches")["items"][0]["id"]
    memory_ = memory("审计员")
    run = find(memory_, "last")
    org = find_firm(memory_.reading(run.as_of, run.known_at), town.paid).org
    of_parks = ("batch", "batch_result", "batch_document", "batch_file")
    return {
        **{f"{one}.batch": batch for one in of_parks},
        "claim": claim,
        "number": number,
        "job": job,
        "receipt": issue_receipt(memory_, run.id, org),
        "file": park.told(f"batches/{batch}/result")["files"][0],
        "reform": analyst.told("reforms")["items"][0]["id"],
    }
