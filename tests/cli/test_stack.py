"""The programs of a home."""

from dataclasses import asdict
from pathlib import Path

from cli.home import Home
from cli.supervisor.stack import stack


def ports_of(home: Home) -> list[int]:
    return [port for program in stack(home) for port in program.ports.values()]


def test_every_port_of_a_home_is_that_of_one_program(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert sorted(ports_of(home)) == sorted(asdict(home.ports).values())


def test_a_port_that_the_operator_turned_off_is_nobodys(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.config_file.write_text("[settings.envelopes]\nlmtp_port = 0\n", encoding="utf-8")
    assert home.ports.lmtp not in ports_of(home)
