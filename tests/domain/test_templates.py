"""Templates: what is copied, what is left out, who sees and who changes one, what differs."""

from dataclasses import replace
from uuid import uuid4

import pytest

from domain.draft_check import check_draft
from domain.drafts import WANTED, TypedDraft, TypedPerson
from domain.forms import FormProblems
from domain.kinds import Role
from domain.template_content import (
    PART_WORDS,
    DraftDocument,
    Part,
    TemplateContent,
    content_from,
    content_of,
    differing,
    drafted,
)
from domain.template_search import TemplateSearch
from domain.templates import (
    SHARE_HINTS,
    SHARE_WORDS,
    TEMPLATE_EVENT_WORDS,
    Asking,
    Owned,
    Share,
    TemplateEvent,
    TypedTemplate,
    check_template,
    may_change,
    sees,
    shares_for,
)
from domain.typed_fields import TypedField

HOME, ELSEWHERE = uuid4(), uuid4()
MAKER = Asking(uuid4(), HOME, ["clerk"])
NEIGHBOUR = Asking(uuid4(), HOME, ["clerk"])
STRANGER = Asking(uuid4(), ELSEWHERE, ["clerk"])
ADMIN = Asking(uuid4(), ELSEWHERE, [Role.ADMIN.value])
HOMELESS = Asking(uuid4(), None, ["clerk"])

TARO = TypedPerson(
    "山田 太郎", "taro@yamada.example", "株式会社山田組", key="aaaaaaaa", code="$argon2id$x",
    smscode="1", phone="090-1234-5678", mailcode="1", known='{"name": "山田"}', handover="allowed",
)  # fmt: skip
JIRO = TypedPerson("鈴木", "s@city.example", key="bbbbbbbb", party="own", documents="d1 gone")
FIELDS = (TypedField("f1", "d1", "aaaaaaaa", label="金額"), TypedField("f2", "d2", "bbbbbbbb"))
DOCUMENTS = (
    DraftDocument("d1", "file-1", "契約書", "a.pdf"),
    DraftDocument("d2", "file-1", "別紙", "b.pdf"),
)
TYPED = TypedDraft("契約書", people=(TARO, JIRO, TypedPerson(key="cccccccc")), route_seen="x:1")


def content(
    typed: TypedDraft = TYPED, left_open: tuple[str, ...] = ("aaaaaaaa",)
) -> TemplateContent:
    return content_from(typed, FIELDS, DOCUMENTS, {"aaaaaaaa": "受注者"}, left_open)


@pytest.mark.parametrize(
    ("share", "who"),
    [
        (Share.MEMBER, [MAKER]),
        (Share.DEPARTMENT, [MAKER, NEIGHBOUR]),
        (Share.ORGANISATION, [MAKER, NEIGHBOUR, STRANGER, ADMIN, HOMELESS]),
    ],
)
def test_who_sees_a_template(share: Share, who: list[Asking]) -> None:
    template = Owned(MAKER.member_id, HOME, share)
    everybody = (MAKER, NEIGHBOUR, STRANGER, ADMIN, HOMELESS)
    assert [one for one in everybody if sees(template, one)] == who
    changing = [MAKER, NEIGHBOUR, ADMIN] if share is Share.ORGANISATION else who
    assert [one for one in everybody if may_change(template, one)] == changing


def test_people_without_a_department_share_none_with_each_other() -> None:
    template = Owned(uuid4(), None, Share.DEPARTMENT)
    assert not sees(template, HOMELESS)
    assert shares_for(None, HOMELESS) == (Share.MEMBER, Share.ORGANISATION)
    assert shares_for(None, MAKER) == tuple(Share)
    # nobody makes another's template his own secret
    assert Share.MEMBER not in shares_for(Owned(MAKER.member_id, HOME, Share.ORGANISATION), ADMIN)


def test_who_is_left_out_leaves_his_place_and_nobody_leaves_his_code() -> None:
    taro, jiro = content().draft.people
    assert (taro.name, taro.mail, taro.company, taro.phone, taro.known) == ("",) * 5
    assert (taro.role, taro.key, taro.smscode, taro.mailcode, taro.handover) == (
        "受注者", "aaaaaaaa", "1", "1", "allowed",
    )  # fmt: skip
    assert taro.code == WANTED
    assert (jiro.name, jiro.code, jiro.role, jiro.documents) == ("鈴木", "", "", "1")
    assert content().draft.route_seen == ""
    assert "$argon2" not in str(content(left_open=()).as_json())


