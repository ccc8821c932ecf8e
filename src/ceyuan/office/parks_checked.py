# SPDX-License-Identifier: Apache-2.0
"""The work of a park's batch: check every row, write everything back, sum it up.

Done by a worker, row by row with word of how far it is. What a page shows is written
as one JSON document; the firms' own reasons are worked out when somebody opens one.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from ceyuan.kernel import show_money
from ceyuan.ledger.sealing import OFFICE_TIME
from ceyuan.office.checkup import check_table
from ceyuan.office.gaps import gaps
from ceyuan.office.groups import (
    GROUPS,
    OUTSIDE,
    amount_of,
    gives,
    group_of,
    grouped,
    sums,
)
from ceyuan.office.letters import write_letter
from ceyuan.office.parameters import typed_settings
from ceyuan.office.parks import (
    ParkBatch,
    batch_of,
    begin,
    last_of,
    read_batch,
    uploads_of,
)
from ceyuan.office.parks_filled import fill
from ceyuan.office.parks_public import fill_public
from ceyuan.office.result import check_json
from ceyuan.office.returned import returned_paths, shown_rules, write_back
from ceyuan.office.settings import settings_in_force
from ceyuan.office.told import next_step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ceyuan.declarations import Region
    from ceyuan.language import Setting
    from ceyuan.office.checkup import Checkup, FirmCheck
    from ceyuan.office.gaps import Gap
    from ceyuan.office.jobs import Job, Progress
    from ceyuan.office.memory import Memory

FILLED = ("R292", "R293")
"""Notes on what a sheet was filled in with: by consent, and public data."""
_DONE = """
update park_batch set state = %s, counts = %s, changes = %s,
  finished_at = clock_timestamp() where id = %s
