"""Somebody comes back from a provider: a login, a question, the try of an administrator, or no."""

from collections.abc import Callable
from uuid import UUID

from flask import Response, g, make_response, redirect, render_template, session, url_for
from sqlalchemy.orm import Session

from domain.kinds import Role
from domain.member_passkeys import LoginFactor
from domain.permissions import ROLE_WORDS
from domain.sso import (
    WHY_WORDS,
    Protocol,
    SsoRefused,
    Statement,
    Why,
    roles_by_groups,
    shows_second_factor,
)
from domain.sso_forms import rules_of
from identity.sessions import new_token, token_sha256
from storage import people, sso, sso_entering
from storage.tables import Member, SsoConnection
from webapp import login as logins
from webapp.devices import remember_device
from webapp.entering import end_old_login, note_entry, note_sso_refusal
from webapp.language import language, say, words
from webapp.login import allows
from webapp.sso import journeys
from webapp.sso.journeys import Journey, Pending
from webapp.state import state

Read = Callable[[SsoConnection, Journey], Statement]
"""Verifies what came and says what it says. Raises SsoRefused."""
Once = Callable[[Session], None]
"""Raises SsoRefused where it was done before."""


def arrive(protocol: Protocol, organisation_id: UUID, returned: str, read: Read) -> Response:
    """`returned` is what the answer says of the journey that it belongs to."""
    g.passing = True  # an address with a code in it is no place to come back to
    try:
        journey = journeys.read(protocol, returned)
        connection = connection_of(protocol, organisation_id, journey)
        check_trier(journey)
    except SsoRefused as problem:
        answer = turned_away(protocol, organisation_id, problem)
    else:
        answer = finish(connection, journey, lambda: read(connection, journey))
    journeys.forget(answer, protocol)
    return answer


def finish(
    connection: SsoConnection,
    journey: Journey,
    read: Callable[[], Statement],
    once: Once | None = None,
) -> Response:
    """What becomes of the statement. `once` is a step of the transaction that lets somebody in."""
    try:
        said = read()
        if journey.tried_by:
            return _tried(connection, said)
        return _enter(connection, said, journey, once)
    except SsoRefused as problem:
        note_sso_refusal(connection, problem)
        return not_tried(connection, problem) if journey.tried_by else refused(problem)


def connection_of(protocol: Protocol, organisation_id: UUID, journey: Journey) -> SsoConnection:
    """The connection by which the browser left, as it was then. Raises SsoRefused."""
    with state().database.reading() as db:
        if journey.tried_by:
            row = sso.connection_of(db, organisation_id, protocol)
        else:
            row = sso.find_offered(db, organisation_id, protocol)
    if row is None or (str(row.id), row.revision) != (journey.connection, journey.revision):
        raise SsoRefused(Why.NOT_BEGUN, "changed")
    return row


def check_trier(journey: Journey) -> None:
    """A try comes back to the browser of the same administrator. Raises SsoRefused."""
    if not journey.tried_by:
        return
    found = logins.signed_in()
    mine = found is not None and str(found.member.id) == journey.tried_by
    if not mine or not allows("organisation.configure"):
        raise SsoRefused(Why.NOT_BEGUN, "other_member")


def _enter(
    connection: SsoConnection, said: Statement, journey: Journey, once: Once | None
) -> Response:
    with state().database.transaction() as db:
        if once is not None:
            once(db)
        found = sso_entering.enter(db, connection, said, logins.now(), language())
    if isinstance(found, sso_entering.Unlinked):
        answer = make_response(redirect(url_for("sso.confirm"), code=303))
        pending = Pending(str(connection.id), connection.revision, said, journey.target)
        journeys.keep_pending(answer, pending)
        return answer
    return let_in(connection, found.member, said, journey.target)


