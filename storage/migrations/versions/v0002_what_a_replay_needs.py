"""What a replay needs: parameters and vocabulary by version, decisions that name theirs, life events kept for good."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NEW = ("parameter_version", "vocabulary_version")
KEPT = {**dict.fromkeys(NEW, "load a new version"), "life_event": "report another event"}


def upgrade() -> None:
    """Apply this step. Decisions made before it name no versions: what they rested on was in files alone."""
    op.create_table(
        "parameter_version",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("parameter_version_version_check")),
        sa.PrimaryKeyConstraint("name", "version", name=op.f("parameter_version_pkey")),
    )
    op.create_table(
        "vocabulary_version",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("vocabulary_version_version_check")),
        sa.PrimaryKeyConstraint("version", name=op.f("vocabulary_version_pkey")),
    )
    op.add_column("decision", sa.Column("parameter_versions", postgresql.JSONB(), nullable=True))
    op.add_column("decision", sa.Column("vocabulary_version", sa.Integer(), nullable=True))
    op.create_foreign_key(
        op.f("decision_vocabulary_version_fkey"), "decision", "vocabulary_version", ["vocabulary_version"], ["version"]
    )
    for table, advice in KEPT.items():
        op.execute(
            f"CREATE OR REPLACE FUNCTION {table}_is_kept() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$BEGIN RAISE EXCEPTION '{table} is kept as it was written, {advice}' "
            "USING ERRCODE = 'restrict_violation'; END$$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_is_kept()"
        )


def downgrade() -> None:
    """Take this step back."""
    op.drop_column("decision", "vocabulary_version")
    op.drop_column("decision", "parameter_versions")
    for table in NEW:
        op.drop_table(table)
    op.execute("DROP TRIGGER life_event_is_kept ON life_event")
    for table in KEPT:
        op.execute(f"DROP FUNCTION {table}_is_kept()")
