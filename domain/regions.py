"""Regions: city, district, street, each written with all that it lies in, as in `shanghai.xuhui.tianping`."""

from __future__ import annotations


def lies_in(place: str, region: str) -> bool:
    """Whether `place` is `region` or a part of it."""
    return place == region or place.startswith(region + ".")
