"""This file knows about the catalogue as a whole: it reads every file and accepts all of them or none."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

from catalogue.combinations import read_combinations
from catalogue.parameters import first_uncovered_day, load_parameter_text, parameter_text, read_parameters
from catalogue.places import CONSULTATIONS, POLICIES, check_place
from catalogue.policies import PolicyReader
from catalogue.vocabulary import VOCABULARY_FILE, VocabularyReader, load_vocabulary, load_vocabulary_text
from catalogue.yaml_positions import Page
from domain.amount import benefit_operands
from domain.budget import NeedOrder
from domain.combination import Combination
from domain.errors import CatalogueInvalid, ParameterExpired, Problem, UnknownPolicy
from domain.expression import clauses
from domain.facts import Audience, Vocabulary
from domain.policy import Parameter, Policy
from domain.terms import ParameterRef, parts

__all__ = [
    "DEFAULT_ROOT",
    "Catalogue",
    "load_catalogue",
    "load_parameter_text",
    "load_policy_file",
    "load_policy_text",
    "load_vocabulary",
    "load_vocabulary_text",
    "parameter_names",
    "parameter_text",
]

DEFAULT_ROOT = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Catalogue:
    """The city's policies with the words and parameters they use; `digest` changes with any byte of any file."""

    vocabulary: Vocabulary
    parameters: Mapping[str, Parameter]
    policies: tuple[Policy, ...]
    digest: str
    combinations: tuple[Combination, ...] = ()
    consultations: tuple[Policy, ...] = ()
    """What has only been put out for comment: kept and tried out like policies, matched to nobody."""

    @cached_property
    def _by_id(self) -> Mapping[str, Policy]:
        return {policy.id: policy for policy in self.policies}

    def policy(self, policy_id: str) -> Policy:
        """The policy, or UnknownPolicy with the nearest id."""
        found = self._by_id.get(policy_id)
        if found is None:
            near = get_close_matches(policy_id, self._by_id, n=1)
            raise UnknownPolicy(policy_id, did_you_mean=near[0] if near else None)
        return found

    def policies_of(self, audience: Audience) -> tuple[Policy, ...]:
        return tuple(policy for policy in self.policies if policy.audience == audience)

    def combinations_at(self, audience: Audience, as_of: date) -> tuple[Combination, ...]:
        """How policies for `audience` combine on `as_of`."""
        return tuple(one for one in self.combinations if one.audience == audience and one.in_force(as_of))

    def parameters_at(self, as_of: date) -> dict[str, Decimal]:
        """Each parameter's value on `as_of`; those without one then are left out."""
        return {
            name: dated.value
            for name, parameter in self.parameters.items()
            for dated in parameter.values
            if dated.covers(as_of)
        }

    def in_force(self, audience: Audience, as_of: date) -> tuple[Policy, ...]:
        """The policies in force on `as_of`; raises ParameterExpired if one of them needs a value that is missing."""
        policies = tuple(policy for policy in self.policies_of(audience) if policy.in_force(as_of))
        for policy in policies:
            for name in parameter_names(policy):
                if first_uncovered_day(self.parameters[name], as_of, as_of) is not None:
                    raise ParameterExpired(name, as_of)
        return policies


def parameter_names(policy: Policy) -> tuple[str, ...]:
    """The parameters that a policy's rule, benefit and order of need name, each once."""
    terms = [part for clause in clauses(policy.eligibility) for part in clause.parts()]
    rationing = policy.budget.rationing if policy.budget else None
    need = parts(rationing.need) if isinstance(rationing, NeedOrder) else ()
    named = [*terms, *benefit_operands(policy.benefit), *need]
    return tuple(dict.fromkeys(item.name for item in named if isinstance(item, ParameterRef)))


def load_catalogue(root: Path = DEFAULT_ROOT) -> Catalogue:
    """Read vocabulary.yaml, parameters/, policies/, consultations/ and combinations/ under `root`.

    Raises CatalogueInvalid with the problems of all files at once; a vocabulary that cannot be read is reported
    alone, since without it every rule would look wrong.
    """
    words = VocabularyReader(Page.at(root / VOCABULARY_FILE))
    vocabulary = words.read()
    digest = hashlib.sha256((root / VOCABULARY_FILE).read_bytes())
    problems: list[Problem] = []
    parameters: dict[str, Parameter] = {}
    parameter_files: dict[str, str] = {}
    for path in _yaml_files(root / "parameters"):
        page = Page.at(path)
        found = read_parameters(page, vocabulary, parameter_files)
        parameters |= found
        parameter_files |= dict.fromkeys(found, page.file)
        problems += page.problems
        _add(digest, path, root, page.text)
    words.check_parameters({name: parameter.unit for name, parameter in parameters.items()})
    problems += words.page.problems
    policies: dict[str, Policy] = {}
    consultations: dict[str, Policy] = {}
    files: dict[str, str] = {}
    for folder, kept in ((POLICIES, policies), (CONSULTATIONS, consultations)):
        for path in _yaml_files(root / folder):
            page = Page.at(path)
            reader = PolicyReader(page, vocabulary, parameters)
            policy = reader.read(path.relative_to(root).as_posix())
            check_place(reader, path, root / folder, files)
            problems += page.problems
            _add(digest, path, root, page.text)
            if policy is not None:
                kept.setdefault(policy.id, policy)
    combinations: dict[str, Combination] = {}
    # Beside policies that cannot be read every combination would look wrong.
    for path in _yaml_files(root / "combinations") if not problems else []:
        page = Page.at(path)
        combinations |= read_combinations(
            page, policies, parameters, {name: one.file for name, one in combinations.items()}
        )
        problems += page.problems
        _add(digest, path, root, page.text)
    if problems:
        raise CatalogueInvalid(problems)
    return Catalogue(
        vocabulary,
        parameters,
        tuple(policies.values()),
        digest.hexdigest(),
        tuple(combinations.values()),
        tuple(consultations.values()),
    )


def load_policy_file(path: Path, vocabulary: Vocabulary, parameters: Mapping[str, Parameter]) -> Policy:
    """Read one policy file wherever it lies, such as an officer's draft; raises CatalogueInvalid."""
    return _read_alone(Page.at(path), path.name, vocabulary, parameters)


def load_policy_text(text: str, name: str, vocabulary: Vocabulary, parameters: Mapping[str, Parameter]) -> Policy:
    """Read a policy from its text, as a database keeps it; `name` stands in errors. Raises CatalogueInvalid."""
    return _read_alone(Page(name, text), name, vocabulary, parameters)


def _read_alone(page: Page, name: str, vocabulary: Vocabulary, parameters: Mapping[str, Parameter]) -> Policy:
    policy = PolicyReader(page, vocabulary, parameters).read(name)
    if policy is None:
        raise CatalogueInvalid(page.problems)
    return policy


def _yaml_files(folder: Path) -> list[Path]:
    return sorted(path for pattern in ("*.yaml", "*.yml") for path in folder.rglob(pattern))


def _add(digest: hashlib._Hash, path: Path, root: Path, text: str) -> None:
    # Name and length keep two files from being taken for one.
    digest.update(f"\0{path.relative_to(root).as_posix()}\0{len(text)}\0{text}".encode())
