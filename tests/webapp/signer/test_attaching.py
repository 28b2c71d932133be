"""Attaching files on the reading page: as a plain form, as fragments, never for anybody else."""

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from domain.attachments import FileKind
from domain.kinds import FieldKind, LinkPurpose
from domain.limits import MAX_ATTACHMENT_BYTES
from domain.ports.signatures import CheckedFile
from domain.refusals import RefusalCode
from identity.links import token_sha256
from identity.sessions import new_token
from storage import people
from storage.desks.attachments import StoredAttachmentDesk
from storage.tables import (
    Act,
    Attachment,
    Envelope,
    Field,
    LedgerEvent,
    Member,
    Organisation,
    Participant,
    ParticipantDocument,
    Stamp,
)
from tests.webapp.signer.fields import _field, _signatures
from tests.webapp.signer.pages import checked
from tests.webapp.signer.test_acts import hidden
from tests.webapp.signer.world import World
from webapp.login import COOKIE as LOGIN_COOKIE

HTMX = {"HX-Request": "true"}
PDF = CheckedFile(FileKind.PDF, b"%PDF-1.7 a certificate\n%%EOF\n", b"\x89PNG of it", 2)
PHOTO = CheckedFile(FileKind.JPEG, b"\xff\xd8\xffpixels", b"\xff\xd8\xffsmall", 1, located=True)
HOSTILE_NAMES = [
    "../../etc/passwd.pdf",
    "evil\u202efdp.exe",
    "a%0D%0ASet-Cookie: x=1.pdf",  # as browsers write a line break
    "長" * 10_000 + ".pdf",
    "%22;alert(1)//<b>.pdf",
    "\x00.pdf",
]


@dataclass
class Asking:
    """The first signer is asked for a certificate on the page and a photo without a place, and for
    a text; the second for a file of his own."""

    world: World
    certificate: str = ""
    photo: str = ""
    text: str = ""
    foreign: str = ""

    @property
    def desk(self) -> StoredAttachmentDesk:
        return StoredAttachmentDesk(self.world.database, self.world.vault_for_web)

    def form(self, **values: object) -> dict[str, object]:
        return {"document": str(self.world.documents[0]), "number": "1", **values}

    def send(
        self,
        client: FlaskClient,
        visit: str,
        key: str,
        data: bytes = PDF.data,
        name: str = "証明書.pdf",
        texts: dict[str, str] | None = None,
    ) -> TestResponse:
        form = self.form(action=f"attach-{key}", **(texts or {}))
        form[f"attach-{key}"] = (io.BytesIO(data), name)
        return client.post(f"/sign/{visit}/fields", data=form)

    def rows(self) -> list[Attachment]:
        with self.world.database.reading() as session:
            return session.query(Attachment).order_by(Attachment.created_at).all()

    def answer(self, found: CheckedFile | RefusalCode = PDF) -> UUID:
        """What the documents worker makes of the newest file."""
        key = self.rows()[-1].id
        if isinstance(found, RefusalCode):
            self.desk.refuse(key, found)
        else:
            self.desk.accept(key, found)
        return key


@pytest.fixture
def asking(world: World) -> Asking:
    found = Asking(world)
    with world.database.transaction() as session:
        _signatures(session, world, visible=True)
        file = FieldKind.ATTACHMENT
        rows = {
            "certificate": _field(world, 3, file, label="印鑑証明書", required=True),
            "photo": _field(world, 4, file, label="免許証の写真", required=False),
            "text": _field(world, 5, FieldKind.TEXT, label="所在地", required=False),
            "foreign": _field(world, 6, file, person=1, label="許可証", required=False),
        }
        rows["certificate"].rules = {"guide": "3か月以内に発行されたもの"}
        rows["photo"].rect = None
        rows["photo"].rules = {"accepts": "image"}
        for name, row in rows.items():
            session.add(row)
            setattr(found, name, str(row.id))
    return found


def shown(client: FlaskClient, visit: str, **query: str) -> BeautifulSoup:
    return checked(client.get(f"/sign/{visit}/read", query_string=query))


def text_of(page: BeautifulSoup, what: str) -> str:
    found = page.select_one(what)
    assert found is not None
    return found.text


def value_of(page: BeautifulSoup, key: str) -> str:
    found = page.find(id=f"field-{key}")
    assert found is not None
    return str(found["value"])


