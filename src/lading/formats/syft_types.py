"""The words that Syft, and with it Grype, has for kinds of packages.

Source: syft/pkg/type.go and syft/pkg/language.go of https://github.com/anchore/syft.
"""

from collections.abc import Mapping
from typing import Final

TYPES: Final[Mapping[str, str]] = {
    "alpm": "alpm",
    "apk": "apk",
    "binary": "generic",
    "bitnami": "bitnami",
    "conan": "conan",
    "dart-pub": "pub",
    "deb": "deb",
    "dotnet": "nuget",
    "gem": "gem",
    "go-module": "golang",
    "hackage": "hackage",
    "hex": "hex",
    "java-archive": "maven",
    "jenkins-plugin": "maven",
    "npm": "npm",
    "opam": "opam",
    "php-composer": "composer",
    "pod": "cocoapods",
    "portage": "ebuild",
    "python": "pypi",
    "R-package": "cran",
    "rpm": "rpm",
    "rust-crate": "cargo",
    "swift": "swift",
}
"""Package URL types by Syft's."""

SYFT_TYPES: Final[Mapping[str, str]] = {purl: syft for syft, purl in reversed(tuple(TYPES.items()))}
"""Syft's by package URL type, the common one of several."""
LANGUAGES: Final[Mapping[str, str]] = {
    "cargo": "rust", "cocoapods": "swift", "composer": "php", "conan": "c++", "cran": "R", "gem": "ruby",
    "golang": "go", "hackage": "haskell", "hex": "elixir", "maven": "java", "npm": "javascript", "nuget": "dotnet",
    "pub": "dart", "pypi": "python", "swift": "swift",
}  # fmt: skip
"""Syft's languages by package URL type."""
