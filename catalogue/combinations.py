"""This file knows about combinations/*.yaml: which policies exclude each other, and what some pay together at most."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

import yaml

from catalogue.documents import read_document
from catalogue.parameters import first_uncovered_day
from catalogue.yaml_positions import Page, did_you_mean, optional
from domain.benefit import Operand
from domain.combination import CapSpan, Combination, CombinationTerms, Exclusion, HighestOnly, JointCap
from domain.facts import Audience
from domain.policy import Parameter, Policy, Verification
from domain.terms import ParameterRef

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_FIELDS = ("label", "audience", "document", "verification", "effective")
_FORMS = ("exclusion", "highest_only", "joint_cap")
_LIMIT_UNIT = {CapSpan.YEAR: "cny_per_year", CapSpan.LIFE: "cny"}


def read_combinations(
    page: Page, policies: Mapping[str, Policy], parameters: Mapping[str, Parameter], known: Mapping[str, str]
) -> dict[str, Combination]:
    """The combinations of one file; `known` maps each id of the files read before to its file."""
    if page.root is None:
        return {}
    found: dict[str, Combination] = {}
    for name, (key, node) in page.mapping(page.root, "the combinations file").items():
        if not _ID.fullmatch(name):
            page.report(key, f"The id {name!r} is not kebab-case.", "Use a-z, 0-9 and single hyphens.")
        if name in known:
            page.report(key, f"The combination {name!r} is also in {known[name]}.", "Keep one of them.")
        combination = _CombinationReader(page, policies, parameters).read(name, node)
        if combination is not None:
            found[name] = combination
    return found


class _CombinationReader:
    def __init__(self, page: Page, policies: Mapping[str, Policy], parameters: Mapping[str, Parameter]) -> None:
        self.page = page
        self.policies = policies
        self.parameters = parameters
        self.audience = Audience.CITIZEN

    def read(self, name: str, node: yaml.Node) -> Combination | None:
        page = self.page
        fields = page.fields(node, "a combination", _FIELDS, _FORMS)
        forms = [form for form in _FORMS if form in fields]
        if len(forms) != 1:
            page.report(
                node, f"The combination has {len(forms)} of the forms {', '.join(_FORMS)}.", "Give exactly one."
            )
        if len(forms) != 1 or any(field not in fields for field in _FIELDS):
            return None
        self.audience = page.choice(fields["audience"], "audience", Audience)
        effective = page.fields(fields["effective"], "effective", ("from",), ("to",))
        start = page.day(effective["from"], "effective from") if "from" in effective else date.min
        end_node = optional(effective, "to")
        end = page.day(end_node, "effective to") if end_node else None
        if end is not None and end < start:
            page.report(fields["effective"], "The combination ends before it begins.", "Swap or mend the dates.")
        document = read_document(page, fields["document"])
        if document.consultation:
            page.report(
                fields["document"],
                "A combination in force cannot rest on a draft put out for comment, which binds nobody.",
                "Name a document that is in force, or leave the combination out until then.",
            )
        return Combination(
            id=name,
            audience=self.audience,
            label=page.label(fields["label"], "label"),
            document=document,
            verification=page.choice(fields["verification"], "verification", Verification),
            effective_from=start,
            effective_to=end,
            terms=self._terms(forms[0], fields[forms[0]], start, end),
            file=page.file,
        )

    def _terms(self, form: str, node: yaml.Node, start: date, end: date | None) -> CombinationTerms:
        page = self.page
        match form:
            case "exclusion":
                fields = page.fields(node, "exclusion", ("policy", "excludes"))
                policy = self._policy(fields["policy"]) if "policy" in fields else "?"
                excluded = self._policies(fields["excludes"], "excludes", 1) if "excludes" in fields else ()
                if policy in excluded:
                    page.report(fields["excludes"], f"{policy!r} excludes itself.", "Name the other policies only.")
                return Exclusion(policy, excluded)
            case "highest_only":
                return HighestOnly(self._policies(node, "highest_only", 2))
            case _:
                fields = page.fields(node, "joint_cap", ("policies", "limit", "span"))
                span = page.choice(fields["span"], "span", CapSpan) if "span" in fields else CapSpan.YEAR
                policies = self._policies(fields["policies"], "policies", 1) if "policies" in fields else ()
                limit = self._limit(fields["limit"], span, start, end) if "limit" in fields else 0
                return JointCap(policies, limit, span)

    def _policies(self, node: yaml.Node, what: str, least: int) -> tuple[str, ...]:
        items = self.page.items(node, what)
        names = tuple(self._policy(item) for item in items)
        if len(names) < least:
            self.page.report(node, f"{what!r} names {len(names)} policies.", f"Name {least} or more.")
        for item, name in zip(items, names, strict=True):
            if names.count(name) > 1:
                self.page.report(item, f"{name!r} is named more than once.", "Name it once.")
        return names

    def _policy(self, node: yaml.Node) -> str:
        name = self.page.word(node, "a policy's id")
        policy = self.policies.get(name)
        if policy is None:
            self.page.report(node, f"There is no policy {name!r}.", did_you_mean(name, list(self.policies)))
        elif policy.audience != self.audience:
            self.page.report(node, f"{name!r} is for a {policy.audience}.", f"Name policies for a {self.audience}.")
        return name

    def _limit(self, node: yaml.Node, span: CapSpan, start: date, end: date | None) -> Operand:
        value = self.page.value(node, "limit")
        if not (isinstance(value, str) and value.startswith("param.")):
            number = self.page.number(node, "limit")
            if number < 0:
                self.page.report(node, "A cap cannot be below zero.", "Write zero yuan or more.")
            return number
        name = value.removeprefix("param.")
        parameter = self.parameters.get(name)
        if parameter is None:
            self.page.report(node, f"There is no parameter {name!r}.", did_you_mean(name, list(self.parameters)))
            return ParameterRef(name)
        if parameter.unit != _LIMIT_UNIT[span]:
            self.page.report(
                node,
                f"Parameter {name!r} is in {parameter.unit}, but a cap for each {span} is in {_LIMIT_UNIT[span]}.",
                "Use another parameter, or mend the span.",
            )
        gap = first_uncovered_day(parameter, start, end)
        if gap is not None:
            message = f"Parameter {name!r} has no value on {gap}, when the combination is in force."
            self.page.report(node, message, "Add the value in force then, or end the combination.")
        return ParameterRef(name)
