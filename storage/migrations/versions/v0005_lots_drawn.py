"""Lots drawn for budgets that are given out by lottery."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "budget_draw",
        sa.Column("policy_id", sa.Text(), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("entrants", sa.Integer(), nullable=False),
        sa.Column("entrants_digest", sa.Text(), nullable=False),
        sa.Column("officer_id", sa.Text(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("entrants >= 0", name=op.f("budget_draw_entrants_check")),
        sa.PrimaryKeyConstraint("policy_id", "period_from", name=op.f("budget_draw_pkey")),
    )
    op.execute(
        "CREATE OR REPLACE FUNCTION budget_draw_is_kept() RETURNS trigger LANGUAGE plpgsql AS "
        "$$BEGIN RAISE EXCEPTION 'budget_draw is kept as it was written, lots are drawn once' "
        "USING ERRCODE = 'restrict_violation'; END$$"
    )
    op.execute(
        "CREATE TRIGGER budget_draw_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON budget_draw "
        "FOR EACH STATEMENT EXECUTE FUNCTION budget_draw_is_kept()"
    )


def downgrade() -> None:
    """Take this step back."""
    op.drop_table("budget_draw")
    op.execute("DROP FUNCTION budget_draw_is_kept()")