def part(page: BeautifulSoup, key: str) -> str:
    found = page.find(id=f"field-{key}-file")
    assert found is not None
    return " ".join(found.get_text(" ", strip=True).split())


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_whole_way_without_scripts(world: World, asking: Asking, language: str) -> None:
    world.change(Participant, world.participants[0], language=language)
    client = world.client()
    visit = world.enter(client)
    page = shown(client, visit)
    control = page.find(id=f"field-{asking.certificate}")
    assert control is not None
    assert control["accept"] == "application/pdf,image/jpeg,image/png"
    assert not control.has_attr("capture")
    assert "3か月以内" in page.text
    assert "10 MB" in page.text

    answer = asking.send(
        client, visit, asking.certificate, texts={f"field-{asking.text}": "東京都千代田区"}
    )
    assert (answer.status_code, answer.location.endswith(f"#field-{asking.certificate}")) == (
        303,
        True,
    )
    page = shown(client, visit)
    assert "証明書.pdf" in part(page, asking.certificate)
    assert value_of(page, asking.text) == "東京都千代田区"
    assert "/read" in client.get(f"/sign/{visit}/confirm").location  # not while it is checked

    key = asking.answer()
    page = shown(client, visit)
    assert "証明書.pdf" in part(page, asking.certificate)
    for what in ("file", "picture"):
        found = client.get(f"/sign/{visit}/attachments/{key}/{what}")
        assert (found.status_code, "sandbox" in found.headers["Content-Security-Policy"]) == (
            200,
            True,
        )
    assert client.get(f"/sign/{visit}/attachments/{key}/file").data == PDF.data
    confirm = checked(client.get(f"/sign/{visit}/confirm"))
    assert "証明書.pdf" in confirm.text
    assert "SHA-256" in confirm.text

    client.post(f"/sign/{visit}/act", data=hidden(client, f"/sign/{visit}/confirm"))
    with world.database.reading() as session:
        assert session.query(Act).one().kind == "sign"
    assert asking.send(client, visit, asking.certificate).location.endswith("/done")
    assert len(asking.rows()) == 1


def test_a_fragment_says_what_became_of_it(world: World, asking: Asking) -> None:
    client = world.client()
    visit = world.enter(client)
    client.environ_base["HTTP_HX_REQUEST"] = "true"
    waiting = BeautifulSoup(asking.send(client, visit, asking.certificate).text, "html.parser")
    state = waiting.find(id=f"field-{asking.certificate}-state")
    assert state is not None
    url = str(state["hx-get"])
    assert client.get(url).status_code == 204
    asking.answer(RefusalCode.ATTACHMENT_HEIC)
    told = client.get(url)
    assert "HEIC" in told.text
    assert "hx-get" not in told.text.split("<p", maxsplit=1)[0]
    assert "data-changes" in told.text
    asking.send(client, visit, asking.certificate)
    asking.answer(PHOTO)
    found = client.get(url).text
    assert "撮影場所は取り除きました" in found
    assert "証明書.jpg" in found
    removed = client.post(
        f"/sign/{visit}/fields", data=asking.form(action=f"detach-{asking.certificate}")
    )
    assert "証明書" not in BeautifulSoup(removed.text, "html.parser").get_text()
    assert {row.removed_at is None for row in asking.rows()} == {False}


def test_other_devices_and_later_days_show_the_same(world: World, asking: Asking) -> None:
    client = world.client()
    asking.send(client, world.enter(client), asking.certificate)
    asking.answer()
    other = world.client()
    assert "証明書.pdf" in part(shown(other, world.enter(other)), asking.certificate)


def test_the_list_counts_it(world: World, asking: Asking) -> None:
    client = world.client()
    visit = world.enter(client)
    page = shown(client, visit)
    assert text_of(page, "#required-count") == "3"
    before = int(text_of(page, "#done-count"))
    asking.send(client, visit, asking.certificate)
    asking.answer()
    page = shown(client, visit)
    assert int(text_of(page, "#done-count")) == before + 1
    assert "添付済み" in text_of(page, f"[data-entry=field-{asking.certificate}]")


def test_several_files_of_one_form_all_arrive(world: World, asking: Asking) -> None:
    client = world.client()
    visit = world.enter(client)
    form = asking.form(action="finish")
    form |= {
        f"attach-{asking.certificate}": (io.BytesIO(PDF.data), "a.pdf"),
        f"attach-{asking.photo}": (io.BytesIO(b"jpeg"), "b.jpg"),
        "stamp": (io.BytesIO(b"a seal"), "seal.png"),
        "whatever": (io.BytesIO(b"x"), "x"),
    }
    client.post(f"/sign/{visit}/fields", data=form)
    assert {str(row.field_id) for row in asking.rows()} == {asking.certificate, asking.photo}
    with world.database.reading() as session:
        assert session.query(Stamp).one().size == len(b"a seal")


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_no_name_breaks_a_page_or_a_header(world: World, asking: Asking, name: str) -> None:
    client = world.client()
    visit = world.enter(client)
    asking.send(client, visit, asking.certificate, name=name)
    key = asking.answer()
    page = shown(client, visit)
    assert "alert" not in str(page.find_all("script"))
    answer = client.get(f"/sign/{visit}/attachments/{key}/file")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert "Set-Cookie: x" not in {f"{a}: {b}" for a, b in answer.headers}
    assert len(asking.rows()[0].name) <= 200


