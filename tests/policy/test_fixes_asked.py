"""What upgrades bring along, as registries of packages tell it."""

from collections.abc import Mapping, Sequence

from msgspec import Struct, structs

from lading.model.finding import Finding
from lading.model.fixes import Along, Stay, Step
from lading.model.package import Location, Package
from lading.model.published import Need, Published, Runtime
from lading.model.report import Target
from lading.policy.fixes.picking import at_least, picked, runtime_of
from lading.policy.fixes.plan import plan_fixes
from tests.policy.test_fixes import affected, package, pypi
from tests.samples import IMAGE

Registry = Mapping[str, Mapping[str, Mapping[str, str] | None]]
"""What each version of a package needs, None where nobody says."""


class Registries(Struct, frozen=True):
    """Registries of packages that know these alone."""

    known: Registry

    def published(self, kind: str, name: str, runtime: Runtime) -> Published | None:
        return Published(tuple(self.known[name])) if name in self.known else None

    def needs(
        self, kind: str, name: str, version: str, runtime: Runtime, extras: tuple[str, ...] = ()
    ) -> tuple[Need, ...] | None:
        found = self.known[name][version]
        return None if found is None else tuple(Need(needed, constraint) for needed, constraint in found.items())


def planned(
    findings: Sequence[Finding], others: Sequence[Package], known: Registry, bad: Mapping[tuple[str, str], str] = {}
) -> tuple[tuple[Step, ...], tuple[Stay, ...], list[str]]:
    """The plan, and what the image then has (`name version`). `bad` are versions with what is open in them."""
    packages = {one.package.id: one.package for one in findings} | {one.id: one for one in others}
    target = Target(IMAGE, None, tuple(packages.values()), findings=tuple(findings))

    def match(asked: Sequence[Package]) -> Mapping[str, Mapping[str, str]]:
        return {one.id: dict.fromkeys(bad.get((one.name, one.version), "").split(), "") for one in asked}

    steps, stays, after = plan_fixes(target, match, Registries(known))
    there = [other for one in packages.values() for other in after.get(one.id, (one,))]
    return steps, stays, sorted(f"{one.name} {one.version}" for one in (*there, *after.get("", ())))


def node(name: str, version: str) -> Package:
    return package("npm", name, version, f"app/node_modules/{name}/package.json")


def app(needs: Mapping[str, str], *packages: Package) -> Package:
    made = package("npm", "app", "1", "app/package.json", properties={"relationship": "root"})
    return needing(made, needs, *packages)


def needing(package: Package, needs: Mapping[str, str], *packages: Package) -> Package:
    ids = {one.name: one.id for one in packages}
    return structs.replace(
        package,
        depends_on=tuple(ids[name] for name in needs),
        constraints={ids[name]: one for name, one in needs.items()},
    )


def test_what_an_upgrade_needs_moves_along_and_what_nobody_needs_goes() -> None:
    cookie, old = node("cookie", "0.3.1"), node("old", "1.0.0")
    express = needing(node("express", "4.16.4"), {"cookie": "0.3.1", "old": "1.0.0"}, cookie, old)
    findings = [
        affected(express, "CVE-1", "4.20.0"),
        affected(cookie, "CVE-2", "0.7.0"),
        affected(old, "CVE-3"),
    ]
    known: Registry = {
        "express": {"4.16.4": {}, "4.20.0": {"cookie": "0.6.0", "new": "^1"}},
        "cookie": {"0.3.1": {}, "0.6.0": {}, "0.7.0": {}},
        "new": {"1.0.0": {}, "1.2.0": {}, "2.0.0": {}},
    }
    (step,), (stay,), after = planned(
        findings,
        [app({"express": "4.16.4"}, express)],
        known,
        {("cookie", "0.6.0"): "CVE-2", ("new", "1.2.0"): "CVE-4"},
    )
    assert step.lines == ("RUN cd /app && npm install --omit=dev express@4.20.0",)
    assert after == ["app 1", "cookie 0.6.0", "express 4.20.0", "new 1.2.0"]
    (upgrade,) = step.upgrades
    assert upgrade.along == (
        Along("cookie", "0.3.1", ("0.6.0",)),
        Along("new", "", ("1.2.0",), (), ("CVE-4",)),
        Along("old", "1.0.0", (), ("CVE-3",)),
    )
    assert (upgrade.cleared, step.clears) == (2, 2)
    assert (stay.finding.id, stay.may_go_with) == ("CVE-2", "")


def test_a_later_version_is_taken_where_less_is_left_by_it() -> None:
    cookie = node("cookie", "0.3.1")
    express = needing(node("express", "4.16.4"), {"cookie": "0.3.1"}, cookie)
    known: Registry = {
        "express": {"4.20.0": {"cookie": "0.6.0"}, "4.21.0": {"cookie": "0.7.1"}, "5.0.0": {}},
        "cookie": {"0.6.0": {}, "0.7.1": {}},
    }
    findings = [affected(express, "CVE-1", "4.20.0"), affected(cookie, "CVE-2", "0.7.0")]
    (step,), stays, after = planned(
        findings, [app({"express": "4.16.4"}, express)], known, {("cookie", "0.6.0"): "CVE-2"}
    )
    assert step.lines == ("RUN cd /app && npm install --omit=dev express@4.21.0",)
    assert (stays, after) == ((), ["app 1", "cookie 0.7.1", "express 4.21.0"])


