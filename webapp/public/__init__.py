"""Open to everybody: the first page, health, the choice of language, whether a mail is ours."""

from webapp.public.blueprint import blueprint

# Views attach themselves to the blueprint.
from webapp.public import genuine, helping, views  # noqa: F401  # isort: skip

__all__ = ["blueprint"]
