"""The service: answers given, scanned papers, webhooks, what doors say of themselves, second factors being enrolled."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0006"
down_revision = "r0005"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "answered",
        sa.Column("actor", sa.String, primary_key=True),
        sa.Column("key_digest", sa.LargeBinary, primary_key=True),
        sa.Column("request_digest", sa.LargeBinary, nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("answer", sa.String, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
    )
    op.create_index("ix_answered_at", "answered", ["at"])
    op.create_table(
        "paper",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("person_id", sa.String, sa.ForeignKey("person.id", ondelete="CASCADE"), nullable=False),
        sa.Column("entry", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.String, nullable=False),
        sa.Column("media_type", sa.String, nullable=False),
        sa.Column("size_bytes", sa.Integer, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
    )
    op.create_index("ix_paper_person_id", "paper", ["person_id"])
    op.create_index("ix_paper_entry", "paper", ["entry"])
    op.create_table(
        "webhook",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("url", sa.String, nullable=False),
        sa.Column("kinds", sa.String, nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary, nullable=False),
        sa.Column("cursor", sa.BigInteger, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("disabled_at", INSTANT),
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("webhook_id", sa.String, sa.ForeignKey("webhook.id", ondelete="CASCADE"), nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_at", INSTANT),
        sa.Column("done_at", INSTANT),
        sa.Column("last_status", sa.Integer),
        sa.UniqueConstraint("webhook_id", "seq"),
    )
    op.create_index("ix_webhook_delivery_next_at", "webhook_delivery", ["next_at"])
    op.create_table(
        "door_state",
        sa.Column("door", sa.String, primary_key=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("frame_at", INSTANT),
        sa.Column("fps", sa.Double, nullable=False),
        sa.Column("blind", sa.String),
        sa.Column("waiting", sa.Integer, nullable=False),
    )
    op.add_column("account", sa.Column("totp_offered_sealed", sa.LargeBinary))


def downgrade() -> None:
    with op.batch_alter_table("account") as account:
        account.drop_column("totp_offered_sealed")
    for table in ("door_state", "webhook_delivery", "webhook", "paper", "answered"):
        op.drop_table(table)