def test_who_brings_a_vulnerable_package_is_moved_for_its_sake() -> None:
    """Nothing is known of the package that the application asks for itself."""
    deep = node("deep", "1.0.0")
    above = structs.replace(needing(node("above", "2.0.0"), {"deep": "1.0.0"}, deep), relationship="direct")
    known: Registry = {"above": {"2.0.0": {}, "2.1.0": {"deep": "^1.1"}, "3.0.0": {}}, "deep": {"1.1.0": {}}}
    (step,), stays, after = planned([affected(deep, "CVE-1", "1.1.0")], [above, app({"above": "^2"}, above)], known)
    assert step.lines == ("RUN cd /app && npm update --omit=dev above",)
    assert (stays, after) == ((), ["above 2.1.0", "app 1", "deep 1.1.0"])


def test_npm_update_takes_the_newest_that_everybody_accepts_for_himself() -> None:
    """One needs it as it is, so that both versions are there."""
    shared = node("shared", "1.0.0")
    one = needing(node("one", "1.0.0"), {"shared": "^1.0.0"}, shared)
    known: Registry = {"shared": {"1.0.0": {}, "1.0.1": {}, "1.4.0": {}, "1.5.0-rc.1": {}, "2.0.0": {}}}
    root = app({"one": "1.0.0"}, one)
    (step,), stays, after = planned([affected(shared, "CVE-1", "1.0.1")], [one, root], known)
    assert step.lines == ("RUN cd /app && npm update --omit=dev shared",)
    assert step.upgrades[0].fixed_version == "1.4.0"
    assert (stays, after) == ((), ["app 1", "one 1.0.0", "shared 1.4.0"])


def test_what_others_do_not_accept_comes_beside_what_is_there() -> None:
    shared = node("shared", "1.0.0")
    other = needing(node("other", "1.0.0"), {"shared": "^1.0.0"}, shared)
    moved = needing(node("moved", "1.0.0"), {"shared": "^1.0.0"}, shared)
    root = app({"moved": "^1", "other": "^1"}, moved, other)
    known: Registry = {"moved": {"1.1.0": {"shared": "^2.0.0"}}, "shared": {"1.0.0": {}, "2.0.0": {}}}
    (step,), stays, after = planned([affected(moved, "CVE-1", "1.1.0")], [shared, other, root], known)
    assert step.upgrades[0].along == (Along("shared", "", ("2.0.0",)),)
    assert (stays, after) == ((), ["app 1", "moved 1.1.0", "other 1.0.0", "shared 1.0.0", "shared 2.0.0"])


def test_pip_leaves_what_will_do_and_removes_nothing() -> None:
    starlette, typing = pypi("starlette", "0.20.4"), pypi("typing-extensions", "4.0")
    fastapi = needing(pypi("fastapi", "0.85"), {"starlette": "==0.20.4"}, starlette)
    known: Registry = {
        "fastapi": {"0.109.1": {"starlette": "<0.36,>=0.35", "typing-extensions": ">=4", "new": ""}, "1.0": {}},
        "starlette": {"0.35.0": {}, "0.35.1": {}, "0.40.0": {}},
        "new": {"1.0": {}, "2.0rc1": {}},
    }
    findings = [affected(fastapi, "CVE-1", "0.109.1"), affected(starlette, "CVE-2", "0.40.0")]
    (step,), (stay,), after = planned(findings, [typing], known, {("starlette", "0.35.1"): "CVE-2"})
    assert step.lines == ("RUN /opt/venv/bin/python -m pip install --no-cache-dir fastapi==0.109.1",)
    assert after == ["fastapi 0.109.1", "new 1.0", "starlette 0.35.1", "typing-extensions 4.0"]
    assert (stay.finding.id, stay.may_go_with) == ("CVE-2", "")


def test_moves_that_exclude_each_other_give_way() -> None:
    """pip would refuse a==2 together with b==3, which a 2 does not accept."""
    a, b = pypi("a", "1"), pypi("b", "1")
    known: Registry = {"a": {"2": {"b": "<3"}}, "b": {"2": {}, "3": {}}}
    findings = [affected(a, "CVE-1", "2"), affected(b, "CVE-2", "2"), affected(b, "CVE-3", "3")]
    (step,), (stay,), after = planned(findings, [], known, {("b", "2"): "CVE-3"})
    assert step.lines == ("RUN /opt/venv/bin/python -m pip install --no-cache-dir a==2 b==2",)
    assert (stay.finding.id, after) == ("CVE-3", ["a 2", "b 2"])
    assert (stay.reason, stay.detail) == ("held", "a 2 requires <3")


