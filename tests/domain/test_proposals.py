"""What is offered as fields: the grammar of anchors, who is meant, and where the field lies."""

from dataclasses import replace

import pytest

from domain.anchors import anchor_of, anchors_in
from domain.called import Called, Someone, even_name
from domain.field_kinds import POINTS_PER_MM
from domain.fields import PlacedOn, check_fields, overlap
from domain.found_places import FoundPlace, FoundPlaces, found_places, read_places
from domain.ids import read_id
from domain.kinds import FieldKind, PartyKind
from domain.limits import MAX_LABEL_CHARACTERS, MAX_PROPOSALS
from domain.proposals import (
    Proposal,
    key_of,
    known_people,
    offered,
    proposals_of,
    rect_of,
    together,
)
from domain.text_search import letters
from tests.domain.letters import SquareLettering

A4 = (595.0, 842.0)
DOCUMENT = "0f8fad5b-d9cb-469f-a165-70867728950e"
OWN = Someone("own", ("結町長 結 太郎", "結町"), PartyKind.OWN)
OTHER = Someone("other", ("青山 一郎", "株式会社青山建設", "現場代理人"), PartyKind.COUNTERPARTY)
PEOPLE = (OWN, OTHER)
LINE = FoundPlace(0, (100, 200, 80, 11), words="{{署名:受注者}}", room=200)


def _offer(*places: FoundPlace, page: PlacedOn | None = None) -> tuple[Proposal, ...]:
    return proposals_of(FoundPlaces(places), page or PlacedOn((A4,)), PEOPLE)


@pytest.mark.parametrize(
    ("words", "kind", "party", "label"),
    [
        ("{{署名:受注者}}", "signature", "受注者", ""),
        ("｛｛署名：受注者｝｝", "signature", "受注者", ""),
        ("{{ sign : Contractor }}", "signature", "Contractor", ""),
        ("{{SIGN}}", "signature", "", ""),
        ("{{受注者:日付}}", "date", "受注者", "日付"),
        ("{{氏名:乙}}", "name", "乙", "氏名"),
        ("{{住所:乙}}", "text", "乙", "住所"),
        ("{{テキスト:乙:請書番号}}", "text", "乙", "請書番号"),
        ("{{チェック:乙}}", "checkbox", "乙", "チェック"),
        ("{{会社名:（株）青\r\n山}}", "company", "(株)青山", "会社名"),
        ("㊞", "signature", "", ""),
        ("（印）", "signature", "", ""),
        ("( Seal )", "signature", "", ""),
    ],
)
def test_an_anchor_says_what_and_for_whom(words: str, kind: str, party: str, label: str) -> None:
    anchor = anchor_of(words)
    assert anchor is not None
    assert (anchor.kind, anchor.party, anchor.label) == (kind, party, label)


@pytest.mark.parametrize(
    "text",
    [
        "{{案件名}}", "{署名}", "{{}}", "{{署名:受注者", "印鑑証明書", "実印", "印 鑑 証 明 書",
        "実 印", "登録印", "收入印紙", "{{" + "署" * 200 + "}}", "{{{{" * 5000, "sealed (sealing)",
        "{{ 印 影 }}", "{{会社 印 }}", "{{案件 （印） ㊞}}",
    ],
)  # fmt: skip
def test_other_words_are_no_anchors(text: str) -> None:
    assert list(anchors_in(text)) == []


def test_anchors_stand_where_they_stand() -> None:
    text = "甲 結町長 印\r\n乙 {{署名:乙}} {{印:乙}} ㊞"
    assert [text[found.start : found.end] for found in anchors_in(text)] == [
        "印", "{{署名:乙}}", "{{印:乙}}", "㊞",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("party", "key"),
    [
        ("受注者", "other"), ("発注者", "own"), ("青山一郎", "other"), ("青山　一郎　様", "other"),
        ("(株)青山建設", "other"), ("㈱青山建設御中", "other"), ("青山", "other"),
        ("現場代理人", "other"), ("結町", "own"), ("署名者2", "other"), ("１", "own"),
        ("3", ""), ("signer 1", "own"), ("乙", ""), ("", ""), ("郎", ""), ("様", ""),
        ("Contractor", "other"), ("vendor", "other"), ("Client", "own"), ("customer", "own"),
        ("青山建設工業", ""), ("結町長室", ""),
    ],
)  # fmt: skip
def test_who_is_meant(party: str, key: str) -> None:
    assert Called(PEOPLE).meant(party) == key


@pytest.mark.parametrize(
    ("party", "key"),
    [
        ("Act", "act"), ("ACT Inc", "act"), ("Ann", ""), ("John Smith", "john"), ("smith", "john"),
        ("Li", ""), ("受注者", ""), ("Factory", ""), ("abcけんせつ", "abc"),
    ],
)  # fmt: skip
def test_a_part_of_a_name_is_a_whole_word_of_it(party: str, key: str) -> None:
    people = (
        Someone("act", ("Act, Inc.", "Hannah")),
        Someone("john", ("Dr. John  Smith", "Alice")),
        Someone("abc", ("ABC ケンセツ東京", "受注者連絡担当 乙山")),
    )
    assert Called(people).meant(party) == key


