"""Which database a command works on: `MUSUBI_DATABASE_URL`, or that of a home."""

import functools
import os
from collections.abc import Callable
from typing import Any

from cli.home import Home
from cli.options import home_option


def database_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--home DIR`, passed on as `database_url`. The environment wins: in a container there is
    no home."""

    @home_option
    @functools.wraps(command)
    def with_url(*args: Any, home: Home, **kwargs: Any) -> Any:  # noqa: ANN401 - click's
        url = os.environ.get("MUSUBI_DATABASE_URL") or home.database_url
        return command(*args, database_url=url, **kwargs)

    return with_url
