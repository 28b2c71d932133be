"""What an asked person wants to know from the sender before he acts, and the answer."""

from enum import StrEnum

from domain.forms import check_text
from domain.refusals import Words

MAX_CHARACTERS = 1000
"""Of a question, and of an answer."""


class QuestionKind(StrEnum):
    """What it is about."""

    QUESTION = "question"
    WRONG_PERSON = "wrong_person"
    """心当たりがない: the mail reached somebody whom it does not concern. Words are optional."""


MOST = {QuestionKind.QUESTION: 20, QuestionKind.WRONG_PERSON: 3}
"""Of one person about one envelope. The second kind takes nothing but the mailed link, so it counts
for itself; it is said again only after the sender has done something about it."""


_NO_QUESTION = Words("質問を入力してください。", "Please enter your question.")
_NO_ANSWER = Words("回答を入力してください。", "Please enter an answer.")


def check_question(kind: QuestionKind, typed: str) -> str:
    """The text as it is kept. Raises FormProblems for the field `question`."""
    missing = _NO_QUESTION if kind is QuestionKind.QUESTION else None
    return check_text("question", typed, MAX_CHARACTERS, missing)


def check_answer(typed: str) -> str:
    """The text as it is kept. Raises FormProblems for the field `answer`."""
    return check_text("answer", typed, MAX_CHARACTERS, _NO_ANSWER)
