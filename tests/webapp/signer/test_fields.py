"""Filling in one's own fields: with and without scripts, on any device, told in words."""

import io
import json
from datetime import UTC, datetime
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from domain.kinds import FieldKind
from storage.tables import (
    Act,
    ActFilling,
    Envelope,
    OutboxItem,
    Participant,
    Stamp,
    TypedValues,
    Visit,
)
from tests.webapp.signer.fields import GOOD, KINDS, Placed, clean, complete, enter, place
from tests.webapp.signer.pages import checked
from tests.webapp.signer.test_acts import hidden, only_act, text
from tests.webapp.signer.world import World

HTMX = {"HX-Request": "true"}


@pytest.fixture
def placed(world: World) -> Placed:
    return place(world)


def entered(client: FlaskClient, visit: str, document: int = 1) -> BeautifulSoup:
    return checked(client.get(f"/sign/{visit}/read?document={document}&check=1"))


def error(page: BeautifulSoup, field: str) -> str:
    found = page.find(id=f"field-{field}-error")
    assert found is not None
    return found.get_text(strip=True)


def control(page: BeautifulSoup, field: str) -> str:
    found = page.find(id=f"field-{field}")
    assert found is not None
    return str(found.get("value", "")) or found.get_text().removeprefix("\n")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_page_with_fields_is_in_order_in_both_languages(
    world: World, placed: Placed, language: str
) -> None:
    world.change(Participant, world.participants[0], language=language)
    client = world.client()
    visit = world.enter(client)
    for path in ("", "read", "read?document=2", "read?check=1", "read?saved=1"):
        checked(client.get(f"/sign/{visit}/{path}"))
    complete(client, visit, placed)
    checked(client.get(f"/sign/{visit}/read"))
    checked(client.get(f"/sign/{visit}/confirm"))


def test_the_form_lists_what_is_mine_and_counts_what_is_required(
    world: World, placed: Placed
) -> None:
    client = world.client()
    visit = world.enter(client)
    page = checked(client.get(f"/sign/{visit}/read"))
    found = page.get_text(" ", strip=True)
    for label in KINDS.values():
        assert label in found
    for noun in ("テキスト入力 1", "テキスト入力 2", "チェックボックス 1", "選択 2", "日付 1"):
        assert noun in found
    assert "テキスト入力 3 階" in found
    assert "必須項目: 0 / 9" in found
    assert page.select_one(f'[name="field-{placed.foreign}"]') is None
    complete(client, visit, placed)
    assert "必須項目: 7 / 9" in text(client, visit, "read")


def test_other_peoples_fields_are_places_with_a_name(world: World, placed: Placed) -> None:
    client = world.client()
    page = checked(client.get(f"/sign/{world.enter(client)}/read"))
    reader = page.find(id="reader")
    assert reader is not None
    spots = json.loads(str(reader["data-spots"]))
    others = [spot for spot in spots if not spot["control"]]
    assert {spot["text"] for spot in others} == {"鈴木 一郎 様の欄"}
    assert len(spots) - len(others) == 7
    assert spots[0]["rect"] == [10.084, 28.504, 33.613, 4.751]
    assert "ほかの方が記入する欄 署名 鈴木 一郎" in page.get_text(" ", strip=True)


def test_what_was_typed_is_there_on_another_device(world: World, placed: Placed) -> None:
    first = world.client()
    enter(first, world.enter(first), placed.form(action="save"))
    second = world.client()
    page = checked(second.get(f"/sign/{world.enter(second)}/read"))
    assert control(page, placed.mine[FieldKind.TEXT]) == "東京都千代田区"
    assert control(page, placed.mine[FieldKind.DATE]) == "令和8年11月25日"
    assert "二行目" in control(page, placed.mine[FieldKind.MULTILINE])
    chosen = {str(found["value"]) for found in page.select("input[checked], option[selected]")}
    assert {"on", "免税", "振込", "name"} <= chosen


def test_saving_one_document_leaves_the_other_and_an_emptied_field_is_empty(
    world: World, placed: Placed
) -> None:
    client = world.client()
    visit = world.enter(client)
    complete(client, visit, placed)
    enter(client, visit, placed.form(text="", checkbox="", action="save"))
    page = entered(client, visit)
    assert error(page, placed.mine[FieldKind.TEXT]) == "入力してください。"
    assert error(page, placed.mine[FieldKind.CHECKBOX]) == "チェックを入れてください。"
    assert control(entered(client, visit, 2), placed.second) == "2階"


