"""What somebody has begun to say on one page, and goes on to say on the next.

In the session's cookie, and never in an address: those stay in histories and in logs of proxies.
"""

from uuid import UUID

from flask import session

_KEY = "begun"


def keep_begun(visit: UUID, text: str) -> None:
    """For the pages of this visit; what was kept of another goes."""
    session[_KEY] = [str(visit), text]


def begun(visit: UUID) -> str:
    """What was kept; may be asked again and again."""
    whose, text = session.get(_KEY) or ["", ""]
    return str(text) if whose == str(visit) else ""
