"""Optional content: layers that show one thing on the screen and another on paper."""

import pikepdf

_PRINTED = frozenset({"/Print", "/Export"})


def changes_on_print(pdf: pikepdf.Pdf) -> bool:
    """Whether a viewer would switch a layer by itself when printing or exporting."""
    properties = pdf.Root.get("/OCProperties")
    if not isinstance(properties, pikepdf.Dictionary):
        return False
    return any(
        isinstance(row, pikepdf.Dictionary)
        and str(row.get("/Event", "")) in _PRINTED
        and _switches(row, properties)
        for configuration in configurations(properties)
        for row in _items(configuration.get("/AS"))
    )


def configurations(properties: pikepdf.Dictionary) -> list[pikepdf.Dictionary]:
    """The default configuration and the alternatives."""
    found = [properties.get("/D"), *_items(properties.get("/Configs"))]
    return [row for row in found if isinstance(row, pikepdf.Dictionary)]


def _switches(event: pikepdf.Dictionary, properties: pikepdf.Dictionary) -> bool:
    """Whether a layer's state at this event differs from its state on the screen."""
    default = properties.get("/D")
    base = str(default.get("/BaseState", "/ON")) if isinstance(default, pikepdf.Dictionary) else ""
    off = _numbers(default, "/OFF") if isinstance(default, pikepdf.Dictionary) else set()
    on = _numbers(default, "/ON") if isinstance(default, pikepdf.Dictionary) else set()
    for layer in _items(event.get("/OCGs")):
        if not isinstance(layer, pikepdf.Dictionary):
            continue
        shown = layer.objgen in on or (base != "/OFF" and layer.objgen not in off)
        wanted = _wanted(layer)
        if wanted and any((state == "/ON") is not shown for state in wanted):
            return True
    return False


def _wanted(layer: pikepdf.Dictionary) -> list[str]:
    usage = layer.get("/Usage")
    if not isinstance(usage, pikepdf.Dictionary):
        return []
    found = []
    for category, key in (("/Print", "/PrintState"), ("/Export", "/ExportState")):
        row = usage.get(category)
        if isinstance(row, pikepdf.Dictionary) and key in row:
            found.append(str(row[key]))
    return found


def _numbers(configuration: pikepdf.Dictionary, key: str) -> set[tuple[int, int]]:
    return {row.objgen for row in _items(configuration.get(key))}


def _items(value: pikepdf.Object | None) -> list[pikepdf.Object]:
    if not isinstance(value, pikepdf.Array):
        return []
    return [row for row in value if isinstance(row, pikepdf.Dictionary)]
