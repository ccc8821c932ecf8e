# SPDX-License-Identifier: Apache-2.0
"""Receipts judged by the office that gave them, and by one that did not."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from ceyuan.kernel import InputRejected
from ceyuan.ledger import seal_now
from ceyuan.ledger.receipts import make_receipt as receipt_of_book
from ceyuan.office.judged import PolicyAnswer
from ceyuan.office.kept_receipts import (
    issue_receipt,
    keep_receipt,
    kept_receipt,
    read_receipt,
)
from ceyuan.office.receipt_told import judge, run_of_code
from ceyuan.office.receipts import make_receipt
from ceyuan.office.runs import find
from tests.office.money_by_hand import SCALE, decided, funded, office
from tests.office.town_by_hand import AS_OF, WAN, code, name, org

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ceyuan.office.memory import Memory


@pytest.fixture(name="memory")
def _memory(office_folder: Path) -> Iterator[Memory]:
    with office(office_folder) as opened:
        yield opened


def given(memory: Memory, firm: int = 1) -> dict[str, Any]:
    """Return the receipt of a firm's rewards, as it comes back from a file."""
    made = make_receipt(memory, "last", org(firm), policies=[SCALE])
    return read_receipt(json.dumps(made, ensure_ascii=False))


def faults(memory: Memory, document: dict[str, Any]) -> tuple[str, set[str]]:
    told = judge(memory, document)
    return told.verdict, {one.name for one in told.checks if one.state == "failed"}


def test_a_receipt_of_ours_is_verified_and_says_what_stands_in_it(
    memory: Memory,
) -> None:
    decided(memory)
    told = judge(memory, given(memory))

    assert ("run", "verified", True) == (told.kind, told.verdict, told.synthetic)
    assert {"ok"} == {one.state for one in told.checks}
    assert (name(1), code(1), AS_OF, find(memory, "last").id) == (
        told.facts["name"], told.facts["code"], told.facts["as_of"], told.facts["run"],
    )  # fmt: skip
    [answer] = told.policies
    rule = memory.region.rule(SCALE).said
    # 5 % of 200 万元 are 10 万元; both of its clauses are met.
    assert PolicyAnswer(
        SCALE, rule.zh, rule.en, "eligible", 2, 0, 0, 10 * WAN,
        tuple((c.zh, c.en, "met") for c in rule.clauses.values()),
    ) == answer  # fmt: skip


def test_a_receipt_of_another_office_is_unknown_and_not_altered(
    memory: Memory, fresh_database: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ceyuan.office.database import VARIABLE

    decided(memory)
    ours = given(memory)
    monkeypatch.setenv(VARIABLE, fresh_database())
    (tmp_path / "elsewhere").mkdir()

    with office(tmp_path / "elsewhere") as other:
        told = judge(other, ours)

    assert ("unknown", set(), {"published", "office"}) == (
        told.verdict,
        {one.name for one in told.checks if one.state == "failed"},
        {one.name for one in told.checks if one.state == "not_possible"},
    )


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("policies", 0, "outcome"), "ineligible"),
        (("policies", 0, "amount"), 20 * WAN),
        (("subject", "name"), "另一家企业"),
        (("run", "as_of"), "2026-11-22"),
        (("run", "synthetic"), False),
        (("decision", "row", f"{SCALE}:amount"), 20 * WAN),
        (("records", 0, "text"), "firm\ttax\trevenue=1"),
        (("seal",), "0" * 64),
        (("checksum",), "0" * 64),
        (("schema",), "ceyuan.receipt/2"),
    ],
)
def test_a_receipt_in_which_anything_was_changed_is_altered(
    memory: Memory, path: tuple[str | int, ...], value: object
) -> None:
    decided(memory)
    document = given(memory)
    place: Any = document
    for step in path[:-1]:
        place = place[step]
    assert place[path[-1]] != value
    place[path[-1]] = value

    assert "altered" == judge(memory, document).verdict


def test_a_receipt_whose_checksum_was_made_anew_is_still_altered(
    memory: Memory,
) -> None:
    from ceyuan.office.receipt_form import checksum, seal_of

    decided(memory)
    document = given(memory)
    document["run"]["as_of"] = "2026-11-22"
    document["seal"] = seal_of(document["run"])
    document["checksum"] = checksum(document)

    # The id is made of the day; and our catalogue has another day.
    assert ("altered", {"run", "office"}) == faults(memory, document)


