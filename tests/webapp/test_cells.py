"""Attributes of a table's cells."""

from markupsafe import Markup

from webapp.cells import cell


def test_a_cell_names_its_column_and_its_class() -> None:
    assert cell("状態", "lead") == 'role="cell" data-column="状態" class="lead"'
    assert cell("状態") == 'role="cell" data-column="状態"'


def test_hostile_names_are_escaped_also_beside_the_same_letters_as_markup() -> None:
    assert cell(Markup('"&gt;')) == 'role="cell" data-column=""&gt;"'
    assert cell('"&gt;') == 'role="cell" data-column="&#34;&amp;gt;"'
    assert "<" not in cell("<b>", "<i>")
