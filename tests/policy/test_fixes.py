"""Which upgrades clear what, by whom, and why the rest stays."""

from collections.abc import Mapping, Sequence

import pytest
from msgspec import structs

from lading.model.errors import UsageError
from lading.model.finding import Finding, MatchBasis
from lading.model.fixes import Stay, Step
from lading.model.image import Base, Image
from lading.model.package import Location, Package
from lading.model.report import Report, Target
from lading.policy.fixes.bases import moves_to
from lading.policy.fixes.conda import CondaRecords
from lading.policy.fixes.managers import Move, Place, is_safe, lines_of, places_of, system_manager
from lading.policy.fixes.plan import plan_fixes
from tests.samples import IMAGE, deb

Open = Mapping[tuple[str, str], Mapping[str, str]]
"""What is open at a name and version, with what fixes it."""
VENV = "opt/venv/lib/python3.11/site-packages/{}/METADATA"


def package(kind: str, name: str, version: str, path: str = "", **more: object) -> Package:
    made = Package(
        name, version, kind, purl=f"pkg:{kind}/{name}@{version}", locations=(Location(path, 2),) if path else ()
    )
    return structs.replace(made, **more)


def pypi(name: str, version: str, **more: object) -> Package:
    return package("pypi", name, version, VENV.format(name), **more)


def affected(what: Package, id: str, fixed: str = "", **more: object) -> Finding:
    state = "fixed" if fixed else "not_fixed"
    made = Finding(id, what, "affected", MatchBasis("x", id), fix_state=state, fixed_version=fixed)  # type: ignore[arg-type]
    return structs.replace(made, **more)


def planned(
    findings: Sequence[Finding], after: Open | None = None, *others: Package
) -> tuple[tuple[Step, ...], tuple[Stay, ...], dict[str, str]]:
    packages = {one.package.id: one.package for one in findings} | {one.id: one for one in others}
    target = Target(IMAGE, None, tuple(packages.values()), findings=tuple(findings))

    def match(asked: Sequence[Package]) -> Mapping[str, Mapping[str, str]]:
        return {one.id: (after or {}).get((one.name, one.version), {}) for one in asked}

    steps, stays, changed = plan_fixes(target, match)
    return steps, stays, {id: there[0].version for id, there in changed.items()}


def test_packages_of_one_source_are_one_upgrade_by_the_system_s_manager() -> None:
    ssl, tool = deb("libssl3", "3.0.9", source="openssl"), deb("openssl", "3.0.9")
    findings = [affected(one, id, fix) for one in (ssl, tool) for id, fix in (("CVE-1", "3.0.10"), ("CVE-2", "3.0.11"))]
    (step,), stays, moved = planned(findings, None, deb("apt", "2.6"))
    assert (step.manager, step.in_image, stays) == ("apt-get", True, ())
    assert step.lines == (
        "RUN apt-get update \\",
        "    && apt-get install -y --no-install-recommends --only-upgrade libssl3 openssl \\",
        "    && rm -rf /var/lib/apt/lists/*",
    )
    (upgrade,) = step.upgrades
    assert (upgrade.name, upgrade.packages, upgrade.fixed_version) == ("openssl", ("libssl3", "openssl"), "3.0.11")
    assert (upgrade.clears, step.clears) == (("CVE-1", "CVE-2"), 2)
    assert set(moved.values()) == {"3.0.11"}


def test_without_a_package_manager_the_system_s_packages_stay() -> None:
    steps, (stay,), moved = planned([affected(deb("libssl3", "3.0.9", source="openssl"), "CVE-1", "3.0.10")])
    assert (steps, moved) == ((), {})
    assert (stay.reason, stay.detail) == ("no_manager", "the image has no package manager")


