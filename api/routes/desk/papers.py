"""Scanned papers that show a relation. A file is read in memory only: it never lies unsealed on a disk."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import AfterValidator, AwareDatetime, Field
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from api.access.roles import PREFIX
from api.deps import ActorDep, Listed, Now, SiteDep
from api.errors import ApiError
from api.schemas import HEX_ID, Body, Row, Seq, SeqPath, Story, names_nobody
from models.desk import papers
from models.desk.scans import MOST_BYTES, ScanError, scan_of
from models.ledger.read import entry as entry_of

router = APIRouter(prefix=PREFIX, tags=["desk"])

PaperPath = Annotated[str, Path(pattern=HEX_ID)]
ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "application/pdf": "pdf"}
FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "JPEG, PNG or PDF, at most 8 MB and 40 megapixels; neither its name is kept "
                            "nor what follows the end of a picture",
                        }
                    },
                }
            }
        },
    }
}


class PaperRow(Row):
    """A scanned paper, unopened."""

    id: str = Field(examples=["0b8f5a0e3c0f4f0e9d6d6f2f3c1a7e55"])
    entry: Seq = Field(description="number of the relation's entry")
    media_type: str = Field(examples=["image/jpeg"])
    size_bytes: int
    sha256: str
    at: AwareDatetime


class View(Body):
    """Why somebody looks at a paper. The reason is on record for good: it names nobody."""

    reason: Annotated[Story, AfterValidator(names_nobody)] = Field(examples=["checking the relation before the ruling"])


async def _file(request: Request) -> bytes:
    """The one file of a form. The framework's own reader would put it on the disk."""
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise ApiError(415, "unsupported_type")
    parser = MultiPartParser(request.headers, request.stream(), max_files=1, max_fields=0)
    parser.spool_max_size = 2 * MOST_BYTES
    try:
        form = await parser.parse()
    except MultiPartException:
        raise ApiError(400, "bad_request", field="file") from None
    try:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise ApiError(422, "invalid", field="file")
        return await file.read()
    finally:
        await form.close()


@router.post("/relations/{entry}/papers", status_code=201, openapi_extra=FILE)
def scan_paper(
    entry: SeqPath, content: Annotated[bytes, Depends(_file)], actor: ActorDep, site: SiteDep, now: Now
) -> PaperRow:
    """Keep a scanned paper with a relation, sealed."""
    try:
        scan = scan_of(content)
    except ScanError as error:
        if error.unknown:
            raise ApiError(415, "unsupported_type", field="file") from None
        raise
    with site.write_session() as session:
        return PaperRow(**vars(papers.keep_paper(session, entry, scan, at=now, by=actor.id)))


@router.get("/relations/{entry}/papers")
def list_papers(entry: SeqPath, site: SiteDep) -> Listed[PaperRow]:
    """The papers of a relation, unopened."""
    with site.read_session() as session:
        found = entry_of(session, entry)
        if found is None or found.kind != "relate":
            raise ApiError(404, "not_found")
        return Listed(items=[PaperRow(**vars(one)) for one in papers.papers_of(session, entry)])


@router.post(
    "/papers/{paper}/view",
    response_class=Response,
    responses={200: {"description": "The paper as it is kept.", "content": {kind: {} for kind in ENDINGS}}},
)
def view_paper(paper: PaperPath, body: View, actor: ActorDep, site: SiteDep, now: Now) -> Response:
    """Look at a paper; the look and its reason go on record."""
    with site.write_session() as session:
        opened = papers.view_paper(session, paper, reason=body.reason, at=now, by=actor.id)
    named = {"Content-Disposition": f'attachment; filename="paper-{paper[:8]}.{ENDINGS[opened.media_type]}"'}
    return Response(opened.content, media_type=opened.media_type, headers=named)
