# SPDX-License-Identifier: Apache-2.0
"""Receipts of an office with invented firms: three who are one, and their neighbours."""

import base64
import copy
import json
import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from psycopg.conninfo import make_conninfo

from ceyuan.city.codes import credit_code
from ceyuan.facts.store import (
    Batch,
    Damaged,
    File,
    Statement,
    batch_id,
    merkle,
    register,
    withdraw,
    write_statement,
)
from ceyuan.facts.store.handles import handle_of_code, handle_of_name
from ceyuan.facts.store.identity import IdentityEvent
from ceyuan.facts.store.identity_log import record_event
from ceyuan.facts.store.persons import erase, person_slots
from ceyuan.facts.store.sealing import seal_values
from ceyuan.kernel import UNKNOWN, UsageError
from ceyuan.office.memory import open_memory
from ceyuan.office.parameters import typed_settings
from ceyuan.office.receipt_form import checksum, seal_of
from ceyuan.office.receipts import make_receipt, run_seal
from ceyuan.office.running import decision_hashes, run
from ceyuan.office.runs import decision, find, frames
from ceyuan.office.verifying import verify
from ceyuan.policies import OUTCOMES
from tests.database import MADE, execute

DAY = date(2026, 11, 21)
OTHERS = 40
CODES = [credit_code(i) for i in range(OTHERS + 3)]
FIRM, TAKEN, PROJECT = (handle_of_code(code) for code in CODES[:3])
NAME, OLD_NAME, OTHER_NAME = "合成甲一有限公司", "合成甲一旧称有限公司", "邻居家"
LEADER = "合成负责人姓名"
NEIGHBOUR = 77_700_000_001


@dataclass(frozen=True)
class Office:
    memory: object
    run: str
    seal: str
    receipt: dict[str, Any]
    neighbour: dict[str, Any]
    archive: object


def firms(*numbers):
    return {
        "org": [handle_of_code(CODES[n]) for n in numbers],
        "code": [CODES[n] for n in numbers],
        "name": [NAME if n == 0 else f"{OTHER_NAME}{n}" for n in numbers],
    }


def yearly(*numbers, **stated):
    height = len(numbers)
    return pl.DataFrame(
        {**firms(*numbers), "year": [2025] * height,
         "valid_from": [date(2025, 1, 1)] * height, "file": [0] * height,
         "row": list(range(2, 2 + height)), **stated},
    )  # fmt: skip


def add(memory, frame, record, source, *, complete=False):
    """Register a batch of two parts."""
    half = frame.height // 2 or 1
    parts = tuple(
        memory.shelf.seal(piece, record=record, source=source)
        for piece in (frame[:half], frame[half:])
        if piece.height
    )
    name, root = batch_id(parts)
    stated = [
        c
        for c in frame.columns
        if c
        not in [
            "org",
            "code",
            "name",
            "key",
            "year",
            "valid_from",
            "valid_to",
            "file",
            "row",
            "exact",
        ]
    ]
    with memory.transaction() as conn:
        return register(
            conn,
            Batch(
                id=name, record=record, source=source, kind="import",
                rows=frame.height, rejected=0, root=root, attributes=tuple(stated),
                complete=complete, actor="导入员", reason="",
                known_at=datetime.now(UTC), as_stated=date(2026, 1, 1),
                declarations="", synthetic=True, parts=parts,
                files=(
                    File(name=f"{record}-{source}.xlsx", size=1,
                         sha256=root, rows=frame.height, rejected=0),
                ),
            ),
        )  # fmt: skip


def state(memory, attribute, value, *, org=FIRM, year=2025, source="ruling"):
    with memory.transaction() as conn:
        return write_statement(
            conn,
            Statement(
                record="firm", source=source, org=org, attribute=attribute, value=value,
                year=year, valid_from=date(2025, 1, 1), actor="裁定员", reason="凭证",
            ),
        )  # fmt: skip


def revenue(n):
    """Return what the tax says of a firm: one is small, and its return differs."""
    return 300_000_007 if n == 7 else NEIGHBOUR + n * 1_000_003