def test_the_least_version_that_clears_most() -> None:
    django = pypi("django", "3.2")
    findings = [
        affected(django, "CVE-1", "3.2.1"),
        affected(django, "CVE-2", "4.2"),
        affected(django, "CVE-3", "3.2.5"),
    ]
    after: Open = {
        ("django", "3.2.1"): {"CVE-2": "4.2", "CVE-3": "3.2.5"},
        ("django", "3.2.5"): {"CVE-2": "4.2"},
        ("django", "4.2"): {"CVE-9": "4.2.7"},  # what is new there has a fix of its own
    }
    (step,), stays, _ = planned(findings, after)
    assert step.lines == ("RUN /opt/venv/bin/python -m pip install --no-cache-dir django==4.2.7",)
    assert (step.upgrades[0].clears, step.upgrades[0].brings, stays) == (("CVE-1", "CVE-2", "CVE-3"), (), ())
    after = {**after, ("django", "4.2"): {"CVE-9": "", "CVE-8": ""}}
    (step,), (stay,), _ = planned(findings, after)
    assert (step.upgrades[0].fixed_version, stay.finding.id, stay.reason) == ("3.2.5", "CVE-2", "no_better")


def test_what_came_before_a_release_is_taken_only_where_there_is_nothing_else() -> None:
    findings = [affected(pypi("a", "1"), "CVE-1", "2.0rc1"), affected(pypi("a", "1"), "CVE-2", "1.5")]
    (step,), (stay,), _ = planned(findings, {("a", "1.5"): {"CVE-1": "2.0rc1"}})
    assert (step.upgrades[0].fixed_version, stay.finding.id) == ("1.5", "CVE-1")
    (step,), _, _ = planned(findings[:1])
    assert step.lines == ("RUN /opt/venv/bin/python -m pip install --no-cache-dir 'a>=2.0rc1'",)


def test_a_version_that_a_package_around_does_not_accept_is_not_taken() -> None:
    urllib = pypi("urllib3", "1.26.4")
    requests = pypi("requests", "2.25", constraints={urllib.id: "<1.27,>=1.21"}, depends_on=(urllib.id,))
    findings = [affected(urllib, "CVE-1", "1.26.5"), affected(urllib, "CVE-2", "2.0.7")]
    (step,), (stay,), _ = planned(findings, {("urllib3", "1.26.5"): {"CVE-2": "2.0.7"}}, requests)
    assert (step.upgrades[0].fixed_version, step.upgrades[0].brought_by) == ("1.26.5", ("requests 2.25",))
    assert (stay.reason, stay.finding.id, stay.detail) == ("held", "CVE-2", "requests 2.25 requires <1.27,>=1.21")


@pytest.mark.parametrize(
    ("finding", "reason", "detail"),
    [
        (affected(pypi("a", "1"), "CVE-1"), "not_fixed", ""),
        (affected(deb("a", "1"), "CVE-1", fix_state="wont_fix"), "wont_fix", ""),
        (affected(deb("a", "1"), "CVE-1", fix_state="end_of_life"), "end_of_life", ""),
        (affected(pypi("a", "1"), "CVE-1", status="under_investigation"), "under_investigation", ""),
        (affected(deb("a", "1"), "CVE-1", "2", note="only with Ubuntu Pro"), "needs_more", "only with Ubuntu Pro"),
        (
            affected(pypi("a", "1", evidence="bundled", properties={"bundled_in": "pip"}), "CVE-1", "2"),
            "bundled",
            "a copy that comes with pip",
        ),
        (affected(pypi("a", "1", evidence="sbom"), "CVE-1", "2"), "bundled", f"listed in {VENV.format('a')}"),
        (
            affected(pypi("a", "1", owner="pkg:deb/debian/python3-a@1"), "CVE-1", "2"),
            "bundled",
            "comes with the system package python3-a",
        ),
        (
            affected(package("npm", "a", "1", "usr/lib/node_modules/npm/node_modules/a/package.json"), "CVE-1", "2"),
            "bundled",
            "comes with npm, which is installed for all",
        ),
        (affected(pypi("$(reboot)", "1"), "CVE-1", "2"), "bundled", "its name or path is none that is safe"),
        (affected(deb("$(reboot)", "1"), "CVE-1", "2"), "no_manager", "its name or path is none that is safe"),
    ],
)
def test_why_a_vulnerability_stays(finding: Finding, reason: str, detail: str) -> None:
    steps, (stay,), moved = planned([finding])
    assert (steps, stay.reason, stay.detail, moved) == ((), reason, detail, {})


