"""Invitations: mailed with a link that the database knows by its hash, accepted once."""

from datetime import datetime, timedelta
from email.message import EmailMessage
from uuid import UUID

import pytest

from activities.invitations import InvitationActivities
from domain.kinds import Language, NoticeKind, Role
from domain.members import INVITATION_LIFE, CheckedMember
from domain.messages import InvitationRef
from domain.ports.notices import MailRefused, PendingNotice
from identity.links import InvitationMinter, LinkMinter, token_sha256
from storage import invitations, people, recovery
from storage.desks.invitations import StoredInvitationDesk
from storage.desks.rows import now
from storage.invitations import (
    AddressTaken,
    AlreadyInvited,
    AlreadyMember,
    InvitationOver,
    Joining,
)
from storage.tables import Invitation, LedgerEvent, Member, OutboxItem
from tests.storage.world import World

KEY = b"k" * 32
MAIL = "newcomer@aoba.example.jp"


class Post:
    """Composer and postman that remember tokens; `refuses` is what a server says."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.tokens: list[str] = []
        self.notices: list[PendingNotice] = []
        self.refuses = refuses

    def compose(self, notice: PendingNotice, token: str | None, code: str = "") -> EmailMessage:
        self.notices.append(notice)
        self.tokens.append(token or "")
        return EmailMessage()

    def deliver(self, message: EmailMessage, notice_id: UUID) -> None:
        if self.refuses:
            raise MailRefused


@pytest.fixture
def admin(world: World) -> UUID:
    return world.join("boss", Role.ADMIN)


def invite(world: World, admin: UUID, mail: str = MAIL, *roles: Role) -> UUID:
    wanted = CheckedMember(roles or (Role.CLERK, Role.VIEWER), None, mail=mail)
    with world.database.transaction() as session:
        actor = session.get_one(Member, admin)
        return invitations.invite(session, actor, wanted, Language.JA, now()).id


def mail(world: World, invitation: UUID, post: Post | None = None) -> Post:
    post = post or Post()
    desk = StoredInvitationDesk(world.database, "https://sign.example.jp", trial=True)
    InvitationActivities(desk, InvitationMinter(KEY), post, post).send_invitation(
        InvitationRef(invitation_id=invitation)
    )
    return post


def accept(world: World, token: str, at: datetime | None = None) -> UUID:
    joining = Joining("新井 さくら", "hash of hers", Language.EN)
    with world.database.transaction() as session:
        row = invitations.by_token(session, token_sha256(token))
        if row is None:
            raise InvitationOver
        return invitations.accept(session, row, token_sha256(token), joining, at or now()).id


def row_of(world: World, invitation: UUID) -> Invitation:
    with world.database.reading() as session:
        return session.get_one(Invitation, invitation)


def test_the_invited_person_becomes_a_member_with_the_roles_and_once(
    world: World, admin: UUID
) -> None:
    invitation = invite(world, admin, "  NewComer@Aoba.example.jp ")
    assert row_of(world, invitation).token_sha256 is None
    token = mail(world, invitation).tokens[0]
    assert row_of(world, invitation).token_sha256 == token_sha256(token)
    assert token != LinkMinter(KEY).token(invitation, 1)
    member_id = accept(world, token)
    with world.database.reading() as session:
        member = session.get_one(Member, member_id)
        assert (member.mail, member.name, member.language) == (MAIL, "新井 さくら", "en")
        assert member.roles == ["clerk", "viewer"]
        assert member.organisation_id == world.organisation_id
        tags = [event.tag for event in session.query(LedgerEvent).order_by(LedgerEvent.sequence)]
        assert MAIL not in str([event.data for event in session.query(LedgerEvent)])
    assert tags[-3:] == ["member:invited", "member:created", "invitation:accepted"]
    with pytest.raises(InvitationOver):
        accept(world, token)


def test_the_mail_names_who_invites_and_a_repeat_sends_no_second_one(
    world: World, admin: UUID
) -> None:
    invitation = invite(world, admin)
    post = mail(world, invitation)
    mail(world, invitation, post)
    assert len(post.notices) == 1
    notice = post.notices[0]
    assert (notice.kind, notice.to_mail, notice.actor_name) == (
        NoticeKind.INVITATION,
        MAIL,
        "bossさん",
    )
    assert (notice.organisation, notice.envelope_id) == ("あおば市", None)
    with world.database.reading() as session:
        assert session.query(OutboxItem).filter_by(kind="invitation").count() == 1


def test_a_new_mail_has_a_new_link_and_kills_the_old_one(world: World, admin: UUID) -> None:
    invitation = invite(world, admin)
    old = mail(world, invitation).tokens[0]
    with world.database.transaction() as session:
        row = session.get_one(Invitation, invitation)
        invitations.again(session, session.get_one(Member, admin), row, now())
    with pytest.raises(InvitationOver):
        accept(world, old)
    new = mail(world, invitation).tokens[0]
    assert new != old
    with pytest.raises(InvitationOver):
        accept(world, old)
    assert accept(world, new)


def test_an_invitation_that_was_ordered_again_while_its_mail_was_delayed_gets_the_new_link(
    world: World, admin: UUID
) -> None:
    """The first order's workflow still runs: the second one does not start another."""
    invitation = invite(world, admin)
    post = Post()
    first = post.deliver

    def order_again(message: EmailMessage, notice_id: UUID) -> None:
        post.deliver = first  # type: ignore[method-assign]
        with world.database.transaction() as session:
            row = session.get_one(Invitation, invitation)
            invitations.again(session, session.get_one(Member, admin), row, now())

    post.deliver = order_again  # type: ignore[method-assign]
    mail(world, invitation, post)
    assert len(post.tokens) == 2
    assert accept(world, post.tokens[1])


