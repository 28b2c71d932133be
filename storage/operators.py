"""Who makes somebody an operator. Operators watch the whole machine: where several organisations
share it, that is not one organisation's to give."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.forms import FormProblems
from domain.kinds import Role
from domain.refusals import Words
from storage.tables import Organisation

_BY_COMMAND = Words(
    "このサーバーは複数の組織で使われています。運用者はすべての組織の処理の状態を見るため、サーバーの管理者が"
    "コマンド（musubi user add --role operator）で登録します。",
    "Several organisations use this server. An operator sees the machinery of all of them, and is "
    "entered by whoever keeps the server (musubi user add --role operator).",
)


def check_granted(session: Session, before: Sequence[str], after: Sequence[str]) -> None:
    """Raises FormProblems, by `roles`, where an organisation would make an operator of somebody who
    is none. `before` and `after` are roles of one member."""
    if list(after) != granted(session, before, after):
        raise FormProblems({"roles": _BY_COMMAND})


def granted(session: Session, before: Sequence[str], after: Sequence[str]) -> list[str]:
    """What of `after` an organisation, or its identity provider, may give to whoever has
    `before`; whoever would be left without a role reads."""
    if Role.OPERATOR.value in before or not _is_shared(session):
        return list(after)
    return [role for role in after if role != Role.OPERATOR] or [Role.VIEWER.value]


def _is_shared(session: Session) -> bool:
    return len(session.scalars(select(Organisation.id).limit(2)).all()) > 1