def fill(memory):
    """Import what several sources say; the firm is named in four ways."""
    every = [0, 1, *range(3, OTHERS + 3)]
    add(
        memory,
        yearly(
            *every, revenue=[revenue(n) for n in every],
            rd_expense=[5_550_000_000 + n for n in every],
            employees=[30 + n for n in every],
        ),
        "firm", "tax",
    )  # fmt: skip
    add(
        memory,
        yearly(
            *every, revenue=[revenue(n) + (n in (0, 7)) for n in every],
            exact=['{"total_assets": "1/3"}' if n == 0 else None for n in every],
        ),
        "firm", "firm",
    )  # fmt: skip
    add(
        memory,
        yearly(*every, reg_date=[date(2015, 1, 1)] * len(every)).drop("year"),
        "firm", "registry",
    )  # fmt: skip
    old = yearly(0, rd_staff=[17]).with_columns(
        pl.lit(handle_of_name(OLD_NAME)).alias("org"),
        pl.lit(None, pl.String).alias("code"), pl.lit(OLD_NAME).alias("name"),
    )  # fmt: skip
    add(memory, old, "firm", "park")
    held = [0, 4, 5]
    add(
        memory,
        pl.DataFrame(
            {**firms(*held), "key": ["hnte\x1f2024-10-01"] * 3,
             "valid_from": [date(2024, 10, 1)] * 3, "valid_to": [date(2027, 9, 30)] * 3,
             "certificate": ["hnte"] * 3, "issued_on": [date(2024, 10, 1)] * 3,
             "valid_until": [date(2027, 9, 30)] * 3, "file": [0] * 3, "row": [2, 3, 4]}
        ),
        "certificate", "certificates", complete=frozenset({"hnte"}),
    )  # fmt: skip
    add(
        memory,
        pl.DataFrame(
            {**firms(0, 0, 6), "key": ["ZL1", "ZL2", "ZL3"],
             "valid_from": [date(2024, 10, 1)] * 3, "patent_type": ["invention"] * 3,
             "legal_status": ["valid"] * 3, "file": [0] * 3, "row": [2, 3, 4]}
        ),
        "patent", "ip",
    )  # fmt: skip
    with memory.transaction() as conn:
        said: dict[str, Any] = {
            "actor": "登记员",
            "reason": "营业执照",
            "valid_from": date(2025, 6, 1),
        }
        record_event(
            conn,
            IdentityEvent(
                kind="match", org=FIRM, other=handle_of_name(OLD_NAME), **said
            ),
        )
        record_event(conn, IdentityEvent(kind="merge", org=FIRM, other=TAKEN, **said))
        record_event(conn, IdentityEvent(
            kind="group", org=handle_of_code(CODES[9]), other=FIRM,
            name=f"{OTHER_NAME}9", **said))  # fmt: skip
    state(memory, "revenue", Fraction(40_000_000_00))
    state(memory, "rd_staff", UNKNOWN, source="firm")
    state(memory, "employees", Fraction(123), org=handle_of_code(CODES[7]))
    add(memory, project(memory), "project", "firm")


def project(memory):
    ring = memory.keyring()
    with memory.transaction() as conn:
        slots = person_slots(conn, ring, ["P1", "P2"])
    names = seal_values(
        ring, slots, [LEADER, LEADER], record_type="project", attribute="lead_name"
    )
    return pl.DataFrame(
        {**firms(0, 3), "key": ["X1", "X2"], "valid_from": [date(2025, 1, 1)] * 2,
         "project_title": ["合成课题", f"{OTHER_NAME}的课题"], "lead": ["P1", "P2"],
         "direct_cost": [3_000_000_00, 4_000_000_00],
         "requested_indirect": [500_000_00, 1_000_00],
         "lead_name": names, "file": [0, 0], "row": [2, 3]},
        schema_overrides={"lead_name": pl.Binary},
    )  # fmt: skip


