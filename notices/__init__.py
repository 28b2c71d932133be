"""Mail to people: what it says, and handing it to the next server.

`composer` turns a notice into a mail in the reader's language, `postman` hands it on. Neither
knows the database, Temporal or the link key.
"""
