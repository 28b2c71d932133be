"""The same request open twice: what one screen writes, the other does not wipe."""

from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from domain.kinds import FieldKind
from tests.webapp.signer.fields import GOOD, KINDS, Placed, enter, place
from tests.webapp.signer.pages import checked
from tests.webapp.signer.world import World

PEN_A, PEN_B = "a" * 32, "b" * 32
SAVED = {"HX-Request": "true"}


def part(page: BeautifulSoup, selector: str) -> Tag:
    found = page.select_one(selector)
    assert found is not None, selector
    return found


class Screen:
    """A device with the reading page of document 1 open, with or without scripts."""

    def __init__(self, world: World, placed: Placed, pen: str = "") -> None:
        self.client: FlaskClient = world.client()
        self.visit = world.enter(self.client)
        self.placed, self.pen, self.turn = placed, pen, 0
        self.values: dict[str, str] = {}
        self.open()

    def open(self) -> BeautifulSoup:
        page = checked(self.client.get(f"/sign/{self.visit}/read?document=1"))
        self.show(page)
        return page

    def show(self, page: BeautifulSoup) -> None:
        """Its form stands for what the page shows."""
        self.shown = str(part(page, "#shown")["value"])
        self.values = {}
        for control in page.select("#fill [name^=field-]"):
            if control.name == "textarea":
                value = control.text.removeprefix("\n")
            elif control.name == "select":
                picked = control.select_one("option[selected]")
                value = str(picked["value"]) if picked else ""
            elif control.get("type") in {"radio", "checkbox"} and not control.has_attr("checked"):
                continue
            else:
                value = str(control.get("value", ""))
            self.values[str(control["name"])] = value

    def type(self, kind: FieldKind, value: str) -> None:
        self.values[f"field-{self.placed.mine[kind]}"] = value

    def send(self, action: str = "save") -> TestResponse:
        self.turn += 1
        known = {"pen": self.pen, "turn": str(self.turn)} if self.pen else {}
        form = {
            "document": self.placed.documents[0],
            "number": "1",
            "action": action,
            "shown": self.shown,
            **known,
            **{name: value for name, value in self.values.items() if value},
        }
        headers = SAVED if action == "autosave" else {}
        return enter(self.client, self.visit, form, headers=headers)

    def kept(self, kind: FieldKind) -> str:
        """What a page that is opened now shows."""
        fresh = Screen.__new__(Screen)
        fresh.client, fresh.visit, fresh.placed = self.client, self.visit, self.placed
        fresh.open()
        return fresh.values.get(f"field-{self.placed.mine[kind]}", "")


def all_of(screen: Screen) -> None:
    for kind in KINDS:
        screen.type(kind, GOOD[kind])


def test_what_the_first_screen_typed_survives_a_button_of_the_second(world: World) -> None:
    placed = place(world, required=False)
    second, first = Screen(world, placed), Screen(world, placed, PEN_A)
    all_of(first)
    assert first.send("autosave").status_code == 200
    answer = second.send("finish")
    assert str(answer.location).endswith("/confirm")
    confirm = checked(second.client.get(answer.location)).text
    assert "東京都千代田区" in confirm
    for kind in KINDS:
        assert first.kept(kind).replace("\r\n", "\n") == GOOD[kind].replace("\r\n", "\n"), kind


def test_both_may_fill_in_different_fields(world: World) -> None:
    placed = place(world, required=False)
    first, second = Screen(world, placed, PEN_A), Screen(world, placed, PEN_B)
    first.type(FieldKind.TEXT, "東京都")
    second.type(FieldKind.DATE, "2026-11-25")
    assert first.send("autosave").status_code == second.send("autosave").status_code == 200
    assert first.kept(FieldKind.TEXT) == "東京都"
    assert first.kept(FieldKind.DATE) == "2026-11-25"


