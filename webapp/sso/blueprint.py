"""The blueprint object, apart from the views that attach to it."""

from flask import Blueprint

blueprint = Blueprint("sso", __name__)
