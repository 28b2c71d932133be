"""What a stack depends on, badly behaved: time-stamping authorities, mail servers, the disk's
holders. Each stands between the stack and the real thing, and does as it is told.
"""
