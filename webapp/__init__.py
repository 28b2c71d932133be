"""Flask: pages for signers, senders, admins and operators.

Views parse, ask a query, a storage writer or the gateway, and answer. Nothing here signs and
nothing here parses a PDF; one file, `gateway.py`, knows Temporal.
"""
