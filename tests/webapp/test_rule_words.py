"""How many of a stage's people act, said by places where several people share one."""

from domain.kinds import StageRule
from webapp.sender.words import RULE_WORDS, counted


def test_where_one_of_several_acts_nobody_reads_that_all_do() -> None:
    everybody, anybody = (RULE_WORDS[rule] for rule in (StageRule.ALL, StageRule.ANY))
    assert counted(StageRule.ALL, 3, 3, 3) == everybody
    assert counted(StageRule.ALL, 1, 3, 1) == anybody
    assert counted(StageRule.ANY, 1, 3, 1) == anybody
    assert counted(StageRule.ALL, 2, 4, 2).ja == "2つの枠のすべて"
    assert counted(StageRule.N_OF, 2, 4, 2).ja == "4人のうち2人"
