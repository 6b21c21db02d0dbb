"""The first tables: policies, match runs, claims, payments, messages, and the records that are never rewritten."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

STATES = (
    "pushed",
    "seen",
    "claimed",
    "approved",
    "paying",
    "paid",
    "provided",
    "confirmed",
    "rated",
    "refused",
    "returned",
    "expired",
    "withdrawn",
)
EVENTS = (
    "push",
    "see",
    "claim",
    "approve",
    "refuse",
    "submit_payment",
    "settle",
    "return",
    "retry_payment",
    "provide",
    "confirm",
    "rate",
    "expire",
    "withdraw",
)
KEPT = {
    "policy_version": "load a new version",
    "claim_event": "add an event",
    "decision": "decide anew",
    "bank_entry": "the bank corrects by a new entry",
}


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "bank_entry",
        sa.Column("book_id", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('settled', 'rejected', 'returned')", name=op.f("bank_entry_kind_check")),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("bank_entry_amount_fen_check")),
        sa.PrimaryKeyConstraint("book_id", "sequence", name=op.f("bank_entry_pkey")),
    )
    op.create_table(
        "consent",
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("channel IN ('inbox')", name=op.f("consent_channel_check")),
        sa.CheckConstraint("purpose IN ('offer')", name=op.f("consent_purpose_check")),
        sa.PrimaryKeyConstraint("subject_id", "purpose", "channel", name=op.f("consent_pkey")),
    )
    op.create_table(
        "life_event",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("changes", postgresql.JSONB(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("audience IN ('citizen', 'enterprise')", name=op.f("life_event_audience_check")),
        sa.CheckConstraint("jsonb_typeof(changes) = 'object'", name=op.f("life_event_changes_check")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("life_event_pkey")),
    )
    op.create_index("life_event_subject_id_idx", "life_event", ["subject_id", "as_of"], unique=False)
    op.create_table(
        "match_run",
        sa.Column("match_run_id", sa.Uuid(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("snapshot_id", sa.Text(), nullable=False),
        sa.Column("catalogue_digest", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=True),
        sa.Column("subjects", sa.BigInteger(), nullable=False),
        sa.Column("verdicts", postgresql.JSONB(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("audience IN ('citizen', 'enterprise')", name=op.f("match_run_audience_check")),
        sa.CheckConstraint("subjects >= 0", name=op.f("match_run_subjects_check")),
        sa.PrimaryKeyConstraint("match_run_id", name=op.f("match_run_pkey")),
    )
    op.create_table(
        "policy_version",
        sa.Column("policy_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("delivery_mode", sa.Text(), nullable=False),
        sa.Column("verification", sa.Text(), nullable=False),
        sa.Column("title", postgresql.JSONB(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("effective_to", sa.Date(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("audience IN ('citizen', 'enterprise')", name=op.f("policy_version_audience_check")),
        sa.CheckConstraint(
            "delivery_mode IN ('auto', 'one_click', 'assisted', 'inform')",
            name=op.f("policy_version_delivery_mode_check"),
        ),
        sa.CheckConstraint("kind IN ('service', 'fund', 'subsidy', 'tax')", name=op.f("policy_version_kind_check")),
        sa.CheckConstraint("level IN ('national', 'city', 'district')", name=op.f("policy_version_level_check")),
        sa.CheckConstraint(
            "verification IN ('text_read', 'recalled', 'illustrative')", name=op.f("policy_version_verification_check")
        ),
        sa.CheckConstraint("version >= 1", name=op.f("policy_version_version_check")),
        sa.PrimaryKeyConstraint("policy_id", "version", name=op.f("policy_version_pkey")),
    )
    op.create_table(
        "register_import",
        sa.Column("import_id", sa.Text(), nullable=False),
        sa.Column("register", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("quarantined", sa.BigInteger(), nullable=False),
        sa.Column("report", postgresql.JSONB(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("audience IN ('citizen', 'enterprise')", name=op.f("register_import_audience_check")),
        sa.CheckConstraint("rows >= 0 AND quarantined >= 0", name=op.f("register_import_rows_check")),
        sa.PrimaryKeyConstraint("import_id", name=op.f("register_import_pkey")),
    )
    op.create_table(
        "claim",
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("policy_id", sa.Text(), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("delivery_mode", sa.Text(), nullable=False),
        sa.Column("settlement", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("payment_attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("audience IN ('citizen', 'enterprise')", name=op.f("claim_audience_check")),
        sa.CheckConstraint(
            "delivery_mode IN ('auto', 'one_click', 'assisted', 'inform')", name=op.f("claim_delivery_mode_check")
        ),
        sa.CheckConstraint("period ~ '^(once|\\d{4}|\\d{4}-\\d{2})$'", name=op.f("claim_period_check")),
        sa.CheckConstraint("settlement IN ('payment', 'provision')", name=op.f("claim_settlement_check")),
        sa.CheckConstraint(f"state IN {STATES}", name=op.f("claim_state_check")),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("claim_amount_fen_check")),
        sa.CheckConstraint("payment_attempts >= 0", name=op.f("claim_payment_attempts_check")),
        sa.CheckConstraint("revision >= 1", name=op.f("claim_revision_check")),
        sa.ForeignKeyConstraint(
            ["policy_id", "policy_version"],
            ["policy_version.policy_id", "policy_version.version"],
            name=op.f("claim_policy_id_policy_version_fkey"),
        ),
        sa.PrimaryKeyConstraint("claim_id", name=op.f("claim_pkey")),
    )
    op.create_index(
        "claim_due_idx", "claim", ["state", "due_at"], unique=False, postgresql_where=sa.text("due_at IS NOT NULL")
    )
    op.create_index(
        "claim_one_live_per_period",
        "claim",
        ["subject_id", "policy_id", "period"],
        unique=True,
        postgresql_where=sa.text("(state NOT IN ('expired', 'refused', 'withdrawn'))"),
    )
    op.create_index("claim_subject_id_idx", "claim", ["subject_id", "policy_id", "period"], unique=False)
    op.create_table(
        "impression",
        sa.Column("slate_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("policy_id", sa.Text(), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("surface", sa.Text(), nullable=False),
        sa.Column("propensity", sa.Float(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("model_version", sa.Text(), nullable=True),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("audience IN ('citizen', 'enterprise')", name=op.f("impression_audience_check")),
        sa.CheckConstraint("surface IN ('home', 'inbox')", name=op.f("impression_surface_check")),
        sa.CheckConstraint('"position" >= 1', name=op.f("impression_position_check")),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("impression_amount_fen_check")),
        sa.CheckConstraint("propensity > 0 AND propensity <= 1", name=op.f("impression_propensity_check")),
        sa.ForeignKeyConstraint(
            ["policy_id", "policy_version"],
            ["policy_version.policy_id", "policy_version.version"],
            name=op.f("impression_policy_id_policy_version_fkey"),
        ),
        sa.PrimaryKeyConstraint("slate_id", "position", name=op.f("impression_pkey")),
    )
    op.create_index("impression_shown_at_idx", "impression", ["audience", "shown_at"], unique=False)
    op.create_table(
        "decision",
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("policy_id", sa.Text(), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=True),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("reasons", postgresql.JSONB(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(), nullable=False),
        sa.Column("snapshot_id", sa.Text(), nullable=False),
        sa.Column("catalogue_digest", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=True),
        sa.Column("match_run_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("occasion IN ('shown', 'push', 'claim', 'approval')", name=op.f("decision_occasion_check")),
        sa.CheckConstraint("verdict IN ('eligible', 'ineligible', 'unknown')", name=op.f("decision_verdict_check")),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("decision_amount_fen_check")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.claim_id"], name=op.f("decision_claim_id_fkey")),
        sa.ForeignKeyConstraint(["match_run_id"], ["match_run.match_run_id"], name=op.f("decision_match_run_id_fkey")),
        sa.ForeignKeyConstraint(
            ["policy_id", "policy_version"],
            ["policy_version.policy_id", "policy_version.version"],
            name=op.f("decision_policy_id_policy_version_fkey"),
        ),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("decision_pkey")),
    )
    op.create_index(op.f("decision_claim_id_idx"), "decision", ["claim_id"], unique=False)
    op.create_index("decision_subject_id_idx", "decision", ["subject_id", "made_at"], unique=False)
    op.create_table(
        "message",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("policy_id", sa.Text(), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=True),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("match_run_id", sa.Uuid(), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("audience IN ('citizen', 'enterprise')", name=op.f("message_audience_check")),
        sa.CheckConstraint("channel IN ('inbox')", name=op.f("message_channel_check")),
        sa.CheckConstraint("purpose IN ('offer', 'inform', 'claim', 'payment')", name=op.f("message_purpose_check")),
        sa.CheckConstraint("rank >= 1", name=op.f("message_rank_check")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.claim_id"], name=op.f("message_claim_id_fkey")),
        sa.ForeignKeyConstraint(["match_run_id"], ["match_run.match_run_id"], name=op.f("message_match_run_id_fkey")),
        sa.ForeignKeyConstraint(
            ["policy_id", "policy_version"],
            ["policy_version.policy_id", "policy_version.version"],
            name=op.f("message_policy_id_policy_version_fkey"),
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("message_pkey")),
    )
    op.create_index(op.f("message_claim_id_idx"), "message", ["claim_id"], unique=False)
    op.create_index("message_inbox_idx", "message", ["subject_id", sa.literal_column("created_at DESC")], unique=False)
    op.create_index("message_told_idx", "message", ["created_at", "purpose", "subject_id"], unique=False)
    op.create_table(
        "payment",
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("payee", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('sending', 'accepted', 'paid', 'rejected', 'returned', 'disputed')",
            name=op.f("payment_state_check"),
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("payment_amount_fen_check")),
        sa.CheckConstraint("attempt >= 1", name=op.f("payment_attempt_check")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.claim_id"], name=op.f("payment_claim_id_fkey")),
        sa.PrimaryKeyConstraint("payment_id", name=op.f("payment_pkey")),
        sa.UniqueConstraint("claim_id", "attempt", name=op.f("payment_claim_id_attempt_key")),
    )
    op.create_index(
        "payment_due_idx", "payment", ["due_at"], unique=False, postgresql_where=sa.text("due_at IS NOT NULL")
    )
    op.create_index(
        "payment_one_live_per_claim",
        "payment",
        ["claim_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('sending', 'accepted', 'paid', 'disputed')"),
    )
    op.create_table(
        "review",
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("policy_id", sa.Text(), nullable=False),
        sa.Column("grade", sa.SmallInteger(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("grade BETWEEN 1 AND 5", name=op.f("review_grade_check")),
        sa.CheckConstraint("length(words) <= 2000", name=op.f("review_words_check")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.claim_id"], name=op.f("review_claim_id_fkey")),
        sa.PrimaryKeyConstraint("review_id", name=op.f("review_pkey")),
        sa.UniqueConstraint("claim_id", name=op.f("review_claim_id_key")),
    )
    op.create_table(
        "claim_event",
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("decision_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("actor IN ('subject', 'system', 'officer', 'bank')", name=op.f("claim_event_actor_check")),
        sa.CheckConstraint(f"event IN {EVENTS}", name=op.f("claim_event_event_check")),
        sa.CheckConstraint(f"from_state IN {STATES}", name=op.f("claim_event_from_state_check")),
        sa.CheckConstraint(f"to_state IN {STATES}", name=op.f("claim_event_to_state_check")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.claim_id"], name=op.f("claim_event_claim_id_fkey")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.decision_id"], name=op.f("claim_event_decision_id_fkey")),
        sa.PrimaryKeyConstraint("claim_id", "revision", name=op.f("claim_event_pkey")),
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
    op.drop_table("claim_event")
    op.drop_table("review")
    op.drop_table("payment")
    op.drop_table("message")
    op.drop_table("decision")
    op.drop_table("impression")
    op.drop_table("claim")
    op.drop_table("register_import")
    op.drop_table("policy_version")
    op.drop_table("match_run")
    op.drop_table("life_event")
    op.drop_table("consent")
    op.drop_table("bank_entry")
    for table in KEPT:
        op.execute(f"DROP FUNCTION {table}_is_kept()")
