"""Pages for everything that goes wrong: in words, with what to do now.

Refusals are answers. Anything unexpected is a bug: it is logged with a reference number that the
person sees, and its page touches neither database nor session.
"""

import errno
import secrets
from typing import Any

from flask import Flask, Response, g, make_response, render_template, request
from flask_wtf.csrf import CSRFError, generate_csrf
from werkzeug.exceptions import HTTPException, SecurityError

from domain.clocks import ClockDiffers
from domain.refusals import WORDS, Refusal
from runtime.pkcs11_errors import TokenError
from runtime.telemetry import logger
from storage.database import OUTAGES
from storage.vault_errors import VaultError
from webapp import form_owner, security
from webapp.kept import Kept, kept, kept_without_files, kept_words
from webapp.language import say, words

log = logger("webapp.errors")

RETRY_SECONDS = 5
"""After an outage: as long as a person reads the page."""
_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})


class TooManyTries(Exception):
    """A limit was reached; `seconds` until the next try."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def wants_fragment() -> bool:
    """Whether a part of a page asked, by htmx or by our own scripts."""
    return request.headers.get("HX-Request") == "true"


def page(status: int, title: str, advice: str, **values: Any) -> Response:  # noqa: ANN401
    """An error page; a fragment for htmx. With `kept`, what was typed stays on it, unless that is
    another member's than the one's who is logged in."""
    found = values.get("kept")
    if found and "steps" not in values and security.is_for_members() and form_owner.is_of_another():
        return _of_another(found)
    template = "errors/fragment.html" if wants_fragment() else "errors/page.html"
    body = render_template(template, title=title, advice=advice, **values)
    return make_response(body, status)


def _not_found(_: Exception) -> Response:
    """What a form was about may have been discarded or deleted while somebody wrote in it."""
    if found := kept_words():
        return page(
            404,
            say("保存先が見つかりません"),
            say("入力しているあいだに、ほかの人が破棄または削除した可能性があります。"),
            kept=found,
        )
    return page(
        404,
        say("ページが見つかりません"),
        say("アドレスが正しいか確認してください。ページが移動または削除された可能性があります。"),
    )


def _forbidden(_: Exception) -> Response:
    return page(
        403,
        say("このページを開く権限がありません"),
        say("必要な場合は、組織の管理者に権限の追加を依頼してください。"),
        kept=kept_words(),
    )


def _bad_request(_: Exception) -> Response:
    return page(
        400,
        say("送信された内容を読み取れませんでした"),
        say("前のページに戻り、もう一度操作してください。"),
    )


def _foreign_host(_: Exception) -> Response:
    """Somebody reached us under a name that is not ours: no page, no link, no cookie."""
    answer = make_response("unknown host\n", 400)
    answer.mimetype = "text/plain"
    return answer


def _method(_: Exception) -> Response:
    return page(
        405,
        say("この操作は受け付けられません"),
        say("前のページに戻り、ボタンから操作してください。"),
    )


def _too_large(_: Exception) -> Response:
    return page(
        413,
        say("送信されたデータが大きすぎます"),
        say("文書は1件50 MB、1回に合計200 MBまで送信できます。分けて追加してください。"),
        kept=kept_without_files(),
    )


def _too_many(error: Exception) -> Response:
    seconds = error.seconds if isinstance(error, TooManyTries) else 60
    answer = page(
        429,
        say("操作の回数が上限に達しました"),
        say("%(minutes)s分ほど待ってから、もう一度お試しください。", minutes=-(-seconds // 60)),
        kept=_without_secrets(),
    )
    answer.headers["Retry-After"] = str(seconds)
    return answer


def _refused(error: Refusal) -> Response:
    return page(409, say("受け付けられませんでした"), words(WORDS[error.code]), kept=kept_words())


def _without_secrets() -> Kept | None:
    """Where tries are counted, a form is not sent again without its password: that is a try too."""
    found = kept()
    return found if found and found.fields and not found.secrets else None


def _csrf(_: CSRFError) -> Response:
    """Offer to send the same form again, with a new token; not in another member's name."""
    found = kept()
    return page(
        400,
        say("ページを開いてから時間がたったため、送信を確認できませんでした"),
        say("入力した内容は残っています。下のボタンでもう一度送信してください。")
        if found and found.fields
        else say("前のページを開き直してから、もう一度操作してください。"),
        kept=found if found and found.fields else None,
        again=True,
        token=generate_csrf(),
    )


def _of_another(found: Kept | None) -> Response:
    """One member's page, and another is logged in by now: nothing is done in his name, and the
    page keeps the first one's token, so that it is never taken for his."""
    return page(
        409,
        say("別の利用者がログインしているため、送信していません"),
        say(
            "この内容は、別の利用者がログインしていたときに入力されたものです。今ログインしている人の操作としては送信できません。"
        ),
        kept=found,
        steps="other",
    )


def login_is_over() -> Response:
    """Somebody sends a form, or a page asks by itself, and the login has ended meanwhile. What was
    typed stays on the page; nothing is done before it is sent again by a login's own token."""
    found = kept()
    return page(
        401,
        say("ログインが終わったため、まだ送信していません"),
        say("しばらく操作がなかったか、ログアウトしたため、ログインが終わりました。")
        if not wants_fragment()
        else say("別のタブでログインし直すと、この画面の続きから操作できます。"),
        kept=found,
        steps="login",
    )


def _unavailable(error: Exception) -> Response:
    """The database, the token or the disk is away for a while, or the clock is wrong: a plain page
    that asks none of them, and a button that sends what was typed again."""
    if isinstance(error, OSError) and error.errno not in _NO_SPACE:
        return _unexpected(error)
    g.login_unknown = True  # who reads the page is asked nobody either, here and afterwards
    reference = secrets.token_hex(4)
    log.error("unavailable", reference=reference, exc_info=error)
    template = "errors/outage_fragment.html" if wants_fragment() else "errors/outage.html"
    sent = kept()
    body = render_template(
        template,
        reference=reference,
        path=request.full_path.rstrip("?"),
        posted=request.method == "POST",
        kept=sent.fields if sent else [],
        files=bool(sent and sent.files),
        token=sent.token if sent else "",
        once=bool(sent and sent.has("nonce")),
        clock=isinstance(error, ClockDiffers),
    )
    answer = make_response(body, 503)
    answer.headers["Retry-After"] = str(RETRY_SECONDS)
    return answer


def _unexpected(error: Exception) -> Response:
    if isinstance(error, HTTPException) and error.code is not None and error.code < 500:
        return _bad_request(error)
    reference = secrets.token_hex(4)
    cause = getattr(error, "original_exception", None) or error
    log.error("unexpected_error", reference=reference, exc_info=cause)
    return make_response(render_template("errors/failsafe.html", reference=reference), 500)


def init_errors(app: Flask) -> None:
    """One place for every handler."""
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(TooManyTries, _too_many)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(SecurityError, _foreign_host)
    for status, handler in {
        400: _bad_request,
        403: _forbidden,
        404: _not_found,
        405: _method,
        413: _too_large,
        429: _too_many,
    }.items():
        app.register_error_handler(status, handler)
    for outage in (*OUTAGES, TokenError, VaultError, OSError, ClockDiffers):
        app.register_error_handler(outage, _unavailable)
    app.register_error_handler(Exception, _unexpected)
