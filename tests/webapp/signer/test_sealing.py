"""Making a seal from a name, in the place where a picture could be sent."""

import hashlib
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from runtime.seal_drawing import SealForm, draw_seal
from storage.tables import (
    Act,
    Envelope,
    Member,
    MemberSeal,
    OfficialSeal,
    Organisation,
    OutboxItem,
    Participant,
    Party,
    Stamp,
)
from tests.webapp.signer.fields import Placed, clean, place, store
from tests.webapp.signer.pages import checked
from tests.webapp.signer.world import World

HTMX = {"HX-Request": "true"}


@pytest.fixture
def placed(world: World) -> Placed:
    return place(world)


def ask(client: FlaskClient, visit: str, placed: Placed, text: str, form: str = "round") -> str:
    typed = {**placed.form(action="seal"), "seal-text": text, "seal-form": form}
    answer = client.post(f"/sign/{visit}/fields", data=typed)
    assert answer.status_code == 303
    return str(answer.location)


def upload_of(world: World) -> bytes:
    with world.database.reading() as session:
        blob = session.query(Stamp).one().upload_blob_id
        assert blob is not None
        return world.vault.blobs[blob]


@pytest.mark.parametrize("form", SealForm)
def test_a_seal_is_made_checked_and_shown_as_a_picture_would_be(
    world: World, placed: Placed, form: SealForm
) -> None:
    client = world.client()
    visit = world.enter(client)
    assert ask(client, visit, placed, "山田", form).endswith("#look")
    assert upload_of(world) == draw_seal("山田", form)
    assert world.count(OutboxItem) == 1
    clean(world)
    page = checked(client.get(f"/sign/{visit}/read"))
    assert page.select_one("#stamp-state img") is not None
    assert page.select_one("#look-stamp[checked]") is not None


def test_with_scripts_the_choice_of_looks_comes_back(world: World, placed: Placed) -> None:
    client = world.client()
    visit = world.enter(client)
    typed = {**placed.form(action="seal"), "seal-text": "山田", "seal-form": "square"}
    answer = client.post(f"/sign/{visit}/fields", data=typed, headers=HTMX)
    page = BeautifulSoup(answer.text, "html.parser")
    assert page.find(id="look") is not None
    assert "画像を確認しています" in page.get_text()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("山😀", "印影に使えない文字があります: 😀"),
        ("山\u202e", "印影に使えない文字があります: U+202E"),
        ("", "印影の文字は、6文字まで"),
        ("山田太郎左衛門", "印影の文字は、6文字まで"),
    ],
)
def test_what_cannot_be_a_seal_is_said_and_nothing_is_lost(
    world: World, placed: Placed, text: str, words: str
) -> None:
    client = world.client()
    visit = world.enter(client)
    ask(client, visit, placed, text)
    page = checked(client.get(f"/sign/{visit}/read"))
    assert words in page.get_text()
    assert "東京都千代田区" in str(page)
    assert world.count(Stamp) == 0


def test_nobody_makes_a_seal_where_none_is_shown(world: World) -> None:
    placed = place(world, visible=False)
    client = world.client()
    ask(client, world.enter(client), placed, "山田")
    assert world.count(Stamp) == 0


@pytest.mark.parametrize(
    ("name", "round_text"),
    [
        ("山田 太郎", "山田"),
        ("山田\u3000太郎", "山田"),
        ("山田太郎", "山田太郎"),
        ("John Smith", "Smith"),
        ("ジョン・スミス", "ジョン"),
        ("勅使河原左衛門之助", ""),
    ],
)
def test_the_family_name_is_proposed(
    world: World, placed: Placed, name: str, round_text: str
) -> None:
    world.change(Participant, world.participants[0], name=name)
    client = world.client()
    page = checked(client.get(f"/sign/{world.enter(client)}/read"))
    box = page.select_one("#seal-text")
    assert box is not None
    assert (box["value"], box["data-square"]) == (round_text, "株式会社山田組之印")


PICTURE = b"\x89PNG of before"
ADDRESS = "taro@yamada.example"


