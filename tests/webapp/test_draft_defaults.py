"""封筒の初期値: an administrator decides, and new envelopes begin and remind with it."""

import pytest

from domain.factors import Factor
from domain.kinds import Role
from storage import people
from storage.factors import demanded
from storage.tables import Envelope, LoginSession, Member, Organisation, Participant, Stage
from tests.webapp.pages import check_page
from tests.webapp.signer.pages import checked
from tests.webapp.stack import Office, form, send
from tests.webapp.test_chain_conditions import ready
from tests.webapp.test_chains import make
from webapp.login import now

pytestmark = pytest.mark.usefixtures("without_token")


def test_new_envelopes_begin_and_remind_as_the_organisation_says(office: Office) -> None:
    admin, clerk = office.browser("admin"), office.browser("clerk")
    chain = make(office, admin, **{"stages-0-reminders": "2"})
    wrong = admin.post("/admin/draft-defaults", data={"deadline_days": "45", "reminder_days": "x"})
    assert wrong.status_code == 422
    days = checked(wrong).select_one("#deadline_days")
    assert days is not None
    assert days["value"] == "45"
    form = {"deadline_days": "45", "reminder_days": "5、10", "demand": "none"}
    form["mail_kinds"] = "工事請負契約"
    assert admin.post("/admin/draft-defaults", data=form).status_code == 303
    assert "依頼した日から5、10日後" in checked(admin.get("/admin/policy")).get_text()
    assert 'name="deadline_days" type="text" value="45"' in clerk.get(office.draft(clerk)).text
    path = ready(office, clerk, chain_id=str(chain.id), contract_kind="工事請負契約")
    assert "「確認コード（メール）」が加わります" in clerk.get(path).text
    assert "確認コード（メール）あり" in checked(clerk.get(f"{path}/confirm")).get_text()
    assert send(clerk, path).status_code == 303
    with office.database.reading() as session:
        sent = session.query(Envelope).filter(Envelope.sent_at.is_not(None)).one()
        stages = session.query(Stage).order_by(Stage.position).all()
    with office.database.reading() as session:
        others = session.query(Participant).filter(Participant.member_id.is_(None)).all()
    assert {row.mail_code for row in others if row.company != "契約課"} == {True}
    assert sent.reminder_days == [5, 10]
    assert [stage.reminder_days for stage in stages][:2] == [[2], None]


DEFAULTS = {"deadline_days": "30", "reminder_days": "0", "demand": "none", "own_demand": "none"}
APP = b"sealed"
CODE = {"people-0-withcode": "1", "people-0-code": "kumo-7291"}


def methods(office: Office) -> dict[str, tuple[Factor, ...]]:
    with office.database.reading() as session:
        return {row.name: demanded(row) for row in session.query(Participant)}


def member(office: Office) -> str:
    """The address of one whom no chain names."""
    new = people.NewMember("suzuki@city.example", "鈴木 一郎", "x", (Role.APPROVER,))
    with office.database.transaction() as session:
        found = people.member_by_mail(session, new.mail)
        return (found or people.create_member(session, office.organisation, new, now())).mail


def give_app(office: Office, *mails: str) -> None:
    """Whoever is logged in has shown it."""
    with office.database.transaction() as session:
        session.query(LoginSession).update({LoginSession.second_factor_at: now()})
        for member in session.query(Member).filter(Member.mail.in_(mails)):
            member.totp_sealed = APP


def test_own_people_are_asked_for_an_app_also_from_a_chain_and_are_named_without_one(
    office: Office,
) -> None:
    admin, clerk = office.browser("admin"), office.browser("clerk")
    chain = make(office, admin)
    policy = DEFAULTS | {"app_kinds": "工事請負契約", "code_kinds": "工事請負契約"}
    assert admin.post("/admin/draft-defaults", data=policy).status_code == 303
    own = {"people-1-mail": member(office), "contract_kind": "工事請負契約"}
    path = ready(office, clerk, chain_id=str(chain.id), **own)
    said = check_page(clerk.get(f"{path}?check=1")).get_text()
    clerks, admins = office.members["clerk"].name, office.members["admin"].name
    assert "自社の人（承認ルートの人を含む）には、送信のときに「認証アプリ」が加わります" in said
    assert f"まだ認証アプリを登録していません：{clerks}、{admins}。" in said
    assert "この利用者は、まだ認証アプリを登録していません" in said
    assert clerk.post(f"{path}/send", data={"shown": "x"}).status_code == 303
    assert "相手方にはアクセスコードが必要です" in said, "all at once"
    assert not methods(office)
    clerk.post(f"{path}/draft", data=form(action="save", chain_id=str(chain.id), **own, **CODE))
    give_app(office, member(office), *(one.mail for one in office.members.values()))
    assert "認証アプリあり" in check_page(clerk.get(f"{path}/confirm")).get_text()
    assert send(clerk, path).status_code == 303
    assert methods(office) == {
        clerks: (Factor.APP_CODE,), admins: (Factor.APP_CODE,),
        "鈴木 一郎": (Factor.APP_CODE,), "山田 太郎": (Factor.ACCESS_CODE,),
    }  # fmt: skip


