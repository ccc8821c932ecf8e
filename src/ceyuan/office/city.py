# SPDX-License-Identifier: Apache-2.0
"""Ceyuan in Python: `ceyuan.open()`, then the same verbs as on the command line.

```python
import ceyuan

city = ceyuan.open()
batch = city.check("tenants.xlsx", as_of="2026-11-21")
batch.to_frame()  # one row per firm and policy
batch.gaps()  # common gaps, most money first
firm = batch["澄光半导体（样例）有限公司"]
firm.explain("tech_sme_2017")  # condition tree
firm.nearest("tech_sme_2017")  # smallest changes that turn it
firm.whatif(rd_expense="600万元").to_frame()
```
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from ceyuan.declarations import DEFAULT_REGION, Policy, Region, load_region
from ceyuan.kernel import UsageError
from ceyuan.office.answers import Moves, Why
from ceyuan.office.checkup import Checkup, FirmCheck, check_firm, check_table
from ceyuan.office.gaps import gaps
from ceyuan.office.inputs import joined_files, read_input
from ceyuan.office.parameters import typed_facts, typed_settings
from ceyuan.office.result import missing_json, value_json
from ceyuan.office.told import move_text
from ceyuan.policies import explain as explain_rule
from ceyuan.policies import nearest as nearest_rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd
    import pyarrow as pa

    from ceyuan.language import Setting


def open(region: str = DEFAULT_REGION) -> City:  # noqa: A001
    """Return a city: its facts and its policies.

    Raises:
        RuleError: A declaration of the region is wrong.
        UsageError: There is no such region.
    """
    return City(load_region(region))


def check(file: str | Path, **options: object) -> Batch:
    """Return the check-up of a file in the default region; see `City.check`."""
    return open().check(file, **options)  # type: ignore[arg-type]


def explain(file: str | Path, firm: str, policy: str, **options: object) -> Why:
    """Return why a policy says what it says of a firm in a file."""
    return check(file, **options)[firm].explain(policy)


def nearest(file: str | Path, firm: str, policy: str, **options: object) -> Moves:
    """Return the smallest changes that turn a policy for a firm in a file."""
    return check(file, **options)[firm].nearest(policy)


def whatif(
    file: str | Path, firm: str, changes: Mapping[str, str], **options: object
) -> Firm:
    """Return a firm in a file with some facts changed."""
    return check(file, **options)[firm].whatif(**changes)


@dataclass(frozen=True, slots=True)
class City:
    """A region's facts and policies."""

    region: Region

    def policy(self, policy: str) -> Policy:
        """Return a policy as its file says it.

        Raises:
            UsageError: There is no such policy.
        """
        return self.region.rule(policy).said

    def policies(self) -> pl.DataFrame:
        """Return the policies, one row each."""
        rows = [
            {
                "policy": r.id,
                "zh": r.said.zh,
                "en": r.said.en,
                "kind": r.said.kind,
                "subject": r.said.subject,
                "from": r.said.validity.from_,
                "until": r.said.validity.until,
            }
            for r in self.region.rules.values()
        ]
        return pl.DataFrame(rows)

    def check(
        self,
        file: str | Path,
        *,
        as_of: str | date | None = None,
        joined: str | Path | None = None,
        columns: str | Path | None = None,
        policies: Sequence[str] = (),
        params: Sequence[str] = (),
        subject: str = "firm",
    ) -> Batch:
        """Return every policy's answer for each row of a file.

        Args:
            file: xlsx, xls, csv or parquet.
            as_of: Day of the decisions; today by default.
            joined: Folder of further files, joined by credit code.
            columns: Column map (YAML).
            policies: Policy ids; all of the subject by default.
            params: Parameters set by the office, `POLICY.NAME=VALUE`.
            subject: What the rows are: firm, loan, order, project ...

        Raises:
            UsageError: An argument is wrong.
            InputRejected: The file cannot be used.
        """
        day = _day(as_of)
        settings = typed_settings(self.region, params)
        _, table = read_input(
            Path(file),
            region=self.region,
            as_of=day,
            joined=joined_files(Path(joined) if joined is not None else None),
            columns=Path(columns) if columns is not None else None,
            subject=subject,
        )
        checkup = check_table(
            table,
            self.region,
            as_of=day,
            policies=policies,
            subject=subject,
            settings=settings,
        )
        return Batch(checkup, settings)


