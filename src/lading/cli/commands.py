"""The commands, each imported when it is called."""

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

import click

from lading import __version__

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class Entry(NamedTuple):
    """Where a command is defined, and the line that `lading --help` shows without importing it."""

    module: str
    attribute: str
    help: str


COMMANDS = {
    "scan": Entry("lading.cli.scan", "scan", "Show the known vulnerabilities of an image."),
    "runtime": Entry("lading.cli.runtime", "runtime", "Scan the images of the containers that run here."),
    "k8s": Entry("lading.cli.k8s.command", "k8s", "Show what runs in Kubernetes clusters, and how its images fare."),
    "explain": Entry("lading.cli.explain", "explain", "Show why a vulnerability is reported, or why it is not."),
    "fix": Entry("lading.cli.fix", "fix", "Show what to upgrade, and what stays."),
    "diff": Entry("lading.cli.diff", "diff", "Show what differs between two images or results, and why."),
    "convert": Entry("lading.cli.convert", "convert", "Write a kept report in other formats."),
    "exposure": Entry("lading.cli.exposure", "exposure", "Show which images carry a package or a vulnerability."),
    "rematch": Entry("lading.cli.rematch", "rematch", "Match what is kept against newer data, and show what is new."),
    "packages": Entry("lading.cli.packages", "packages", "List what is installed in an image."),
    "licenses": Entry("lading.cli.licenses", "licenses", "List what packages are under, and write their notices."),
    "sbom": Entry("lading.cli.sbom", "sbom", "Write what is in an image as CycloneDX or SPDX."),
    "attach": Entry("lading.cli.attach", "attach", "Attach SBOMs, VEX, reports and signatures to an image."),
    "policy": Entry("lading.cli.policy", "policy", "Write, convert and try policies."),
    "checks": Entry("lading.cli.checks", "checks", "List checks, show what one is, and try your own."),
    "vex": Entry("lading.cli.vex", "vex", "Write VEX documents."),
    "base": Entry("lading.cli.base", "base", "Tell Lading which images others are built on."),
    "db": Entry("lading.cli.db.command", "db", "Update and inspect the advisory database."),
    "registry": Entry("lading.cli.registry", "registry", "Log in to registries, and see which account is used."),
    "cache": Entry("lading.cli.cache", "cache", "Inspect and clear the cache of layers."),
    "doctor": Entry("lading.cli.doctor", "doctor", "Check what scans need on this machine."),
    "config": Entry("lading.cli.config", "config", "Show what is set, and where."),
    "completion": Entry("lading.cli.completion", "completion", "Write what completes commands in a shell."),
    "versions": Entry("lading.cli.versions", "versions", "Compare versions by a distribution's rules."),
    "demo": Entry("lading.cli.demo", "demo", "Scan a small built-in image: no network, no database."),
}

HABITUAL = ("scan", "k8s", "sbom", "packages", "convert")
"""The commands that take an image or a report, whose options other scanners have by other names."""
OWN = ("--help", "-h", "--version")


class LazyGroup(click.Group):
    """A group whose subcommands stand in COMMANDS."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS:
            raise click.exceptions.NoSuchCommand(args[0], possibilities=COMMANDS, ctx=ctx)
        name, command, rest = super().resolve_command(ctx, args)
        if name in HABITUAL and command is not None:
            from lading.cli.habits import with_options

            rest = with_options(command, rest)
        return name, command, rest

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in OWN:
            from lading.cli.habits import with_command

            args = with_command(args, list(COMMANDS))
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        command = getattr(import_module(entry.module), entry.attribute)
        assert isinstance(command, click.Command)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list["CompletionItem"]:
        from click.shell_completion import CompletionItem

        found = [CompletionItem(name, help=one.help) for name, one in COMMANDS.items() if name.startswith(incomplete)]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="lading %(version)s")
def lading() -> None:
    """Lading scans container images: what software is inside, which known vulnerabilities it has, and what
    to do about them.

    \b
    lading demo                          see it work, with nothing installed
    lading scan alpine:3.20              scan an image from its registry
    lading scan image.tar                or from an archive, a layout, a directory
    lading scan IMAGE -o json=out.json   for machines
    """
