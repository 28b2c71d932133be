"""`/invited/<token>`: an invited person chooses name and password. GET changes nothing."""

from collections.abc import Mapping

from flask import Response, g, make_response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as BaseResponse

from domain.forms import MAX_TYPED_CHARACTERS, FormProblems
from domain.limits import MIN_PASSWORD_CHARACTERS
from domain.members import check_own_name
from domain.sso import Mode
from identity.links import looks_like_token, token_sha256
from identity.passwords import hash_password, password_problem
from identity.sessions import new_token
from storage import invitations, people
from storage.invitations import AddressTaken, InvitationOver, Joining
from storage.tables import Invitation, Organisation
from webapp import login as logins
from webapp.devices import remember_device
from webapp.language import language, problem_texts, say, suggest_language
from webapp.security import public
from webapp.sender import blueprint
from webapp.sender.account import role_text
from webapp.sender.password import problem_text
from webapp.state import state
from webapp.tries import count_unknown_link

GONE = 410


@blueprint.get("/invited/<token>")
@public
def invited(token: str) -> Response:
    """Who invites, and the form. Writes nothing: scanners come here too."""
    found = _look_up(token)
    return _form(token, found, "", {}) if found else _over()


@blueprint.post("/invited/<token>")
@public
def join(token: str) -> BaseResponse:
    """Become a member, and be logged in: the mailbox was shown, the password chosen just now."""
    found = _look_up(token)
    if found is None:
        return _over()
    invitation, organisation = found
    name = request.form.get("name", "")[:MAX_TYPED_CHARACTERS]
    errors = _problems(invitation, name)
    if errors:
        return _form(token, found, name, errors)
    joining = Joining(
        check_own_name(name), hash_password(request.form.get("password", "")), language()
    )
    login_token = new_token()
    closed = organisation.sso_mode == Mode.DEMANDED
    try:
        with state().database.transaction() as db:
            moment = logins.now()
            member = invitations.accept(db, invitation, token_sha256(token), joining, moment)
            if not closed:
                people.begin_login(
                    db,
                    member,
                    token_sha256(login_token),
                    moment,
                    second_factor=False,
                    **logins.whence(),
                )
    except InvitationOver:
        return _over()
    except AddressTaken:
        return _form(token, found, name, {"mail": _taken(organisation)})
    session.clear()
    if closed:
        return redirect(url_for("sso.choose"), code=303)
    answer = make_response(redirect(url_for("sender.account"), code=303))
    logins.set_cookie(answer, login_token)
    remember_device(answer, member.mail)
    return answer


def _look_up(token: str) -> tuple[Invitation, Organisation] | None:
    """The living invitation; the page then speaks its language. Raises TooManyTries where too many
    links that open nothing came from one network."""
    shaped = token if looks_like_token(token) else ""
    with state().database.reading() as db:
        row = invitations.by_token(db, token_sha256(shaped))
        organisation = invitations.organisation_of(db, row) if row is not None else None
    if row is None or organisation is None:
        count_unknown_link()
        return None
    suggest_language(row.language)
    g.zone = organisation.zone
    return (row, organisation) if invitations.is_live(row, logins.now()) else None


def _problems(invitation: Invitation, name: str) -> dict[str, str]:
    errors = {}
    try:
        check_own_name(name)
    except FormProblems as found:
        errors = problem_texts(found.problems)
    wanted = request.form.get("password", "")
    problem = password_problem(wanted, invitation.mail, name, state().settings.service_name)
    if problem is not None:
        errors["password"] = problem_text(problem)
    elif wanted != request.form.get("again", ""):
        errors["again"] = say("パスワードと同じものを入力してください。")
    return errors


def _taken(organisation: Organisation) -> str:
    return say(
        "このメールアドレスは、別の組織の利用者として登録されています。%(organisation)sの管理者に、"
        "別のメールアドレスで招待してもらってください。",
        organisation=organisation.name,
    )


def _form(
    token: str, found: tuple[Invitation, Organisation], name: str, errors: Mapping[str, str]
) -> Response:
    invitation, organisation = found
    page = render_template(
        "sender/invited.html",
        # Not `token`: a macro of that name, imported by the pages around, would take its place.
        link_token=token,
        invitation=invitation,
        organisation=organisation,
        roles=role_text(invitation.roles),
        name=name,
        least=MIN_PASSWORD_CHARACTERS,
        errors=errors,
    )
    return make_response(page, 422 if errors else 200)


def _over() -> Response:
    """One page for unknown, used, revoked and too old: it never says whether a token existed."""
    return make_response(render_template("sender/invited_over.html"), GONE)
