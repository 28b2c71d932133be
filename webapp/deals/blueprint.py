"""The blueprint by itself, so that every view's file can import it."""

from flask import Blueprint

blueprint = Blueprint("deals", __name__)
