"""Which builds an advisory speaks of: functions of Go programs, products."""

import pytest
from msgspec import structs

from lading.match.conditions import ImageContext
from lading.match.packages import match_packages
from lading.model.advisory import Advisory, Condition, Import, ShardName
from lading.model.finding import Finding
from lading.model.package import Location, Package
from tests.samples import FakeStore, fixed_vulnerability

NET = Package("golang.org/x/net", "v0.16.0", "golang", locations=(Location("usr/bin/app", 1),))


class Functions:
    def __init__(self, *names: str) -> None:
        self._names = names

    def holds(self, name: str, /) -> bool:
        return name in self._names

    def uses(self, package: str, /) -> bool:
        return any(name.startswith(f"{package}.") for name in self._names)


def match(context: ImageContext, *advisories: Advisory, package: Package = NET) -> list[Finding]:
    store = FakeStore({"go": advisories}, schemes={"go": "golang"})
    provenance = store.provenance(ShardName("go"))
    assert provenance is not None
    return match_packages([package], [provenance], context, store)


def vulnerability(*imports: Import, id: str = "GO-2023-2102") -> Advisory:
    condition = Condition(imports=imports)
    return structs.replace(
        fixed_vulnerability(id, "golang.org/x/net", "0.17.0"), aliases=("CVE-2023-39325",), condition=condition
    )


SERVER = Import("golang.org/x/net/http2", ("Server.ServeConn",))


@pytest.mark.parametrize(
    ("functions", "imports", "found"),
    [
        (Functions("golang.org/x/net/http2.Server.ServeConn"), (SERVER,), True),
        (Functions("golang.org/x/net/http2.Transport.RoundTrip"), (SERVER,), False),
        (Functions("golang.org/x/net/http2.Transport.RoundTrip"), (Import("golang.org/x/net/http2"),), True),
        (Functions("golang.org/x/net/http2x.F"), (Import("golang.org/x/net/http2"),), False),
        (Functions(), (), True),
        (None, (SERVER,), True),
        (Functions("golang.org/x/net/http2.Server.ServeConn"), (structs.replace(SERVER, goos=("windows",)),), False),
        (Functions("golang.org/x/net/http2.Server.ServeConn"), (structs.replace(SERVER, goarch=("amd64",)),), True),
    ],
)
def test_a_go_vulnerability_counts_where_its_functions_are(
    functions: Functions | None, imports: tuple[Import, ...], found: bool
) -> None:
    context = ImageContext(functions=lambda _: functions, goos="linux", goarch="amd64")
    assert bool(match(context, vulnerability(*imports))) is found


def test_functions_that_are_not_there_silence_records_that_know_only_versions() -> None:
    context = ImageContext(functions=lambda _: Functions("a.B"))
    general = structs.replace(
        fixed_vulnerability("GHSA-4374", "golang.org/x/net", "0.17.0"), aliases=("CVE-2023-39325",)
    )
    assert match(context, vulnerability(SERVER), general) == []
    assert len(match(context, general)) == 1


def test_the_functions_asked_about_are_those_of_the_program_the_module_is_in() -> None:
    asked = []

    def functions(program: str) -> None:
        asked.append(program)

    match(ImageContext(functions=functions), vulnerability(SERVER))
    assert asked == ["usr/bin/app"]


@pytest.mark.parametrize(
    ("second", "found"),
    [(Functions("golang.org/x/net/http2.Server.ServeConn"), True), (None, True), (Functions("a.B"), False)],
)
def test_a_module_in_several_programs_is_affected_in_one_that_has_the_functions(
    second: Functions | None, found: bool
) -> None:
    programs = {"usr/bin/app": Functions("a.B"), "usr/bin/other": second}
    package = structs.replace(NET, locations=tuple(Location(path, 1) for path in programs))
    assert bool(match(ImageContext(functions=programs.get), vulnerability(SERVER), package=package)) is found


def test_a_product_the_image_takes_no_packages_from_does_not_count() -> None:
    advisory = structs.replace(vulnerability(), condition=Condition(cpes=("cpe:/a:redhat:rhel_eus:9.2::appstream",)))
    assert match(ImageContext(has_product=lambda cpes: False), advisory) == []
    assert len(match(ImageContext(has_product=lambda cpes: True), advisory)) == 1


@pytest.mark.parametrize(("installed", "found"), [("1-6.el9_4.1", False), ("1-6.el9_4", True), ("1-7.el9_5", True)])
def test_a_build_with_the_fix_of_another_product_is_fixed(installed: str, found: bool) -> None:
    eus = structs.replace(
        fixed_vulnerability("CVE-2023-1", "brotli", "1-6.el9_4.1"),
        condition=Condition(cpes=("cpe:/a:redhat:rhel_eus:9.4::appstream",)),
    )
    store = FakeStore(
        {"rhel-9": (eus, fixed_vulnerability("CVE-2023-1", "brotli", "1-9.el9_7"))}, schemes={"rhel": "rpm"}
    )
    provenance = store.provenance(ShardName("rhel-9"))
    assert provenance is not None
    context = ImageContext(has_product=lambda cpes: False)
    matched = match_packages([Package("brotli", installed, "rpm")], [provenance], context, store)
    assert any(finding.is_open for finding in matched) is found


@pytest.mark.parametrize(
    ("slot", "slots", "found"),
    [
        ("3.9", ("3.9", "3.10"), True),
        ("3.9/3.9", ("3.10",), False),
        ("3.9", ("!3.9",), False),
        ("3.9", ("!3.10", "!3.11"), True),
        ("", ("3.10",), True),
    ],
)
def test_slots_of_gentoo(slot: str, slots: tuple[str, ...], found: bool) -> None:
    package = Package("golang.org/x/net", "v0.16.0", "golang", properties={"slot": slot} if slot else {})
    advisory = structs.replace(
        fixed_vulnerability("CVE-2023-1", package.name, "0.17.0"), condition=Condition(slots=slots)
    )
    assert bool(match(ImageContext(), advisory, package=package)) is found
