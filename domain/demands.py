"""What an organisation asks of the people of an envelope at least, besides the link, by kind of
contract (本人確認の最低限): the other side any method, its own members theirs."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from domain.drafts import Person
from domain.kinds import ParticipantKind, PartyKind
from domain.refusals import Words


class Demand(StrEnum):
    """Of the other side."""

    NONE = "none"
    MAIL = "mail"
    """A one-time code by mail; who is asked for a code by SMS or app, or a passkey, needs none."""
    SMS = "sms"
    """A one-time code by SMS: the sender types the number."""
    CODE = "code"
    """An access code: the sender chooses it and tells it."""
    PASSKEY = "passkey"


class OwnDemand(StrEnum):
    """Of the organisation's own people, also those that come from a chain."""

    NONE = "none"
    APP = "app"
    """A code of the authenticator app of the member's login."""
    PASSKEY = "passkey"


_NOTHING = Words("求めない（封筒ごとに決める）", "Nothing (decided for each envelope)")
DEMAND_WORDS: dict[Demand, Words] = {
    Demand.NONE: _NOTHING,
    Demand.MAIL: Words("確認コード（メール）", "One-time code by mail"),
    Demand.SMS: Words("確認コード（SMS）", "One-time code by SMS"),
    Demand.CODE: Words("アクセスコード", "Access code"),
    Demand.PASSKEY: Words("パスキー", "Passkey"),
}
OWN_DEMAND_WORDS: dict[OwnDemand, Words] = {
    OwnDemand.NONE: _NOTHING,
    OwnDemand.APP: Words("認証アプリ", "Authenticator app"),
    OwnDemand.PASSKEY: Words("パスキー", "Passkey"),
}
KIND_NEEDED = Words(
    "契約の種類を入力してください。本人確認の方法が、種類ごとに決められています。",
    "Enter the kind of contract: what people are asked for to prove who they are depends on it.",
)
_NO_NUMBER = Words(
    "組織の設定により、この契約の相手方には確認コード（SMS）が必要です。選んで、携帯電話番号を入力してください。",
    "By the organisation’s settings the other side needs a one-time code by SMS. Choose it, and "
    "enter a mobile number.",
)
_NO_SMS = Words(
    "組織の設定により、この契約の相手方には確認コード（SMS）が必要ですが、いまはSMSを送信できません。"
    "代わりにパスキーを選ぶか、管理者に「封筒の初期値」の変更を相談してください。",
    "By the organisation’s settings the other side needs a one-time code by SMS, and this service "
    "sends none now. Choose a passkey instead, or ask an administrator to change the defaults for "
    "new envelopes.",
)
_NO_CODE = Words(
    "組織の設定により、この契約の相手方にはアクセスコードが必要です。決めて入力し、電話などで本人に伝えてください。",
    "By the organisation’s settings the other side needs an access code. Choose one, and tell it "
    "by telephone or the like.",
)


@dataclass(frozen=True)
class Demands:
    """Of one envelope; all that is named is asked."""

    other: frozenset[Demand] = frozenset()
    own: frozenset[OwnDemand] = frozenset()

    def of(self, person: Person) -> Person:
        """Somebody of the route, asked for what can be asked without anything that a sender has to
        type. Who only receives is asked for nothing."""
        if person.kind is ParticipantKind.RECIPIENT:
            return person
        if person.party is PartyKind.OWN:
            return replace(
                person,
                app_code=person.app_code or OwnDemand.APP in self.own,
                passkey=person.passkey or OwnDemand.PASSKEY in self.own,
            )
        asked = replace(person, passkey=person.passkey or Demand.PASSKEY in self.other)
        proves_more = asked.passkey or asked.phone or asked.app_code
        if Demand.MAIL in self.other and not proves_more:
            return replace(asked, mail_code=True)
        return asked

    def lacking(self, people: Iterable[Person], *, sms: bool = True) -> dict[str, Words]:
        """What the sender has to type first for people of the other side, by its field. Where the
        service sends no SMS any more, a passkey, which proves more, does for its code."""
        problems: dict[str, Words] = {}
        for person in people:
            if person.party is PartyKind.OWN or person.kind is ParticipantKind.RECIPIENT:
                continue
            if Demand.SMS in self.other and not person.phone and not (person.passkey and not sms):
                problems[f"people-{person.row}-smscode"] = _NO_NUMBER if sms else _NO_SMS
            if Demand.CODE in self.other and not person.access_code:
                problems[f"people-{person.row}-code"] = _NO_CODE
        return problems

    @property
    def added(self) -> tuple[Demand, ...]:
        """Of the other side, what sending adds by itself."""
        return tuple(one for one in (Demand.MAIL, Demand.PASSKEY) if one in self.other)

    @property
    def typed(self) -> tuple[Demand, ...]:
        """What the sender has to type for each."""
        return tuple(one for one in (Demand.SMS, Demand.CODE) if one in self.other)

    @property
    def own_added(self) -> tuple[OwnDemand, ...]:
        """Of the own side, what sending adds."""
        return tuple(one for one in OwnDemand if one in self.own)

    @property
    def mark(self) -> str:
        """Differs wherever something else is asked."""
        return ",".join(sorted(self.other)) + ";" + ",".join(sorted(self.own))
