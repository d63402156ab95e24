"""Who may sign in: users and devices, passwords and second factors, sessions and lock-outs."""

from models.access.codes import enrol_totp, offer_totp, uri_of
from models.access.devices import Kiosk, add_device, device_of, devices, revoke_device
from models.access.sessions import (
    SignedIn,
    begin_session,
    change_password,
    seen,
    sign_in,
    sign_out,
    sign_out_everywhere,
    user_of,
)
from models.access.tries import Refused
from models.access.users import (
    AccessError,
    LastAdminError,
    NewUser,
    Standing,
    TakenError,
    UnknownError,
    add_user,
    belonging,
    disable_user,
    let_back_in,
    reset_password,
    standing_of,
    users,
)

__all__ = [
    "AccessError",
    "Kiosk",
    "LastAdminError",
    "NewUser",
    "Refused",
    "SignedIn",
    "Standing",
    "TakenError",
    "UnknownError",
    "add_device",
    "add_user",
    "begin_session",
    "belonging",
    "change_password",
    "device_of",
    "devices",
    "disable_user",
    "enrol_totp",
    "let_back_in",
    "offer_totp",
    "reset_password",
    "revoke_device",
    "seen",
    "sign_in",
    "sign_out",
    "sign_out_everywhere",
    "standing_of",
    "uri_of",
    "user_of",
    "users",
]
