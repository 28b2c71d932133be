"""私の対応待ち: what waits for the member who is logged in, and several of it done at once.

Each envelope is opened as a visit, and each act is written by the functions that the signer's own
page uses; this room only shows several of them together.
"""

from flask import Flask, g

from storage import waiting
from webapp.login import allows, signed_in
from webapp.signer.visiting import now
from webapp.state import state

# Views attach themselves to the blueprint.
from webapp.waiting import acting, sealing, views  # noqa: F401  # isort: skip
from webapp.waiting.blueprint import blueprint

__all__ = ["blueprint", "init_app"]


def init_app(app: Flask) -> None:
    """The navigation says how many wait."""
    app.jinja_env.globals.update(tasks_waiting=tasks_waiting)


def tasks_waiting() -> int:
    """How many wait for whoever is logged in."""
    found = signed_in()
    if found is None or not allows("task.use"):
        return 0
    if "tasks_waiting" not in g:  # parts of a page ask too
        with state().database.reading() as session:
            g.tasks_waiting = waiting.count(session, found.member, now())
    return int(g.tasks_waiting)
