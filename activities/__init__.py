"""Effects: one class per kind, ports in the constructor, no rule of law in here.

Every activity may run twice. Once-ness lies in the rows that the ports keep.
"""
