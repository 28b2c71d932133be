"""Access codes of the draft's form: hashed at once, shown never again."""

from collections.abc import Mapping
from dataclasses import replace

from domain.drafts import TypedDraft
from domain.factors import code_problem
from identity.codes import hash_code
from webapp.language import say, words
from webapp.sender.forms import row_numbers


def with_codes(typed: TypedDraft, form: Mapping[str, str]) -> tuple[TypedDraft, dict[str, str]]:
    """The draft with the codes that were typed or taken away, and what is wrong with others.

    `typed` holds the form's rows in their order, each with its code as it was stored.
    """
    people, errors = list(typed.people), {}
    for place, index in enumerate(row_numbers(form)[: len(people)]):
        name = f"people-{index}-code"
        code = form.get(name, "")
        problem = code_problem(code) if code else None
        if problem is not None:
            errors[name] = words(problem)
        elif code:
            people[place] = replace(people[place], code=hash_code(code))
        elif form.get(f"people-{index}-hadcode"):
            kept = form.get(f"people-{index}-withcode")
            people[place] = people[place] if kept else replace(people[place], code="")
        elif form.get(f"people-{index}-withcode"):
            errors[name] = say(
                "アクセスコードを入力してください。使わないときは、選択を外してください。"
            )
    return replace(typed, people=tuple(people)), errors
