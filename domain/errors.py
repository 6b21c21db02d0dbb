"""Every failure that a person can cause or meet: data about it, and what to do next.

An error's text is part of the interface: it says what is wrong with which value, then the next step. The API maps
`http_status` and `code` to problem+json in one place, the command line prints `message` and `next_step`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


class DuixianError(Exception):
    """A failure with a stable `code`, a message, the next step for the reader, and the data it is about."""

    code: ClassVar[str] = "duixian-error"
    http_status: ClassVar[int] = 400

    def __init__(self, message: str, *, next_step: str, **data: object) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step
        self.data = data

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}"


@dataclass(frozen=True, order=True)
class Problem:
    """One finding in a file that people write; line and column count from 1."""

    file: str
    line: int
    column: int
    message: str
    next_step: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message} {self.next_step}"


# Rules and the words they are written in


class UnknownFact(DuixianError):
    code = "unknown-fact"

    def __init__(self, name: str, *, where: str = "", did_you_mean: str | None = None) -> None:
        hint = (
            f"Did you mean {did_you_mean!r}?"
            if did_you_mean
            else "The known facts are listed in catalogue/vocabulary.yaml."
        )
        place = f" of {where}" if where else ""
        super().__init__(f"There is no fact {name!r}{place}.", next_step=hint, fact=name, did_you_mean=did_you_mean)


class UnknownParameter(DuixianError):
    code = "unknown-parameter"

    def __init__(self, name: str, *, did_you_mean: str | None = None) -> None:
        hint = f"Did you mean 'param.{did_you_mean}'?" if did_you_mean else "Add it under catalogue/parameters/."
        super().__init__(f"There is no parameter {name!r}.", next_step=hint, parameter=name, did_you_mean=did_you_mean)


class ParameterExpired(DuixianError):
    code = "parameter-expired"
    http_status = 409

    def __init__(self, name: str, as_of: object) -> None:
        super().__init__(
            f"Parameter {name!r} has no value on {as_of}.",
            next_step="Add the value in force on that date, with its document, to catalogue/parameters/.",
            parameter=name,
            as_of=str(as_of),
        )


class ClauseSyntax(DuixianError):
    """A clause that the grammar refuses; `column` counts from 1 within `text`, `path` leads to it in the rule.

    `fault` says what is wrong where more is known than the place: of a branch, which has no columns, always.
    """

    code = "clause-syntax"

    def __init__(
        self, text: str, column: int, expected: str, *, path: tuple[str | int, ...] = (), fault: str | None = None
    ) -> None:
        super().__init__(
            fault or f"{text!r} cannot be read at column {column}.",
            next_step=f"Expected {expected}.",
            text=text,
            column=column,
            path=path,
        )
        self.text = text
        self.column = column
        self.expected = expected
        self.path = path


class TypeMismatch(DuixianError):
    code = "type-mismatch"


class UnitMismatch(DuixianError):
    code = "unit-mismatch"


class CatalogueInvalid(DuixianError):
    """All problems of all catalogue files at once, so that an officer mends them in one go."""

    code = "catalogue-invalid"

    def __init__(
        self,
        problems: list[Problem],
        *,
        next_step: str = "Mend these lines and run 'duixian catalogue check' again; nothing was loaded.",
    ) -> None:
        self.problems = sorted(problems)
        lines = "\n".join(str(problem) for problem in self.problems)
        super().__init__(
            f"The catalogue has {len(problems)} problem{'' if len(problems) == 1 else 's'}:\n{lines}\n",
            next_step=next_step,
            problems=[str(problem) for problem in self.problems],
        )


class BundleInvalid(DuixianError):
    """Options or combinations of which no lawful bundle can be made."""

    code = "bundle-invalid"
    http_status = 422


class BundleUnsolved(DuixianError):
    """The solver stopped short, or what it found does not hold when checked."""

    code = "bundle-unsolved"
    http_status = 500

    def __init__(self, detail: str) -> None:
        super().__init__(
            f"The best lawful bundle was not found: {detail}",
            next_step="Nothing was decided. Report this with the options and combinations.",
            detail=detail,
        )


# People, their facts and the files these come in


class UnknownSubject(DuixianError):
    code = "unknown-subject"
    http_status = 404

    def __init__(self, subject_id: str) -> None:
        super().__init__(
            f"There is no subject {subject_id!r}.",
            next_step="Check the id; new subjects appear after their register is imported and materialised.",
            subject_id=subject_id,
        )


class UnknownPolicy(DuixianError):
    code = "unknown-policy"
    http_status = 404

    def __init__(self, policy_id: str, *, did_you_mean: str | None = None) -> None:
        hint = f"Did you mean {did_you_mean!r}?" if did_you_mean else "'duixian catalogue list' shows all policies."
        super().__init__(
            f"There is no policy {policy_id!r}.", next_step=hint, policy_id=policy_id, did_you_mean=did_you_mean
        )


class UnknownClaim(DuixianError):
    """No such claim, or not this subject's: both look the same from outside, since ids never authorise."""

    code = "unknown-claim"
    http_status = 404

    def __init__(self, claim_id: str) -> None:
        super().__init__(
            f"There is no claim {claim_id!r} of yours.",
            next_step="The claims you can see are listed in your inbox.",
            claim_id=claim_id,
        )


