"""Tables, vault and ledger. The only writer of envelope state.

Pages read through `webapp`'s queries; every change of an envelope's state, slots, acts,
signatures, notices and ledger goes through this room.
"""