@pytest.fixture(scope="module")
def office(database_server, tmp_path_factory):
    execute(database_server, f"CREATE DATABASE receipts TEMPLATE {MADE}")
    url = make_conninfo(database_server, dbname="receipts")
    folder = tmp_path_factory.mktemp("office")
    with open_memory(folder, actor="办事员", url=url) as memory:
        fill(memory)
        made = run(memory, as_of=DAY)
        state(memory, "revenue", Fraction(9_999_999))  # after the run
        receipt, neighbour = (
            json.loads(json.dumps(make_receipt(memory, made.id, org)))
            for org in (FIRM, handle_of_code(CODES[5]))
        )
        archive = folder / ".ceyuan" / "declarations" / f"{made.declarations}.zip"
        yield Office(
            memory, made.id, run_seal(memory, made.id), receipt, neighbour, archive
        )
    execute(database_server, "DROP DATABASE receipts WITH (FORCE)")


def forged(receipt):
    """Return a receipt whose checksum was made to fit again."""
    receipt["seal"] = seal_of(receipt["run"])
    return receipt | {"checksum": checksum(receipt)}


def failed(receipt, seal, **given):
    return [c.name for c in verify(receipt, root=seal, **given).failed]


def test_receipt_of_a_firm_with_three_handles_holds_in_every_step(office):
    found = verify(office.receipt, root=office.seal)

    assert [("ok", c.name) for c in found.checks] == [
        (c.state, c.name) for c in found.checks
    ], found.failed
    assert found.whole
    assert found.ok
    handles = {text.split("org=")[1].split("\x1f")[0] for text in texts(office.receipt)}
    assert {str(FIRM), str(TAKEN), str(handle_of_name(OLD_NAME))} == handles
    assert {
        "kind": "firm", "org": FIRM, "key": "", "code": CODES[0], "name": NAME
    } == office.receipt["subject"]  # fmt: skip


def texts(receipt):
    return [one["text"] for one in receipt["records"]]


def test_receipt_asked_by_another_handle_is_the_same(office):
    assert office.receipt == json.loads(
        json.dumps(make_receipt(office.memory, office.run, TAKEN))
    )


def test_receipt_holds_sealed_statements_links_and_exact_numbers(office):
    by_type: dict[tuple[str, str], Any] = {}
    for one in office.receipt["records"]:
        record, source, *_ = one["text"].split("\x1f")
        by_type.setdefault((record, source), []).append(one["place"])

    assert {
        ("firm", "tax"): [{"file": "firm-tax.xlsx", "row": row} for row in (2, 3)],
        ("firm", "firm"): [
            {"file": "firm-firm.xlsx", "row": 2},
            {"file": "firm-firm.xlsx", "row": 3},
            {"statement": 2},
        ],
        ("firm", "registry"): [
            {"file": "firm-registry.xlsx", "row": row} for row in (2, 3)
        ],
        ("firm", "park"): [{"file": "firm-park.xlsx", "row": 2}],
        ("firm", "ruling"): [{"statement": 1}],
        ("certificate", "certificates"): [
            {"file": "certificate-certificates.xlsx", "row": 2}
        ],
        ("patent", "ip"): [{"file": "patent-ip.xlsx", "row": row} for row in (2, 3)],
    } == {name: sorted(by_type[name], key=str) for name in by_type}
    assert 1 == sum('exact={"total_assets": "1/3"}' in t for t in texts(office.receipt))
    assert 1 == sum("void=rd_staff" in t for t in texts(office.receipt))


def test_receipt_says_no_value_of_any_other_firm(office):
    text = json.dumps(office.receipt, ensure_ascii=False)
    for block in office.receipt["blocks"]:
        text += base64.b64decode(block).decode("latin-1")

    for n in range(3, OTHERS + 3):
        for value in (
            CODES[n],
            f"{OTHER_NAME}{n}",
            str(handle_of_code(CODES[n])),
            str(revenue(n)),
            str(5_550_000_000 + n),
        ):
            assert value not in text
    assert "9999999" not in text
    assert str(NEIGHBOUR) in text


def test_receipts_of_every_firm_hold(office):
    hanging = {}
    for n in (0, 3, 4, 5, 6, 7, 8, 9):
        made = make_receipt(office.memory, office.run, handle_of_code(CODES[n]))
        found = verify(made, root=office.seal)
        assert found.whole, found.failed
        hanging[n] = [one["id"] for one in made["policies"] if one["hangs"]]
    assert {7: ["xjr_2026"]} == {n: said for n, said in hanging.items() if said}


