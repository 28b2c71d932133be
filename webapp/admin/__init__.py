"""For the organisation's administrator: members to look at, chains, and its own choices."""

from webapp.admin import chain_editor, consent, views
from webapp.admin.blueprint import blueprint

__all__ = ["blueprint", "chain_editor", "consent", "views"]