def test_of_an_inputs_name_only_whole_words_and_numbered_signers_say_who() -> None:
    names = (
        "form[0].受注者_氏名[0]", "row.1", "row.第1", "signer2.date", "a.青山", "signer1.signer2",
        "client.name", "署名者1-日付", "受注者.a.b.c.d.e.f.g.h",
    )  # fmt: skip
    called = Called(PEOPLE)
    assert [called.meant_by(name)[1] for name in names] == [
        "other", "", "", "other", "", "", "own", "own", "",
    ]  # fmt: skip


def test_people_are_made_comparable_once_however_many_inputs_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    evened = []

    def count(text: str) -> str:
        evened.append(text)
        return letters(text)

    monkeypatch.setattr("domain.called.letters", count)
    people = [Someone(f"k{number}", (f"氏名{number}", "会社")) for number in range(50)]
    places = tuple(
        FoundPlace(
            0, (9, 9 + row, 9, 1), kind="text", name=".".join(f"n{row}p{n}" for n in range(66))
        )
        for row in range(100)
    )
    assert len(proposals_of(FoundPlaces(places), PlacedOn((A4,)), people)) == 100
    assert len(evened) < 2 * 50 + 2 * 8 * 100 + 30


def test_where_two_could_be_meant_the_clerk_chooses() -> None:
    second = Someone("third", ("青山 二郎", "株式会社青山建設"), PartyKind.COUNTERPARTY)
    people = (*PEOPLE, second)
    assert [Called(people).meant(name) for name in ("青山", "青山建設", "受注者", "青山二郎")] == [
        "", "", "", "third",
    ]  # fmt: skip


def test_a_signature_lies_over_its_anchor_and_on_the_page() -> None:
    (tag,) = _offer(LINE)
    x, y, width, height = tag.rect
    assert (x + width / 2, y + height / 2) == pytest.approx((140, 205.5))
    assert (tag.kind, tag.person) == (FieldKind.SIGNATURE, "other")
    (corner,) = _offer(FoundPlace(0, (585, 832, 9, 9), words="印"))
    x, y, width, height = corner.rect
    assert (x + width, y + height) == pytest.approx(A4)
    (small,) = _offer(replace(LINE, rect=(1, 1, 5, 5)), page=PlacedOn(((50, 30),)))
    assert small.rect == (0, 0, 50, 30)


def test_what_is_written_begins_at_its_anchor_and_ends_before_the_next_words() -> None:
    tight, wide = _offer(
        FoundPlace(0, (100, 300, 80, 11), words="{{住所:乙}}", room=12),
        FoundPlace(0, (100, 400, 80, 11), words="{{住所:乙}}", room=300),
    )
    assert tight.rect[0] == wide.rect[0] == 100
    assert tight.rect[2] == pytest.approx(92)
    assert wide.rect[2] == pytest.approx(60 * POINTS_PER_MM)
    assert tight.rect[1] < 300
    assert tight.rect[1] + tight.rect[3] > 311


def test_an_input_of_the_form_keeps_place_label_limit_and_options() -> None:
    text, choice, long, lone = _offer(
        FoundPlace(0, (10, 10, 100, 20), kind="text", name="form[0].受注者.氏名[0]",
                   required=True, max_characters=30),
        FoundPlace(0, (10, 50, 100, 20), kind="dropdown", name="how", label="方法",
                   options=("振込", "現金", "振込")),
        FoundPlace(0, (10, 90, 100, 20), kind="dropdown", name="県",
                   options=tuple(map(str, range(47)))),
        FoundPlace(0, (10, 130, 2, 2), kind="radio", name="only", options=("on",)),
    )  # fmt: skip
    assert (text.rect, text.label, text.person) == ((10, 10, 100, 20), "氏名", "other")
    assert (text.required, text.max_characters) == (True, 30)
    assert (choice.kind, choice.label) == (FieldKind.DROPDOWN, "方法")
    assert choice.options == ("振込", "現金")
    assert (long.kind, long.options) == (FieldKind.TEXT, ())
    assert lone.kind is FieldKind.CHECKBOX
    assert lone.rect[2:] == pytest.approx((3 * POINTS_PER_MM, 3 * POINTS_PER_MM))