def test_receipt_tells_what_the_run_kept(office):
    stored = decision(office.memory, find(office.memory, office.run), "firm", FIRM)
    row = office.receipt["decision"]["row"]

    assert stored == row | {"org": FIRM, "key": ""}
    leaf = bytes.fromhex(office.receipt["decision"]["hash"])
    assert [leaf] == decision_hashes(
        next(frames(office.memory, find(office.memory, office.run), "firm")).filter(
            pl.col("org") == FIRM
        ),
        office.memory.secret,
    )
    rules = office.memory.region.rules
    for one in office.receipt["policies"]:
        outcome = OUTCOMES[row[one["id"]]]
        assert str(outcome) == one["outcome"]
        assert list(rules[one["id"]].clauses) == [name for name, _ in one["clauses"]]
        assert row.get(f"{one['id']}:amount") == one["amount"]
        for bit, (_, state_) in enumerate(one["clauses"]):
            met = row[f"{one['id']}:met"] >> bit & 1
            left = row[f"{one['id']}:open"] >> bit & 1
            assert {"met": (1, 0), "open": (0, 1), "not_met": (0, 0)}[state_] == (
                met, left,
            )  # fmt: skip


def test_receipt_holds_in_a_process_without_office_or_database(office, tmp_path):
    (tmp_path / "receipt.json").write_text(json.dumps(office.receipt), "utf-8")
    script = (
        "import json, sys; from pathlib import Path;"
        "from ceyuan.office.verifying import verify;"
        "said = json.loads(Path('receipt.json').read_text('utf-8'));"
        "found = verify(said, root=sys.argv[1]); print(found.whole)"
    )
    paths = os.pathsep.join(str(Path(path).resolve()) for path in sys.path)
    away = os.environ | {
        "PYTHONPATH": paths,
        "CEYUAN_DATABASE_URL": "postgresql://127.0.0.1:1/none",
    }

    done = subprocess.run(  # noqa: S603  only our own text is run
        [sys.executable, "-c", script, office.seal],
        cwd=tmp_path, env=away, capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert "True\n" == done.stdout
    assert ["receipt.json"] == [p.name for p in tmp_path.iterdir()]


def test_receipt_of_some_policies_tells_only_these(office):
    policy = office.receipt["run"]["subjects"][0]["policies"][3]
    made = make_receipt(office.memory, office.run, FIRM, policies=(policy,))

    assert [policy] == [one["id"] for one in made["policies"]]
    assert verify(made, root=office.seal).whole


def test_receipt_of_a_subject_with_a_key_keeps_personal_values_sealed(office):
    made = make_receipt(office.memory, office.run, FIRM, key="X1", subject="project")
    found = verify(made, root=office.seal)

    assert found.whole, found.failed
    text = next(t for t in texts(made) if t.startswith("project"))
    sealed = text.split("lead_name=")[1].split("\x1f")[0]
    assert b"\x01" == bytes.fromhex(sealed)[:1]
    assert LEADER not in json.dumps(made, ensure_ascii=False)
    assert OTHER_NAME + "的课题" not in json.dumps(made, ensure_ascii=False)


@pytest.mark.parametrize(
    ("firm", "key", "subject", "policies", "said"),
    [
        (handle_of_code(CODES[2]), "", "firm", (), "没有这个对象"),
        (FIRM, "X9", "project", (), "没有这个对象"),
        (FIRM, "", "spaceship", (), "没有 `spaceship`"),
        (FIRM, "", "firm", ("no_such_policy",), "no_such_policy"),
    ],
)
def test_receipt_of_what_was_not_decided_is_refused(
    office, firm, key, subject, policies, said
):
    with pytest.raises(UsageError, match=said):
        make_receipt(
            office.memory, office.run, firm, key=key, subject=subject, policies=policies
        )


def swap(text, old, new):
    assert old in text
    return text.replace(old, new)


def a_value(r, _):
    at = next(k for k, t in enumerate(texts(r)) if "revenue=" in t and "tax" in t)
    r["records"][at]["text"] = swap(texts(r)[at], "revenue=777", "revenue=877")


def a_source(r, _):
    r["records"][0]["text"] = swap(texts(r)[0], "\x1ftax\x1f", "\x1fregistry\x1f")


def the_sources_of_a_batch(r, _):
    for batch in r["batches"]:
        batch["source"] = "ruling"


def the_manifest(r, _):
    r["manifest"]["batches"][0]["source"] = "ruling"


def a_proof(r, _):
    levels = r["records"][0]["proof"]
    levels[0][0] = (levels[0][0] + 1) % 16


def a_neighbours_record(r, other):
    for one in other["records"]:
        r["records"].append(one | {"proof": moved(r, other, one["proof"])})


def moved(r, other, levels):
    found = []
    for place, number in levels:
        r["blocks"].append(other["blocks"][number])
        found.append([place, len(r["blocks"]) - 1])
    return found


def a_neighbours_row(r, other):
    r["decision"] = other["decision"] | {
        "proof": moved(r, other, other["decision"]["proof"])
    }


def a_ruling_left_out(r, _):
    keep = [one for one in r["records"] if "\x1fruling\x1f" not in one["text"]]
    used = {one["batch"] for one in keep}
    numbers = sorted(
        {n for x in (*keep, *r["identity"], r["decision"]) for _, n in x["proof"]}
    )
    for one in (*keep, *r["identity"], r["decision"]):
        one["proof"] = [[p, numbers.index(n)] for p, n in one["proof"]]
    r["blocks"] = [r["blocks"][n] for n in numbers]
    r["records"] = keep
    r["batches"] = [b for b in r["batches"] if b["id"] in used]


def an_outcome(r, _):
    r["policies"][0]["outcome"] = "refused"


def an_amount(r, _):
    r["policies"][0]["amount"] = 5


def a_clause(r, _):
    clause = r["policies"][0]["clauses"][0]
    clause[1] = "not_met" if clause[1] != "not_met" else "met"


def the_name_of_a_clause(r, _):
    r["policies"][0]["clauses"][0][0] = "another"


def an_answer(r, _):
    row = r["decision"]["row"]
    row[r["policies"][0]["id"]] = 0 if row[r["policies"][0]["id"]] else 3


def an_answer_of_the_same_bytes(r, _):
    row = r["decision"]["row"]
    row["hangs"] = row["hangs"] + 2**64


def an_answer_moved_to_the_key(r, _):
    first = min(r["decision"]["row"])
    value = r["decision"]["row"].pop(first)
    r["subject"]["key"] = "\x01" + "\0" * 7 + chr(value)


def a_hash_of_no_proof(r, _):
    r["blocks"].append(base64.b64encode(bytes(512)).decode())


def the_day(r, _):
    r["run"]["as_of"] = "2026-11-20"


def the_settings(r, _):
    r["run"]["settings"] = ["sh_voucher_2025.firm_yearly_cap=1元"]


def the_declarations(r, _):
    r["run"]["declarations"] = "0" * 64


def the_synthetic_mark(r, _):
    r["run"]["synthetic"] = False


def an_identity(r, _):
    r["identity"][0]["said"]["other"] = handle_of_code(CODES[5])


def an_identity_left_out(r, _):
    r["identity"] = r["identity"][1:]


def the_name(r, _):
    r["subject"]["name"] = f"{OTHER_NAME}5"


@pytest.mark.parametrize(
    ("change", "where", "said"),
    [
        (a_value, "records", "值、来源或证明被改动"),
        (a_source, "records", "值、来源或证明被改动"),
        (the_sources_of_a_batch, "records", "类型或来源与快照不同"),
        (the_manifest, "snapshot", "快照清单与快照编号不符"),
        (a_proof, "records", "值、来源或证明被改动"),
        (a_neighbours_record, "records", ""),
        (a_neighbours_row, "decision", "散列前的字节不符"),
        (a_ruling_left_out, "recomputation", "由记录重算与所存不同"),
        (an_outcome, "told", "outcome 与判定的位不符"),
        (an_amount, "told", "amount 与判定的位不符"),
        (a_clause, "told", "clauses 与判定的位不符"),
        (the_name_of_a_clause, "declarations", "条件名称与声明不符"),
        (an_answer, "decision", "散列前的字节不符"),
        (an_answer_of_the_same_bytes, "decision", "不是这一列的整数"),
        (an_answer_moved_to_the_key, "decision", "控制字符"),
        (a_hash_of_no_proof, "decision", "不属于任何证明"),
        (the_day, "run", "编号"),
        (the_settings, "run", "编号"),
        (the_declarations, "published", "与公布的不同"),
        (the_synthetic_mark, "records", "合成数据的标记被去掉"),
        (an_identity, "identity", "内容与它的散列不符"),
        (an_identity_left_out, "records", "是别的组织的记录"),
        (the_name, "subject", "不见于它的任何记录"),
    ],
)
def test_forged_receipt_fails_and_says_what_does_not_fit(office, change, where, said):
    receipt = copy.deepcopy(office.receipt)
    change(receipt, copy.deepcopy(office.neighbour))

    assert "checksum" in failed(receipt, office.seal)
    found = verify(forged(receipt), root=office.seal)
    assert where in [c.name for c in found.failed], found.checks
    assert said in next(c.zh for c in found.failed if c.name == where)


def leaves(value, path=()):
    """Yield the path of every value of a receipt."""
    if isinstance(value, dict):
        for name in value:
            yield from leaves(value[name], (*path, name))
    elif isinstance(value, list) and value:
        for at, one in enumerate(value):
            yield from leaves(one, (*path, at))
    else:
        yield path


def other(value):
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str) and value:
        middle = len(value) // 2
        digit = "7" if value[middle] != "7" else "3"
        return value[:middle] + digit + value[middle + 1 :]
    return 1


