"""`musubi`: one command per file, loaded when it is asked for.

A command whose room is not installed (a web image without signing/, say) is then missing alone.
"""

from importlib import import_module

import click

COMMANDS = {
    "up": "cli.up:up",
    "demo": "cli.demo:demo",
    "doctor": "cli.doctor:doctor",
    "selftest": "cli.selftest:selftest",
    "faults": "cli.faults.command:faults",
    "intake": "cli.intake:intake",
    "verify": "cli.verify:verify",
    "sso": "cli.sso:sso",
    "user": "cli.user:user",
    "hsm": "cli.hsm:hsm",
    "migrate": "cli.migrate:migrate",
}
"""In the order of a newcomer's interest."""
SHORT_HELP = {
    "up": "すべてのプロセスを起動し、見守ります - Start and watch every process.",
    "demo": "お試し用の組織と一緒に起動します - Start with a seeded organisation.",
    "doctor": "環境を点検します - Check that everything is in order.",
    "selftest": "封筒を最後まで通してみます - Carry real envelopes through.",
    "faults": "障害を起こして点検します - Break it on purpose and judge what is left.",
    "intake": "PDFを受け付けられるか調べます - Check whether PDFs would be accepted.",
    "verify": "署名済みPDFを検証します - Verify signed PDFs.",
    "sso": "シングルサインオンを管理します - Single sign-on.",
    "user": "利用者を管理します - Manage members.",
    "hsm": "トークンと鍵を作ります - Make tokens and keys.",
    "migrate": "データベースを最新にします - Bring the database up to date.",
}


class LazyGroup(click.Group):
    """Knows its commands by name and imports one when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, or None for an unknown name. Raises ClickException when its room fails."""
        target = COMMANDS.get(cmd_name)
        if target is None:
            return None
        module, _, attribute = target.partition(":")
        try:
            command: click.Command = getattr(import_module(module), attribute)
        except (ImportError, AttributeError) as error:
            message = f"`musubi {cmd_name}` is not available here: {error}"
            raise click.ClickException(message) from error
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Help without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, SHORT_HELP[name]) for name in self.list_commands(ctx)])


@click.group(cls=LazyGroup)
@click.version_option(package_name="musubi")
def main() -> None:
    """Musubi (結び): self-hosted electronic contracts - 自分で動かす電子契約サービス."""


if __name__ == "__main__":
    main()