def test_every_proposal_can_be_placed_and_inputs_that_touch_do_not_overlap() -> None:
    places = [
        FoundPlace(0, (50.03 + 70.07 * number, 100, 70.07, 18.01), kind="text", name=f"n{number}")
        for number in range(6)
    ]
    places += [
        FoundPlace(0, (100, 200 + 60 * number, 80, 11), words=f"{{{{{word}:乙}}}}", room=50)
        for number, word in enumerate(("署名", "日付", "氏名", "住所", "チェック", "備考", "金額"))
    ]
    document = read_id(DOCUMENT)
    assert document is not None
    rows = [row.row(DOCUMENT, "other") for row in _offer(*places)]
    found = check_fields(rows, {document: PlacedOn((A4,))}, {"other": ""}, SquareLettering())
    assert len(found) == 13


def test_what_was_taken_moved_covered_or_dismissed_is_not_offered_again() -> None:
    found = _offer(LINE, FoundPlace(0, (100, 500, 9, 9), words="印"))
    row = found[0].row(DOCUMENT, "other")
    moved = replace(row, x="10", y="10")
    drawn = replace(row, key="0000000a")
    elsewhere = replace(drawn, page="2")
    for rows, dismissed, left in (
        ([row], [], [2]), ([moved], [], [2]), ([drawn], [], [2]), ([elsewhere], [], [1, 2]),
        ([], [2], [1]), ([replace(drawn, x="left")], [], [1, 2]),
    ):  # fmt: skip
        assert [one.number for one in offered(found, DOCUMENT, rows, dismissed)] == left
    assert row.key == key_of(DOCUMENT, 1)


def test_who_a_name_means_is_known_once_a_proposal_of_it_was_taken() -> None:
    row = FoundPlace(0, (100, 300, 80, 11), words="{{日付:乙}}")
    found = _offer(row, replace(row, rect=(100, 400, 80, 11), words="{{氏名:乙 様}}"))
    rows = [found[0].row(DOCUMENT, "other")]
    assert known_people(found, DOCUMENT, rows) == {even_name(found[1].party): "other"}
    assert known_people(found, DOCUMENT, []) == {}


def test_all_at_once_are_those_that_can_be_placed() -> None:
    found = _offer(
        LINE,
        replace(LINE, rect=(100, 210, 80, 11)),
        replace(LINE, rect=(100, 400, 80, 11)),
        FoundPlace(0, (100, 600, 80, 11), words="{{日付}}"),
        FoundPlace(0, (100, 650, 80, 11), words="{{日付:乙}}"),
    )
    people = ["other", "own", "other", "", "other"]
    chosen = together(found, people, [])
    assert [(one.number, person) for one, person in chosen] == [(1, "other"), (5, "other")]
    rects = [rect for one, who in chosen if (rect := rect_of(one.row(DOCUMENT, who)))]
    assert not overlap(*rects)


def test_a_signed_document_is_offered_signatures_only_and_annotations_are_left_alone() -> None:
    places = (LINE, FoundPlace(0, (100, 500, 80, 11), words="{{日付:乙}}"))
    form = FoundPlace(0, (300, 300, 90, 60), kind="signature")
    signed = _offer(*places, form, page=PlacedOn((A4,), signed=True))
    assert [one.words for one in signed] == ["{{署名:受注者}}"]
    taken = PlacedOn((A4,), taken=((0, (100, 500, 5, 5)),))
    assert [one.number for one in _offer(*places, form, page=taken)] == [1, 3]


def test_words_over_an_input_are_offered_once() -> None:
    over = FoundPlace(0, (60, 180, 200, 60), kind="signature", name="sign")
    assert [one.number for one in _offer(LINE, over)] == [2]


def test_nothing_that_a_strangers_file_says_is_longer_or_stranger_than_agreed() -> None:
    good = {"page": 0, "rect": [1, 2, 3, 4], "kind": "text", "label": "x" * 999 + "\u202e"}
    odd = [
        7, {}, {**good, "page": 1}, {**good, "rect": [1, 2, 3]}, {**good, "rect": [1, 2, "3", 4]},
        {**good, "rect": [1, 2, 3, float("inf")]}, {**good, "kind": ["text"]},
        {**good, "page": -1}, {**good, "room": 1e300},
        {**good, "rect": [1, 2, 3, 10**400]}, {**good, "rect": [1, 2, 3, float("nan")]},
    ]  # fmt: skip
    found = found_places({"places": [good, *odd]}, 1)
    assert [len(place.label) for place in found.places] == [MAX_LABEL_CHARACTERS]
    for broken in (b"{", b"\xff", b"[" * 200_000, b'{"places": [' + b"9" * 5000 + b"]}"):
        assert read_places(broken, 1) == FoundPlaces()
    many = found_places({"places": [good] * (MAX_PROPOSALS + 1)}, 1)
    assert (len(many.places), many.more) == (MAX_PROPOSALS, True)
    nothings: tuple[object, ...] = (None, [], {"places": 3}, "x")
    for nothing in nothings:
        assert found_places(nothing, 1) == FoundPlaces()
    assert found_places(many.as_json(), 1) == many
    assert (
        proposals_of(found_places({"places": [{**good, "kind": "?"}]}, 1), PlacedOn((A4,)), ())
        == ()
    )
