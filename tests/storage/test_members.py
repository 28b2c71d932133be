"""Members as administrators change them: scoped, noted, never without an administrator."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from domain.kinds import Role
from domain.lists import Asked
from domain.members import CheckedMember
from storage import departments, members, people
from storage.departments import CodeTaken, DepartmentInUse
from storage.members import MemberChangedMeanwhile, MemberSearch, NoAdministratorLeft, Shown
from storage.office_lists import DEPARTMENT_SORTS, department_page
from storage.paging import Page
from storage.tables import Department, LedgerEvent, Member
from tests.storage.world import World

AT = datetime(2026, 11, 28, tzinfo=UTC)


def boss(world: World, name: str = "boss") -> UUID:
    return world.join(name, Role.ADMIN, Role.CLERK)


def change(
    world: World,
    actor: UUID,
    member: UUID,
    *roles: Role,
    seen: int = 1,
    department: UUID | None = None,
) -> bool:
    with world.database.transaction() as session:
        row = session.get_one(Member, member)
        wanted = CheckedMember(roles, department, name=row.name)
        return members.change(session, session.get_one(Member, actor), row, seen, wanted, AT)


def test_a_change_is_noted_with_what_was_before_and_raises_the_revision(world: World) -> None:
    actor = boss(world)
    assert change(world, actor, world.member_id, Role.VIEWER, Role.AUDITOR)
    assert not change(world, actor, world.member_id, Role.VIEWER, Role.AUDITOR, seen=2)
    with world.database.reading() as session:
        row = session.get_one(Member, world.member_id)
        assert (row.roles, row.revision) == (["viewer", "auditor"], 2)
        event = session.query(LedgerEvent).filter_by(tag="member:changed").one()
    assert event.actor == f"member:{actor}"
    assert event.data["before"]["roles"] == ["clerk"]
    assert event.data["after"]["roles"] == ["viewer", "auditor"]


def test_a_form_that_is_older_than_the_member_changes_nothing(world: World) -> None:
    actor = boss(world)
    change(world, actor, world.member_id, Role.VIEWER)
    with pytest.raises(MemberChangedMeanwhile):
        change(world, actor, world.member_id, Role.ADMIN)
    with world.database.reading() as session:
        assert session.get_one(Member, world.member_id).roles == ["viewer"]


def test_the_last_administrator_stays_one_and_a_second_one_lets_him_go(world: World) -> None:
    actor = boss(world)
    with world.database.transaction() as session:
        other = people.create_organisation(session, "隣町", AT).id
    world.join("chief", Role.ADMIN, organisation_id=other)  # who helps nobody here
    with pytest.raises(NoAdministratorLeft):
        change(world, actor, actor, Role.CLERK)
    second = boss(world, "second")
    assert change(world, actor, actor, Role.CLERK)
    with pytest.raises(NoAdministratorLeft):
        change(world, second, second, Role.VIEWER)


def test_a_list_is_narrowed_paged_and_only_its_organisation_s(world: World) -> None:
    for number in range(55):
        world.join(f"viewer{number:02}", Role.VIEWER)
    with world.database.transaction() as session:
        other = people.create_organisation(session, "隣町", AT).id
        session.query(Member).filter_by(mail="viewer00@aoba.example.jp").one().active = False
    world.join("stranger", Role.VIEWER, organisation_id=other)

    def found(number: int = 1, **wanted: object) -> Page[Member]:
        with world.database.reading() as session:
            search = MemberSearch(**wanted)  # type: ignore[arg-type]
            return members.search(session, world.organisation_id, search, number)

    page = found()
    assert (page.total, page.last, len(page.rows)) == (55, 2, 50)
    assert len(found(2).rows) == 5
    assert found(99).number == 2
    assert [row.mail for row in found(role=Role.CLERK).rows] == ["clerk@aoba.example.jp"]
    assert found(role=Role.VIEWER).total == 54
    assert found(shown=Shown.RETIRED).total == 1
    assert found(shown=Shown.ALL, role=Role.VIEWER).total == 55
    assert found(text="VIEWER07").total == 1
    assert found(text="100%").total == found(text="stranger").total == 0
    with world.database.reading() as session:
        assert members.find(session, other, world.member_id) is None


def test_a_department_s_members_say_its_name_and_keep_it_from_being_removed(world: World) -> None:
    actor = boss(world)
    with world.database.transaction() as session:
        admin = session.get_one(Member, actor)
        row = departments.save(session, admin, None, "010", "契約課", AT)
        with pytest.raises(CodeTaken):
            departments.save(session, admin, None, "010", "財政課", AT)
        department = row.id
    change(world, actor, world.member_id, Role.CLERK, department=department)
    with world.database.transaction() as session:
        admin, row = session.get_one(Member, actor), session.get_one(Department, department)
        asked = Asked.read({}, DEPARTMENT_SORTS)
        page = department_page(session, world.organisation_id, asked)
        assert [(one.id, size) for one, size, _ in page.rows] == [(department, 1)]
        departments.save(session, admin, row, "010", "契約検査課", AT)
        with pytest.raises(DepartmentInUse):
            departments.remove(session, admin, row, AT)
    with world.database.reading() as session:
        assert session.get_one(Member, world.member_id).department == "契約検査課"
    change(world, actor, world.member_id, Role.CLERK, seen=2)
    with world.database.transaction() as session:
        row = session.get_one(Department, department)
        departments.remove(session, session.get_one(Member, actor), row, AT)
    with world.database.reading() as session:
        assert session.get_one(Member, world.member_id).department == ""
        assert not departments.listed(session, world.organisation_id)


def test_another_organisation_s_department_and_member_do_not_exist(world: World) -> None:
    actor = boss(world)
    with world.database.transaction() as session:
        other = people.create_organisation(session, "隣町", AT).id
    chief = world.join("chief", Role.ADMIN, organisation_id=other)
    with world.database.transaction() as session:
        foreign = departments.save(
            session, session.get_one(Member, chief), None, "010", "総務課", AT
        )
        assert departments.find(session, world.organisation_id, foreign.id) is None
    for department in (foreign.id, uuid4()):
        with pytest.raises(LookupError):
            change(world, actor, world.member_id, Role.CLERK, department=department)
