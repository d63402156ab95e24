"""Signing in and out, one's own account, users and devices."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request, Response
from pydantic import AwareDatetime, Field, SecretStr

from api.access.gate import COOKIE
from api.access.roles import PREFIX, SECOND_FACTOR, Role
from api.deps import ActorDep, Listed, Now, PageDep, SiteDep
from api.errors import ApiError
from api.schemas import HEX_ID, Body, Line, PersonId, Row
from models import access

router = APIRouter(prefix=PREFIX, tags=["access"])

UserPath = Annotated[str, Path(pattern=HEX_ID, description="`id` of the user")]
DevicePath = Annotated[str, Path(pattern=HEX_ID, description="`id` of the device")]
Login = Annotated[Line, Field(max_length=64, examples=["li.ming"])]
Password = Annotated[SecretStr, Field(min_length=1, max_length=256, examples=["correct horse battery staple"])]
Code = Annotated[Line, Field(max_length=16, examples=["123456"], description="what the authenticator app shows")]


class Credentials(Body):
    """Who signs in; ``code`` from the authenticator app where one is enrolled."""

    login: Login
    password: Password
    code: Code | None = None


class Me(Row):
    """One's own account. ``must``: what has to be done before anything else."""

    id: str
    login: str
    role: Role
    person: str | None = None
    distributor: str | None = None
    must: Literal["change_password", "enrol_code"] | None = None


class Session(Me):
    """A session; send ``csrf`` as `X-CSRF-Token` with every request that changes something."""

    csrf: str


class NewPassword(Body):
    """A change of password."""

    old: Password
    new: Password


class NewCode(Body):
    """A second factor: what the app shows for the secret it was given."""

    code: Code


class PasswordAgain(Body):
    """One's password once more; not needed while no code is enrolled."""

    password: Password | None = None


class Offer(Row):
    """A secret for an authenticator app, shown once: to be typed, or as the text of a QR code."""

    secret: str
    uri: str


class NewUserBody(Body):
    """A user to be made."""

    login: Login
    role: Role = Field(description="what they may do; not kiosk: a kiosk is a device", examples=["agent"])
    person: PersonId | None = Field(None, description="the agent or consultant they are; needed for the role agent")
    distributor: Line | None = Field(None, description="whose liaison; for an agent it follows from `person`")


class UserRow(Row):
    """A user, as the administrator sees them."""

    id: str
    login: str
    role: Role
    person: str | None
    distributor: str | None
    has_code: bool
    disabled: bool


class NewDevice(Body):
    """A kiosk to be made."""

    name: Line = Field(max_length=100, description="where it stands", examples=["entrance, left"])


class DeviceRow(Row):
    """A kiosk, as the administrator sees it."""

    id: str
    name: str
    created_at: AwareDatetime
    revoked_at: AwareDatetime | None


class OneTime(Row):
    """A secret that is shown once."""

    id: str
    secret: str


@router.post("/session", status_code=201)
def sign_in(body: Credentials, request: Request, response: Response, site: SiteDep, now: Now) -> Session:
    """Sign in."""
    password = body.password.get_secret_value()
    told = access.sign_in(site.database, login=body.login, password=password, code=body.code, at=now)
    if isinstance(told, access.Refused):
        raise _refusal(told)
    if earlier := request.cookies.get(COOKIE):
        with site.write_session() as session:
            access.sign_out(session, earlier)
    response.set_cookie(
        COOKIE, told.token, httponly=True, samesite="strict", secure=request.url.scheme == "https", path="/"
    )
    return Session(**_me(told.standing).model_dump(), csrf=told.csrf)


@router.delete("/session", status_code=204)
def sign_out(request: Request, response: Response, site: SiteDep) -> None:
    """Sign out."""
    with site.write_session() as session:
        access.sign_out(session, request.cookies[COOKIE])
    response.delete_cookie(COOKIE, path="/")