def test_what_came_with_the_base_is_told() -> None:
    findings = (affected(deb("tar", "1"), "CVE-1", "2"),)
    image = structs.replace(IMAGE, base=Base(1, "debian:12", "named", ""))
    target = Target(image, None, (findings[0].package, deb("apt", "2")), findings=findings)
    (step,), _, _ = plan_fixes(target, lambda asked: {})
    assert step.upgrades[0].base


@pytest.mark.parametrize(
    ("what", "manager", "where", "lines"),
    [
        (
            package("npm", "a", "1", "srv/app/node_modules/a/package.json"),
            "npm",
            "/srv/app",
            "RUN cd /srv/app && npm update --omit=dev a",
        ),
        (
            package("npm", "a", "1", "node_modules/x/node_modules/a/package.json"),
            "npm",
            "/",
            "RUN cd / && npm update --omit=dev a",
        ),
        (
            package("npm", "a", "1", "usr/local/lib/node_modules/a/package.json"),
            "npm -g",
            "/usr/local/lib",
            "RUN npm install --global a@2",
        ),
        (
            package("npm", "@s/a", "1", "srv/node_modules/.pnpm/@s+a@1/node_modules/@s/a/package.json"),
            "pnpm",
            "/srv",
            "RUN cd /srv && pnpm update --prod @s/a",
        ),
        (
            package("pypi", "a", "1", "usr/local/lib/python3.12/site-packages/a-1.dist-info/METADATA"),
            "pip",
            "python3.12",
            "RUN python3.12 -m pip install --no-cache-dir a==2",
        ),
        (
            package("composer", "a/b", "1", "srv/vendor/composer/installed.json"),
            "composer",
            "/srv",
            "RUN cd /srv && composer update --no-dev --with-dependencies a/b",
        ),
        (
            package("npm", "a", "1", "opt/app.asar!/node_modules/a/package.json"),
            "source",
            "opt/app.asar",
            "npm install a@2",
        ),
        (
            package("pypi", "a", "1", "opt/tool.pex!/.deps/a.whl/a-1.dist-info/METADATA"),
            "source",
            "opt/tool.pex",
            "pip install a==2",
        ),
        (package("golang", "a.b/c", "1", "usr/bin/tool"), "source", "usr/bin/tool", "go get a.b/c@v2"),
        (package("golang", "stdlib", "1", "usr/bin/tool"), "source", "usr/bin/tool", "build with Go 2 or later"),
        (package("cargo", "a", "1", "usr/bin/tool"), "source", "usr/bin/tool", "cargo update --package a --precise 2"),
        (
            package("maven", "g:a", "1", "srv/a.jar"),
            "source",
            "srv/a.jar",
            "mvn versions:use-dep-version -Dincludes=g:a -DdepVersion=2 -DforceVersion=true",
        ),
    ],
)  # fmt: skip
def test_each_ecosystem_has_its_manager(what: Package, manager: str, where: str, lines: str) -> None:
    (place,) = places_of(what, lambda kind: "", CondaRecords((), ()))
    assert (place.manager, place.where) == (manager, where)
    (step,), _, _ = planned([affected(what, "CVE-1", "2")])
    assert (step.manager, step.where, step.lines) == (manager, where, (lines,))


@pytest.mark.parametrize(
    ("kind", "installed", "manager"),
    [
        ("deb", "apt", "apt-get"),
        ("apk", "apk-tools", "apk"),
        ("rpm", "dnf", "dnf"),
        ("rpm", "microdnf", "microdnf"),
        ("rpm", "tdnf", "tdnf"),
        ("rpm", "zypper", "zypper"),
        ("alpm", "pacman", "pacman"),
        ("deb", "dpkg", ""),
    ],
)
def test_the_system_s_manager_is_the_one_that_is_there(kind: str, installed: str, manager: str) -> None:
    assert system_manager(kind, [Package(installed, "1", kind)]) == manager


