"""The group of an artifact, by the evidence in its archive: the Java packages of its classes, the names of its bundle
and module, and the tables of groups. Without corroboration there is none.

Source: maven-bundle-plugin's DefaultMaven2OsgiConverter for how symbolic names are made of coordinates; sbt's
Defaults.packageOptions for the manifests that it writes.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from lading.inventory.catalogers.java.groups import family_group, groups, known_group, named_groups

_GROUP = re.compile(r"[a-z][\w-]*(?:\.[\w-]+)+", re.ASCII)
_WIDE = frozenset({"org.apache", "com.sun", "org.eclipse", "com.google", "org.jboss", "com.github", "io.github"})
"""Beginnings under which many publish that have nothing else in common."""
_STRONG, _NEAR, _ALIKE = 3, 2, 1
_MULTIPLATFORM = "-jvm"
"""What Kotlin's multiplatform builds append to names that advisories have without it."""
_BY_SBT = ("implementation-vendor", "specification-vendor")
"""Where sbt writes the group besides, when an organisation has no other name; elsewhere people are named there."""
_SHORTEST = 4
"""Characters that the words of a package and of a group must share to be alike."""


def group_of(artifact: str, version: str, manifest: Mapping[str, str], packages: Collection[str] | None) -> str:
    """The group of an artifact, empty when nothing decides. `packages` are those of the classes in the archive, dotted;
    None when they are not known; without any the manifest is believed."""
    vendor = manifest.get("implementation-vendor-id", "")
    if is_group(vendor) and all(manifest.get(key) == vendor for key in _BY_SBT):
        return vendor
    named = named_groups(artifact) or named_groups(artifact.removesuffix(_MULTIPLATFORM))
    family, well_known = family_group(artifact), known_group(artifact, version)
    derived = [*_unconverted(artifact, manifest)]
    stated = [vendor] if is_group(vendor) else []
    if not packages:
        above = symbolic_name(manifest).rpartition(".")[0]
        return next(filter(None, (well_known, family, *stated, *derived, above if is_group(above) else "")), "")
    if well_known and (_agreement(well_known, packages) or well_known.rpartition(".")[2] in artifact):
        return well_known
    scores: dict[str, tuple[int, int]] = {}
    for group in (*named, *filter(None, (family,)), *derived, *stated):
        agreement = _agreement(group, packages)
        is_named = group in named or group == family
        if agreement >= (_ALIKE if is_named or _is_spelt_out(group, artifact, manifest) else _NEAR):
            trust = 3 + 2 * (group in named) if group == family and agreement >= _NEAR else int(is_named)
            scores[group] = (agreement + trust + 2 * (group in derived) + (group in stated), len(group))
    return max(scores, key=scores.__getitem__) if scores else ""


def is_group(text: str) -> bool:
    """Whether a text can be a group that stands for one publisher."""
    return _GROUP.fullmatch(text) is not None and text not in _WIDE


def _agreement(group: str, packages: Iterable[str]) -> int:
    """How well a group fits the packages of classes, 0 when it does not."""
    begins = groups().packages.get(group, (group,))
    return max((_fit(begin, group, package) for package in packages for begin in begins), default=0)


def _fit(begin: str, group: str, package: str) -> int:
    if package == begin or package.startswith(f"{begin}."):
        return _STRONG
    parts, labels = group.split("."), package.split(".")
    common = next((at for at, (one, other) in enumerate(zip(parts, labels, strict=False)) if one != other), None)
    common = min(len(parts), len(labels)) if common is None else common
    shared = ".".join(parts[:common])
    if common >= 2 and (shared not in _WIDE or _alike(parts[common : common + 1], labels[common : common + 1])):
        return _NEAR
    words = [word for word in re.split(r"[-_]", parts[-1]) if word]
    if all(word in labels for word in words):
        return _STRONG if len(words) > 1 else _ALIKE
    return _ALIKE if _alike(words, labels) or _alike(parts[-1:], labels) else 0


def _alike(words: Collection[str], labels: Collection[str]) -> bool:
    """Whether one of the words is the beginning or the end of a label, or the other way round."""
    return any(
        len(short) >= _SHORTEST and (long.startswith(short) or long.endswith(short))
        for word in words
        for label in labels
        for short, long in ((word, label), (label, word))
    )


def _unconverted(artifact: str, manifest: Mapping[str, str]) -> Iterator[str]:
    """The groups of which, with the artifact, the name of the bundle or module is made, the likeliest first."""
    if is_group(parent := artifact.rpartition(".")[0]):
        yield parent  # as Eclipse names artifacts
    for name in (symbolic_name(manifest), manifest.get("automatic-module-name", "")):
        labels = name.split(".")
        for end in range(len(labels), 1, -1):
            group = ".".join(labels[:end])
            if is_group(group) and "-" not in labels[end - 1] and name in _symbolic_names(group, artifact):
                yield group
        if labels[-1] == artifact and "-" not in artifact and is_group(name):
            yield name


def _is_spelt_out(group: str, artifact: str, manifest: Mapping[str, str]) -> bool:
    """Whether the bundle's name is the group and the artifact, of which a hyphen tells where the artifact begins."""
    return "-" in artifact and symbolic_name(manifest) == f"{group}.{artifact}"


def _symbolic_names(group: str, artifact: str) -> tuple[str, ...]:
    """What the plugin calls a bundle whose artifact is not named as the end of its group is, and what people do."""
    last = group.rpartition(".")[2]
    rest = artifact[len(last) :].lstrip("-._") if artifact.startswith(last) else ""
    apart = rest or artifact
    return (f"{group}.{artifact}", f"{group}.{apart}", f"{group}.{apart.replace('-', '.')}")


def symbolic_name(manifest: Mapping[str, str]) -> str:
    """The bundle's name without its directives."""
    return manifest.get("bundle-symbolicname", "").partition(";")[0].strip()
