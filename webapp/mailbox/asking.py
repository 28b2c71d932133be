"""An address is asked for, then a code from its mailbox.

Whether the address is anybody's shows nowhere: these views do not know it themselves. The worker
that mails the code asks (storage/desks/mailbox.py); rows, answers and their times are the same.
"""

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from domain.forms import FormProblems, check_mail
from domain.limits import MAX_MAIL_CHARACTERS
from domain.mailbox import CODE_LIFE, CODES_OF_A_NETWORK
from identity.codes import verify_mailbox_digits
from identity.links import token_sha256
from identity.networks import network_of
from storage import mailbox_codes, mailbox_visits
from storage.mailbox_codes import Asking, CodeTry
from storage.mailbox_visits import Opening
from storage.tables import MailboxCode
from webapp.language import language, say, words
from webapp.mailbox import visiting
from webapp.mailbox.blueprint import blueprint
from webapp.security import public
from webapp.signer.visiting import caller, now
from webapp.state import state
from webapp.tries import count_mailbox, count_mailbox_try

UNPROCESSABLE, TOO_MANY = 422, 429


@blueprint.get("/mailbox")
@public
def ask_form() -> AnyResponse:
    """Ask for the address; whoever has shown his mailbox already is led on."""
    if visiting.open_visit() is not None:
        return redirect(url_for("mailbox.documents"), 303)
    return _ask_page("")


@blueprint.post("/mailbox")
@public
def ask() -> AnyResponse:
    """Order a code, if the address is anybody's, and say the same in either case."""
    typed = request.form.get("mail", "")[: 2 * MAX_MAIL_CHARACTERS]
    try:
        mail = mailbox_codes.normal(check_mail("mail", typed))
    except FormProblems as problems:
        return _ask_page(typed, words(problems.problems["mail"]))
    count_mailbox()
    token, again = visiting.browser_token(), _asked_for() is not None
    network = network_of(request.remote_addr or "")
    asking = Asking(mail, token_sha256(token), network, language())
    wait = mailbox_codes.ask(state().database, asking, now())
    if wait is not None:
        return _ask_page(typed, _wait_sentence(wait), wait)
    if again:
        flash(
            say(
                "確認コードをもう一度お送りします。いちばん新しいメールのコードを入力してください。"
            ),
            "information",
        )
    answer = make_response(redirect(url_for("mailbox.code_form"), 303))
    visiting.set_cookie(answer, token)
    return answer


@blueprint.get("/mailbox/code")
@public
def code_form() -> AnyResponse:
    """Ask for the code; whoever asked for none is asked for the address."""
    code = _asked_for()
    return redirect(url_for("mailbox.ask_form"), 303) if code is None else _code_page(code)


@blueprint.post("/mailbox/code")
@public
def enter_code() -> AnyResponse:
    """Right: a visit, and a token that this browser did not have before."""
    code = _asked_for()
    if code is None:
        return redirect(url_for("mailbox.ask_form"), 303)
    typed = request.form.get("code", "")
    if not mailbox_codes.is_live(code, now()):
        return _code_page(code, _no_code())
    if not typed.strip():
        return _code_page(code, say("確認コードを入力してください。"))
    counted = count_mailbox_try()
    tried = mailbox_codes.count_try(state().database, code, now())
    if tried.spent or tried.wait is not None:
        return _code_page(code, _closed_sentence(tried), tried.wait)
    if not verify_mailbox_digits(code.code_hash, typed):
        mailbox_codes.refuse(state().database, code, now())
        return _code_page(code, _wrong_sentence(tried))
    with state().database.transaction() as session:
        counted.succeeded(session)
    return _open(code, tried)


def _open(code: MailboxCode, tried: CodeTry) -> AnyResponse:
    token = visiting.new_token()
    opening = Opening(code.id, code.browser_sha256, token_sha256(token), tried)
    if mailbox_visits.open_with(state().database, opening, caller(), now()) is None:
        return _code_page(code, _no_code())
    answer = make_response(redirect(url_for("mailbox.documents"), 303))
    visiting.set_cookie(answer, token)
    return answer


def _asked_for() -> MailboxCode | None:
    """The newest request of this browser that opened nothing yet."""
    digest = visiting.browser_sha256()
    if not digest:
        return None
    with state().database.reading() as session:
        return mailbox_codes.newest(session, digest)


def _ask_page(typed: str, error: str = "", wait: int | None = None) -> Response:
    body = render_template("mailbox/ask.html", typed=typed, errors={"mail": error} if error else {})
    return _told(make_response(body), error, wait)


def _code_page(code: MailboxCode, error: str = "", wait: int | None = None) -> Response:
    body = render_template(
        "mailbox/code.html",
        mail=code.mail,
        minutes=int(CODE_LIFE.total_seconds()) // 60,
        most=CODES_OF_A_NETWORK,
        errors={"code": error} if error else {},
    )
    return _told(make_response(body), error, wait)


def _told(answer: Response, error: str, wait: int | None) -> Response:
    if error:
        answer.status_code = UNPROCESSABLE
    if wait is not None:
        answer.status_code = TOO_MANY
        answer.headers["Retry-After"] = str(wait)
    return answer


def _wait_sentence(wait: int) -> str:
    return say(
        "このメールアドレスに確認コードを続けて送れる回数の上限に達しました。%(minutes)s分ほど待ってから、もう一度お試しください。",
        minutes=-(-wait // 60),
    )


def _no_code() -> str:
    return say("有効な確認コードがありません。もう一度、確認コードを送ってください。")


def _closed_sentence(tried: CodeTry) -> str:
    if tried.spent:
        return say(
            "この確認コードは、入力できる回数の上限に達しました。もう一度、確認コードを送ってください。"
        )
    return say(
        "1日に入力できる回数の上限に達したため、明日まで入力できません。メールのリンクは、いままでどおり使えます。"
    )


def _wrong_sentence(tried: CodeTry) -> str:
    if not tried.left:
        return say(
            "確認コードが違います。このコードはもう使えません。もう一度、確認コードを送ってください。"
        )
    return say("確認コードが違います。あと%(left)s回入力できます。", left=tried.left)
