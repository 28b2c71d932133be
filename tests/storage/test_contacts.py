"""The address book as rows, on both databases."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from domain.contact_search import ContactSearch, ContactSort, Standing
from domain.contacts import Contact, ContactEvent
from domain.kinds import Role
from storage import contacts, people
from storage.contact_search import GROUPS, contact_page, count_twins, every_contact, twin_page
from storage.tables import Contact as ContactRow
from storage.tables import ContactChange, LedgerEvent, Member
from tests.storage.world import World, now

TARO = Contact(
    name="山田 太郎", kana="ヤマダ タロウ", mail="taro@aoyama.example.jp", company="青山建設"
)


def add(world: World, contact: Contact = TARO, *, knowingly: bool = False) -> UUID:
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        return contacts.add(session, member, contact, now(), knowingly=knowingly).id


def change(world: World, key: UUID, contact: Contact, revision: int = 1, **how: bool) -> bool:
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        return contacts.change(session, member, key, contact, now(), revision=revision, **how)


def switch(world: World, key: UUID, revision: int, *, active: bool) -> bool:
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        return contacts.switch(session, member, key, now(), revision=revision, active=active)


def row(world: World, key: UUID) -> ContactRow:
    with world.reading() as session:
        return session.get_one(ContactRow, key)


def lines(world: World, key: UUID) -> list[ContactChange]:
    with world.reading() as session:
        return list(contacts.history(session, session.get_one(ContactRow, key)))


def found(world: World, text: str = "", **how: object) -> list[str]:
    search = ContactSearch(text=text, **how)  # type: ignore[arg-type]  # the test names each
    with world.reading() as session:
        page = contact_page(session, world.organisation_id, search)
        assert [one.id for one in page.rows] == [
            one.id for one in every_contact(session, world.organisation_id, search)
        ]
        return [one.name for one in page.rows]


def stranger(world: World) -> UUID:
    """Another organisation's member."""
    with world.database.transaction() as session:
        other = people.create_organisation(session, "みどり町", now()).id
    return world.join("stranger", Role.CLERK, organisation_id=other)


def test_every_change_keeps_both_values_who_and_when(world: World) -> None:
    key = add(world)
    after = Contact(**(TARO.as_json() | {"title": "部長"}))  # type: ignore[arg-type]  # texts
    assert change(world, key, after)
    assert not change(world, key, after, revision=2)
    newest, first = lines(world, key)
    assert (first.kind, first.before, first.number) == (ContactEvent.ADDED, {}, 1)
    assert newest.before["title"] == ""
    assert newest.after == after.as_json() | {"active": True}
    assert newest.member_id == world.member_id
    assert row(world, key).revision == 2
    with world.reading() as session:
        event = session.scalars(
            select(LedgerEvent).where(LedgerEvent.tag == "contact:changed")
        ).one()
        assert event.data["fields"] == "title"
        assert "部長" not in str(event.data)


def test_whoever_opened_the_form_before_is_refused(world: World) -> None:
    key = add(world)
    assert change(world, key, Contact(name="山田 次郎", mail="jiro@example.jp"))
    with pytest.raises(contacts.ContactChangedMeanwhile):
        change(world, key, Contact(name="山田 三郎", mail="saburo@example.jp"))
    with pytest.raises(contacts.ContactChangedMeanwhile):
        switch(world, key, 1, active=False)
    assert row(world, key).name == "山田 次郎"


@pytest.mark.parametrize(
    "twin",
    [
        Contact(name="別の人", mail="TARO@aoyama.example.jp"),
        Contact(name="山田　太郎", mail="other@example.jp", company="（株）青山　建設"),
    ],
)
def test_a_twin_is_told_of_and_may_be_kept_knowingly(world: World, twin: Contact) -> None:
    first = add(world)
    with pytest.raises(contacts.HasTwins) as told:
        add(world, twin)
    assert [one.id for one in told.value.twins] == [first]
    second = add(world, twin, knowingly=True)
    # Once kept, nobody is asked again about what made them alike.
    assert change(world, second, Contact(**(twin.as_json() | {"note": "n"})))  # type: ignore[arg-type]
    with world.reading() as session:
        [group] = twin_page(session, world.organisation_id).rows
    assert [one.id for one in group.rows] == [first, second]


def test_people_without_a_company_are_no_twins_by_name(world: World) -> None:
    add(world, Contact(name="佐藤", mail="a@example.jp"))
    add(world, Contact(name="佐藤", mail="b@example.jp"))
    with world.reading() as session:
        assert twin_page(session, world.organisation_id).rows == []


