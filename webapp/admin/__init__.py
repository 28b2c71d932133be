"""For the organisation's administrator: members and chains, to look at."""

from webapp.admin.views import blueprint

__all__ = ["blueprint"]
