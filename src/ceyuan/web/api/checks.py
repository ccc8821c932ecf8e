# SPDX-License-Identifier: Apache-2.0
"""The interface: a sheet checked, at once or as a batch of a park."""

from __future__ import annotations

import threading
from datetime import date, datetime
from typing import Annotated, Any

from django.conf import settings as django
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from ninja import File, Form, Router, UploadedFile
from pydantic import Field

from ceyuan.kernel import UsageError
from ceyuan.office.parks import ParkBatch, batch_of, batches, begin, result_of, start
from ceyuan.office.permissions import where
from ceyuan.office.result import check_json
from ceyuan.office.sheet_checked import TooMany, check_sheet
from ceyuan.office.uploads import take_upload
from ceyuan.office.users import load_roles
from ceyuan.web.api.check_shapes import CheckUp
from ceyuan.web.api.jobs import accepted
from ceyuan.web.api.listing import Cursor, Limit, cut
from ceyuan.web.api.operations import operation
from ceyuan.web.api.problems import Refusal
from ceyuan.web.api.shapes import Accepted, Counted, Name, Shape
from ceyuan.web.asking import caller, office, reading, see
from ceyuan.web.showing import today

router = Router(tags=["checks"])
AT_ONCE = 2
WAIT = 10.0
_BUSY = threading.BoundedSemaphore(AT_ONCE)
MOST = 1_000
FILE = "application/octet-stream"
Sheet = Annotated[UploadedFile, File(..., description="xlsx, xls, csv or parquet.")]
Beside = Annotated[
    list[UploadedFile],
    File([], max_length=5, description="Files laid beside it, joined by code."),
]
Day = Annotated[date | None, Form(None, description="Today by default.")]


class BatchTold(Shape):
    """A sheet of tenants and how far it is."""

    id: str
    organisation: str
    actor: str
    as_of: date
    state: str = Field(description="`columns`, `waiting`, `done` or `failed`.")
    job: str | None
    rows: int
    counts: dict[str, int] | None = Field(description="Null: not checked yet.")
    every: str
    created_at: datetime
    finished_at: datetime | None


class BatchList(Counted):
    """Sheets of tenants, the newest first."""

    items: list[BatchTold]


class Gap(Shape):
    """A common gap, and the money that it would unlock."""

    kind: str = Field(description="`step`, `fact` or `parameter`.")
    name: str
    by: str
    firms: int
    alone: int = Field(description="Of how many it is the only gap.")
    unlock_fen: int | None = Field(description="Null: not known.")


class BatchGroup(Shape):
    """How many firms, and how many times, a policy came out in a way."""

    firms: int
    cases: int
    sums_fen: dict[str, int] = Field(description="By basis, never added.")


class BatchResult(Shape):
    """What came of a sheet; `/document` gives all of it."""

    id: str
    as_of: date
    counts: dict[str, int]
    groups: dict[str, BatchGroup]
    gaps: list[Gap]
    files: list[str]


@operation(
    router,
    "POST",
    "/checks",
    asks=("park_batch", "check"),
    shape=CheckUp,
    kind="heavy",
    body="multipart",
    optional=True,
)
def check(
    request: HttpRequest,
    file: Sheet,
    beside: Beside,
    as_of: Day,
    policies: Annotated[
        list[str], Form([], max_length=200, description="All by default.")
    ],
    params: Annotated[
        list[str], Form([], max_length=200, description="`POLICY.NAME=VALUE`.")
    ],
) -> Any:
    """Check a sheet of firms at once, up to 2,000 rows; nothing of it is kept."""
    see(request, "park_batch", "check", owner=caller(request).organisation)
    if not _BUSY.acquire(timeout=WAIT):
        raise Refusal("busy", headers={"Retry-After": "10"})
    try:
        made = check_sheet(
            office(request),
            [file, *beside],
            as_of=as_of or today(),
            policies=[one for one in policies if one],
            params=[one for one in params if one],
            most=django.CEYUAN.upload_mb * 2**20,
        )
    except TooMany as error:
        raise Refusal("too_large", error.message, hint=error.hint) from error
    finally:
        _BUSY.release()
    return HttpResponse(
        "".join(check_json(made)), content_type="application/json; charset=utf-8"
    )


