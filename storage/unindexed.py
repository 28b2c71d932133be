"""Columns by which SQLite is not to look for an index.

It knows nothing of how many rows a value has, and takes an index with two of the columns for
better than one that has the order and everything else. PostgreSQL counts, and is left alone.
"""

from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class _Unindexed(FunctionElement[Any]):
    inherit_cache = True


def unindexed(column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """The same value, of the same type."""
    found = _Unindexed(column)
    found.type = column.type
    return found


@compiles(_Unindexed)
def _plain(element: _Unindexed, compiler: SQLCompiler, **words: Any) -> str:  # noqa: ANN401 - SQLAlchemy's
    return compiler.process(next(iter(element.clauses)), **words)


@compiles(_Unindexed, "sqlite")
def _hidden(element: _Unindexed, compiler: SQLCompiler, **words: Any) -> str:  # noqa: ANN401 - SQLAlchemy's
    """The plus that SQLite's manual names for this (https://www.sqlite.org/optoverview.html)."""
    return "+" + compiler.process(next(iter(element.clauses)), **words)
