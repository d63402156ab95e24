"""The ledger, its index of subjects, the particulars beside it, and the data keys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0002"
down_revision = "r0001"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
APPEND_ONLY = ("ledger", "ledger_about")


def upgrade() -> None:
    op.create_table(
        "ledger",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("payload", sa.String, nullable=False),
        sa.Column("prev_hash", sa.LargeBinary, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("prev_hash"),
    )
    op.create_index("ix_ledger_kind_seq", "ledger", ["kind", "seq"])
    op.create_table(
        "ledger_about",
        sa.Column("subject", sa.String, primary_key=True),
        sa.Column("seq", sa.BigInteger, sa.ForeignKey("ledger.seq"), primary_key=True, autoincrement=False),
        sa.Column("tie", sa.Boolean, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_ledger_about_tie", "ledger_about", ["seq"], sqlite_where=sa.text("tie = 1"), postgresql_where=sa.text("tie")
    )
    op.create_table(
        "data_key",
        sa.Column("owner", sa.String, primary_key=True),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
    )
    op.create_table(
        "particular",
        sa.Column("commitment", sa.String, primary_key=True),
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("field", sa.String, nullable=False),
        sa.Column("digest", sa.LargeBinary),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_particular_owner", "particular", ["owner"])
    op.create_index("ix_particular_digest", "particular", ["digest"])
    _refuse_changes()


def downgrade() -> None:
    for table in ("particular", "data_key", "ledger_about", "ledger"):
        op.drop_table(table)  # its triggers go with it
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change()")


def _refuse_changes() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
        )
    for table in APPEND_ONLY:
        if op.get_context().dialect.name == "postgresql":
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
            continue
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