@router.delete("/me/sessions", status_code=204)
def sign_out_everywhere(response: Response, actor: ActorDep, site: SiteDep) -> None:
    """End every session of one's account, this one too: for a lost phone, a browser that was left open."""
    with site.write_session() as session:
        access.sign_out_everywhere(session, _own(actor.id))
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
    try:
        told = access.change_password(site.database, _own(actor.id), old=old, new=new, at=now, by=actor.id)
    except access.PasswordShortError:
        raise ApiError(422, "password_short", field="new", params={"count": access.SHORTEST}) from None
    except access.PasswordSameError:
        raise ApiError(422, "password_same", field="new") from None
    if isinstance(told, access.Refused):
        raise _not_theirs(told, "old")


@router.post("/me/code/offer", status_code=201)
def offer_code(actor: ActorDep, site: SiteDep, now: Now, body: PasswordAgain | None = None) -> Offer:
    """A new secret for an authenticator app; in use once `POST /me/code` brings a code of it. Who has one enrolled
    already gives the password too: a stolen session must not be enough to take its place."""
    with site.read_session() as session:
        has_code = access.standing_of(session, _own(actor.id)).has_code
    if has_code:
        if body is None or body.password is None:
            raise ApiError(422, "invalid", field="password")
        password = body.password.get_secret_value()
        if told := access.confirm_password(site.database, _own(actor.id), password, at=now):
            raise _not_theirs(told, "password")
    with site.write_session() as session:
        secret = access.offer_totp(session, _own(actor.id))
        login = access.standing_of(session, _own(actor.id)).login
    return Offer(secret=secret, uri=access.uri_of(secret, login=login, office=site.settings.name))


@router.post("/me/code", status_code=204)
def enrol_code(body: NewCode, actor: ActorDep, site: SiteDep, now: Now) -> None:
    """Take the authenticator app into use that shows this code."""
    with site.write_session() as session:
        access.enrol_totp(session, _own(actor.id), code=body.code, at=now, by=actor.id)


@router.get("/users")
def list_users(site: SiteDep, page: PageDep) -> Listed[UserRow]:
    """Every user, the newest first."""
    with site.read_session() as session:
        found, following = access.users(session, before=page.before, limit=page.limit)
    return Listed(items=[_row(one) for one in found], next=following)


@router.post("/users", status_code=201)
def add_user(body: NewUserBody, actor: ActorDep, site: SiteDep, now: Now) -> OneTime:
    """Make a user; the one-time password is shown once."""
    if body.role is Role.KIOSK:
        raise ApiError(422, "invalid", field="role")
    with site.write_session() as session:
        of = access.belonging(session, role=body.role, person=body.person, distributor=body.distributor)
        made = access.add_user(
            session, login=body.login, role=body.role, person=body.person, distributor=of, at=now, by=actor.id
        )
    return OneTime(id=made.id, secret=made.password)


@router.post("/users/{user}/password", status_code=201)
def reset_password(user: UserPath, actor: ActorDep, site: SiteDep, now: Now) -> OneTime:
    """A new one-time password for somebody who lost theirs; second factor and sessions end."""
    with site.write_session() as session:
        made = access.reset_password(session, user, at=now, by=actor.id)
    return OneTime(id=made.id, secret=made.password)


@router.delete("/users/{user}", status_code=204)
def disable_user(user: UserPath, actor: ActorDep, site: SiteDep, now: Now) -> None:
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
def revoke_device(device: DevicePath, actor: ActorDep, site: SiteDep, now: Now) -> None:
    """Let a kiosk in no more."""
    with site.write_session() as session:
        access.revoke_device(session, device, at=now, by=actor.id)


def _refusal(told: access.Refused) -> ApiError:
    if told.reason == "locked":
        return ApiError(429, "locked", params={"minutes": told.minutes})
    if told.reason == "too_many":
        return ApiError(429, "too_many", headers={"Retry-After": "1"})
    return ApiError(401, told.reason)


def _not_theirs(told: access.Refused, field: str) -> ApiError:
    """To somebody who is signed in: a wrong password is a wrong field, the session goes on."""
    return ApiError(422, "password_wrong", field=field) if told.reason == "wrong_login" else _refusal(told)


def _me(one: access.Standing) -> Me:
    role = Role(one.role)
    needs_code = role in SECOND_FACTOR and not one.has_code
    must: Literal["change_password", "enrol_code"] | None = "enrol_code" if needs_code else None
    if one.must_change:
        must = "change_password"
    return Me(id=one.id, login=one.login, role=role, person=one.person, distributor=one.distributor, must=must)


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