def test_another_kind_asks_for_nothing_and_what_was_sent_keeps_what_it_asks(
    office: Office,
) -> None:
    admin, clerk = office.browser("admin"), office.browser("clerk")
    admin.post("/admin/draft-defaults", data=DEFAULTS | {"own_passkey_kinds": "工事請負契約"})
    sent = ready(office, clerk, contract_kind="工事請負契約")
    assert send(clerk, sent).status_code == 303
    before = methods(office)
    assert before == {"鈴木 一郎": (Factor.PASSKEY,), "山田 太郎": ()}
    admin.post("/admin/draft-defaults", data=DEFAULTS | {"own_demand": "app", "demand": "mail"})
    assert methods(office) == before
    other = ready(office, clerk, contract_kind="委託")
    said = check_page(clerk.get(f"{other}?check=1")).get_text()
    assert "このメールアドレスの利用者はいません" in said, "who is no member has no app"


def test_where_kinds_decide_what_is_demanded_none_is_sent_without_one(office: Office) -> None:
    admin, clerk = office.browser("admin"), office.browser("clerk")
    admin.post("/admin/draft-defaults", data=DEFAULTS | {"own_passkey_kinds": "工事請負契約"})
    draft = ready(office, clerk, contract_kind="")
    page = check_page(clerk.get(f"{draft}?check=1"))
    error = page.find(id="contract_kind-error")
    assert error is not None
    assert "種類ごとに決められています" in error.text
    assert clerk.get(f"{draft}/confirm").status_code != 200
    assert clerk.post(f"{draft}/send", data={"shown": "0" * 64}).status_code != 200
    assert methods(office) == {}
    named = ready(office, clerk, contract_kind="委託")
    assert send(clerk, named).status_code == 303


def test_an_access_code_is_demanded_of_the_sender_for_each_of_the_other_side(
    office: Office,
) -> None:
    admin, clerk = office.browser("admin"), office.browser("clerk")
    admin.post("/admin/draft-defaults", data=DEFAULTS | {"demand": "code"})
    path = ready(office, clerk)
    page = check_page(clerk.get(f"{path}?check=1"))
    assert "相手方の人には「アクセスコード」が必要です" in page.get_text()
    assert page.select_one('#error-summary a[href="#people-0-code"]')
    assert not page.select_one('#error-summary a[href="#people-1-code"]')
    clerk.post(f"{path}/draft", data=form(action="save", **CODE))
    assert send(clerk, path).status_code == 303
    assert methods(office)["山田 太郎"] == (Factor.ACCESS_CODE,)


def test_a_code_by_sms_is_offered_only_where_the_service_sends_any(office: Office) -> None:
    admin = office.browser("admin")
    page = checked(admin.get("/admin/draft-defaults"))
    assert not page.select_one('[name="sms_kinds"], [name="demand"][value="sms"]')
    for wrong, where in (({"demand": "sms"}, "demand"), ({"sms_kinds": "委託"}, "sms_kinds")):
        answer = admin.post("/admin/draft-defaults", data=DEFAULTS | wrong)
        assert answer.status_code == 422
        assert checked(answer).select_one(f'#error-summary a[href^="#{where}"]')


def test_where_no_sms_is_sent_any_more_a_passkey_does_for_its_code(office: Office) -> None:
    clerk = office.browser("clerk")
    with office.database.transaction() as session:
        mine = session.get_one(Organisation, office.organisation)
        mine.draft_defaults = {**(mine.draft_defaults or {}), "demand": "sms"}
    path = ready(office, clerk)
    page = check_page(clerk.get(f"{path}?check=1"))
    assert "確認コード（SMS）の代わりにパスキーを選んでください" in page.get_text()
    assert "いまはSMSを送信できません" in page.get_text()
    assert page.select_one('#error-summary a[href="#people-0-smscode"]')
    typed = {"people-0-smscode": "1", "people-0-phone": "090-1234-5678"}
    clerk.post(f"{path}/draft", data=form(action="save", **typed))
    assert "ほかの方法を選んでください" in check_page(clerk.get(f"{path}?check=1")).get_text()
    clerk.post(f"{path}/draft", data=form(action="save", **{"people-0-withpasskey": "1"}))
    assert send(clerk, path).status_code == 303
    assert methods(office)["山田 太郎"] == (Factor.PASSKEY,)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_page_of_the_settings_is_well_made(office: Office, language: str) -> None:
    admin = office.browser("admin")
    admin.post("/language", data={"language": language, "next": "/"})
    policy = DEFAULTS | {"own_demand": "passkey", "code_kinds": "委託"}
    admin.post("/admin/draft-defaults", data=policy)
    page = checked(admin.get("/admin/draft-defaults"))
    assert page.select_one('[name="own_demand"][value="passkey"][checked]')
    assert page.select_one('[name="code_kinds"][value="委託"]')
