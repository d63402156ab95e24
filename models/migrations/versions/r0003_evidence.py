"""The frames of the evidence."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0003"
down_revision = "r0002"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "frame",
        sa.Column("arrival", sa.String, primary_key=True),
        sa.Column("sha256", sa.String, primary_key=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("size_bytes", sa.Integer, nullable=False),
        sa.Column("written_at", INSTANT, nullable=False),
    )
    op.create_index("ix_frame_owner", "frame", ["owner"])
    op.create_index("ix_frame_at", "frame", ["at"])


def downgrade() -> None:
    op.drop_table("frame")