def an_earlier_envelope(
    world: World, *, mail: str = ADDRESS, organisation: str = "", signed: bool = True
) -> UUID:
    """Somebody signed another envelope with a seal; the stamp's id."""
    now = datetime.now(UTC)
    with world.database.transaction() as session:
        this = session.get_one(Envelope, world.envelope_id)
        of = this.organisation_id
        if organisation:
            other = Organisation(id=uuid4(), name=organisation, created_at=now)
            session.add(other)
            session.flush()
            of = other.id
        envelope = Envelope(
            id=uuid4(),
            organisation_id=of,
            created_by=this.created_by,
            number=uuid4().hex[:10],
            title="前の契約",
            state="done",
            created_at=now,
            changed_at=now,
        )
        session.add(envelope)
        session.flush()
        party = Party(id=uuid4(), envelope_id=envelope.id, kind="counterparty", name="山田組")
        session.add(party)
        session.flush()
        person = Participant(
            id=uuid4(),
            envelope_id=envelope.id,
            party_id=party.id,
            kind="signer",
            position=0,
            name="山田 太郎",
            mail=mail,
            mailbox=mail,
            company="山田組",
        )
        session.add(person)
        session.flush()
        stamp = Stamp(id=uuid4(), participant_id=person.id, state="ready", size=9, created_at=now)
        session.add(stamp)
        session.flush()
        stamp.image_blob_id = store(session, world.vault.blobs, stamp.id, PICTURE)
        act = Act(
            id=uuid4(),
            envelope_id=envelope.id,
            participant_id=person.id,
            kind="sign",
            nonce=uuid4().hex,
            version=1,
            version_sha256="0" * 64,
            values_sha256="0" * 64,
            reason="",
            language="ja",
            accepted=signed,
            evidence={},
            posted_at=now,
        )
        session.add(act)
        return stamp.id


def test_the_seal_of_an_earlier_envelope_is_offered_and_copied(
    world: World, placed: Placed
) -> None:
    world.change(Participant, world.participants[0], mailbox=ADDRESS)
    before = an_earlier_envelope(world)
    client = world.client()
    visit = world.enter(client)
    page = checked(client.get(f"/sign/{visit}/read"))
    assert page.select_one(f".before img[src$='{before}.png']") is not None
    assert client.get(f"/sign/{visit}/stamps/{before}.png").data == PICTURE
    typed = placed.form(action="again")
    assert client.post(f"/sign/{visit}/fields", data=typed).location.endswith("#look")
    with world.database.reading() as session:
        mine = session.query(Stamp).filter_by(participant_id=world.participants[0]).one()
    assert mine.state == "checking"
    assert mine.upload_blob_id is not None
    assert world.vault.blobs[mine.upload_blob_id] == PICTURE


@pytest.mark.parametrize("whose", ["another address", "another organisation", "not signed"])
def test_no_other_seal_is_offered_or_shown(world: World, placed: Placed, whose: str) -> None:
    world.change(Participant, world.participants[0], mailbox=ADDRESS)
    before = an_earlier_envelope(
        world,
        mail="jiro@yamada.example" if whose == "another address" else ADDRESS,
        organisation="隣の市" if whose == "another organisation" else "",
        signed=whose != "not signed",
    )
    client = world.client()
    visit = world.enter(client)
    assert checked(client.get(f"/sign/{visit}/read")).select_one(".before") is None
    assert client.get(f"/sign/{visit}/stamps/{before}.png").status_code == 404
    client.post(f"/sign/{visit}/fields", data=placed.form(action="again"))
    with world.database.reading() as session:
        assert not session.query(Stamp).filter_by(participant_id=world.participants[0]).count()


REGISTERED = b"\x89PNG registered"


def a_registered_seal(world: World, picture: bytes = REGISTERED) -> UUID:
    """The second signer, who signs for the sending organisation, is its member with a seal."""
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        person = session.get_one(Participant, world.participants[1])
        person.mail = person.mailbox = member.mail
        seal = MemberSeal(
            id=uuid4(), member_id=member.id, state="ready", size=9, created_at=datetime.now(UTC)
        )
        session.add(seal)
        session.flush()
        seal.image_blob_id = store(session, world.vault.blobs, seal.id, picture)
        seal.image_sha256 = hashlib.sha256(picture).hexdigest()
        return seal.id


def test_a_members_registered_seal_is_offered_first_and_copied(
    world: World, placed: Placed
) -> None:
    seal = a_registered_seal(world)
    an_earlier_envelope(world, mail="clerk@musubi.test")
    client = world.client()
    visit = world.enter(client, 1)
    page = checked(client.get(f"/sign/{visit}/read"))
    offers = [str(button["value"]) for button in page.select(".before button")]
    assert offers == ["mine", "again"]
    assert client.get(f"/sign/{visit}/stamps/{seal}.png").data == REGISTERED
    data = {"document": str(world.documents[0]), "number": "1", "action": "mine", "look": "name"}
    assert client.post(f"/sign/{visit}/fields", data=data).location.endswith("#look")
    with world.database.reading() as session:
        mine = session.query(Stamp).filter_by(participant_id=world.participants[1]).one()
        assert mine.upload_blob_id is not None
        assert mine.id != seal
    assert world.vault.blobs[mine.upload_blob_id] == REGISTERED


