"""Translations and dates for people: one catalogue for pages, mails and PDFs.

The message id is the Japanese sentence; `locale/<language>/<area>.po` holds the others. The
files are read at start-up, so that nobody can forget a compile step.
"""

import gettext
from datetime import date, datetime
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from domain.kinds import Language

LOCALE_DIR = Path(__file__).parent / "locale"
SOURCE = Language.JA

_DAY = {Language.JA: "yyyy年M月d日", Language.EN: "d MMM yyyy"}
_MOMENT = {Language.JA: "yyyy年M月d日 H:mm", Language.EN: "d MMM yyyy, H:mm"}
_KEPT = 4096
"""Days and moments whose words are kept: lists show the same again and again."""


def read_catalogue(language: Language, root: Path = LOCALE_DIR) -> Catalog:
    """All areas of one language in one catalogue.

    Raises ValueError when two areas translate the same sentence differently.
    """
    merged = Catalog(locale=language.value)
    for path in sorted((root / language.value).glob("*.po")):
        with path.open("rb") as file:
            area = read_po(file, locale=language.value, abort_invalid=True)
        for message in area:
            if not message.id or message.fuzzy:
                continue
            known = merged.get(message.id, message.context)
            if known is not None and known.string != message.string:
                problem = f"{path.name}: {message.id!r} is translated differently elsewhere"
                raise ValueError(problem)
            merged.add(message.id, message.string, context=message.context)
    return merged


@cache
def translator(language: Language) -> gettext.NullTranslations:
    """The translations of one language, with `gettext` and `ngettext`.

    A sentence without a translation is answered in Japanese.
    """
    if language is SOURCE:
        return gettext.NullTranslations()
    buffer = BytesIO()
    write_mo(buffer, read_catalogue(language))
    buffer.seek(0)
    return gettext.GNUTranslations(buffer)


@lru_cache(_KEPT)
def day_text(moment: datetime, zone: str, language: Language) -> str:
    """`2026年11月23日` or `23 Nov 2026`: the local day in `zone`."""
    local = moment.astimezone(ZoneInfo(zone))
    return format_datetime(local, _DAY[language], locale=language.value)


@lru_cache(_KEPT)
def date_text(day: date, language: Language) -> str:
    """`2026年11月23日` or `23 Nov 2026`: a day that is one wherever it is read."""
    return format_date(day, _DAY[language], locale=language.value)


@lru_cache(_KEPT)
def moment_text(moment: datetime, zone: str, language: Language) -> str:
    """`2026年11月23日 17:12 JST` or `23 Nov 2026, 17:12 JST`: never a time without its zone."""
    local = moment.astimezone(ZoneInfo(zone))
    text = format_datetime(local, _MOMENT[language], locale=language.value)
    return f"{text} {zone_name(local)}"


def second_text(moment: datetime, zone: str) -> str:
    """`2026-11-23 17:12:04 JST`: for records, where seconds matter."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%Y-%m-%d %H:%M:%S} {zone_name(local)}"


def zone_name(local: datetime) -> str:
    """`JST`; an offset for zones that have no name of their own."""
    name = local.tzname() or ""
    return f"UTC{name}" if name[:1] in {"+", "-"} else name
