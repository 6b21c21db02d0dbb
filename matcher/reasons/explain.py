"""Why a verdict is what it is: every clause with the facts' values, sources and dates, and which clauses decide.

The verdict and each clause's answer come from the codes that the online matcher has found; what a rule asks of
everybody is read once a program. Eligible rests on the fewest met clauses that make it so; ineligible on the unmet
clauses of the closest way to be eligible; unknown on the clauses of the fewest facts that would decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.decision import Decision, Evidence, Outcome, Reason
from domain.expression import Compare
from domain.facts import Value
from domain.profile import Profile
from domain.terms import Term, value_of
from matcher.compile import Program
from matcher.online.match import Answer, Match, OnlineMatcher
from matcher.reasons.grounds import ground
from matcher.reasons.requirements import Asked, natural
from matcher.reasons.rulebook import Rulebook
from matcher.upright import TRUE

_made = tuple.__new__
"""What Reason(...) does in the end, without a call in between."""
_OUTCOMES = (Outcome.UNMET, Outcome.MISSING, Outcome.MET)


@dataclass(frozen=True, slots=True)
class Repair:
    """The closest way to be eligible: what would have to change, and what would have to turn out right."""

    unmet: tuple[Reason, ...]
    missing: tuple[Reason, ...]


class Explanation:
    """One profile judged by a program, and explained as far as asked.

    `answer` is the matcher's, where it has been asked already. Raises ProfileInvalid as the matcher does.
    """

    def __init__(self, program: Program, profile: Profile, answer: Answer | None = None) -> None:
        self.program = program
        self.profile = profile
        self.values = profile.values()
        self._matcher = OnlineMatcher.of(program)
        self.answer = self._matcher.answer(self.values) if answer is None else answer
        self._codes: list[int] = self.answer.codes.tolist()
        self._rules = Rulebook.of(program)
        self._evidence = _EvidenceOf(profile, self.values)

    def matches(self) -> list[Match]:
        """The policies that the profile is eligible for or may be, in the program's order."""
        return self._matcher.matches(self.values, self.answer)

    def decision(self, place: int) -> Decision:
        """The decision by `program.policies[place]`, with reasons and, unless ineligible, the amount."""
        return self._explained(place, self._matcher.match(place, int(self.answer.verdicts[place]), self.values))

    def of_match(self, match: Match) -> Decision:
        """The decision for one of `matches`."""
        place = self.program.index_of(match.policy.id)
        assert place is not None, "a match is of one of the program's policies"
        return self._explained(place, match)

    def repair(self, place: int) -> Repair:
        """The closest way to be eligible for `program.policies[place]`; empty where the profile is."""
        rule = self._rules.rule(place)
        answers = rule.answers(self._codes)
        found = ground(rule.tree, answers)
        if found.answer == TRUE:
            return Repair((), ())
        unmet, missing = (
            tuple(self._reason(rule.asked[number], answers[number], True) for number in sorted(numbers))
            for numbers in (found.clauses, found.missing)
        )
        return Repair(unmet, missing)

    def _explained(self, place: int, match: Match) -> Decision:
        rule = self._rules.rule(place)
        answers = rule.answers(self._codes)
        decisive = rule.decisive(answers, self.values)
        value_of_fact, evidence = self.values.get, self._evidence
        # One line for nine clauses in ten: a city asks for thousands of reasons at a time.
        reasons = [
            _made(Reason, (requirement, _OUTCOMES[answer], value_of_fact(fact), threshold, evidence[facts], rests))
            if fact is not None
            else self._reason(asked, answer, rests)
            for (asked, requirement, fact, threshold, facts), answer, rests in zip(
                rule.told, answers, decisive, strict=True
            )
        ]
        return Decision(
            self.profile.subject_id,
            match.policy.id,
            match.policy.version,
            self.program.as_of,
            match.verdict,
            match.amount_fen,
            tuple(reasons),
        )

    def _reason(self, asked: Asked, answer: int, decisive: bool) -> Reason:
        clause = asked.requirement.clause
        value = self._worked_out(clause.left) if clause.fact is None else self.values.get(clause.fact)
        threshold = asked.threshold
        if asked.varies:
            bounds = tuple(self._worked_out(term) for term in clause.operands())
            threshold = bounds[0] if isinstance(clause.test, Compare) else bounds
        evidence = self._evidence[asked.requirement.facts]
        return Reason(asked.requirement, _OUTCOMES[answer], value, threshold, evidence, decisive)

    def _worked_out(self, term: Term) -> Value:
        return natural(value_of(term, self.values, self.program.parameters, self.program.as_of))


def explain(program: Program, place: int, profile: Profile) -> Decision:
    """Decide `program.policies[place]` for one profile, with reasons; for several, make one Explanation."""
    return Explanation(program, profile).decision(place)


class _EvidenceOf(dict[tuple[str, ...], tuple[Evidence, ...]]):
    """What is known of the facts that a clause reads; put together when it is first asked for."""

    def __init__(self, profile: Profile, values: Mapping[str, Value]) -> None:
        super().__init__()
        self._facts = profile.facts
        self._values = values

    def __missing__(self, names: tuple[str, ...]) -> tuple[Evidence, ...]:
        found = self[names] = tuple([self._of(name) for name in names])
        return found

    def _of(self, name: str) -> Evidence:
        known, value = self._facts.get(name), self._values.get(name)
        if known is None or value is None:
            return Evidence(name, None, None, None)
        return Evidence(name, value, known.source, known.as_of)
