"""Signing in and out, one's own account, users and devices."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Cookie, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr

from api.access.gate import COOKIE
from api.access.roles import PREFIX, SECOND_FACTOR, Role
from api.deps import ActorDep, Listed, Now, SiteDep
from api.errors import ApiError
from models import access

router = APIRouter(prefix=PREFIX, tags=["access"])


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Credentials(_Body):
    """Who signs in; ``code`` from the authenticator app where one is enrolled."""

    login: str = Field(max_length=64, examples=["reception"])
    password: SecretStr = Field(max_length=256)
    code: str | None = Field(None, max_length=16, examples=["123456"])


class Me(_Body):
    """One's own account. ``must``: what has to be done before anything else."""

    id: str
    login: str
    role: Role
    must: str | None = None


class Session(Me):
    """A session; send ``csrf`` as `X-CSRF-Token` with every request that changes something."""

    csrf: str


class NewPassword(_Body):
    """A change of password."""

    old: SecretStr = Field(max_length=256)
    new: SecretStr = Field(max_length=256)


class NewCode(_Body):
    """A second factor: the secret the app was given, and what it shows."""

    secret: SecretStr = Field(max_length=64)
    code: str = Field(max_length=16)


class NewUserBody(_Body):
    """A user to be made. ``person``: the agent or consultant they are; ``distributor``: whose liaison."""

    login: str = Field(max_length=64, examples=["li.ming"])
    role: Role
    person: str | None = Field(None, max_length=64)
    distributor: str | None = Field(None, max_length=200)


class UserRow(_Body):
    """A user, as the administrator sees them."""

    id: str
    login: str
    role: Role
    person: str | None
    distributor: str | None
    has_code: bool
    disabled: bool


class NewDevice(_Body):
    """A kiosk to be made: where it stands."""

    name: str = Field(max_length=100, examples=["entrance, left"])


class DeviceRow(_Body):
    """A kiosk, as the administrator sees it."""

    id: str
    name: str
    created_at: AwareDatetime
    revoked_at: AwareDatetime | None


class OneTime(_Body):
    """A secret that is shown once."""

    id: str
    secret: str


@router.post("/session", status_code=201)
def sign_in(body: Credentials, request: Request, response: Response, site: SiteDep, now: Now) -> Session:
    """Sign in."""
    with site.write_session() as session:
        told = access.sign_in(
            session, login=body.login, password=body.password.get_secret_value(), code=body.code, at=now
        )
    if isinstance(told, access.Refused):
        status = 429 if told.reason == "locked" else 401
        raise ApiError(status, told.reason, params={"minutes": told.minutes})
    response.set_cookie(
        COOKIE, told.token, httponly=True, samesite="strict", secure=request.url.scheme == "https", path="/"
    )
    me = _me(told.standing)
    return Session(id=me.id, login=me.login, role=me.role, must=me.must, csrf=told.csrf)


@router.delete("/session", status_code=204)
def sign_out(response: Response, site: SiteDep, token: Annotated[str, Cookie(alias=COOKIE)]) -> None:
    """Sign out."""
    with site.write_session() as session:
        access.sign_out(session, token)
    response.delete_cookie(COOKIE, path="/")


@router.get("/me")
def me(actor: ActorDep, site: SiteDep) -> Me:
    """One's own account."""
    with site.read_session() as session:
        return _me(access.standing_of(session, _own(actor.id)))


@router.post("/me/password", status_code=204)
def change_password(body: NewPassword, actor: ActorDep, site: SiteDep, now: Now) -> None:
    """Change one's password; every session ends."""
    old, new = body.old.get_secret_value(), body.new.get_secret_value()
    with site.write_session() as session:
        access.change_password(session, _own(actor.id), old=old, new=new, at=now, by=actor.id)


@router.post("/me/code", status_code=204)
def enrol_code(body: NewCode, actor: ActorDep, site: SiteDep, now: Now) -> None:
    """Enrol an authenticator app."""
    secret = body.secret.get_secret_value()
    with site.write_session() as session:
        access.enrol_totp(session, _own(actor.id), secret=secret, code=body.code, at=now, by=actor.id)


@router.get("/users")
def list_users(site: SiteDep) -> Listed[UserRow]:
    """Every user."""
    with site.read_session() as session:
        return Listed(items=[_row(one) for one in access.users(session)])


@router.post("/users", status_code=201)
def add_user(body: NewUserBody, actor: ActorDep, site: SiteDep, now: Now) -> OneTime:
    """Make a user; the one-time password is shown once."""
    with site.write_session() as session:
        made = access.add_user(
            session,
            login=body.login,
            role=body.role,
            person=body.person,
            distributor=body.distributor,
            at=now,
            by=actor.id,
        )
    return OneTime(id=made.id, secret=made.password)


@router.post("/users/{user}/password", status_code=201)
def reset_password(user: str, actor: ActorDep, site: SiteDep, now: Now) -> OneTime:
    """A new one-time password for somebody who lost theirs; second factor and sessions end."""
    with site.write_session() as session:
        made = access.reset_password(session, user, at=now, by=actor.id)
    return OneTime(id=made.id, secret=made.password)


@router.delete("/users/{user}", status_code=204)
def disable_user(user: str, actor: ActorDep, site: SiteDep, now: Now) -> None:
    """Let a user in no more; what they did stays on record."""
    with site.write_session() as session:
        access.disable_user(session, user, at=now, by=actor.id)


@router.get("/devices")
def list_devices(site: SiteDep) -> Listed[DeviceRow]:
    """Every kiosk."""
    with site.read_session() as session:
        return Listed(items=[DeviceRow.model_validate(asdict(one)) for one in access.devices(session)])


@router.post("/devices", status_code=201)
def add_device(body: NewDevice, actor: ActorDep, site: SiteDep, now: Now) -> OneTime:
    """Make a kiosk; its token is shown once and sent as `Authorization: Device TOKEN`."""
    with site.write_session() as session:
        device, token = access.add_device(session, name=body.name, at=now, by=actor.id)
    return OneTime(id=device, secret=token)


@router.delete("/devices/{device}", status_code=204)
def revoke_device(device: str, actor: ActorDep, site: SiteDep, now: Now) -> None:
    """Let a kiosk in no more."""
    with site.write_session() as session:
        access.revoke_device(session, device, at=now, by=actor.id)


def _me(standing: access.Standing) -> Me:
    role = Role(standing.role)
    needs_code = role in SECOND_FACTOR and not standing.has_code
    must = "change_password" if standing.must_change else "enrol_code" if needs_code else None
    return Me(id=standing.id, login=standing.login, role=role, must=must)


def _row(one: access.Standing) -> UserRow:
    return UserRow(
        id=one.id,
        login=one.login,
        role=Role(one.role),
        person=one.person,
        distributor=one.distributor,
        has_code=one.has_code,
        disabled=one.disabled,
    )


def _own(actor: str) -> str:
    return actor.removeprefix("user:")
