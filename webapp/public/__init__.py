"""Open to everybody: the first page, health, the choice of language."""

from webapp.public.views import blueprint

__all__ = ["blueprint"]