def test_a_receipt_of_which_one_byte_was_changed_is_never_verified(
    memory: Memory,
) -> None:
    decided(memory)
    whole = json.dumps(given(memory), ensure_ascii=False, separators=(",", ":"))
    found: set[str] = set()
    places = range(0, len(whole), max(1, len(whole) // 40))

    for at in places:
        other = "1" if whole[at] != "1" else "2"
        try:
            document = read_receipt(whole[:at] + other + whole[at + 1 :])
        except InputRejected:  # a brace or a quote was hit
            found.add("unreadable")
            continue
        found.add(judge(memory, document).verdict)

    assert found <= {"altered", "unreadable"}
    assert "altered" in found


@pytest.mark.parametrize(
    "document",
    [{}, {"schema": None}, {"schema": "ceyuan.receipt/1"}, {"schema": ["x"]},
     {"schema": "ceyuan.receipt/1", "run": "x", "subject": 1, "policies": [[]]},
     {"schema": "ceyuan.receipt/1", "run": {"id": "x" * 9000, "synthetic": []}},
     {"schema": "ceyuan.ledger-receipt/1"},
     {"schema": "ceyuan.ledger-receipt/1", "seal": {"number": 10**30}, "line": "\t" * 99},
     {"schema": "ceyuan.ledger-receipt/1", "seal": [], "day": 1, "line": {}}],
)  # fmt: skip
def test_what_is_no_receipt_is_told_so_and_breaks_nothing(
    memory: Memory, document: dict[str, Any]
) -> None:
    told = judge(memory, document)

    assert ("altered", ()) == (told.verdict, told.policies)


def test_a_transfer_of_the_book_is_verified_until_a_digit_changes(
    memory: Memory,
) -> None:
    funded(memory)
    with memory.database.connect() as conn:
        seal_now(conn)
    with memory.transaction() as conn:
        made = receipt_of_book(conn, "first_scale_reward/appropriate/2026/B1")
    document = read_receipt(json.dumps(made))
    changed = copy.deepcopy(document)
    changed["line"] = changed["line"].replace(str(500 * WAN), str(600 * WAN))
    assert changed != document
    elsewhere = copy.deepcopy(document)
    elsewhere["seal"]["number"] += 99

    told = judge(memory, document)

    assert ("book", "verified") == (told.kind, told.verdict)
    assert (500 * WAN, "CNY", "treasury/2026/first_scale_reward") == (
        told.facts["amount"], told.facts["commodity"], told.facts["debit"],
    )  # fmt: skip
    assert ["altered", "altered"] == [
        judge(memory, one).verdict for one in (changed, elsewhere)
    ]


# --- kept --------------------------------------------------------------------------


def test_a_receipt_is_kept_under_its_hash_and_found_by_it(memory: Memory) -> None:
    decided(memory)
    number = issue_receipt(memory, "last", org(1), policies=[SCALE])
    found = kept_receipt(memory, number)

    assert found == given(memory)
    assert number == found["checksum"] == keep_receipt(memory, found)


@pytest.mark.parametrize(
    "number", ["", "x", "0" * 64, "../../../../etc/passwd", "A" * 64, "0" * 64 + "\n"]
)
def test_no_other_code_leads_to_a_receipt(memory: Memory, number: str) -> None:
    decided(memory)
    issue_receipt(memory, "last", org(1), policies=[SCALE])

    assert kept_receipt(memory, number) is None


def test_a_run_is_found_by_its_id_and_its_root_and_tells_of_no_firm(
    memory: Memory,
) -> None:
    decided(memory)
    run = find(memory, "last")
    by_id = run_of_code(memory, run.id)
    assert by_id is not None

    assert by_id == run_of_code(memory, by_id["root"])
    assert (None, None) == (
        run_of_code(memory, run.id[:-1]), run_of_code(memory, "0" * 64),
    )  # fmt: skip
    assert {
        "id", "region", "as_of", "known_at", "base_year", "settings", "snapshot",
        "declarations", "engine", "root", "synthetic", "finished_at",
    } == set(by_id)  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [b"", b"\xff\xfe", b"{", b"[]", b"1", b'{"a": NaN}', b"[" * 100_000,
     b'{"a": ' + b"9" * 5_000 + b"}", b"x" * ((8 << 20) + 1)],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_a_hint(text: bytes) -> None:
    with pytest.raises(InputRejected) as caught:
        read_receipt(text)

    assert caught.value.hint
