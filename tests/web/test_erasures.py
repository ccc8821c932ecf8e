# SPDX-License-Identifier: Apache-2.0
"""Erasure by the page: asked, looked at masked, decided by another, done; never shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ceyuan.office.importing import Said
from ceyuan.web.opened import memory
from tests.office.handed_in import DAY, PEOPLE, take, write_csv
from tests.town import one
from tests.web.test_login import text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from django.test import Client

    from tests.town import Town

    ClientOf = Callable[[str], Client]

NUMBER = "RC-2026-778899"
SECRETS = ("闻人策", "310101199001011234", "1990-01-17", "圣马力诺", "13800138765")
FOLK = [(NUMBER, *SECRETS, "是")]


@pytest.fixture
def folk(town: Town, tmp_path: Path) -> Town:
    """Give a town that knows a person."""
    take(
        memory("经办人甲"),
        write_csv(tmp_path / "人员.csv", FOLK, PEOPLE),
        record="person",
        said=Said(source="firm", as_of=DAY),
    )
    return town


def asked(client: Client, number: str = NUMBER) -> str:
    answer = client.post("/erasures", {"number": number, "reason": "收件 77 号"})
    assert answer.status_code == 302, text(answer)
    return str(answer.headers["Location"])


def leaks(page: str) -> list[str]:
    return [secret for secret in (*SECRETS, NUMBER) if secret in page]


def decided(client: Client, path: str, answer: str, **more: str) -> Any:
    said = {"answer": answer, "why": "已核对本人", **more}
    return client.post(f"{path}/decide", said)


def test_an_officer_asks_and_an_administrator_erases(
    folk: Town, client_of: ClientOf
) -> None:
    officer, admin = client_of("经办人甲"), client_of("管理员")
    path = asked(officer)

    shown = text(admin.get(path))
    unsure = decided(admin, path, "accept")
    still = one(folk.url, "select state from erasure_request")
    done = decided(admin, path, "accept", sure="1")
    after = text(admin.get(path))

    assert "闻人*" in shown
    assert "138****8765" in shown
    assert leaks(shown) == []
    assert (unsure.status_code, still) == (302, "open")
    assert (done.status_code, one(folk.url, "select state from erasure_request")) == (
        302, "done",
    )  # fmt: skip
    assert "已删除" in after
    assert "闻人" not in after
    assert "个人信息删除申请" in text(officer.get("/letters"))


def test_who_asked_sees_how_it_stands_and_nothing_of_the_person(
    folk: Town, client_of: ClientOf
) -> None:
    firm = client_of("企业甲")
    path = asked(firm)

    page = text(firm.get(path))
    unknown = text(firm.get(asked(firm, "RC-404")))

    assert leaks(page) == []
    for words in ("闻人*", "138****8765", "没有人用这个编号"):
        assert words not in page
        assert words not in unknown
    assert "没有人用这个编号" in text(client_of("管理员").get("/erasures/2"))


def test_others_know_nothing_of_a_request(folk: Town, client_of: ClientOf) -> None:
    path = asked(client_of("企业甲"))

    theirs = client_of("企业乙").get(path)
    nothing = client_of("企业乙").get("/erasures/999999")

    assert (theirs.status_code, nothing.status_code) == (404, 404)
    assert text(theirs) == text(nothing).replace("/erasures/999999", path)
    assert "收件 77 号" not in text(client_of("企业乙").get("/erasures"))
    assert "收件 77 号" in text(client_of("企业甲").get("/erasures"))
    assert "收件 77 号" in text(client_of("管理员").get("/erasures"))
    assert "收件 77 号" in text(client_of("审计员").get("/erasures"))


@pytest.mark.parametrize("name", ["经办人甲", "财务丙", "企业甲", "审计员", "园区经理"])
def test_nobody_but_an_administrator_decides(
    folk: Town, client_of: ClientOf, name: str
) -> None:
    path = asked(client_of("企业甲"))

    for answer in ("accept", "decline"):
        got = decided(client_of(name), path, answer, sure="1")
        assert got.status_code in (403, 404)

    assert one(folk.url, "select state from erasure_request") == "open"
    assert leaks(text(client_of("管理员").get(path))) == []


def test_an_administrator_does_not_decide_what_he_asked_himself(
    folk: Town, client_of: ClientOf
) -> None:
    admin = client_of("管理员")
    path = asked(admin)

    page = text(admin.get(path))
    answer = decided(admin, path, "accept", sure="1")

    assert "要由另一位管理员决定" in page
    assert answer.status_code == 403
    assert one(folk.url, "select state from erasure_request") == "open"


def test_a_decision_without_a_reason_decides_nothing(
    folk: Town, client_of: ClientOf
) -> None:
    path = asked(client_of("企业甲"))

    answer = decided(client_of("管理员"), path, "decline", why=" ")

    assert answer.status_code == 400
    assert one(folk.url, "select state from erasure_request") == "open"


def test_what_was_declined_stays_as_it_was(folk: Town, client_of: ClientOf) -> None:
    admin = client_of("管理员")
    path = asked(client_of("企业甲"))

    decided(admin, path, "decline")
    again = decided(admin, path, "accept", sure="1")

    assert again.status_code == 403
    assert one(folk.url, "select state from erasure_request") == "declined"
    assert "闻人*" in text(client_of("经办人甲").get(asked(client_of("经办人甲"))))


def test_the_whole_is_shown_once_for_a_purpose_and_that_is_kept(
    folk: Town, client_of: ClientOf
) -> None:
    officer = client_of("经办人甲")
    path = asked(officer)

    whole = officer.post(f"{path}/unmask", {"purpose": "contact", "reason": "致电核对"})
    later = text(officer.get(path))
    without = officer.post(f"{path}/unmask", {"purpose": "contact", "reason": ""})

    # A name and a number to call may be used for contact; the rest stays masked.
    assert whole.status_code == 200
    assert leaks(text(whole)) == ["闻人策", "13800138765"]
    assert leaks(later) == []
    assert without.status_code == 400
    assert (
        one(
            folk.url,
            "select actor || reason || after from audit where verb = 'fact.unmask'",
        )
        == '经办人甲致电核对{"purpose": "contact"}'
    )


@pytest.mark.parametrize("name", ["管理员", "企业甲", "审计员", "财务丙"])
def test_who_may_not_unmask_sees_nothing_whole(
    folk: Town, client_of: ClientOf, name: str
) -> None:
    """A table may let whom it likes; ours lets the officer."""
    path = asked(client_of("企业甲"))

    answer = client_of(name).post(
        f"{path}/unmask", {"purpose": "contact", "reason": "x"}
    )

    assert answer.status_code == 403
    assert leaks(text(answer)) == []
    assert one(folk.url, "select count(*) from audit where verb = 'fact.unmask'") == 0


def test_a_number_is_kept_nowhere_not_even_in_a_form_that_failed(
    folk: Town, client_of: ClientOf
) -> None:
    client = client_of("企业甲")

    failed = client.post("/erasures", {"number": NUMBER, "reason": f"{NUMBER} 申请"})

    assert failed.status_code == 422
    assert "事由里写了这个人的编号" in text(failed)
    assert one(folk.url, "select count(*) from erasure_request") == 0


def test_sent_twice_it_is_asked_once(folk: Town, client_of: ClientOf) -> None:
    client = client_of("企业甲")
    for _ in range(2):
        client.post("/erasures", {"number": NUMBER, "reason": "收件 1 号", "once": "k"})

    assert one(folk.url, "select count(*) from erasure_request") == 1