@pytest.mark.parametrize("case", ["revoked", "too old"])
def test_a_link_that_is_over_makes_no_member(world: World, admin: UUID, case: str) -> None:
    invitation = invite(world, admin)
    token = mail(world, invitation).tokens[0]
    at = now()
    if case == "revoked":
        with world.database.transaction() as session:
            row = session.get_one(Invitation, invitation)
            invitations.revoke(session, session.get_one(Member, admin), row, at)
            with pytest.raises(InvitationOver):
                invitations.again(session, session.get_one(Member, admin), row, at)
    else:
        at += INVITATION_LIFE + timedelta(seconds=1)
    with pytest.raises(InvitationOver):
        accept(world, token, at)
    with world.database.reading() as session:
        assert session.query(Member).filter_by(mail=MAIL).count() == 0


def test_a_server_that_refuses_is_seen_and_nothing_is_sent_again(world: World, admin: UUID) -> None:
    invitation = invite(world, admin)
    post = mail(world, invitation, Post(refuses=True))
    mail(world, invitation, post)
    assert len(post.notices) == 1
    row = row_of(world, invitation)
    assert row.failed_at is not None
    assert row.sent_at is None


def test_who_is_a_member_or_invited_is_not_invited_again(world: World, admin: UUID) -> None:
    invite(world, admin)
    with pytest.raises(AlreadyInvited):
        invite(world, admin)
    with pytest.raises(AlreadyMember):
        invite(world, admin, "clerk@aoba.example.jp")


def test_an_address_of_another_organisation_is_told_only_to_who_reads_its_mail(
    world: World, admin: UUID
) -> None:
    with world.database.transaction() as session:
        other = people.create_organisation(session, "隣町", now()).id
    world.join("newcomer", Role.CLERK, organisation_id=other)
    token = mail(world, invite(world, admin)).tokens[0]
    with pytest.raises(AddressTaken):
        accept(world, token)


def test_who_had_retired_comes_back_without_his_old_second_factor(
    world: World, admin: UUID
) -> None:
    with world.database.transaction() as session:
        row = session.get_one(Member, world.member_id)
        row.active, row.retired_at, row.totp_sealed = False, now(), b"old"
        recovery.replace(session, row, [("finder", "hash")], now())
    token = mail(world, invite(world, admin, "clerk@aoba.example.jp", Role.VIEWER)).tokens[0]
    assert accept(world, token) == world.member_id
    with world.database.reading() as session:
        row = session.get_one(Member, world.member_id)
        assert (row.active, row.totp_sealed, row.roles) == (True, None, ["viewer"])
        assert row.password_hash == "hash of hers"
        assert recovery.left(session, row.id) == 0
