"""For members who send: login, account, drafts, envelopes."""

from flask import Blueprint, Flask

blueprint = Blueprint("sender", __name__)


def init_app(app: Flask) -> None:
    """Load the views, one file per noun, and what their templates call."""
    from webapp.sender import (  # noqa: F401 - they add their routes to the blueprint
        absence,
        account,
        anew,
        answering,
        chain_choice,
        correction,
        correction_fields,
        discarding,
        documents,
        drafting,
        envelopes,
        following,
        forgotten,
        handing_over,
        invited,
        login,
        login_code,
        own_fields,
        own_passkeys,
        password,
        picking,
        placing,
        previewing,
        readdressing,
        recovery,
        saved_views,
        seal,
        sessions,
        staying,
        steering,
        template_list,
        template_page,
        template_saving,
        versions,
    )
    from webapp.sender.draft_steps import init_draft_steps
    from webapp.sender.placing import init_placing
    from webapp.sender.staying import init_staying
    from webapp.sender.template_words import init_template_words
    from webapp.sender.words import init_words

    init_draft_steps(app)
    init_placing(app)
    init_staying(app)
    init_words(app)
    init_template_words(app)
