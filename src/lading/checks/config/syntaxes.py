"""The syntaxes of configuration files: from a text to its settings, each with its line, name and value.

Names are in lower case and joined by dots from the outermost section on; `[]` stands for an entry of a list. What
cannot be read gives what comes before it: a check never fails a scan.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from lading.model.errors import LadingError
from lading.safeio.xmltree import Element, read_xml
from lading.safeio.yaml_text import parse_yaml


class Setting(NamedTuple):
    """One setting; `line` from 1, 0 where it is not known. `more` are values besides, such as attributes."""

    line: int
    name: str
    value: str
    more: Mapping[str, str] = {}


_DEEPEST: Final = 30
_LONGEST: Final = 4_000


def read_words(text: str) -> Iterator[Setting]:
    """`Name value`, `#` begins a comment: redis, Apache, `ld.so.preload`."""
    for number, line in _lines(text):
        name, _, value = line.replace("\t", " ").partition(" ")
        if name and not name.startswith(("#", ";")):
            yield Setting(number, name.lower(), _unquoted(value.strip()))


def read_first_words(text: str) -> Iterator[Setting]:
    """As `read_words`, `=` between them too, where the first of a name counts and conditions stand behind `Match` or
    `Host`, whose settings have the name of that before them (sshd_config(5), ssh_config(5))."""
    seen: set[str] = set()
    block = ""
    for number, line in _lines(text):
        name, _, value = re.sub(r"[=\t]", " ", line, count=1).partition(" ")
        name = name.lower()
        if not name or name.startswith("#"):
            continue
        if name in ("match", "host"):
            block = "" if name == "host" and value.strip() == "*" else f"{name}."
        elif f"{block}{name}" not in seen:
            seen.add(f"{block}{name}")
            yield Setting(number, f"{block}{name}", _unquoted(value.strip()))


def read_ini(text: str) -> Iterator[Setting]:
    """`[section]`, `name = value` or a name alone; `#`, `;` and `!` begin comments: MySQL, PHP, npm, properties."""
    section = ""
    for number, line in _lines(text):
        if not line or line[0] in "#;!":
            continue
        if line.startswith("[") and "]" in line:
            section = line[1 : line.index("]")].strip().strip('"').lower()
            continue
        found = _ASSIGNMENT.match(line)
        name, value = (found[1], found[2]) if found else (line, "")
        yield Setting(number, f"{section}.{name.strip().lower()}".lstrip("."), _unquoted(_uncommented(value)))


_ASSIGNMENT: Final = re.compile(r"([^=:\s][^=:]*?)\s*[=:]\s*(.*)", re.DOTALL)


def read_apt(text: str) -> Iterator[Setting]:
    """apt.conf(5) as `Name "value";`, blocks in braces; source lists in one line each or as stanzas
    (sources.list(5)): `deb` with the options and the address."""
    blocks: list[str] = []
    stanza: dict[str, tuple[int, str]] = {}
    for number, line in (*_lines(text), (0, "")):
        if not line:
            yield from _stanza(stanza)
            stanza = {}
        elif line.startswith(("#", "//")):
            continue
        elif found := _ONE_LINE.match(line):
            yield Setting(number, "deb", found["uri"], {"options": (found["options"] or "").lower()})
        elif found := _FIELD.match(line):
            stanza[found[1].lower()] = (number, found[2])
        elif found := _APT.match(line):
            yield Setting(number, "::".join([*blocks, found[1]]).lower(), found[2])
        elif line.endswith("{"):
            blocks.append(line[:-1].strip())
        elif line.startswith("}"):
            del blocks[-1:]


_ONE_LINE: Final = re.compile(r"deb(?:-src)?\s+(?:\[(?P<options>[^\]]*)\]\s*)?(?P<uri>\S+)")
_FIELD: Final = re.compile(r"(Types|URIs|Suites|Components|Signed-By|Trusted|Allow-Insecure|Enabled):\s*(.*)", re.I)
_APT: Final = re.compile(r'([\w:-]+)\s+"?([^";]*)"?;')


def _stanza(fields: Mapping[str, tuple[int, str]]) -> Iterator[Setting]:
    line, addresses = fields.get("uris", (0, ""))
    if fields.get("enabled", (0, ""))[1].lower() != "no":
        options = " ".join(f"{name}={fields[name][1].lower()}" for name in _OPTIONS if name in fields)
        for one in addresses.split():
            yield Setting(line, "deb", one, {"options": options})


_OPTIONS: Final = ("trusted", "allow-insecure", "signed-by")


def read_lines(text: str) -> Iterator[Setting]:
    """Every line but comments, of the name `line`: apk's repositories, sudoers, crontabs, authorized keys."""
    for number, line in _lines(text):
        if line and not line.startswith("#"):
            yield Setting(number, "line", line)


