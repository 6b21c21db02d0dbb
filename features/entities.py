"""This file knows the two entities of the feature store: citizen and enterprise, each by its subject id.

`import feast` takes seconds, so here and in the other Feast modules it is imported where it is used.
"""

from __future__ import annotations

from typing import Any

from domain.facts import Audience

JOIN_KEY = "subject_id"


def entity(audience: Audience) -> Any:
    """The Feast entity of an audience."""
    from feast import Entity, ValueType  # noqa: PLC0415 -- takes seconds to import

    return Entity(
        name=audience.value,
        join_keys=[JOIN_KEY],
        value_type=ValueType.STRING,
        description=f"A {audience}, by the id that its registers know it by.",
    )
