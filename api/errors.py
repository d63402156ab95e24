"""What the service says when it refuses: one shape on every route, in the language of whoever asks.

{"error": {"code": "not_found", "message": "…", "field"?: "phone", "hint"?: "…"}}
"""

from __future__ import annotations

import dataclasses
import logging
import re
from collections.abc import Mapping, Sequence

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from api.headers import HEADERS
from api.hints import hint_of
from api.messages import language_of, message
from models.access import AccessError, LastAdminError, TakenError, UnknownError
from models.base import ModelsError
from models.desk.acts import DeskError, NoEntryError
from models.desk.binding import BindingError, BoundError
from models.desk.checkin import CheckInError
from models.desk.disputes import AlreadyOpenError, AlreadyRuledError, DisputeError
from models.desk.idempotency import KeyReusedError
from models.desk.reports import ReportError
from models.desk.rulings import PartialError, ReplacedError
from models.desk.scans import ScanError
from models.desk.settlements import MonthNotOverError, NothingToSettleError, SettlementError
from models.desk.webhooks import UnknownWebhookError, WebhookError
from models.erase import EraseError
from models.keys import KeyGoneError
from models.people import PeopleError, TieError
from models.settings import SettingsError

log = logging.getLogger(__name__)


class ErrorBody(BaseModel):
    """What went wrong: a ``code`` for programs, a ``message`` for people, the ``field`` at fault, what to do."""

    code: str
    message: str
    field: str | None = None
    hint: str | None = None


class ErrorAnswer(BaseModel):
    """The shape of every refusal."""

    error: ErrorBody


@dataclasses.dataclass(eq=False)
class ApiError(Exception):
    """A refusal by the service itself: ``code`` is one of `api.messages.MESSAGES`, ``params`` fill its message."""

    status: int
    code: str
    field: str | None = None
    params: Mapping[str, object] = dataclasses.field(default_factory=dict)
    headers: Mapping[str, str] | None = None


REFUSALS: Sequence[tuple[type[ModelsError], int, str]] = (
    (KeyGoneError, 410, "erased"),
    (NoEntryError, 404, "not_found"),
    (ScanError, 422, "paper_refused"),
    (DeskError, 409, "conflict"),
    (LastAdminError, 409, "last_admin"),
    (TakenError, 409, "conflict"),
    (UnknownError, 404, "not_found"),
    (AccessError, 422, "invalid"),
    (KeyReusedError, 409, "key_reused"),
    (ReportError, 409, "conflict"),
    (BoundError, 409, "arrival_bound"),
    (BindingError, 422, "invalid"),
    (CheckInError, 422, "arrival_needed"),
    (AlreadyOpenError, 409, "dispute_open"),
    (AlreadyRuledError, 409, "already_ruled"),
    (ReplacedError, 409, "proposal_replaced"),
    (PartialError, 403, "not_impartial"),
    (DisputeError, 422, "invalid"),
    (TieError, 409, "conflict"),
    (PeopleError, 422, "invalid"),
    (UnknownWebhookError, 404, "not_found"),
    (WebhookError, 422, "invalid"),
    (MonthNotOverError, 409, "month_not_over"),
    (NothingToSettleError, 409, "nothing_to_correct"),
    (SettlementError, 409, "conflict"),
    (EraseError, 404, "not_found"),
    (SettingsError, 500, "settings"),
    (ModelsError, 503, "record_refused"),
)
"""Which status an error of the record becomes; the first class that fits. Its own line is the hint."""

STATUS_CODES = {
    400: "bad_request", 401: "unauthenticated", 403: "forbidden", 404: "not_found", 405: "method_not_allowed",
    408: "too_slow", 409: "conflict", 410: "erased", 411: "length_required", 413: "too_large",
    415: "unsupported_type", 422: "invalid", 429: "too_many", 500: "internal", 503: "record_refused",
}  # fmt: skip
"""What a status means when nothing more exact is said."""

FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,40}")


def answer(
    request: Request,
    status: int,
    code: str,
    *,
    field: str | None = None,
    hint: str | None = None,
    params: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """A refusal as a response."""
    body = ErrorBody(code=code, message=message(code, language_of(request), params or {}), field=field, hint=hint)
    content = ErrorAnswer(error=body).model_dump(exclude_none=True)
    return JSONResponse(content, status_code=status, headers=dict(headers or {}))


def install(app: FastAPI) -> None:
    """Have every refusal of ``app`` take the one shape."""

    @app.exception_handler(ApiError)
    def own(request: Request, error: ApiError) -> JSONResponse:
        return answer(request, error.status, error.code, field=error.field, params=error.params, headers=error.headers)

    @app.exception_handler(ModelsError)
    def record(request: Request, error: ModelsError) -> JSONResponse:
        status, code = next((status, code) for kind, status, code in REFUSALS if isinstance(error, kind))
        if status >= 500:  # its line is for whoever runs the machine: it may name files
            log.error("%s", error)
        return answer(request, status, code, hint=str(error) if status < 500 else None, headers=_again(status))

    @app.exception_handler(OSError)
    def disk(request: Request, error: OSError) -> JSONResponse:
        # a receipt, a policy's text, a bundle: what could not be written beside the database; its transaction is undone
        log.error("%s", error.strerror or type(error).__name__)
        return answer(request, 503, "record_refused", headers=_again(503))

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        return answer(request, 422, "invalid", field=_field(first["loc"]), hint=hint_of(first, language_of(request)))

    @app.exception_handler(HTTPException)
    def framework(request: Request, error: HTTPException) -> JSONResponse:
        code = STATUS_CODES.get(error.status_code, "bad_request")
        return answer(request, error.status_code, code, headers=error.headers)

    @app.exception_handler(500)
    def broken(request: Request, _error: Exception) -> JSONResponse:
        # told outside of every middleware
        return answer(request, 500, "internal", headers=HEADERS)


def _again(status: int) -> Mapping[str, str] | None:
    """What passes by itself may be asked again (RFC 9110, 10.2.3)."""
    return {"Retry-After": "1"} if status == 503 else None


def _field(where: Sequence[int | str]) -> str | None:
    """The field at fault. Names that nobody could have given it are left out: what was sent is not repeated."""
    parts = [str(part) for part in where[1:] if isinstance(part, int) or FIELD.fullmatch(part)]
    return ".".join(parts) or None
