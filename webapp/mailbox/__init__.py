"""あなたの文書: everything that one mail address was part of, after a code by mail and without an
account. `mailbox.use` is decided here; nothing in this room opens a document by itself.
"""

from flask import Flask

from webapp.security import register_guard

# Views attach themselves to the blueprint.
from webapp.mailbox import asking, consenting, views  # noqa: F401  # isort: skip
from webapp.mailbox.blueprint import blueprint
from webapp.mailbox.visiting import guard

__all__ = ["blueprint", "init_app"]


def init_app(app: Flask) -> None:
    """Decide `mailbox.use`."""
    register_guard(app, "mailbox", guard)