def read_nginx(text: str) -> Iterator[Setting]:
    """`name value;`, blocks in braces (https://nginx.org/en/docs/beginners_guide.html#conf_structure)."""
    for number, line in _lines(text):
        for found in _DIRECTIVE.finditer(line.partition("#")[0]):
            yield Setting(number, found[1].lower(), _unquoted(found[2].strip()))


_DIRECTIVE: Final = re.compile(r"([\w]+)\s+([^;{}]*);")


def read_json(text: str) -> Iterator[Setting]:
    """A JSON document; comments in lines of their own are passed over."""
    try:
        document = json.loads(re.sub(r"(?m)^\s*//.*$", "", text))
    except (ValueError, RecursionError):
        return
    yield from _flat(document, text)


def read_toml(text: str) -> Iterator[Setting]:
    """A TOML document."""
    from tomllib import TOMLDecodeError, loads

    try:
        document = loads(text)
    except (TOMLDecodeError, ValueError, RecursionError):
        return
    yield from _flat(document, text)


def read_yaml(text: str) -> Iterator[Setting]:
    """A YAML document."""
    try:
        document = parse_yaml(text.encode())
    except (LadingError, ValueError, RecursionError):
        return
    yield from _flat(document, text)


def read_markup(text: str) -> Iterator[Setting]:
    """An XML document: an element by its own name, its text as the value, its attributes besides as `@name`."""
    try:
        root = read_xml(text.encode("utf-8", "replace"))
    except (LadingError, ValueError):
        return
    find = _Finder(text)
    for element in _elements(root):
        attributes = {f"@{name.lower()}": str(value)[:_LONGEST] for name, value in element.attributes.items()}
        name = element.name.lower()
        yield Setting(find.line(f"<{element.name}"), name, element.text.strip()[:_LONGEST], attributes)


def read_python(text: str) -> Iterator[Setting]:
    """Assignments of a program: `DEBUG = True`, `$cfg['a']['b'] = true;`, `define('A', true);`"""
    for number, line in _lines(text):
        found = _PYTHON.match(line) or _DEFINE.match(line)
        if found:
            name = re.sub(r"\W+", ".", found[1]).strip(".")
            yield Setting(number, name.lower(), _unquoted(_uncommented(found[2]).rstrip("; ")))


_PYTHON: Final = re.compile(r"""(\$?[A-Za-z_][\w.\[\]'"$]*)\s*=\s*([^=].*)""")
_DEFINE: Final = re.compile(r"""define\(\s*['"](\w+)['"]\s*,\s*(.+?)\s*\)\s*;""")

SYNTAXES: Final[Mapping[str, Callable[[str], Iterator[Setting]]]] = {
    "apt": read_apt,
    "first-words": read_first_words,
    "ini": read_ini,
    "json": read_json,
    "lines": read_lines,
    "nginx": read_nginx,
    "program": read_python,
    "toml": read_toml,
    "words": read_words,
    "xml": read_markup,
    "yaml": read_yaml,
}
"""By the names that data/formats.json has."""


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        yield number, line.strip()[:_LONGEST]


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


def _uncommented(value: str) -> str:
    """Without what stands behind ` ;` or ` #`; within quotes that is no comment."""
    value = value.strip()
    if value[:1] in ("'", '"'):
        end = value.find(value[0], 1)
        return value[: end + 1] if end > 0 else value
    return re.split(r"\s[#;]", value, maxsplit=1)[0].strip()


class _Finder:
    """Finds the lines of what a document states, in its order."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._counted = 0
        self._line = 1

    def line(self, mark: str) -> int:
        """The line of the next place of a mark; 0 where there is none."""
        place = self._text.find(mark, self._at)
        if place < 0:
            return 0
        self._at = place + len(mark)
        self._line += self._text.count("\n", self._counted, place)
        self._counted = place
        return self._line


def _flat(document: Any, text: str) -> Iterator[Setting]:
    find = _Finder(text)
    waiting: list[tuple[str, Any, int, int]] = [("", document, 0, 0)]
    while waiting:
        name, value, depth, line = waiting.pop()
        if depth > _DEEPEST:
            continue
        if isinstance(value, dict):
            inside = [(f"{name}.{key}".lstrip(".").lower(), one, depth + 1, str(key)) for key, one in value.items()]
            waiting += [(path, one, deep, -1) for path, one, deep, _ in reversed(inside)]
        elif isinstance(value, list):
            waiting += [(f"{name}[]", one, depth + 1, -1) for one in reversed(value)]
            words = [str(one) for one in value if isinstance(one, str | int | float)]
            if words:
                yield Setting(find.line(_key(name)), name, " ".join(words)[:_LONGEST])
        else:
            yield Setting(line if line > 0 else find.line(_key(name)), name, _scalar(value))


def _key(name: str) -> str:
    return name.removesuffix("[]").rpartition(".")[2]


def _scalar(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)[:_LONGEST]


def _elements(root: Element) -> Iterator[Element]:
    waiting = [root]
    while waiting:
        element = waiting.pop()
        yield element
        waiting += reversed(element.children)
