"""Everything that a home needs before its processes start. A repetition changes nothing."""

import click

from cli.home import Home


def prepare(home: Home) -> None:
    """Folders, secrets, tokens, keys, certificates, tables. Raises click.ClickException where the
    home's documents are under keys that are not there."""
    # Imported here: `musubi --help` should not load PKCS#11 and the database.
    from cli import hsm
    from cli.lost import lost
    from storage.migrations import upgrade
    from trial.issue import ensure

    new = not home.config_file.exists()
    if new:
        click.echo(f"Making a home in {home.root}")
    if missing := lost(home):
        names = ", ".join(missing)
        message = (
            f"バックアップから戻されていないものがあります：{names}。新しく作っても、いまある文書は"
            "読めません。失われた場合は `musubi hsm init` が新しく作ります。\n"
            f"Not restored from the backup: {names}. With new ones the documents that are here "
            "cannot be read. If they are lost for good, `musubi hsm init` makes new ones."
        )
        raise click.ClickException(message)
    home.create()
    # Anew: the file may have been written a moment ago.
    algorithm = hsm.signature_algorithm(Home(home.path))
    tokens = hsm.initialise(home.tokens, home.softhsm_conf, home.secrets, algorithm=algorithm)
    ensure(home.trust, home.trust_url, tokens.signing_key, tokens.canary_key)
    upgrade(home.database_url)
