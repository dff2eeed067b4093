"""Assemblies and other PE files, by what their version resource says.

Source: .NET's assembly attributes; NuGet's tools write a package's version into AssemblyInformationalVersion, which
becomes the resource's ProductVersion, often with the commit behind a `+`.
"""

import re

from lading.inventory.catalogers.cataloger import CatalogerResult, FoundPackage
from lading.inventory.executables.pe import VersionInfo, read_version_info
from lading.model.reader import WantedFile

SUFFIXES = (".dll", ".exe")
TEXTS = ".resources.dll"
"""Texts in one language, which come with an assembly of their own."""
_VERSION = re.compile(r"\d{1,9}(?:\.\d{1,9}){1,3}(?:-[0-9A-Za-z.-]+)?")
# Parts of .NET and of Windows are versioned with the whole; their own numbers are not those of any package.
_FRAMEWORK = re.compile(r"Microsoft\S* (?:\.NET|Windows\S* Operating System)")


def parse_assembly(file: WantedFile) -> CatalogerResult:
    """The package that an assembly was presumably built as; what other PE files are, for nobody else may know."""
    info = read_version_info(file.content)
    return CatalogerResult() if info is None else describe(file.path, info)


def describe(path: str, info: VersionInfo) -> CatalogerResult:
    """The facts of one PE file."""
    file_name = path.rpartition("/")[2]
    if not info.is_dotnet:
        return CatalogerResult(unknown="PE executable" if file_name.lower().endswith(".exe") else "PE library")
    if file_name.lower().endswith(TEXTS):
        return CatalogerResult()
    version = _VERSION.match(info.strings.get("ProductVersion", ""))
    if version is None or _FRAMEWORK.match(info.strings.get("ProductName", "")):
        return CatalogerResult(unknown=".NET assembly")
    package = FoundPackage(
        type="nuget",
        name=info.assembly or file_name.rpartition(".")[0],
        version=version[0],
        files=(path,),
        evidence="binary",
        properties={"company": company} if (company := info.strings.get("CompanyName")) else {},
    )
    return CatalogerResult(packages=(package,))
