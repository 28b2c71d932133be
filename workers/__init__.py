"""One file per worker process: the only place where ports meet their makers.

Each entry file reads its settings, wires its activities top to bottom, and runs until SIGTERM.
"""