class ProfileInvalid(DuixianError):
    code = "profile-invalid"
    http_status = 422


class RegisterInvalid(DuixianError):
    code = "register-invalid"


class MappingInvalid(DuixianError):
    code = "mapping-invalid"


class DataDamaged(DuixianError):
    code = "data-damaged"
    http_status = 500

    def __init__(self, path: object, detail: str = "") -> None:
        super().__init__(
            f"{path} cannot be read{': ' + detail if detail else '.'}",
            next_step="The file is damaged or cut short: fetch or generate it again; nothing was changed.",
            path=str(path),
        )


class CityMissing(DuixianError):
    code = "city-missing"
    http_status = 503


class WideTableStale(DuixianError):
    """A wide table that was made with other words or parameters than the rules at hand are read with."""

    code = "wide-table-stale"
    http_status = 409


# Models


class ModelMissing(DuixianError):
    code = "model-missing"
    http_status = 503


class ModelInvalid(DuixianError):
    code = "model-invalid"
    http_status = 503


class TrainingDataInvalid(DuixianError):
    """Impressions, facts or policies from which no ranker can be learned or judged."""

    code = "training-data-invalid"
    http_status = 422


class GateFailed(DuixianError):
    """A model version that must not be served yet; `findings` says which bar it misses and by how much."""

    code = "gate-failed"
    http_status = 409

    def __init__(self, model: str, version: int, findings: list[str]) -> None:
        self.findings = findings
        super().__init__(
            f"Version {version} of {model} is not promoted: " + "; ".join(findings) + ".",
            next_step="The champion keeps serving. Train on more or better impressions, evaluate again, then promote.",
            model=model,
            version=version,
            findings=findings,
        )


# Delivery


class IllegalTransition(DuixianError):
    code = "illegal-transition"
    http_status = 409

    def __init__(self, state: object, event: object) -> None:
        super().__init__(
            f"A claim that is {state or 'not yet begun'} cannot be changed by {event!s}.",
            next_step="Read the claim's timeline to see what has already happened to it.",
            state=str(state),
            event=str(event),
        )


class NotEligible(DuixianError):
    code = "not-eligible"
    http_status = 409


class BankUnavailable(DuixianError):
    code = "bank-unavailable"
    http_status = 503


class DatabaseUnavailable(DuixianError):
    code = "database-unavailable"
    http_status = 503


# Access


class TokenInvalid(DuixianError):
    code = "token-invalid"
    http_status = 401


# What storage and delivery refuse


class UnknownMessage(DuixianError):
    """No such message, or not this subject's: both look the same from outside."""

    code = "unknown-message"
    http_status = 404

    def __init__(self, message_id: object) -> None:
        super().__init__(
            f"There is no message {str(message_id)!r} of yours.",
            next_step="The messages you can read are listed in your inbox.",
            message_id=str(message_id),
        )


class PolicyVersionFixed(DuixianError):
    """A version that was loaded once has decisions resting on its text, so the text cannot change."""

    code = "policy-version-fixed"
    http_status = 409

    def __init__(self, policy_id: str, version: int, *, newest: int | None = None) -> None:
        super().__init__(
            f"Version {version} of policy {policy_id!r} is loaded already, with another text.",
            next_step=f"Raise 'version' in the policy's file to {(newest or version) + 1} and load it again.",
            policy_id=policy_id,
            version=version,
        )


class CatalogueNotLoaded(DuixianError):
    """Decisions are stored by what was loaded, and nothing was, or not all that a decision names."""

    code = "catalogue-not-loaded"
    http_status = 503


