"""取引台帳: the register that members search, correct and hand over to the tax office."""

from flask import Flask

from webapp.deals.blueprint import blueprint

__all__ = ["blueprint", "init_app"]


def init_app(app: Flask) -> None:
    """Load the views, and what their templates call."""
    from webapp.deals import (  # noqa: F401 - they add their routes
        changes,
        changing,
        deleting,
        disclosing,
        export,
        import_values,
        imported,
        importing,
        output,
        own_conditions,
        searching,
        terms,
        verified,
        verifying,
    )
    from webapp.deals.words import init_words

    init_words(app)