def test_every_button_saves_first(world: World, placed: Placed) -> None:
    client = world.client()
    visit = world.enter(client)
    for action, target in (
        ("save", "read?document=1&saved=1#fields"),
        ("document-2", "read?document=2"),
        ("finish", "read?document=2&check=1"),
        ("nonsense", "read?document=1&saved=1#fields"),
    ):
        answer = enter(client, visit, placed.form(text=action, action=action))
        assert (answer.status_code, answer.location) == (303, f"/sign/{visit}/{target}")
        assert control(entered(client, visit), placed.mine[FieldKind.TEXT]) == action


def test_what_is_wrong_is_said_per_field_and_stays_as_typed(world: World, placed: Placed) -> None:
    client = world.client()
    visit = world.enter(client)
    wrong = {
        FieldKind.TEXT: ("あ" * 300, "枠に収まりません。あと"),
        FieldKind.MULTILINE: ("祝🎉", "印字できない文字があります：🎉 (U+1F389)"),
        FieldKind.RADIO: ("非課税", "一覧から選んでください。"),
        FieldKind.DROPDOWN: ("on", "一覧から選んでください。"),
        FieldKind.DATE: ("2026-02-30", "暦にない日付です。"),
        FieldKind.CHECKBOX: ("yes", "一覧から選んでください。"),
    }
    typed = {kind.value: value for kind, (value, _) in wrong.items()}
    answer = enter(client, visit, placed.form(**typed))
    assert answer.location == f"/sign/{visit}/read?document=1&check=1"
    page = entered(client, visit)
    summary = page.find(id="error-summary")
    assert summary is not None
    for kind, (value, words) in wrong.items():
        assert error(page, placed.mine[kind]).startswith(words)
        assert f"{KINDS[kind]}：{words}" in summary.get_text()
        if kind in {FieldKind.TEXT, FieldKind.MULTILINE, FieldKind.DATE}:
            assert control(page, placed.mine[kind]) == value


def test_errors_are_in_the_persons_language(world: World, placed: Placed) -> None:
    world.change(Participant, world.participants[0], language="en")
    client = world.client()
    visit = world.enter(client)
    enter(client, visit, placed.form(date="tomorrow", text=""))
    page = entered(client, visit)
    assert error(page, placed.mine[FieldKind.DATE]) == "Enter the date like 2026-11-25."
    assert error(page, placed.mine[FieldKind.TEXT]) == "Please fill this in."


def test_autosave_answers_with_what_changed_and_complains_of_nothing_missing(
    world: World, placed: Placed
) -> None:
    client = world.client()
    visit = world.enter(client)
    form = placed.form(text="", date="morgen", action="autosave")
    answer = enter(client, visit, form, headers=HTMX)
    part = BeautifulSoup(answer.text, "html.parser").select_one("[data-changes]")
    assert part is not None
    assert "保存しました" in part.get_text()
    changes = json.loads(str(part["data-changes"]))
    text_name, date_name = (
        f"field-{placed.mine[kind]}" for kind in (FieldKind.TEXT, FieldKind.DATE)
    )
    assert changes["errors"][text_name] == ""
    assert changes["errors"][date_name].startswith("日付を")
    assert changes["items"][date_name] == {
        "done": False, "state": "要修正", "hidden": False, "reading": ""
    }  # fmt: skip
    assert changes["items"][f"field-{placed.mine[FieldKind.CHECKBOX]}"]["done"] is True


def test_the_confirmation_lists_values_and_the_act_seals_them(world: World, placed: Placed) -> None:
    client = world.client()
    visit = world.enter(client)
    complete(client, visit, placed)
    found = text(client, visit, "confirm")
    for shown in (
        "東京都千代田区",
        "二行目",
        "チェックあり",
        "免税",
        "振込",
        "2026年11月25日",
        "2階",
    ):
        assert shown in found
    assert "山田 太郎" in found
    answer = client.post(f"/sign/{visit}/act", data=hidden(client, f"/sign/{visit}/confirm"))
    assert answer.location == f"/sign/{visit}/done"
    act = only_act(world)
    assert act.evidence["look"] == {"kind": "name"}
    with world.database.reading() as session:
        assert session.query(ActFilling).one().act_id == act.id


def test_nobody_confirms_before_everything_required_is_there(world: World, placed: Placed) -> None:
    client = world.client()
    visit = world.enter(client)
    enter(client, visit, placed.form())
    answer = client.get(f"/sign/{visit}/confirm")
    assert (answer.status_code, answer.location) == (303, f"/sign/{visit}/read?document=2&check=1")


