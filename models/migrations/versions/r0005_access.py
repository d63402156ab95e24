"""Who may sign in: accounts, their sessions, devices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0005"
down_revision = "r0004"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("login", sa.String, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("person_id", sa.String, sa.ForeignKey("person.id", ondelete="SET NULL")),
        sa.Column("distributor", sa.String),
        sa.Column("password_hash", sa.String, nullable=False),
        sa.Column("password_until", INSTANT),
        sa.Column("totp_sealed", sa.LargeBinary),
        sa.Column("totp_used", sa.Integer),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("locked_until", INSTANT),
        sa.Column("disabled_at", INSTANT),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.UniqueConstraint("login"),
    )
    op.create_table(
        "user_session",
        sa.Column("token_digest", sa.LargeBinary, primary_key=True),
        sa.Column("user_id", sa.String, sa.ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
        sa.Column("csrf_digest", sa.LargeBinary, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
    )
    op.create_index("ix_user_session_user_id", "user_session", ["user_id"])
    op.create_table(
        "device",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("token_digest", sa.LargeBinary, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT),
        sa.UniqueConstraint("token_digest"),
    )


def downgrade() -> None:
    for table in ("device", "user_session", "account"):
        op.drop_table(table)