def test_what_a_lock_file_asks_for_moves_with_what_is_installed() -> None:
    installed = package("npm", "a", "1.0.0", "srv/node_modules/a/package.json")
    asked = package("npm", "a", "1.0.0", "srv/package-lock.json", evidence="declared")
    alone = package("npm", "b", "1.0.0", "srv/package-lock.json", evidence="declared")
    app = package("npm", "app", "1", "srv/node_modules/app/package.json", constraints={installed.id: "^1.0.0"})
    findings = [
        affected(one, id, fix) for one in (installed, asked) for id, fix in (("CVE-1", "1.0.1"), ("CVE-2", "2.0.0"))
    ]
    after: Open = {("a", "1.0.1"): {"CVE-2": "2.0.0"}}
    (step, source), (stay,), moved = planned([*findings, affected(alone, "CVE-3", "1.1.0")], after, app)
    assert (step.lines, step.clears) == (("RUN cd /srv && npm update --omit=dev a",), 1)
    assert (source.where, source.lines) == ("srv/package-lock.json", ("npm install b@1.1.0",))
    assert (stay.reason, stay.detail) == ("held", "app 1 requires ^1.0.0")
    assert moved == {installed.id: "1.0.1", asked.id: "1.0.1", alone.id: "1.1.0"}


def test_what_the_application_itself_asks_for_is_the_user_s_to_change() -> None:
    first, second = (package("npm", name, "1.0.0", f"srv/node_modules/{name}/package.json") for name in "ab")
    constraints = {first.id: "1.0.0", second.id: "^1.0.0"}
    app = package("npm", "app", "1", "srv/package.json", constraints=constraints, properties={"relationship": "root"})
    (step,), stays, _ = planned([affected(first, "CVE-1", "1.1.0"), affected(second, "CVE-2", "1.2.0")], None, app)
    assert stays == ()
    assert step.lines == (
        "RUN cd /srv && npm install --omit=dev a@1.1.0 \\",
        "    && npm update --omit=dev b",
    )
    (step,), _, _ = planned([affected(first, "CVE-1", "1.1.0")], None, app)
    assert step.lines == ("RUN cd /srv && npm install --omit=dev a@1.1.0",)


def test_long_commands_have_a_line_for_each_package() -> None:
    names = [f"package-of-some-length-{number}" for number in range(6)]
    findings = [affected(pypi(name, "1"), "CVE-1", "2rc1" if name.endswith("5") else "2") for name in names]
    (step,), _, _ = planned(findings)
    assert step.lines[0] == "RUN /opt/venv/bin/python -m pip install --no-cache-dir \\"
    assert step.lines[1] == "    package-of-some-length-0==2 \\"
    assert step.lines[-1] == "    'package-of-some-length-5>=2rc1'"


@pytest.mark.parametrize("text", ["", "a b", "a;b", "a\nRUN x", "$(a)", "`a`", "-rf", "a'b", "a|b", "a\\", "é"])
def test_what_may_not_stand_in_a_command(text: str) -> None:
    assert not is_safe(text)


@pytest.mark.parametrize("dev", ["", "true"])
def test_what_a_development_needs_stays_where_it_is_installed(dev: str) -> None:
    first = package("npm", "a", "1.0.0", "srv/node_modules/a/package.json")
    tool = package("npm", "tool", "1.0.0", "srv/node_modules/tool/package.json", properties={"dev": dev} if dev else {})
    (step,), _, _ = planned([affected(first, "CVE-1", "1.1.0")], None, tool)
    assert step.lines == (f"RUN cd /srv && npm update {'' if dev else '--omit=dev '}a",)


def test_gems_that_are_replaced_are_removed() -> None:
    assert lines_of("gem", "/usr/lib", "gem", [Move("rack", "2.2.8")]) == (
        "RUN gem install --no-document rack:2.2.8 \\",
        "    && gem cleanup rack",
    )


def report(image: Image, *findings: Finding) -> Report:
    packages = {one.package.id: one.package for one in findings}
    return Report("", (Target(image, None, tuple(packages.values()), findings=findings),), "")


