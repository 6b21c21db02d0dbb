import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from catalogue.lifecycle import DraftEvent, DraftState
from domain.errors import (
    CatalogueInvalid,
    DraftChanged,
    DraftInvalid,
    DraftMoved,
    NotAllowed,
    UnknownDraft,
    UnknownPolicy,
)
from storage.connection import Begin
from workbench.audit import AuditLog
from workbench.desk import Desk
from workbench.roles import Officer, Role


def test_a_draft_begins_as_what_serves_with_its_version_raised_and_all_else_untouched(
    desk: Desk, wang: Officer, policy_text: Callable[..., str]
) -> None:
    draft = desk.create(wang, policy_id="bus-pass")
    assert draft.text == policy_text(version=2)
    assert (draft.state, draft.revision, draft.version, draft.base_version) == (DraftState.DRAFT, 1, 2, 1)
    assert desk.draft(wang, draft.draft_id) == draft
    assert desk.policy(draft).version == 2


def test_a_text_of_ones_own_may_be_unfinished_but_says_whose_it_is(desk: Desk, wang: Officer) -> None:
    draft = desk.create(wang, text="id: new-pass\nagency: {zh: 上海市民政局}\n")
    assert (draft.policy_id, draft.agency_id, draft.base_version, draft.version) == (
        "new-pass",
        "上海市民政局",
        None,
        None,
    )
    with pytest.raises(CatalogueInvalid, match="lacks"):
        desk.policy(draft)
    with pytest.raises(DraftInvalid, match=r"no 'agency: \{zh: ...\}'"):
        desk.create(wang, text="id: new-pass\n")
    with pytest.raises(CatalogueInvalid, match=r"draft.yaml:2:1: This is not YAML"):
        desk.create(wang, text="id: [")


def test_a_form_sent_twice_begins_one_draft(desk: Desk, wang: Officer, li: Officer) -> None:
    chosen = uuid4()
    first = desk.create(wang, policy_id="bus-pass", draft_id=chosen)
    assert desk.create(wang, policy_id="bus-pass", draft_id=chosen) == first
    assert len(desk.events(wang, chosen)) == 1
    with pytest.raises(DraftChanged):
        desk.create(li, policy_id="bus-pass", draft_id=chosen)


def test_what_does_not_serve_cannot_be_copied(desk: Desk, wang: Officer) -> None:
    with pytest.raises(UnknownPolicy, match="Did you mean 'bus-pass'"):
        desk.create(wang, policy_id="bus-passs")


