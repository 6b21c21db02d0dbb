"""This file knows about official documents and how sure we are of them, which policies and parameters both carry."""

from __future__ import annotations

import yaml

from catalogue.yaml_positions import Page, optional
from domain.policy import Document


def read_document(page: Page, node: yaml.Node) -> Document:
    """A document's title, with number, date and address where they are certain, null where they are not.

    `consultation: true` says that it was only put out for comment (征求意见稿).
    """
    fields = page.fields(node, "document", ("title",), ("number", "issued_on", "url", "consultation"))
    number, issued_on, url = (optional(fields, name) for name in ("number", "issued_on", "url"))
    return Document(
        title=page.word(fields["title"], "the document's title") if "title" in fields else "?",
        number=page.word(number, "the document's number") if number else None,
        issued_on=page.day(issued_on, "the document's date") if issued_on else None,
        url=page.word(url, "the document's address") if url else None,
        consultation=_is_consultation(page, optional(fields, "consultation")),
    )


def _is_consultation(page: Page, node: yaml.Node | None) -> bool:
    if node is None:
        return False
    marked = page.value(node, "consultation")
    if not isinstance(marked, bool | None):
        page.report(node, f"'consultation' is {marked!r}, which is not true or false.", "Write true, or leave it out.")
    return marked is True
