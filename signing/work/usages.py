"""Every path by which a revision's document reaches an object, for the objects that matter.

PyHanko lists the paths to all objects before it compares two revisions. Where bookmarks, notes and
destinations refer to each other there are millions of them, and a harmless file takes minutes. A
comparison asks for few objects only: those that the next revision writes, form fields and their
appearances. So branches that lead to none of these are cut; the paths that remain are the same.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import ConsList, PdfReadError
from pyhanko.pdf_utils.reader import HistoricalResolver, RawPdfPath

Path = ConsList[str | int]
References = set[generic.Reference]
_TOP: Path = ConsList.sing("/Root")
_PAGES: Path = _TOP.cons("/Pages")
_ELEMENTS: Path = _TOP.cons("/StructTreeRoot").cons("/K")


def limit_paths(old: HistoricalResolver, new: HistoricalResolver) -> None:
    """Give the older revision the paths that a comparison with the newer one will ask for.

    Raises what pyHanko raises.
    """
    wanted = new.explicit_refs_in_revision() | set(_of_the_form(old))
    # the library's own cache: there is no other seam
    setattr(old, "_indirect_object_access_cache", paths_to(old, wanted))  # noqa: B010


def paths_to(
    resolver: HistoricalResolver, wanted: References
) -> dict[generic.Reference, set[RawPdfPath]]:
    """Per object that is wanted and reached, as the library finds them."""
    return _Walk(resolver, wanted).paths()


def _of_the_form(resolver: HistoricalResolver) -> Iterator[generic.Reference]:
    """Fields, and appearance dictionaries of their own."""
    seen: References = set()
    pending = list(_items(_entry(resolver.root, "/AcroForm"), "/Fields"))
    while pending:
        item = pending.pop()
        if isinstance(item, generic.IndirectObject):
            if item.reference in seen:
                continue
            seen.add(item.reference)
            yield item.reference
            item = resolver(item.reference)
        if not isinstance(item, generic.DictionaryObject):
            continue
        look = item.raw_get("/AP") if "/AP" in item else None
        if isinstance(look, generic.IndirectObject):
            yield look.reference
        pending += _items(item, "/Kids")


def _entry(entries: Any, key: str) -> Any:  # noqa: ANN401 - any object of a file
    """Resolved; pyHanko's get() gives a reference."""
    is_dictionary = isinstance(entries, generic.DictionaryObject)
    return entries[key] if is_dictionary and key in entries else None


def _items(entries: Any, key: str) -> Iterable[Any]:  # noqa: ANN401 - any object of a file
    found = _entry(entries, key)
    return found if isinstance(found, generic.ArrayObject) else ()


def _references(item: Any) -> References:  # noqa: ANN401 - any object of a file
    """Of an object, through what it holds directly, but to no parent."""
    found: References = set()
    pending = [item]
    while pending:
        value = pending.pop()
        if isinstance(value, generic.IndirectObject):
            found.add(value.reference)
        elif isinstance(value, generic.DictionaryObject):
            pending += [inner for key, inner in value.items() if key != "/Parent"]
        elif isinstance(value, generic.ArrayObject):
            pending += list(value)
    return found


class _Place(NamedTuple):
    """What is to be visited, how it was reached, and by way of which objects."""

    item: Any
    path: Path
    by: ConsList[generic.Reference]
    in_structure: bool


