"""送信先の制限: to which domains an organisation's envelopes may go.

Two lists: only to these, and never to these; the second wins. A line is a domain by itself
(`example.jp`), or one with everything below it (`*.example.jp`); what looks alike is another
domain (`example.jp.evil.example`, `notexample.jp`). Members of the organisation are always allowed:
they have its accounts, and without them nothing could be approved.
"""

import unicodedata
from collections.abc import Mapping, Sequence

from domain.forms import FormProblems
from domain.limits import MAX_MAIL_CHARACTERS
from domain.refusals import Words

ALLOWED, BLOCKED = "allowed", "blocked"
LISTS = (ALLOWED, BLOCKED)
"""Names of the lists, and of the form's fields."""
MAX_LINES = 500
_SHOWN = 5
_ANY = "*."

Rule = Mapping[str, Sequence[str]]

_TOO_MANY = Words(f"{MAX_LINES}行までにしてください。", f"Use at most {MAX_LINES} lines.")


def check_domains(typed: Mapping[str, str]) -> dict[str, list[str]]:
    """What is kept: per list its lines, each once, in ASCII. Lists without a line are left out.
    Raises FormProblems by the name of the list."""
    kept: dict[str, list[str]] = {}
    problems: dict[str, Words] = {}
    for name in LISTS:
        lines = [
            (number, line.strip(), _read(line))
            for number, line in enumerate(typed.get(name, "").splitlines(), start=1)
            if line.strip()
        ]
        wrong = next(((number, line) for number, line, one in lines if one is None), None)
        if len(lines) > MAX_LINES:
            problems[name] = _TOO_MANY
        elif wrong is not None:
            problems[name] = _no_domain(*wrong)
        elif lines:
            kept[name] = list(dict.fromkeys(one for _, _, one in lines if one is not None))
    if problems:
        raise FormProblems(problems)
    return kept


def may_go_to(rule: Rule | None, mail: str) -> bool:
    """Whether an envelope may go to this address, whoever has it."""
    lists = rule or {}
    domain = _domain_of(mail)
    if _is_of(lists.get(BLOCKED, ()), domain):
        return False
    allowed = lists.get(ALLOWED, ())
    return not allowed or _is_of(allowed, domain)


def refused(rule: Rule | None, mail: str) -> Words:
    """Said to a member: which address, and what is allowed."""
    domain = _domain_of(mail)
    allowed = (rule or {}).get(ALLOWED, ())
    if not allowed or _is_of((rule or {}).get(BLOCKED, ()), domain):
        return Words(
            f"{mail} には送れません。管理者が {domain} を送信しないドメインに登録しています。",
            f"Nothing can be sent to {mail}: your administrator has excluded {domain}.",
        )
    more = len(allowed) - _SHOWN
    listed = "、".join(allowed[:_SHOWN]) + (f"（ほか{more}件）" if more > 0 else "")
    english = ", ".join(allowed[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
    return Words(
        f"{mail} には送れません。管理者が決めた送信先のドメインは次のとおりです：{listed}",
        f"Nothing can be sent to {mail}. Your administrator allows these domains: {english}",
    )


def refused_to_outsiders(mail: str) -> Words:
    """Said to whoever is asked and names somebody: with whom else the organisation deals is none
    of his business."""
    return Words(
        f"差出人の決まりにより、{mail} には引き継げません。会社・団体のメールアドレスなど、"
        "ほかのアドレスを入力するか、差出人にお問い合わせください。",
        f"The sender's rules do not allow {mail}. Enter another address, such as that of your "
        "company, or ask the sender.",
    )


def _is_of(lines: Sequence[str], domain: str) -> bool:
    return any(
        domain == line.removeprefix(_ANY)
        or (line.startswith(_ANY) and domain.endswith(line.removeprefix("*")))
        for line in lines
    )


def _domain_of(mail: str) -> str:
    return mail.rpartition("@")[2].lower()


def _read(line: str) -> str | None:
    """The line as it is kept; None for one that is no domain. Names in other letters are kept as
    mail programs write them in an address (`xn--…`), since addresses have no other."""
    plain = unicodedata.normalize("NFKC", line).strip().lower().removeprefix("@").rstrip(".")
    before = _ANY if plain.startswith(_ANY) else ""
    try:
        name = plain.removeprefix(_ANY).encode("idna").decode("ascii")
    except UnicodeError:
        return None
    labels = name.split(".")
    good = all(
        label and label.strip("-") == label and label.replace("-", "").isalnum() for label in labels
    )
    # A whole top-level domain is no rule that anybody means.
    if not good or len(labels) < 2 or len(name) > MAX_MAIL_CHARACTERS or labels[-1].isdigit():
        return None
    return before + name


def _no_domain(number: int, line: str) -> Words:
    shown = line[:60]
    return Words(
        f"{number}行目「{shown}」は、ドメインとして読み取れません。例：example.jp、*.lg.jp",
        f"Line {number}, “{shown}”, is no domain. Examples: example.jp, *.lg.jp",
    )