class VersionAltered(DuixianError):
    """A text that is kept for good is not the one that was loaded: somebody went past the database's guards."""

    code = "version-altered"
    http_status = 500

    def __init__(self, what: str) -> None:
        super().__init__(
            f"The text of {what} is not what was loaded: its digest is another.",
            next_step="Find out who changed the database, and restore it from a backup.",
            version=what,
        )


class VersionUnreadable(DuixianError):
    """A text that was loaded by an older program and that this one no longer understands."""

    code = "version-unreadable"
    http_status = 409

    def __init__(self, what: str, problems: list[Problem]) -> None:
        more = f" ({len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(
            f"This program cannot read {what} any more: {problems[0]}{more}",
            next_step="Replay with the release of Duixian that was in use then, on a copy of the database.",
            version=what,
            problems=[str(problem) for problem in problems],
        )


class UnknownVocabulary(DuixianError):
    code = "unknown-vocabulary"
    http_status = 404

    def __init__(self, version: int) -> None:
        super().__init__(
            f"No vocabulary version {version} was loaded.",
            next_step="Restore the database from a backup that has it.",
            version=version,
        )


class UnknownDecision(DuixianError):
    code = "unknown-decision"
    http_status = 404

    def __init__(self, decision_id: object) -> None:
        super().__init__(
            f"There is no decision {str(decision_id)!r}.",
            next_step="'duixian replay --subject SUBJECT' lists those about one subject.",
            decision_id=str(decision_id),
        )


class SnapshotMissing(DuixianError):
    """The wide table from which a decision was made, or the subject's row in it, is gone."""

    code = "snapshot-missing"
    http_status = 409


class ConsultationDraft(DuixianError):
    """What was only put out for comment (征求意见稿) binds nobody, and is never published."""

    code = "consultation-draft"
    http_status = 409

    def __init__(self, policy_id: str, document: str) -> None:
        super().__init__(
            f"Policy {policy_id!r} rests on a draft put out for comment, {document!r}, which binds nobody.",
            next_step="Try it out with 'duixian impact FILE'. Publish it once the final text is issued: read that,"
            " mend the file, and take 'consultation: true' out of its document.",
            policy_id=policy_id,
            document=document,
        )


class PolicyVersionNotDue(DuixianError):
    """A version whose loading would serve nobody, or would end a version that is still in force."""

    code = "policy-version-not-due"
    http_status = 409


class ReviewInvalid(DuixianError):
    code = "review-invalid"
    http_status = 422


class MigrationDrift(DuixianError):
    """The migrations do not build what storage/tables.py says."""

    code = "migration-drift"
    http_status = 500


# What the API refuses


class NotClaimable(DuixianError):
    """A policy that is told but handled elsewhere, or one that is not in force or not for this audience."""

    code = "not-claimable"
    http_status = 409


class LifeEventInvalid(DuixianError):
    code = "life-event-invalid"
    http_status = 422


class ScopeMissing(DuixianError):
    code = "scope-missing"
    http_status = 403

    def __init__(self, scope: str, *, next_step: str) -> None:
        super().__init__(f"This token does not carry the scope {scope!r}.", next_step=next_step, scope=scope)


# The workbench


class NotAllowed(DuixianError):
    """An officer's roles, or another agency's policy, stand in the way."""

    code = "not-allowed"
    http_status = 403

    def __init__(self, officer_id: str, act: str, agency_id: str | None, roles: list[str]) -> None:
        where = f" for {agency_id!r}" if agency_id else ""
        super().__init__(
            f"{officer_id!r} ({', '.join(roles) or 'no role'}) may not {act.replace('_', ' ')}{where}.",
            next_step="Ask somebody who may, or an administrator for the role ('duixian officer').",
            officer_id=officer_id,
            act=act,
            agency_id=agency_id,
            roles=roles,
        )


class OwnDraft(DuixianError):
    """Nobody approves what went through their own hands."""

    code = "own-draft"
    http_status = 403

    def __init__(self, officer_id: str) -> None:
        super().__init__(
            f"{officer_id!r} wrote or edited this draft and cannot approve it.",
            next_step="Ask another reviewer of the agency.",
            officer_id=officer_id,
        )