class _Walk:
    """As the library walks: a page is entered by the page tree only, an element of the structure
    by the structure only, and nobody goes back to a parent."""

    def __init__(self, resolver: HistoricalResolver, wanted: References) -> None:
        self._resolver = resolver
        self._wanted = wanted
        self._tree: References = {resolver.root_ref}
        """What the page tree itself consists of: who may lead into a page."""
        self._pages = dict(self._page_tree())
        self._elements = frozenset(self._structure())
        self._leading = self._all_leading()

    def paths(self) -> dict[generic.Reference, set[RawPdfPath]]:
        found: dict[generic.Reference, set[RawPdfPath]] = defaultdict(set)
        top = self._resolver.trailer_view
        pending = [_Place(top, ConsList.empty(), ConsList.empty(), in_structure=False)]
        while pending:
            place = pending.pop()
            item, by = place.item, place.by
            if isinstance(item, generic.IndirectObject):
                reference = item.reference
                if reference in self._leading and reference not in by:
                    if reference in self._wanted:
                        found[reference].add(RawPdfPath(*reversed(list(place.path))))
                    if self._may_enter(reference, place):
                        item, by = self._resolver(reference), by.cons(reference)
            pending += self._inside(item, place._replace(by=by))
        return dict(found)

    def _may_enter(self, reference: generic.Reference, place: _Place) -> bool:
        if self._pages.get(reference, place.path) != place.path:
            return False
        return place.in_structure or reference not in self._elements

    @staticmethod
    def _inside(item: Any, place: _Place) -> Iterator[_Place]:  # noqa: ANN401 - any object
        if isinstance(item, generic.DictionaryObject):
            for key, value in item.items():
                if key == "/Parent" or (place.in_structure and key == "/P"):
                    continue
                path = place.path.cons(key)
                yield _Place(value, path, place.by, place.in_structure or path == _ELEMENTS)
        elif isinstance(item, generic.ArrayObject):
            for number, value in enumerate(item):
                yield place._replace(item=value, path=place.path.cons(number))

    def _all_leading(self) -> frozenset[generic.Reference]:
        """Objects from which something wanted can be reached: rather too many than too few. Who
        refers to a page from outside the tree gets no further than to the page."""
        sources: dict[generic.Reference, References] = defaultdict(set)
        seen: References = set()
        pending = list(_references(self._resolver.trailer_view))
        while pending:
            reference = pending.pop()
            if reference in seen:
                continue
            seen.add(reference)
            for target in _references(self._resolver(reference)):
                pending.append(target)
                if target in self._wanted or target not in self._pages or reference in self._tree:
                    sources[target].add(reference)
        leading: References = set()
        pending = list(self._wanted)
        while pending:
            reference = pending.pop()
            if reference not in leading:
                leading.add(reference)
                pending += sources[reference]
        return frozenset(leading)

    def _page_tree(self) -> Iterator[tuple[generic.Reference, Path]]:
        pending: list[tuple[Any, Path]] = [(self._resolver.root.raw_get("/Pages"), _PAGES)]
        seen: References = set()
        while pending:
            node, path = pending.pop()
            if isinstance(node, generic.IndirectObject):
                if node.reference in seen:
                    raise PdfReadError("a page occurs twice in the tree")
                seen.add(node.reference)
                self._tree.add(node.reference)
                yield node.reference, path
                node = self._resolver(node.reference)
            rows = node.raw_get("/Kids") if "/Kids" in node else None
            if isinstance(rows, generic.IndirectObject):
                self._tree.add(rows.reference)
            if path is _PAGES or _entry(node, "/Type") == "/Pages":
                kids = path.cons("/Kids")
                pending += [(kid, kids.cons(row)) for row, kid in enumerate(_items(node, "/Kids"))]

    def _structure(self) -> Iterator[generic.Reference]:
        pending = [_entry(self._resolver.root, "/StructTreeRoot")]
        seen: References = set()
        while pending:
            for child in self._children(pending.pop()):
                element = child
                if isinstance(child, generic.IndirectObject):
                    element = self._resolver(child.reference)
                if not isinstance(element, generic.DictionaryObject):
                    continue
                if _entry(element, "/Type") not in (None, "/StructElem"):
                    continue
                if isinstance(child, generic.IndirectObject):
                    if child.reference in seen:
                        raise PdfReadError("an element occurs twice in the structure")
                    seen.add(child.reference)
                    yield child.reference
                pending.append(element)

    @staticmethod
    def _children(element: Any) -> Iterable[Any]:  # noqa: ANN401 - any object of a file
        found = _entry(element, "/K")
        if isinstance(found, generic.ArrayObject):
            return found
        return () if found is None else (element.raw_get("/K"),)
