"""Ruby: the gems RubyGems and Bundler installed, by the specifications they wrote.

Source: RubyGems' `Gem::Specification#to_ruby` and `Gem::StubSpecification` (the `# stub:` line); Bundler writes the
specifications of gems it took from git in the same way. Installing writes every value out, so that no Ruby has to be
run; the gemspec of a source tree computes them, and says nothing of what is installed. What was compiled for a gem lies
in a directory of its full name as well, with an empty file when that was done (Gem::BasicSpecification#extension_dir).
"""

import re
from collections import defaultdict
from collections.abc import Mapping

from msgspec import structs

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.inventory.needs import bounded, bounded_constraints
from lading.inventory.people import people, person
from lading.inventory.unread import fault_of, left_out, unread
from lading.model.reader import WantedFile
from lading.safeio.lines import beginning

_STUB = re.compile(r"^# stub: (\S+) (\S+) (\S+)", re.MULTILINE)
_FIELD = re.compile(
    r"^[ \t]*\w+\.(name|version|licenses?|platform|authors?|email)[ \t]*=[ \t]*(\[[^\]]{0,1000}\]|[^\n]*)", re.MULTILINE
)
_NEED = re.compile(
    r"^[ \t]*\w+\.add_(?:runtime_)?dependency[ (]+(?:%q<([^>\n]*)>|\"([^\"\\\n]*)\"|'([^'\\\n]*)')"
    r"(?:\.freeze)?(?:, ?\[([^\]\n]{0,500})\])?",
    re.MULTILINE,
)
_QUOTED = re.compile(r"\"([^\"\\\n]*)\"|'([^'\\\n]*)'")
_VERSION_CALL = re.compile(r"Gem::Version\.(?:new|create)[ (][ \t]*")
_STRING = re.compile(r"\"([^\"\\\n]*)\"|'([^'\\\n]*)'|%[qQ]?(?:\{([^{}\n]*)\}|\(([^()\n]*)\)|\[([^][\n]*)\])")
_WORDS = re.compile(r"%[wW](?:\{([^}]*)\}|\(([^)]*)\)|\[([^]]*)\])")
_FULL_NAME = re.compile(r"(.+?)-(\d[0-9A-Za-z.]*)(?:-(.+))?")
_BUILT = "gem.build_complete"
_EXTENSION = re.compile(rf"(?P<home>(?:.*/)?)extensions/[^/]+/[^/]+/(?P<name>[^/]+)/{re.escape(_BUILT)}")
_REVISION = re.compile(r"(?:^|/)bundler/gems/[^/]+-([0-9a-f]{7,40})(?:/|$)")


def parse_gemspec(file: WantedFile) -> CatalogerResult:
    """The gem of an installed specification. What it does not write out is taken from its stub line, or from the name
    of the file."""
    text = beginning(file.content)
    directory, _, file_name = file.path.rpartition("/")
    full_name = file_name.removesuffix(".gemspec")
    revision = _REVISION.search(directory)
    stub = _STUB.search(text)
    if revision and not stub:
        return CatalogerResult()
    known = stub or (None if revision else _FULL_NAME.fullmatch(full_name))
    fields: dict[str, str] = {}
    for match in _FIELD.finditer(text):
        fields.setdefault(match[1], match[2])
    name = _string(fields.get("name", "")) or (known[1] if known else "")
    version = _string(fields.get("version", "")) or (known[2] if known else "")
    if fault := fault_of(name, version, "gem", "the specification"):
        return CatalogerResult(diagnostics=(left_out(file.path, fault),))
    is_other = stub is not None and (stub[1], stub[2]) != (name, version)
    # RubyGems finds gems by the stub line, and takes what it says for the specification's.
    diagnostics = (unread(file.path, "RubyGems", f"the stub line says {stub[0][8:80]}"),) if stub and is_other else ()
    platform = _string(fields.get("platform", "")) or (known[3] if known else "") or "ruby"
    properties = {
        "default": "true" if directory.endswith("specifications/default") else "",
        "platform": platform if platform != "ruby" else "",
        "revision": revision[1] if revision else "",
    }
    home = directory.removesuffix("/default").removesuffix("specifications")
    needs = [_need(match) for match in _NEED.finditer(text)]
    package = FoundPackage(
        type="gem",
        name=name,
        version=version,
        maintainer=_maker(fields),
        licenses=_strings(fields.get("licenses", "")) or _strings(fields.get("license", "")),
        files=(f"{directory}/" if revision else f"{home}gems/{full_name}/",),
        properties={key: value for key, value in properties.items() if value},
        requires=bounded(name for name, _ in needs),
        constraints=bounded_constraints(needs),
    )
    return CatalogerResult(packages=(package,), diagnostics=diagnostics)


def combine(facts: Mapping[str, CatalogerResult]) -> Mapping[str, CatalogerResult]:
    """The gems with what was compiled for them; those of Bundler's from git lie beside `extensions` themselves."""
    compiled: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(facts):
        if match := _EXTENSION.fullmatch(path):
            for directory in (f"{match['home']}gems/{match['name']}/", f"{match['home']}{match['name']}/"):
                compiled[directory].append(path.removesuffix(_BUILT))
    return {path: _with_compiled(found, compiled) for path, found in facts.items()}


def _with_compiled(found: CatalogerResult, compiled: Mapping[str, list[str]]) -> CatalogerResult:
    if not any(file in compiled for one in found.packages for file in one.files):
        return found
    packages = (
        structs.replace(one, files=(*one.files, *(more for file in one.files for more in compiled.get(file, ()))))
        for one in found.packages
    )
    return structs.replace(found, packages=tuple(packages))


def _parse(file: WantedFile) -> CatalogerResult:
    return CatalogerResult(companion=b"built") if file.path.endswith(_BUILT) else parse_gemspec(file)


def _maker(fields: dict[str, str]) -> str:
    authors = _strings(fields.get("authors", "")) or _strings(fields.get("author", ""))
    addresses = _strings(fields.get("email", ""))
    return person(authors[0], "".join(addresses[:1])) if len(authors) == 1 else people(map(person, authors))


def _need(match: re.Match[str]) -> tuple[str, str]:
    """A gem that is needed, and the versions: `["~> 2.0", ">= 2.0.1"]`."""
    *names, versions = match.groups()
    stated = [first or second for first, second in _QUOTED.findall(versions or "")]
    return next(filter(None, names), ""), ", ".join(stated)


def _string(code: str) -> str:
    """The string that a piece of Ruby stands for, "" when it has to be computed."""
    call = _VERSION_CALL.match(code)
    match = _STRING.match(code, call.end() if call else 0)
    if match is None or code[match.end() :].lstrip().startswith("+"):
        return ""
    return _content(match)


def _strings(code: str) -> tuple[str, ...]:
    """The string, or the strings of an array."""
    words = _WORDS.match(code)
    if words is not None:
        return tuple((words[1] or words[2] or words[3] or "").split())
    return tuple(text for match in _STRING.finditer(code) if (text := _content(match)))


def _content(match: re.Match[str]) -> str:
    text = next((group for group in match.groups() if group is not None), "").strip()
    return "" if "#{" in text else text


CATALOGER = Cataloger(
    name="ruby",
    version=5,
    parse=_parse,
    patterns=(
        "**/specifications/*.gemspec",
        "**/specifications/default/*.gemspec",
        "**/bundler/gems/*/*.gemspec",
        "**/bundler/gems/*/*/*.gemspec",
        f"**/extensions/*/*/*/{_BUILT}",
    ),
    combine=combine,
)
