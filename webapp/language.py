"""The reader's language and zone, and the words and dates that pages show in them."""

import gettext as stdlib_gettext
from collections.abc import Mapping
from datetime import datetime

from flask import Flask, g, has_request_context, request

from domain.choices import chosen
from domain.kinds import Language
from domain.refusals import Words
from runtime.i18n import SOURCE, day_text, moment_text, second_text, translator

COOKIE = "__Host-musubi-language"
DEFAULT_ZONE = "Asia/Tokyo"


def language() -> Language:
    """Of this request: a choice made on a page, else what a view knows of its reader (a signer's
    column), else the browser's. A member's column is for his mails."""
    if not has_request_context():
        return SOURCE
    kept = g._get_current_object()  # noqa: SLF001 - the proxy costs as much again, hundreds of times a page
    found: Language | None = kept.get("language")
    if found is None:
        found = kept.language = _chosen() or _of_browser()
    return found


def suggest_language(wanted: str) -> None:
    """A view knows the reader's language (the signer's column); his own choice still wins."""
    g.language = _chosen() or Language(wanted)


def _chosen() -> Language | None:
    value = request.cookies.get(COOKIE, "")
    return chosen(Language, value, None)


def _of_browser() -> Language:
    found = request.accept_languages.best_match([item.value for item in Language])
    return Language(found) if found else SOURCE


def zone() -> str:
    """IANA name of the zone in which this page shows times; a view may set `g.zone`."""
    return str(g.get("zone", DEFAULT_ZONE)) if has_request_context() else DEFAULT_ZONE


def translations() -> stdlib_gettext.NullTranslations:
    """Translations for this request."""
    return translator(language())


def say(message: str, **values: object) -> str:
    """The Japanese sentence in the reader's language, `%(name)s` filled in."""
    text = translations().gettext(message)
    return text % values if values else text


def words(both: Words) -> str:
    """Words that are kept in both languages beside a rule, for this reader."""
    return both.in_language(language())


def problem_texts(problems: Mapping[str, Words]) -> dict[str, str]:
    """What is wrong with a form, by the name of the field."""
    return {name: words(both) for name, both in problems.items()}


def moment(value: datetime, in_zone: str | None = None) -> str:
    """Date, time and the zone's name."""
    return moment_text(value, in_zone or zone(), language())


def day(value: datetime, in_zone: str | None = None) -> str:
    """The local day."""
    return day_text(value, in_zone or zone(), language())


def second(value: datetime, in_zone: str | None = None) -> str:
    """Date and time to the second, for the ledger."""
    return second_text(value, in_zone or zone())


def clock(value: datetime) -> str:
    """`17:12:04 JST`, for something that has just happened."""
    return second_text(value, zone()).partition(" ")[2]


def init_language(app: Flask) -> None:
    """`_()` with newstyle placeholders, `|words`, `|moment`, `|day`, `|second` in templates."""
    environment = app.jinja_env
    environment.add_extension("jinja2.ext.i18n")
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # by the extension
        lambda text: translations().gettext(text),
        lambda one, many, number: translations().ngettext(one, many, number),
        newstyle=True,
    )
    environment.filters.update(words=words, moment=moment, day=day, second=second, clock=clock)
    environment.globals.update(language=language, zone=zone)
