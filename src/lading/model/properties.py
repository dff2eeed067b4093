"""Properties of packages (`Package.properties`) that others read than who wrote them: their names, and what they say.

What a cataloger writes for people alone keeps its name to itself.
"""

from collections.abc import Mapping
from typing import Final, Protocol

BUNDLED_IN: Final = "bundled_in"
"""The name of the package or archive that this one is a copy in."""
CONTENTS: Final = "contents"
DEV: Final = "dev"
"""Of a package that only the development of an application needs: "true"."""
ENVIRONMENT: Final = "environment"
"""A variable of the image (`PYTHON_VERSION=3.12.1`) that agrees with the package's version."""
IMPLEMENTOR: Final = "implementor"
"""Who built a Java runtime, as its `release` file says."""
LICENSES_OF: Final = "licenses_of"
OF_SOURCE: Final = {LICENSES_OF: "source"}
"""Of a package whose licences are those of all that its source package holds."""
OF_TEXT: Final = {LICENSES_OF: "text"}
"""Of a package whose licences are those whose texts lie beside it."""
MODULARITY: Final = "modularity"
"""An rpm's modularity label, `nodejs:18:8080020230…:abcdef:x86_64`."""
PUBLISHED: Final = "publication"
UNPUBLISHED: Final = {PUBLISHED: "none"}
"""Of a package that says itself that no registry has it."""
PYTHON_NAME: Final = "python_name"
"""Of a conda package, what the Python package in it is called, where that is another name."""
RECOVERED: Final = "recovered_from"
"""Of a package whose database was erased: what told of it ("changelog", "log", "old database")."""
RELATIONSHIP: Final = "relationship"
"""What a package is to the program or project it stands in: "root", "workspace", "direct" or "indirect"."""
ROOT: Final = {RELATIONSHIP: "root"}
RUNTIME: Final = "runtime"
"""Of an application that comes with a runtime, the name of that ("erlang")."""
SIGNING_KEY: Final = "signing_key"
"""The ID of the key that an rpm says it is signed with: 16 hexadecimal digits in lower case."""
SLOT: Final = "slot"
"""A Gentoo package's slot and subslot (`3/3.2`)."""
SOURCE_RPM: Final = "sourcerpm"
"""The file name of the rpm's source, `bash-5.1.8-6.el9.src.rpm`."""

WORDPRESS: Final = "wordpress"
"""What a package is to WordPress: "plugin" or "theme"."""

MODEL_FORMATS: Final = frozenset({"gguf", "safetensors"})
NO_CODE: Final = {CONTENTS: "no-code"}
"""Of a package whose files hold nothing that could have a vulnerability: documentation, translations, headers."""

QUALIFIERS: Final[Mapping[str, tuple[str, ...]]] = {
    "conda": ("build", "channel", "subdir"),
    "gem": ("platform",),
    "nix": ("output",),
    "vscode-extension": ("platform",),
}
"""By package URL type, the properties that are qualifiers of a package URL under the same name."""


class HasProperties(Protocol):
    """A package, found or listed."""

    @property
    def properties(self) -> dict[str, str]: ...


def is_model(package: HasProperties) -> bool:
    """Whether a package is a machine-learning model, by the format of its file."""
    return package.properties.get("format") in MODEL_FORMATS


def bundled_in(package: HasProperties) -> str:
    """The name of the package or archive that this one is a copy in; empty for none."""
    return package.properties.get(BUNDLED_IN, "")


def has_no_code(package: HasProperties) -> bool:
    """Whether a package's files hold nothing that could have a vulnerability."""
    return package.properties.get(CONTENTS) == NO_CODE[CONTENTS]


def implementor(package: HasProperties) -> str:
    """Who built a Java runtime; empty when that is not known."""
    return package.properties.get(IMPLEMENTOR, "")


def runtime_of(package: HasProperties) -> str:
    """The runtime that a package comes with; empty for none."""
    return package.properties.get(RUNTIME, "")


def is_unpublished(package: HasProperties) -> bool:
    """Whether a package never came from a registry: it says so, or it is a member of the workspace around it."""
    return package.properties.get(PUBLISHED) == UNPUBLISHED[PUBLISHED] or relationship(package) == "workspace"


def is_root(package: HasProperties) -> bool:
    """Whether a package is the program or project itself, not what it is made of."""
    return package.properties.get(RELATIONSHIP) == ROOT[RELATIONSHIP]


def licenses_are_of_source(package: HasProperties) -> bool:
    """Whether the licences of a package are those of all that its source package holds."""
    return package.properties.get(LICENSES_OF) == OF_SOURCE[LICENSES_OF]


def licenses_are_of_text(package: HasProperties) -> bool:
    """Whether the licences of a package are those whose texts lie beside it."""
    return package.properties.get(LICENSES_OF) == OF_TEXT[LICENSES_OF]


def module_stream(package: HasProperties) -> str:
    """The `name:stream` of the module that an rpm was built in; empty when it has no label."""
    return ":".join(package.properties.get(MODULARITY, "").split(":")[:2])


def is_recovered(package: HasProperties) -> bool:
    """Whether a package is known by what was left of it when the package database was erased."""
    return RECOVERED in package.properties


def relationship(package: HasProperties) -> str:
    """What a package is to the program or project it stands in; empty when that is not known."""
    return package.properties.get(RELATIONSHIP, "")


def slot(package: HasProperties) -> str:
    """A Gentoo package's slot without its subslot; empty when it is not known."""
    return package.properties.get(SLOT, "").partition("/")[0]


def source_rpm(package: HasProperties) -> str:
    """The file name of an rpm's source; empty when it is not known."""
    return package.properties.get(SOURCE_RPM, "")
