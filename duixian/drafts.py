"""The act of loading a changed policy, and what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from catalogue.loader import Catalogue, load_policy_file, parameter_names, parameter_text
from domain.errors import PolicyVersionFixed, PolicyVersionNotDue, PublishThroughWorkbench
from domain.policy import Policy
from duixian import loading
from duixian.checking import require_cases
from duixian.clock import local_day, now
from duixian.loading import LoadReport
from duixian.runtime import Runtime
from storage import officers
from storage import parameters as stored_parameters
from storage import policies as stored_policies
from storage.connection import Connection


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


def require_workbench(connection: Connection, files: Catalogue, policies: Sequence[Policy], serves: Catalogue) -> None:
    """Raise PublishThroughWorkbench where officers work and loading would change what serves.

    That is a policy that is new or changed, and other values of a parameter that a policy names. The vocabulary, and
    parameters that nothing names yet, are not an officer's to write.
    """
    if not officers.any_officers(connection):
        return
    held = stored_policies.digests(connection, {(policy.id, policy.version) for policy in policies})
    changed = [
        policy.id for policy in policies if held.get((policy.id, policy.version)) != stored_policies.digest_of(policy)
    ]
    named = {name for policy in serves.policies for name in parameter_names(policy)}
    for name, _, text in stored_parameters.newest(connection):
        if name in named and name in files.parameters and parameter_text(files.parameters[name]) != text:
            changed.append(f"param.{name}")
    if changed:
        raise PublishThroughWorkbench(changed)


def load_into(runtime: Runtime, file: Path | None) -> LoadReport:
    """Load one file, or the whole catalogue; and the vocabulary and parameters of the files with it.

    Raises PublishThroughWorkbench where officers work and it would change what serves, ConsultationDraft when a file's
    document was only put out for comment, CatalogueInvalid when a file or one of its cases fails, or when a policy
    loaded before no longer fits the words, PolicyVersionFixed when a version has another text, PolicyVersionNotDue when
    it is older than what is loaded or in force only later. Nothing is loaded then.
    """
    files = runtime.files
    policies = files.policies if file is None else (load_policy_file(file, files.vocabulary, files.parameters),)
    for policy in policies:
        policy.require_final()
    require_cases(files, policies)
    moment, serves = now(), runtime.reload().catalogue
    with runtime.begin() as connection:
        require_workbench(connection, files, policies, serves)
        for policy in policies:
            require_due(connection, policy, local_day(moment))
        report = loading.load(connection, files, policies, moment)
    runtime.reload()
    return report