def _day(said: str | date | None) -> date:
    if said is None:
        return date.today()  # noqa: DTZ011
    if isinstance(said, date):
        return said
    try:
        return date.fromisoformat(said)
    except ValueError as error:
        msg = f"`{said}` 不是日期 (a date is asked)"
        raise UsageError(msg, hint="例如 2026-11-21") from error


@dataclass(frozen=True, slots=True)
class Batch:
    """The check-up of a file."""

    checkup: Checkup
    settings: Mapping[str, Mapping[str, Setting]]

    def __len__(self) -> int:
        return len(self.checkup.firms)

    def __iter__(self) -> Iterator[Firm]:
        return (Firm(f, self.checkup, self.settings) for f in self.checkup.firms)

    def __getitem__(self, firm: str) -> Firm:
        found = self.checkup.firm(firm)
        if not found:
            msg = f"表里没有“{firm}” (no such firm)"
            raise UsageError(msg, hint="用全名、名称的一部分或统一社会信用代码")
        if len(found) > 1:
            names = "、".join(f"{f.row.name}（第 {f.row.row} 行）" for f in found[:5])
            msg = f"“{firm}”对上了 {len(found)} 行：{names} (more than one firm)"
            raise UsageError(msg, hint="用统一社会信用代码，或表里的行号")
        return Firm(found[0], self.checkup, self.settings)

    def to_frame(self) -> pl.DataFrame:
        """Return one row per firm and policy."""
        rows = [row for firm in self for row in firm.rows()]
        return pl.DataFrame(rows, schema=_SCHEMA)

    def to_arrow(self) -> pa.Table:
        """Return the same as an Arrow table."""
        return self.to_frame().to_arrow()

    def to_pandas(self) -> pd.DataFrame:
        """Return the same as a pandas frame; pandas has to be there."""
        return self.to_frame().to_pandas()

    def gaps(self) -> pl.DataFrame:
        """Return common gaps, the one that unlocks most money first."""
        rows = [
            {
                "gap": g.title,
                "kind": g.kind,
                "by": g.by,
                "firms": len(g.firms),
                "alone": g.alone,
                "unlock_fen": g.unlock_fen if g.is_known else None,
            }
            for g in gaps(self.checkup)
        ]
        return pl.DataFrame(
            rows,
            schema={
                "gap": pl.String,
                "kind": pl.String,
                "by": pl.String,
                "firms": pl.Int64,
                "alone": pl.Int64,
                "unlock_fen": pl.Int64,
            },
        )

    def problems(self) -> pl.DataFrame:
        """Return what is wrong with the data, one row each."""
        return pl.DataFrame(
            [
                {
                    "code": p.code,
                    "file": p.file,
                    "sheet": p.sheet,
                    "row": p.row,
                    "column": p.column,
                    "message": p.message,
                    "mend": p.mend,
                }
                for p in self.checkup.problems
            ],
            schema={
                "code": pl.String,
                "file": pl.String,
                "sheet": pl.String,
                "row": pl.Int64,
                "column": pl.String,
                "message": pl.String,
                "mend": pl.String,
            },
        )

    def __repr__(self) -> str:
        c = self.checkup
        return (
            f"<Batch {c.table.file}: {len(c.firms)} rows, {len(c.rules)} policies, "
            f"as of {c.as_of}, {len(c.problems)} problems>"
        )

    def _repr_html_(self) -> str:
        caption = escape(repr(self)[1:-1])
        return f"<p>{caption}</p>{self.to_frame()._repr_html_()}"


_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "row": pl.Int64,
    "name": pl.String,
    "uscc": pl.String,
    "policy": pl.String,
    "policy_zh": pl.String,
    "outcome": pl.String,
    "to_confirm": pl.Boolean,
    "one_step": pl.String,
    "missing": pl.List(pl.String),
    "amount_fen": pl.Int64,
    "nearest": pl.String,
}


