"""How a result is to be shown."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from lading.model.advisory import SeverityLabel

GroupBy = Literal["upgrade", "package", "layer", "severity"]
"""What the rows of a table stand below: what can be done, then the package that is upgraded; the package alone; the
layer that introduced it; the severity."""


class Selection(Struct, frozen=True):
    """Which vulnerabilities people want to see; what is empty or False asks for nothing. It changes no count of the
    result, and no answer of a gate. `packages` are parts of names, of the package or its source, `layers` numbers."""

    severities: tuple[SeverityLabel, ...] = ()
    packages: tuple[str, ...] = ()
    layers: tuple[int, ...] = ()
    fixable: bool = False

    @property
    def words(self) -> str:
        """The options that ask for this selection; empty for one that takes nothing out."""
        parts = [f"--severity {','.join(self.severities)}"] if self.severities else []
        parts += [f"--package {name}" for name in self.packages]
        parts += [f"--layer {layer}" for layer in self.layers]
        return " ".join([*parts, "--fixable"] if self.fixable else parts)


class View(Struct, frozen=True):
    """`width` is that of the terminal in cells, None for what is none: a pipe or a file. `colour` tells whether it
    shows colours, `show_all` whether what is hidden by default is shown too. `tool` is the name and version of this
    program for documents that name it. `only` are the vulnerabilities to show, `group_by` says what they stand below,
    `summary` that they are counted and not listed. `variables` are those of the environment that the format asks for,
    as far as they are set, `template` the text of the user's template and `template_name` its file. SBOMs name who
    answers for them (`author`) and who supplies the image (`supplier`), each a name and an address in the way of mails,
    or empty. `compliance` names the benchmark whose rules are shown in place of what was found, in JSON and on pages
    beside it. `packages` is how many an image has of which only some are listed, None where all are. Other formats for
    programs read `tool` and `variables` alone."""

    width: int | None = None
    colour: bool = False
    show_all: bool = False
    tool: str = ""
    group_by: GroupBy = "upgrade"
    summary: bool = False
    only: Selection = Selection()
    variables: Mapping[str, str] = {}
    template: str = ""
    template_name: str = ""
    author: str = ""
    supplier: str = ""
    compliance: str = ""
    packages: int | None = None
