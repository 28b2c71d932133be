"""Two pictures of a page: do people see a difference, and where."""

from collections.abc import Iterator
from io import BytesIO

from PIL import Image, ImageChops, ImageFilter

from domain.limits import PAGE_IMAGE_MAX_HEIGHT, PAGE_IMAGE_WIDTH, PLACES_PER_PAGE
from signing.frames import Frame

_WIDTH = 620
"""Pixels at which pages are compared: A4 at 75 dpi, as intake compares a base with its upload. A
comma shows there, the grain of a scan's JPEG does not."""
_VISIBLE = 48
"""A difference of colour of less than this, of 255, is rounding at an edge."""
_STRAY_MILLIONTHS = 20
"""Of a page's pixels: a full stop of 9 points has some 30 of a million."""
_ACROSS = 40
"""Cells of a page's width in which differences are gathered to places."""
_SHAPE = 0.01
"""How far the shapes of two pages may be apart to be laid over each other."""
_WHOLE = [0, 0, 1000, 1000]


def differ(request: Frame) -> Frame:
    """Parts: pictures (PNG or JPEG) in turn of a page before and now. Answers `looks`: for each
    pair [parts of a million that differ, [[x, y, width, height] in thousandths, ...]]."""
    pictures = [_opened(part) for part in request.parts]
    pairs = zip(pictures[::2], pictures[1::2], strict=True)
    return Frame("done", {"looks": [_look(one, two) for one, two in pairs]})


def _opened(data: bytes) -> Image.Image:
    """At the size of comparison. Raises ValueError for what intake cannot have drawn."""
    picture = Image.open(BytesIO(data), formats=("PNG", "JPEG"))
    if picture.width > PAGE_IMAGE_WIDTH + 1 or picture.height > PAGE_IMAGE_MAX_HEIGHT + 1:
        message = "larger than a page's picture"
        raise ValueError(message)
    height = max(1, round(picture.height * _WIDTH / picture.width))
    return picture.convert("RGB").resize((_WIDTH, height), Image.Resampling.BOX)


def _look(one: Image.Image, two: Image.Image) -> list[object]:
    if abs(one.height - two.height) > _SHAPE * max(one.height, two.height):
        return [1_000_000, [_WHOLE]]
    if one.size != two.size:
        two = two.resize(one.size, Image.Resampling.BOX)
    mask = ImageChops.lighter(_foreign(one, two), _foreign(two, one))
    pixels = mask.histogram()[255]
    share = round(pixels * 1_000_000 / (mask.width * mask.height))
    if share <= _STRAY_MILLIONTHS:
        return [0, []]
    return [share, list(_places(mask))[:PLACES_PER_PAGE]]


def _foreign(one: Image.Image, two: Image.Image) -> Image.Image:
    """White where one picture has a colour that the other has nowhere near."""
    above = ImageChops.subtract(one, two.filter(ImageFilter.MaxFilter(3)))
    below = ImageChops.subtract(two.filter(ImageFilter.MinFilter(3)), one)
    red, green, blue = ImageChops.lighter(above, below).split()
    most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    return most.point([0] * _VISIBLE + [255] * (256 - _VISIBLE))


def _places(mask: Image.Image) -> Iterator[list[int]]:
    """Rectangles around neighbouring cells with differences, the first from the top."""
    down = max(1, round(_ACROSS * mask.height / mask.width))
    grid = _grid(mask, down)
    left = {(x, y) for y in range(down) for x in range(_ACROSS) if grid[y][x]}
    while left:
        first = min(left, key=lambda cell: (cell[1], cell[0]))
        left.discard(first)
        group, edge = [first], [first]
        while edge:
            x, y = edge.pop()
            near = {(x + i, y + j) for i in (-1, 0, 1) for j in (-1, 0, 1)} & left
            left -= near
            group += near
            edge += near
        xs, ys = [x for x, _ in group], [y for _, y in group]
        across, high = 1000 / _ACROSS, 1000 / down
        yield [
            round(min(xs) * across),
            round(min(ys) * high),
            round((max(xs) - min(xs) + 1) * across),
            round((max(ys) - min(ys) + 1) * high),
        ]


def _grid(mask: Image.Image, down: int) -> list[list[bool]]:
    """Whether anything differs in each cell."""
    width, height = mask.width / _ACROSS, mask.height / down
    return [
        [
            mask.crop(
                (
                    int(x * width),
                    int(y * height),
                    max(int((x + 1) * width), int(x * width) + 1),
                    max(int((y + 1) * height), int(y * height) + 1),
                )
            ).getbbox()
            is not None
            for x in range(_ACROSS)
        ]
        for y in range(down)
    ]