def test_one_picture_is_not_offered_twice(world: World, placed: Placed) -> None:
    a_registered_seal(world, PICTURE)
    stamp = an_earlier_envelope(world, mail="clerk@musubi.test")
    world.change(Stamp, stamp, image_sha256=hashlib.sha256(PICTURE).hexdigest())
    client = world.client()
    page = checked(client.get(f"/sign/{world.enter(client, 1)}/read"))
    assert [button["value"] for button in page.select(".before button")] == ["mine"]


def test_a_registered_seal_is_nobody_elses(world: World, placed: Placed) -> None:
    seal = a_registered_seal(world)
    client = world.client()
    visit = world.enter(client, 0)
    assert checked(client.get(f"/sign/{visit}/read")).select_one(".before") is None
    assert client.get(f"/sign/{visit}/stamps/{seal}.png").status_code == 404
    client.post(f"/sign/{visit}/fields", data=placed.form(action="mine"))
    assert world.count(Stamp) == 0


def an_official_seal(world: World, *, mine: bool, organisation: UUID | None = None) -> UUID:
    """Clean, and the world's member may use it (`mine`), of his organisation or of another."""
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        seal = OfficialSeal(
            id=uuid4(), organisation_id=organisation or member.organisation_id, name="市長印",
            mm=21, members=[str(member.id)] if mine else [], departments=[], roles=[],
            state="ready", size=9,
            created_by=member.id, created_at=datetime.now(UTC), revision=0,
        )  # fmt: skip
        session.add(seal)
        session.flush()
        seal.image_blob_id = store(session, world.vault.blobs, seal.id, OFFICIAL)
        seal.image_sha256 = hashlib.sha256(OFFICIAL).hexdigest()
        return seal.id


OFFICIAL = b"\x89PNG official"


def official(world: World, client: FlaskClient, visit: str, seal: UUID) -> tuple[int, str]:
    data = {"document": str(world.documents[0]), "number": "1", "look": "name"}
    answer = client.post(
        f"/sign/{visit}/fields", data=data | {"action": f"official-{seal}"}, headers=HTMX
    )
    return answer.status_code, answer.text


def test_an_official_seal_is_chosen_by_who_may_and_kept_as_it_is(
    world: World, placed: Placed
) -> None:
    a_registered_seal(world)
    seal = an_official_seal(world, mine=True)
    client = world.client()
    visit = world.enter(client, 1)
    page = checked(client.get(f"/sign/{visit}/read"))
    offers = [str(button["value"]) for button in page.select(".before button")]
    assert offers == ["mine", f"official-{seal}"]
    assert client.get(f"/sign/{visit}/stamps/{seal}.png").data == OFFICIAL
    assert official(world, client, visit, seal)[0] == 200
    with world.database.reading() as session:
        copy = session.query(Stamp).filter_by(participant_id=world.participants[1]).one()
        assert (copy.seal_id, copy.state) == (seal, "ready")
        assert copy.image_blob_id is not None
        assert session.query(Act).count() == 0  # chosen, and nothing is signed
    assert world.vault.blobs[copy.image_blob_id] == OFFICIAL


def test_who_may_not_use_an_official_seal_is_told_so_whatever_id_he_sends(
    world: World, placed: Placed
) -> None:
    a_registered_seal(world)
    seal = an_official_seal(world, mine=False)
    with world.database.transaction() as session:
        other = Organisation(name="隣町", created_at=datetime.now(UTC))
        session.add(other)
        session.flush()
        other_id = other.id
    foreign = an_official_seal(world, mine=True, organisation=other_id)
    client = world.client()
    visit = world.enter(client, 1)
    offers = checked(client.get(f"/sign/{visit}/read")).select(".before button")
    assert [button["value"] for button in offers] == ["mine"]
    code, text = official(world, client, visit, seal)
    assert code == 200
    assert "この公印は、今のあなたには使えません。" in text
    assert official(world, client, visit, foreign)[0] == 404
    assert client.get(f"/sign/{visit}/stamps/{seal}.png").status_code == 404
    assert world.count(Stamp) == 0