def test_what_the_new_version_accepts_is_what_counts() -> None:
    idna, urllib = pypi("idna", "2.10"), pypi("urllib3", "1.26.4")
    requests = needing(pypi("requests", "2.25.1"), {"idna": "<3,>=2.5", "urllib3": "<1.27"}, idna, urllib)
    known: Registry = {
        "requests": {"2.33.0": {"idna": "<4,>=2.5", "urllib3": "<3"}},
        "idna": {"2.10": {}, "3.7": {}},
        "urllib3": {"1.26.4": {}, "1.26.5": {}, "2.6.0": {}},
    }
    findings = [
        affected(requests, "CVE-1", "2.33.0"),
        affected(idna, "CVE-2", "3.7"),
        affected(urllib, "CVE-3", "1.26.5"),
        affected(urllib, "CVE-4", "2.6.0"),
    ]
    (step,), stays, after = planned(findings, [], known, {("urllib3", "1.26.5"): "CVE-4"})
    assert (stays, after) == ((), ["idna 3.7", "requests 2.33.0", "urllib3 2.6.0"])
    assert step.lines == (
        "RUN /opt/venv/bin/python -m pip install --no-cache-dir idna==3.7 requests==2.33.0 urllib3==2.6.0",
    )


def test_a_move_that_would_break_another_package_is_none() -> None:
    """pip would install b 2 for a 2, and leave c without the b that it needs."""
    b = pypi("b", "1")
    a, c = pypi("a", "1"), needing(pypi("c", "1"), {"b": "<2"}, b)
    known: Registry = {"a": {"2": {"b": ">=2"}}, "b": {"2": {}}}
    steps, (stay,), after = planned([affected(a, "CVE-1", "2")], [b, c], known)
    assert (steps, after) == ((), ["a 1", "b 1", "c 1"])
    assert (stay.reason, stay.detail) == ("held", "c 1 requires b <2")


def test_a_version_that_was_never_published_is_not_asked_for() -> None:
    a = pypi("a", "1.0")
    (step,), _, after = planned([affected(a, "CVE-1", "1.1")], [], {"a": {"1.0": {}, "1.2": {}, "1.3": {}}})
    assert step.lines == ("RUN /opt/venv/bin/python -m pip install --no-cache-dir a==1.2",)
    assert after == ["a 1.2"]


def test_a_fix_that_nobody_has_published_is_said() -> None:
    steps, (stay,), after = planned([affected(pypi("a", "1.0"), "CVE-1", "1.1")], [], {"a": {"1.0": {}}})
    assert (steps, stay.reason, stay.detail) == ((), "no_better", "no version from 1.1 on is published")
    assert after == ["a 1.0"]


def test_what_registries_do_not_know_may_go() -> None:
    b = pypi("b", "1.0")
    a = needing(pypi("a", "1.0"), {"b": "==1.0"}, b)
    findings = [affected(a, "CVE-1", "1.1"), affected(b, "CVE-2", "1.1")]
    _, (stay,), after = planned(findings, [], {"a": {"1.1": None}})
    assert (stay.finding.id, stay.may_go_with, after) == ("CVE-2", "a 1.1", ["a 1.1", "b 1.0"])


def test_which_version_is_picked() -> None:
    npm = Published(("1.0.0", "1.1.0", "1.2.0", "2.0.0-beta.1"), frozenset({"1.2.0"}), "1.0.0")
    assert picked("npm", npm, "^1.0.0") == "1.0.0"  # what is tagged as the latest comes first
    assert picked("npm", npm, "^1.1.0") == "1.1.0"  # what is deprecated comes last
    assert picked("npm", npm, "1.2.0") == "1.2.0"
    assert picked("npm", npm, ">=2.0.0-beta.0") == "2.0.0-beta.1"
    assert picked("npm", npm, "1.0.0 - 3.0.0") == "1.0.0"
    assert picked("npm", npm, "^3") == ""
    python = Published(("1.0", "1.1", "2.0rc1"), frozenset({"1.1"}))
    assert picked("pypi", python, ">=1.0") == "1.0"
    assert picked("pypi", python, ">1.1") == "2.0rc1"
    assert (at_least("pypi", python, "1.0.0"), at_least("pypi", python, "1.1"), at_least("pypi", python, "3")) == (
        "1.0",
        "",
        "",
    )


def test_what_a_package_runs_with() -> None:
    packages = [Package("python3.11", "3.11.2-6+deb12u1", "deb"), Package("node", "20.11.1", "generic")]
    assert runtime_of(pypi("a", "1"), packages, "arm64") == Runtime("3.11.2", "arm64")
    assert runtime_of(pypi("a", "1"), [], "") == Runtime("3.11.99", "")
    assert runtime_of(node("a", "1"), packages, "amd64") == Runtime("20.11.1", "amd64")
    elsewhere = structs.replace(pypi("a", "1"), locations=(Location("srv/a/METADATA", 1),))
    assert runtime_of(elsewhere, packages, "amd64") == Runtime("", "amd64")
