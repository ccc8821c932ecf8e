# SPDX-License-Identifier: Apache-2.0
"""Entitlements at the desk: tried, written, approved, objected to; three people."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ceyuan.ledger import book_of, seal_now, verify_book
from ceyuan.office.entitlements import listed, one_of
from ceyuan.office.entitling import entitle
from ceyuan.office.money_told import told as told_of
from ceyuan.office.users import set_user
from ceyuan.web.opened import memory
from ceyuan.web.showing import today
from tests.town import PASSWORD
from tests.web.desk import (
    asked,
    brought_about,
    hidden,
    main,
    page,
    parsed,
    posted,
    table,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.town import Town

    ClientOf = Callable[[str], Any]
    Do = Callable[[], list[Any]]

YEAR = 2025
WHERE = "/work/entitlements"


def over(client: Any, do_jobs: Do) -> list[str]:
    """Bring about entitlements whose window is over; return their ids."""
    made = brought_about(client, do_jobs, year=YEAR, on=today() - timedelta(days=60))
    return [one["id"] for one in made["fresh"]]


def open_now(client: Any, do_jobs: Do) -> list[str]:
    """Bring about entitlements whose window is open; return their ids."""
    made = brought_about(client, do_jobs, year=YEAR, on=today())
    return [one["id"] for one in made["fresh"]]


def states(*names: str) -> dict[str, str]:
    with memory().transaction() as conn:
        return {name: one_of(conn, name).state for name in names}


def whole(town: Town) -> bool:
    """Return whether the book is sealed, complete and in balance."""
    with memory().database.connect() as conn:
        seal_now(conn)
        return verify_book(book_of(conn)).ok


def test_dry_run_writes_nothing_and_the_confirmed_one_writes_what_it_showed(
    town: Town, client_of: ClientOf, do_jobs: Do
) -> None:
    client = client_of("经办人甲")
    run = page(client.get(f"{WHERE}/entitle")).xpath("//select[@name='run']//@value")[0]
    said = {
        "year": YEAR, "run": run, "on": today().isoformat(), "reason": "年度核定",
        "once": "a",
    }  # fmt: skip
    first, second = (
        client.post(f"{WHERE}/entitle", said).headers["Location"] for _ in "ab"
    )
    (dry,) = do_jobs()
    with memory().transaction() as conn:
        assert listed(conn, year=YEAR) == []
    shown = main(client.get(first))

    real = [client.post(first, {"once": "b"}).headers["Location"] for _ in "ab"]
    (made,) = do_jobs()
    written = main(client.get(real[0]))

    assert first == second
    assert real[0] == real[1]
    assert made.result["digest"] == dry.result["digest"]
    with memory().transaction() as conn:
        there = listed(conn, year=YEAR)
    assert [(o.id, o.amount) for o in there] == sorted(
        (one["id"], one["amount"]) for one in dry.result["fresh"]
    )
    count = f"{dry.result['firms']} 家企业 {len(there)} 笔"
    assert count in shown
    assert count in written
    assert {o.decided_by for o in there} == {"经办人甲"}
    assert whole(town)


def test_what_is_otherwise_by_then_is_not_written(
    town: Town, client_of: ClientOf, do_jobs: Do
) -> None:
    client = client_of("经办人甲")
    run = page(client.get(f"{WHERE}/entitle")).xpath("//select[@name='run']//@value")[0]
    tried = posted(
        client, f"{WHERE}/entitle",
        year=YEAR, run=run, on=today().isoformat(), reason="年度核定",
    )  # fmt: skip
    do_jobs()
    real = posted(client, tried)
    # Another officer is faster with one policy of the same year.
    set_user(memory("管理员"), "经办人己", ["officer"], reason="test")
    entitle(memory("经办人己"), year=YEAR, on=today(), reason="先到")
    with memory().transaction() as conn:
        before = listed(conn, year=YEAR)
    (job,) = do_jobs()

    assert job.state == "failed"
    assert "和试算时列出的不一样，没有写入" in main(client.get(real))
    with memory().transaction() as conn:
        assert listed(conn, year=YEAR) == before


def test_who_tried_it_confirms_it(town: Town, client_of: ClientOf, do_jobs: Do) -> None:
    client = client_of("经办人甲")
    run = page(client.get(f"{WHERE}/entitle")).xpath("//select[@name='run']//@value")[0]
    tried = posted(
        client, f"{WHERE}/entitle",
        year=YEAR, run=run, on=today().isoformat(), reason="年度核定",
    )  # fmt: skip
    do_jobs()

    assert client_of("复核人乙").get(tried).status_code == 403
    assert client_of("企业甲").get(tried).status_code == 403
    wrong = client.post(f"{WHERE}/entitle", {"once": "", "year": YEAR, "reason": ""})
    assert wrong.status_code == 422


def test_approval_of_many_takes_what_was_shown_and_the_second_is_told(
    town: Town, client_of: ClientOf, do_jobs: Do
) -> None:
    from django.contrib.auth.models import User

    names = over(client_of("经办人甲"), do_jobs)
    set_user(memory("管理员"), "复核人己", ["reviewer"], reason="test")
    User.objects.create_user(username="复核人己", password=PASSWORD)
    first, second = client_of("复核人乙"), client_of("复核人己")
    where = f"{WHERE}/approve?year={YEAR}"
    seen = [page(one.get(where)) for one in (first, second)]
    assert f"可以批准的 {len(names)} 笔" in " ".join(
        seen[0].xpath("string(//main)").split()
    )
    said = {"year": YEAR, "policy": "", "reason": "公示期满，无异议"}

    posted(first, where, **said, digest=hidden(seen[0], "digest"))
    late = second.post(where, {**said, "digest": hidden(seen[1], "digest"), "once": ""})

    assert late.status_code == 409
    assert f"批准了 {len(names)} 笔；你这次没有批准" in main(late)
    assert "公示期满，无异议" in late.content.decode() or "没有可以批准的" in main(late)
    assert set(states(*names).values()) <= {"payable", "paid"}
    with memory().transaction() as conn:
        assert {one_of(conn, n).approved_by for n in names} == {"复核人乙"}
    assert whole(town)


def test_approval_wants_a_reason_and_is_done_once(
    town: Town, client_of: ClientOf, do_jobs: Do
) -> None:
    names = over(client_of("经办人甲"), do_jobs)
    client = client_of("复核人乙")
    where = f"{WHERE}/approve?year={YEAR}"
    digest = hidden(page(client.get(where)), "digest")
    said = {"year": YEAR, "policy": "", "digest": digest}

    refused = client.post(where, {**said, "reason": " ", "once": ""})
    before = states(*names)
    twice = [
        client.post(where, {**said, "reason": "无异议", "once": "a"}).status_code
        for _ in "ab"
    ]

    assert refused.status_code == 422
    assert set(before.values()) == {"noticed"}
    assert twice == [302, 302]
    approvals = asked(
        town.url,
        "select count(*) from entitlement_event where kind = 'approve'"
        " and entitlement_id = any(%s)",
        names,
    )
    assert approvals == [(len(names),)]


def test_who_decided_is_told_that_another_approves(
    town: Town, client_of: ClientOf, do_jobs: Do
) -> None:
    both = ["officer", "reviewer"]
    set_user(memory("管理员"), "经办人甲", both, organisation="市科委", reason="test")
    client = client_of("经办人甲")
    names = over(client, do_jobs)

    many = page(client.get(f"{WHERE}/approve?year={YEAR}"))
    one = main(client.get(f"{WHERE}/{names[0]}"))
    act = client.get(f"{WHERE}/{names[0]}/approve")
    sent = client.post(f"{WHERE}/{names[0]}/approve", {"reason": "自批", "once": ""})

    text = " ".join(many.xpath("string(//main)").split())
    assert "可以批准的 0 笔" in text
    assert f"你自己决定的 {len(names)} 笔" in text
    assert "批准这一笔：这笔是你决定的，要由另一个人办下一步。" in one
    assert "这笔是你决定的" in main(act)
    assert sent.status_code == 403
    assert "不能再由同一个人" in main(sent)
    assert states(names[0]) == {names[0]: "noticed"}


def test_objection_is_noted_and_ruled_on_by_another(
    town: Town, client_of: ClientOf, do_jobs: Do
) -> None:
    officer, reviewer = client_of("经办人甲"), client_of("复核人乙")
    upheld, dismissed = open_now(officer, do_jobs)[:2]

    for name in (upheld, dismissed):
        said = {"reason": "公示金额有误", "behalf": "某公司", "once": name}
        clicks = [officer.post(f"{WHERE}/{name}/object", said) for _ in "ab"]
        assert [c.status_code for c in clicks] == [302, 302]
    listed_now = table(page(reviewer.get(f"{WHERE}?objection=1")))
    assert len(listed_now) == 2
    posted(reviewer, f"{WHERE}/{upheld}/uphold", reason="确有错误")
    posted(reviewer, f"{WHERE}/{dismissed}/dismiss", reason="与年报一致")
    late = reviewer.post(f"{WHERE}/{upheld}/dismiss", {"reason": "晚了", "once": ""})

    assert states(upheld, dismissed) == {upheld: "withdrawn", dismissed: "noticed"}
    assert late.status_code == 409
    assert "不在公示中" in main(late)
    assert "晚了" in main(late)
    history = table(page(officer.get(f"{WHERE}/{dismissed}")))
    assert [(row[1], row[3], row[4], row[5]) for row in history] == [
        ("公示", "经办人甲", "—", "补核定"),
        ("异议", "经办人甲", "某公司", "公示金额有误"),
        ("异议不成立", "复核人乙", "—", "与年报一致"),
    ]
    assert whole(town)


def test_waiver_and_withdrawal_want_a_reason_and_the_role(
    town: Town, client_of: ClientOf, do_jobs: Do
) -> None:
    officer, reviewer = client_of("经办人甲"), client_of("复核人乙")
    waived, taken = open_now(officer, do_jobs)[:2]

    empty = officer.post(f"{WHERE}/{waived}/decline", {"reason": " ", "once": ""})
    not_his = reviewer.post(f"{WHERE}/{taken}/withdraw", {"reason": "撤", "once": ""})
    posted(officer, f"{WHERE}/{waived}/decline", reason="企业来函放弃", behalf="企业")
    posted(officer, f"{WHERE}/{taken}/withdraw", reason="依据有误")

    assert (empty.status_code, not_his.status_code) == (422, 403)
    assert states(waived, taken) == {waived: "declined", taken: "withdrawn"}
    assert officer.get(f"{WHERE}/{waived}/nonsense").status_code == 404
    assert officer.get(f"{WHERE}/no.such.1").status_code == 404
    assert whole(town)


def test_list_and_page_of_one_are_what_the_verbs_tell(
    town: Town, client_of: ClientOf, do_jobs: Do
) -> None:
    client = client_of("经办人甲")
    with memory().transaction() as conn:
        every = listed(conn)
        paid = listed(conn, state="paid")

    whole_list = main(client.get(WHERE))
    rows = table(page(client.get(f"{WHERE}?state=paid")))
    shown = client.get(f"{WHERE}/{paid[0].id}")

    assert f"共 {len(every)} 条" in whole_list
    assert len(rows) == min(50, len(paid))
    told = told_of(memory(), paid[0].id)
    text = main(shown)
    document = page(shown)
    assert table(document)[0][1] == "公示"
    assert len(table(document)) == len(told.history)
    for entry in told.entries:
        assert entry.id in text
    assert told.answer is not None
    assert len(document.xpath("//ul[@class='clauses']/li")) == len(told.answer.clauses)
    assert f"/work/runs/{told.entitlement.run}/firm?q={paid[0].party}" in "".join(
        document.xpath("//a/@href")
    )


def test_firm_sees_its_own_entitlements_and_no_others(
    town: Town, client_of: ClientOf
) -> None:
    with memory().transaction() as conn:
        every = listed(conn)
    mine = [o for o in every if o.party == town.firm]
    theirs = [o for o in every if o.party != town.firm]
    other = theirs[0]
    firm = client_of("企业甲")

    pages = [
        "".join(
            one.xpath("string(.)") + " ".join(one.xpath(".//a/@href"))
            for one in page(firm.get(f"{WHERE}?{query}")).xpath("//main//table")
        )
        for query in ("", f"q={other.party}", f"policy={other.policy}", "state=paid")
    ]

    for one in theirs:
        assert not any(one.id in shown or one.name in shown for shown in pages)
    assert all(o.id in pages[0] for o in mine)
    assert firm.get(f"{WHERE}/{other.id}").status_code == 404
    assert firm.get(f"{WHERE}/{other.id}/decline").status_code == 404
    assert firm.get(f"{WHERE}/approve").status_code == 403
    assert firm.get(f"{WHERE}/entitle").status_code == 403
    assert client_of("园区经理").get(f"{WHERE}/{other.id}").status_code == 404
    assert not page(client_of("园区经理").get(WHERE)).xpath("//main//table")


def test_very_long_name_breaks_no_page(
    town: Town, client_of: ClientOf, do_jobs: Do
) -> None:
    client = client_of("经办人甲")
    name = open_now(client, do_jobs)[0]
    long = "上海" + "超长名称" * 80 + "<script>alert(1)</script>有限公司"
    with memory().transaction() as conn:
        conn.execute("update entitlement set name = %s where id = %s", (long, name))

    shown = [client.get(f"{WHERE}/{name}"), client.get(f"{WHERE}?year={YEAR}")]

    for answer in shown:
        assert "<script>alert" not in answer.content.decode()
        assert long in parsed(answer).xpath("string(//main)")