class UnknownOfficer(DuixianError):
    code = "unknown-officer"
    http_status = 404

    def __init__(self, officer_id: str) -> None:
        super().__init__(
            f"There is no active officer {officer_id!r}.",
            next_step="'duixian officer list' shows who there is.",
            officer_id=officer_id,
        )


class UnknownAgency(DuixianError):
    code = "unknown-agency"
    http_status = 404

    def __init__(self, agency_id: str, *, did_you_mean: str | None = None) -> None:
        super().__init__(
            f"There is no agency {agency_id!r}.",
            next_step=f"Did you mean {did_you_mean!r}?" if did_you_mean else "Add it with 'duixian officer agency'.",
            agency_id=agency_id,
            did_you_mean=did_you_mean,
        )


class OfficerInvalid(DuixianError):
    code = "officer-invalid"
    http_status = 422


class SignInRefused(DuixianError):
    """A code that never was, was used, or is over; which of these is not told."""

    code = "sign-in-refused"
    http_status = 401

    def __init__(self) -> None:
        super().__init__(
            "This sign-in code does not work, or no longer.",
            next_step="Ask an administrator for a new one ('duixian officer code NAME').",
        )


class ExchangeConflict(DuixianError):
    """Files and database were both changed since they agreed; neither is overwritten."""

    code = "exchange-conflict"
    http_status = 409

    def __init__(self, conflicts: Sequence[str]) -> None:
        shown = "\n".join(conflicts)
        super().__init__(
            f"Files and database contradict each other, so nothing was changed:\n{shown}\n",
            next_step="Settle each by hand: take in what the other side changed and raise 'version', or put the file"
            " back.",
            conflicts=list(conflicts),
        )


class DrawRefused(DuixianError):
    """Lots that cannot be drawn: no lottery, too early, drawn already, or no seed."""

    code = "draw-refused"
    http_status = 409


class AuditBroken(DuixianError):
    """The log is not what was written; `data` names the first entry that differs."""

    code = "audit-broken"
    http_status = 500


class UnknownDraft(DuixianError):
    code = "unknown-draft"
    http_status = 404

    def __init__(self, draft_id: object) -> None:
        super().__init__(
            f"There is no draft {str(draft_id)!r}.",
            next_step="The drafts that you can read are listed in the workbench.",
            draft_id=str(draft_id),
        )


class UnknownImpact(DuixianError):
    code = "unknown-impact"
    http_status = 404

    def __init__(self, draft_id: object, impact_id: object) -> None:
        super().__init__(
            f"The draft {str(draft_id)!r} has no impact {str(impact_id)!r}.",
            next_step="All that were worked out for it are listed beside it.",
            draft_id=str(draft_id),
            impact_id=str(impact_id),
        )


class DraftInvalid(DuixianError):
    """A text that cannot be kept as a draft, or does not say whose it is."""

    code = "draft-invalid"
    http_status = 422


class DraftMoved(DuixianError):
    """A draft is in another state than the act needs, mostly because somebody was quicker."""

    code = "draft-moved"
    http_status = 409

    def __init__(self, state: object, event: object) -> None:
        super().__init__(
            f"A draft that is {str(state or 'not begun').replace('_', ' ')} allows no {str(event).replace('_', ' ')}.",
            next_step="Open the draft again: its timeline shows what happened to it meanwhile.",
            state=str(state),
            event=str(event),
        )


class DraftChanged(DuixianError):
    """Somebody else saved a newer text; nothing is overwritten, and `data` holds theirs to compare with."""

    code = "draft-changed"
    http_status = 409

    def __init__(self, draft_id: object, editor: str, revision: int, text: str) -> None:
        super().__init__(
            f"{editor!r} saved revision {revision} of this draft meanwhile; yours is kept from overwriting it.",
            next_step="Compare the two texts, take over what you need, and save on top of the newest revision.",
            draft_id=str(draft_id),
            editor=editor,
            revision=revision,
            text=text,
        )


class ImpactStale(DuixianError):
    """What was read before approval is no longer what would happen; `causes` names each reason."""

    code = "impact-stale"
    http_status = 409

    def __init__(self, draft_id: object, causes: list[str]) -> None:
        self.causes = causes
        super().__init__(
            "The impact is no longer what was read: " + "; ".join(causes) + ".",
            next_step="Simulate the draft again, and have the new figures approved.",
            draft_id=str(draft_id),
            causes=causes,
        )


