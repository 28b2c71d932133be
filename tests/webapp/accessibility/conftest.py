"""The access matrix's town, seen through a real browser that asks the application directly."""

from tests.webapp.access.conftest import town, watch

__all__ = ["town", "watch"]
