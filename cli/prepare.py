"""Everything that a home needs before its processes start. A repetition changes nothing."""

import click

from cli.home import Home


def prepare(home: Home) -> None:
    """Folders, secrets, tokens, keys, certificates, tables."""
    # Imported here: `musubi --help` should not load PKCS#11 and the database.
    from cli import hsm
    from storage.migrations import upgrade
    from trial.issue import ensure

    new = not home.config_file.exists()
    if new:
        click.echo(f"Making a home in {home.root}")
    home.create()
    # Anew: the file may have been written a moment ago.
    algorithm = hsm.signature_algorithm(Home(home.path))
    tokens = hsm.initialise(home.tokens, home.softhsm_conf, home.secrets, algorithm=algorithm)
    ensure(home.trust, home.trust_url, tokens.signing_key, tokens.canary_key)
    upgrade(home.database_url)