def let_in(
    connection: SsoConnection,
    member: Member,
    said: Statement,
    target: str,
    *,
    own_factor: LoginFactor | None = None,
) -> Response:
    """A login; half of one where Musubi's own second factor is outstanding. `own_factor`: it was
    shown just now. The provider's counts for members who have none here: it never stands for an
    app or passkey that somebody enrolled, because whoever keeps the connection writes which words
    count."""
    token, moment = new_token(), logins.now()
    has_own = member.has_factor
    factor = not has_own and shows_second_factor(said, rules_of(connection.rules))
    whole = own_factor is not None or not has_own
    with state().database.transaction() as db:
        end_old_login(db)
        people.begin_login(
            db,
            member,
            token_sha256(token),
            moment,
            second_factor=own_factor is not None or factor,
            sso=connection.id,
            sso_factor=factor,
            factor=own_factor,
            **logins.whence(),
        )
        if whole:
            note_entry(
                db, member, f"sso+{own_factor}" if own_factor else "sso+idp" if factor else "sso"
            )
    session.clear()
    page = target or url_for("public.home")
    if not whole:
        page = url_for("sender.login_code", next=target or None)
    answer = make_response(redirect(page, code=303))
    logins.set_cookie(answer, token)
    if whole:
        remember_device(answer, member.mail)
    return answer


def turned_away(protocol: Protocol, organisation_id: UUID, problem: SsoRefused) -> Response:
    """An answer that belongs to no journey of this browser: the organisation's log says so, since
    its members cannot know why they stay outside. Raises TooManyTries."""
    with state().database.reading() as db:
        connection = sso.connection_of(db, organisation_id, protocol)
    if connection is not None:
        note_sso_refusal(connection, problem)
    return refused(problem)


def refused(problem: SsoRefused) -> Response:
    """Why not, in words, and the way back."""
    page = render_template("sso/refused.html", why=words(WHY_WORDS[problem.why]))
    return make_response(page, 403)


def _tried(connection: SsoConnection, said: Statement) -> Response:
    """What the provider said, and what would come of it. Raises SsoRefused."""
    with state().database.transaction() as db:
        try:
            outcome = _outcome(connection, said, sso_entering.judge(db, connection, said))
        except SsoRefused as problem:
            # The provider's word holds; it is this person who would not come in.
            if problem.why not in {Why.UNKNOWN, Why.CLOSED}:
                raise
            outcome = words(WHY_WORDS[problem.why])
        sso.note_tried(db, logins.member(), connection, logins.now())
    page = render_template(
        "admin/sso_tried.html",
        connection=connection,
        facts=_facts(connection, said),
        outcome=outcome,
        problem="",
        detail="",
    )
    return make_response(page)


def not_tried(connection: SsoConnection, problem: SsoRefused) -> Response:
    """Why the try of an administrator led to nothing."""
    page = render_template(
        "admin/sso_tried.html",
        connection=connection,
        facts=[],
        outcome="",
        problem=words(WHY_WORDS[problem.why]),
        detail=problem.detail,
    )
    return make_response(page, 422)


def _facts(connection: SsoConnection, said: Statement) -> list[tuple[str, str]]:
    verified = {True: say("確認済み"), False: say("確認されていない"), None: say("通知なし")}
    groups = say("通知なし") if said.groups is None else say("、").join(said.groups)
    factor = shows_second_factor(said, rules_of(connection.rules))
    return [
        (say("利用者の識別子"), said.subject),
        (say("メールアドレス"), said.mail or "―"),
        (say("メールアドレスの確認"), verified[said.mail_verified]),
        (say("氏名"), said.name or "―"),
        (say("部署"), said.department or "―"),
        (say("グループ"), groups or "―"),
        (say("認証の方法"), say("、").join(said.factors) or "―"),
        (say("2段階認証として"), say("認める") if factor else say("認めない")),
    ]


def _outcome(
    connection: SsoConnection, said: Statement, found: sso_entering.Known | object | None
) -> str:
    if isinstance(found, sso_entering.Known):
        return say("登録済みの利用者「%(name)s」としてログインします。", name=found.member.name)
    if isinstance(found, sso_entering.Unlinked):
        return say(
            "登録済みの利用者「%(name)s」のメールアドレスです。本人が初めて使うときに、今のパスワードを一度だけ入力すると結び付きます。",
            name=found.member.name,
        )
    roles = roles_by_groups(said.groups or (), rules_of(connection.rules))
    named = say("、").join(words(ROLE_WORDS[role]) for role in Role if role in roles)
    return say("新しい利用者として登録します。役割：%(roles)s", roles=named)
