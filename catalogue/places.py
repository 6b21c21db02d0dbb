"""This file knows about where a policy's file lies: what its folder and its name must say of it."""

from __future__ import annotations

from pathlib import Path

from catalogue.policies import PolicyReader

POLICIES = "policies"
CONSULTATIONS = "consultations"
"""The folder of what has only been put out for comment, and binds nobody."""


def check_place(reader: PolicyReader, path: Path, root: Path, files: dict[str, str]) -> None:
    """A policy's file bears its id and lies in the folder of its audience and domain; `files` maps id to file.

    `root` is the folder of the policies or that of the consultations, and only a draft for comment lies in the latter.
    """
    page, fields = reader.page, reader.fields
    place = path.relative_to(root).parts
    for name, folder in zip(("audience", "domain"), (*place[:-1], "", "")[:2], strict=True):
        if name in fields and fields[name].value != folder:
            page.report(
                fields[name],
                f"The {name} is {fields[name].value!r}, but the file lies in {root.name}/{'/'.join(place[:-1])}.",
                f"Move the file to {root.name}/<audience>/<domain>/, or mend the field.",
            )
    _check_standing(reader, root)
    if "id" not in fields:
        return
    policy_id = str(fields["id"].value)
    if path.name != f"{policy_id}.yaml":
        page.report(
            fields["id"],
            f"The id is {policy_id!r}, but the file is {path.name!r}.",
            f"Rename the file to {policy_id}.yaml, or mend the id.",
        )
    if policy_id in files:
        page.report(fields["id"], f"The id {policy_id!r} is also in {files[policy_id]}.", "Choose another id.")
    files.setdefault(policy_id, page.file)


def _check_standing(reader: PolicyReader, root: Path) -> None:
    """What was only put out for comment is kept apart from what is in force, with the parameters it alone may use."""
    page, fields = reader.page, reader.fields
    apart = root.name == CONSULTATIONS
    if "document" in fields and reader.document.consultation is not apart:
        page.report(
            fields["document"],
            "A draft put out for comment cannot lie among the policies in force."
            if reader.document.consultation
            else "Only a draft put out for comment lies in consultations/.",
            "Move the file to consultations/, or take 'consultation: true' out once the final text is issued."
            if reader.document.consultation
            else "Move the file to policies/, or write 'consultation: true' in its document.",
        )
    for use in [] if apart else reader.uses:
        if reader.parameters[use.name].document.consultation:
            page.report(
                use.node,
                f"Parameter {use.name!r} rests on a draft put out for comment.",
                "Name a parameter whose document is in force.",
                offset=use.offset,
            )
