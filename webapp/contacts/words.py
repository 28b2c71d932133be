"""What the address book calls its values, and how it shows them."""

from flask import Flask

from domain.contacts import CONTACT_WORDS, ContactEvent
from domain.kinds import Language
from domain.phones import shown_phone
from domain.refusals import Words
from webapp.language import words

NOTHING = "―"
LANGUAGE_WORDS = {
    Language.JA.value: Words("日本語", "Japanese"),
    Language.EN.value: Words("英語", "English"),
}
HISTORY_WORDS = {
    ContactEvent.ADDED: Words("登録", "Added"),
    ContactEvent.IMPORTED: Words("CSVから取り込み", "Imported"),
    ContactEvent.CHANGED: Words("変更", "Changed"),
    ContactEvent.RETIRED: Words("使わない扱いに変更", "Retired"),
    ContactEvent.RESTORED: Words("使う扱いに変更", "Restored"),
    ContactEvent.MERGED: Words("統合", "Merged"),
}


def value_name(name: str) -> str:
    """What a value is called."""
    return words(CONTACT_WORDS[name])


def value_text(name: str, value: object) -> str:
    """A value of `Contact.as_json` for people; a dash where nothing was entered."""
    text = str(value or "")
    if name == "language" and text in LANGUAGE_WORDS:
        return words(LANGUAGE_WORDS[text])
    if name == "phone" and text:
        return shown_phone(text)
    return text or NOTHING


def init_words(app: Flask) -> None:
    """For templates."""
    app.jinja_env.globals.update(
        contact_name=value_name,
        contact_text=value_text,
        contact_languages=lambda: [(key, words(text)) for key, text in LANGUAGE_WORDS.items()],
        contact_event_text=lambda kind: words(HISTORY_WORDS[ContactEvent(kind)]),
    )
