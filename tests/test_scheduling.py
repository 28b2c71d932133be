"""A run whose process died goes on to its end."""

from collections import OrderedDict

from tests.scheduling import SomeTogether


class Process:
    """One of a run, and what it was sent."""

    def __init__(self) -> None:
        self.sent: list[list[int]] = []
        self.shutting_down = False

    def send_runtest_some(self, indexes: list[int]) -> None:
        self.sent.append(indexes)

    def shutdown(self) -> None:
        self.shutting_down = True


def test_what_a_dead_process_did_not_do_is_done_once_by_another() -> None:
    dead, other = Process(), Process()
    names = ["a::1", "a::2", "b::1", "b::2", "b::3", "c::1"]
    run = object.__new__(SomeTogether)
    run.log = lambda *_: None
    run.registered_collections = {dead: names, other: names}
    run.workqueue = OrderedDict()
    run.assigned_work = {
        dead: {
            "a": {"a::1": True, "a::2": True},
            "b": {"b::1": True, "b::2": False, "b::3": False},
        },
        other: {"c": {"c::1": False}},
    }
    assert run.remove_node(dead) == "b::2"
    assert other.sent == [[names.index("b::3")]]
    run.mark_test_complete(other, names.index("c::1"))
    run.mark_test_complete(other, names.index("b::3"))
    assert other.shutting_down
    assert run.remove_node(other) is None


def test_a_process_that_had_nothing_left_but_the_test_it_died_in_leaves_nothing() -> None:
    dead, other = Process(), Process()
    run = object.__new__(SomeTogether)
    run.log = lambda *_: None
    run.registered_collections = {dead: ["a::1"], other: ["a::1"]}
    run.workqueue = OrderedDict()
    run.assigned_work = {dead: {"a": {"a::1": False}}, other: {}}
    assert run.remove_node(dead) == "a::1"
    assert other.shutting_down
    assert other.sent == []
