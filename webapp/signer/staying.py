"""How long a visit still lasts, for the notice on its pages, and making it last."""

from uuid import UUID

from flask import Response

from webapp.security import may
from webapp.signer.blueprint import blueprint
from webapp.signer.visiting import ANSWER, POLL, seconds_left


@blueprint.get("/sign/<uuid:visit>/remaining")
@may(POLL)
def remaining(visit: UUID) -> Response:
    """Seconds until the visit is over, as plain text; asking keeps it no longer awake."""
    del visit  # the guard has read it
    return _seconds()


@blueprint.post("/sign/<uuid:visit>/stay")
@may(ANSWER)
def stay_longer(visit: UUID) -> Response:
    """The person is still there, which the guard has kept; answers as `remaining` does."""
    del visit
    return _seconds()


def _seconds() -> Response:
    return Response(str(seconds_left()), mimetype="text/plain")
