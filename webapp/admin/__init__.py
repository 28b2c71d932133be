"""For the organisation's administrator: members and chains to look at, and its own choices."""

from webapp.admin import consent, views
from webapp.admin.blueprint import blueprint

__all__ = ["blueprint", "consent", "views"]
