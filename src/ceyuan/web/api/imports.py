# SPDX-License-Identifier: Apache-2.0
"""The interface: records brought in; what came in, what was wrong, who read it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from django.conf import settings as django
from django.http import Http404, HttpRequest
from ninja import File, Form, Router, UploadedFile

from ceyuan.facts.store import Batch
from ceyuan.facts.store import batch as find_batch
from ceyuan.kernel import UsageError
from ceyuan.office.import_asked import ask_import
from ceyuan.office.import_job import Wanted, ask_preview
from ceyuan.office.imports_told import imports, problems_of, runs_with
from ceyuan.office.uploads import take_upload
from ceyuan.web.api.jobs import accepted
from ceyuan.web.api.listing import Cursor, Limit, cut
from ceyuan.web.api.operations import operation
from ceyuan.web.api.shapes import NO_NUL, Accepted, Counted, Name, Shape, text
from ceyuan.web.asking import caller, office, reading
from ceyuan.web.showing import today

router = Router(tags=["imports"])


class ImportRow(Shape):
    """A batch of records as it came in."""

    id: str
    record: str
    source: str
    kind: str
    rows: int
    rejected: int
    actor: str
    reason: str
    known_at: datetime
    withdrawn_at: datetime | None
    synthetic: bool
    files: list[str]


class ImportList(Counted):
    """Batches of records, the latest first."""

    items: list[ImportRow]


class ImportProblem(Shape):
    """A problem of an import, its place, and how to mend it."""

    code: str
    file: str
    sheet: str
    row: str
    column: str
    what: str
    mend: str


class ImportTold(ImportRow):
    """A batch of records, its problems, and the runs that read it."""

    problems: list[ImportProblem]
    runs: list[str]


def _row(one: Batch) -> dict[str, Any]:
    parts = [name for name in ImportRow.model_fields if name != "files"]
    return {
        **{name: getattr(one, name) for name in parts},
        "files": [file.name for file in one.files],
    }


@operation(router, "GET", "/imports", asks=("import", "list"), shape=ImportList)
def import_list(
    request: HttpRequest,
    limit: Limit,
    cursor: Cursor,
    record: Annotated[str, text(80)],
    source: Annotated[str, text(80)],
    q: Annotated[str, text(100, "Words of a file's name, or a batch's id.")],
) -> ImportList:
    """List what came in."""
    with reading(request) as conn:
        found = imports(conn, record=record, source=source, words=q.strip())
    some, after = cut(found, limit, cursor)
    return ImportList.made(
        items=[_row(one) for one in some], total=len(found), next=after
    )


@operation(router, "GET", "/imports/{batch}", asks=("batch", "see"), shape=ImportTold)
def import_one(request: HttpRequest, batch: Name) -> ImportTold:
    """Tell one batch of records, its problems, and the runs that read it."""
    memory = office(request)
    with reading(request) as conn:
        try:
            found = find_batch(conn, batch)
        except UsageError as error:
            raise Http404 from error
        if found.id != batch:
            raise Http404
        runs = [one.id for one in runs_with(memory, conn, batch)]
    return ImportTold.made(
        **_row(found), problems=problems_of(memory, batch), runs=runs
    )


@operation(
    router,
    "POST",
    "/imports",
    asks=("import", "make"),
    shape=Accepted,
    status=202,
    kind="heavy",
    body="multipart",
)
def import_make(
    request: HttpRequest,
    file: Annotated[list[UploadedFile], File(..., min_length=1, max_length=20)],
    record: Annotated[str, Form(..., max_length=80, pattern=NO_NUL)],
    source: Annotated[str, Form(..., max_length=80, pattern=NO_NUL)],
    reason: Annotated[
        str,
        Form("", max_length=2000, pattern=NO_NUL, description="Asked, but to look."),
    ],
    as_of: Annotated[date | None, Form(None)],
    year: Annotated[int | None, Form(None, ge=1990, le=2100)],
    form: Annotated[str, Form("", max_length=80, pattern=NO_NUL)],
    complete: Annotated[bool, Form(False)],
    synthetic: Annotated[bool, Form(False)],
    dry_run: Annotated[bool, Form(False, description="Only read; register nothing.")],
) -> Accepted:
    """Bring records in, or only look what would come in; a job tells what came of it."""
    memory = office(request)
    most = django.CEYUAN.upload_mb * 2**20
    uploads = [
        take_upload(
            memory,
            one.name,
            one.chunks(),
            organisation=caller(request).organisation,
            most=most,
        )
        for one in file
    ]
    wanted = Wanted(
        record=record,
        source=source,
        as_of=as_of or today(),
        year=year,
        form=form,
        complete=complete,
        synthetic=synthetic,
    )
    if dry_run:
        return accepted(request, ask_preview(memory, uploads, wanted))
    return accepted(request, ask_import(memory, uploads, wanted, reason=reason))
