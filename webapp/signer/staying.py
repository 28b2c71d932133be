"""How long a visit still lasts, for the notice on its pages, and making it last."""

from uuid import UUID

from flask import Response, jsonify

from webapp.security import may
from webapp.signer.blueprint import blueprint
from webapp.signer.visiting import POLL, READ, seconds_left, stay


@blueprint.get("/sign/<uuid:visit>/remaining")
@may(POLL)
def remaining(visit: UUID) -> Response:
    """`seconds` until the visit is over; asking keeps it no longer awake."""
    del visit  # the guard has read it
    return jsonify(seconds=seconds_left())


@blueprint.post("/sign/<uuid:visit>/stay")
@may(READ)
def stay_longer(visit: UUID) -> Response:
    """The person is still there; answers as `remaining` does."""
    del visit  # the guard has read it
    stay()
    return jsonify(seconds=seconds_left())