def test_what_another_base_would_change() -> None:
    image = structs.replace(IMAGE, base=Base(1, "debian:12", "named", ""))
    ours = report(
        image,
        affected(deb("tar", "1"), "CVE-1"),
        affected(deb("bash", "5"), "CVE-2"),
        affected(deb("curl", "7", layer=2), "CVE-3"),  # the application's own
    )
    layers = (structs.replace(IMAGE.layers[0], size=11),)
    other = structs.replace(IMAGE, name="debian:13", digest="sha256:1", layers=layers)
    candidate = report(other, affected(deb("bash", "5.2"), "CVE-2"), affected(deb("dash", "1"), "CVE-4"))
    worse = report(structs.replace(other, name="debian:11"), *(affected(deb("a", "1"), f"CVE-5{n}") for n in range(4)))
    (best, worst) = moves_to(ours.targets[0], [worse, candidate])
    assert (best.name, best.clears, best.brings) == ("debian:13", ("CVE-1 in tar",), ("CVE-4 in dash",))
    assert (best.packages, best.fewer_packages, best.size, best.smaller, best.incomplete) == (2, 0, 11, 20, False)
    assert (worst.name, len(worst.clears), len(worst.brings)) == ("debian:11", 2, 4)
    with pytest.raises(UsageError) as caught:
        moves_to(structs.replace(ours.targets[0], image=IMAGE), [candidate])
    assert str(caught.value) == f"{IMAGE.name}: its base is not known, so nothing can be compared: name it with --base"


SITE = "lib/python3.11/site-packages/{}-{}.dist-info/METADATA"


def conda(name: str, version: str, prefix: str = "opt/conda", **properties: str) -> Package:
    return package("conda", name, version, f"{prefix}/conda-meta/{name}-{version}-0.json", properties=properties)


def in_prefix(name: str, version: str, *prefixes: str) -> Package:
    places = tuple(Location(f"{prefix}/{SITE.format(name, version)}", 2) for prefix in prefixes)
    return structs.replace(package("pypi", name, version), locations=places)


def test_what_conda_installed_is_moved_by_conda_under_its_name_there() -> None:
    findings = [
        affected(in_prefix("torch", "1.0", "opt/conda/envs/x"), "CVE-1", "2.0"),
        affected(in_prefix("ruamel.yaml", "1.0", "opt/conda/envs/x"), "CVE-2", "1.1"),
        affected(in_prefix("pip-made", "1.0", "opt/conda/envs/x"), "CVE-3", "1.2"),
    ]
    records = (
        conda("conda", "24.1"),
        conda("pytorch", "1.0", "opt/conda/envs/x", python_name="torch"),
        conda("ruamel_yaml", "1.0", "opt/conda/envs/x"),
        conda("pip-made", "0.9", "opt/conda/envs/x"),  # pip has put another version over it
    )
    (by_conda, by_pip), stays, _ = planned(findings, None, *records)
    assert by_conda.lines == (
        "RUN /opt/conda/bin/conda install --yes --prefix /opt/conda/envs/x 'pytorch>=2.0' 'ruamel_yaml>=1.1' \\",
        "    && /opt/conda/bin/conda clean --all --yes",
    )
    assert (by_conda.manager, by_conda.where, by_conda.in_image, stays) == ("conda", "/opt/conda/envs/x", True, ())
    assert by_pip.lines == ("RUN /opt/conda/envs/x/bin/python -m pip install --no-cache-dir pip-made==1.2",)


@pytest.mark.parametrize(
    ("others", "programs", "program"),
    [
        ((conda("mamba", "2", "opt/conda"),), (), "/opt/conda/bin/mamba"),
        ((conda("mamba", "2", ""), conda("conda", "2", "")), (), "/bin/conda"),
        ((), ("usr/bin/micromamba", "usr/bin/else"), "/usr/bin/micromamba"),
    ],
)
def test_the_program_that_installs_for_conda(
    others: tuple[Package, ...], programs: tuple[str, ...], program: str
) -> None:
    records = CondaRecords((*others, conda("a", "1", "env")), programs)
    where = in_prefix("a", "1", "env")
    (place,) = places_of(where, lambda kind: "", records)
    assert place == Place("conda", "/env", program=program, name="a")


