"""The supervisor behind `musubi up`: starts, watches, restarts and shows every process of a home.

Why not a well-kept library: supervisord, honcho and circus start everything at once and know
neither readiness (Temporal's namespace must keep histories before a worker starts) nor an order
of stopping (pages first, so that what people posted is still answered), and none of them kills its
children when it is killed itself. systemd does, but a demo must run without it, in a container too.
In production an orchestrator takes this room's place; only settings differ.

    program.py   what to start, and when it counts as up
    stack.py     the seven programs of a home
    probes.py    ways to see that a process works
    child.py     one operating-system process, from start to its end
    keeper.py    keeps one program running
    board.py     the states, in `run/state.json` and in words
    logs.py      log files of limited size, and why a process ended
    supervise.py everything together, until a signal
"""
