# SPDX-License-Identifier: Apache-2.0
"""Join further files to a table of firms, by credit code.

A tenant list alone answers little; a published list of certificates, a patent
export or earlier years answer much. Each sheet is recognised for what it is: lines
of records, facts of other years, or plain further facts. The one hard idea is what
*absence* from a list means: nothing, unless the list says that it is complete; then
the firms that are not in it have none, and what it says of certificates outranks
what the firm's own sheet says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ceyuan.facts.checks import HELD
from ceyuan.facts.headings import Lexicon
from ceyuan.facts.layout import find_table
from ceyuan.facts.log import Log
from ceyuan.facts.merge import Index, index_rows, join_columns, match_rows, settle_firms
from ceyuan.facts.onesheet import SheetRead, read_layout
from ceyuan.facts.records import kind_field, kind_in, read_records, says_complete
from ceyuan.facts.table import FactColumn, FactTable, RecordColumn, Source
from ceyuan.facts.unitwords import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from ceyuan.declarations.facts import Fact
    from ceyuan.facts.columns import ColumnMap, SheetMap
    from ceyuan.facts.table import Record
    from ceyuan.sheets.model import Book, Sheet

_FEW_FACTS = 3


def join_facts(
    table: FactTable,
    folder_books: Sequence[Book],
    *,
    dictionary: Mapping[str, Fact],
    as_of: date,
    columns: ColumnMap | None = None,
    subject: str = "firm",
) -> FactTable:
    """Add to a table what further files say of its firms.

    Args:
        table: The table; it is changed and returned.
        folder_books: The further files.
        dictionary: Facts by name.
        as_of: The day of the check.
        columns: The user's map; its `files` are meant for these files.
        subject: Whose facts are read.
    """
    lexicon = Lexicon(dictionary, subject=subject)
    files = columns.files if columns else table.columns_guessed.files
    for book in folder_books:
        log = Log(book.path.name)
        joiner = _Joiner(table, lexicon, as_of, log)
        for sheet in book.sheets:
            if sheet.hidden:
                log.skip("是隐藏的工作表", sheet=sheet.name)
                continue
            smap = files.get(f"{book.path.name}#{sheet.name}") or files.get(
                book.path.name
            )
            joiner.join(sheet, smap, stem=book.path.stem)
        table.problems.extend([*book.problems, *log.finish()])
        table.questions.extend(log.questions)
        table.notes.extend(log.notes)
        table.skipped.extend(log.skipped)
    return table


class _Joiner:
    """Join the sheets of one file."""

    def __init__(
        self, table: FactTable, lexicon: Lexicon, as_of: date, log: Log
    ) -> None:
        self.table, self.lexicon = table, lexicon
        self.as_of, self.log = as_of, log
        self.index: Index = index_rows(table.rows)

    def join(self, sheet: Sheet, smap: SheetMap | None, *, stem: str) -> None:
        """Join one sheet, or say why not."""
        layout = find_table(
            sheet, self.lexicon, header_row=smap.header_row if smap else None
        )
        if isinstance(layout, str):
            self.log.skip(layout, sheet=sheet.name)
            self.log.note("R270", f"没有使用：{layout}", sheet=sheet.name)
            return
        read = read_layout(
            layout,
            self.lexicon,
            smap=smap,
            as_of=self.as_of,
            log=self.log,
            is_list=True,
        )
        texts = (*layout.titles, stem)
        settle_firms(read.table, self.lexicon.facts, self.log)
        pairs = self._pairs(read, sheet)
        join_columns(self.table, read.table, pairs, self.log, self.lexicon.facts)
        used = self._records(read, pairs, smap, texts)
        used = self._count_lines(read, pairs, smap, texts) or used
        if not used and not any(k[0] != "registrar_class" for k in read.table.columns):
            self.log.skip("没有能用的列", sheet=sheet.name)
            self.log.note(
                "R270", "没有使用：除名称和代码外没有认识的列", sheet=sheet.name
            )
            return
        matched = len({j for _, j in pairs})
        self.log.note(
            "R276",
            f"{len(read.table.rows)} 行中有 {matched} 行对上了本表的企业",
            sheet=sheet.name,
        )

    def _pairs(self, read: SheetRead, sheet: Sheet) -> list[tuple[int, int]]:
        pairs = match_rows(self.table.rows, read.table.rows)
        if read.plan.code is not None and not self.index.by_code:
            pairs = match_rows(self.table.rows, read.table.rows, by_name=True)
        elif read.plan.code is not None:
            sound = [p for p in pairs if read.table.rows[p[1]].sound]
            by_name = {j for i, j in pairs if not read.table.rows[j].sound}
            if by_name:
                self.log.problem(
                    "R271",
                    f"有 {len(by_name)} 行没有可用的信用代码，没有按名称对接",
                    mend="补上这些行的统一社会信用代码",
                    sheet=sheet.name,
                )
            return sound
        # A name may be matched only to one firm, and never to one whose code is wrong.
        rows = self.table.rows
        codes: dict[int, set[str]] = {}
        for i, j in pairs:
            codes.setdefault(j, set()).add(rows[i].uscc)
        unique = [
            (i, j)
            for i, j in pairs
            if len(codes[j]) == 1 and (rows[i].sound or not rows[i].uscc)
        ]
        if unique:
            self.log.problem(
                "R271",
                f"有一方没有信用代码，{len({j for _, j in unique})} 行只按企业名称对接，"
                "请留意同名企业",
                mend="在两边都加上统一社会信用代码",
                sheet=sheet.name,
            )
        return unique

    def _records(
        self,
        read: SheetRead,
        pairs: list[tuple[int, int]],
        smap: SheetMap | None,
        texts: tuple[str, ...],
    ) -> bool:
        names = {d.target.fact for d in read.plan.fields}
        facts = self.lexicon.facts
        if not names:
            plain = [k for k in read.table.columns if k[0] != "registrar_class"]
            names = {
                n
                for n, f in facts.items()
                if f.kind == "records"
                and len(plain) < _FEW_FACTS
                and ((smap and smap.kind) or kind_in(texts, f))
            }
        for name in sorted(names):
            self._one(name, read, pairs, smap, texts)
        return bool(names)

    def _count_lines(
        self,
        read: SheetRead,
        pairs: list[tuple[int, int]],
        smap: SheetMap | None,
        texts: tuple[str, ...],
    ) -> bool:
        """Count the lines of a list, where it says that it is complete."""
        headings = {label.core: h for h in read.plan.layout.heads for label in h.labels}
        used = False
        for name, fact in self.lexicon.facts.items():
            words = map(plain, (*fact.lines.zh, *fact.lines.en))
            head = next((headings[w] for w in words if w in headings), None)
            if head is None:
                continue
            used = True
            sheet = read.plan.layout.sheet.name
            reason = says_complete(texts)
            if not (smap.complete if smap and smap.complete is not None else reason):
                self.log.note(
                    "R275",
                    f"“{fact.zh}”的清单没有说明是完整的，件数不能采用；"
                    "完整的话在列映射里写 complete: true",
                    sheet=sheet,
                )
                continue
            lines: dict[int, set[int]] = {}
            for i, j in pairs:
                lines.setdefault(i, set()).add(j)
            source = Source(
                self.log.file, sheet, head.letter, head.text, "件", "数清单的行数"
            )
            counts = FactColumn((name, None), [None] * len(self.table.rows), [source])
            for rows in self.index.by_code.values():
                for i in rows:
                    counts.values[i] = len(lines.get(i, ()))
            first = {i: read.table.rows[min(js)].row for i, js in lines.items()}
            counts.rows = [first.get(i, 0) for i in range(len(counts.values))]
            counts.origin = [0] * len(counts.values)
            self._take_counts(counts, fact)
        return used

    def _take_counts(self, counts: FactColumn, fact: Fact) -> None:
        """Take over counts; the sheet's own figures stay, a difference is said."""
        other = FactTable(
            self.table.rows,
            {counts.key: counts},
            {},
            self.table.columns_guessed,
            [],
            self.table.year,
            "",
        )
        pairs = [(i, i) for rows in self.index.by_code.values() for i in rows]
        join_columns(self.table, other, pairs, self.log, {counts.key[0]: fact})

    def _one(
        self,
        name: str,
        read: SheetRead,
        pairs: list[tuple[int, int]],
        smap: SheetMap | None,
        texts: tuple[str, ...],
    ) -> None:
        fact = self.lexicon.facts[name]
        field = kind_field(fact)
        drafts = [d for d in read.plan.fields if d.target.fact == name]
        has_kind = any(d.target.field == field for d in drafts)
        kinds = {d.target.code for d in drafts} - {""}
        kind = (smap.kind if smap else "") or kind_in(texts, fact)
        if not kind and len(kinds) == 1:
            kind = next(iter(kinds))
        if field and not has_kind and not kind:
            self.log.problem(
                "R277",
                f"看不出这份名单是哪一种“{fact.zh}”，没有使用",
                mend="在 --columns MAP.yaml 里写 files: {文件名: {kind: hnte}}",
                sheet=read.plan.layout.sheet.name,
            )
            return
        made = read_records(
            read.plan,
            drafts,
            read.rows,
            fact,
            kind="" if has_kind else kind,
            log=self.log,
        )
        column = self._column(name, read)
        self._replace_own(column, field, kind, pairs, made)
        repeats = _repeats(read)
        found: dict[int, list[Record]] = {}
        for i, j in pairs:
            if made[j] and j not in repeats:
                found.setdefault(i, []).append(made[j])
        for i, records in found.items():
            column.records[i] = (*(column.records[i] or ()), *records)
        reason = says_complete(texts)
        complete = smap.complete if smap and smap.complete is not None else bool(reason)
        sheet = read.plan.layout.sheet.name
        if complete:
            column.reason = reason or "列映射写明 complete: true"
            self._complete(column, kind if not has_kind else "")
        else:
            self.log.note(
                "R275",
                f"“{fact.zh}”的这份名单没有说明是完整的；不在其中的企业按未知处理",
                sheet=sheet,
            )
        if field and not has_kind:
            self._outrank(kind, column, read, complete=complete)

    @staticmethod
    def _replace_own(
        column: RecordColumn,
        field: str,
        kind: str,
        pairs: list[tuple[int, int]],
        made: Sequence[Record],
    ) -> None:
        """Drop what the firm's own sheet says of certificates that the list dates."""
        if kind not in column.own_kinds:
            return
        column.own_kinds -= {kind}
        for i in {i for i, j in pairs if len(made[j]) > 1}:
            kept = [r for r in column.records[i] or () if r.get(field) != kind]
            column.records[i] = tuple(kept)

    def _column(self, name: str, read: SheetRead) -> RecordColumn:
        column = self.table.records.get(name)
        if column is None:
            column = RecordColumn(
                name,
                [None] * len(self.table.rows),
                file=self.log.file,
                sheet=read.plan.layout.sheet.name,
                reason="没有说明是完整的",
            )
            self.table.records[name] = column
        return column

    def _complete(self, column: RecordColumn, kind: str) -> None:
        """Note that firms that a complete list does not name have none."""
        if kind:
            column.complete_codes |= {kind}
        else:
            column.complete = True
        for rows in self.index.by_code.values():
            for i in rows:
                column.records[i] = column.records[i] or ()

    def _outrank(
        self, kind: str, column: RecordColumn, read: SheetRead, *, complete: bool
    ) -> None:
        """Let an official list of certificates decide the flags that say the same."""
        field = kind_field(self.lexicon.facts[column.name])
        for name, fact in self.lexicon.facts.items():
            found = HELD.match(fact.derive or "")
            if not found or found[1] != kind:
                continue
            flags = self.table.columns.get((name, None))
            for rows in self.index.by_code.values():
                for i in rows:
                    listed = any(
                        r.get(field) == kind and len(r) > 1
                        for r in column.records[i] or ()
                    )
                    own = flags.values[i] if flags else None
                    if flags and listed:
                        # The list's dates decide whether it is in force.
                        if own is False:
                            self._overruled(i, name, fact, "在名单里", read)
                        flags.values[i] = None
                    elif complete and not self._named(column, i, field, kind):
                        if own is True:
                            self._overruled(i, name, fact, "不在完整名单里", read)
                        flags = self._refused(name, i, flags, read)

    @staticmethod
    def _named(column: RecordColumn, index: int, field: str, kind: str) -> bool:
        return any(r.get(field) == kind for r in column.records[index] or ())

    def _refused(
        self, name: str, index: int, flags: FactColumn | None, read: SheetRead
    ) -> FactColumn:
        source = Source(
            self.log.file, read.plan.layout.sheet.name, "", "不在完整名单里"
        )
        if flags is None:
            flags = FactColumn((name, None), [None] * len(self.table.rows), [source])
            self.table.columns[name, None] = flags
        flags.detach(self.table.rows)
        flags.put(index, False, source, self.table.rows[index].row)  # noqa: FBT003
        return flags

    def _overruled(
        self, index: int, name: str, fact: Fact, words: str, read: SheetRead
    ) -> None:
        row = self.table.rows[index]
        cell = self.table.cell(index, (name, None))
        own = self.table.value(index, name)
        self.table.problems.append(
            self.log.made(
                "R273",
                f"{row.name or row.uscc} 的“{fact.zh}”本表写“{'是' if own else '否'}”（{cell}），"
                f"但{words}（{self.log.file}，{read.plan.layout.sheet.name}）；以名单为准",
                mend="核对证书",
                sheet=row.sheet,
                row=row.row,
                column=cell.column if cell else "",
            )
        )


def _repeats(read: SheetRead) -> set[int]:
    """Return the lines that repeat another, number for number."""
    rows = read.plan.layout.sheet.rows
    seen: set[tuple[str, ...]] = set()
    repeats = set()
    for j, at in enumerate(read.rows):
        line = tuple(map(str, rows[at]))
        if line in seen:
            repeats.add(j)
        seen.add(line)
    return repeats
