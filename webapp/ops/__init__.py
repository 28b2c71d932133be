"""For operators: what runs, what waits, what failed. No document, no title, no person's name."""

from webapp.ops.views import blueprint

__all__ = ["blueprint"]
