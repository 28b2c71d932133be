"""The blueprint object, apart from the views that attach to it."""

from flask import Blueprint

blueprint = Blueprint("admin", __name__, url_prefix="/admin")
