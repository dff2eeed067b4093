"""Java virtual machines, by the `release` file in their home directory.

Source: JEP 223 and the OpenJDK make files (JAVA_VERSION, IMPLEMENTOR, IMAGE_TYPE …); jlink, which writes two of them
(JAVA_VERSION, MODULES); Adoptium's additions
(FULL_VERSION, SEMANTIC_VERSION, JVM_VARIANT); product names as in the NVD's CPE dictionary.
"""

import re
from collections.abc import Mapping

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.model.properties import IMPLEMENTOR
from lading.model.reader import WantedFile

_LARGEST = 100_000
_VERSIONS = ("JAVA_RUNTIME_VERSION", "FULL_VERSION", "SEMANTIC_VERSION", "JAVA_VERSION")
_SHARED = ("", "usr", "usr/local")
_PROOFS = ("IMPLEMENTOR", "OS_ARCH", "OS_NAME", "JAVA_RUNTIME_VERSION", "MODULES")
_JRE_HOME = re.compile(r"jre[^/]*/release$")
_UPDATE = re.compile(r"1\.(?P<major>\d+)\.0(?:_(?P<update>\d+))?", re.ASCII)
_DISTRIBUTIONS = tuple(
    (re.compile(words), name)
    for words, name in (
        ("graalvm", "graalvm"),
        ("mandrel", "mandrel"),
        ("temurin|adoptium", "temurin"),
        ("adoptopenjdk", "adoptopenjdk"),
        ("amazon|corretto", "corretto"),
        ("azul|zulu", "zulu"),
        ("bellsoft|liberica", "liberica"),
        ("semeru", "semeru"),
        (r"\bibm\b|international business machines", "ibm-jdk"),
        (r"\bsap\b|sapmachine", "sapmachine"),
        ("microsoft", "microsoft-openjdk"),
        ("alibaba|dragonwell", "dragonwell"),
        ("tencent|kona", "kona"),
        ("bisheng", "bisheng"),
        ("jetbrains", "jetbrains-runtime"),
    )
)

"""Words of the implementor's name or of the path, and how that distribution of Java is called."""
_VENDOR_CPES = {
    "corretto": "amazon:corretto",
    "dragonwell": "alibaba:dragonwell",
    "graalvm": "oracle:graalvm",
    "ibm-jdk": "ibm:java",
    "liberica": "bellsoft:liberica",
    "semeru": "ibm:semeru_runtime",
    "zulu": "azul:zulu",
}


def parse_release(file: WantedFile) -> CatalogerResult:
    """The virtual machine whose home directory the file lies in; nothing for other files of that name."""
    if len(file.content) > _LARGEST or b"JAVA_VERSION" not in file.data:
        return CatalogerResult()
    lines = (line.partition("=") for line in file.text.splitlines())
    fields = {key.strip(): value.strip().strip('"').strip() for key, _, value in lines}
    java = fields.get("JAVA_VERSION", "")
    version = next((fields[key] for key in _VERSIONS if fields.get(key)), "")
    if not java or not any(key in fields for key in _PROOFS):
        return CatalogerResult()
    image = _image_type(fields, file.path)
    name = _name(fields, file.path, image)
    properties = {IMPLEMENTOR: fields.get("IMPLEMENTOR", ""), "image_type": image}
    package = FoundPackage(
        type="generic",
        name=name,
        version=version,
        files=_files(file.path.rpartition("/")[0]),
        evidence="binary",
        cpes=_cpes(name, java, fields, image),
        properties={key: value for key, value in properties.items() if value},
    )
    return CatalogerResult(packages=(package,))


def _files(home: str) -> tuple[str, ...]:
    """What belongs to it of its home directory; of one that it shares with everything else nothing."""
    return () if home in _SHARED else tuple(f"{home}/{name}/" for name in ("bin", "jre", "lib"))


def _name(fields: Mapping[str, str], path: str, image: str) -> str:
    """What the distribution is called. Oracle's own builds of OpenJDK and its commercial JDK name the same implementor;
    only the latter say that they are commercial."""
    said = f"{fields.get('IMPLEMENTOR', '')} {fields.get('IMPLEMENTOR_VERSION', '')}".lower().strip()
    name = next((name for words, name in _DISTRIBUTIONS if words.search(said or path.lower())), "")
    if name == "ibm-jdk" and fields.get("JVM_VARIANT", "").lower() == "openj9":
        return "semeru"
    if name:
        return name
    if "GRAALVM_VERSION" in fields:
        return "graalvm"
    if fields.get("BUILD_TYPE") == "commercial":
        return f"oracle-{(image or 'jdk').lower()}"
    return "openjdk"


def _image_type(fields: Mapping[str, str], path: str) -> str:
    """ "JDK", "JRE" or empty: what the file says, or whether the compiler is among its modules."""
    if (stated := fields.get("IMAGE_TYPE", "").upper()) in ("JDK", "JRE"):
        return stated
    if modules := fields.get("MODULES"):
        return "JDK" if "jdk.compiler" in modules.split() else "JRE"
    return "JRE" if _JRE_HOME.search(path) else ""


def _cpes(name: str, java: str, fields: Mapping[str, str], image: str) -> tuple[str, ...]:
    """The names under which the NVD lists it. Java 8 and older have the form 1.8.0_402: Oracle's JDK is listed as
    version 1.8.0, update 402, OpenJDK as version 8, update 402."""
    if name == "graalvm":
        version = fields.get("GRAALVM_VERSION", "") or java
        return (_cpe("oracle:graalvm", version), _cpe("oracle:graalvm_for_jdk", java))
    if name.startswith("oracle-"):
        return (_cpe(f"oracle:{(image or 'jdk').lower()}", *_split(java, old=True)),)
    cpes = [_cpe("oracle:openjdk", *_split(java, old=False))]
    if name in _VENDOR_CPES:
        vendor_version = re.sub(r"^[A-Za-z-]+", "", fields.get("IMPLEMENTOR_VERSION", ""))
        cpes.append(_cpe(_VENDOR_CPES[name], re.split(r"[^\d._]", vendor_version)[0] or java))
    return tuple(cpes)


def _split(java: str, old: bool) -> tuple[str, str]:
    """Version and update as the NVD writes them; `old` keeps the leading 1."""
    match = _UPDATE.match(java)
    if match is None:
        return java, ""
    update = f"update{int(match['update'][:9])}" if match["update"] else ""
    return (f"1.{match['major']}.0" if old else match["major"]), update


def _cpe(product: str, version: str, update: str = "") -> str:
    """A CPE 2.3 name; what is not a letter, digit, hyphen, dot or underscore is left out of the version."""
    clean = re.sub(r"[^\w.-]", "", version.lower(), flags=re.ASCII).replace("-", r"\-") or "*"
    return f"cpe:2.3:a:{product}:{clean}:{update or '*'}:*:*:*:*:*:*"


CATALOGER = Cataloger(
    name="jvm",
    version=3,
    parse=parse_release,
    patterns=("**/release",),
)
