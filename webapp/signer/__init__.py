"""The signer's room: a mailed link, the guide, reading, confirmation, the act and what follows.

No account: a link opened by POST makes a visit, and `visit.*` permissions are decided here.
"""

from flask import Flask

from webapp.security import register_guard

# Views attach themselves to the blueprint.
from webapp.signer import attaching, consenting, deciding, entering, files, fresh, handing, links  # noqa: F401  # isort: skip
from webapp.signer import leaving, pads, printing, proving, questions, record, registering  # noqa: F401  # isort: skip
from webapp.signer import returning, sending_codes, staying, texts, views  # noqa: F401  # isort: skip
from webapp.signer.blueprint import blueprint
from webapp.signer.visiting import guard

__all__ = ["blueprint", "init_app"]


def init_app(app: Flask) -> None:
    """Decide `visit.*` permissions."""
    register_guard(app, "visit", guard)
    attaching.init_attaching(app)