def test_optional_fields_may_stay_empty(world: World) -> None:
    placed = place(world, required=False)
    client = world.client()
    visit = world.enter(client)
    assert "必須項目: 0 / 2" in text(client, visit, "read")
    form = placed.form(**{kind.value: "" for kind in KINDS})
    assert str(enter(client, visit, form).location).endswith("/confirm")
    assert "（未入力）" in text(client, visit, "confirm")
    client.post(f"/sign/{visit}/act", data=hidden(client, f"/sign/{visit}/confirm"))
    assert world.count(Act) == 1


def test_values_changed_in_another_window_are_shown_again_and_not_signed(
    world: World, placed: Placed
) -> None:
    client = world.client()
    visit = world.enter(client)
    complete(client, visit, placed)
    form = hidden(client, f"/sign/{visit}/confirm")
    enter(client, visit, placed.form(text="大阪市"))
    answer = client.post(f"/sign/{visit}/act", data=form)
    assert answer.status_code == 409
    page = checked(answer)
    assert "確認の画面を開いた後に、入力内容が変わりました。" in page.get_text()
    assert "大阪市" in page.get_text()
    assert world.count(Act) == 0
    again = {str(row["name"]): str(row["value"]) for row in page.select("form.actions input")}
    assert client.post(f"/sign/{visit}/act", data=again).status_code == 303
    assert world.count(Act) == 1


def test_values_emptied_in_another_window_lead_back_to_them(world: World, placed: Placed) -> None:
    client = world.client()
    visit = world.enter(client)
    complete(client, visit, placed)
    form = hidden(client, f"/sign/{visit}/confirm")
    enter(client, visit, placed.form(text=""))
    answer = client.post(f"/sign/{visit}/act", data=form)
    assert answer.location == f"/sign/{visit}/read?document=1&check=1"
    assert world.count(Act) == 0


@pytest.mark.parametrize("filled", ["", "0" * 64, "x" * 10_000])
def test_a_confirmation_that_showed_something_else_signs_nothing(
    world: World, placed: Placed, filled: str
) -> None:
    client = world.client()
    visit = world.enter(client)
    complete(client, visit, placed)
    form = hidden(client, f"/sign/{visit}/confirm") | {"filled": filled}
    assert client.post(f"/sign/{visit}/act", data=form).status_code == 409
    assert world.count(Act) == 0


# -- a visible signature ---------------------------------------------------------------------------


def picture(placed: Placed, data: bytes, name: str = "印.png") -> dict[str, object]:
    return {**placed.form(action="stamp"), "stamp": (io.BytesIO(data), name)}


def send_picture(
    client: FlaskClient, visit: str, placed: Placed, data: bytes, **more: object
) -> str:
    answer = client.post(f"/sign/{visit}/fields", data=picture(placed, data), **more)
    return str(answer.location or answer.text)


def test_a_picture_is_chosen_checked_and_shown_without_scripts(
    world: World, placed: Placed
) -> None:
    client = world.client()
    visit = world.enter(client)
    location = send_picture(client, visit, placed, b"a photograph")
    assert location == f"/sign/{visit}/read?document=1#look"
    assert "画像を確認しています" in text(client, visit, "read")
    assert world.count(OutboxItem) == 1
    stamp = clean(world)
    page = checked(client.get(f"/sign/{visit}/read"))
    shown = page.select_one("#stamp-state img")
    assert shown is not None
    assert client.get(str(shown["src"])).data == b"\x89PNG clean"
    assert page.select_one("#look-stamp[checked]") is not None
    enter(client, visit, placed.other_form())
    assert "東京都千代田区" in text(client, visit, "confirm")
    client.post(f"/sign/{visit}/act", data=hidden(client, f"/sign/{visit}/confirm"))
    assert only_act(world).evidence["look"]["stamp"] == stamp


def test_the_state_of_a_picture_comes_by_itself(world: World, placed: Placed) -> None:
    client = world.client()
    visit = world.enter(client)
    part = send_picture(client, visit, placed, b"a photograph", headers=HTMX)
    page = BeautifulSoup(part, "html.parser")
    waiting = page.find(id="stamp-state")
    assert waiting is not None
    assert page.find(id="look") is not None
    url = str(waiting["hx-get"])
    assert client.get(url, headers=HTMX).status_code == 204
    clean(world)
    answer = client.get(url, headers=HTMX)
    assert answer.status_code == 200
    assert "hx-get" not in answer.text
    assert "<img" in answer.text


