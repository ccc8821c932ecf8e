# SPDX-License-Identifier: Apache-2.0
"""A run made again years later: equal, whatever has become known since."""

from __future__ import annotations

import random
import shutil
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from ceyuan.declarations.archive import load_declared
from ceyuan.declarations.region import REGIONS
from ceyuan.facts.store import RULING, Damaged, Statement, kinds, write_statement
from ceyuan.kernel import UNKNOWN
from ceyuan.office import identities
from ceyuan.office.memory import Memory, open_memory
from ceyuan.office.replaying import Difference, replay
from ceyuan.office.running import run
from ceyuan.office.runs import frames
from ceyuan.office.withdrawing import withdraw
from tests.office.town_by_hand import AS_OF, WAN, add, code, org, services, state

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def memory(office_folder: Path) -> Iterator[Memory]:
    with open_memory(office_folder, actor="经办人甲") as opened:
        yield opened


def test_replay_at_once_is_equal(memory: Memory) -> None:
    services(memory)
    made = run(memory, as_of=AS_OF)

    again = replay(memory, made.id)

    assert (again.equal, again.decided, again.differences) == (True, 4, [])


def test_replay_after_an_import_a_withdrawal_and_a_merge_is_equal(
    memory: Memory,
) -> None:
    made = services(memory)
    first = run(memory, as_of=AS_OF)

    add(memory, "tax", [{"firm": n, "year": 2025, "revenue": WAN} for n in range(9)])
    assert replay(memory, first.id).equal
    withdraw(memory, made["tax"].id, reason="导错")
    assert replay(memory, first.id).equal
    merged = identities.merge(
        memory, code(1), code(2), since=date(2026, 1, 1), reason="吸收合并"
    )
    assert replay(memory, first.id).equal
    second = run(memory, as_of=AS_OF)
    assert second.subjects == {"firm": 8}
    identities.undo(memory, merged, reason="弄错")

    assert replay(memory, first.id).equal
    assert replay(memory, second.id).equal


@pytest.mark.slow
def test_replay_after_a_thousand_random_corrections_is_equal(memory: Memory) -> None:
    services(memory)
    first = run(memory, as_of=AS_OF)
    random_ = random.Random(20261121)
    for _ in range(10):
        with memory.transaction() as conn:
            for _ in range(100):
                firm = random_.randrange(1, 6)
                name = random_.choice(
                    ["revenue", "employees", "gb_section", "is_listed"]
                )
                yearly = name in {"revenue", "employees"}
                values: dict[str, Any] = {
                    "revenue": Fraction(random_.randrange(1, 10**12), 3),
                    "employees": Fraction(random_.randrange(1, 400)),
                    "gb_section": random_.choice("MIGK"),
                    "is_listed": random_.random() < 0.5,
                }
                year = random_.choice([2024, 2025]) if yearly else None
                write_statement(
                    conn,
                    Statement(
                        record="firm",
                        source=RULING,
                        org=org(firm),
                        attribute=name,
                        value=UNKNOWN if random_.random() < 0.1 else values[name],
                        year=year,
                        valid_from=date(year or 2026, 1, 1),
                        actor="x",
                        reason="y",
                    ),
                )
    last = run(memory, as_of=AS_OF)

    again = replay(memory, first.id)

    assert (again.equal, again.decided) == (True, 4)
    assert replay(memory, last.id).equal
    assert last.snapshot != first.snapshot
    assert not pl.concat(frames(memory, first, "firm")).equals(
        pl.concat(frames(memory, last, "firm"))
    )


def test_replay_uses_the_declarations_of_then(memory: Memory, tmp_path: Path) -> None:
    """Then the line was 1300 万元 for section M; today it is 1000."""
    services(memory)
    root = tmp_path / "regions"
    shutil.copytree(REGIONS, root)
    (path,) = root.rglob("service_scale.yaml")
    text = path.read_text(encoding="utf-8")
    line = "middle_line: {zh: 中线, en: Middle line, unit: 万元, values: [{value: 1000,"
    assert text.count(line) == 1
    path.write_text(text.replace(line, line.replace("1000", "1300")), encoding="utf-8")
    declared = load_declared("shanghai", root)
    then = replace(
        memory, declared=declared, kinds=kinds(declared.records, declared.region.facts)
    )

    old, new = run(then, as_of=AS_OF), run(memory, as_of=AS_OF)
    shutil.rmtree(root)

    assert old.counts["service_scale"] == {"ineligible": 3, "unknown": 1}
    assert new.counts["service_scale"] == {"eligible": 3, "unknown": 1}
    assert old.declarations != new.declarations
    assert replay(memory, old.id).equal
    assert replay(memory, new.id).equal


@pytest.mark.parametrize("fault", ["missing", "altered"])
@pytest.mark.parametrize("what", ["decisions", "batch"])
def test_replay_with_a_damaged_file_names_it(
    memory: Memory, what: str, fault: str
) -> None:
    batch = services(memory)["tax"]
    made = run(memory, as_of=AS_OF)
    part = made.parts["firm"][0] if what == "decisions" else batch.parts[0]
    path = memory.shelf.path(part)
    data = bytearray(path.read_bytes())
    path.unlink()
    if fault == "altered":
        data[len(data) // 2] ^= 1
        path.write_bytes(data)

    with pytest.raises(Damaged) as caught:
        replay(memory, made.id)

    assert part.name in caught.value.message
    assert fault in caught.value.message
    assert (made.id if what == "decisions" else batch.id) in caught.value.message
    assert part.sha256.hex() in caught.value.hint


def test_replay_names_firm_policy_and_clause_of_what_was_kept_otherwise(
    memory: Memory,
) -> None:
    """A run whose kept file is of another knowledge: firm 2 was above the line.

    As a firm of section I its line is 2000 万元; its first difference is named.
    """
    services(memory)
    first = run(memory, as_of=AS_OF)
    state(memory, 2, "gb_section", "I")
    second = run(memory, as_of=AS_OF)
    with memory.transaction() as conn:
        # What no statement may do: only who owns the server can switch triggers off.
        conn.execute("set local session_replication_role = replica")
        conn.execute("delete from run_part where run_id = %s", (second.id,))
        conn.execute(
            "insert into run_part (run_id, subject, position, name, sha256, size, rows)"
            " select %s, subject, position, name, sha256, size, rows from run_part"
            " where run_id = %s",
            (second.id, first.id),
        )

    again = replay(memory, second.id)

    assert not again.equal
    assert again.count == 1
    assert again.differences == [
        Difference(
            "firm", org(2), "", "service_scale", "above_line", "outcome",
            "eligible", "ineligible",
        )
    ]  # fmt: skip
