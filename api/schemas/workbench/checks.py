"""What a draft's text is like: faults with their places, failed cases, findings, its ladder and what it changes."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field

from api.labels import DELIVERY_LABELS
from api.schemas.base import Answer, Label, example
from api.schemas.workbench.drafts import DRAFT, DraftSummary
from catalogue.changes import Change
from catalogue.checks import CaseFailure, CaseGap
from catalogue.ladder import Ladder
from catalogue.lint.findings import Finding, Severity
from domain import errors
from domain.policy import DeliveryMode
from workbench.records import Checked


class Fault(Answer):
    """Something in the text that cannot be read; line and column count from 1."""

    line: int
    column: int
    message: str
    next_step: str

    @classmethod
    def of(cls, problem: errors.Problem) -> Fault:
        return cls(line=problem.line, column=problem.column, message=problem.message, next_step=problem.next_step)


class FailedCase(Answer):
    """A case of the policy's own that comes out otherwise."""

    case: str
    line: int
    executor: str = Field(description="Which matcher got it so.")
    expected: str
    got: str

    @classmethod
    def of(cls, failure: CaseFailure) -> FailedCase:
        return cls(
            case=failure.case,
            line=failure.line,
            executor=failure.executor,
            expected=failure.expected,
            got=failure.got,
        )


class CaseGapAnswer(Answer):
    """A clause that could be another and no case would notice."""

    clause: str
    fault: str

    @classmethod
    def of(cls, gap: CaseGap) -> CaseGapAnswer:
        return cls(clause=gap.clause, fault=gap.fault)


class FindingAnswer(Answer):
    """Something about the rule that its author should look at, and how it could be mended."""

    code: str
    severity: Severity
    clause: str | None
    path: list[str | int] = Field(description="Where in the text, from its root.")
    message: Label
    proposal: Label

    @classmethod
    def of(cls, finding: Finding) -> FindingAnswer:
        return cls(
            code=finding.code,
            severity=finding.severity,
            clause=finding.clause,
            path=list(finding.path),
            message=Label.of(finding.message),
            proposal=Label.of(finding.proposal),
        )


class CheckAnswer(Answer):
    """What a check found. With faults, nothing but these was looked at."""

    model_config = ConfigDict(
        json_schema_extra=example(
            {
                "draft": DRAFT | {"state": "draft", "impact_id": None},
                "ok": False,
                "faults": [],
                "failed_cases": [
                    {
                        "case": "65岁",
                        "line": 32,
                        "executor": "reference",
                        "expected": "eligible, 75.00 yuan",
                        "got": "ineligible",
                    }
                ],
                "case_gaps": [{"clause": "registered_in_shanghai", "fault": "left out"}],
                "findings": [
                    {
                        "code": "always-holds",
                        "severity": "warning",
                        "clause": "age_years >= 0",
                        "path": ["eligibility", "all", 0],
                        "message": {"zh": "这一条件恒成立。", "en": "This clause always holds."},
                        "proposal": {"zh": "请删去该条件。", "en": "Leave it out."},
                    }
                ],
            }
        )
    )

    draft: DraftSummary
    ok: bool = Field(description="No fault, no failed case and no finding that is an error: it can be simulated.")
    faults: list[Fault]
    failed_cases: list[FailedCase]
    case_gaps: list[CaseGapAnswer]
    findings: list[FindingAnswer]

    @classmethod
    def of(cls, checked: Checked) -> CheckAnswer:
        return cls(
            draft=DraftSummary.of(checked.draft),
            ok=checked.ok,
            faults=[Fault.of(one) for one in checked.problems],
            failed_cases=[FailedCase.of(one) for one in checked.failures],
            case_gaps=[CaseGapAnswer.of(one) for one in checked.gaps],
            findings=[FindingAnswer.of(one) for one in checked.findings],
        )


class ChangeAnswer(Answer):
    """One change between two versions; `before` null: it is new, `after` null: it is gone."""

    policy_id: str
    part: str = Field(description="The field of the policy's text.")
    before: Label | None
    after: Label | None
    sentence: Label

    @classmethod
    def of(cls, policy_id: str, change: Change) -> ChangeAnswer:
        return cls(
            policy_id=policy_id,
            part=change.part,
            before=Label.of(change.before) if change.before else None,
            after=Label.of(change.after) if change.after else None,
            sentence=Label.of(change.sentence),
        )


_CHANGE: dict[str, Any] = {
    "policy_id": "elderly-comprehensive-allowance",
    "part": "eligibility",
    "before": {"zh": "年龄不低于65岁", "en": "Age at least 65 years"},
    "after": {"zh": "年龄不低于60岁", "en": "Age at least 60 years"},
    "sentence": {
        "zh": "条件由“年龄不低于65岁”改为“年龄不低于60岁”。",
        "en": "The condition 'Age at least 65 years' becomes 'Age at least 60 years'.",
    },
}


class DifferenceAnswer(Answer):
    """All that differs between two versions, in the order of the text."""

    model_config = ConfigDict(json_schema_extra=example({"before": 1, "after": 2, "changes": [_CHANGE]}))

    before: int | None = Field(description="The version compared with; null: there is none.")
    after: int | None = Field(description="Null while a draft's text does not say its version.")
    changes: list[ChangeAnswer]


class LadderAnswer(Answer):
    """How a policy is delivered, the highest mode its facts carry, and why."""

    model_config = ConfigDict(
        json_schema_extra=example(
            {
                "mode": "one_click",
                "mode_label": {"zh": "一键申领", "en": "One click"},
                "allowed": "auto",
                "allowed_label": {"zh": "免申即享", "en": "Automatic"},
                "too_high": False,
                "reasons": [
                    {
                        "zh": "可免申即享：两项事实均来自权威登记且足够新。",
                        "en": "Automatic delivery is possible: both facts are authoritative and fresh enough.",
                    }
                ],
            }
        )
    )

    mode: DeliveryMode = Field(description="As the text says.")
    mode_label: Label
    allowed: DeliveryMode
    allowed_label: Label
    too_high: bool = Field(description="The text promises more than its facts carry.")
    reasons: list[Label]

    @classmethod
    def of(cls, ladder: Ladder) -> LadderAnswer:
        return cls(
            mode=ladder.mode,
            mode_label=Label.of(DELIVERY_LABELS[ladder.mode]),
            allowed=ladder.allowed,
            allowed_label=Label.of(DELIVERY_LABELS[ladder.allowed]),
            too_high=ladder.too_high,
            reasons=[Label.of(one) for one in ladder.reasons],
        )
