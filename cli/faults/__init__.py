"""`musubi faults`: breaks a stack of its own in every way we know, and judges what is left.

Nothing that ships to production depends on this room, and nothing here can reach a home that it
did not make itself. `docs/faults.md` says how it works.

    oracle/     what must hold after every run
"""