def test_a_draft_made_from_it_says_what_is_missing() -> None:
    typed, fields = drafted(content(), {"1": "n1", "2": "n2"}, "")
    assert [(field.key, field.document) for field in fields] == [("f1", "n1"), ("f2", "n2")]
    assert typed.people[1].documents == "n1"
    with pytest.raises(FormProblems) as found:
        check_draft(typed)
    missing = {f"people-0-{name}" for name in ("name", "mail", "company", "phone", "code")}
    assert missing <= set(found.value.problems)
    assert "people-1-name" not in found.value.problems


def test_a_template_of_nobody_still_gives_a_form_with_a_row() -> None:
    empty = content_from(TypedDraft(), (), (), {}, ())
    assert empty.draft.people == ()
    assert len(drafted(content_of(empty.as_json()), {}, "")[0].people) == 1


def test_what_is_kept_is_read_again_unchanged() -> None:
    assert content_of(content().as_json()) == content()


@pytest.mark.parametrize(
    ("changed", "part"),
    [
        (replace(TYPED, title="別の契約書"), Part.TITLE),
        (replace(TYPED, message="m"), Part.MESSAGE),
        (replace(TYPED, people=(replace(TARO, kind="approver"), JIRO)), Part.PEOPLE),
        (replace(TYPED, order="parallel"), Part.ORDER),
        (replace(TYPED, deadline_days="7"), Part.DEADLINE),
        (replace(TYPED, amount="5"), Part.AMOUNT),
    ],
)
def test_what_differs_is_named(changed: TypedDraft, part: Part) -> None:
    assert differing(content(), content()) == ()
    assert differing(content(), content(changed)) == (part,)


def test_documents_and_fields_differ_by_bytes_and_place_not_by_number() -> None:
    other = (DOCUMENTS[0], replace(DOCUMENTS[1], file="file-2"))
    after = content_from(TYPED, FIELDS, other, {"aaaaaaaa": "受注者"}, ["aaaaaaaa"])
    assert differing(content(), after) == (Part.DOCUMENTS, Part.FIELDS)
    fewer = content_from(TYPED, FIELDS[:1], DOCUMENTS, {"aaaaaaaa": "受注者"}, ["aaaaaaaa"])
    assert differing(content(), fewer) == (Part.FIELDS,)


@pytest.mark.parametrize(
    ("places", "left_open", "field"),
    [
        ({"a": ""}, {"a"}, "place-a"),
        ({"a": "受注者", "b": "受注者"}, set(), "place-b"),
        ({"a": "受注者.会社"}, set(), "place-a"),
        ({"a": "x" * 21}, set(), "place-a"),
    ],
)
def test_places_have_names_that_can_be_told_apart(
    places: dict[str, str], left_open: set[str], field: str
) -> None:
    typed = TypedTemplate("n", places=places, open=frozenset(left_open))
    with pytest.raises(FormProblems) as found:
        check_template(typed, tuple(Share), reason_needed=False)
    assert set(found.value.problems) == {field}


def test_a_change_needs_a_reason_and_a_share_that_may_be_chosen() -> None:
    typed = TypedTemplate(share="department")
    with pytest.raises(FormProblems) as found:
        check_template(typed, (Share.MEMBER,), reason_needed=True)
    assert set(found.value.problems) == {"name", "share", "reason"}


def test_the_search_reads_what_it_writes() -> None:
    search = TemplateSearch.read({"q": " 清掃 ", "share": "department", "sort": "used", "x": "y"})
    assert TemplateSearch.read(search.as_query()) == search
    assert TemplateSearch.read({"standing": "?", "share": "?", "sort": "?"}) == TemplateSearch()
    assert TemplateSearch().as_query() == {}
    assert TemplateSearch.read({"q": "せいそう"}).terms == ("セイソウ",)


def test_everything_has_words() -> None:
    assert SHARE_WORDS.keys() == SHARE_HINTS.keys() == set(Share)
    assert TEMPLATE_EVENT_WORDS.keys() == set(TemplateEvent)
    assert PART_WORDS.keys() == set(Part)
