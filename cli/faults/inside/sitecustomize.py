"""Python runs this at the start of every process whose PYTHONPATH names this folder, and nothing
but the harness's own supervisor writes such a PYTHONPATH (cli/faults/supervised.py). A home's
settings cannot: they become MUSUBI_* variables, and processes inherit a short list of others.
"""

import os

if os.environ.get("FAULTS_FOLDER"):
    from cli.faults.seams import arm

    arm()
