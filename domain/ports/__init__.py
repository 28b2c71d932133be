"""Ports: one Protocol for every effect, so that rules and workflows know none of their makers.

`desks` are kept by storage/, `signatures` by signing/, `notices` by notices/ and identity/.
`workers/` is the only place where ports meet their makers.
"""
