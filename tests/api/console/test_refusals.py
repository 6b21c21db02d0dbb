import re
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from api.console.problems import in_words
from api.console.texts import Texts
from domain import errors
from domain.errors import DuixianError, ImpactStale, OfficerInvalid, ReleaseInvalid
from workbench import staleness
from workbench.limits import Limits

ROOT = Path(__file__).parents[3]


def latin_words(text: str) -> list[str]:
    return re.findall(r"[A-Za-z]{3,}", text)


@pytest.mark.parametrize(
    "error",
    [
        ReleaseInvalid("2026-01-01 is over.", next_step="Choose today or a later day."),
        ReleaseInvalid("The approval lasts until 2026-12-01.", next_step="Choose a day until then."),
        ReleaseInvalid("It is scheduled to be canary first, not published.", next_step="Schedule it anew."),
        ReleaseInvalid("Of 'a-b' a canary is running.", next_step="Roll the canary back first, if any."),
        ReleaseInvalid("No reason is given.", next_step="Write why, for those who ask later."),
        OfficerInvalid("There is no such role.", next_step="Roles are officer, reviewer."),
        errors.PushToEveryone(9, 10, None),
        errors.StandingMoved("a-b", 3),
        errors.NothingToRollBack("a-b"),
        errors.UnknownImpact(uuid4(), uuid4()),
    ],
    ids=str,
)
def test_a_refusal_is_told_in_chinese_to_chinese_readers(error: DuixianError) -> None:
    assert latin_words(" ".join(in_words(error, Texts("zh")))) == []


def test_a_refusal_says_in_english_what_exactly_was_wrong() -> None:
    error = ReleaseInvalid("2026-01-01 is over.", next_step="Choose today or a later day.")
    assert in_words(error, Texts("en"))[1:] == ("2026-01-01 is over.", "Choose today or a later day.")


def test_every_cause_that_voids_an_approval_has_chinese_words() -> None:
    now = datetime.fromisoformat("2026-11-24T12:00:00+08:00")
    [aged] = staleness.aged(now - timedelta(days=9), now, Limits())
    causes = [aged, "the draft's text was changed", "version 3 serves now, it was compared with version none"]
    what = in_words(ImpactStale(uuid4(), causes), Texts("zh"))[1]
    assert latin_words(what) == []
    assert "9 天" in what
    assert "第 3 版" in what


def test_the_causes_in_the_code_are_those_that_have_chinese_words() -> None:
    """Whoever words a cause anew in `staleness` or `approval` is told here that it has no Chinese."""
    source = "".join(
        (ROOT / "workbench" / name).read_text(encoding="utf-8") for name in ("staleness.py", "approval.py")
    )
    for cause in re.findall(r'"((?:those|the messages|the draft|a parameter|a fact|other figures)[^"{}]*)"', source):
        said = cause if " was " in cause or " has " in cause or " were " in cause else f"{cause} went from 1 to 2"
        assert latin_words(in_words(ImpactStale(uuid4(), [said]), Texts("zh"))[1]) == [], cause


def test_a_cost_that_moved_is_told_in_yuan() -> None:
    error = ImpactStale(uuid4(), ["the cost a year in fen went from 1,000,000 to 1,234,567"])
    assert "10,000.00 元变为 12,345.67 元" in in_words(error, Texts("zh"))[1]
    assert "CNY 10,000.00 to 12,345.67" in in_words(error, Texts("en"))[1]


def test_a_day_stays_in_what_is_told() -> None:
    error = ReleaseInvalid(f"{date(2026, 1, 1)} is over.", next_step="")
    assert in_words(error, Texts("zh"))[1].startswith("2026-01-01")
