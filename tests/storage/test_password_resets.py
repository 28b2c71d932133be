"""New passwords by mail: asked for by anybody, mailed to members, used once."""

from datetime import datetime, timedelta
from email.message import EmailMessage
from uuid import UUID

import pytest
from sqlalchemy import text

from activities.password_resets import PasswordResetActivities
from domain.kinds import NoticeKind
from domain.messages import PasswordResetRef
from domain.password_reset import RESET_LIFE
from domain.ports.notices import MailRefused, PendingNotice
from identity.links import InvitationMinter, ResetMinter, token_sha256
from storage import password_resets, people
from storage.desks.factor_resets import StoredFactorResetDesk
from storage.desks.password_resets import StoredPasswordResetDesk
from storage.desks.rows import now
from storage.forgetting import forget_old
from storage.password_resets import Asking, ResetOver
from storage.tables import (
    FactorReset,
    LedgerEvent,
    LoginSession,
    Member,
    OperationEntry,
    Organisation,
    OutboxItem,
    PasswordReset,
)
from storage.tables.base import Base
from tests.storage.world import World

KEY = b"k" * 32
KNOWN, NOBODY = "clerk@aoba.example.jp", "nobody@aoba.example.jp"
URL = "https://sign.example.jp"


class Post:
    """Composer and postman that remember what went out."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.tokens: list[str | None] = []
        self.notices: list[PendingNotice] = []
        self.refuses = refuses

    def compose(self, notice: PendingNotice, token: str | None, code: str = "") -> EmailMessage:
        self.notices.append(notice)
        self.tokens.append(token)
        return EmailMessage()

    def deliver(self, message: EmailMessage, notice_id: UUID) -> None:
        if self.refuses:
            raise MailRefused


def ask(
    world: World, mail: str = KNOWN, at: datetime | None = None, network: str = "net"
) -> int | None:
    return password_resets.ask(world.database, Asking(mail, "192.0.2.7", network), at or now())


def newest(world: World) -> UUID:
    with world.reading() as session:
        rows = session.query(PasswordReset).order_by(PasswordReset.requested_at.desc())
        return rows.first().id  # type: ignore[union-attr]


def mail(world: World, reset: UUID, post: Post | None = None) -> Post:
    post = post or Post()
    desk = StoredPasswordResetDesk(world.database, URL, trial=True)
    PasswordResetActivities(desk, ResetMinter(KEY), post, post).send_password_reset(
        PasswordResetRef(reset_id=reset)
    )
    return post


def token_for(world: World, at: datetime | None = None) -> str:
    ask(world, at=at)
    token = mail(world, newest(world)).tokens[0]
    assert token is not None
    return token


def use(world: World, token: str, at: datetime | None = None) -> Member:
    with world.database.transaction() as session:
        row = password_resets.by_token(session, token_sha256(token))
        if row is None:
            raise ResetOver
        return password_resets.use(session, row, "hash of the new one", at or now())


def clerk(world: World) -> Member:
    with world.reading() as session:
        return session.query(Member).filter_by(mail=KNOWN).one()


def change(world: World, **values: object) -> None:
    with world.database.transaction() as session:
        row = session.query(Member).filter_by(mail=KNOWN).one()
        for name, value in values.items():
            setattr(row, name, value)


def demand_sso(world: World) -> None:
    with world.database.transaction() as session:
        session.query(Organisation).update({"sso_mode": "demanded"})


def rows(world: World) -> dict[str, int]:
    with world.reading() as session:
        return {
            name: session.scalar(text(f"SELECT count(*) FROM {name}")) or 0  # noqa: S608
            for name in Base.metadata.tables
        }


def test_asking_writes_the_same_rows_for_an_address_that_is_nobodys(world: World) -> None:
    grown = []
    for address in (KNOWN, NOBODY):
        before = rows(world)
        assert ask(world, address) is None
        grown.append({name: count - before[name] for name, count in rows(world).items()})
    assert grown[0] == grown[1]
    assert grown[0]["password_resets"] == grown[0]["outbox"] == 1


def test_only_a_member_gets_a_mail_and_the_log_of_his_organisation_says_so(world: World) -> None:
    ask(world, NOBODY)
    assert mail(world, newest(world)).notices == []
    ask(world)
    reset = newest(world)
    post = mail(world, reset)
    mail(world, reset, post)
    (notice,) = post.notices
    assert (notice.kind, notice.to_mail) == (NoticeKind.PASSWORD_RESET, KNOWN)
    (token,) = post.tokens
    assert token is not None
    assert token != InvitationMinter(KEY).issue(reset, 1).code
    with world.reading() as session:
        row = session.get_one(PasswordReset, reset)
        assert (row.token_sha256, row.member_id) == (token_sha256(token), clerk(world).id)
        event = session.query(LedgerEvent).filter_by(tag="member:reset_asked").one()
        assert event.organisation_id == clerk(world).organisation_id
        assert event.data["link"] is True
        entry = session.query(OperationEntry).filter_by(tag="member:reset_asked").one()
        assert entry.data["address"] == "192.0.2.7"


def test_the_link_sets_the_password_once_ends_every_login_and_tells_the_member(
    world: World,
) -> None:
    member = clerk(world)
    change(world, totp_sealed=b"sealed", totp_last_step=7)
    with world.database.transaction() as session:
        people.begin_login(session, member, "a" * 64, now(), second_factor=True)
    token = token_for(world)
    assert use(world, token).id == member.id
    with world.reading() as session:
        row = session.get_one(Member, member.id)
        assert row.password_hash == "hash of the new one"
        assert row.totp_sealed == b"sealed", "the second factor stays"
        assert session.query(LoginSession).filter_by(ended_at=None).count() == 0
        told = session.query(FactorReset).one()
        orders = [
            row.subject_id for row in session.query(OutboxItem).filter_by(kind="factor_reset")
        ]
        assert session.query(LedgerEvent).filter_by(tag="member:password_reset").count() == 1
    assert orders == [told.id]
    notice = StoredFactorResetDesk(world.database, URL, trial=True).due(told.id)
    assert notice is not None
    assert (notice.kind, notice.to_mail) == (NoticeKind.PASSWORD_CHANGED, KNOWN)
    with pytest.raises(ResetOver):
        use(world, token)


def test_it_dies_after_half_an_hour(world: World) -> None:
    token = token_for(world)
    with pytest.raises(ResetOver):
        use(world, token, now() + RESET_LIFE + timedelta(seconds=1))
    use(world, token, now() + RESET_LIFE - timedelta(minutes=1))


def test_one_that_is_too_old_is_not_even_mailed(world: World) -> None:
    ask(world, at=now() - RESET_LIFE - timedelta(seconds=1))
    assert mail(world, newest(world)).notices == []


def test_of_two_links_the_newest_counts(world: World) -> None:
    old = token_for(world, now() - timedelta(minutes=2))
    new = token_for(world)
    assert new != old
    with pytest.raises(ResetOver):
        use(world, old)
    use(world, new)


def test_one_that_is_replaced_before_it_was_mailed_is_never_mailed(world: World) -> None:
    ask(world, at=now() - timedelta(minutes=2))
    first = newest(world)
    ask(world)
    assert mail(world, first).notices == []
    assert len(mail(world, newest(world)).notices) == 1


def test_a_button_pressed_twice_orders_one(world: World) -> None:
    ask(world)
    ask(world, at=now() + timedelta(seconds=5))
    with world.reading() as session:
        assert session.query(PasswordReset).count() == 1


def ask_often(world: World, networks: int) -> int:
    start = now()
    return sum(
        ask(world, at=start + timedelta(minutes=number), network=f"{number % networks}") is None
        for number in range(20)
    )


@pytest.mark.parametrize(("networks", "most"), [(1, 3), (20, 6)])
def test_mails_of_an_hour_are_few_for_a_network_and_for_all_of_them(
    world: World, networks: int, most: int
) -> None:
    assert ask_often(world, networks) == most


def test_who_comes_by_single_sign_on_is_told_so_and_gets_no_link(world: World) -> None:
    demand_sso(world)
    ask(world)
    reset = newest(world)
    post = mail(world, reset)
    (notice,) = post.notices
    assert (notice.kind, notice.link_purpose) == (NoticeKind.PASSWORD_UNUSED, None)
    assert post.tokens == [None]
    with world.reading() as session:
        assert session.get_one(PasswordReset, reset).token_sha256 is None


def test_who_never_had_a_password_gets_none_by_mail(world: World) -> None:
    change(world, password_hash=people.NO_PASSWORD)
    ask(world)
    assert mail(world, newest(world)).notices[0].kind is NoticeKind.PASSWORD_UNUSED


def test_a_link_from_before_single_sign_on_was_demanded_opens_nothing(world: World) -> None:
    token = token_for(world)
    demand_sso(world)
    with pytest.raises(ResetOver):
        use(world, token)


@pytest.mark.parametrize("changed", [{"active": False}, {"mail": "other@aoba.example.jp"}])
def test_who_left_or_has_another_address_gets_nothing_by_the_link(
    world: World, changed: dict[str, object]
) -> None:
    token = token_for(world)
    change(world, **changed)
    with pytest.raises(ResetOver):
        use(world, token)
    ask(world, at=now() + timedelta(minutes=1))
    assert mail(world, newest(world)).notices == []


def test_a_password_that_was_changed_otherwise_ends_the_link(world: World) -> None:
    token = token_for(world)
    with world.database.transaction() as session:
        people.change_password(session, clerk(world), "changed in the account", now())
    with pytest.raises(ResetOver):
        use(world, token)


def test_a_mail_that_was_refused_is_not_sent_again(world: World) -> None:
    ask(world)
    reset = newest(world)
    post = mail(world, reset, Post(refuses=True))
    mail(world, reset, post)
    assert len(post.notices) == 1
    with world.reading() as session:
        assert session.get_one(PasswordReset, reset).failed_at is not None


def test_rows_go_after_a_day(world: World) -> None:
    ask(world, NOBODY, now() - timedelta(days=2))
    ask(world)
    with world.database.transaction() as session:
        assert forget_old(session, now())["password_resets"] == 1
    with world.reading() as session:
        assert session.query(PasswordReset).one().mail == KNOWN
