"""Whom an asked person names instead of himself, as typed and as checked."""

from dataclasses import dataclass

from domain.draft_check import check_person
from domain.drafts import TypedPerson
from domain.forms import FormProblems
from domain.kinds import Language, PartyKind
from domain.limits import MAX_REASON_CHARACTERS
from domain.refusals import Words

PREFIX = "new"
"""The form's fields are called `new-name`, `new-mail`, `new-language`, `new-phone` and
`reason`."""

_NO_REASON = Words(
    "理由を入力してください。引き継ぐ方と差出人に伝わります。",
    "Enter a reason. The new person and the sender will read it.",
)
_LONG_REASON = Words(
    f"理由は{MAX_REASON_CHARACTERS}文字以内で入力してください。",
    f"Use at most {MAX_REASON_CHARACTERS} characters for the reason.",
)


@dataclass(frozen=True)
class TypedSuccessor:
    """The form as typed."""

    name: str = ""
    mail: str = ""
    language: str = Language.JA.value
    reason: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Successor:
    """A checked person. He acts for the party of the one who named him."""

    name: str
    mail: str
    language: Language
    phone: str = ""
    """E.164, where a one-time code by SMS is asked for."""


def check_successor(typed: TypedSuccessor, *, by_sms: bool = False) -> Successor:
    """Raises FormProblems with every field that is wrong. `by_sms`: who is named will be asked for
    a code by SMS, and so has a mobile number."""
    problems: dict[str, Words] = {}
    successor = None
    row = TypedPerson(
        name=typed.name,
        mail=typed.mail,
        language=typed.language,
        party=PartyKind.OWN.value,
        smscode="1" if by_sms else "",
        phone=typed.phone,
    )
    try:
        person = check_person(row, PREFIX)
        successor = Successor(person.name, person.mail, person.language, person.phone)
    except FormProblems as found:
        problems |= found.problems
    if not typed.reason.strip():
        problems["reason"] = _NO_REASON
    elif len(typed.reason.strip()) > MAX_REASON_CHARACTERS:
        problems["reason"] = _LONG_REASON
    if problems or successor is None:
        raise FormProblems(problems)
    return successor
