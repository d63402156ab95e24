"""Names, phones and templates under each person's own data key; several phones a person; how a consent was given and by
whom for a minor; consultants; the changes of the gallery."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

import sqlalchemy as sa
from alembic import context, op
from alembic.operations import BatchOperations

from models.base import ModelsError, UTCDateTime
from models.vault import Sealer, Vault

revision = "r0004"
down_revision = "r0003"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
CHILDREN = ("consent", "template", "phone")

PERSON = sa.table(
    "person",
    sa.column("id", sa.String),
    sa.column("role", sa.String),
    sa.column("name_sealed", sa.LargeBinary),
    sa.column("phone_sealed", sa.LargeBinary),
    sa.column("phone_digest", sa.LargeBinary),
    sa.column("phone_last4", sa.String),
    sa.column("created_at", UTCDateTime),
)
PHONE = sa.table(
    "phone",
    sa.column("id", sa.String),
    sa.column("person_id", sa.String),
    sa.column("number_sealed", sa.LargeBinary),
    sa.column("digest", sa.LargeBinary),
    sa.column("masked_digest", sa.LargeBinary),
    sa.column("last4", sa.String),
    sa.column("added_at", UTCDateTime),
)
TEMPLATE = sa.table(
    "template",
    sa.column("id", sa.String),
    sa.column("person_id", sa.String),
    sa.column("vector_sealed", sa.LargeBinary),
)
CONSENT = sa.table("consent", sa.column("person_id", sa.String), sa.column("how", sa.String))
DATA_KEY = sa.table(
    "data_key",
    sa.column("owner", sa.String),
    sa.column("wrapped", sa.LargeBinary),
    sa.column("created_at", UTCDateTime),
)
CHANGE = sa.table("gallery_change", sa.column("person_id", sa.String), sa.column("number", sa.BigInteger))


def upgrade() -> None:
    _make_tables()
    with op.batch_alter_table("consent") as consent:
        consent.add_column(sa.Column("how", sa.String))
        consent.add_column(sa.Column("guardian_sealed", sa.LargeBinary))
    op.execute(sa.update(CONSENT).values(how="paper"))  # the kiosk did not take consents yet
    with op.batch_alter_table("consent") as consent:
        consent.alter_column("how", existing_type=sa.String, nullable=False)
    _reseal(_upwards)
    _set_children_free()
    op.drop_index("ix_person_phone_digest", "person")
    with op.batch_alter_table("person") as person:
        for column in ("phone_sealed", "phone_digest", "phone_last4"):
            person.drop_column(column)
        _replace_role_check(person, "'agent', 'consultant', 'staff', 'customer'")
    _tie_children()


def downgrade() -> None:
    _set_children_free()
    op.execute(sa.update(PERSON).where(PERSON.c.role == "consultant").values(role="staff"))
    with op.batch_alter_table("person") as person:
        person.add_column(sa.Column("phone_sealed", sa.LargeBinary))
        person.add_column(sa.Column("phone_digest", sa.LargeBinary))
        person.add_column(sa.Column("phone_last4", sa.String))
        _replace_role_check(person, "'agent', 'staff', 'customer'")
    op.create_index("ix_person_phone_digest", "person", ["phone_digest"])
    _tie_children()
    _reseal(_downwards)
    with op.batch_alter_table("consent") as consent:
        consent.drop_column("how")
        consent.drop_column("guardian_sealed")
    for table in ("gallery_change", "phone"):
        op.drop_table(table)


def _make_tables() -> None:
    op.create_table(
        "phone",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("person_id", sa.String, sa.ForeignKey("person.id", ondelete="CASCADE"), nullable=False),
        sa.Column("number_sealed", sa.LargeBinary, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("masked_digest", sa.LargeBinary),
        sa.Column("last4", sa.String, nullable=False),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.UniqueConstraint("person_id", "digest"),
    )
    op.create_index("ix_phone_digest", "phone", ["digest"])
    op.create_index("ix_phone_masked_digest", "phone", ["masked_digest"])
    op.create_table(
        "gallery_change",
        sa.Column("person_id", sa.String, primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("number"),
    )


def _replace_role_check(person: BatchOperations, roles: str) -> None:
    person.drop_constraint(op.f("ck_person_role"), type_="check")
    person.create_check_constraint(op.f("ck_person_role"), f"role IN ({roles})")


def _set_children_free() -> None:
    # SQLite changes a table by making it anew: dropping the old one would take along the rows that hang on it
    for child in CHILDREN:
        with op.batch_alter_table(child) as batch:
            batch.drop_constraint(op.f(f"fk_{child}_person_id"), type_="foreignkey")


def _tie_children() -> None:
    for child in CHILDREN:
        with op.batch_alter_table(child) as batch:
            name = op.f(f"fk_{child}_person_id")
            batch.create_foreign_key(name, "person", ["person_id"], ["id"], ondelete="CASCADE")


def _reseal(one_person: Callable[[sa.Connection, Vault, str, int], None]) -> None:
    connection = op.get_bind()
    people = connection.scalars(sa.select(PERSON.c.id).order_by(PERSON.c.created_at)).all()
    vault = context.config.attributes["vault"]
    if people and vault is None:
        raise ModelsError(
            "schema r0004: people's data are sealed anew, which needs the site key; open the site with it"
        )
    for number, person in enumerate(people, 1):
        one_person(connection, vault, person, number)


def _upwards(connection: sa.Connection, vault: Vault, person: str, number: int) -> None:
    """From the master key to a key of the person's own."""
    row = connection.execute(sa.select(PERSON).where(PERSON.c.id == person)).one()
    own = _own_key(connection, vault, person) or _new_key(connection, vault, person, row.created_at)
    name = own.seal(vault.open(row.name_sealed, f"name of {person}"), f"name of {person}")
    connection.execute(sa.update(PERSON).where(PERSON.c.id == person).values(name_sealed=name))
    if row.phone_sealed is not None:
        digits = vault.open(row.phone_sealed, f"phone of {person}").decode()
        phone = uuid4().hex
        mobile = re.fullmatch(r"(1\d\d)\d{3}(\d{5})", digits)
        connection.execute(
            sa.insert(PHONE).values(
                id=phone,
                person_id=person,
                number_sealed=own.seal(digits.encode(), f"phone of {phone}"),
                digest=row.phone_digest,
                masked_digest=vault.digest(f"{mobile[1]}***{mobile[2]}") if mobile else None,
                last4=row.phone_last4,
                added_at=row.created_at,
            )
        )
    _move_templates(connection, person, source=vault, target=own)
    connection.execute(sa.insert(CHANGE).values(person_id=person, number=number))


