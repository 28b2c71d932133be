"""Access codes of the draft's form: hashed at once, shown never again."""

from collections.abc import Mapping
from dataclasses import replace

from domain.drafts import TypedDraft, TypedPerson
from identity.access_codes import access_code_problem
from identity.codes import hash_code
from webapp.language import say, words
from webapp.login import signed_in
from webapp.sender.forms import row_numbers


def with_codes(
    typed: TypedDraft, form: Mapping[str, str], printed: tuple[str, ...]
) -> tuple[TypedDraft, dict[str, str]]:
    """The draft with the codes that were typed or taken away, and what is wrong with others.

    `typed` holds the form's rows in their order, each with its code as it was stored. `printed`
    is what mails print besides them: the envelope's number, titles of documents.
    """
    people, errors = list(typed.people), {}
    for place, index in enumerate(row_numbers(form)[: len(people)]):
        name = f"people-{index}-code"
        code = form.get(name, "")
        problem = (
            access_code_problem(code, *_known(typed, people[place]), *printed) if code else None
        )
        if problem is not None:
            errors[name] = words(problem)
        elif code:
            people[place] = replace(people[place], code=hash_code(code))
        elif form.get(f"people-{index}-hadcode"):
            kept = form.get(f"people-{index}-withcode")
            people[place] = people[place] if kept else replace(people[place], code="")
        elif form.get(f"people-{index}-withcode"):
            errors[name] = _missing()
    return replace(typed, people=tuple(people)), errors


def _known(typed: TypedDraft, person: TypedPerson) -> tuple[str, ...]:
    """What whoever has the mail knows, and tries first."""
    found = signed_in()
    own = found.organisation if found is not None else None
    office = (
        (own.name, own.name_en, own.contact_department, own.contact_phone, own.contact_mail)
        if own
        else ()
    )
    own_words = (person.name, person.company, person.mail, person.phone)
    return (typed.title, typed.message, *own_words, *office)


def codes_gone(stored: TypedDraft, form: Mapping[str, str]) -> dict[str, str]:
    """Rows that mean to keep a code which is not there any more: somebody else took it away, or
    the person with it."""
    codes = {person.key: person.code for person in stored.people}
    return {
        f"people-{index}-code": _missing()
        for index in row_numbers(form)
        if form.get(f"people-{index}-hadcode")
        and form.get(f"people-{index}-withcode")
        and not codes.get(form.get(f"people-{index}-key", ""), "gone with its row")
    }


def typed_codes(form: Mapping[str, str]) -> list[str]:
    """Names of the fields in which a code was typed."""
    names = [f"people-{index}-code" for index in row_numbers(form)]
    return [name for name in names if form.get(name)]


def code_changes(form: Mapping[str, str]) -> bool:
    """Whether the form gives somebody another code, or none where there was one."""
    rows = [f"people-{index}" for index in row_numbers(form)]
    taken = any(form.get(f"{row}-hadcode") and not form.get(f"{row}-withcode") for row in rows)
    return taken or bool(typed_codes(form))


def _missing() -> str:
    return say("アクセスコードを入力してください。使わないときは、選択を外してください。")