class PushToEveryone(DuixianError):
    """A rule that would tell a large part of the audience is approved only by whoever writes the number down."""

    code = "push-to-everyone"
    http_status = 409

    def __init__(self, messages: int, subjects: int, confirmed: int | None) -> None:
        super().__init__(
            f"This would send {messages:,} messages to an audience of {subjects:,}"
            + ("." if confirmed is None else f", but {confirmed:,} were confirmed."),
            next_step=f"Read the impact once more; if it is meant, confirm with the number {messages}.",
            messages=messages,
            subjects=subjects,
            confirmed=confirmed,
        )


class ReleaseInvalid(DuixianError):
    """A day or share with which nothing can be released, or a last day that is over."""

    code = "release-invalid"
    http_status = 422


class StandingMoved(DuixianError):
    """What serves is no longer what the officer looked at."""

    code = "standing-moved"
    http_status = 409

    def __init__(self, policy_id: str, sequence: int) -> None:
        super().__init__(
            f"What serves of {policy_id!r} has changed meanwhile (change {sequence}).",
            next_step="Look at it again before you change it.",
            policy_id=policy_id,
            sequence=sequence,
        )


class NothingToRollBack(DuixianError):
    code = "nothing-to-roll-back"
    http_status = 409

    def __init__(self, policy_id: str) -> None:
        super().__init__(
            f"Nothing served before what serves of {policy_id!r} now.",
            next_step="To end it, retire it with its last day.",
            policy_id=policy_id,
        )


class PublishThroughWorkbench(DuixianError):
    """Once officers work here, files change what serves only as drafts that somebody else approves."""

    code = "publish-through-workbench"
    http_status = 409

    def __init__(self, changed: list[str]) -> None:
        shown = ", ".join(changed[:5]) + (f" and {len(changed) - 5} more" if len(changed) > 5 else "")
        super().__init__(
            f"Officers work here, so that files are not loaded past them; changed or new: {shown}.",
            next_step="Bring them in as drafts ('duixian catalogue import'), and have them approved.",
            changed=changed,
        )


class RequestInvalid(DuixianError):
    """A field that no page of ours would send."""

    code = "request-invalid"
    http_status = 422

    def __init__(self, field: str) -> None:
        super().__init__(
            f"The field {field!r} cannot be read.", next_step="Load the page again and send it from there.", field=field
        )


class RuleNotShown(DuixianError):
    """A text whose rule has no shape of `all`, `any`, `not` and `at_least`, so that no form can show it."""

    code = "rule-not-shown"
    http_status = 422

    def __init__(self) -> None:
        super().__init__(
            "The rule under 'eligibility' cannot be shown as a form.",
            next_step="Mend it in the text: clauses below 'all', 'any', 'not' or 'at_least'.",
        )


class DetailNotWritten(DuixianError):
    """A change to a policy's details that its text has no safe place for: nothing of it was written."""

    code = "detail-not-written"
    http_status = 422

    def __init__(self) -> None:
        super().__init__(
            "The text is written in a way that the form cannot change safely; nothing was changed.",
            next_step="Make this change in the text.",
        )


class FormActInvalid(DuixianError):
    """A form that was not made here, or an act on a part that it does not have."""

    code = "form-act-invalid"
    http_status = 422

    def __init__(self, act: str) -> None:
        super().__init__(
            f"The form could not do {act[:40]!r}.", next_step="Load the page again; the text is kept.", act=act[:40]
        )


# Processes


class ChildFailed(DuixianError):
    code = "child-failed"
    http_status = 500


class AddressTaken(DuixianError):
    code = "address-taken"
    http_status = 500


class FileRefused(DuixianError):
    """The operating system refuses a file or folder."""

    code = "file-refused"
    http_status = 500


class SettingInvalid(DuixianError):
    """An environment variable of ours that is unknown or has no value that can be used."""

    code = "setting-invalid"
    http_status = 500


class TokenKeyWeak(DuixianError):
    """A key that is short enough to be guessed offline from one token."""

    code = "token-key-weak"
    http_status = 500

    def __init__(self, minimum_bytes: int) -> None:
        super().__init__(
            f"The key that signs tokens has fewer than {minimum_bytes} bytes.",
            next_step=f"Set DUIXIAN_TOKEN_KEY to {minimum_bytes} or more random bytes.",
            minimum_bytes=minimum_bytes,
        )


# The feature store


class FeaturesMissing(DuixianError):
    code = "features-missing"
    http_status = 503
