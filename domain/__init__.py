"""Rules and words of electronic contracts.

Pure: standard library and pydantic only. Nothing here opens a file, a socket or a
database; everything here can be tested in microseconds.
"""
