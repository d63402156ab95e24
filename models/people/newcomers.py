"""Many new customers at once, as a list of reports brings them: stored in a few statements, not in thousands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import insert

from models.base import Base
from models.keys import of_person
from models.people.persons import about_name
from models.people.phones import about_phone, masked, phone_number
from models.session import WriteSession

TABLES = Base.metadata.tables


@dataclass(frozen=True, kw_only=True)
class Newcomer:
    """A customer to be stored under ``person`` (uuid, 32 hex digits, of the caller's making)."""

    person: str
    name: str
    phone: str


def add_customers(session: WriteSession, newcomers: Sequence[Newcomer], *, at: datetime) -> None:
    """Store customers with a phone each, whole or masked; ``at`` aware. Raises ``PeopleError`` for what is no phone."""
    people, keys, phones = [], [], []
    for one in newcomers:
        owner, number, phone_id = of_person(one.person), phone_number(one.phone), uuid4().hex
        sealer, wrapped = session.vault.new_key(owner)
        covered = masked(number)
        keys.append({"owner": owner, "wrapped": wrapped, "created_at": at})
        people.append(
            {
                "id": one.person,
                "role": "customer",
                "name_sealed": sealer.seal(one.name.encode(), about_name(one.person)),
                "distributor": None,
                "created_at": at,
            }
        )
        phones.append(
            {
                "id": phone_id,
                "person_id": one.person,
                "number_sealed": sealer.seal(number.encode(), about_phone(phone_id)),
                "digest": session.vault.digest(number),
                "masked_digest": session.vault.digest(covered) if covered else None,
                "last4": number[-4:],
                "added_at": at,
            }
        )
    for table, rows in (("data_key", keys), ("person", people), ("phone", phones)):
        if rows:
            session.add_rows(insert(TABLES[table]), rows)
