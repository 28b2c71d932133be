"""Files whose objects lead into each other in many ways, as word processors write them."""

from tests.files.generate import raw_file
from tests.files.odd import plain


def tangled_bookmarks(count: int) -> bytes:
    """Bookmarks on two levels, each of which knows its neighbours, its parent and a place."""
    rows = []
    first = 7
    for number in range(count):
        own, under = first + 2 * number, first + 2 * number + 1
        neighbours = b"/Next %d 0 R" % (own + 2) if number < count - 1 else b""
        neighbours += b"/Prev %d 0 R" % (own - 2) if number else b""
        rows.append(
            b"<</Title(%d)/Parent 6 0 R%s/First %d 0 R/Last %d 0 R/Dest[3 0 R/Fit]>>"
            % (number, neighbours, under, under)
        )
        # the same object as a destination of the level above: as many ways again
        rows.append(b"<</Title(%d)/Parent %d 0 R/SE %d 0 R>>" % (number, own, own))
    last = first + 2 * (count - 1)
    outlines = b"<</Type/Outlines/First %d 0 R/Last %d 0 R>>" % (first, last)
    return raw_file([*plain(b"/Outlines 6 0 R"), outlines, *rows])


def tangled_structure(count: int) -> bytes:
    """Tags: elements that know their parent and their page, and an index of them."""
    rows = [b"<</Type/StructElem/S/P/P 6 0 R/Pg 3 0 R/K %d>>" % number for number in range(count)]
    kids = b" ".join(b"%d 0 R" % (8 + number) for number in range(count))
    root = b"<</Type/StructTreeRoot/K[%s]/ParentTree 7 0 R>>" % kids
    index = b"<</Nums[0[%s]]>>" % kids
    return raw_file([*plain(b"/StructTreeRoot 6 0 R", b"/StructParents 0"), root, index, *rows])