def test_a_refused_picture_says_why_and_keeps_what_was_typed(world: World, placed: Placed) -> None:
    client = world.client()
    visit = world.enter(client)
    send_picture(client, visit, placed, b"x" * (2 * 1024 * 1024 + 1))
    found = text(client, visit, "read")
    assert "この画像は使えません。 画像が大きすぎます。2 MB以内" in found
    page = entered(client, visit)
    assert control(page, placed.mine[FieldKind.TEXT]) == GOOD[FieldKind.TEXT]
    enter(client, visit, placed.other_form())
    assert client.get(f"/sign/{visit}/confirm").status_code == 303
    enter(client, visit, placed.form())
    assert client.get(f"/sign/{visit}/confirm").status_code == 200


def test_a_stamp_is_seen_by_its_own_person_only(world: World, placed: Placed) -> None:
    client = world.client()
    visit = world.enter(client)
    send_picture(client, visit, placed, b"a photograph")
    url = f"stamps/{clean(world)}.png"
    assert client.get(f"/sign/{visit}/{url}").status_code == 200
    assert client.get(f"/sign/{visit}/stamps/{uuid4()}.png").status_code == 404
    other = world.client()
    assert other.get(f"/sign/{world.enter(other, 1)}/{url}").status_code == 404
    assert other.get(f"/sign/{visit}/{url}").status_code == 404


def test_twenty_pictures_are_enough(world: World, placed: Placed) -> None:
    client = world.client()
    visit = world.enter(client)
    for _ in range(21):
        send_picture(client, visit, placed, b"a photograph")
    assert world.count(Stamp) == 20
    assert "画像を追加できる回数の上限に達しました。" in text(client, visit, "read")


def test_a_picture_without_a_place_to_show_it_is_forgotten(world: World) -> None:
    placed = place(world, visible=False)
    client = world.client()
    visit = world.enter(client)
    assert "署名の見た目" not in text(client, visit, "read")
    send_picture(client, visit, placed, b"a photograph")
    assert world.count(Stamp) == 0


# -- hostile forms ---------------------------------------------------------------------------------


def test_fields_of_others_and_unknown_ones_are_left_out(world: World, placed: Placed) -> None:
    client = world.client()
    visit = world.enter(client)
    stolen = {
        f"field-{placed.foreign}": "盗",
        f"field-{uuid4()}": "x",
        "field-": "x",
        "field-../../x": "x",
        f"field-{placed.second}": "別の文書から",
    }
    enter(client, visit, placed.form(action="save") | stolen)
    assert control(entered(client, visit, 2), placed.second) == ""
    other = world.client()
    page = checked(other.get(f"/sign/{world.enter(other, 1)}/read"))
    assert control(page, placed.foreign) == ""


@pytest.mark.parametrize("document", ["", "1", "x" * 500, "00000000-0000-4000-8000-000000000000"])
def test_a_form_without_its_document_changes_nothing(
    world: World, placed: Placed, document: str
) -> None:
    client = world.client()
    visit = world.enter(client)
    complete(client, visit, placed)
    enter(client, visit, placed.form(text="別") | {"document": document})
    page = entered(client, visit)
    assert control(page, placed.mine[FieldKind.TEXT]) == GOOD[FieldKind.TEXT]


def test_ten_thousand_characters_are_told_and_kept(world: World, placed: Placed) -> None:
    client = world.client()
    visit = world.enter(client)
    enter(client, visit, placed.form(text="あ" * 10_000))
    page = entered(client, visit)
    assert error(page, placed.mine[FieldKind.TEXT]).startswith("2000文字以内")
    assert control(page, placed.mine[FieldKind.TEXT]) == "あ" * 10_000


def test_a_picture_that_has_yet_to_come_is_no_fault_before_he_has_finished(
    world: World, placed: Placed
) -> None:
    client = world.client()
    visit = world.enter(client)
    said = enter(client, visit, placed.form(look="stamp", action="autosave"), headers=HTMX)
    changes = BeautifulSoup(said.text, "html5lib").select_one("[data-changes]")
    assert changes is not None
    assert json.loads(str(changes["data-changes"]))["errors"]["look"] == ""
    assert "印影の画像を追加するか" not in client.get(f"/sign/{visit}/read").text
    answer = enter(client, visit, placed.form(look="stamp"))
    assert "印影の画像を追加するか" in client.get(answer.location).text


@pytest.mark.parametrize("look", ["", "none", "STAMP", "x" * 1000])
def test_an_unknown_look_leaves_the_chosen_one(world: World, placed: Placed, look: str) -> None:
    client = world.client()
    visit = world.enter(client)
    enter(client, visit, placed.form(look="stamp"))
    enter(client, visit, placed.form(look=look))
    assert entered(client, visit).select_one("#look-stamp[checked]") is not None


