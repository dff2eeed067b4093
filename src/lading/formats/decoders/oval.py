"""OVAL definitions: what a vulnerability or a patch is, and a tree of tests that tell whether a system is concerned.

Source: the OVAL language 5.11 (https://oval.mitre.org/language/version5.11/), with the metadata that Red Hat, Oracle,
SUSE, Ubuntu, Debian, Photon and Azure Linux add in dialects of their own.
"""

import sys
from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from lading.model.ports import ByteStream
from lading.safeio.xmltree import Element, iter_elements

_OBJECT_KINDS = ("rpminfo", "dpkginfo", "rpmverifyfile", "textfilecontent54", "uname", "variable", "family", "file")


class Field(Struct, frozen=True):
    """What a state demands of a property of an item: of "evr" `operation` "less than" `value` "0:1.2-3.el8"; of "arch"
    "pattern match" "aarch64|x86_64"; of "signature_keyid" "equals" a key. `name` is OVAL's."""

    name: str
    operation: str
    value: str


class Probe(Struct, frozen=True):
    """`kind` is OVAL's name without its ending ("rpminfo", "dpkginfo", "uname", …). `names` are the packages looked at
    (several where a variable lists them), `fields` what every state demands of them: none asks only whether a package
    is installed. `check` and `existence` are OVAL's words, empty where the document has none. `extra` are other
    properties of the object (the path of "textfilecontent54"), `values` what a variable gives one of them (Ubuntu's
    patterns for the lines of a manifest)."""

    kind: str
    comment: str = ""
    names: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    check: str = ""
    existence: str = ""
    extra: tuple[tuple[str, str], ...] = ()
    values: tuple[str, ...] = ()

    def field(self, name: str) -> Field | None:
        """What is demanded of a property, None when nothing is."""
        return next((one for one in self.fields if one.name == name), None)


class Criterion(Struct, frozen=True):
    """A leaf of the tree; `test` is None when the document does not have it."""

    comment: str
    test: Probe | None = None
    negate: bool = False


class Criteria(Struct, frozen=True):
    """A node of the tree. `operator` is "AND", "OR", "ONE" or "XOR"."""

    operator: str = "AND"
    children: "tuple[Criteria | Criterion, ...]" = ()
    comment: str = ""
    negate: bool = False


class Reference(Struct, frozen=True):
    """`source` is upstream's word ("CVE", "RHSA", "elsa", "PHSA")."""

    source: str
    id: str
    url: str = ""


class VulnerabilityNote(Struct, frozen=True):
    """A vulnerability as the advisory's metadata lists it, with the attributes that are there: "cvss3" and "cvss2"
    (score and vector with a slash between), "cwe", "impact", "public", "href", "priority"."""

    id: str
    attributes: Mapping[str, str]


class Resolution(Struct, frozen=True):
    """Red Hat's word on components without a fix: `state` "Affected", "Fix deferred", "Will not fix", …"""

    state: str
    components: tuple[str, ...]


class Definition(Struct, frozen=True):
    """`kind` is OVAL's class ("patch", "vulnerability", "inventory", "miscellaneous"). `severity` is the upstream's
    word, `issued` and `updated` what it writes as dates. `notes` are the other plain elements of the metadata by name
    ("patchable", "advisory_id", "public_date", …), the first of each."""

    id: str
    kind: str
    title: str = ""
    description: str = ""
    platforms: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    severity: str = ""
    vulnerabilities: tuple[VulnerabilityNote, ...] = ()
    issued: str = ""
    updated: str = ""
    cpes: tuple[str, ...] = ()
    resolutions: tuple[Resolution, ...] = ()
    notes: Mapping[str, str] = {}
    criteria: Criteria = Criteria()