"""


def check_batch(memory: Memory, job: Job, progress: Progress) -> dict[str, Any]:
    """Check a batch; the work of a job of the kind `park_check`."""
    name = job.said["batch"]
    with memory.transaction() as conn:
        batch = batch_of(conn, name)
    try:
        return _check(memory, batch, progress)
    except BaseException:
        with memory.transaction() as conn:
            conn.execute(_DONE, ("failed", None, None, name))
        raise


def check_again(memory: Memory, job: Job, progress: Progress) -> dict[str, Any]:
    """Check a batch anew, on today's rules and facts; tell what is otherwise.

    The work of a job of the kind `park_again`. A letter goes out only where something
    changed.
    """
    with memory.transaction() as conn:
        first = batch_of(conn, job.said["batch"])
        uploads = uploads_of(conn, first)
        last = last_of(conn, first.id)
    new = begin(
        memory,
        uploads[0],
        joined=uploads[1:],
        as_of=datetime.now(OFFICE_TIME).date(),
        organisation=first.organisation,
        previous=last.id,
    )
    with memory.transaction() as conn:
        conn.execute(
            "update park_batch set columns = %s, state = 'waiting', job_id = %s "
            "where id = %s",
            (Jsonb(first.columns), job.id, new.id),
        )
        new = batch_of(conn, new.id)
    result = _check(memory, new, progress)
    with memory.transaction() as conn:
        done = batch_of(conn, new.id)
        changes = done.changes or {"turned": [], "gone": []}
        if changes["turned"] or changes["gone"]:
            write_letter(
                conn,
                job.actor,
                f"定期重核：{len(changes['turned'])} 处变化 (changes in your tenants)",
                changes_text(memory.region, changes),
                about=f"/park/{new.id}",
            )
    return result


def changes_text(region: Region, changes: Mapping[str, Any]) -> str:
    """Return what changed, a line each, Chinese; for a letter."""
    words = {group.id: group.zh for group in GROUPS}
    lines = []
    for one in changes["turned"]:
        who = one["name"] or one["uscc"]
        if one.get("new"):
            lines.append(f"{who}：新增")
            continue
        rule = region.rules.get(one["policy"])
        policy = rule.said.zh if rule is not None else one["policy"]
        (before, old), (after, new) = one["from"], one["to"]
        was = words.get(before, "—") + (f" {show_money(old)}" if old else "")
        now = words.get(after, "—") + (f" {show_money(new)}" if new else "")
        lines.append(f"{who}：{policy}  {was} → {now}")
    lines += [f"{one['name'] or one['uscc']}：不在表里了" for one in changes["gone"]]
    return "\n".join(lines)


def _check(memory: Memory, batch: ParkBatch, progress: Progress) -> dict[str, Any]:
    with memory.transaction() as conn:
        uploads = uploads_of(conn, batch)
    progress(0, 0, "read")
    checkup, book = checked(memory, batch, progress)
    folder = batch.folder(memory)
    folder.mkdir(parents=True, exist_ok=True)
    progress(len(checkup.firms), len(checkup.firms), "write")
    target, *beside = returned_paths(checkup, book, folder)
    write_back(checkup, book, target)
    with (folder / "check.json").open("w", encoding="utf-8") as file:
        file.writelines(check_json(checkup))
    shown = shown_of(checkup)
    shown["files"] = [target.name, *(path.name for path in beside)]
    shown["sources"] = [one.name for one in uploads]
    text = json.dumps(shown, ensure_ascii=False)
    (folder / "shown.json").write_text(text, encoding="utf-8")
    changes = _changes(memory, batch, shown)
    with memory.transaction() as conn:
        conn.execute(_DONE, ("done", Jsonb(shown["counts"]), Jsonb(changes), batch.id))
    return {"batch": batch.id, **shown["counts"]}


def checked(
    memory: Memory,
    batch: ParkBatch,
    progress: Progress | None = None,
    *,
    only: str = "",
) -> tuple[Checkup, Any]:
    """Return the check-up of a batch, of all rows or of one firm alone, and its book."""
    with memory.transaction() as conn:
        uploads = uploads_of(conn, batch)
        said = settings_in_force(conn, batch.as_of)
    book, table = read_batch(memory, batch, uploads)
    fill(memory, table, batch.organisation, on=datetime.now(OFFICE_TIME).date())
    # A page that is opened later tells what the check saw.
    fill_public(memory, table, as_of=batch.as_of, known_at=batch.finished_at)
    settings = office_settings(memory.region, said)

    def told(done: int, whole: int) -> None:
        if progress is not None:
            progress(done, whole, "check")

    checkup = check_table(
        table,
        memory.region,
        as_of=batch.as_of,
        settings=settings,
        only=only,
        progress=told,
    )
    return checkup, book


def office_settings(
    region: Region, said: Mapping[str, str]
) -> Mapping[str, Mapping[str, Setting]]:
    """Return the parameters in force that are a policy's."""
    return typed_settings(
        region,
        [f"{k}={v}" for k, v in said.items() if k.partition(".")[0] in region.rules],
    )


def shown_of(checkup: Checkup) -> dict[str, Any]:
    """Return what a page shows of a whole check-up; money in fen by basis."""
    firms = [_firm(checkup, at, firm) for at, firm in enumerate(checkup.firms)]
    return {
        "as_of": checkup.as_of.isoformat(),
        "year": checkup.year,
        "years": sorted({firm.year for firm in checkup.firms}),
        "year_reason": checkup.table.year_reason,
        "is_full": checkup.is_full,
        "counts": _counts(checkup, firms),
        "groups": {
            group.id: _group(firms, group.id)
            for group in GROUPS
            if group is not OUTSIDE
        },
        "policies": [_policy(checkup, rule.id) for rule in shown_rules(checkup)],
        "gaps": [_gap(gap) for gap in gaps(checkup)],
        "firms": firms,
        "problems": [
            {
                "code": p.code,
                "place": p.place,
                "row": p.row,
                "sheet": p.sheet,
                "what": p.message,
                "mend": p.mend,
            }
            for p in checkup.problems
        ],
        "skipped": [
            {"sheet": s.sheet, "row": s.row, "reason": s.reason}
            for s in checkup.table.skipped
        ],
        "filled": [
            _both(note.message) for note in checkup.table.notes if note.code in FILLED
        ],
    }


