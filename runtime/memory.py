"""What the garbage collector need not look at.

A process that serves holds some hundred thousand objects of its libraries for good. Python looks
through all of them whenever a page or a file has made enough new ones: a twentieth of the time.
"""

import gc

NEW_OBJECTS = 20_000
"""Before the youngest are looked through; Python's own 700 is less than one page makes."""


def settle() -> None:
    """Call when all is imported: what is there now stays, and is not looked through again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])
