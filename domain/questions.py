"""What an asked person wants to know from the sender before he acts, and the answer."""

from enum import StrEnum

from domain.drafts import FormProblems
from domain.refusals import Words

MAX_CHARACTERS = 1000
"""Of a question, and of an answer."""
MAX_QUESTIONS = 20
"""Of one person about one envelope."""


class QuestionKind(StrEnum):
    """What it is about."""

    QUESTION = "question"
    WRONG_PERSON = "wrong_person"
    """心当たりがない: the mail reached somebody whom it does not concern. Words are optional."""


_EMPTY = Words("入力してください。", "Please enter something.")
_TOO_LONG = Words("1000文字以内で入力してください。", "Please use 1,000 characters at most.")


def check_text(field: str, typed: str, *, required: bool = True) -> str:
    """The text as it is kept. Raises FormProblems for the form's field."""
    text = typed.replace("\r\n", "\n").strip()
    if required and not text:
        raise FormProblems({field: _EMPTY})
    if len(text) > MAX_CHARACTERS:
        raise FormProblems({field: _TOO_LONG})
    return text
