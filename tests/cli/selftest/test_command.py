"""What the run makes of its envelopes, and what it leaves beside them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from cli.selftest.command import Wishes, _kept_roots, _tell_all, plans
from cli.selftest.patience import SelftestFailed
from cli.selftest.result import EnvelopeResult, RefusedFile
from cli.selftest.story import Plan, Story


@dataclass
class RefusingStory:
    """Every file is refused."""

    def tell(self, plan: Plan) -> EnvelopeResult:
        names = [path.name for path in plan.files]
        refused = [RefusedFile(name, "unreadable") for name in names]
        return EnvelopeResult(plan.name, names, state="refused", refused=refused)


def result(tmp_path: Path, *files: Path) -> EnvelopeResult:
    kept: dict[str, Any] = {"signers": 1, "order": "sequence", "documents": 1, "jobs": 1}
    wishes = Wishes(files=files, each=False, seconds=1, out=tmp_path, **kept)
    return _tell_all(cast("Story", RefusingStory()), plans(wishes), wishes)[0]


def test_a_refused_file_of_the_users_is_an_answer(tmp_path: Path) -> None:
    assert result(tmp_path, tmp_path / "broken.pdf").passed


def test_a_refused_sample_of_our_own_is_a_failure(tmp_path: Path) -> None:
    assert result(tmp_path).error == "a sample of our own was refused"


def test_the_roots_stay_beside_the_files(tmp_path: Path) -> None:
    roots = tmp_path / "trust.pem"
    roots.write_text("PEM", encoding="utf-8")
    kept = _kept_roots(roots, tmp_path / "out")
    assert kept == tmp_path / "out" / "roots.pem"
    assert kept.read_text(encoding="utf-8") == "PEM"
    assert _kept_roots(kept, tmp_path / "out") == kept


def test_without_roots_nothing_is_begun(tmp_path: Path) -> None:
    with pytest.raises(SelftestFailed, match="name --trust"):
        _kept_roots(tmp_path / "nowhere.pem", tmp_path / "out")
