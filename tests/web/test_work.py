# SPDX-License-Identifier: Apache-2.0
"""The officer's desk: what waits for whom, the year's figures, jobs; who may see it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import SimpleUploadedFile

from ceyuan.cli.run import run as ceyuan
from ceyuan.kernel import show_money
from ceyuan.office.entitlements import STATES
from ceyuan.office.requests import tell
from ceyuan.office.running import engine_version
from ceyuan.web.opened import memory
from ceyuan.web.spoken import in_tongue
from tests.web.desk import asked, main, page, parsed, posted, table, text

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from tests.town import Town

    ClientOf = Callable[[str], Any]

PAGES = (
    "/work", "/work/imports", "/work/disagreements", "/work/claims", "/work/runs",
    "/work/entitlements", "/work/ladder", "/work/parameters", "/work/requests",
    "/work/jobs",
)  # fmt: skip


def told(
    town: Town, capsys: pytest.CaptureFixture[str], monkeypatch: Any, *words: str
) -> Any:
    """Return what the command line tells about the town, as JSON."""
    monkeypatch.chdir(town.folder)
    monkeypatch.setenv("CEYUAN_DATABASE_URL", town.url)
    capsys.readouterr()
    assert ceyuan([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_overview_has_the_figures_of_the_command_line(
    town: Town,
    client_of: ClientOf,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    document = page(client_of("经办人甲").get("/work?year=2026"))
    said = told(
        town, capsys, monkeypatch, "entitlement", "summary", "--year", "2026"
    )  # fmt: skip

    at = next(
        i
        for i, one in enumerate(document.xpath("//main//table"))
        if "公示中" in one.xpath("string(.//thead)")
    )
    claims = {row[0]: row[1 : 1 + len(STATES)] for row in table(document, at)}
    pools = {row[0]: row[1:] for row in table(document, at + 1)}
    assert claims == {
        one["zh"]: [str(one["states"].get(s, {"count": 0})["count"]) for s in STATES]
        for one in said["policies"]
    }
    assert pools == {
        one["zh"]: [
            show_money(one[f"{name}_fen"], unit="万元", with_unit=False)
            for name in ("budget", "committed", "payable", "paid", "available")
        ]
        for one in said["policies"]
        if one["account"]
    }
    text = main(client_of("经办人甲").get("/work?year=2026"))
    assert (
        f"应享未到账：{said['unclaimed']} 笔，{said['unclaimed_firms']} 家，"
        f"{show_money(said['unclaimed_fen'])}。"
    ) in text.replace("\xa0", " ")


def _waits(client: Any) -> dict[str, int]:
    document = page(client.get("/work"))
    rows = [r for r in table(document) if r[0].isdigit()] if table(document) else []
    return {row[1]: int(row[0]) for row in rows}


def test_each_role_has_its_own_work_waiting(town: Town, client_of: ClientOf) -> None:
    tell(memory("企业甲"), "question", "怎么申报", "请说明。", organisation=town.firm)

    officer, reviewer, finance, leader = (
        _waits(client_of(name)) for name in ("经办人甲", "复核人乙", "财务丙", "分析员")
    )

    assert officer["没有答复的诉求"] == 1
    assert "支付失败的应享" not in officer
    assert "没有答复的诉求" not in {**reviewer, **finance, **leader}
    failed = asked(
        town.url, "select count(*) from entitlement where state = 'failed'"
    )[0][0]  # fmt: skip
    assert finance.get("支付失败的应享", 0) == failed
    assert "公示期满、可以批准的应享" not in officer


def test_desk_is_not_for_the_public_nor_for_parks(
    town: Town, client_of: ClientOf
) -> None:
    public, park = client_of(""), client_of("园区经理")

    asked_to_log_in = {
        where: public.get(where).headers["Location"].partition("?")[0]
        for where in PAGES
    }
    refused = {where: park.get(where).status_code for where in PAGES}

    assert asked_to_log_in == dict.fromkeys(PAGES, "/account/login/")
    # His own jobs, and the entitlements of firms that let him, are his to see.
    own = ("/work/jobs", "/work/entitlements")
    assert refused == {where: 200 if where in own else 403 for where in PAGES}


def test_every_page_opens_in_both_languages_with_its_parts_named(
    town: Town, client_of: ClientOf, do_jobs: Callable[[], list[Any]]
) -> None:
    client = client_of("经办人甲")
    for where in ("/work/disagreements", "/work/ladder"):
        client.post(where)  # what takes long is asked for, looking starts nothing
    do_jobs()

    for where in PAGES:
        for prefix, lang in (("", "zh-CN"), ("/en", "en")):
            document = page(client.get(prefix + where))
            inputs = document.xpath(
                "//main//input[not(@type='hidden')]|//main//select|//main//textarea"
            )
            named = {one.get("for") for one in document.xpath("//label")}
            hrefs = document.xpath("//main//a/@href")

            assert document.get("lang") == lang
            assert all(one.xpath("./caption") for one in document.xpath("//table"))
            assert all(one.get("scope") for one in document.xpath("//th"))
            assert all(
                one.get("id") in named or one.xpath("ancestor::label") for one in inputs
            )
            assert all(to.startswith((prefix or "/", "?", "#")) for to in hrefs)


def test_page_works_without_a_script_and_none_stands_in_it(
    town: Town, client_of: ClientOf
) -> None:
    document = page(client_of("经办人甲").get("/work/entitlements"))

    scripts = document.xpath("//script")
    assert all(s.get("src", "").startswith("/static/") for s in scripts)
    assert not any(s.text for s in scripts)
    assert not document.xpath("//*[@style]|//*[@onclick]")
    (form,) = document.xpath("//main//form[@role='search']")
    assert (form.get("method"), bool(form.xpath(".//button"))) == ("get", True)


def test_jobs_of_somebody_else_are_not_there(
    town: Town, client_of: ClientOf, do_jobs: Callable[[], list[Any]]
) -> None:
    reason = "只有甲知道的理由"
    theirs = posted(
        client_of("经办人甲"), "/work/runs", as_of="2026-11-21", reason=reason
    )

    mine = client_of("复核人乙").get("/work/jobs")
    assert reason not in mine.content.decode()
    assert client_of("复核人乙").get(theirs).status_code == 404
    assert client_of("企业甲").get(theirs).status_code == 404
    do_jobs()
    assert client_of("复核人乙").get(theirs).status_code == 404


def test_failed_job_says_why_and_can_be_done_again(
    town: Town, client_of: ClientOf, do_jobs: Callable[[], list[Any]]
) -> None:
    client = client_of("经办人甲")
    where = posted(
        client, "/work/imports/new",
        files=SimpleUploadedFile("坏.xlsx", b"not a workbook"),
        record="firm", source="park", as_of="2026-11-21",
    )  # fmt: skip
    (job,) = do_jobs()

    shown = client.get(where)
    waits = _waits(client)
    (form,) = parsed(shown).xpath("//div[@id='progress']//form")
    again = posted(client, form.get("action"))

    assert (job.state, job.error["problems"][0]["code"]) == ("failed", "R113")
    assert in_tongue(job.error["problems"][0]["what"], "zh") in main(shown)
    assert waits["失败的任务"] == 1
    # It was asked again, so the first failure is nobody's work any more.
    assert again != where
    assert "失败的任务" not in _waits(client)


def test_waiting_job_is_shown_and_its_part_refreshes(
    town: Town, client_of: ClientOf, do_jobs: Callable[[], list[Any]]
) -> None:
    client = client_of("经办人甲")
    part = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "progress"}

    client.post("/work/ladder?year=2025")
    first = client.get("/work/ladder?year=2025")
    waiting = client.get("/work/ladder?year=2025", **part)
    jobs = do_jobs()
    done = client.get("/work/ladder?year=2025", **part)

    assert "已排上队" in main(first)
    assert (
        waiting.content.decode().lstrip().startswith('<div class="card" id="progress"')
    )
    assert [job.kind for job in jobs] == ["ladder"]
    assert (done.status_code, done.headers["HX-Refresh"]) == (204, "true")


def test_question_that_takes_long_is_asked_once(
    town: Town, client_of: ClientOf, do_jobs: Callable[[], list[Any]]
) -> None:
    for name in ("经办人甲", "审计员", "经办人甲"):
        client_of(name).post("/work/disagreements")

    assert [job.kind for job in do_jobs()] == ["disagreements"]
    client_of("审计员").post("/work/disagreements")
    assert do_jobs() == []


def test_heavy_page_is_light_on_the_wire(town: Town, client_of: ClientOf) -> None:
    answer = client_of("经办人甲").get("/work", HTTP_ACCEPT_ENCODING="gzip")

    assert answer.headers["Content-Encoding"] == "gzip"
    # htmx is 16 KB, styles and scripts of ours below 10.
    assert len(answer.content) < 30_000


def test_odd_addresses_are_no_fault_of_ours(
    town: Town, client_of: ClientOf, do_jobs: Callable[[], list[Any]]
) -> None:
    client = client_of("经办人甲")
    client.post("/work/disagreements")
    do_jobs()
    queries = ("page=0", "page=99999999999", "page=x", "year=99999999999",
               "policy=%27", "state=' or 1=1 --", "q=%25_%5C")  # fmt: skip

    lists = {
        (where, query): client.get(f"{where}?{query}").status_code
        for where in PAGES
        if where != "/work/ladder"
        for query in queries
    }
    nothing = {client.get(f"{where}?q=%00").status_code for where in PAGES}
    ones = [
        client.get(where).status_code
        for where in (
            "/work/jobs/%00", "/work/runs/%00", "/work/imports/%00",
            "/work/entitlements/%00", "/work/claims/99999999999999999999",
            "/work/requests/99999999999999999999", "/work/runs/%25",
        )
    ]  # fmt: skip

    assert {key for key, status in lists.items() if status != 200} == set()
    assert nothing == {404}
    assert ones == [404] * 7


def test_reading_a_tab_starts_no_work_and_shows_the_last_answer(
    town: Town, client_of: ClientOf, do_jobs: Callable[[], list[Any]]
) -> None:
    client = client_of("经办人甲")
    for where in ("/work/ladder?year=2025", "/work/disagreements"):
        unasked = page(client.get(where))
        assert do_jobs() == []
        (button,) = unasked.xpath("//main//form[@method='post']//button")
        assert button.text_content() == "现在算"

        assert client.post(where).headers["Location"] == where
        (job,) = do_jobs()
        fresh = main(client.get(where))
        asked(town.url, "update job set said = said || %s::jsonb where id = %s"
              " returning id", '{"known": "earlier ' + engine_version() + '"}',
              job.id)  # fmt: skip
        old = page(client.get(where))

        assert do_jobs() == []
        assert "算于" in fresh
        assert "再算一遍" not in fresh
        assert "下面还是当时的结果" in text(old)
        (again,) = old.xpath("//div[contains(@class, 'warning')]//button")
        assert again.text_content() == "按现在所知再算一遍"
