"""Nothing moves for who asked for less motion; letters twice as large lose nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.webapp.accessibility.way import signing_world, way
from tests.webapp.served import House
from tests.webapp.signer.fields import Placed
from tests.webapp.signer.readable import window
from tests.webapp.signer.world import World

pytestmark = [
    pytest.mark.local_sockets,
    pytest.mark.timeout(300),
]
WINDOW = 640
LARGEST_BAR = 0.3
"""Of the window's height, for what stays in front of the page."""
SCROLLS = """
  window.scrolled = [];
  for (const [owner, names] of [[window, ["scroll", "scrollTo", "scrollBy"]],
       [Element.prototype, ["scroll", "scrollTo", "scrollBy", "scrollIntoView"]]])
    for (const name of names) {
      const own = owner[name];
      owner[name] = function (...told) {
        window.scrolled.push(told[0]?.behavior ?? "auto");
        return own.apply(this, told);
      };
    }
"""
FAULTS = """() => {
  const faults = [];
  const root = document.documentElement;
  const out = root.scrollWidth - root.clientWidth;
  if (out > 0) faults.push(`${out} px stand out`);
  const skipped = ".sheets, .visually-hidden, .skip, script, noscript, select, textarea";
  const say = (text) => text.trim().slice(0, 30);
  for (const element of document.body.querySelectorAll("*")) {
    if (element.closest(skipped) || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    if (style.textOverflow === "ellipsis" || !/hidden|clip/.test(style.overflow)) continue;
    const wide = element.scrollWidth - element.clientWidth;
    const high = element.scrollHeight - element.clientHeight;
    if (wide > 1 || high > 1)
      faults.push(`cut off: ${element.tagName}.${element.className} ${say(element.textContent)}`);
  }
  const lines = [];
  const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (nodes.nextNode()) {
    const node = nodes.currentNode;
    const holder = node.parentElement;
    if (!node.data.trim() || !holder.checkVisibility()) continue;
    if (holder.closest(`${skipped}, .bar`)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) lines.push([box, node]);
  }
  lines.forEach(([a, one], at) => {
    for (const [b, other] of lines.slice(at + 1)) {
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (one !== other && wide > 2 && high > 0.4 * Math.min(a.height, b.height))
        faults.push(`one over the other: ${say(one.data)} / ${say(other.data)}`);
    }
  });
  const bar = document.querySelector(".bar")?.getBoundingClientRect().height ?? 0;
  if (bar > BAR * innerHeight) faults.push(`the bar takes ${bar} px`);
  return faults;
}""".replace("BAR", str(LARGEST_BAR))


@pytest.fixture
def signing(tmp_path: Path) -> Iterator[tuple[World, Placed]]:
    built, placed = signing_world(tmp_path)
    yield built, placed
    built.database.close()


def scrolled(page: Page) -> set[str]:
    """How the page was scrolled when an input was entered whose box is out of sight."""
    page.evaluate(
        "window.scrolled = []; scrollTo(0, document.body.scrollHeight); window.scrolled = []"
    )
    page.locator(".fill input[type=text]").first.focus()
    return set(page.evaluate("window.scrolled"))


@pytest.mark.parametrize("wanted", ["reduce", "no-preference"])
def test_nothing_moves_for_who_asked_for_less_motion(
    signing: tuple[World, Placed], house: House, wanted: str
) -> None:
    """And the way to see it works: for everybody else something does move."""
    world, placed = signing
    moving: set[str] = set()
    with house.home_of(world.app) as browser, window(browser, reduced_motion=wanted) as page:
        page.add_init_script(SCROLLS)
        for name in way(page, world, placed, "ja"):
            if name == "read":
                moving |= scrolled(page)
            if page.evaluate("document.getAnimations().length"):
                moving.add(f"an animation on {name}")
            assert (
                page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
            )
    expected = {"auto"} if wanted == "reduce" else {"smooth", "an animation on done"}
    assert moving == expected


@pytest.mark.parametrize("language", ["ja", "en"])
def test_letters_twice_as_large_lose_nothing(
    signing: tuple[World, Placed], house: House, language: str
) -> None:
    world, placed = signing
    faults = {}
    with house.home_of(world.app) as browser, window(browser, WINDOW, language) as page:
        page.add_init_script(
            "addEventListener('DOMContentLoaded', () => {"
            " document.documentElement.style.fontSize = '200%'; })"
        )
        for name in way(page, world, placed, language):
            page.wait_for_load_state("networkidle")
            assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "32px"
            faults[name] = page.evaluate(FAULTS)
    assert not any(faults.values()), faults