def test_no_group_of_twins_is_left_out_however_many_there_are(world: World) -> None:
    for number in range(GROUPS + 1):
        mail = f"{number:02}@example.jp"
        for name in ("山田", "山田 太郎"):
            add(world, Contact(name=name, mail=mail, company=f"社{number}"), knowingly=True)
    for mail in ("one@example.jp", "two@example.jp", "one@example.jp"):
        add(world, Contact(name="佐藤", mail=mail, company="青山建設"), knowingly=True)
    with world.reading() as session:
        pages = [twin_page(session, world.organisation_id, number) for number in (1, 2, 9)]
        assert count_twins(session, world.organisation_id) == GROUPS + 3
    assert [len(page.rows) for page in pages] == [GROUPS, 3, 3]
    assert [(group.by_mail, group.total) for group in pages[1].rows] == [
        (True, 2), (True, 2), (False, 3),
    ]  # fmt: skip
    shown = {group.rows[0].mail for page in pages[:2] for group in page.rows if group.by_mail}
    assert len(shown) == GROUPS + 2


def test_a_retired_contact_is_found_only_when_asked_for_and_comes_back(world: World) -> None:
    key = add(world)
    assert switch(world, key, 1, active=False)
    assert not switch(world, key, 2, active=False)
    assert found(world) == []
    assert found(world, standing=Standing.RETIRED) == [TARO.name]
    add(world)  # not a twin of what is out of use
    assert switch(world, key, 2, active=True)
    assert [line.kind for line in lines(world, key)] == ["restored", "retired", "added"]


def test_two_are_merged_into_one_that_says_where_the_other_went(world: World) -> None:
    kept = add(world)
    gone = add(world, Contact(name="山田", mail=TARO.mail, title="部長"), knowingly=True)
    both = Contact(**(TARO.as_json() | {"title": "部長"}))  # type: ignore[arg-type]  # texts

    def merge(*revisions: int, second: UUID = gone) -> None:
        with world.database.transaction() as session:
            member = session.get_one(Member, world.member_id)
            contacts.merge(
                session, member, kept, second, both, now(), revisions=(revisions[0], revisions[1])
            )

    with pytest.raises(contacts.ContactChangedMeanwhile):
        merge(1, 0)
    with pytest.raises(LookupError):
        merge(1, 1, second=kept)
    merge(1, 1)
    assert contacts.contact_of(row(world, kept)) == both
    assert (row(world, gone).active, row(world, gone).merged_into) == (False, kept)
    assert lines(world, gone)[0].kind == ContactEvent.MERGED
    with pytest.raises(contacts.ContactChangedMeanwhile):
        merge(2, 2)


def test_contacts_are_found_and_ordered_whatever_the_width_and_the_form(world: World) -> None:
    add(world)
    hanako = Contact(name="阿部 花子", kana="アベ ハナコ", mail="z@example.jp", company="㈱赤坂")
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        contacts.add(session, member, hanako, now() + timedelta(minutes=1))
    assert found(world) == ["阿部 花子", "山田 太郎"]
    assert found(world, sort=ContactSort.MAIL) == ["山田 太郎", "阿部 花子"]
    assert found(world, sort=ContactSort.NEWEST)[0] == "阿部 花子"
    assert found(world, sort=ContactSort.COMPANY) == ["阿部 花子", "山田 太郎"]
    for text in ("ｱﾍﾞ", "赤坂 株式会社", "Z@EXAMPLE", "花子 赤坂"):
        assert found(world, text) == ["阿部 花子"], text
    assert found(world, "%") == []
    assert found(world, "花子 青山") == []


def test_another_organisations_contacts_do_not_exist(world: World) -> None:
    key = add(world)
    other = stranger(world)
    with world.database.transaction() as session:
        member = session.get_one(Member, other)
        assert contacts.find(session, member.organisation_id, key) is None
        assert contact_page(session, member.organisation_id, ContactSearch()).total == 0
        assert contacts.twins(session, member.organisation_id, TARO) == []
        with pytest.raises(LookupError):
            contacts.change(session, member, key, TARO, now(), revision=1)
        with pytest.raises(LookupError):
            contacts.switch(session, member, uuid4(), now(), revision=1, active=False)


@pytest.mark.parametrize(
    "statement", [update(ContactChange).values(kind="x"), delete(ContactChange)]
)
def test_the_history_cannot_be_rewritten(world: World, statement: object) -> None:
    add(world)
    with pytest.raises(DBAPIError, match="append-only"), world.database.transaction() as session:
        session.execute(statement)  # type: ignore[call-overload]  # one of two statements
