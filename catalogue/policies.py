"""This file knows about one policy file: its fields, and what must hold between them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date

import yaml

from catalogue.benefits import BenefitReader
from catalogue.budgets import BudgetReader
from catalogue.cases import default_day, read_cases
from catalogue.documents import read_document
from catalogue.parameters import first_uncovered_day
from catalogue.rules import ParameterUse, read_rule
from catalogue.yaml_positions import Page, did_you_mean, optional
from domain.expression import clauses
from domain.facts import Audience, Vocabulary
from domain.policy import (
    Case,
    DeliveryMode,
    Document,
    Kind,
    Level,
    Material,
    NoMoney,
    Parameter,
    Policy,
    Verification,
    domains_of,
)

MAX_CASE_CLAUSES = 100_000
"""Cases times clauses: each case asks each clause of three matchers. The catalogue's largest has some hundreds."""
_LAST_VERSION = 2**31 - 1  # what the database's column holds
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_REQUIRED = (
    *("id", "version", "audience", "domain", "kind", "level", "title", "summary", "agency", "document"),
    *("verification", "true_on", "effective", "eligibility", "benefit", "delivery", "cases"),
)
_OPTIONAL = ("districts", "materials", "unencoded", "budget")


class PolicyReader:
    """Reads one policy from a page whose root could be composed."""

    def __init__(self, page: Page, vocabulary: Vocabulary, parameters: Mapping[str, Parameter]) -> None:
        self.page = page
        self.vocabulary = vocabulary
        self.parameters = parameters
        self.units = {name: parameter.unit for name, parameter in parameters.items()}
        self.fields: Mapping[str, yaml.Node] = {}
        self.document = Document("?")
        self.uses: list[ParameterUse] = []

    def read(self, file: str) -> Policy | None:
        """The policy, or None when the page has problems; `file` is what the policy remembers as its file."""
        page = self.page
        if page.root is None:
            return None
        self.fields = fields = page.fields(page.root, "the policy", _REQUIRED, _OPTIONAL)
        if any(name not in fields for name in _REQUIRED):
            # Without a field the checks between fields have nothing to stand on; the others still speak.
            self._read_alone()
            return None
        audience = page.choice(fields["audience"], "audience", Audience)
        self.document = read_document(page, fields["document"])
        effective_from, effective_to, true_on = self._dates()
        rule, uses = read_rule(page, fields["eligibility"], self.vocabulary, audience, self.units)
        benefit_reader = BenefitReader(page, self.vocabulary, audience, self.units)
        benefit = benefit_reader.read(fields["benefit"])
        uses += benefit_reader.uses
        budget_reader = BudgetReader(page, self.vocabulary, audience, self.units)
        budget_node = optional(fields, "budget")
        budget = None if budget_node is None else budget_reader.read(budget_node)
        uses += budget_reader.uses
        self.uses = uses
        cases, dated = read_cases(
            page,
            fields["cases"],
            self.vocabulary,
            audience,
            money=not isinstance(benefit.form, NoMoney),
        )
        self._check_size(len(cases), sum(1 for _ in clauses(rule)))
        self._check_parameters(uses, dated, default_day(true_on, effective_from), effective_from, effective_to)
        policy = Policy(
            id=self._id(),
            version=self._version(),
            audience=audience,
            domain=self._domain(audience),
            kind=page.choice(fields["kind"], "kind", Kind),
            level=page.choice(fields["level"], "level", Level),
            title=page.label(fields["title"], "title"),
            summary=page.label(fields["summary"], "summary"),
            agency=page.label(fields["agency"], "agency"),
            document=self.document,
            verification=page.choice(fields["verification"], "verification", Verification),
            true_on=true_on,
            effective_from=effective_from,
            effective_to=effective_to,
            eligibility=rule,
            benefit=benefit,
            delivery_mode=page.choice(fields["delivery"], "delivery", DeliveryMode),
            districts=self._districts(audience),
            materials=self._materials(),
            unencoded=tuple(page.label(item, "unencoded") for item in self._items("unencoded")),
            budget=budget,
            cases=cases,
            source=page.text,
            file=file,
        )
        self._check_together(policy)
        return None if page.problems else policy

    def _check_size(self, cases: int, size: int) -> None:
        if cases * size > MAX_CASE_CLAUSES:
            self.page.report(
                self.fields["cases"],
                f"{cases:,} cases of a rule of {size:,} clauses are too many to be run while somebody waits.",
                f"Keep cases times clauses below {MAX_CASE_CLAUSES:,}.",
            )

    def _read_alone(self) -> None:
        """Report what can be told of the fields that are there, when others are missing."""
        page, fields = self.page, self.fields
        if "audience" in fields and "eligibility" in fields:
            audience = page.choice(fields["audience"], "audience", Audience)
            read_rule(page, fields["eligibility"], self.vocabulary, audience, self.units)
        for name, words in (("kind", Kind), ("level", Level), ("delivery", DeliveryMode)):
            if name in fields:
                page.choice(fields[name], name, words)

    def _id(self) -> str:
        word = self.page.word(self.fields["id"], "id")
        if word != "?" and not _ID.fullmatch(word):
            self.page.report(
                self.fields["id"], f"The id {word!r} is not kebab-case.", "Use a-z, 0-9 and single hyphens."
            )
        return word

    def _version(self) -> int:
        version = self.page.whole(self.fields["version"], "version")
        if not 1 <= version <= _LAST_VERSION:
            self.page.report(self.fields["version"], "Versions count from 1.", "Write 'version: 1'.")
        return version

    def _domain(self, audience: Audience) -> str:
        word, domains = self.page.word(self.fields["domain"], "domain"), [str(d) for d in domains_of(audience)]
        if word != "?" and word not in domains:
            message = f"There is no {audience} domain {word!r}."
            self.page.report(self.fields["domain"], message, did_you_mean(word, domains))
        return word

    def _dates(self) -> tuple[date, date | None, date]:
        page = self.page
        effective = page.fields(self.fields["effective"], "effective", ("from",), ("to",))
        true_on = page.day(self.fields["true_on"], "true_on")
        start = page.day(effective["from"], "effective from") if "from" in effective else date.min
        end_node = optional(effective, "to")
        end = page.day(end_node, "effective to") if end_node else None
        if end is not None and end < start:
            page.report(self.fields["effective"], "The policy ends before it begins.", "Swap or mend the dates.")
        elif end is not None and true_on > end:
            page.report(self.fields["true_on"], f"On {true_on} the policy has ended.", "Mend one of the dates.")
        return start, end, true_on

    def _check_parameters(
        self,
        uses: Iterable[ParameterUse],
        dated: Iterable[tuple[Case, yaml.Node]],
        start: date,
        effective_from: date,
        end: date | None,
    ) -> None:
        """Each parameter has a value from the day the facts were true to the policy's end, and on each case's day."""
        for use in uses:
            gap = first_uncovered_day(self.parameters[use.name], start, end)
            if gap is not None:
                self.page.report(
                    use.node,
                    f"Parameter {use.name!r} has no value on {gap}, but the policy "
                    f"{'is in force until ' + str(end) if end else 'has no end'}.",
                    "Add the value in force then, or end the policy ('effective: {to: ...}').",
                    offset=use.offset,
                )
        for case, node in dated:
            assert case.as_of is not None
            if case.as_of < effective_from or (end is not None and case.as_of > end):
                self.page.report(node, f"The policy is not in force on {case.as_of}.", "Use a day in force.")
            for name in dict.fromkeys(use.name for use in uses):
                if first_uncovered_day(self.parameters[name], case.as_of, case.as_of) is not None:
                    self.page.report(
                        node,
                        f"Parameter {name!r} has no value on {case.as_of}.",
                        "Add the value in force then, or use another day.",
                    )

    def _items(self, name: str) -> list[yaml.Node]:
        node = optional(self.fields, name)
        return self.page.items(node, name) if node is not None else []

    def _districts(self, audience: Audience) -> tuple[str, ...]:
        known = self.vocabulary.fact(audience, "registered_district").categories
        words = []
        for item in self._items("districts"):
            words.append(self.page.word(item, "a district"))
            if words[-1] != "?" and words[-1] not in known:
                message = f"There is no district {words[-1]!r}."
                self.page.report(item, message, did_you_mean(words[-1], known))
        return tuple(words)

    def _materials(self) -> tuple[Material, ...]:
        materials = []
        for item in self._items("materials"):
            fields = self.page.fields(item, "a material", ("label",), ("replaced_by",))
            certificate = optional(fields, "replaced_by")
            if "label" in fields:
                label = self.page.label(fields["label"], "label")
                materials.append(Material(label, self.page.label(certificate, "replaced_by") if certificate else None))
        return tuple(materials)

    def _check_together(self, policy: Policy) -> None:
        page, fields = self.page, self.fields
        if policy.delivery_mode is DeliveryMode.AUTO and policy.unencoded:
            page.report(
                fields["delivery"],
                "A policy with conditions that no clause expresses cannot be delivered without asking.",
                "Use 'one_click', 'assisted' or 'inform', or express the conditions.",
            )
        if (policy.level is Level.DISTRICT) is not bool(policy.districts):
            page.report(fields["level"], "'districts' goes with 'level: district'.", "Name the districts, or none.")
