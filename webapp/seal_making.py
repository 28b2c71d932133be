"""A seal made from a name: what is proposed to be carved, and the picture of what was typed."""

from dataclasses import dataclass

from flask import flash, request

from domain.choices import chosen
from runtime.seal_drawing import LONGEST, LONGEST_LINE, NoSeal, SealForm, draw_seal, letters_of
from storage.incoming import Incoming
from storage.stamps import begin_stamp
from webapp.language import say
from webapp.state import state

MAX_TYPED = 40
_BETWEEN = (" ", "\u3000", "・")


@dataclass(frozen=True)
class SealOffer:
    """What the page proposes to carve: a person's name, and a company's."""

    text: str
    company: str
    limit: int = MAX_TYPED


def seal_offer(name: str, company: str) -> SealOffer:
    """The family name for a round seal, the company's for a square one."""
    return SealOffer(_family_name(name), f"{company}之印" if company else "")


def _family_name(name: str) -> str:
    name = name.strip()
    for blank in _BETWEEN:
        first, _, rest = name.partition(blank)
        if rest:
            return rest.rpartition(blank)[2] if name.isascii() else first
    return name if len(letters_of(name)) <= LONGEST[SealForm.ROUND] else ""


def made_seal() -> Incoming | None:
    """The picture of what was typed, as an upload; None, with words for the page, where there
    can be none."""
    wanted = request.form.get("seal-form", "")
    form = chosen(SealForm, wanted, SealForm.ROUND)
    try:
        picture = draw_seal(request.form.get("seal-text", "")[:MAX_TYPED], form)
    except NoSeal as error:
        flash(_problem(error, form), "error")
        return None
    upload = begin_stamp(state().vault)
    upload.write(picture)
    return upload


def _problem(error: NoSeal, form: SealForm) -> str:
    if error.missing:
        shown = " ".join(c if c.isprintable() else f"U+{ord(c):04X}" for c in error.missing)
        return say("印影に使えない文字があります: %(characters)s", characters=shown)
    return say(
        "印影の文字は、%(longest)s文字まで（英字だけなら%(line)s文字まで）で入力してください。",
        longest=LONGEST[form],
        line=LONGEST_LINE,
    )
