"""Templates as rows and bytes, on both databases."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from domain.contact_search import Standing
from domain.drafts import TypedDraft, TypedPerson, typed_draft
from domain.filling_in import check_filled
from domain.kinds import Role
from domain.refusals import Refusal, RefusalCode
from domain.template_content import content_of
from domain.template_search import TemplateSearch, TemplateSort
from domain.templates import CheckedTemplate, Share
from domain.typed_fields import TypedField
from storage import (
    departments,
    drafts,
    people,
    placing,
    retiring,
    sending,
    template_drafts,
    templates,
)
from storage.department_templates import EVERYBODY, TemplatesLeft
from storage.merging import merge_facts
from storage.repairs import to_prepare
from storage.tables import (
    Blob,
    Department,
    Document,
    Envelope,
    LedgerEvent,
    Member,
    Template,
    TemplateFile,
)
from storage.template_list import template_page
from tests.storage.world import World, now

TARO = TypedPerson("山田 太郎", "taro@yamada.example", "株式会社山田組", key="aaaaaaaa")
JIRO = TypedPerson("鈴木", "suzuki@city.example", key="bbbbbbbb", party="own")
TYPED = TypedDraft(
    "{{受注者.会社名}} 清掃業務委託契約", people=(TARO, JIRO), order="parallel", purpose="one_sided"
)
CHECKED = CheckedTemplate(
    "清掃（年間）", "毎年4月", Share.ORGANISATION, places={"aaaaaaaa": "受注者"},
    open=frozenset({"aaaaaaaa"}),
)  # fmt: skip


def ready_draft(world: World, typed: TypedDraft = TYPED, documents: int = 1) -> UUID:
    """A draft with checked documents and a field on the first."""
    envelope_id = world.draft(documents)
    world.check(envelope_id)
    with world.database.transaction() as session:
        envelope = session.get_one(Envelope, envelope_id)
        drafts.save_draft(envelope, typed, now())
        for document in drafts.documents_of(session, envelope_id)[:1]:
            row = TypedField(
                "f1",
                str(document.id),
                "aaaaaaaa",
                label="金額",
                x="10",
                y="10",
                width="40",
                height="10",
            )
            placing.save_fields(envelope, document.id, [row], now())
    return envelope_id


def save(
    world: World, envelope_id: UUID, checked: CheckedTemplate = CHECKED, by: UUID | None = None
) -> UUID:
    with world.reading() as reading:
        envelope = reading.get_one(Envelope, envelope_id)
        with (
            template_drafts.copies_of(reading, world.vault, envelope, None) as copies,
            world.database.transaction() as session,
        ):
            member = session.get_one(Member, by or world.member_id)
            draft = session.get_one(Envelope, envelope_id)
            row = templates.begin(session, member, checked, now())
            content = template_drafts.content_of_draft(session, draft, row, copies, checked, now())
            templates.keep_first(session, row, member, content, now())
            return row.id


def finish(world: World, envelope_id: UUID, copies: template_drafts.Copies) -> None:
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        row = templates.begin(session, member, CHECKED, now())
        draft = session.get_one(Envelope, envelope_id)
        content = template_drafts.content_of_draft(session, draft, row, copies, CHECKED, now())
        templates.keep_first(session, row, member, content, now())


def update(
    world: World, envelope_id: UUID, template_id: UUID, seen: int, by: UUID | None = None
) -> bool:
    with world.reading() as reading:
        envelope = reading.get_one(Envelope, envelope_id)
        with (
            template_drafts.copies_of(reading, world.vault, envelope, template_id) as copies,
            world.database.transaction() as session,
        ):
            member = session.get_one(Member, by or world.member_id)
            row = templates.locked_for(session, member, template_id, seen)
            draft = session.get_one(Envelope, envelope_id)
            content = template_drafts.content_of_draft(session, draft, row, copies, CHECKED, now())
            return templates.change_content(session, row, member, content, "単価の改定", now())


def make(world: World, template_id: UUID, number: int = 1) -> UUID:
    with world.reading() as reading:
        row = reading.get_one(Template, template_id)
        version = templates.version_of(reading, row, number)
        assert version is not None
        with (
            template_drafts.fetched(reading, world.vault, row, version) as copies,
            world.database.transaction() as session,
        ):
            member = session.get_one(Member, world.member_id)
            return template_drafts.draft_from(session, row, version, copies, member, now()).id


def act(
    world: World,
    template_id: UUID,
    seen: int,
    what: Callable[..., bool],
    by: UUID | None = None,
    **how: object,
) -> bool:
    with world.database.transaction() as session:
        member = session.get_one(Member, by or world.member_id)
        row = templates.locked_for(session, member, template_id, seen)
        return what(session, row, member, now=now(), **how)


def department(world: World, code: str, *members: UUID) -> UUID:
    with world.database.transaction() as session:
        row = Department(
            organisation_id=world.organisation_id, code=code, name=code, created_at=now()
        )
        session.add(row)
        session.flush()
        for key in members:
            session.get_one(Member, key).department_id = row.id
        return row.id


def names(world: World, by: UUID | None = None, **how: object) -> list[str]:
    with world.reading() as session:
        member = session.get_one(Member, by or world.member_id)
        page = template_page(session, member, TemplateSearch(**how))  # type: ignore[arg-type]  # named by the test
        return [line.row.name for line in page.rows]


def test_everything_of_a_draft_comes_back_in_a_new_one_with_bytes_of_its_own(world: World) -> None:
    first = ready_draft(world, documents=2)
    made = make(world, save(world, first))
    envelope = world.envelope(made)
    typed = typed_draft(envelope.draft)
    assert (typed.title, typed.order) == (TYPED.title, "parallel")
    assert [(row.name, row.role, row.key) for row in typed.people] == [
        ("", "受注者", "aaaaaaaa"), ("鈴木", "", "bbbbbbbb"),
    ]  # fmt: skip
    with world.reading() as session:
        old, new = drafts.documents_of(session, first), drafts.documents_of(session, made)
        assert [row.title for row in new] == [row.title for row in old]
        assert [row.state for row in new] == ["checking", "checking"]
        assert [row.page_sizes for row in new] == [row.page_sizes for row in old]
        field = placing.live_fields(session, envelope, new)[0]
        assert (field.document, field.person, field.label) == (str(new[0].id), "aaaaaaaa", "金額")
        keys = set()
        for before, after in zip(old, new, strict=True):
            blobs = [to_prepare(session, row.id).blob_id for row in (before, after)]
            assert world.vault.read(session, blobs[0]) == world.vault.read(session, blobs[1])
            keys |= {session.get_one(Blob, blob).data_key_id for blob in blobs}
        assert len(keys) == 4


def test_an_envelope_keeps_which_version_it_came_from_and_the_ledger_says_it(world: World) -> None:
    template_id = save(world, ready_draft(world))
    made = make(world, template_id)
    world.check(made)
    with world.database.transaction() as session:
        envelope = session.get_one(Envelope, made)
        typed = typed_draft(envelope.draft)
        seated = replace(typed.people[0], name="山田", mail="y@y.example", company="山田組")
        drafts.save_draft(envelope, replace(typed, people=(seated, typed.people[1])), now())
        facts = merge_facts(session, envelope, now())
        member = session.get_one(Member, world.member_id)
        checked = check_filled(typed_draft(envelope.draft), facts)
        sending.send(session, envelope, checked, member, now())
    assert world.envelope(made).title == "山田組 清掃業務委託契約"
    with world.reading() as session:
        event = session.query(LedgerEvent).filter_by(tag="envelope:sent").one()
        assert event.data["template"] == str(template_id)
        assert event.data["template_version"] == 1
        member = session.get_one(Member, world.member_id)
        [line] = template_page(session, member, TemplateSearch()).rows
        assert line.used == 1


def test_each_change_is_a_version_and_what_was_stays(world: World) -> None:
    first = ready_draft(world)
    template_id = save(world, first)
    assert not update(world, first, template_id, 1)
    with world.database.transaction() as session:
        drafts.save_draft(session.get_one(Envelope, first), replace(TYPED, message="新"), now())
    assert update(world, first, template_id, 1)
    other = replace(CHECKED, name="清掃（単発）", reason="名前を変えた")
    assert act(world, template_id, 2, templates.describe, checked=other)
    assert not act(world, template_id, 3, templates.describe, checked=other)
    assert act(world, template_id, 3, templates.switch, active=False)
    assert act(world, template_id, 4, templates.switch, active=True)
    with world.reading() as session:
        row = session.get_one(Template, template_id)
        lines = templates.history(session, row).rows
        assert [(one.version.number, one.version.kind) for one in lines] == [
            (5, "restored"), (4, "retired"), (3, "described"), (2, "changed"), (1, "saved"),
        ]  # fmt: skip
        assert [one.version.reason for one in lines[2:4]] == ["名前を変えた", "単価の改定"]
        assert [content_of(one.version.content).draft.message for one in lines[-2:]] == ["新", ""]
        # The same bytes are there once.
        assert session.query(TemplateFile).count() == 1
        tags = [row.tag for row in session.query(LedgerEvent).order_by(LedgerEvent.sequence)]
        assert [tag for tag in tags if tag.startswith("template:")] == [
            "template:saved", "template:changed", "template:changed", "template:retired",
            "template:restored",
        ]  # fmt: skip
    for statement in (
        "UPDATE template_versions SET reason = 'x'",
        "DELETE FROM template_versions",
        "UPDATE template_files SET pages = 5",
        "DELETE FROM template_files",
    ):
        with pytest.raises(DBAPIError, match="append-only"), world.database.transaction() as s:
            s.execute(text(statement))


def test_whoever_began_before_somebody_elses_version_is_refused(world: World) -> None:
    first = ready_draft(world)
    template_id = save(world, first)
    colleague = world.join("colleague", Role.ADMIN)
    with world.database.transaction() as session:
        drafts.save_draft(session.get_one(Envelope, first), replace(TYPED, message="新"), now())
    assert update(world, first, template_id, 1, by=colleague)
    with pytest.raises(templates.TemplateChangedMeanwhile):
        update(world, first, template_id, 1)
    with pytest.raises(templates.TemplateChangedMeanwhile):
        act(world, template_id, 1, templates.switch, active=False)
    with pytest.raises(templates.TemplateChangedMeanwhile):
        act(world, template_id, 1, templates.describe, checked=CHECKED)
    with world.reading() as session:
        assert session.get_one(Template, template_id).version == 2


def test_templates_of_others_do_not_exist(world: World) -> None:
    colleague, stranger = world.join("colleague", Role.CLERK), world.join("stranger", Role.CLERK)
    department(world, "契約課", world.member_id, colleague)
    department(world, "水道課", stranger)
    with world.database.transaction() as session:
        other = people.create_organisation(session, "みどり町", now()).id
    foreign = world.join("foreign", Role.ADMIN, organisation_id=other)
    first = ready_draft(world)
    saved = {
        share: save(world, first, replace(CHECKED, share=share, name=share.value))
        for share in Share
    }
    everything = {share.value for share in Share}
    assert set(names(world)) == everything
    assert set(names(world, colleague)) == everything - {"member"}
    assert set(names(world, stranger)) == {"organisation"}
    assert names(world, foreign) == []
    for who, share, error in (
        (colleague, Share.MEMBER, LookupError),
        (stranger, Share.DEPARTMENT, LookupError),
        (foreign, Share.ORGANISATION, LookupError),
        (stranger, Share.ORGANISATION, templates.NotChangeable),
    ):
        with pytest.raises(error):
            act(world, saved[share], 1, templates.switch, by=who, active=False)
        with world.reading() as session:
            found = templates.find(session, session.get_one(Member, who), saved[share])
            assert (found is None) == (error is LookupError)
    assert act(world, saved[Share.DEPARTMENT], 1, templates.switch, by=colleague, active=False)
    with pytest.raises(LookupError):
        act(world, uuid4(), 1, templates.switch, active=False)


def test_templates_of_somebody_who_left_are_his_successors(world: World) -> None:
    boss = world.join("boss", Role.ADMIN, Role.CLERK)
    successor = world.join("next", Role.CLERK)
    save(world, ready_draft(world), replace(CHECKED, share=Share.MEMBER))
    with world.database.transaction() as session:
        leaver, actor = (session.get_one(Member, key) for key in (world.member_id, boss))
        assert retiring.belongings(session, leaver).templates == 1
        retiring.retire(session, actor, leaver, 1, successor, now())
    assert names(world, successor) == [CHECKED.name]
    assert names(world, boss) == []


def test_the_list_is_searched_ordered_and_paged(world: World) -> None:
    first = ready_draft(world)
    for name in ("A 清掃委託", "B 警備", "C せいそう 単発"):
        save(world, first, replace(CHECKED, name=name))
    retired = save(world, first, replace(CHECKED, name="旧様式"))
    act(world, retired, 1, templates.switch, active=False)
    assert names(world) == ["C せいそう 単発", "B 警備", "A 清掃委託"]
    assert names(world, sort=TemplateSort.NAME) == sorted(names(world))
    assert names(world, sort=TemplateSort.USED) == names(world)
    assert names(world, text="セイソウ") == ["C せいそう 単発"]
    assert names(world, text="毎年 警備") == ["B 警備"]
    assert names(world, text="%") == []
    assert names(world, standing=Standing.RETIRED) == ["旧様式"]
    assert names(world, share=Share.MEMBER) == []
    with world.reading() as session:
        member = session.get_one(Member, world.member_id)
        page = template_page(session, member, TemplateSearch(), 99, size=2)
        assert (page.number, page.last, len(page.rows)) == (2, 2, 1)


def test_a_document_that_is_not_checked_makes_no_template_and_leaves_nothing(world: World) -> None:
    first = ready_draft(world)
    world.upload(first, "新.pdf", b"%PDF-1.7 new\n")
    with pytest.raises(Refusal) as refused:
        save(world, first)
    assert refused.value.code is RefusalCode.DOCUMENTS_NOT_READY
    with world.reading() as session:
        assert session.query(Template).count() == 0


def test_documents_that_change_while_they_are_copied_are_noticed(world: World) -> None:
    first = ready_draft(world)
    with world.reading() as reading:
        envelope = reading.get_one(Envelope, first)
        with template_drafts.copies_of(reading, world.vault, envelope, None) as copies:
            world.upload(first, "新.pdf", b"%PDF-1.7 new\n")
            world.check(first)
            with pytest.raises(template_drafts.DraftChangedMeanwhile):
                finish(world, first, copies)
    with world.reading() as session:
        assert session.query(TemplateFile).count() == 0
        assert session.query(Document).count() == 2


def test_templates_of_a_department_go_where_its_removal_says(world: World) -> None:
    """To another department or to everybody; nothing is removed before that is said."""
    boss, colleague = world.join("boss", Role.ADMIN), world.join("colleague", Role.CLERK)
    gone, heir = (
        department(world, "契約課", world.member_id),
        department(world, "総務課", colleague),
    )
    first = ready_draft(world)
    ours = save(world, first, replace(CHECKED, share=Share.DEPARTMENT, name="課のひな形"))
    everyones = save(world, first, replace(CHECKED, share=Share.ORGANISATION, name="全体"))
    assert names(world, colleague) == ["全体"]
    with world.database.transaction() as session:
        session.get_one(Member, world.member_id).department_id = None

    def remove(to: str) -> int:
        with world.database.transaction() as session:
            actor, row = session.get_one(Member, boss), session.get_one(Department, gone)
            return departments.remove(session, actor, row, now(), to=to, reason="課の再編")

    for nowhere in ("", "member", str(gone), str(uuid4())):
        with pytest.raises(TemplatesLeft):
            remove(nowhere)
    assert remove(str(heir)) == 1
    assert set(names(world, colleague)) == {"課のひな形", "全体"}
    with world.reading() as session:
        assert session.get_one(Template, everyones).department_id == heir
        [newest, *_] = templates.history(session, session.get_one(Template, ours)).rows
    assert (newest.version.reason, newest.version.member_id) == ("課の再編", boss)
    assert act(world, ours, 2, templates.switch, by=colleague, active=False)


def test_templates_of_a_removed_department_can_be_everybodys(world: World) -> None:
    boss, colleague = world.join("boss", Role.ADMIN), world.join("colleague", Role.CLERK)
    gone = department(world, "契約課", world.member_id)
    save(world, ready_draft(world), replace(CHECKED, share=Share.DEPARTMENT))
    with world.database.transaction() as session:
        session.get_one(Member, world.member_id).department_id = None
    with world.database.transaction() as session:
        actor, row = session.get_one(Member, boss), session.get_one(Department, gone)
        assert departments.remove(session, actor, row, now(), to=EVERYBODY, reason="再編") == 1
    assert names(world, colleague) == [CHECKED.name]


def test_templates_that_lost_their_department_are_their_makers_and_administrators(
    world: World,
) -> None:
    """Of before the removal asked: nobody saw them."""
    boss, colleague = world.join("boss", Role.ADMIN), world.join("colleague", Role.CLERK)
    gone = department(world, "契約課", world.member_id)
    lost = save(world, ready_draft(world), replace(CHECKED, share=Share.DEPARTMENT))
    with world.database.transaction() as session:
        session.get_one(Member, world.member_id).department_id = None
        session.delete(session.get_one(Department, gone))
    with world.reading() as session:
        found = templates.find(session, session.get_one(Member, boss), lost)
        assert found is not None
        assert found.department_id is None
    assert names(world, boss) == names(world) == [CHECKED.name]
    assert names(world, colleague) == []
    with pytest.raises(LookupError):
        act(world, lost, 1, templates.switch, by=colleague, active=False)
    shared = replace(CHECKED, share=Share.ORGANISATION)
    assert act(world, lost, 1, templates.describe, by=boss, checked=shared)
    assert names(world, colleague) == [CHECKED.name]
