"""Programs that have the credentials for Kubernetes clusters.

Source: Kubernetes documentation, "client-go credential plugins".
"""

import os
from typing import Final

from msgspec import Struct

from lading.cli.programs import find_program, run_program
from lading.model.errors import NetError
from lading.net.address import printable
from lading.runtime.kubernetes.access import Plugin

_DEADLINE: Final = 60.0
"""Seconds that a plugin may take."""
_SHOWN: Final = 200


class PluginPrograms(Struct, frozen=True):
    """Runs plugins, each for at most so many seconds. As the protocol lading.runtime.kubernetes.access.Plugins says."""

    deadline: float = _DEADLINE

    def run(self, plugin: Plugin, information: str) -> bytes:
        """What a plugin writes. Its words on standard error are shown. Raises NetError."""
        shown = printable(plugin.command, _SHOWN)
        hint = f"; {plugin.hint}" if plugin.hint else ""
        program = plugin.command if "/" in plugin.command else find_program(plugin.command)
        if program is None:
            raise NetError(f"{shown}: the program with the credentials is not installed (not in PATH){hint}")
        variables = {**os.environ, **dict(plugin.environment), "KUBERNETES_EXEC_INFO": information}
        try:
            status, output = run_program(
                (program, *plugin.arguments), b"", self.deadline, variables=variables, heard=True
            )
        except NetError as error:
            raise NetError(f"{shown}: {error}{hint}") from error
        if status:
            raise NetError(f"{shown}: failed with status {status}{hint}")
        return output
