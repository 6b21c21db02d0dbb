"""The desk: all that officers do with policies, behind one facade for console, API and command line.

Every method opens its own transaction, checks the role, acts and writes the log. What it is told of a draft it must
be told with the revision that was looked at: an act on another text is refused, never guessed.
"""

from __future__ import annotations

from contextlib import suppress

from domain.errors import DuixianError
from workbench.drafting import Drafting
from workbench.publishing import Publishing
from workbench.withdrawing import Withdrawing

__all__ = ["Desk"]


class Desk(Drafting, Publishing, Withdrawing):
    """Drafts from their first line to what serves the city."""

    def catch_up(self) -> None:
        """Have this process serve what serves at this very moment: it looks by itself only every second or so.

        What cannot be had is left to whoever needs it, and to be rolled back.
        """
        with suppress(DuixianError):
            self._parts.words()
