"""What the register calls its values, and how it shows them."""

from collections.abc import Callable
from datetime import date

from flask import Flask

from domain.deal_words import RELATIONS, VALUE_WORDS
from domain.deals import Relation
from domain.events import Json
from domain.follow_ups import FOLLOWING
from domain.kinds import Language
from domain.refusals import Words
from runtime.i18n import date_text
from webapp.language import language, say, words

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
    shown = _SHOWN.get(name)
    return shown(value) if shown else str(value)


def _day(value: object) -> str:
    return day_words(value if isinstance(value, date) else date.fromisoformat(str(value)))


def day_words(day: date) -> str:
    """`2026年4月1日` or `1 Apr 2026`."""
    return date_text(day, language())


def yen(amount: int) -> str:
    """`1,234,567円` or `JPY 1,234,567`."""
    return f"{amount:,}円" if language() is Language.JA else f"JPY {amount:,}"


_SHOWN: dict[str, Callable[[object], str]] = {
    "made_on": _day,
    "begins_on": _day,
    "ends_on": _day,
    "received_on": _day,
    "amount": lambda value: yen(int(str(value))),
    "notice_days": lambda value: say("満了の%(days)s日前まで", days=value),
    "retention_years": lambda value: say("%(years)s年", years=value),
    "relation": lambda value: words(RELATIONS[Relation(str(value))]),
}


_FOLLOWING = {
    Relation.AMENDS: Words("変更契約を作る", "Make an amendment"),
    Relation.MAIN: Words("仮契約から本契約を作る", "Make the main contract"),
    Relation.RENEWS: Words("更新契約を作る", "Make a renewal"),
}


def follow_up_buttons() -> list[tuple[str, str]]:
    """What can be made of a concluded contract."""
    return [(one.value, words(_FOLLOWING[one])) for one in FOLLOWING]


def init_words(app: Flask) -> None:
    """For templates."""
    app.jinja_env.globals.update(
        deal_name=value_name, deal_text=value_text, follow_ups=follow_up_buttons
    )
