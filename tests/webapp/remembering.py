"""Each test has an application of its own; what Flask compiles for one is kept for all of them.

The templates and routes are the same in each, and compiling them is most of what it costs.
"""

from collections.abc import Callable
from types import CodeType
from typing import ClassVar

import pytest
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule


class MemoryCache(BytecodeCache):
    """Compiled templates, by name and source."""

    def __init__(self) -> None:
        self._codes: dict[str, CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get(bucket.key + bucket.checksum)

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._codes[bucket.key + bucket.checksum] = bucket.code


class KeptRule(Rule):
    """A route whose function that builds addresses is compiled once per process."""

    _kept: ClassVar[dict[tuple[object, ...], Callable[..., tuple[str, str]]]] = {}

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = (tuple(self._trace), append_unknown, repr(self.defaults), self.rule)
        if key not in self._kept:
            self._kept[key] = super()._compile_builder(append_unknown)
        return self._kept[key]


def remember(monkeypatch: pytest.MonkeyPatch) -> None:
    """For every application that is made from now on."""
    monkeypatch.setattr(Flask, "jinja_options", {"bytecode_cache": MemoryCache()})
    monkeypatch.setattr(Flask, "url_rule_class", KeptRule)
