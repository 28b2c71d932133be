"""パスワードをお忘れの方: a mailed link leads to a new password.

Whether the address is a member's shows nowhere: these views do not know it themselves. The worker
that mails the link asks (storage/desks/password_resets.py); rows, answers and their times are the
same. GET of the link changes nothing, and a new password logs nobody in: what is asked for besides
it (a second factor, the network) is asked for as ever.
"""

from flask import (
    Response,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from werkzeug.wrappers import Response as BaseResponse

from domain.forms import FormProblems, check_mail
from domain.limits import MAX_MAIL_CHARACTERS, MIN_PASSWORD_CHARACTERS
from domain.password_reset import RESET_LIFE
from identity.links import looks_like_token, token_sha256
from identity.networks import network_of
from identity.passwords import hash_password, password_problem
from storage import password_resets, people
from storage.password_resets import Asking, ResetOver
from storage.tables import Member, Organisation, PasswordReset
from webapp import login as logins
from webapp.language import say, words
from webapp.security import public
from webapp.sender import blueprint
from webapp.sender.password import problem_text
from webapp.state import state
from webapp.tries import count_mailbox, count_unknown_link, forgive_passwords

UNPROCESSABLE, TOO_MANY, GONE = 422, 429, 410


@blueprint.get("/login/forgotten")
@public
def forgotten() -> Response:
    """Ask for the address."""
    return _ask_page("")


@blueprint.post("/login/forgotten")
@public
def ask_new_password() -> BaseResponse:
    """Order a link, if the address is a member's, and say the same in either case."""
    typed = request.form.get("mail", "")[: 2 * MAX_MAIL_CHARACTERS]
    try:
        mail = people.normal_mail(check_mail("mail", typed))
    except FormProblems as problems:
        return _ask_page(typed, words(problems.problems["mail"]))
    count_mailbox()
    address = request.remote_addr or ""
    asking = Asking(mail, address, network_of(address))
    wait = password_resets.ask(state().database, asking, logins.now())
    if wait is not None:
        return _ask_page(typed, _wait_sentence(wait), wait)
    return redirect(url_for("sender.new_password_sent"), code=303)


@blueprint.get("/login/forgotten/sent")
@public
def new_password_sent() -> str:
    """What comes now; the same for whoever asked, and for whoever just looks."""
    return render_template("sender/forgotten_sent.html", minutes=_minutes())


@blueprint.get("/reset/<token>")
@public
def reset_password(token: str) -> BaseResponse:
    """Whose password it is, and the form. Writes nothing: scanners come here too."""
    found = _look_up(token)
    if found is None:
        return _over()
    _, member, organisation = found
    if not logins.works_here(organisation, member):
        return logins.outside()
    return _form(token, member, organisation, {})


@blueprint.post("/reset/<token>")
@public
def set_new_password(token: str) -> BaseResponse:
    """Keep the password, and lead on to the login."""
    found = _look_up(token)
    if found is None:
        return _over()
    reset, member, organisation = found
    if not logins.works_here(organisation, member):
        return logins.outside()
    errors = _problems(member)
    if errors:
        return _form(token, member, organisation, errors)
    new_hash = hash_password(request.form.get("password", ""))
    try:
        with state().database.transaction() as db:
            password_resets.use(db, reset, new_hash, logins.now())
            forgive_passwords(db, member.mail)
    except ResetOver:
        return _over()
    session.clear()
    flash(
        say(
            "新しいパスワードを登録しました。すべてのブラウザーでログアウトされています。新しいパスワードでログインしてください。"
        ),
        "success",
    )
    return redirect(url_for("sender.login"), code=303)


def _look_up(token: str) -> tuple[PasswordReset, Member, Organisation] | None:
    """Whose password a living link changes. Raises TooManyTries where too many links that open
    nothing came from one network."""
    shaped = token if looks_like_token(token) else ""
    with state().database.reading() as db:
        row = password_resets.by_token(db, token_sha256(shaped))
        member = password_resets.member_of(db, row, logins.now()) if row is not None else None
        organisation = db.get_one(Organisation, member.organisation_id) if member else None
    if row is None:
        count_unknown_link()
    if row is None or member is None or organisation is None:
        return None
    g.zone = organisation.zone
    return row, member, organisation


def _problems(member: Member) -> dict[str, str]:
    wanted = request.form.get("password", "")
    problem = password_problem(wanted, member.mail, member.name, state().settings.service_name)
    if problem is not None:
        return {"password": problem_text(problem)}
    if wanted != request.form.get("again", ""):
        return {"again": say("新しいパスワードと同じものを入力してください。")}
    return {}


def _form(
    token: str, member: Member, organisation: Organisation, errors: dict[str, str]
) -> Response:
    page = render_template(
        "sender/reset.html",
        # Not `token`: a macro of that name, imported by the pages around, would take its place.
        link_token=token,
        member=member,
        organisation=organisation,
        least=MIN_PASSWORD_CHARACTERS,
        errors=errors,
    )
    return make_response(page, UNPROCESSABLE if errors else 200)


def _over() -> Response:
    """One page for unknown, used, replaced and too old: it never says whether a token existed."""
    page = render_template("sender/reset_over.html", minutes=_minutes())
    return make_response(page, GONE)


def _ask_page(typed: str, error: str = "", wait: int | None = None) -> Response:
    errors = {"mail": error} if error else {}
    answer = make_response(
        render_template("sender/forgotten.html", typed=typed, errors=errors, minutes=_minutes())
    )
    if error:
        answer.status_code = UNPROCESSABLE
    if wait is not None:
        answer.status_code = TOO_MANY
        answer.headers["Retry-After"] = str(wait)
    return answer


def _wait_sentence(wait: int) -> str:
    return say(
        "このメールアドレスにメールを続けて送れる回数の上限に達しました。%(minutes)s分ほど待ってから、もう一度お試しください。",
        minutes=-(-wait // 60),
    )


def _minutes() -> int:
    return int(RESET_LIFE.total_seconds()) // 60
