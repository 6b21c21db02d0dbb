"""Every table, with the constraints that hold whatever the code above forgets.

Money is integer fen. Times are timestamptz in UTC. States are text with a CHECK written from the enums of `domain`,
so that a state which the code does not know cannot be stored. What must not change once written (the text of a policy,
parameter or vocabulary version, a life event, a claim's events, a decision, the bank's statement) is guarded by
triggers, made along with the tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSON, JSONB

from catalogue.lifecycle import DraftEvent, DraftState
from domain.claim import CLOSED, ClaimEvent, ClaimState
from domain.decision import Verdict
from domain.facts import Audience
from domain.policy import DeliveryMode, Kind, Level, Verification

metadata = sa.MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "ck": "%(table_name)s_%(constraint_name)s_check",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    }
)

PAYMENT_STATES = ("sending", "accepted", "paid", "rejected", "returned", "disputed")
"""sending: the order may or may not have reached the bank; disputed: the bank holds another order under our id."""
LIVE_PAYMENT_STATES = ("sending", "accepted", "paid", "disputed")
"""States in which money has moved or may still move, so that no second payment of the claim may begin."""
SETTLEMENTS = ("payment", "provision")
"""How a granted claim is delivered: by the bank, or by the agency (a service, a tax relief)."""
ACTORS = ("subject", "system", "officer", "bank")
PURPOSES = ("offer", "inform", "claim", "payment")
OCCASIONS = ("shown", "push", "claim", "approval")
BANK_ENTRY_KINDS = ("settled", "rejected", "returned")
DRAFT_KINDS = ("policy", "parameter")
STANDING_CAUSES = ("loaded", "canary", "published", "rolled_back", "retired")


def _one_of(column: str, values: Iterable[str], name: str | None = None) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=name or column)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _json(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, JSONB(none_as_null=True), nullable=nullable)


def _policy_version_key() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["policy_id", "policy_version"], ["policy_version.policy_id", "policy_version.version"]
    )


policy_version = sa.Table(
    "policy_version",
    metadata,
    _text("policy_id"),
    sa.Column("version", sa.Integer, nullable=False),
    _text("audience"),
    _text("domain"),
    _text("kind"),
    _text("level"),
    _text("delivery_mode"),
    _text("verification"),
    _json("title"),
    sa.Column("effective_from", sa.Date, nullable=False),
    sa.Column("effective_to", sa.Date, nullable=True),
    _text("text"),  # the yaml of the file, as it was when this version was loaded
    _text("digest"),  # sha256 of text
    _moment("loaded_at"),
    sa.PrimaryKeyConstraint("policy_id", "version"),
    sa.CheckConstraint("version >= 1", name="version"),
    _one_of("audience", Audience),
    _one_of("kind", Kind),
    _one_of("level", Level),
    _one_of("delivery_mode", DeliveryMode),
    _one_of("verification", Verification),
)

parameter_version = sa.Table(
    "parameter_version",
    metadata,
    _text("name"),
    sa.Column("version", sa.Integer, nullable=False),  # counted by the database: files carry no number of their own
    _text("text"),  # yaml of this one parameter with all its dated values
    _text("digest"),  # sha256 of text
    _moment("loaded_at"),
    sa.PrimaryKeyConstraint("name", "version"),
    sa.CheckConstraint("version >= 1", name="version"),
)

vocabulary_version = sa.Table(
    "vocabulary_version",
    metadata,
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    _text("text"),  # the yaml of the file
    _text("digest"),  # sha256 of text
    _moment("loaded_at"),
    sa.CheckConstraint("version >= 1", name="version"),
)

match_run = sa.Table(
    "match_run",
    metadata,
    sa.Column("match_run_id", sa.Uuid, primary_key=True),
    _text("audience"),
    sa.Column("as_of", sa.Date, nullable=False),
    _text("snapshot_id"),
    _text("catalogue_digest"),
    _text("model_version", nullable=True),  # null: ordered by the published fallback
    sa.Column("subjects", sa.BigInteger, nullable=False),
    _json("verdicts"),  # {"eligible": n, "unknown": n, "ineligible": n}
    _moment("started_at"),
    _moment("finished_at"),
    _one_of("audience", Audience),
    sa.CheckConstraint("subjects >= 0", name="subjects"),
)

claim = sa.Table(
    "claim",
    metadata,
    sa.Column("claim_id", sa.Uuid, primary_key=True),
    _text("subject_id"),
    _text("audience"),
    _text("policy_id"),
    sa.Column("policy_version", sa.Integer, nullable=False),
    _text("period"),  # "once", "2026" or "2026-11"
    _text("delivery_mode"),
    _text("settlement"),
    sa.Column("amount_fen", sa.BigInteger, nullable=True),  # of this period; null: not known yet
    _text("state"),
    sa.Column("revision", sa.Integer, nullable=False),  # number of events so far; a stale writer's guard
    sa.Column("payment_attempts", sa.Integer, nullable=False, server_default="0"),
    _text("cause", nullable=True),  # code of the last refusal, return or delay
    _moment("due_at", nullable=True),  # when the worker must look at it again; null: it waits for nobody
    _moment("opened_at"),
    _moment("updated_at"),
    _policy_version_key(),
    _one_of("audience", Audience),
    _one_of("delivery_mode", DeliveryMode),
    _one_of("settlement", SETTLEMENTS),
    _one_of("state", ClaimState),
    sa.CheckConstraint("amount_fen >= 0", name="amount_fen"),
    sa.CheckConstraint("revision >= 1", name="revision"),
    sa.CheckConstraint("payment_attempts >= 0", name="payment_attempts"),
    sa.CheckConstraint(r"period ~ '^(once|\d{4}|\d{4}-\d{2})$'", name="period"),
)

sa.Index(
    "claim_one_live_per_period",
    claim.c.subject_id,
    claim.c.policy_id,
    claim.c.period,
    unique=True,
    postgresql_where=claim.c.state.not_in(sorted(CLOSED)),
)
sa.Index("claim_subject_id_idx", claim.c.subject_id, claim.c.policy_id, claim.c.period)
sa.Index("claim_due_idx", claim.c.state, claim.c.due_at, postgresql_where=claim.c.due_at.is_not(None))

decision = sa.Table(
    "decision",
    metadata,
    sa.Column("decision_id", sa.Uuid, primary_key=True),
    _text("subject_id"),
    _text("policy_id"),
    sa.Column("policy_version", sa.Integer, nullable=False),
    sa.Column("claim_id", sa.Uuid, sa.ForeignKey("claim.claim_id"), nullable=True, index=True),
    _text("occasion"),
    sa.Column("as_of", sa.Date, nullable=False),
    _text("verdict"),
    sa.Column("amount_fen", sa.BigInteger, nullable=True),
    _json("reasons"),  # Decision.to_json()["reasons"]
    _json("parameters"),  # {name: value as text}: the dated parameters of the rule, as they were on as_of
    _json("parameter_versions", nullable=True),  # {name: version} of the same
    # Null in both: made before vocabulary and parameters were kept, so it cannot be replayed.
    sa.Column("vocabulary_version", sa.Integer, sa.ForeignKey("vocabulary_version.version"), nullable=True),
    _text("snapshot_id"),  # of the features it was made from
    _text("catalogue_digest"),
    _text("model_version", nullable=True),
    sa.Column("match_run_id", sa.Uuid, sa.ForeignKey("match_run.match_run_id"), nullable=True),
    _moment("made_at"),
    _policy_version_key(),
    _one_of("occasion", OCCASIONS),
    _one_of("verdict", Verdict),
    sa.CheckConstraint("amount_fen >= 0", name="amount_fen"),
)
sa.Index("decision_subject_id_idx", decision.c.subject_id, decision.c.made_at)

claim_event = sa.Table(
    "claim_event",
    metadata,
    sa.Column("claim_id", sa.Uuid, sa.ForeignKey("claim.claim_id"), nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    _text("event"),
    _text("from_state", nullable=True),
    _text("to_state"),
    _text("actor"),
    _text("cause", nullable=True),
    sa.Column("decision_id", sa.Uuid, sa.ForeignKey("decision.decision_id"), nullable=True),
    _moment("at"),
    sa.PrimaryKeyConstraint("claim_id", "revision"),
    _one_of("event", ClaimEvent),
    _one_of("from_state", ClaimState),
    _one_of("to_state", ClaimState),
    _one_of("actor", ACTORS),
)

message = sa.Table(
    "message",
    metadata,
    sa.Column("message_id", sa.Uuid, primary_key=True),  # made from its cause, so that one cause tells once
    _text("subject_id"),
    _text("audience"),
    _text("purpose"),
    _text("channel"),
    _text("policy_id"),
    sa.Column("policy_version", sa.Integer, nullable=False),
    sa.Column("claim_id", sa.Uuid, sa.ForeignKey("claim.claim_id"), nullable=True, index=True),
    _text("period"),
    _text("template"),
    _json("content"),  # {"zh": {"title", "body"}, "en": {...}}
    sa.Column("match_run_id", sa.Uuid, sa.ForeignKey("match_run.match_run_id"), nullable=True),
    sa.Column("rank", sa.Integer, nullable=True),
    _moment("created_at"),
    _moment("read_at", nullable=True),
    _policy_version_key(),
    _one_of("audience", Audience),
    _one_of("purpose", PURPOSES),
    _one_of("channel", ("inbox",)),
    sa.CheckConstraint("rank >= 1", name="rank"),
)
sa.Index("message_inbox_idx", message.c.subject_id, message.c.created_at.desc())
sa.Index("message_told_idx", message.c.created_at, message.c.purpose, message.c.subject_id)

payment = sa.Table(
    "payment",
    metadata,
    sa.Column("payment_id", sa.Uuid, primary_key=True),  # made from claim and attempt; the bank is idempotent on it
    sa.Column("claim_id", sa.Uuid, sa.ForeignKey("claim.claim_id"), nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    _text("payee"),
    sa.Column("amount_fen", sa.BigInteger, nullable=False),
    _text("state"),
    _text("cause", nullable=True),
    _moment("due_at", nullable=True),  # when to ask the bank about it; null: its end is known
    _moment("created_at"),
    _moment("settled_at", nullable=True),
    _moment("returned_at", nullable=True),
    sa.UniqueConstraint("claim_id", "attempt"),
    _one_of("state", PAYMENT_STATES),
    sa.CheckConstraint("amount_fen > 0", name="amount_fen"),
    sa.CheckConstraint("attempt >= 1", name="attempt"),
)
sa.Index(
    "payment_one_live_per_claim",
    payment.c.claim_id,
    unique=True,
    postgresql_where=payment.c.state.in_(LIVE_PAYMENT_STATES),
)
sa.Index("payment_due_idx", payment.c.due_at, postgresql_where=payment.c.due_at.is_not(None))

bank_entry = sa.Table(
    "bank_entry",
    metadata,
    _text("book_id"),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Column("payment_id", sa.Uuid, nullable=False),  # no foreign key: an entry we cannot match is kept and shown
    _text("kind"),
    sa.Column("amount_fen", sa.BigInteger, nullable=False),
    _text("cause", nullable=True),
    _moment("at"),
    _moment("read_at"),
    sa.PrimaryKeyConstraint("book_id", "sequence"),
    _one_of("kind", BANK_ENTRY_KINDS),
    sa.CheckConstraint("amount_fen >= 0", name="amount_fen"),
)

review = sa.Table(
    "review",
    metadata,
    sa.Column("review_id", sa.Uuid, primary_key=True),
    sa.Column("claim_id", sa.Uuid, sa.ForeignKey("claim.claim_id"), nullable=False, unique=True),
    _text("subject_id"),
    _text("policy_id"),
    sa.Column("grade", sa.SmallInteger, nullable=False),  # 1 very dissatisfied ... 5 very satisfied
    _text("words"),
    _moment("created_at"),
    sa.CheckConstraint("grade BETWEEN 1 AND 5", name="grade"),
    sa.CheckConstraint("length(words) <= 2000", name="words"),
)

impression = sa.Table(
    "impression",
    metadata,
    sa.Column("slate_id", sa.Uuid, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    _text("subject_id"),
    _text("audience"),
    _text("policy_id"),
    sa.Column("policy_version", sa.Integer, nullable=False),
    _text("surface"),
    sa.Column("propensity", sa.Float, nullable=False),
    sa.Column("amount_fen", sa.BigInteger, nullable=True),
    _text("model_version", nullable=True),
    _moment("shown_at"),
    sa.PrimaryKeyConstraint("slate_id", "position"),
    _policy_version_key(),
    _one_of("audience", Audience),
    _one_of("surface", ("home", "inbox")),
    sa.CheckConstraint('"position" >= 1', name="position"),
    sa.CheckConstraint("propensity > 0 AND propensity <= 1", name="propensity"),
    sa.CheckConstraint("amount_fen >= 0", name="amount_fen"),
)
sa.Index("impression_shown_at_idx", impression.c.audience, impression.c.shown_at)

life_event = sa.Table(
    "life_event",
    metadata,
    sa.Column("event_id", sa.Uuid, primary_key=True),
    _text("subject_id"),
    _text("audience"),
    _text("kind"),
    _json("changes"),  # {fact: value}; null in a value: the fact became unknown
    sa.Column("as_of", sa.Date, nullable=False),
    _moment("received_at"),
    _one_of("audience", Audience),
    sa.CheckConstraint("jsonb_typeof(changes) = 'object'", name="changes"),
)
sa.Index("life_event_subject_id_idx", life_event.c.subject_id, life_event.c.as_of)

register_import = sa.Table(
    "register_import",
    metadata,
    _text("import_id"),
    _text("register"),
    _text("audience"),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("quarantined", sa.BigInteger, nullable=False),
    _json("report"),
    _moment("imported_at"),
    sa.PrimaryKeyConstraint("import_id"),
    _one_of("audience", Audience),
    sa.CheckConstraint("rows >= 0 AND quarantined >= 0", name="rows"),
)

consent = sa.Table(
    "consent",
    metadata,
    _text("subject_id"),
    _text("purpose"),
    _text("channel"),
    sa.Column("granted", sa.Boolean, nullable=False),
    _moment("changed_at"),
    sa.PrimaryKeyConstraint("subject_id", "purpose", "channel"),
    _one_of("purpose", ("offer",)),  # notices about one's own claims are not advertising and always arrive
    _one_of("channel", ("inbox",)),
)

agency = sa.Table(
    "agency",
    metadata,
    _text("agency_id"),  # its Chinese name, as policies give it
    sa.Column("citywide", sa.Boolean, nullable=False),  # looks after the policies of all agencies
    _moment("added_at"),
    sa.PrimaryKeyConstraint("agency_id"),
)

officer = sa.Table(
    "officer",
    metadata,
    _text("officer_id"),
    _text("name"),
    sa.Column("agency_id", sa.Text, sa.ForeignKey("agency.agency_id"), nullable=False),
    _json("roles"),  # a list of words
    sa.Column("active", sa.Boolean, nullable=False),
    _moment("changed_at"),
    sa.PrimaryKeyConstraint("officer_id"),
    sa.CheckConstraint(r"officer_id ~ '^[a-z0-9][a-z0-9._-]{0,63}$'", name="officer_id"),
    sa.CheckConstraint("jsonb_typeof(roles) = 'array'", name="roles"),
)

sign_in_code = sa.Table(
    "sign_in_code",
    metadata,
    _text("digest"),  # sha256 of the code: who reads the table cannot sign in
    sa.Column("officer_id", sa.Text, sa.ForeignKey("officer.officer_id"), nullable=False),
    _moment("expires_at"),
    _moment("used_at", nullable=True),
    sa.PrimaryKeyConstraint("digest"),
)

audit_entry = sa.Table(
    "audit_entry",
    metadata,
    sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
    _moment("at"),
    _text("who"),  # an officer's id, or "system"
    _text("act"),
    _text("about"),
    sa.Column("data", JSON, nullable=False),  # not JSONB, which would write some numbers otherwise than they were
    _text("previous"),  # digest of the entry before; of the first: 64 zeros
    _text("digest"),
    sa.CheckConstraint("sequence >= 1", name="sequence"),
)
sa.Index("audit_entry_about_idx", audit_entry.c.about, audit_entry.c.sequence)

draft = sa.Table(
    "draft",
    metadata,
    sa.Column("draft_id", sa.Uuid, primary_key=True),
    _text("kind"),
    _text("policy_id"),  # of a parameter's draft: the parameter's name
    _text("agency_id"),
    _json("title"),  # as the newest text that could be read has it
    _text("state"),
    sa.Column("revision", sa.Integer, nullable=False),  # of the text; a stale writer's guard
    sa.Column("base_version", sa.Integer, nullable=True),  # what served when it was begun; null: nothing did
    sa.Column("version", sa.Integer, nullable=True),  # what the newest text that could be read calls itself
    _text("author"),
    _text("editor"),  # of the newest revision
    sa.Column("impact_id", sa.Uuid, nullable=True),  # no foreign key: impacts point here already
    _text("approved_by", nullable=True),
    _moment("approved_at", nullable=True),
    sa.Column("publish_on", sa.Date, nullable=True),
    sa.Column("canary_percent", sa.SmallInteger, nullable=True),  # null: everybody at once
    _moment("created_at"),
    _moment("updated_at"),
    _one_of("kind", DRAFT_KINDS),
    _one_of("state", DraftState),
    sa.CheckConstraint("revision >= 1", name="revision"),
    sa.CheckConstraint("canary_percent BETWEEN 1 AND 99", name="canary_percent"),
    sa.CheckConstraint("(approved_by IS NULL) = (approved_at IS NULL)", name="approved"),
    sa.CheckConstraint(
        "approved_by IS NOT NULL AND impact_id IS NOT NULL"
        " OR state NOT IN ('approved', 'scheduled', 'canary', 'published', 'superseded', 'retired')",
        name="approval",
    ),
)
sa.Index("draft_agency_id_idx", draft.c.agency_id, draft.c.state)
sa.Index("draft_policy_id_idx", draft.c.policy_id)

draft_revision = sa.Table(
    "draft_revision",
    metadata,
    sa.Column("draft_id", sa.Uuid, sa.ForeignKey("draft.draft_id"), nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    _text("text"),
    _text("digest"),  # sha256 of text
    _text("editor"),
    _moment("at"),
    sa.PrimaryKeyConstraint("draft_id", "revision"),
)

draft_event = sa.Table(
    "draft_event",
    metadata,
    sa.Column("draft_id", sa.Uuid, sa.ForeignKey("draft.draft_id"), nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),
    _text("event"),
    _text("from_state", nullable=True),
    _text("to_state"),
    sa.Column("revision", sa.Integer, nullable=False),
    _text("officer_id"),  # or "system"
    _text("note"),
    _moment("at"),
    sa.PrimaryKeyConstraint("draft_id", "sequence"),
    _one_of("event", DraftEvent),
    _one_of("from_state", DraftState),
    _one_of("to_state", DraftState),
)

impact = sa.Table(
    "impact",
    metadata,
    sa.Column("impact_id", sa.Uuid, primary_key=True),
    sa.Column("draft_id", sa.Uuid, sa.ForeignKey("draft.draft_id"), nullable=False, index=True),
    sa.Column("revision", sa.Integer, nullable=False),
    _text("snapshot_id"),
    _json("figures"),  # Impact.to_json()
    _text("made_by"),
    _moment("made_at"),
)

standing = sa.Table(
    "standing",
    metadata,
    sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),  # of all policies, without a gap
    _text("policy_id"),  # the newest row of a policy counts
    sa.Column("version", sa.Integer, nullable=True),  # null: nobody is served, or the canary's share alone
    sa.Column("last_day", sa.Date, nullable=True),  # after it the version serves nobody: it is retired
    sa.Column("canary_version", sa.Integer, nullable=True),
    sa.Column("canary_percent", sa.SmallInteger, nullable=True),
    _text("cause"),
    sa.Column("restores", sa.BigInteger, nullable=True),  # of a rollback: the row that holds again
    _text("reason"),
    sa.Column("draft_id", sa.Uuid, sa.ForeignKey("draft.draft_id"), nullable=True),
    _text("officer_id"),  # or "system"
    _moment("at"),
    sa.ForeignKeyConstraint(["policy_id", "version"], ["policy_version.policy_id", "policy_version.version"]),
    sa.ForeignKeyConstraint(["policy_id", "canary_version"], ["policy_version.policy_id", "policy_version.version"]),
    _one_of("cause", STANDING_CAUSES),
    sa.CheckConstraint("canary_percent BETWEEN 1 AND 99", name="canary_percent"),
    sa.CheckConstraint("(canary_version IS NULL) = (canary_percent IS NULL)", name="canary"),
)
sa.Index("standing_policy_id_idx", standing.c.policy_id, standing.c.sequence)


budget_draw = sa.Table(
    "budget_draw",
    metadata,
    _text("policy_id"),
    sa.Column("period_from", sa.Date, nullable=False),  # first day of the budget's period
    _text("seed"),
    sa.Column("entrants", sa.Integer, nullable=False),
    _text("entrants_digest"),
    _text("officer_id"),
    _moment("drawn_at"),
    sa.PrimaryKeyConstraint("policy_id", "period_from"),
    sa.CheckConstraint("entrants >= 0", name="entrants"),
)


def _guard(table: sa.Table, advice: str) -> None:
    """Refuse every UPDATE, DELETE and TRUNCATE of the table: what is in it was relied on."""
    name = f"{table.name}_is_kept"
    refusal = f"{table.name} is kept as it was written, {advice}"
    made = [
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$BEGIN RAISE EXCEPTION '{refusal}' USING ERRCODE = 'restrict_violation'; END$$",
        f"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE OR TRUNCATE ON {table.name} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
    ]
    sa.event.listen(table, "after_create", _running(*made))
    sa.event.listen(table, "after_drop", _running(f"DROP FUNCTION IF EXISTS {name}()"))


def _running(*statements: str) -> Callable[..., None]:
    def run(_: sa.Table, connection: sa.Connection, **__: object) -> None:
        for statement in statements:
            connection.execute(sa.text(statement))

    return run


_guard(policy_version, "load a new version")
_guard(parameter_version, "load a new version")
_guard(vocabulary_version, "load a new version")
_guard(life_event, "report another event")
_guard(claim_event, "add an event")
_guard(decision, "decide anew")
_guard(bank_entry, "the bank corrects by a new entry")
_guard(audit_entry, "add an entry")
_guard(draft_revision, "save another revision")
_guard(draft_event, "add an event")
_guard(impact, "simulate anew")
_guard(standing, "add a row")
_guard(budget_draw, "lots are drawn once")
