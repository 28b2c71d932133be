"""Pictures of the clerk's manual: an approval route in use, a sending back, a gate."""

from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Page, expect
from sqlalchemy import select

from cli.selftest.patience import Patience
from cli.selftest.stack import Stack
from domain.events import Json
from domain.kinds import Role, SlotKind, StageRule
from storage.tables import Chain, Member
from tests.guide.desk import Desk, rows_of
from tests.guide.sending import begin, choose_chain, kept, send
from tests.guide.words import Words

FROM = 2_000_000
"""Yen, from which on the department's head approves as well; the contracts have less."""


def draw_routes(desk: Desk, folder: Path) -> None:
    """What a chain skipped and why; what comes back; what waits for the council."""
    words = desk.words
    _make_chain(desk.stack, words)
    papers = folder / "chain"
    papers.mkdir()
    path = begin(desk, papers, words.others[0])
    choose_chain(desk.page, words.chain)
    desk.camera.take_part(desk.page, "#chain-route", "chain")
    send(desk)
    _send_back(desk, words.others[0])
    _returned(desk, path)
    _gate(desk, folder)


def _make_chain(stack: Stack, words: Words) -> None:
    """The section's head approves, above an amount another, and the mayor signs."""
    with rows_of(stack) as session:
        people = session.scalars(select(Member)).all()
        mails = {member.mail.partition("@")[0]: member for member in people}
        admin = next(member for member in people if Role.ADMIN.value in member.roles)
        acts: tuple[tuple[Member, SlotKind, dict[str, Json]], ...] = (
            (mails["approver"], SlotKind.APPROVE, {}),
            (admin, SlotKind.APPROVE, {"when": {"least": FROM}}),
            (mails["mayor"], SlotKind.SIGN, {}),
        )
        stages = [
            {
                "name": name,
                "rule": StageRule.ALL.value,
                "slots": [{"kind": kind.value, "member_id": str(member.id)}],
                **when,
            }
            for name, (member, kind, when) in zip(words.stages, acts, strict=True)
        ]
        session.add(
            Chain(
                organisation_id=admin.organisation_id,
                name=words.chain,
                version=1,
                definition={"stages": stages},
                created_at=datetime.now(UTC),
            )
        )


def _send_back(desk: Desk, title: str) -> None:
    """By the section's head, from his list."""
    head = desk.also("approver")

    def look() -> Page | None:
        page = head.go("/waiting")
        return page if page.locator("main tbody tr").filter(has_text=title).count() else None

    page = Patience(120).until("his task", look)
    with page.expect_navigation():
        page.locator("main tbody tr").filter(has_text=title).locator("td button").last.click()
    page.locator("main a[href$='/sendback']").first.click()
    page.locator("#reason").fill(desk.words.back)
    head.press("main form .actions button[type=submit]")
    head.press("form[action$='/sendback/act'] button[type=submit]")
    head.leave()


def _returned(desk: Desk, path: str) -> None:
    page = desk.go(path)
    resume = page.locator("section[aria-labelledby=resume-heading]")
    Patience(60).until("the envelope to be back", lambda: desk.go(path) and resume.count())
    parts = ("#live .status", "#route", "section[aria-labelledby=correct-heading]")
    desk.camera.take_pieces(page, (*parts, "section[aria-labelledby=resume-heading]"), "sent-back")


def _gate(desk: Desk, folder: Path) -> None:
    papers = folder / "gate"
    papers.mkdir()
    page, words = desk.page, desk.words
    path = begin(desk, papers, words.others[1])
    page.locator("input[name=order][value=stages]").check()
    kept(page)
    desk.press("button[name=action][value=stage-add]")
    page.locator("#stages-0-kind").select_option("gate")
    page.locator("#people-0-stage").select_option("2")
    page.locator("#purpose-one_sided").check()
    kept(page)
    send(desk)
    page = desk.go(path)
    expect(page.locator("section[aria-labelledby=gate-heading]")).to_be_visible()
    parts = ("#live .status", "section[aria-labelledby=gate-heading]")
    desk.camera.take_pieces(page, parts, "gate")