def test_where_both_wrote_the_page_shows_both_and_then_the_form_counts(world: World) -> None:
    placed = place(world, required=False)
    first, second = Screen(world, placed), Screen(world, placed)
    first.type(FieldKind.TEXT, "東京都")
    first.send()
    second.type(FieldKind.TEXT, "大阪府")
    second.type(FieldKind.MULTILINE, "そのほか")
    answer = second.send("finish")
    assert answer.status_code == 409
    page = checked(answer)
    anchor = f"field-{placed.mine[FieldKind.TEXT]}"
    assert part(page, f"#{anchor}")["value"] == "大阪府"
    assert "「東京都」と入力されました" in part(page, f"#{anchor}-error").text
    assert page.select_one(f".error-summary a[href='#{anchor}']")
    assert second.kept(FieldKind.TEXT) == "東京都", "nothing is taken before both were shown"
    assert second.kept(FieldKind.MULTILINE) == "そのほか"
    second.show(page)
    assert str(second.send("finish").location).endswith("/confirm")
    assert second.kept(FieldKind.TEXT) == "大阪府"


def test_whoever_agrees_with_the_other_screen_keeps_its_value(world: World) -> None:
    placed = place(world, required=False)
    first, second = Screen(world, placed), Screen(world, placed)
    first.type(FieldKind.TEXT, "東京都")
    first.send()
    second.type(FieldKind.TEXT, "大阪府")
    second.show(checked(second.send("pause")))
    second.type(FieldKind.TEXT, "東京都")
    assert second.send().status_code == 303
    assert second.kept(FieldKind.TEXT) == "東京都"


def test_a_box_that_was_ticked_elsewhere_says_so(world: World) -> None:
    placed = place(world, required=False)
    first, third = Screen(world, placed), Screen(world, placed)
    first.type(FieldKind.CHECKBOX, "on")
    first.send()
    second = Screen(world, placed)
    assert third.send().status_code == 303
    assert third.kept(FieldKind.CHECKBOX) == "on"
    second.values.pop(f"field-{placed.mine[FieldKind.CHECKBOX]}")
    second.send()
    assert second.kept(FieldKind.CHECKBOX) == "", "it was shown ticked, and unticked"


def test_a_script_is_told_and_saves_the_rest(world: World) -> None:
    placed = place(world, required=False)
    first, second = Screen(world, placed, PEN_A), Screen(world, placed, PEN_B)
    first.type(FieldKind.TEXT, "東京都")
    first.send("autosave")
    second.type(FieldKind.TEXT, "大阪府")
    second.type(FieldKind.DATE, "2026-11-25")
    assert second.send("autosave").status_code == 409
    assert (second.kept(FieldKind.TEXT), second.kept(FieldKind.DATE)) == ("東京都", "2026-11-25")
    assert second.send("finish").status_code == 409


def test_a_page_does_not_dispute_with_itself(world: World) -> None:
    """The answer to what it saved before may never have come: it still shows what it showed."""
    placed = place(world, required=False)
    only = Screen(world, placed, PEN_A)
    for value in ("東", "東京", "", "東京都"):
        only.type(FieldKind.TEXT, value)
        assert only.send("autosave").status_code == 200
        assert only.kept(FieldKind.TEXT) == value


def test_after_saving_a_page_stands_for_what_it_saved(world: World) -> None:
    placed = place(world, required=False)
    first = Screen(world, placed, PEN_A)
    first.type(FieldKind.TEXT, "東京都")
    answer = BeautifulSoup(first.send("autosave").text, "html.parser")
    first.shown = str(part(answer, "#shown[hx-swap-oob]")["value"])
    second = Screen(world, placed, PEN_B)
    second.type(FieldKind.TEXT, "大阪府")
    second.send("autosave")
    first.type(FieldKind.DATE, "2026-11-25")
    assert first.send("autosave").status_code == 200
    assert first.kept(FieldKind.TEXT) == "大阪府"


def test_a_page_of_before_that_says_nothing_of_what_it_showed_is_taken_as_it_is(
    world: World,
) -> None:
    placed = place(world, required=False)
    first, old = Screen(world, placed), Screen(world, placed)
    first.type(FieldKind.TEXT, "東京都")
    first.send()
    old.shown = "nonsense"
    old.type(FieldKind.TEXT, "大阪府")
    assert old.send().status_code == 303
    assert first.kept(FieldKind.TEXT) == "大阪府"
