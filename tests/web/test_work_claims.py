# SPDX-License-Identifier: Apache-2.0
"""From a disagreement to a dispute to a ruling; the second officer, the lost session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import SimpleUploadedFile

from ceyuan.facts.store import batches, make_snapshot
from ceyuan.ledger.sealing import OFFICE_TIME
from ceyuan.office.correcting import claims, revisions
from ceyuan.office.runs import find
from ceyuan.office.users import set_user
from ceyuan.web.opened import memory
from tests.town import PASSWORD
from tests.web.desk import asked, main, page, parsed, posted, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.town import Town

    ClientOf = Callable[[str], Any]
    Do = Callable[[], list[Any]]

OTHER = "经办人己"
REASON = "与税务申报表和审计报告核对一致，采纳。" * 20


def second_officer(client_of: ClientOf) -> Any:
    """Register one more officer; return his client."""
    from django.contrib.auth.models import User

    set_user(memory("管理员"), OTHER, ["officer"], organisation="市科委", reason="test")
    User.objects.create_user(username=OTHER, password=PASSWORD)
    return client_of(OTHER)


def disputed(client: Any, do_jobs: Do) -> tuple[str, dict[str, Any]]:
    """Return the page of a dispute that turns something, and what it is about."""
    client.post("/work/disagreements")
    (job,) = do_jobs()
    row = job.result["rows"][0]
    about = {k: str(row[k]) for k in ("code", "attribute", "year")}
    query = "&".join(f"{k}={v}" for k, v in about.items())
    return f"/work/disagreements/claim?{query}", {**about, **row}


def test_disagreements_are_those_of_the_verb_and_the_filter_is_in_the_address(
    town: Town, client_of: ClientOf, do_jobs: Do
) -> None:
    client = client_of("经办人甲")
    client.post("/work/disagreements")
    (job,) = do_jobs()
    found = job.result

    text = main(client.get("/work/disagreements"))
    assert f"{found['subjects']} 家企业有 {found['total']} 处分歧" in text
    assert found["total"] == sum(found["counts"].values())
    for name, count in found["counts"].items():
        shown = main(client.get(f"/work/disagreements?attribute={name}"))
        assert f"共 {count} 条" in shown
    first = found["rows"][0]
    rows = table(page(client.get(f"/work/disagreements?q={first['code']}")))
    same = [r for r in found["rows"] if r["code"] == first["code"]]
    assert [row[3] for row in rows[:1]] == [
        f"{first['best']['zh']}税务 · {first['best']['since']}"
    ] or len(rows) == len(same)


def test_dispute_is_ruled_on_by_another_and_turns_what_was_shown(
    town: Town, client_of: ClientOf, do_jobs: Do
) -> None:
    client = client_of("经办人甲")
    where, about = disputed(client, do_jobs)

    evidence = SimpleUploadedFile("审计报告.pdf", b"audited")
    claim = posted(
        client, where,
        code=about["code"], attribute=about["attribute"], year=about["year"],
        source=about["other"]["source"], reason="核对了年报", evidence=evidence,
    )  # fmt: skip
    mine = main(client.get(claim))
    refused = client.post(claim, {"reason": REASON, "ruling": "accept", "once": ""})
    other = second_officer(client_of)
    shown = page(other.get(claim))
    turned = [row[0] for row in table(shown)] if about["policies"] else []
    done = posted(other, claim, reason=REASON, ruling="accept")

    assert "这件是你提出的，要由另一个人裁定" in mine
    assert refused.status_code == 403
    assert "不能再由同一个人裁定更正" in main(refused)
    assert "审计报告.pdf" in mine
    (ruled,) = claims(memory())
    assert (ruled.state, ruled.ruled_by, ruled.ruled_why) == ("accepted", OTHER, REASON)
    names = memory().region.rules
    assert sorted(turned) == sorted(names[p].said.zh for p in about["policies"])
    kept = revisions(memory(), find(memory(), "last"), ruled.org)
    assert sorted(r.policy for r in kept) == sorted(about["policies"])
    assert "已采纳" in main(other.get(done))


def test_ruling_wants_a_reason_and_keeps_nothing_without_it(
    town: Town, client_of: ClientOf, do_jobs: Do
) -> None:
    client = client_of("经办人甲")
    where, about = disputed(client, do_jobs)
    claim = posted(
        client, where,
        code=about["code"], attribute=about["attribute"], year=about["year"],
        source="neither", reason="都不可信",
    )  # fmt: skip
    other = second_officer(client_of)

    answers = [
        other.post(claim, {"reason": reason, "ruling": ruling, "once": ""})
        for reason, ruling in (("", "accept"), ("   ", "reject"), ("有理由", "maybe"))
    ]

    assert [a.status_code for a in answers] == [422, 422, 422]
    assert parsed(answers[0]).xpath("//div[@role='alert']//a/@href") == ["#id_reason"]
    assert claims(memory())[0].state == "open"


def test_second_ruling_is_told_whose_was_first_and_its_text_is_shown(
    town: Town, client_of: ClientOf, do_jobs: Do
) -> None:
    client = client_of("经办人甲")
    where, about = disputed(client, do_jobs)
    claim = posted(
        client, where,
        code=about["code"], attribute=about["attribute"], year=about["year"],
        source="neither", reason="都不可信",
    )  # fmt: skip
    other = second_officer(client_of)
    set_user(memory("管理员"), "管理员", ["admin", "officer"], reason="test")
    third = client_of("管理员")
    assert third.get(claim).status_code == 200  # he has the page open

    posted(other, claim, reason="先到的裁定", ruling="reject")
    late = third.post(claim, {"reason": "后到的裁定", "ruling": "accept", "once": ""})

    assert late.status_code == 409
    assert f"{OTHER} 已经裁定了这件；你的裁定没有写入" in main(late)
    assert "后到的裁定" in main(late)
    assert [(c.state, c.ruled_why) for c in claims(memory())] == [
        ("rejected", "先到的裁定")
    ]


def test_two_clicks_rule_once(town: Town, client_of: ClientOf, do_jobs: Do) -> None:
    client = client_of("经办人甲")
    where, about = disputed(client, do_jobs)
    said = {
        "code": about["code"], "attribute": about["attribute"], "year": about["year"],
        "source": "neither", "reason": "都不可信", "once": "a",
    }  # fmt: skip
    first, second = (client.post(where, said).headers["Location"] for _ in range(2))
    other = second_officer(client_of)
    ruling = {"reason": "同意", "ruling": "reject", "once": "b"}

    answers = [other.post(first, ruling) for _ in range(2)]

    assert first == second
    assert len(claims(memory())) == 1
    assert [a.status_code for a in answers] == [302, 302]
    assert asked(town.url, "select count(*) from ruling") == [(1,)]


def test_session_that_ends_in_the_middle_of_a_ruling_keeps_the_text(
    town: Town, client_of: ClientOf, do_jobs: Do
) -> None:
    client = client_of("经办人甲")
    where, about = disputed(client, do_jobs)
    claim = posted(
        client, where,
        code=about["code"], attribute=about["attribute"], year=about["year"],
        source="neither", reason="都不可信",
    )  # fmt: skip
    officer = second_officer(client_of)
    officer.get(claim)
    officer.cookies.clear()

    sent = officer.post(claim, {"reason": REASON, "ruling": "accept", "once": ""})
    login = sent.headers["Location"]
    back = officer.post(login, {"login": OTHER, "password": PASSWORD})
    shown = officer.get(claim)

    assert sent.status_code == 302
    assert (back.status_code, back.headers["Location"]) == (302, claim)
    assert page(shown).xpath("//textarea[@name='reason']")[0].text.strip() == REASON
    assert "登录已过期，刚才填写的内容还在" in main(shown)
    assert claims(memory())[0].state == "open"


def test_firm_sees_its_own_claims_and_no_others(
    town: Town, client_of: ClientOf, do_jobs: Do
) -> None:
    client = client_of("经办人甲")
    where = "/work/claims/new"
    for number, code in enumerate((town.firm, town.other)):
        posted(
            client, where, firm=code, fact="职工总数", year="2025",
            value=f"{number + 9001}人", reason=f"来电 {code}",
        )  # fmt: skip
    mine, theirs = claims(memory())

    firm = client_of("企业甲")
    listed = firm.get("/work/claims?state=all").content.decode()
    searched = firm.get(f"/work/claims?state=all&q={town.other}").content.decode()

    assert f"来电 {town.firm}" in listed
    for leak in (f"来电 {town.other}", f"/work/claims/{theirs.id}"):
        assert leak not in listed + searched
    assert firm.get(f"/work/claims/{mine.id}").status_code == 200
    assert firm.get(f"/work/claims/{theirs.id}").status_code == 404
    assert firm.get("/work/claims/99").status_code == 404
    said = {"reason": "自己采纳", "ruling": "accept", "once": ""}
    assert firm.post(f"/work/claims/{mine.id}", said).status_code == 403
    assert firm.get(where).status_code in (200, 403)
    assert claims(memory())[0].state == "open"


def test_typed_claim_that_cannot_be_read_says_how_and_keeps_what_was_typed(
    town: Town, client_of: ClientOf
) -> None:
    client = client_of("经办人甲")
    said = {
        "firm": town.firm, "fact": "营业收人", "year": "2025", "value": "100万元",
        "reason": "来电", "once": "",
    }  # fmt: skip

    answer = client.post("/work/claims/new", said)

    assert answer.status_code == 422
    assert "没有叫" in main(answer)
    document = parsed(answer)
    kept = {n: document.xpath(f"//input[@name='{n}']/@value") for n in ("firm", "fact")}
    assert kept == {"firm": [town.firm], "fact": ["营业收人"]}
    assert claims(memory()) == []


def test_dispute_of_what_nobody_states_is_not_there(
    town: Town, client_of: ClientOf
) -> None:
    client = client_of("经办人甲")
    for query in (
        "", f"code={town.firm}", f"code={town.firm}&attribute=none&year=2025",
        "code=x%27%20or%201=1&attribute=revenue&year=2025",
    ):  # fmt: skip
        assert client.get(f"/work/disagreements/claim?{query}").status_code == 404


def test_batch_of_a_ruling_names_who_ruled_not_who_sealed_it(
    town: Town, client_of: ClientOf, do_jobs: Do
) -> None:
    """The batch is sealed when an analyst needs a snapshot; the ruling is not his."""
    client = client_of("经办人甲")
    where, about = disputed(client, do_jobs)
    claim = posted(
        client, where,
        code=about["code"], attribute=about["attribute"], year=about["year"],
        source=about["other"]["source"], reason="核对了年报",
    )  # fmt: skip
    posted(second_officer(client_of), claim, reason="发票已核对", ruling="accept")
    (ruled,) = claims(memory())
    office = memory("分析员")
    with office.transaction() as conn:
        made = make_snapshot(conn, office.shelf, office.kinds, actor="分析员")
        batch = next(b for b in batches(conn) if b.id == made.batches[-1])

    (row, *_) = table(page(client.get("/work/imports")))
    shown = page(client.get(f"/work/imports/{batch.id}"))

    assert (batch.actor, batch.reason) == (OTHER, "发票已核对")
    assert OTHER in row
    assert "分析员" not in main(client.get(f"/work/imports/{batch.id}"))
    (said,) = table(shown)
    number = claim.rpartition("/")[2]
    assert said[0].endswith(number)
    assert said[2:] == [OTHER, "发票已核对"]
    assert ruled.ruled_at is not None
    assert said[1] == f"{ruled.ruled_at.astimezone(OFFICE_TIME):%Y-%m-%d %H:%M}"