def test_an_environment_without_conda_stays() -> None:
    findings = [affected(in_prefix("a", "1", "env"), "CVE-1", "2")]
    steps, (stay,), _ = planned(findings, None, conda("a", "1", "env"))
    assert (steps, stay.reason) == ((), "bundled")
    assert stay.detail == "comes with the conda package a, and the image has no conda"


def test_a_package_in_several_places_is_moved_in_all_of_them() -> None:
    findings = [affected(in_prefix("a", "1", "opt/one", "opt/two"), "CVE-1", "2")]
    steps, stays, _ = planned(findings)
    assert [step.lines for step in steps] == [
        (f"RUN /opt/{name}/bin/python -m pip install --no-cache-dir a==2",) for name in ("one", "two")
    ]
    assert stays == ()
    held = package("npm", "a", "1", "app/node_modules/a/package.json")
    global_copy = Location("usr/lib/node_modules/npm/node_modules/a/package.json", 2)
    both = structs.replace(held, locations=(*held.locations, global_copy))
    steps, (stay,), _ = planned([affected(both, "CVE-1", "2")])
    assert (steps, stay.detail) == ((), "comes with npm, which is installed for all")


@pytest.mark.parametrize(
    ("installed", "fixed", "taken"),
    [
        ("5.2.0.RELEASE", "5.2.20", "5.2.20.RELEASE"),
        ("5.2.0.RELEASE", "5.2.20.RELEASE", "5.2.20.RELEASE"),
        ("5.2.0.RELEASE", "5.3.18", "5.3.18"),
        ("4.1.60.Final", "4.1.61", "4.1.61.Final"),
        ("2.9.8", "2.9.10.8", "2.9.10.8"),
    ],
)
def test_a_version_is_spelled_as_the_repository_of_maven_has_it(installed: str, fixed: str, taken: str) -> None:
    jar = package("maven", "g:a", installed, "srv/a.jar")
    (step,), _, _ = planned([affected(jar, "CVE-1", fixed)])
    assert step.upgrades[0].fixed_version == taken


def test_what_came_before_a_release_is_no_candidate_where_others_need_the_package() -> None:
    twisted = pypi("twisted", "22.4.0")
    scrapy = pypi("scrapy", "2.6.1", constraints={twisted.id: ">=17.9.0"}, depends_on=(twisted.id,))
    steps, (stay,), _ = planned([affected(twisted, "CVE-1", "26.4.0rc2")], None, scrapy)
    assert (steps, stay.reason, stay.detail) == (
        (), "held", "26.4.0rc2 comes before a release, and scrapy 2.6.1 needs the package"
    )  # fmt: skip


def test_what_stays_may_go_with_the_upgrade_of_who_needs_it() -> None:
    qs = package("npm", "qs", "6.5.2", "app/node_modules/qs/package.json")
    parser = package("npm", "body-parser", "1.18.3", depends_on=(qs.id,), constraints={qs.id: "6.5.2"})
    express = package("npm", "express", "4.16.4", "app/node_modules/express/package.json", depends_on=(parser.id,))
    copy = package("generic", "openssl", "1.1.1", evidence="binary", properties={"bundled_in": "express"})
    alone = package("npm", "alone", "1", "app/node_modules/alone/package.json")
    findings = [
        affected(qs, "CVE-1", "6.5.3"), affected(express, "CVE-2", "4.20.0"), affected(copy, "CVE-3"),
        affected(alone, "CVE-4"),
    ]  # fmt: skip
    _, stays, _ = planned(findings, None, parser)
    assert [(one.finding.id, one.reason, one.may_go_with) for one in stays] == [
        ("CVE-1", "held", "express 4.20.0"), ("CVE-3", "not_fixed", "express 4.20.0"), ("CVE-4", "not_fixed", ""),
    ]  # fmt: skip