def test_a_file_that_is_too_large_is_told_and_what_was_typed_is_kept(
    world: World, asking: Asking
) -> None:
    client = world.client()
    visit = world.enter(client)
    large = b"x" * (MAX_ATTACHMENT_BYTES + 1)
    asking.send(client, visit, asking.certificate, large, texts={f"field-{asking.text}": "東京都"})
    page = shown(client, visit)
    assert "10 MB" in part(page, asking.certificate)
    assert value_of(page, asking.text) == "東京都"


def test_nobody_else_sends_sees_or_removes_it(world: World, asking: Asking) -> None:
    mine, theirs = world.client(), world.client()
    visit, other = world.enter(mine), world.enter(theirs, 1)
    asking.send(mine, visit, asking.certificate)
    key = asking.answer()
    # the other signer, who has not been handed anything yet
    for what in ("file", "picture"):
        assert theirs.get(f"/sign/{other}/attachments/{key}/{what}").status_code == 404
    asking.send(theirs, other, asking.certificate)
    theirs.post(f"/sign/{other}/fields", data=asking.form(action=f"detach-{asking.certificate}"))
    assert [row.removed_at for row in asking.rows()] == [None]
    # a stranger, and the other one's browser on this visit
    for client in (world.client(), theirs):
        assert client.get(f"/sign/{visit}/attachments/{key}/file").status_code == 404
    assert mine.get(f"/sign/{visit}/attachments/{uuid4()}/file").status_code == 404


def test_what_is_still_being_checked_is_shown_to_nobody(world: World, asking: Asking) -> None:
    client = world.client()
    visit = world.enter(client)
    asking.send(client, visit, asking.certificate)
    [row] = asking.rows()
    assert client.get(f"/sign/{visit}/attachments/{row.id}/file").status_code == 404
    assert client.get(f"/sign/{visit}/attachments/{row.id}/picture").status_code == 404


def signed(world: World, asking: Asking, found: CheckedFile = PDF) -> UUID:
    """Attached, signed, and accepted by the route."""
    client = world.client()
    visit = world.enter(client)
    asking.send(client, visit, asking.certificate, found.data, "証明書.pdf")
    key = asking.answer(found)
    client.post(f"/sign/{visit}/act", data=hidden(client, f"/sign/{visit}/confirm"))
    return key


def accept(world: World) -> None:
    with world.database.transaction() as session:
        act = session.query(Act).one()
        act.accepted, act.answered_at, act.answer_order = True, act.posted_at, 1


def test_others_see_it_from_the_moment_the_act_counts(world: World, asking: Asking) -> None:
    key = signed(world, asking)
    theirs = world.client()
    other = world.enter(theirs, 1)
    assert theirs.get(f"/sign/{other}/attachments/{key}/file").status_code == 404
    accept(world)
    page = shown(theirs, other)
    assert "証明書.pdf" in text_of(page, "#checklist")
    assert theirs.get(f"/sign/{other}/attachments/{key}/file").data == PDF.data
    world.change(Envelope, world.envelope_id, state="withdrawn")
    assert theirs.get(f"/sign/{other}/attachments/{key}/file").status_code in {404, 410}


def test_a_swapped_row_is_handed_to_nobody(world: World, asking: Asking) -> None:
    key = signed(world, asking)
    accept(world)
    world.change(Attachment, key, name="other.pdf")
    theirs = world.client()
    other = world.enter(theirs, 1)
    assert theirs.get(f"/sign/{other}/attachments/{key}/file").status_code == 404
    assert shown(theirs, other).find(id="handed-in") is None


