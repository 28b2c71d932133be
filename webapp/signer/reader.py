"""The reading page, for whoever opens it and for whoever has sent its form."""

from flask import Response

from storage.posting import may_send_back
from webapp.signer.asking import Asked
from webapp.signer.pads import pad_now
from webapp.signer.pages import page, shown_now
from webapp.signer.reading import reading_page
from webapp.signer.visiting import visiting
from webapp.state import state


def reader_page(
    asked: Asked, wanted: int, *, missing: bool = False, saved: bool = False, disputed: bool = False
) -> Response:
    """The page of document number `wanted`, from 1. Errors lead it where something was sent:
    `missing` to finish, `saved` to be kept, `disputed` while another page changed the same."""
    documents = shown_now()
    with state().database.reading() as session:
        facts = reading_page(session, state().vault, visiting(), documents, wanted, asked)
    number = facts.current.number
    told = missing or saved or disputed
    return page(
        "signer/read.html",
        page=facts,
        asked=asked,
        number=number,
        missing=missing,
        saved=saved,
        errors=asked.errors(number, missing=missing) if told else {},
        sends_back=sends_back(),
        pad=pad_now() if asked.look is not None else None,
    )


def sends_back() -> bool:
    """Whether this person may send the request back."""
    with state().database.reading() as session:
        return may_send_back(session, visiting().holder.participant)