@dataclass(frozen=True, slots=True)
class Firm:
    """One firm of a check-up."""

    check: FirmCheck
    checkup: Checkup
    settings: Mapping[str, Mapping[str, Setting]]

    def rows(self) -> list[dict[str, object]]:
        """Return one row per policy, ready for a frame."""
        found = []
        for rule in self.checkup.rules:
            decision = self.check.decisions[rule.id]
            move = self.check.moves.get(rule.id)
            outcome = decision.outcome.value if decision.outcome is not None else None
            found.append(
                {
                    "row": self.check.row.row,
                    "name": self.check.row.name,
                    "uscc": self.check.row.uscc,
                    "policy": rule.id,
                    "policy_zh": rule.said.zh,
                    "outcome": outcome,
                    "to_confirm": rule.id in self.check.to_confirm,
                    "one_step": self.check.one_step.get(rule.id),
                    "missing": sorted({name for name, _ in decision.missing}),
                    "amount_fen": decision.amount,
                    "nearest": None
                    if move is None
                    else move_text(self.checkup.region, move),
                }
            )
        return found

    def to_frame(self) -> pl.DataFrame:
        """Return one row per policy."""
        return pl.DataFrame(self.rows(), schema=_SCHEMA)

    @property
    def index(self) -> int:
        """Return the firm's row in the table, from 0."""
        rows = [firm.row for firm in self.checkup.firms]
        return rows.index(self.check.row)

    def explain(self, policy: str) -> Why:
        """Return why a policy says what it says: the condition tree.

        Raises:
            UsageError: There is no such policy.
        """
        rule = self.checkup.region.rule(policy)
        shown = self.check.decisions.get(rule.id)
        found = explain_rule(
            rule,
            self.check.facts,
            as_of=self.checkup.as_of,
            base_year=self.check.year,
            settings=self.settings.get(rule.id),
            variant="" if shown is None else shown.variant,
        )
        return Why(found, self.checkup, self.index)

    def nearest(self, policy: str, *, limit: int = 5) -> Moves:
        """Return the smallest changes that turn a policy, with their side gains.

        Raises:
            UsageError: There is no such policy.
        """
        rule = self.checkup.region.rule(policy)
        found = nearest_rule(
            rule,
            self.check.facts,
            self.checkup.region.facts,
            as_of=self.checkup.as_of,
            base_year=self.check.year,
            settings=self.settings.get(rule.id),
            others=self.checkup.rules,
            elsewhere=self.settings,
            limit=limit,
        )
        return Moves(found, self.checkup)

    def whatif(self, **changes: str) -> Firm:
        """Return the firm with some facts changed: `rd_expense="600万元"`.

        Raises:
            UsageError: There is no such fact, or it cannot take the value.
        """
        said = [f"{name}={value}" for name, value in changes.items()]
        return self.with_facts(said)

    def with_facts(self, said: Sequence[str]) -> Firm:
        """Return the firm with facts changed as typed, `NAME[@YEAR]=VALUE`."""
        changed = typed_facts(self.checkup.region, said, base_year=self.check.year)
        facts = self.check.facts.with_values(changed)
        one = FirmCheck(self.check.row, facts, self.check.year)
        check_firm(
            one,
            self.checkup.rules,
            self.checkup.region,
            as_of=self.checkup.as_of,
            settings=self.settings,
        )
        return Firm(one, self.checkup, self.settings)

    def facts(self) -> dict[str, object]:
        """Return the facts known, in base units, yearly ones as `name@year`."""
        return {
            name if year is None else f"{name}@{year}": value_json(value)
            for (name, year), value in self.check.facts.values.items()
        }

    def missing(self, policy: str) -> list[dict[str, object]]:
        """Return what is missing for a policy and who can supply it."""
        decision = self.check.decisions[policy]
        keys = sorted(decision.missing, key=str)
        return [missing_json(self.checkup.region, key) for key in keys]

    def __repr__(self) -> str:
        return f"<Firm {self.check.row.name} {self.check.row.uscc}>"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self)[1:-1])}</p>{self.to_frame()._repr_html_()}"
