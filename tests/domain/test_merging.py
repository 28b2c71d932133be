"""Merge fields: a closed list, replaced once, never evaluated."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.drafts import TypedDraft, TypedPerson
from domain.filling_in import MergeFacts, check_filled, filled_in
from domain.forms import FormProblems
from domain.kinds import Language
from domain.merging import MERGE_MEANING, MERGE_NAMES, Merge, known_names, merged, unknown

FACTS = MergeFacts(
    number="5050000111", sender="田中 花子", department="契約課", organisation="結市",
    now=datetime(2026, 11, 29, 16, tzinfo=UTC), zone="Asia/Tokyo",
)  # fmt: skip
CONTRACTOR = TypedPerson("山田 太郎", "taro@yamada.example", "株式会社山田組", role="受注者")
DRAFT = TypedDraft("清掃業務委託契約書", people=(CONTRACTOR,), purpose="one_sided")


def filled(text: str, typed: TypedDraft = DRAFT, facts: MergeFacts = FACTS) -> str:
    return filled_in(replace(typed, message=text), facts)[0].message


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("{{取引先}}様", "株式会社山田組様"),
        ("｛｛ 取引先 ｝｝様", "株式会社山田組様"),
        ("{{partner}} / {{PARTNER}}", "株式会社山田組 / 株式会社山田組"),
        ("{{受注者.会社名}} {{受注者．氏名}}", "株式会社山田組 山田 太郎"),
        ("{{受注者.company}}", "株式会社山田組"),
        # The local day: in Tokyo it is already the 30th.
        ("{{送信日}}、{{期限}}まで", "2026年11月30日、2026年12月30日まで"),
        ("{{担当部署}} {{担当者}}（{{組織名}}）{{封筒番号}}", "契約課 田中 花子（結市）5050000111"),
    ],
)
def test_names_become_what_they_stand_for(text: str, becomes: str) -> None:
    assert filled(text) == becomes


def test_amount_and_kind_are_those_of_the_form_and_english_organisations_get_english() -> None:
    typed = replace(DRAFT, amount="１,２３４,５６７", contract_kind="業務委託")
    assert filled("{{取引金額}} {{契約の種類}}", typed) == "1,234,567円 業務委託"
    english = replace(FACTS, language=Language.EN)
    assert filled("{{amount}} {{sent_on}}", typed, english) == "JPY 1,234,567 30 November 2026"


@pytest.mark.parametrize(
    "hostile",
    [
        "{{7*7}}",
        "{{ config }}",
        "{{''.__class__}}",
        "{{受注者.__class__}}",
        "{{発注者.会社名}}",
        "{{}}",
    ],
)
def test_what_is_no_name_is_refused_and_never_evaluated(hostile: str) -> None:
    assert filled(f"前{hostile}後") == f"前{hostile}後"
    with pytest.raises(FormProblems) as found:
        check_filled(replace(DRAFT, title=hostile), FACTS)
    assert hostile in found.value.problems["title"].ja
    assert hostile in found.value.problems["title"].en


@pytest.mark.parametrize(
    "text", ["{% if x %}a{% endif %}", "{取引先}", "{{取引先", "%(title)s ${x}"]
)
def test_other_brackets_are_text(text: str) -> None:
    assert check_filled(replace(DRAFT, message=text), FACTS).message == text


def test_what_is_put_in_is_not_looked_at_again() -> None:
    nasty = replace(CONTRACTOR, company="{{担当者}}")
    assert filled("{{取引先}}", replace(DRAFT, people=(nasty,))) == "{{担当者}}"
    # and stays what it is when the whole draft is checked
    checked = check_filled(replace(DRAFT, title="{{取引先}}", people=(nasty,)), FACTS)
    assert checked.title == "{{担当者}}"


def test_a_name_without_a_value_is_said_at_its_text() -> None:
    with pytest.raises(FormProblems) as found:
        check_filled(replace(DRAFT, title="{{取引金額}}", message="{{送信日}}"), FACTS)
    assert set(found.value.problems) == {"title"}
    assert "入力されていません" in found.value.problems["title"].ja


def test_several_partners_are_all_said_once_and_recipients_are_none() -> None:
    other = replace(CONTRACTOR, mail="b@b.example", company="青山建設", role="")
    reader = replace(other, mail="c@c.example", company="監査法人", kind="recipient")
    typed = replace(DRAFT, people=(CONTRACTOR, other, other, reader))
    assert filled("{{取引先}}", typed) == "株式会社山田組、青山建設"


def test_what_grew_too_long_is_refused_with_its_length() -> None:
    with pytest.raises(FormProblems) as found:
        check_filled(replace(DRAFT, title="{{取引先}}" * 30), FACTS)
    assert "文字以内" in found.value.problems["title"].ja


def test_every_name_has_a_meaning_and_none_means_two_things() -> None:
    assert MERGE_NAMES.keys() == MERGE_MEANING.keys() == set(Merge)
    assert len(known_names(["受注者"])) == 2 * len(Merge) + 4
    assert unknown("{{取引先}}{{取引先 }}{{x}}{{x}}", ()) == ("{{x}}",)
    assert merged("{{x}}", {"x": ""}) == "{{x}}"
