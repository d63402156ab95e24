"""People, their consents and their templates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0001"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("name_sealed", sa.LargeBinary, nullable=False),
        sa.Column("distributor", sa.String),
        sa.Column("phone_sealed", sa.LargeBinary),
        sa.Column("phone_digest", sa.LargeBinary),
        sa.Column("phone_last4", sa.String),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.CheckConstraint("role IN ('agent', 'staff', 'customer')", name=op.f("ck_person_role")),
    )
    op.create_index("ix_person_phone_digest", "person", ["phone_digest"])
    op.create_table(
        "consent",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("person_id", sa.String, sa.ForeignKey("person.id", ondelete="CASCADE"), nullable=False),
        sa.Column("reference", sa.String, nullable=False),
        sa.Column("mode", sa.String, nullable=False),
        sa.Column("notice_version", sa.String, nullable=False),
        sa.Column("notice_sha256", sa.String, nullable=False),
        sa.Column("given_at", INSTANT, nullable=False),
        sa.Column("withdrawn_at", INSTANT),
    )
    op.create_index("ix_consent_person_id", "consent", ["person_id"])
    op.create_table(
        "template",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("person_id", sa.String, sa.ForeignKey("person.id", ondelete="CASCADE"), nullable=False),
        sa.Column("pack", sa.String, nullable=False),
        sa.Column("vector_sealed", sa.LargeBinary, nullable=False),
        sa.Column("quality", sa.Double, nullable=False),
        sa.Column("source_sha256", sa.String, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.UniqueConstraint("person_id", "pack", "source_sha256"),
    )
    op.create_index("ix_template_pack", "template", ["pack"])


def downgrade() -> None:
    for table in ("template", "consent", "person"):
        op.drop_table(table)