def unbound(path):
    """Return whether only the checksum stands for a value."""
    return (
        path[0] in ("stated", "checksum", "seal")
        or (path[0] == "records" and path[2] == "place")
        or (path[0] == "batches" and path[2] in ("known_at", "synthetic"))
    )


@given(data=st.data())
def test_receipt_with_any_value_changed_does_not_hold(office, data):
    receipt = copy.deepcopy(office.receipt)
    paths = list(leaves(receipt))
    parts = sorted({path[0] for path in paths})
    part = data.draw(st.sampled_from(parts))
    path = data.draw(st.sampled_from([p for p in paths if p[0] == part]))
    held = receipt
    for step in path[:-1]:
        held = held[step]
    held[path[-1]] = other(held[path[-1]])

    assert failed(receipt, office.seal)
    if not unbound(path):
        assert failed(forged(receipt), office.seal), path


def nodes(value, path=()):
    """Yield the path of everything in a receipt, whole parts too."""
    yield path
    if isinstance(value, dict):
        for name in value:
            yield from nodes(value[name], (*path, name))
    elif isinstance(value, list):
        for at, one in enumerate(value):
            yield from nodes(one, (*path, at))


RUBBISH: tuple[Any, ...] = (
    None,
    "",
    "x",
    -1,
    2**70,
    1.5,
    True,
    {},
    [],
    [[]],
    [{}],
    {"x": 1},
)


