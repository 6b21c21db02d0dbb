"""Who works here, and a log of what they did that cannot be rewritten unseen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "agency",
        sa.Column("agency_id", sa.Text(), nullable=False),
        sa.Column("citywide", sa.Boolean(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("agency_id", name=op.f("agency_pkey")),
    )
    op.create_table(
        "officer",
        sa.Column("officer_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("agency_id", sa.Text(), nullable=False),
        sa.Column("roles", postgresql.JSONB(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(r"officer_id ~ '^[a-z0-9][a-z0-9._-]{0,63}$'", name=op.f("officer_officer_id_check")),
        sa.CheckConstraint("jsonb_typeof(roles) = 'array'", name=op.f("officer_roles_check")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.agency_id"], name=op.f("officer_agency_id_fkey")),
        sa.PrimaryKeyConstraint("officer_id", name=op.f("officer_pkey")),
    )
    op.create_table(
        "sign_in_code",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("officer_id", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.officer_id"], name=op.f("sign_in_code_officer_id_fkey")),
        sa.PrimaryKeyConstraint("digest", name=op.f("sign_in_code_pkey")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("data", postgresql.JSON(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.CheckConstraint("sequence >= 1", name=op.f("audit_entry_sequence_check")),
        sa.PrimaryKeyConstraint("sequence", name=op.f("audit_entry_pkey")),
    )
    op.create_index("audit_entry_about_idx", "audit_entry", ["about", "sequence"])
    op.execute(
        "CREATE OR REPLACE FUNCTION audit_entry_is_kept() RETURNS trigger LANGUAGE plpgsql AS "
        "$$BEGIN RAISE EXCEPTION 'audit_entry is kept as it was written, add an entry' "
        "USING ERRCODE = 'restrict_violation'; END$$"
    )
    op.execute(
        "CREATE TRIGGER audit_entry_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_is_kept()"
    )


def downgrade() -> None:
    """Take this step back."""
    for table in ("audit_entry", "sign_in_code", "officer", "agency"):
        op.drop_table(table)
    op.execute("DROP FUNCTION audit_entry_is_kept()")
