# SPDX-License-Identifier: Apache-2.0
"""What programs write: checks, batches, imports, simulations, claims, requests."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import SimpleUploadedFile

from ceyuan.web import serving
from tests.office.town_by_hand import code
from tests.park import write_xlsx
from tests.town import DAY, one, portal_settings
from tests.web.api_door import Door, door, read
from tests.web.desk import asked
from tests.web.lab_by_hand import text_of
from tests.web.test_api import problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.town import Town

    Do = Callable[[], list[Any]]


HEAD = "企业名称,统一社会信用代码,2025年营业收入（万元）,从业人数（人）"


def unlimited(town: Town) -> None:
    said = portal_settings(town.folder, town.url, api_reads=10**6, api_heavy=10**6)
    serving.configure(said)


def accepted(answer: Any) -> dict[str, Any]:
    """Return what was accepted."""
    assert 202 == answer.status_code, answer.content.decode()
    said: dict[str, Any] = read(answer)
    assert said["href"].startswith("/api/v1/")
    return said


# --- sheets --------------------------------------------------------------------------


def test_a_sheet_is_checked_at_once_and_nothing_of_it_is_kept(
    town: Town, tmp_path: Path
) -> None:
    park = door("园区经理")
    batches = town.folder / ".ceyuan" / "batches"  # the folder of all towns of a run
    before = sorted(batches.glob("*"))
    sent = SimpleUploadedFile("p.xlsx", write_xlsx(tmp_path / "p.xlsx").read_bytes())
    answer = park.post("checks", file=sent, as_of=DAY, policies=["tech_sme_2017"])

    assert 200 == answer.status_code, answer.content.decode()
    found = read(answer)
    # By hand, as tests/park.py works it out.
    assert {row["row"]: row["policies"]["tech_sme_2017"]["outcome"] for row in found["rows"]} == {
        2: "eligible", 3: "unknown", 4: "ineligible", 5: "ineligible", 6: "unknown",
        7: "unknown",
    }  # fmt: skip
    for table in ("upload", "park_batch", "job"):
        assert 0 == one(town.url, f"select count(*) from {table}")  # noqa: S608
    assert before == sorted(batches.glob("*"))


def test_a_sheet_of_too_many_rows_is_sent_on_to_a_batch(town: Town) -> None:
    park = door("园区经理")
    out = io.StringIO()
    csv.writer(out).writerows(
        [["企业名称", "职工总数（人）"], *([f"甲{at}", "5"] for at in range(2_001))]
    )
    sent = SimpleUploadedFile("p.csv", out.getvalue().encode())
    said = problem(park.post("checks", file=sent, as_of=DAY), 413)

    assert said["hint"] == "交成批次：POST /api/v1/batches"


def test_what_is_wrong_with_a_sheet_is_said_one_by_one(town: Town) -> None:
    park = door("园区经理")
    for name, body in (("x.exe", b"x"), ("x.csv", b""), ("x.xlsx", b"no workbook")):
        said = problem(park.post("checks", file=SimpleUploadedFile(name, body)), 422)
        for row in said["problems"]:
            assert row["what"]
            assert row["mend"] or row["place"]
        assert said["problems"]
    sent = SimpleUploadedFile("x.csv", "企业名称\n甲\n".encode())
    said = problem(park.post("checks", file=sent, policies=["nothing"]), 400)
    assert "nothing" in said["detail"]


def test_a_batch_is_handed_in_and_taken_back(
    town: Town, do_jobs: Do, tmp_path: Path
) -> None:
    unlimited(town)
    park = door("园区经理")
    sent = SimpleUploadedFile("p.xlsx", write_xlsx(tmp_path / "p.xlsx").read_bytes())
    said = accepted(park.post("batches", file=sent, as_of=DAY))
    assert "waiting" == park.told(f"jobs/{said['job']}")["state"]
    assert ["done"] == [job.state for job in do_jobs()]

    job = park.told(f"jobs/{said['job']}")
    (batch,) = park.told("batches")["items"]
    assert (job["state"], job["withheld"]) == ("done", "")
    assert job["href"] == f"/api/v1/batches/{batch['id']}"
    assert (batch["rows"], batch["state"]) == (6, "done")
    result = park.told(f"{job['href']}/result")
    back = park.get(f"batches/{batch['id']}/files/{result['files'][0]}")
    assert b"PK" == b"".join(back.streaming_content)[:2]
    assert "attachment" in back.headers["Content-Disposition"]
    # Another park does not know of it.
    for path in ("", "/result", "/document", f"/files/{result['files'][0]}"):
        problem(door("另一园区").get(f"batches/{batch['id']}{path}"), 404)


# --- records -------------------------------------------------------------------------


def test_files_are_imported_by_a_job_and_tried_out_first(
    town: Town, do_jobs: Do
) -> None:
    unlimited(town)
    officer = door("经办人甲")
    before = {one["id"] for one in officer.told("imports?limit=200")["items"]}
    said = {
        "record": "firm", "source": "park", "as_of": "2026-11-20", "year": "2025",
        "synthetic": "true",
    }  # fmt: skip

    def sent() -> SimpleUploadedFile:
        rows = (HEAD, *(f"合成企业{at},{code(at)},1200,30" for at in (1, 2, 3)))
        return SimpleUploadedFile("园区表.csv", "\n".join(rows).encode())

    accepted(officer.post("imports", file=sent(), **said, dry_run="true"))
    assert [("import_preview", "done")] == [(one.kind, one.state) for one in do_jobs()]
    after = {one["id"] for one in officer.told("imports?limit=200")["items"]}
    assert before == after
    problem(officer.post("imports", file=sent(), **said), 400)  # without a reason

    asked_for = accepted(officer.post("imports", file=sent(), **said, reason="报送"))
    assert [("import", "done")] == [(one.kind, one.state) for one in do_jobs()]
    job = officer.told(f"jobs/{asked_for['job']}")
    (new,) = {one["id"] for one in officer.told("imports?limit=200")["items"]} - before
    assert (job["result"]["batch"], job["result"]["accepted"]) == (new, 3)
    one_batch = officer.told(f"imports/{new}")
    assert (one_batch["rows"], one_batch["reason"]) == (3, "报送")
    assert job["href"] == f"/api/v1/imports/{new}"
    problem(door("分析员").post("imports", file=sent(), **said), 403)


# --- what people tell ----------------------------------------------------------------


def test_a_firm_says_that_a_fact_is_wrong(town: Town) -> None:
    firm = door("企业甲")
    said = {"fact": "employees@2025", "value": "7", "reason": "年报写错了"}
    answer = firm.post(f"firms/{town.firm}/claims", said)

    assert 201 == answer.status_code, answer.content.decode()
    made = read(answer)
    assert (made["code"], made["attribute"], made["year"], made["claimed"]) == (
        town.firm, "employees", 2025, 7,
    )  # fmt: skip
    assert (made["actor"], made["role"], made["state"]) == ("企业甲", "firm", "open")
    assert made == firm.told(f"claims/{made['claim']}")
    assert [("企业甲", "firm")] == asked(town.url, "select actor, role from claim")
    problem(firm.post(f"firms/{town.paid}/claims", said), 404)
    said["value"] = "nonsense"
    problem(firm.post(f"firms/{town.firm}/claims", said), 400)
    assert 1 == one(town.url, "select count(*) from claim")


def test_a_firm_tells_the_office_something(town: Town) -> None:
    firm = door("企业甲")
    said = {"kind": "obstacle", "title": "社保", "body": "系统打不开"}
    answer = firm.post("requests", said)

    assert 201 == answer.status_code, answer.content.decode()
    made = read(answer)
    number = made["id"]
    assert made == firm.told(f"requests/{number}")
    assert 200 == door("经办人甲").get(f"requests/{number}").status_code
    problem(door("企业乙").get(f"requests/{number}"), 404)
    problem(door("经办人甲").post("requests", said), 403)


# --- reforms -------------------------------------------------------------------------


def test_a_reform_is_saved_as_yaml_or_as_an_object_and_tried(
    town: Town, do_jobs: Do
) -> None:
    unlimited(town)
    analyst = door("分析员")
    as_yaml = analyst.post("reforms", {"reform": text_of("one"), "as_of": DAY})
    assert 201 == as_yaml.status_code, as_yaml.content.decode()
    as_object = analyst.post(
        "reforms",
        {
            "reform": {
                "reform": "two", "zh": "示例（虚构）", "en": "Sample (invented)",
                "change": [
                    {"policy": "tech_sme_2017", "parameter": "score_min", "value": 40}
                ],
            },
            "as_of": DAY,
        },
    )  # fmt: skip
    assert 201 == as_object.status_code, as_object.content.decode()
    two = read(as_object)
    assert two["policies"] == ["tech_sme_2017"]
    assert {"one", "two"} == {row["name"] for row in analyst.told("reforms")["items"]}

    said = accepted(analyst.post(f"reforms/{two['id']}/simulate", {"as_of": DAY}))
    assert ["done"] == [job.state for job in do_jobs()]
    (tried,) = analyst.told(f"reforms/{two['id']}")["results"]
    assert (tried["job"], tried["state"], tried["sound"]) == (said["job"], "done", True)
    problem(door("经办人甲").post("reforms", {"reform": text_of()}), 403)
    problem(
        analyst.post("reforms", {"reform": text_of("three", "  - {policy: no}\n")}), 422
    )


# --- jobs and tokens -----------------------------------------------------------------


def test_a_job_is_stopped_by_who_asked_and_by_nobody_else(town: Town) -> None:
    said = accepted(door("经办人甲").get("ladder"))
    path = f"jobs/{said['job']}/stop"

    problem(door("财务丙").post(path), 404)
    problem(door("审计员").post(path), 403)
    stopped = door("经办人甲").post(path)
    assert 200 == stopped.status_code, stopped.content.decode()
    assert "waiting" != read(stopped)["state"]


def test_a_token_can_be_revoked_by_itself(town: Town) -> None:
    officer = door("经办人甲")
    (own,) = officer.told("tokens")["items"]
    answer = officer.post(f"tokens/{own['id']}/revoke")

    assert "revoked" == read(answer)["state"]
    problem(officer.get("tokens"), 401)
    problem(door("财务丙").post(f"tokens/{own['id']}/revoke"), 404)


# --- the book ------------------------------------------------------------------------


def test_the_book_is_verified_by_a_job(town: Town, do_jobs: Do) -> None:
    unlimited(town)
    auditor = door("审计员")
    said = accepted(auditor.post("ledger/verify", {}))
    assert ["done"] == [job.state for job in do_jobs()]

    job = auditor.told(f"jobs/{said['job']}")
    assert job["state"] == "done"
    assert json.dumps(job["result"])
    assert said["job"] == job["id"]


def test_receipts_of_the_office_are_verified(town: Town) -> None:
    unlimited(town)
    firm = door("企业甲")
    receipt = firm.told(f"firms/{town.firm}/receipt")
    verified = read(Door().post("receipts/verify", receipt))
    assert (verified["kind"], verified["verdict"]) == ("run", "verified")
    receipt["subject"]["code"] = town.paid
    altered = read(Door().post("receipts/verify", receipt))
    assert altered["verdict"] != "verified"
