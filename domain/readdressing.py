"""A corrected address: the sender sends a request to where its person really is."""

from domain.forms import FormProblems, check_mail
from domain.phones import read_mobile
from domain.refusals import Words

FIELD = "mail"
PHONE = "phone"
"""Of the form."""


def check_address(typed: str) -> str:
    """The address as it will be used. Raises FormProblems, by the form's field."""
    return check_mail(FIELD, typed)


def check_number(typed: str) -> str:
    """The mobile number as it will be used. Raises FormProblems, by the form's field."""
    number = read_mobile(typed)
    if isinstance(number, Words):
        raise FormProblems({PHONE: number})
    return number
