"""A small integer program, with choices of 0 or 1 and payments, solved by HiGHS (in SciPy) in doubles.

Its answers are near whole numbers, and the caller counts them again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from domain.errors import BundleUnsolved

MOST = 10**10
"""The largest payment: beyond it sums that differ by one come too close for the solver's tolerances."""
# These tolerances are absolute, so payments are brought down to a size. On one problem in some hundreds HiGHS stops
# with an error that goes away when the same problem is written in other units, or its objective weighs more.
_SIZES_AND_WEIGHTS = ((10**6, 1), (10**6, 2), (10**8, 3), (10**7, 1000), (10**5, 7))
_INFEASIBLE = 2
Row = tuple[Mapping[int, int], int]
"""A linear constraint: factors by variable, and what their sum may be at most."""


class IntegerProgram:
    """Variables are numbered: first the choices, then the payments, each from 0 to its number in `most`."""

    def __init__(self, choices: int, most: Sequence[int], rows: Sequence[Row]) -> None:
        self.choices = choices
        self.most = most
        self.rows = rows

    def highest(
        self,
        objective: Mapping[int, int],
        low: Mapping[int, int],
        high: Mapping[int, int],
        rows: Sequence[Row] = (),
        *,
        whole: bool = False,
    ) -> list[float] | None:
        """The variables' values with the highest `objective`; None where all rows and bounds together allow nothing.

        `low` and `high` bound single variables closer. With `whole` payments are whole numbers, and not only choices.
        Raises BundleUnsolved.
        """
        choices, size = self.choices, self.choices + len(self.most)
        every = [*self.rows, *rows]
        matrix, limits = np.zeros((len(every), size)), np.array([limit for _, limit in every], dtype=np.float64)
        for k, (row, _) in enumerate(every):
            matrix[k, list(row)] = list(row.values())
        lows, weights = np.zeros(size), np.zeros(size)
        highs = np.array([1] * choices + list(self.most), dtype=np.float64)
        for vector, given in ((lows, low), (highs, high), (weights, objective)):
            vector[list(given)] = list(given.values())
        money = matrix[:, choices:].any(axis=1)
        message = ""
        for size_of_most, weight in _SIZES_AND_WEIGHTS:
            # Payments are counted in `unit`, and so is every row and factor of money.
            unit = 1.0 if whole else max(1.0, max([*self.most, *map(abs, objective.values())]) / size_of_most)
            row_unit = np.where(money, unit, 1.0)
            scaled = np.hstack([matrix[:, :choices] / row_unit[:, np.newaxis], matrix[:, choices:]])
            found = milp(
                -weight * np.concatenate([weights[:choices] / unit, weights[choices:]]),
                integrality=np.repeat([1, int(whole)], [choices, size - choices]),
                bounds=Bounds(*(np.concatenate([end[:choices], end[choices:] / unit]) for end in (lows, highs))),
                constraints=[LinearConstraint(scaled, ub=limits / row_unit)] if every else [],
                options={"mip_rel_gap": 0.0},
            )
            if found.success:
                return [*map(float, found.x[:choices]), *map(float, found.x[choices:] * unit)]
            if found.status == _INFEASIBLE:
                return None
            message = found.message
        raise BundleUnsolved(message)