@operation(router, "GET", "/batches", asks=("park_batch", "list"), shape=BatchList)
def batch_list(request: HttpRequest, limit: Limit, cursor: Cursor) -> BatchList:
    """List the sheets of tenants that one may see."""
    declared = load_roles(office(request).region.id)
    clause, given = where(declared, caller(request), "park_batch", "list")
    with reading(request) as conn:
        found = batches(conn, clause, given, limit=MOST)
    some, after = cut(found, limit, cursor)
    return BatchList.made(
        items=[_told(one) for one in some], total=len(found), next=after
    )


def _told(one: ParkBatch) -> dict[str, Any]:
    parts = [name for name in BatchTold.model_fields if name != "rows"]
    return {
        **{name: getattr(one, name) for name in parts},
        "rows": one.columns.get("rows", 0),
    }


@operation(
    router,
    "POST",
    "/batches",
    asks=("park_batch", "make"),
    shape=Accepted,
    status=202,
    kind="heavy",
    body="multipart",
)
def batch_make(
    request: HttpRequest, file: Sheet, beside: Beside, as_of: Day
) -> Accepted:
    """Hand in a sheet of tenants and have it checked; a job tells when it is done."""
    who, memory = caller(request), office(request)
    see(request, "park_batch", "make", owner=who.organisation)
    most = django.CEYUAN.upload_mb * 2**20
    kept = [
        take_upload(
            memory, one.name, one.chunks(), organisation=who.organisation, most=most
        )
        for one in (file, *beside)
    ]
    made = begin(
        memory,
        kept[0],
        joined=kept[1:],
        as_of=as_of or today(),
        organisation=who.organisation,
    )
    started = start(memory, made.id)
    assert started.job is not None
    return accepted(request, started.job)


def batch_or_404(request: HttpRequest, name: str, action: str) -> ParkBatch:
    """Return a batch that one may do something with."""
    with reading(request) as conn:
        try:
            found = batch_of(conn, name)
        except UsageError as error:
            raise Http404 from error
    see(request, "park_batch", action, owner=found.organisation, state=found.state)
    return found


@operation(
    router, "GET", "/batches/{batch}", asks=("park_batch", "see"), shape=BatchTold
)
def batch(request: HttpRequest, batch: Name) -> BatchTold:
    """Tell how far a sheet of tenants is."""
    return BatchTold.made(**_told(batch_or_404(request, batch, "see")))


@operation(
    router,
    "GET",
    "/batches/{batch}/result",
    asks=("park_batch", "see"),
    shape=BatchResult,
)
def batch_result(request: HttpRequest, batch: Name) -> BatchResult:
    """Tell what came of a sheet: sums, and common gaps by the money they unlock."""
    found = batch_or_404(request, batch, "see")
    shown = result_of(office(request), found)
    return BatchResult.made(
        id=found.id,
        as_of=found.as_of,
        counts=shown["counts"],
        groups={
            name: {
                "firms": one["firms"],
                "cases": one["cases"],
                "sums_fen": one["sums"],
            }
            for name, one in shown["groups"].items()
        },
        gaps=[
            {
                "kind": one["kind"],
                "name": one["name"],
                "by": one["by"],
                "firms": len(one["firms"]),
                "alone": one["alone"],
                "unlock_fen": one["unlock"],
            }
            for one in shown["gaps"]
        ],
        files=shown["files"],
    )


@operation(
    router,
    "GET",
    "/batches/{batch}/document",
    asks=("park_batch", "export"),
    shape=CheckUp,
    optional=True,
)
def batch_document(request: HttpRequest, batch: Name) -> Any:
    """Give the whole check-up of a sheet, as the command line gives it."""
    found = batch_or_404(request, batch, "export")
    result_of(office(request), found)
    place = found.folder(office(request)) / "check.json"
    return FileResponse(
        place.open("rb"), content_type="application/json; charset=utf-8"
    )


@operation(
    router,
    "GET",
    "/batches/{batch}/files/{file}",
    asks=("park_batch", "export"),
    shape=None,
    media=FILE,
)
def batch_file(
    request: HttpRequest,
    batch: Name,
    file: Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\x00/]+$")],
) -> Any:
    """Give the workbook back with the results, or what lies beside it."""
    found = batch_or_404(request, batch, "export")
    shown = result_of(office(request), found)
    if file not in shown["files"]:
        raise Http404
    place = found.folder(office(request)) / file
    return FileResponse(
        place.open("rb"), as_attachment=True, filename=file, content_type=FILE
    )
