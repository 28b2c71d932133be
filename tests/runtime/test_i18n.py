"""Translations are whole, and dates name their zone."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir

from domain.kinds import Language
from runtime.i18n import day_text, moment_text, read_catalogue, second_text, translator

ROOT = Path(__file__).parents[2]
KEYWORDS = {"_": None, "say": None, "gettext": None, "ngettext": (1, 2)}
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
MOMENT = datetime(2026, 11, 23, 15, 4, 5, tzinfo=UTC)


def _messages(room: str) -> Iterator[tuple[str, str]]:
    methods = [("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2")]
    options = {"**.html": {"extensions": "jinja2.ext.i18n", "silent": "false"}}
    for file, _, message, _, _ in extract_from_dir(ROOT / room, methods, options, KEYWORDS):
        for text in (message,) if isinstance(message, str) else message:
            if text:
                yield text, f"{room}/{file}"


@pytest.mark.parametrize("room", ["webapp", "notices"])
def test_every_sentence_has_its_english(room: str) -> None:
    english = read_catalogue(Language.EN)
    missing = {
        text: place
        for text, place in _messages(room)
        if text not in english or not english[text].string
    }
    assert missing == {}


def test_translations_keep_the_placeholders() -> None:
    for message in read_catalogue(Language.EN):
        if message.id and isinstance(message.string, str):
            source = message.id if isinstance(message.id, str) else message.id[0]
            assert set(PLACEHOLDER.findall(source)) == set(PLACEHOLDER.findall(message.string))


def test_no_sentence_is_translated_for_nobody() -> None:
    used = {text for room in ("webapp", "notices", "signing") for text, _ in _messages(room)}
    used |= set(_strings())
    kept = {
        text
        for message in read_catalogue(Language.EN)
        if message.id
        for text in ((message.id,) if isinstance(message.id, str) else message.id)
    }
    assert kept - used == set()


def _strings() -> Iterator[str]:
    """Texts that reach the catalogue through a table in code."""
    for room in ("webapp", "notices", "signing"):
        for file in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value


def test_two_areas_may_not_translate_one_sentence_differently(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    for area, text in (("one", "Send"), ("two", "Mail it")):
        content = f'msgid "送信する"\nmsgstr "{text}"\n'
        (tmp_path / "en" / f"{area}.po").write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match="differently"):
        read_catalogue(Language.EN, tmp_path)


def test_a_sentence_without_translation_stays_japanese() -> None:
    assert translator(Language.EN).gettext("まだ訳されていない文") == "まだ訳されていない文"
    assert translator(Language.JA).gettext("送信する") == "送信する"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (Language.JA, "2026年11月24日 0:04 JST"),
        (Language.EN, "24 Nov 2026, 0:04 JST"),
    ],
)
def test_a_moment_names_its_zone(language: Language, text: str) -> None:
    assert moment_text(MOMENT, "Asia/Tokyo", language) == text


def test_a_day_is_the_local_one() -> None:
    assert day_text(MOMENT, "Asia/Tokyo", Language.JA) == "2026年11月24日"
    assert day_text(MOMENT, "UTC", Language.EN) == "23 Nov 2026"


def test_a_zone_without_a_name_is_told_by_its_offset() -> None:
    assert second_text(MOMENT, "America/Sao_Paulo") == "2026-11-23 12:04:05 UTC-03"
