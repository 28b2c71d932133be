"""Whether it is really the member who asks, inside a login, before his means of proof change."""

from domain.sso import FRESH
from identity.passwords import verify_password
from storage.people import NO_PASSWORD
from webapp import login as logins
from webapp.language import say


def has_password() -> bool:
    """Who came by single sign-on and never had one has none."""
    return logins.member().password_hash != NO_PASSWORD


def is_himself(typed: str) -> bool:
    """By the password; by a single sign-on of a moment ago where there is none."""
    if has_password():
        return verify_password(logins.member().password_hash, typed)
    login = logins.login()
    return login.sso_connection_id is not None and logins.now() - login.created_at <= FRESH


def wrong() -> str:
    """What is said to somebody who is not, or has not shown it."""
    if has_password():
        return say("パスワードが正しくありません。")
    return say(
        "ご本人であることを確認するため、いったんログアウトし、シングルサインオンでログインし直してから10分以内に操作してください。"
    )