def test_another_agencys_policies_and_drafts_are_out_of_reach(
    desk: Desk, wang: Officer, stranger: Officer, hire: Callable[..., Officer], policy_text: Callable[..., str]
) -> None:
    draft = desk.create(wang, policy_id="bus-pass")
    for act in (
        lambda: desk.draft(stranger, draft.draft_id),
        lambda: desk.save(stranger, draft.draft_id, 1, "mine"),
        lambda: desk.create(stranger, policy_id="bus-pass"),
        lambda: desk.create(stranger, text=policy_text()),
        lambda: desk.create(stranger, text=policy_text(agency="上海市文化和旅游局")),  # its id is taken by another's
        lambda: desk.withdraw(stranger, draft.draft_id, 1),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert desk.drafts(stranger) == []
    assert desk.drafts(hire("qian", Role.OFFICER, agency="上海市大数据中心")) == [draft]
    assert desk.drafts(hire("zhao", Role.AUDITOR, agency="上海市文化和旅游局")) == [draft]


def test_roles_that_read_do_not_write(desk: Desk, zhou: Officer, hire: Callable[..., Officer]) -> None:
    for who in (zhou, hire("zhao", Role.AUDITOR), hire("wu", Role.ADMINISTRATOR)):
        with pytest.raises(NotAllowed):
            desk.create(who, policy_id="bus-pass")


def test_a_draft_that_is_not_there_is_unknown(desk: Desk, wang: Officer) -> None:
    with pytest.raises(UnknownDraft):
        desk.draft(wang, uuid4())
    with pytest.raises(UnknownDraft):
        desk.save(wang, uuid4(), 1, "text")


def test_every_revision_of_the_text_is_kept(desk: Desk, wang: Officer, li: Officer) -> None:
    first = desk.create(wang, policy_id="bus-pass")
    second = desk.save(wang, first.draft_id, 1, first.text.replace("乘车补贴", "公交补贴"))
    third = desk.save(li, first.draft_id, 2, "no longer: [yaml")
    assert (second.title.zh, third.title.zh, third.version, third.editor, third.author) == (
        "公交补贴",
        "公交补贴",
        2,
        "li",
        "wang",
    )
    kept = desk.revisions(wang, first.draft_id)
    assert [(one.revision, one.editor) for one in kept] == [(1, "wang"), (2, "wang"), (3, "li")]
    assert [desk.revision_text(wang, first.draft_id, one.revision) for one in kept] == [
        first.text,
        second.text,
        "no longer: [yaml",
    ]
    with pytest.raises(UnknownDraft, match="revision 4"):
        desk.revision_text(wang, first.draft_id, 4)


def test_who_saves_on_top_of_an_older_text_is_shown_the_newer_one(desk: Desk, wang: Officer, li: Officer) -> None:
    draft = desk.create(wang, policy_id="bus-pass")
    theirs = desk.save(li, draft.draft_id, 1, draft.text + "# li\n")
    with pytest.raises(DraftChanged) as refused:
        desk.save(wang, draft.draft_id, 1, draft.text + "# wang\n")
    assert refused.value.data == {
        "draft_id": str(draft.draft_id),
        "editor": "li",
        "revision": 2,
        "text": theirs.text,
    }
    assert desk.draft(wang, draft.draft_id) == theirs


def test_a_save_sent_twice_is_one_revision(desk: Desk, wang: Officer) -> None:
    draft = desk.create(wang, policy_id="bus-pass")
    saved = desk.save(wang, draft.draft_id, 1, draft.text + "# more\n")
    assert desk.save(wang, draft.draft_id, 1, draft.text + "# more\n") == saved
    assert desk.save(wang, draft.draft_id, 2, draft.text + "# more\n") == saved
    assert [step.event for step in desk.events(wang, draft.draft_id)] == [DraftEvent.CREATE, DraftEvent.SAVE]


def test_of_many_who_save_at_once_one_wins_and_no_text_is_lost(
    desk: Desk, wang: Officer, li: Officer, begin: Begin
) -> None:
    draft = desk.create(wang, policy_id="bus-pass")
    together = threading.Barrier(8)

    def save(number: int) -> int | None:
        together.wait()
        try:
            return desk.save((wang, li)[number % 2], draft.draft_id, 1, f"{draft.text}# {number}\n").revision
        except DraftChanged:
            return None

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(save, range(8)))
    assert sorted(outcomes, key=str) == [2, *[None] * 7]
    held = desk.draft(wang, draft.draft_id)
    assert held.text == f"{draft.text}# {outcomes.index(2)}\n"
    assert held.revision == 2
    with begin() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM draft_revision")).scalar_one() == 2


def test_a_text_that_no_database_can_hold_is_refused_in_words(desk: Desk, wang: Officer) -> None:
    draft = desk.create(wang, policy_id="bus-pass")
    for text, why in (("a\x00b", "character"), ("a\ud800b", "character"), ("x" * 200_001, "200,001 characters")):
        with pytest.raises(DraftInvalid, match=why):
            desk.save(wang, draft.draft_id, 1, text)


def test_a_withdrawn_draft_stays_and_cannot_be_saved(desk: Desk, wang: Officer) -> None:
    draft = desk.create(wang, policy_id="bus-pass")
    gone = desk.withdraw(wang, draft.draft_id, 1, "not now")
    assert desk.withdraw(wang, draft.draft_id, 1, "not now") == gone
    with pytest.raises(DraftMoved, match="withdrawn"):
        desk.save(wang, draft.draft_id, 1, "new text")
    assert desk.drafts(wang, [DraftState.DRAFT]) == []
    assert [(step.event, step.note) for step in desk.events(wang, draft.draft_id)][1:] == [
        (DraftEvent.WITHDRAW, "not now")
    ]


def test_every_act_is_in_the_log(desk: Desk, wang: Officer, log: AuditLog, clock: Callable[..., object]) -> None:
    before = log.verify().entries
    draft = desk.create(wang, policy_id="bus-pass")
    clock.passes(timedelta(hours=1))  # type: ignore[attr-defined]
    desk.save(wang, draft.draft_id, 1, draft.text + "# more\n")
    desk.withdraw(wang, draft.draft_id, 2)
    proven = log.verify()
    assert (proven.entries - before, proven.anchored) == (3, proven.entries)
