"""For the organisation's administrator: members to look at, chains, choices, signers' passkeys."""

from webapp.admin import chain_editor, consent, passkeys, views
from webapp.admin.blueprint import blueprint

__all__ = ["blueprint", "chain_editor", "consent", "passkeys", "views"]
