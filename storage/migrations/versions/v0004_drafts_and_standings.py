"""Drafts with every revision, their impacts, and which version of a policy serves whom."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STATES = (
    "draft",
    "checked",
    "simulated",
    "submitted",
    "approved",
    "scheduled",
    "canary",
    "published",
    "superseded",
    "retired",
    "withdrawn",
)
EVENTS = (
    "create",
    "save",
    "check",
    "fail",
    "simulate",
    "submit",
    "send_back",
    "approve",
    "schedule",
    "start_canary",
    "publish",
    "supersede",
    "roll_back",
    "restore",
    "retire",
    "withdraw",
)
KEPT = {
    "draft_revision": "save another revision",
    "draft_event": "add an event",
    "impact": "simulate anew",
    "standing": "add a row",
}


def upgrade() -> None:
    """Apply this step. What was loaded before serves on: its newest version becomes its standing."""
    _drafts()
    _impacts_and_standings()
    op.execute(
        "INSERT INTO standing (sequence, policy_id, version, cause, reason, officer_id, at)"
        " SELECT row_number() OVER (ORDER BY policy_id), policy_id, version, 'loaded', '', 'system', loaded_at"
        " FROM (SELECT DISTINCT ON (policy_id) policy_id, version, loaded_at"
        " FROM policy_version ORDER BY policy_id, version DESC) AS newest"
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


def _drafts() -> None:
    op.create_table(
        "draft",
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("policy_id", sa.Text(), nullable=False),
        sa.Column("agency_id", sa.Text(), nullable=False),
        sa.Column("title", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("base_version", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("editor", sa.Text(), nullable=False),
        sa.Column("impact_id", sa.Uuid(), nullable=True),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("publish_on", sa.Date(), nullable=True),
        sa.Column("canary_percent", sa.SmallInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('policy', 'parameter')", name=op.f("draft_kind_check")),
        sa.CheckConstraint(f"state IN {STATES}", name=op.f("draft_state_check")),
        sa.CheckConstraint("revision >= 1", name=op.f("draft_revision_check")),
        sa.CheckConstraint("canary_percent BETWEEN 1 AND 99", name=op.f("draft_canary_percent_check")),
        sa.CheckConstraint("(approved_by IS NULL) = (approved_at IS NULL)", name=op.f("draft_approved_check")),
        sa.CheckConstraint(
            "approved_by IS NOT NULL AND impact_id IS NOT NULL"
            " OR state NOT IN ('approved', 'scheduled', 'canary', 'published', 'superseded', 'retired')",
            name=op.f("draft_approval_check"),
        ),
        sa.PrimaryKeyConstraint("draft_id", name=op.f("draft_pkey")),
    )
    op.create_index("draft_agency_id_idx", "draft", ["agency_id", "state"])
    op.create_index("draft_policy_id_idx", "draft", ["policy_id"])
    op.create_table(
        "draft_revision",
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("editor", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.draft_id"], name=op.f("draft_revision_draft_id_fkey")),
        sa.PrimaryKeyConstraint("draft_id", "revision", name=op.f("draft_revision_pkey")),
    )
    op.create_table(
        "draft_event",
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("officer_id", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"event IN {EVENTS}", name=op.f("draft_event_event_check")),
        sa.CheckConstraint(f"from_state IN {STATES}", name=op.f("draft_event_from_state_check")),
        sa.CheckConstraint(f"to_state IN {STATES}", name=op.f("draft_event_to_state_check")),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.draft_id"], name=op.f("draft_event_draft_id_fkey")),
        sa.PrimaryKeyConstraint("draft_id", "sequence", name=op.f("draft_event_pkey")),
    )


def _impacts_and_standings() -> None:
    op.create_table(
        "impact",
        sa.Column("impact_id", sa.Uuid(), nullable=False),
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("snapshot_id", sa.Text(), nullable=False),
        sa.Column("figures", postgresql.JSONB(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.draft_id"], name=op.f("impact_draft_id_fkey")),
        sa.PrimaryKeyConstraint("impact_id", name=op.f("impact_pkey")),
    )
    op.create_index(op.f("impact_draft_id_idx"), "impact", ["draft_id"])
    op.create_table(
        "standing",
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("policy_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("canary_version", sa.Integer(), nullable=True),
        sa.Column("canary_percent", sa.SmallInteger(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("restores", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("draft_id", sa.Uuid(), nullable=True),
        sa.Column("officer_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "cause IN ('loaded', 'canary', 'published', 'rolled_back', 'retired')", name=op.f("standing_cause_check")
        ),
        sa.CheckConstraint("canary_percent BETWEEN 1 AND 99", name=op.f("standing_canary_percent_check")),
        sa.CheckConstraint("(canary_version IS NULL) = (canary_percent IS NULL)", name=op.f("standing_canary_check")),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.draft_id"], name=op.f("standing_draft_id_fkey")),
        sa.ForeignKeyConstraint(
            ["policy_id", "version"],
            ["policy_version.policy_id", "policy_version.version"],
            name=op.f("standing_policy_id_version_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["policy_id", "canary_version"],
            ["policy_version.policy_id", "policy_version.version"],
            name=op.f("standing_policy_id_canary_version_fkey"),
        ),
        sa.PrimaryKeyConstraint("sequence", name=op.f("standing_pkey")),
    )
    op.create_index("standing_policy_id_idx", "standing", ["policy_id", "sequence"])


def downgrade() -> None:
    """Take this step back."""
    for table in ("standing", "impact", "draft_event", "draft_revision", "draft"):
        op.drop_table(table)
    for table in KEPT:
        op.execute(f"DROP FUNCTION {table}_is_kept()")
