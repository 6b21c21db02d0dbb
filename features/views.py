"""This file knows the wide view of each audience, and the services by which matching and models name their features."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from domain.facts import Audience, FactType, Vocabulary
from features.entities import JOIN_KEY
from features.provenance import COLUMN


def view_name(audience: Audience) -> str:
    return f"{audience}_profile"


def service_name(audience: Audience, purpose: str) -> str:
    return f"{audience}_{purpose}"


def profile_view(audience: Audience, vocabulary: Vocabulary, entity: Any, source: Any) -> Any:
    """Every fact of an audience in one view, and the text that says where each is from.

    No TTL: how old a fact may be is a matter of each fact (`fresh_days`), not of the view.
    """
    from feast import FeatureView, Field  # noqa: PLC0415 -- takes seconds to import
    from feast.types import Bool, Float64, Int64, String, UnixTimestamp  # noqa: PLC0415 -- comes with feast

    types = {
        FactType.INTEGER: Int64,
        FactType.NUMBER: Float64,
        FactType.BOOLEAN: Bool,
        FactType.CATEGORY: String,
        FactType.DATE: UnixTimestamp,
        FactType.REGION: String,
        FactType.TEXT: String,
    }
    # The join key is declared too: where it is not, Feast opens a file to infer it, and there may be none yet.
    schema = [Field(name=JOIN_KEY, dtype=String)]
    schema += [Field(name=name, dtype=types[fact.type]) for name, fact in vocabulary.of(audience).items()]
    schema.append(Field(name=COLUMN, dtype=String))
    return FeatureView(
        name=view_name(audience), entities=[entity], schema=schema, source=source, ttl=timedelta(0), online=True
    )


def service(name: str, view: Any, features: Sequence[str] | None = None) -> Any:
    """A feature service: the whole view, or the features of a model version.

    The model keeps its own ordered list: a service does not keep the order in what it returns.
    """
    from feast import FeatureService  # noqa: PLC0415 -- takes seconds to import

    return FeatureService(name=name, features=[view if features is None else view[list(features)]])