@pytest.mark.parametrize("number", ["x", "-1", "999999999999999999999"])
def test_a_nonsensical_number_opens_the_first_document(
    world: World, placed: Placed, number: str
) -> None:
    client = world.client()
    visit = world.enter(client)
    for headers in (HTMX, {}):
        answer = enter(client, visit, placed.form() | {"number": number}, headers=headers)
        assert answer.status_code in {200, 303}
    assert client.get(str(answer.location)).status_code == 200


def test_after_acting_nothing_is_entered(world: World, placed: Placed) -> None:
    client = world.client()
    visit = world.enter(client)
    complete(client, visit, placed)
    client.post(f"/sign/{visit}/act", data=hidden(client, f"/sign/{visit}/confirm"))
    before = _sealed(world)
    answer = enter(client, visit, placed.form(text="後から"))
    assert (answer.status_code, answer.location) == (303, f"/sign/{visit}/done")
    answer = enter(client, visit, placed.form(text="後から"), headers=HTMX)
    assert answer.headers["HX-Redirect"] == f"/sign/{visit}/done"
    send_picture(client, visit, placed, b"a photograph")
    assert _sealed(world) == before
    assert world.count(Stamp) == 0
    assert client.get(f"/sign/{visit}/stamp").status_code == 286


def _sealed(world: World) -> bytes:
    with world.database.reading() as session:
        return session.query(TypedValues).one().sealed


def test_what_is_typed_while_the_envelope_is_sent_back_is_kept(
    world: World, placed: Placed
) -> None:
    client = world.client()
    visit = world.enter(client)
    world.change(Envelope, world.envelope_id, state="sent_back")
    assert enter(client, visit, placed.form()).location == f"/sign/{visit}/done"
    world.change(Envelope, world.envelope_id, state="running")
    page = entered(client, visit)
    assert control(page, placed.mine[FieldKind.TEXT]) == GOOD[FieldKind.TEXT]


def test_looking_writes_nothing_and_get_enters_nothing(world: World, placed: Placed) -> None:
    client = world.client()
    visit = world.enter(client)
    client.get(f"/sign/{visit}/read?field-{placed.mine[FieldKind.TEXT]}=x")
    assert client.get(f"/sign/{visit}/fields").status_code == 405
    assert world.count(TypedValues) == 0


def test_without_a_visit_the_typed_text_is_shown_to_be_copied(world: World, placed: Placed) -> None:
    client = world.client()
    visit = world.enter(client)
    answer = enter(world.client(), visit, placed.form())
    assert answer.status_code == 404
    assert "東京都千代田区" in answer.text
    assert world.count(TypedValues) == 0


def test_a_form_that_saves_itself_after_the_visit_is_told_that_nothing_was_kept(
    world: World, placed: Placed
) -> None:
    """What polls is told to stop; what was typed must not count as saved."""
    client = world.client()
    visit = world.enter(client)
    world.change(Visit, UUID(visit), last_seen_at=datetime(2020, 1, 1, tzinfo=UTC))
    answer = client.post(f"/sign/{visit}/fields", data=placed.other_form(), headers=HTMX)
    assert answer.status_code == 410
    assert answer.text == ""
    assert client.get(f"/sign/{visit}/stamp", headers=HTMX).status_code == 286


@pytest.mark.parametrize(
    "letters",
    [
        "\u202eright to left",
        "a\x07\x1b[31mb",
        "\ufeff\u200b",
        "\x00",
        "\U0001f468\u200d\U0001f467",
        "\ud83d",
    ],
)
def test_letters_that_mean_something_to_machines_break_no_page(
    world: World, placed: Placed, letters: str
) -> None:
    client = world.client()
    visit = world.enter(client)
    form = {
        name: letters if name.startswith("field-") else value
        for name, value in placed.other_form().items()
    }
    body = urlencode(form, errors="surrogatepass")  # half a character too, as no browser sends it
    kind = "application/x-www-form-urlencoded"
    sent = client.post(f"/sign/{visit}/fields", data=body, content_type=kind)
    assert sent.status_code == 303
    for page in ("read?document=2&check=1", "confirm"):
        answer = client.get(f"/sign/{visit}/{page}", follow_redirects=True)
        checked(answer)
        assert answer.status_code == 200
        assert "\x00" not in answer.text


def test_markup_in_a_value_is_text(world: World, placed: Placed) -> None:
    client = world.client()
    visit = world.enter(client)
    nasty = "</textarea><script>alert(1)</script>'\"{{7*7}}"
    enter(client, visit, placed.form(text=nasty, multiline=nasty))
    page = client.get(f"/sign/{visit}/read").text
    assert "<script>alert" not in page
    assert "{{7*7}}" in page
    part = enter(client, visit, placed.form(text=nasty, date=nasty), headers=HTMX).text
    assert "<script>alert" not in part