class Oval:
    """A document of any size. It is read twice, for its definitions stand before the tests they name: `open_document`
    gives its uncompressed bytes anew. Held in memory are the tests and one definition at a time.

    `timestamp` is when it was made. Both steps raise SafeIOError for what is broken.
    """

    def __init__(self, open_document: Callable[[], ByteStream]) -> None:
        self._open = open_document
        self._tests: dict[str, _TestParts] = {}
        self._objects: dict[str, _ObjectParts] = {}
        self._states: dict[str, tuple[Field, ...]] = {}
        self._variables: dict[str, tuple[str, ...]] = {}
        self.timestamp = ""
        self._read_tests()

    def definitions(self) -> Iterator[Definition]:
        """Every definition, in the document's order."""
        stream = self._open()
        try:
            for element in iter_elements(stream, ("definition",), last="definitions"):
                yield self._definition(element)
        finally:
            stream.close()

    def _read_tests(self) -> None:
        wanted = {"timestamp", "constant_variable"}
        wanted |= {f"{kind}_{part}" for kind in _OBJECT_KINDS for part in ("test", "object", "state")}
        stream = self._open()
        try:
            for element in iter_elements(stream, wanted):
                self._read_part(element)
        finally:
            stream.close()

    def _read_part(self, element: Element) -> None:
        key = element.attributes.get("id", "")
        kind, _, part = element.name.rpartition("_")
        if part == "test":
            self._tests[key] = _test_parts(sys.intern(kind), element)
        elif part == "object":
            self._objects[key] = _object_parts(element)
        elif part == "state":
            self._states[key] = _fields(element)
        elif part == "variable":
            self._variables[key] = tuple(one.text.strip() for one in element.all("value"))
        elif not self.timestamp:
            self.timestamp = element.text.strip()

    def _definition(self, element: Element) -> Definition:
        metadata = element.child("metadata")
        advisory = metadata.child("advisory")
        both = (*metadata.children, *advisory.children)
        dates = {one.name: one.attributes.get("date", "") for one in both}
        return Definition(
            id=element.attributes.get("id", ""),
            kind=element.attributes.get("class", ""),
            title=metadata.value("title"),
            description=metadata.value("description"),
            platforms=tuple(one.text.strip() for one in metadata.child("affected").all("platform")),
            references=tuple(map(_reference, metadata.all("reference"))),
            severity=next((one.text.strip() for one in both if one.name == "severity"), ""),
            vulnerabilities=tuple(
                VulnerabilityNote(one.text.strip(), one.attributes) for one in both if one.name == "cve"
            ),
            issued=dates.get("issued", ""),
            updated=dates.get("updated", ""),
            cpes=tuple(one.text.strip() for one in advisory.child("affected_cpe_list").all("cpe")),
            resolutions=tuple(map(_resolution, advisory.child("affected").all("resolution"))),
            notes={one.name: one.text.strip() for one in reversed(both) if one.name not in _KNOWN},
            criteria=self._criteria(element.child("criteria")),
        )

    def _criteria(self, element: Element) -> Criteria:
        children: list[Criteria | Criterion] = []
        for child in element.children:
            if child.name == "criteria":
                children.append(self._criteria(child))
            elif child.name in ("criterion", "extend_definition"):
                test = self._test(child.attributes.get("test_ref", ""))
                children.append(Criterion(child.attributes.get("comment", ""), test, _negated(child)))
        operator = element.attributes.get("operator", "AND").upper()
        return Criteria(operator, tuple(children), element.attributes.get("comment", ""), _negated(element))

    def _test(self, key: str) -> Probe | None:
        parts = self._tests.get(key)
        if parts is None:
            return None
        looked_at = self._objects.get(parts.object, _NOTHING)
        values = self._variables.get(looked_at.variable, ())
        return Probe(
            kind=parts.kind,
            comment=parts.comment,
            names=values if looked_at.variable_names else looked_at.names,
            fields=tuple(one for state in parts.states for one in self._states.get(state, ())),
            check=parts.check,
            existence=parts.existence,
            extra=looked_at.extra,
            values=() if looked_at.variable_names else values,
        )


def iter_leaves(criteria: Criteria) -> Iterator[tuple[Criterion, tuple[Criteria | Criterion, ...]]]:
    """Each leaf, with everything that has to hold beside it: what stands with it, or with what it is part of, in
    nodes that demand all their children (or have but one)."""
    yield from _leaves(criteria, ())


def _leaves(
    node: Criteria, beside: tuple[Criteria | Criterion, ...]
) -> Iterator[tuple[Criterion, tuple[Criteria | Criterion, ...]]]:
    every = node.operator == "AND"
    for place, child in enumerate(node.children):
        others = (*beside, *node.children[:place], *node.children[place + 1 :]) if every else beside
        if isinstance(child, Criterion):
            yield child, others
        else:
            yield from _leaves(child, others)


class _TestParts(Struct, frozen=True, gc=False):
    kind: str
    comment: str
    object: str
    states: tuple[str, ...]
    check: str
    existence: str


class _ObjectParts(Struct, frozen=True):
    names: tuple[str, ...] = ()
    variable: str = ""
    variable_names: bool = False
    extra: tuple[tuple[str, str], ...] = ()


_NOTHING = _ObjectParts()
_KNOWN = frozenset(
    ("advisory", "affected", "affected_cpe_list", "cve", "description", "reference", "severity", "title")
)


def _test_parts(kind: str, element: Element) -> _TestParts:
    return _TestParts(
        kind=kind,
        comment=sys.intern(element.attributes.get("comment", "")),
        object=sys.intern(element.child("object").attributes.get("object_ref", "")),
        states=tuple(sys.intern(one.attributes.get("state_ref", "")) for one in element.all("state")),
        check=sys.intern(element.attributes.get("check", "")),
        existence=sys.intern(element.attributes.get("check_existence", "")),
    )


def _object_parts(element: Element) -> _ObjectParts:
    name = element.child("name")
    text = sys.intern(name.text.strip())
    variables = (one.attributes.get("var_ref", "") for one in element.children)
    others = ((one.name, one.text.strip()) for one in element.children if one.name not in ("name", "behaviors"))
    return _ObjectParts(
        names=(text,) if text else (),
        variable=next(filter(None, variables), ""),
        variable_names="var_ref" in name.attributes,
        extra=tuple(one for one in others if one[1]),
    )


def _fields(element: Element) -> tuple[Field, ...]:
    return tuple(
        Field(sys.intern(one.name), sys.intern(one.attributes.get("operation", "equals")), one.text.strip())
        for one in element.children
    )


def _reference(element: Element) -> Reference:
    given = element.attributes
    return Reference(given.get("source", ""), given.get("ref_id", "").strip(), given.get("ref_url", ""))


def _resolution(element: Element) -> Resolution:
    components = tuple(one.text.strip() for one in element.all("component"))
    return Resolution(element.attributes.get("state", ""), components)


def _negated(element: Element) -> bool:
    return element.attributes.get("negate", "").lower() in ("true", "1")