def _both(message: str) -> list[str]:
    """Return a message in Chinese and in English: `中文 (English)`."""
    zh, _, en = message.rpartition(" (")
    return [zh, f"{en[:1].upper()}{en[1:].removesuffix(')')}"]


def _firm(checkup: Checkup, at: int, firm: FirmCheck) -> dict[str, Any]:
    split = grouped(firm, filter(gives, checkup.rules))
    return {
        "at": at,
        "sheet": firm.row.sheet,
        "row": firm.row.row,
        "name": firm.row.name,
        "uscc": firm.row.uscc,
        "sound": firm.row.sound,
        "counts": {g.id: len(rules) for g, rules in split.items() if rules},
        "sums": {g.id: sums(firm, rules) for g, rules in split.items() if rules},
        "next": next_step(checkup, firm),
        "next_en": next_step(checkup, firm, "en"),
        "states": {
            rule.id: [group_of(firm, rule.id).id, amount_of(firm, rule.id)]
            for rule in checkup.rules
        },
    }


def _counts(checkup: Checkup, firms: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "firms": len(firms),
        "distinct": len({_who(one) for one in firms}),
        "due": sum("granted" in one["counts"] for one in firms),
        "step": sum("step" in one["counts"] for one in firms),
        "confirm": sum("confirm" in one["counts"] for one in firms),
        "problems": len(checkup.problems),
        "policies": len(checkup.rules),
        "definitions": sum(not gives(rule) for rule in checkup.rules),
    }


def _group(firms: list[dict[str, Any]], group: str) -> dict[str, Any]:
    money: dict[str, int] = {}
    for one in firms:
        for basis, fen in one["sums"].get(group, {}).items():
            money[basis] = money.get(basis, 0) + fen
    return {
        "firms": sum(group in one["counts"] for one in firms),
        "cases": sum(one["counts"].get(group, 0) for one in firms),
        "sums": money,
    }


def _policy(checkup: Checkup, policy: str) -> dict[str, Any]:
    counts: dict[str, int] = {}
    amount, known = 0, False
    for firm in checkup.firms:
        group = group_of(firm, policy).id
        counts[group] = counts.get(group, 0) + 1
        if group == "granted" and firm.decisions[policy].amount is not None:
            amount += firm.decisions[policy].amount or 0
            known = True
    return {"policy": policy, "counts": counts, "amount": amount if known else None}


def _gap(gap: Gap) -> dict[str, Any]:
    return {
        "kind": gap.kind,
        "name": gap.name,
        "by": gap.by,
        "firms": sorted(gap.firms),
        "alone": gap.alone,
        "unlock": gap.unlock_fen if gap.is_known else None,
        "policies": dict(gap.policies),
    }


def _changes(
    memory: Memory, batch: ParkBatch, shown: dict[str, Any]
) -> dict[str, Any] | None:
    """Return what is otherwise than in the batch before: firms, policies, groups."""
    if batch.previous is None:
        return None
    with memory.transaction() as conn:
        before = batch_of(conn, batch.previous)
    place = before.folder(memory) / "shown.json"
    if not place.is_file():
        return None
    old = json.loads(place.read_text(encoding="utf-8"))
    known = {_who(one): one for one in old["firms"]}
    turned = []
    for one in shown["firms"]:
        was = known.pop(_who(one), None)
        if was is None:
            turned.append({"name": one["name"], "uscc": one["uscc"], "new": True})
            continue
        for policy, (group, amount) in one["states"].items():
            group_before, amount_before = was["states"].get(policy, [None, None])
            if (group, amount) != (group_before, amount_before):
                turned.append(
                    {
                        "name": one["name"],
                        "uscc": one["uscc"],
                        "policy": policy,
                        "from": [group_before, amount_before],
                        "to": [group, amount],
                    }
                )
    gone = [{"name": one["name"], "uscc": one["uscc"]} for one in known.values()]
    return {"since": before.as_of.isoformat(), "turned": turned, "gone": gone}


def _who(one: dict[str, Any]) -> str:
    return str(one["uscc"] or one["name"])
