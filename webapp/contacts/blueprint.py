"""The blueprint by itself, so that every view's file can import it."""

from flask import Blueprint

blueprint = Blueprint("contacts", __name__)
