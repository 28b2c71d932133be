"""Hand-over of the finished documents, for as long as the download window lasts."""

from webapp.download.blueprint import blueprint

# Views attach themselves to the blueprint.
from webapp.download import views  # noqa: F401  # isort: skip

__all__ = ["blueprint"]
