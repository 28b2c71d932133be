"""Forms of the signer's pages."""

import re
from dataclasses import dataclass
from uuid import UUID

from werkzeug.datastructures import MultiDict

from domain.choices import chosen
from domain.evidence import NOTHING_FILLED
from domain.forms import MAX_TYPED_CHARACTERS
from domain.handovers import PREFIX, TypedSuccessor
from domain.kinds import ACT_OF_SLOT, ActKind, Language, Look, SlotKind
from domain.limits import MAX_REASON_CHARACTERS
from domain.turns import turn_of
from storage.entering import Entered
from webapp.language import say


@dataclass(frozen=True)
class ActForm:
    """The confirmation page's hidden fields: what was shown, and a nonce of its own."""

    kind: ActKind
    nonce: str
    version_sha256: str
    reason: str
    filled_sha256: str = NOTHING_FILLED
    """Over the values, the look and the stamp image that the page showed."""
    back_to: UUID | None = None
    """The stage that it is sent back to; None: to the sender."""

    @classmethod
    def read(cls, form: MultiDict[str, str], slot_kind: SlotKind) -> "ActForm":
        """As posted; a kind that is not on offer becomes the one that is asked for only if the
        form named it. storage.posting refuses everything else. Only declining has a reason."""
        wanted = form.get("kind", "")
        offered = {ACT_OF_SLOT[slot_kind].value, ActKind.DECLINE.value}
        kind = ActKind(wanted) if wanted in offered else ActKind.WITHDRAW
        return cls(
            kind=kind,
            nonce=form.get("nonce", ""),
            version_sha256=form.get("version", ""),
            reason=posted_reason(form) if kind is ActKind.DECLINE else "",
            filled_sha256=form.get("filled", NOTHING_FILLED),
        )


FIELD = "field-"
"""What names of controls begin with; the field's id follows."""
_MARK = re.compile(r"([0-9a-f-]{36}):([0-9a-f]{8})")
"""Of a value that a page showed, after its field's id."""


def entered_from(form: MultiDict[str, str], *, pictured: bool = False) -> Entered:
    """The values of one document as typed; storage keeps those that are the person's own.
    `pictured` where a picture of a seal came with it."""
    values = {
        name.removeprefix(FIELD): value
        for name, value in form.items()
        if name.startswith(FIELD) and value
    }
    look = chosen(Look, form.get("look", ""), None)
    if form.get("look") == form.get("look-shown"):  # not picked; a phone may have chosen meanwhile
        look = None
    shown = dict(_MARK.findall(form.get("shown", "")))
    return Entered(form.get("document", ""), values, look, pictured, turn_of(form), shown)


def posted_reason(form: MultiDict[str, str]) -> str:
    """As typed. Browsers send CR LF for a line break that they count as one character."""
    return form.get("reason", "").replace("\r\n", "\n").strip()


def successor_from(form: MultiDict[str, str]) -> TypedSuccessor:
    """Whom the form names, as typed."""
    return TypedSuccessor(
        name=form.get(f"{PREFIX}-name", "")[:MAX_TYPED_CHARACTERS],
        mail=form.get(f"{PREFIX}-mail", "")[:MAX_TYPED_CHARACTERS],
        language=form.get(f"{PREFIX}-language", Language.JA.value)[:MAX_TYPED_CHARACTERS],
        phone=form.get(f"{PREFIX}-phone", "")[:MAX_TYPED_CHARACTERS],
        reason=posted_reason(form)[:MAX_TYPED_CHARACTERS],
    )


def reason_errors(reason: str) -> dict[str, str]:
    """Sentences by field name; empty when the reason will do."""
    text = reason.replace("\r\n", "\n").strip()
    if not text:
        return {"reason": say("理由を入力してください。差出人に伝わります。")}
    if len(text) > MAX_REASON_CHARACTERS:
        return {
            "reason": say(
                "理由は%(limit)s文字以内で入力してください（いま%(count)s文字）。",
                limit=MAX_REASON_CHARACTERS,
                count=len(text),
            )
        }
    return {}
