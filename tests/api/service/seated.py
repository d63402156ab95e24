"""People who sit at the service already, signed in without the price of a password."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from fastapi import FastAPI
from starlette.testclient import TestClient

from api.access.gate import COOKIE, CSRF_HEADER
from api.access.roles import Role
from models.access import secrets
from models.access.records import User, UserSession
from models.site import Site
from tests.api.service.conftest import browser


def seated(
    service: FastAPI,
    office: Site,
    role: Role,
    *,
    at: datetime,
    person: str | None = None,
    distributor: str | None = None,
) -> TestClient:
    """A browser with a session that began ``at``, of a new user whose account is in order."""
    user, token, csrf = uuid4().hex, secrets.token(), secrets.token()
    with office.write_session() as session:
        session.add(
            User(
                id=user,
                login=user,
                role=role,
                person_id=person,
                distributor=distributor,
                password_hash="none",
                totp_sealed=b"none",
                failures=0,
                created_at=at,
            )
        )
        session.add(
            UserSession(
                token_digest=secrets.digest(token),
                user_id=user,
                csrf_digest=secrets.digest(csrf),
                created_at=at,
                seen_at=at,
            )
        )
    asking = browser(service)
    asking.cookies.set(COOKIE, token)
    asking.headers[CSRF_HEADER] = csrf
    return asking
