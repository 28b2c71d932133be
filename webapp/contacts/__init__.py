"""宛先帳: the organisation's address book, listed, kept, merged, brought in and taken out."""

from flask import Flask

from webapp.contacts.blueprint import blueprint

__all__ = ["blueprint", "init_app"]


def init_app(app: Flask) -> None:
    """Load the views, and what their templates call."""
    from webapp.contacts import (  # noqa: F401 - they add their routes
        editing,
        export,
        importing,
        listing,
        merging,
    )
    from webapp.contacts.words import init_words

    init_words(app)
