"""A changed policy before it is served: what it would do to the living population, and the act of loading it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from catalogue.loader import Catalogue, load_policy_file
from domain.errors import ConsultationDraft, PolicyVersionFixed, PolicyVersionNotDue
from domain.policy import Policy
from duixian import loading
from duixian.checking import require_cases
from duixian.clock import local_day, now
from duixian.loading import LoadReport
from duixian.matching import match_audience
from duixian.progress import ProgressBar
from duixian.runtime import Runtime
from matcher.batch.match import Verdicts
from matcher.compile import compile_policies
from storage import policies as stored_policies
from storage.connection import Connection


@dataclass(frozen=True)
class Effect:
    """`rows`: (verdict, subjects served now or None where the policy is new, subjects by the draft).

    `notes`: what the officer should know before loading it.
    """

    rows: tuple[tuple[str, int | None, int], ...]
    gain: int
    lose: int
    notes: tuple[str, ...] = ()


def compare(runtime: Runtime, draft: Policy, as_of: date, bar: ProgressBar) -> Effect:
    """Match the draft and its served version against everybody; nothing is stored.

    The draft is read with the words and parameters of the files, as loading it would read it.
    """
    served = [policy for policy in runtime.catalogue.policies if policy.id == draft.id]

    def matched(catalogue: Catalogue, policy: Policy) -> Verdicts:
        parameters = catalogue.parameters_at(as_of)
        program = compile_policies([policy], catalogue.vocabulary, parameters, draft.audience, as_of)
        return match_audience(runtime, draft.audience, as_of, now(), bar, program).verdicts

    new = matched(runtime.files, draft)
    old = matched(runtime.catalogue, served[0]) if served else None
    rows = tuple(
        (verdict, None if old is None else int(old.counts()[0, i]), int(new.counts()[0, i]))
        for i, verdict in enumerate(("eligible", "unknown", "ineligible"))
    )
    after = new.true(0)
    before = np.zeros_like(after) if old is None else old.true(0)
    notes = []
    if not draft.in_force(as_of):
        notes.append(f"The file is not in force on {as_of}; the counts are as if it were.")
    try:
        with runtime.begin() as connection:
            draft.require_final()
            require_due(connection, draft, local_day(now()))
    except (ConsultationDraft, PolicyVersionFixed, PolicyVersionNotDue) as refusal:
        notes.append(f"It cannot be loaded as it is: {refusal}")
    return Effect(rows, int((after & ~before).sum()), int((before & ~after).sum()), tuple(notes))


def require_due(connection: Connection, policy: Policy, today: date) -> None:
    """Raise PolicyVersionFixed or PolicyVersionNotDue where loading `policy` would be refused.

    The newest loaded version is what is served: an older one would serve nobody, and one that is in force later would
    leave nothing in force until then.
    """
    held = stored_policies.versions(connection, policy.id)
    if not held:
        return
    newest = held[-1]
    own = next((one for one in held if one.version == policy.version), None)
    if own is not None:
        if own.digest != stored_policies.digest_of(policy):
            raise PolicyVersionFixed(policy.id, policy.version, newest=newest.version)
    elif policy.version < newest.version:
        raise PolicyVersionNotDue(
            f"Version {policy.version} of policy {policy.id!r} is older than version {newest.version}, which serves.",
            next_step=f"Take in what version {newest.version} changed ('duixian catalogue show {policy.id}'), raise"
            f" 'version' to {newest.version + 1}, and load it again.",
            policy_id=policy.id,
        )
    elif policy.effective_from > today and (newest.effective_to is None or newest.effective_to >= today):
        raise PolicyVersionNotDue(
            f"Version {policy.version} of policy {policy.id!r} is in force from {policy.effective_from}; loaded today,"
            f" it would take version {newest.version} out of service until then.",
            next_step=f"Load it on {policy.effective_from}.",
            policy_id=policy.id,
        )


def load_into(runtime: Runtime, file: Path | None) -> LoadReport:
    """Load one file, or the whole catalogue; and the vocabulary and parameters of the files with it.

    Raises ConsultationDraft when a file's document was only put out for comment, CatalogueInvalid when a file or one of
    its cases fails, or when a policy loaded before no longer fits the words, PolicyVersionFixed when a version has
    another text, PolicyVersionNotDue when it is older than what is loaded or in force only later. Nothing is loaded
    then.
    """
    files = runtime.files
    policies = files.policies if file is None else (load_policy_file(file, files.vocabulary, files.parameters),)
    for policy in policies:
        policy.require_final()
    require_cases(files, policies)
    moment = now()
    with runtime.begin() as connection:
        for policy in policies:
            require_due(connection, policy, local_day(moment))
        report = loading.load(connection, files, policies, moment)
    runtime.reload()
    return report
