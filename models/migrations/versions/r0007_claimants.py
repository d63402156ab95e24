"""What is said of a claimant as such gets a subject of its own in the index, and what may bear on any customer another:
one customer's timeline needs a few of these entries, not all that the office has."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "r0007"
down_revision = "r0006"
branch_labels = None
depends_on = None

EVERYBODY, CLAIMANT = "every customer", "claimant "

LEDGER = sa.table("ledger", sa.column("seq"), sa.column("kind"), sa.column("payload"))
ABOUT = sa.table("ledger_about", sa.column("subject"), sa.column("seq"), sa.column("tie", sa.Boolean))
DELETING = {
    "sqlite": (
        "DROP TRIGGER ledger_about_no_delete",
        "CREATE TRIGGER ledger_about_no_delete BEFORE DELETE ON ledger_about "
        "BEGIN SELECT RAISE(ABORT, 'ledger_about is append-only'); END",
    ),
    "postgresql": (
        "ALTER TABLE ledger_about DISABLE TRIGGER ledger_about_append_only",
        "ALTER TABLE ledger_about ENABLE TRIGGER ledger_about_append_only",
    ),
}
"""To make deleting possible, and to refuse it again."""


def upgrade() -> None:
    kinds = LEDGER.c.kind.in_(("claimant", "depart", "retraction"))
    told = op.get_bind().execute(sa.select(LEDGER.c.seq, LEDGER.c.kind, LEDGER.c.payload).where(kinds))
    new = [
        {"subject": subject, "seq": seq, "tie": False}
        for seq, kind, payload in told
        for subject in _subjects(kind, json.loads(payload))
    ]
    if new:
        op.bulk_insert(ABOUT, new)


def downgrade() -> None:
    allow, refuse = DELETING[op.get_context().dialect.name]
    op.execute(allow)
    theirs = ABOUT.c.seq.in_(sa.select(LEDGER.c.seq).where(LEDGER.c.kind.in_(("claimant", "depart"))))
    op.execute(sa.delete(ABOUT).where(ABOUT.c.subject.startswith(CLAIMANT), theirs))
    op.execute(sa.delete(ABOUT).where(ABOUT.c.subject == EVERYBODY))
    op.execute(refuse)


def _subjects(kind: str, said: dict[str, object]) -> list[str]:
    if kind == "retraction":
        return [EVERYBODY] if said["person"] == "" else []
    company = kind == "claimant" and said["kind"] in ("distributor", "team")
    return [f"{CLAIMANT}{said['who']}", *([EVERYBODY] if company else [])]
