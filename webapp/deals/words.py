"""What the register calls its values, and how it shows them."""

from datetime import date

from babel.dates import format_date
from flask import Flask

from domain.events import Json
from domain.kinds import Language
from domain.refusals import Words
from webapp.language import language, say, words

VALUE_WORDS = {
    "made_on": Words("取引年月日", "Date of the transaction"),
    "amount": Words("取引金額", "Amount"),
    "partner": Words("取引先", "Partner"),
    "partner_code": Words("取引先コード", "Partner code"),
    "kind": Words("契約の種類", "Kind of contract"),
    "contract_number": Words("契約番号", "Contract number"),
    "begins_on": Words("契約期間の始まり", "Term begins"),
    "ends_on": Words("契約期間の終わり", "Term ends"),
    "renews": Words("自動更新", "Renews by itself"),
    "notice_days": Words("解約通知の期限", "Notice to end it"),
}
_DATES = frozenset({"made_on", "begins_on", "ends_on"})
NOTHING = "―"


def value_name(name: str) -> str:
    """What a value is called."""
    return words(VALUE_WORDS[name]) if name in VALUE_WORDS else name


def value_text(name: str, value: Json | date) -> str:
    """A value of `Deal.as_json`, or of a row, for people; a dash where nothing was entered."""
    if name == "renews":
        return say("あり") if value else say("なし")
    if value is None or value == "":
        return NOTHING
    if name in _DATES:
        return day_words(value if isinstance(value, date) else date.fromisoformat(str(value)))
    if name == "amount":
        return yen(int(str(value)))
    if name == "notice_days":
        return say("満了の%(days)s日前まで", days=value)
    return str(value)


def day_words(day: date) -> str:
    """`2026年4月1日` or `1 Apr 2026`."""
    pattern = "yyyy年M月d日" if language() is Language.JA else "d MMM yyyy"
    return format_date(day, pattern, locale=language().value)


def yen(amount: int) -> str:
    """`1,234,567円` or `JPY 1,234,567`."""
    return f"{amount:,}円" if language() is Language.JA else f"JPY {amount:,}"


def init_words(app: Flask) -> None:
    """For templates."""
    app.jinja_env.globals.update(deal_name=value_name, deal_text=value_text)