def test_a_condition_hides_it_with_its_file(world: World, asking: Asking) -> None:
    box = Field(
        id=uuid4(),
        document_id=world.documents[0],
        version=1,
        slot_id=world.slots[0],
        name="FIELD_0008",
        kind="checkbox",
        page=0,
        rect=[10, 700, 20, 20],
        position=8,
        label="法人です",
    )
    with world.database.transaction() as session:
        session.add(box)
        row = session.get_one(Field, UUID(asking.certificate))
        row.rules = {"condition": {"field": "FIELD_0008", "value": "on"}}
    client = world.client()
    visit = world.enter(client)
    asking.send(client, visit, asking.certificate, texts={f"field-{box.id}": "on"})
    asking.answer()
    assert "証明書.pdf" in checked(client.get(f"/sign/{visit}/confirm")).text
    client.post(f"/sign/{visit}/fields", data=asking.form(action="save"))
    assert "証明書.pdf" not in checked(client.get(f"/sign/{visit}/confirm")).text


def test_too_many_files_are_told_in_words(
    world: World, asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.attachments.MAX_ATTACHMENT_UPLOADS", 1)
    client = world.client()
    visit = world.enter(client)
    asking.send(client, visit, asking.certificate)
    asking.answer()
    asking.send(client, visit, asking.certificate, replace(PDF, data=b"2").data)
    assert "上限" in shown(client, visit).text
    assert len(asking.rows()) == 1


def test_everybody_takes_it_with_the_finished_documents(world: World, asking: Asking) -> None:
    key = signed(world, asking)
    accept(world)
    other = world.client()
    link = f"/d/{world.token(1, LinkPurpose.DOWNLOAD)}"
    address = str(other.post(link).location)
    page = checked(other.get(address))
    assert "証明書.pdf" in text_of(page, "#attachments")
    answer = other.get(f"{address}attachments/{key}/file")
    assert (answer.data, answer.mimetype) == (PDF.data, "application/pdf")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert other.get(f"{address}attachments/{uuid4()}/file").status_code == 404
    with zipfile.ZipFile(io.BytesIO(other.get(f"{address}all.zip").data)) as archive:
        [name] = [name for name in archive.namelist() if name.startswith("添付/")]
        assert name.endswith("/証明書.pdf")
        assert archive.read(name) == PDF.data
        record = json.loads(archive.read("evidence.json"))
    [listed] = record["attachments"]
    assert (listed["path"], listed["sha256"]) == (name, hashlib.sha256(PDF.data).hexdigest())
    with world.database.reading() as session:
        events = session.query(LedgerEvent).filter_by(tag="attachment:downloaded").count()
    assert events == 2
    world.change(
        Envelope, world.envelope_id, download_until=datetime.now(UTC) - timedelta(minutes=1)
    )
    assert other.get(f"{address}attachments/{key}/file").status_code == 410


def logged_in(world: World, member: Member) -> FlaskClient:
    """A browser in which a member is logged in."""
    token = new_token()
    with world.database.transaction() as session:
        moment = datetime.now(UTC)
        people.begin_login(session, member, token_sha256(token), moment, second_factor=True)
    client = world.client()
    client.set_cookie(LOGIN_COOKIE, token, domain="localhost", secure=True)
    return client


def test_members_of_the_sender_see_it_and_those_of_another_organisation_do_not(
    world: World, asking: Asking
) -> None:
    key = signed(world, asking)
    accept(world)
    moment = datetime.now(UTC)
    stranger = Organisation(id=uuid4(), name="隣の市", created_at=moment)
    with world.database.transaction() as session:
        clerk = session.query(Member).one()
        clerk.roles = ["clerk"]
        session.add(stranger)
        session.flush()
        neighbour = Member(
            id=uuid4(),
            organisation_id=stranger.id,
            mail="clerk@neighbour.example",
            name="隣の人",
            roles=["clerk", "admin", "auditor"],
            password_hash="",
            created_at=moment,
        )
        session.add(neighbour)
    path = f"/envelopes/{world.envelope_id}/attachments/{key}/file"
    assert logged_in(world, clerk).get(path).data == PDF.data
    assert logged_in(world, neighbour).get(path).status_code == 404


def test_who_gets_some_documents_gets_only_their_files(world: World, asking: Asking) -> None:
    key = signed(world, asking)
    accept(world)
    chosen = ParticipantDocument(
        participant_id=world.participants[1], document_id=world.documents[1]
    )
    with world.database.transaction() as session:
        session.add(chosen)
    other = world.client()
    address = str(other.post(f"/d/{world.token(1, LinkPurpose.DOWNLOAD)}").location)
    assert checked(other.get(address)).find(id="attachments") is None
    assert other.get(f"{address}attachments/{key}/file").status_code == 404
    with zipfile.ZipFile(io.BytesIO(other.get(f"{address}all.zip").data)) as archive:
        assert not [name for name in archive.namelist() if name.startswith("添付/")]