def _downwards(connection: sa.Connection, vault: Vault, person: str, _: int) -> None:
    """Back under the master key, with the first phone; whoever was erased meanwhile goes. The keys stay: frames are
    sealed under them too."""
    own = _own_key(connection, vault, person)
    if own is None:
        connection.execute(sa.delete(PERSON).where(PERSON.c.id == person))
        return
    row = connection.execute(sa.select(PERSON).where(PERSON.c.id == person)).one()
    changed = {"name_sealed": vault.seal(own.open(row.name_sealed, f"name of {person}"), f"name of {person}")}
    # of a phone known in part only there was no place
    whole = sa.or_(PHONE.c.masked_digest.is_(None), PHONE.c.masked_digest != PHONE.c.digest)
    phones = sa.select(PHONE).where(PHONE.c.person_id == person, whole).order_by(PHONE.c.added_at, PHONE.c.id)
    if (phone := connection.execute(phones.limit(1)).first()) is not None:
        digits = own.open(phone.number_sealed, f"phone of {phone.id}")
        changed |= {
            "phone_sealed": vault.seal(digits, f"phone of {person}"),
            "phone_digest": phone.digest,
            "phone_last4": phone.last4,
        }
    connection.execute(sa.update(PERSON).where(PERSON.c.id == person).values(**changed))
    _move_templates(connection, person, source=own, target=vault)


def _move_templates(connection: sa.Connection, person: str, *, source: Sealer, target: Sealer) -> None:
    for row in connection.execute(sa.select(TEMPLATE).where(TEMPLATE.c.person_id == person)).all():
        about = f"template of {row.id}"
        sealed = target.seal(source.open(row.vector_sealed, about), about)
        connection.execute(sa.update(TEMPLATE).where(TEMPLATE.c.id == row.id).values(vector_sealed=sealed))


def _own_key(connection: sa.Connection, vault: Vault, person: str) -> Sealer | None:
    owner = f"person:{person}"
    wrapped = connection.scalar(sa.select(DATA_KEY.c.wrapped).where(DATA_KEY.c.owner == owner))
    return vault.unwrapped(wrapped, owner) if wrapped is not None else None


def _new_key(connection: sa.Connection, vault: Vault, person: str, at: datetime) -> Sealer:
    sealer, wrapped = vault.new_key(f"person:{person}")
    connection.execute(sa.insert(DATA_KEY).values(owner=f"person:{person}", wrapped=wrapped, created_at=at))
    return sealer
