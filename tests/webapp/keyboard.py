"""What somebody does who has no mouse."""

import pytest
from playwright.sync_api import Locator, Page

MOST_TABS = 80
"""On one page, until something is reached."""


def reach(page: Page, target: Locator) -> None:
    """Press Tab until the element has the focus, and see where one is."""
    target.wait_for()
    for _ in range(MOST_TABS):
        if target.evaluate("element => element === document.activeElement"):
            seen = target.evaluate(
                "element => { const style = getComputedStyle(element);"
                " return style.outlineStyle !== 'none' || style.boxShadow !== 'none'; }"
            )
            assert seen, f"nothing shows that {target} has the focus"
            return
        page.keyboard.press("Tab")
    pytest.fail(f"no way to {target} by keyboard")
