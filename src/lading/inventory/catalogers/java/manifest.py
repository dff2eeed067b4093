"""META-INF/MANIFEST.MF: what an archive's main section says of it.

Source: the JAR File Specification (lines end in CR, LF or both; a line that begins with a space continues the last
one; names in any case), OSGi Core 3.2.1 for `Bundle-*`, Jenkins' and NiFi's plug-in archives for theirs.
"""

import re
from collections.abc import Mapping

from lading.model.errors import FormatError

_SECTION_END = re.compile(rb"\r\n\r\n|\n\n|\r\r|\n\r\n")
_LINE_END = re.compile(rb"\r\n|\r|\n")
_CONTINUED = re.compile(rb"(?:\r\n|\r|\n) ")
_WANTED = frozenset(
    {
        "artifact-id",
        "automatic-module-name",
        "bundle-license",
        "bundle-name",
        "bundle-symbolicname",
        "bundle-vendor",
        "bundle-version",
        "extension-name",
        "group-id",
        "implementation-title",
        "implementation-vendor",
        "implementation-vendor-id",
        "implementation-version",
        "main-class",
        "nar-group",
        "nar-id",
        "nar-version",
        "plugin-version",
        "short-name",
        "specification-title",
        "specification-vendor",
        "specification-version",
        "start-class",
        "weave-classes",
    }
)
_PLACEHOLDER = re.compile(r"[$@#%]\{|^@.*@$")
_LARGEST = 1_000_000
_LONGEST = 1000
_LICENSE = re.compile(r'(?:"([^"]*)"|([^;,"]+))(?:;(?:"[^"]*"|[^,"])*)?,?')
_LICENSE_PAGES = (
    ("apache.org/licenses/license-2.0", "Apache-2.0"),
    ("opensource.org/licenses/apache-2.0", "Apache-2.0"),
    ("opensource.org/licenses/mit", "MIT"),
    ("opensource.org/licenses/bsd-3-clause", "BSD-3-Clause"),
    ("eclipse.org/legal/epl-2.0", "EPL-2.0"),
    ("eclipse.org/legal/epl-v20", "EPL-2.0"),
    ("eclipse.org/legal/epl-v10", "EPL-1.0"),
)


def parse_manifest(data: bytes) -> Mapping[str, str]:
    """The main section's attributes that identify an archive, by lower-case name. Raises FormatError when that section
    is above 1 MB."""
    main = _SECTION_END.split(data.lstrip(b"\xef\xbb\xbf\r\n"), maxsplit=1)[0]
    if len(main) > _LARGEST:
        raise FormatError(f"the main section of its manifest has {len(main):,} bytes")
    fields: dict[str, str] = {}
    for line in _LINE_END.split(_CONTINUED.sub(b"", main)):
        name, colon, value = line.partition(b":")
        key = name.decode("latin-1").lower()
        if colon and key in _WANTED:
            text = value.decode("utf-8", "backslashreplace").strip()
            if 0 < len(text) <= _LONGEST and not is_placeholder(text):
                fields[key] = text
    return fields


def is_placeholder(text: str) -> bool:
    """Whether a build was to fill the text in and did not: `${project.version}`."""
    return _PLACEHOLDER.search(text) is not None


def bundle_licenses(text: str) -> tuple[str, ...]:
    """The names in a `Bundle-License`: `"EPL-2.0";link="…",…`. Well-known pages are given as their licence."""
    names = []
    for quoted, plain in _LICENSE.findall(text):
        name = (quoted or plain).strip()
        names.append(next((known for page, known in _LICENSE_PAGES if page in name.lower()), name))
    return tuple(dict.fromkeys(name for name in names if name))