@settings(max_examples=(settings.default or settings()).max_examples // 2)
@given(
    depth=st.integers(1, 5),
    number=st.integers(0, 10**6),
    rubbish=st.sampled_from(range(len(RUBBISH) + 1)),
)
def test_receipt_that_is_cut_or_scrambled_fails_and_never_breaks(
    office, depth, number, rubbish
):
    receipt = copy.deepcopy(office.receipt)
    paths = [path for path in nodes(receipt) if len(path) == depth]
    *steps, last = paths[number % len(paths)]
    held = receipt
    for step in steps:
        held = held[step]
    if rubbish == len(RUBBISH):
        del held[last]
    else:
        assume(held[last] != RUBBISH[rubbish])
        held[last] = copy.deepcopy(RUBBISH[rubbish])

    assert not verify(receipt, root=office.seal).ok
    if "run" in receipt:
        verify(forged(receipt), root=office.seal)


def test_verify_without_a_published_root_says_that_it_cannot_compare(office):
    found = verify(office.receipt)

    assert found.ok
    assert not found.whole
    assert "not_possible" == found.state("published")
    assert "ok" == verify(office.receipt, root=office.receipt["run"]["root"]).state(
        "published"
    )
    assert ["published"] == failed(office.receipt, "0" * 64)


def test_verify_with_the_archive_of_declarations_decides_again(office):
    assert verify(office.receipt, declarations=office.archive, root=office.seal).whole


def test_verify_with_a_threshold_altered_in_the_archive_fails(office, tmp_path):
    altered = tmp_path / "altered.zip"
    changed = count()
    with zipfile.ZipFile(office.archive) as old, zipfile.ZipFile(altered, "w") as new:
        for one in old.infolist():
            content = old.read(one)
            if "/policies/" in one.filename and next(changed) == 0:
                content += b"\n# altered\n"
            new.writestr(one.filename, content)
    torn = tmp_path / "torn.zip"
    torn.write_bytes(office.archive.read_bytes()[:5000])

    for archive, said in ((altered, "门槛或条文被改动"), (torn, "读不出来")):
        found = verify(office.receipt, declarations=archive, root=office.seal)
        assert ["declarations"] == [c.name for c in found.failed]
        assert said in found.failed[0].zh
        assert "not_possible" == found.state("recomputation")


def test_verify_of_something_else_fails_at_once():
    assert ["form"] == [c.name for c in verify({"schema": "x/1"}).checks]


def test_proofs_of_several_leaves_are_those_of_each():
    leaves_ = [bytes([k % 256, k // 256]) * 16 for k in range(300)]
    places = [0, 15, 16, 255, 256, 299]

    found = merkle.proofs(leaves_, places)

    assert [merkle.root(leaves_)] * 6 == [
        one.root(leaves_[at]) for one, at in zip(found, places, strict=True)
    ]
    assert [merkle.proof(leaves_, at) for at in places] == found
    assert [] == merkle.proofs([], [])


@pytest.fixture
def small(office_folder):
    """Give a small office of its own, with two firms."""
    with open_memory(office_folder, actor="办事员") as memory:
        add(memory, yearly(0, 1, revenue=[5_000_000_00, 7_000_000_00]), "firm", "tax")
        yield memory


def test_receipt_of_a_run_with_settings_is_decided_again_under_them(small):
    said = ("sh_voucher_2025.firm_yearly_cap=12万元",)
    made = run(small, as_of=DAY, settings=typed_settings(small.region, said), said=said)

    receipt = make_receipt(small, made.id, FIRM)

    assert list(said) == receipt["run"]["settings"]
    assert verify(receipt, root=run_seal(small, made.id)).whole
    plain = run(small, as_of=DAY)
    assert run_seal(small, plain.id) != run_seal(small, made.id)


def test_receipt_is_the_same_after_a_batch_was_withdrawn(small):
    made = run(small, as_of=DAY)
    before = make_receipt(small, made.id, FIRM)
    with small.transaction() as conn:
        withdraw(conn, before["batches"][0]["id"], actor="办事员", reason="发错了")

    assert before == make_receipt(small, made.id, FIRM)
    assert verify(before, root=run_seal(small, made.id)).whole


def test_receipt_over_an_altered_file_is_refused_and_names_it(small):
    made = run(small, as_of=DAY)
    part = small.reading(DAY).batches[0].parts[0]
    path = small.shelf.path(part)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1] + b"?")

    with pytest.raises(Damaged, match=part.name):
        make_receipt(small, made.id, FIRM)


def test_receipt_of_erased_personal_values_still_holds(small):
    add(small, project(small), "project", "firm")
    made = run(small, as_of=DAY)
    before = make_receipt(small, made.id, FIRM, key="X1", subject="project")
    with small.database.connect() as conn:
        erase(conn, small.keyring(), "P1", actor="保护官", reason="本人申请")

    assert before == make_receipt(small, made.id, FIRM, key="X1", subject="project")
    assert verify(before, root=run_seal(small, made.id)).whole
