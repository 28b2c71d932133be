"""A corrected address: the sender sends a request to where its person really is."""

from domain.forms import check_mail

FIELD = "mail"
"""Of the form."""


def check_address(typed: str) -> str:
    """The address as it will be used. Raises FormProblems, by the form's field."""
    return check_mail(FIELD, typed)
