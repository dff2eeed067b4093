"""Java archives: identity by every kind of evidence, copies, archives inside archives, hostile ones."""

import hashlib
import io
import zipfile
from collections.abc import Mapping

import pytest

from lading.inventory.catalogers import java
from lading.inventory.catalogers.cataloger import CatalogerResult, FoundPackage
from lading.inventory.catalogers.java.filenames import parse_name
from lading.inventory.catalogers.java.groups import family_group, known_group, named_groups
from lading.inventory.catalogers.java.manifest import bundle_licenses, parse_manifest
from lading.inventory.catalogers.java.pom import Pom, parse_properties, parse_xml
from lading.inventory.router import Router
from lading.model.diagnostic import Diagnostic
from lading.model.properties import has_no_code
from lading.model.reader import WantedFile
from lading.safeio.zips import ZipBudget
from tests.inventory.catalogers.parsing import damaged, expected_keys, facts, fixture, keys, left_out, unread


def jar(members: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, compress_type=method)
    return file.getvalue()


def pom(group: str, artifact: str, version: str) -> dict[str, str | bytes]:
    text = f"#Created by Maven\r\nversion={version}\r\ngroupId={group}\r\nartifactId={artifact}\r\n"
    return {f"META-INF/maven/{group}/{artifact}/pom.properties": text}


def manifest(**fields: str) -> dict[str, str | bytes]:
    lines = [f"{key.replace('_', '-')}: {value}" for key, value in fields.items()]
    return {"META-INF/MANIFEST.MF": "\r\n".join(["Manifest-Version: 1.0", *lines, "", ""])}


def found(path: str, members: dict[str, str | bytes]) -> list[str]:
    """ "name version", with an asterisk on copies."""
    packages = facts(java.CATALOGER, path, jar(members)).packages
    return [f"{one.name} {one.version}{'*' if one.evidence == 'bundled' else ''}" for one in packages]


@pytest.mark.parametrize("case", ["gradle-war", "nested-jar", "offline-manifest", "par"])
def test_fixtures(case: str) -> None:
    packages, expected = fixture("java", case, java.CATALOGER)
    assert keys(packages) == expected_keys(expected)


def test_what_a_jar_without_a_group_may_be() -> None:
    (one,) = facts(java.CATALOGER, "opt/atlas-1.4.jar", jar({"com/example/other/A.class": b"1"})).packages
    assert (one.name, one.version, one.candidates) == (
        "atlas",
        "1.4",
        ("com.btmatthews.atlas:atlas", "org.apache.atlas:atlas"),
    )
    (two,) = facts(java.CATALOGER, "opt/atlas-1.4.jar", jar({"org/apache/atlas/A.class": b"1"})).packages
    assert (two.name, two.candidates) == ("org.apache.atlas:atlas", ())


def test_the_group_that_sbt_writes() -> None:
    """Into three fields, whatever the packages are called; a name of people in one of them is none."""
    classes: dict[str, str | bytes] = {"scala/collection/compat/A.class": b"1"}
    path = "opt/scala-collection-compat_2.13-2.10.0.jar"
    said = {"Implementation_Vendor_Id": "org.scala-lang.modules", "Specification_Vendor": "org.scala-lang.modules"}
    by_sbt = manifest(**said, Implementation_Vendor="org.scala-lang.modules")
    assert found(path, {**classes, **by_sbt}) == ["org.scala-lang.modules:scala-collection-compat_2.13 2.10.0"]
    other = manifest(**said, Implementation_Vendor="The Scala Center")
    assert found(path, {**classes, **other}) == ["scala-collection-compat_2.13 2.10.0"]


def test_everything_about_one_jar() -> None:
    xml = """<?xml version="1.0"?><project xmlns="http://maven.apache.org/POM/4.0.0">
      <parent><groupId>org.example</groupId><version>2.17</version></parent><artifactId>lib</artifactId>
      <licenses><license><name>MIT
        License</name></license></licenses></project>"""
    data = jar({**pom("org.example", "lib", "2.17"), "META-INF/maven/org.example/lib/pom.xml": xml, "A.class": b"1"})
    assert facts(java.CATALOGER, "opt/lib-2.17.jar", data) == CatalogerResult(
        packages=(
            FoundPackage(
                type="maven",
                name="org.example:lib",
                version="2.17",
                licenses=("MIT License",),
                digests={"sha1": hashlib.sha1(data, usedforsecurity=False).hexdigest()},
            ),
        )
    )


def test_copies_of_others_are_told_from_the_archive_itself() -> None:
    poms = pom("com.google.guava", "guava", "31.1-jre") | pom("org.example", "app", "1.0") | pom("a.b", "app-x", "3")
    assert found("srv/app-1.0.jar", poms) == ["org.example:app 1.0", "com.google.guava:guava 31.1-jre*", "a.b:app-x 3*"]
    packages = facts(java.CATALOGER, "srv/app-1.0.jar", jar(poms)).packages
    assert packages[1].properties == {"bundled_in": "org.example:app"}
    assert found("srv/tool-2.1.jar", pom("com.google.guava", "guava", "31.1-jre")) == [
        "tool 2.1",
        "com.google.guava:guava 31.1-jre*",
    ]
    assert found("srv/all.jar", poms | manifest(Implementation_Title="app-x"))[0] == "a.b:app-x 3"
    unnamed = facts(java.CATALOGER, "srv/all.jar", jar(pom("a", "b", "1") | pom("c", "d", "2")))
    assert [one.properties for one in unnamed.packages] == [{"bundled_in": "all.jar"}] * 2
    assert unnamed.unknown == ""


@pytest.mark.parametrize(
    "path",
    [
        "app.jar",
        "demo.jar",
        "demo-1.0.jar",
        "demo-1.0-sources.jar",
        "org.example.demo-1.0.jar",
        "demo_1.0.jar",
        "demo-linux-1.0.jar",
    ],
)
def test_the_only_record_is_the_archive_unless_its_name_says_otherwise(path: str) -> None:
    assert found(path, pom("org.example", "demo", "1.0")) == ["org.example:demo 1.0"]


def test_a_record_that_no_name_fits() -> None:
    said = manifest(Implementation_Title="My Tool", Implementation_Version="3.8.7")
    two = pom("org.example", "tool", "3.8.7") | pom("org.other", "lib", "1")
    assert found("renamed.jar", two | said) == ["org.example:tool 3.8.7", "org.other:lib 1*"]
    assert found("renamed.jar", pom("org.other", "lib", "1") | said) == ["My Tool 3.8.7", "org.other:lib 1*"]
    assert found("guice.jar", pom("cglib", "cglib", "3")) == ["cglib:cglib 3*"]
    assert found("example.tool-1.0-nolog.jar", pom("a", "other-tool", "1.0")) == ["a:other-tool 1.0"]
    assert found("a-spec-3.0-x.jar", pom("a", "a_spec-3.0_x", "1.0.1")) == ["a:a_spec-3.0_x 1.0.1"]


def test_gaps_are_filled_by_weaker_evidence() -> None:
    assert found("demo-1.5.jar", pom("org.example", "demo", "${project.version}")) == ["org.example:demo 1.5"]
    assert found("demo.jar", pom("org.example", "demo", "") | manifest(Implementation_Version="1.6 (abc)")) == [
        "org.example:demo 1.6"
    ]
    xml = "<project><artifactId>${name}</artifactId><version>${revision}</version><properties><revision>${major}.1"
    xml += "</revision><major>4</major></properties></project>"
    assert found("x.jar", {"META-INF/maven/org.example/demo/pom.xml": xml}) == ["org.example:demo 4.1"]
    assert found("demo-1.7.jar", {"META-INF/maven/org.example/demo/pom.xml": "<project"}) == ["org.example:demo 1.7"]


@pytest.mark.parametrize(
    ("path", "fields", "expected"),
    [
        (
            "catalina.jar",
            {"Implementation-Title": "Apache Tomcat", "Implementation-Version": "10.1.30"},
            "org.apache.tomcat:tomcat-catalina 10.1.30",
        ),
        ("server-7.1.jar", {"Implementation-Title": "org.x#y;7.1"}, "org.x:server 7.1"),
        ("z.jar", {"Implementation-Title": "org.x#y;7.1", "Implementation-Version": "7.1"}, "org.x:y 7.1"),
        (
            "git.hpi",
            {"Group-Id": "org.jenkins-ci.plugins", "Short-Name": "git", "Plugin-Version": "4.0 (private)"},
            "org.jenkins-ci.plugins:git 4.0",
        ),
        ("x.nar", {"Nar-Id": "nifi-x-nar", "Nar-Group": "org.nifi", "Nar-Version": "1.2"}, "org.nifi:nifi-x-nar 1.2"),
        (
            "netty-codec-4.1.Final-osx-x86_64.jar",
            {"Implementation-Title": "Netty/Codec", "Implementation-Version": "4.1.Final"},
            "io.netty:netty-codec 4.1.Final",
        ),
        ("thing-core-1.jar", {"Implementation-Vendor-Id": "org.thing"}, "org.thing:thing-core 1"),
        ("thing-1.0.jar", {"Implementation-Vendor-Id": "Thing Inc."}, "thing 1.0"),
        (
            "guava-27.0-jre.jar",
            {"Bundle-SymbolicName": "com.google.guava;singleton:=true", "Bundle-Version": "27.0.0.jre"},
            "com.google.guava:guava 27.0-jre",
        ),
        ("foo-bar-1.0.jar", {"Bundle-SymbolicName": "org.foo.foo-bar"}, "org.foo:foo-bar 1.0"),
        ("bar-1.0.jar", {"Automatic-Module-Name": "org.bar"}, "org.bar:bar 1.0"),
        ("bar-api-1.0.jar", {"Automatic-Module-Name": "org.foo.bar.api"}, "org.foo.bar:bar-api 1.0"),
        ("core.jar", {"Bundle-SymbolicName": "org.foo.core", "Bundle-Version": "3.1.0"}, "org.foo:core 3.1.0"),
        ("x.jar", {"Specification-Title": "Foo", "Specification-Version": "2.1"}, "Foo 2.1"),
    ],
)
def test_the_manifest(path: str, fields: dict[str, str], expected: str) -> None:
    assert found(path, manifest(**{key.replace("-", "_"): value for key, value in fields.items()})) == [expected]


def test_manifest_lines() -> None:
    text = b"\xef\xbb\xbfManifest-Version: 1.0\rIMPLEMENTATION-title: a very\r  long\r  name\rBundle-Version: ${v}\r\r"
    assert parse_manifest(text + b"Name: x\rSpecification-Title: not of the main section\r") == {
        "implementation-title": "a very long name"
    }
    split = b"Implementation-Title: \xc3\r\n \xa4\r\nBundle-Name: @name@\r\n"
    assert parse_manifest(split) == {"implementation-title": "ä"}


def test_bundle_licenses() -> None:
    assert bundle_licenses('"EPL-2.0";link="https://x/a,b";description="a, b",MIT;link=c') == ("EPL-2.0", "MIT")
    assert bundle_licenses("https://www.apache.org/licenses/LICENSE-2.0.txt, http://x") == ("Apache-2.0", "http://x")
    assert bundle_licenses('"') == ()


@pytest.mark.parametrize(
    ("stem", "artifact", "version"),
    [
        ("log4j-1.2-api-2.17.1", "log4j-1.2-api", "2.17.1"),
        ("kafka_2.13-3.8.0", "kafka_2.13", "3.8.0"),
        ("kafka-clients-3.8.0", "kafka-clients", "3.8.0"),
        ("jcip-annotations-1.0-1", "jcip-annotations", "1.0-1"),
        ("guava-r09", "guava", "r09"),
        ("spring-r2dbc-6.1.0", "spring-r2dbc", "6.1.0"),
        ("foo-1.0-SNAPSHOT-jar-with-dependencies", "foo", "1.0-SNAPSHOT"),
        ("foo-1.0-20240102.030405-6", "foo", "1.0-20240102.030405-6"),
        ("foo-1.0-beta-2.1", "foo", "1.0-beta-2.1"),
        ("jetty-http-9.4.53.v20231009", "jetty-http", "9.4.53.v20231009"),
        ("org.eclipse.core.runtime_3.29.0.v20230726-0617", "org.eclipse.core.runtime", "3.29.0.v20230726-0617"),
        ("foo.1.2.3", "foo", "1.2.3"),
        ("json-lib-2.4-jdk15", "json-lib", "2.4"),
        ("a-20240101-1.2", "a-20240101", "1.2"),
        ("foo", "foo", ""),
        ("1.0", "1.0", ""),
        ("-1", "-1", ""),
        ("", "", ""),
        ("a-1" * 200, "a-1" * 200, ""),
    ],
)
def test_file_names(stem: str, artifact: str, version: str) -> None:
    name = parse_name(f"usr/share/java/{stem}.jar")
    assert (name.stem, name.artifact, name.version) == (stem, artifact, version)


def test_known_versions_tell_where_the_name_ends() -> None:
    assert parse_name("spring-instrumentation-4.3.0-1.0.jar", ("1.0",)).artifact == "spring-instrumentation-4.3.0"
    assert parse_name("guava-27.0-jre.jar", ("27.0",)).version == "27.0-jre"


def test_names_without_any_metadata() -> None:
    assert found("spring-core-5.3.9.jar", {}) == ["org.springframework:spring-core 5.3.9"]
    assert found("io.quarkus.arc.arc-processor-3.1.jar", {}) == ["io.quarkus.arc:arc-processor 3.1"]
    assert found("org.osgi.core-6.0.0.jar", {}) == ["org.osgi:org.osgi.core 6.0.0"]
    assert found("jakarta.xml.bind-api-4.0.0.jar", {}) == ["jakarta.xml.bind:jakarta.xml.bind-api 4.0.0"]
    assert found("own-1.0.jar", {}) == ["own 1.0"]


def test_tables_of_groups() -> None:
    assert known_group("hibernate-core", "5.6.15.Final") == "org.hibernate"
    assert known_group("hibernate-core", "6.5.3.Final") == known_group("hibernate-core") == "org.hibernate.orm"
    assert known_group("commons-io") == "commons-io"
    assert family_group("tomcat-embed-core") == "org.apache.tomcat.embed"
    assert family_group("tomcat-juli") == "org.apache.tomcat"
    assert family_group("nobody-knows") == known_group("nobody-knows") == ""
    assert "com.sparkjava" in named_groups("spark-core")


def with_classes(*packages: str) -> dict[str, str | bytes]:
    return {f"{package.replace('.', '/')}/A.class": b"" for package in packages}


@pytest.mark.parametrize(
    ("name", "packages", "fields", "expected"),
    [
        ("dom4j-2.1.1", ["org.dom4j", "org.dom4j.io"], {}, "org.dom4j:dom4j 2.1.1"),
        ("dom4j-1.6.1", ["org.dom4j", "org.dom4j.io"], {}, "dom4j:dom4j 1.6.1"),
        ("htmlunit-3.8.0", ["org.htmlunit.html"], {}, "org.htmlunit:htmlunit 3.8.0"),
        ("htmlunit-2.70.0", ["com.gargoylesoftware.htmlunit"], {}, "net.sourceforge.htmlunit:htmlunit 2.70.0"),
        ("spark-core-2.5.4", ["spark", "spark.route"], {}, "com.sparkjava:spark-core 2.5.4"),
        ("spark-core-2.5.4", ["org.apache.spark.rdd"], {}, "org.apache.spark:spark-core 2.5.4"),
        ("commons-io-2.11.0", ["org.apache.commons.io.file"], {}, "commons-io:commons-io 2.11.0"),
        ("jackson-databind-2.15.2", ["com.fasterxml.jackson.databind"], {}, "com.fasterxml.jackson.core"),
        ("groovy-4.0.1", ["org.codehaus.groovy.ast", "groovy.lang"], {}, "org.apache.groovy:groovy 4.0.1"),
        ("httpclient-4.5.14", ["org.apache.http.client"], {}, "org.apache.httpcomponents:httpclient 4.5.14"),
        ("log4j-1.2.17", ["org.apache.log4j.net"], {}, "log4j:log4j 1.2.17"),
        ("jcl-over-slf4j-1.7.36", ["org.apache.commons.logging"], {}, "org.slf4j:jcl-over-slf4j 1.7.36"),
        ("tomcat-embed-core-9.0.75", ["org.apache.tomcat.util", "org.apache.catalina"], {}, "org.apache.tomcat.embed"),
        (
            "tomcat-embed-core-9.0.30",
            ["org.apache.tomcat.util", "org.apache.catalina"],
            {
                "Bundle-SymbolicName": "org.apache.tomcat-embed-core",
                "Automatic-Module-Name": "org.apache.tomcat.embed.core",
            },
            "org.apache.tomcat.embed:tomcat-embed-core 9.0.30",
        ),
        # Its module could be named so in another group as well, but no group is called after an artifact.
        (
            "tomcat-embed-jasper-9.0.30",
            ["org.apache.jasper", "javax.servlet.jsp"],
            {
                "Bundle-SymbolicName": "org.apache.tomcat-embed-jasper",
                "Automatic-Module-Name": "org.apache.tomcat.embed.jasper",
            },
            "tomcat-embed-jasper 9.0.30",
        ),
        ("lombok-1.18.24", ["lombok"], {"Automatic-Module-Name": "lombok"}, "org.projectlombok:lombok 1.18.24"),
        ("ktor-http-jvm-2.0.0", ["io.ktor.http"], {}, "io.ktor:ktor-http-jvm 2.0.0"),
        ("bson-4.6.1", ["org.bson.codecs"], {"Bundle-SymbolicName": "org.mongodb.bson"}, "org.mongodb:bson 4.6.1"),
        # A hyphen tells where the artifact begins in the name of the bundle.
        (
            "ours-net-api-1.0",
            ["ours.net.api"],
            {"Bundle-SymbolicName": "io.acme.net.ours-net-api"},
            "io.acme.net:ours-net-api 1.0",
        ),
        ("snakeyaml-1.33", ["org.yaml.snakeyaml"], {}, "org.yaml:snakeyaml 1.33"),
        # A name that advisories have, of somebody else's classes: no group.
        ("fastjson-1.0", ["com.acme.json"], {}, "fastjson 1.0"),
        ("armeria-1.0", ["io.acme.http"], {}, "armeria 1.0"),
        # A name that nobody has: by the name of the bundle alone, where the classes agree.
        ("ours-api-1.0", ["org.acme.ours.api"], {"Bundle-SymbolicName": "org.acme.ours.api"}, "org.acme.ours:ours-api"),
        ("ours-api-1.0", ["net.other"], {"Bundle-SymbolicName": "org.acme.ours.api"}, "ours-api 1.0"),
        ("ours-1.0", ["org.acme.ours"], {}, "ours 1.0"),
        ("org.acme.ours_1.0.0", ["org.acme.ours.impl"], {}, "org.acme:org.acme.ours 1.0.0"),
    ],
)
def test_the_classes_tell_the_group(name: str, packages: list[str], fields: dict[str, str], expected: str) -> None:
    content = jar(
        {**with_classes(*packages), **manifest(**{key.replace("-", "_"): text for key, text in fields.items()})}
    )
    (found,) = facts(java.CATALOGER, f"lib/{name}.jar", content).packages
    assert f"{found.name} {found.version}".startswith(expected)


@pytest.mark.parametrize(
    ("name", "members", "is_root"),
    [
        ("shop-1.0.jar", {"BOOT-INF/lib/x-1.jar": jar({})}, True),
        ("shop-1.0.war", {}, True),
        ("shop-1.0.jar", manifest(Start_Class="com.acme.Shop"), True),
        ("quarkus-run-1.0.jar", manifest(Main_Class="io.quarkus.bootstrap.runner.QuarkusEntryPoint"), True),
        ("shop-1.0.jar", manifest(Main_Class="com.acme.Shop"), False),
        ("shop-1.0.jar", {**pom("a", "shop", "1.0"), **manifest(Start_Class="a.A")}, False),
    ],
)
def test_what_an_application_is_started_from_without_a_group(
    name: str, members: dict[str, str | bytes], is_root: bool
) -> None:
    (own, *_) = facts(java.CATALOGER, f"app/{name}", jar(members)).packages
    assert is_root == (own.properties.get("relationship") == "root")


def test_pom_files() -> None:
    assert parse_properties(b"# x\ngroupId = a\nartifactId: b\nversion 1\\:2\nother=c\n") == Pom("a", "b", "1:2")
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><project><artifactId>&a;</artifactId></project>'
    assert parse_xml(bomb) is None
    assert parse_xml(b"<settings/>") is None
    assert parse_xml(b"<project><artifactId>a</artifactId><version>${x}</version></project>") == Pom(artifact="a")
    own = b"<project><groupId>g</groupId><artifactId>a</artifactId><version>${project.parent.version}</version>"
    assert parse_xml(own + b"<parent><version>3</version></parent></project>") == Pom("g", "a", "3")
    loop = b"<project><version>${a}</version><properties><a>${b}${b}</a><b>${a}${a}</b></properties></project>"
    assert parse_xml(loop) == Pom()


def test_archives_inside_archives() -> None:
    inner = jar(pom("org.example", "inner", "1"))
    lib = jar({**pom("org.example", "lib", "2"), "META-INF/jars/inner-1.jar": inner})
    boot = {**pom("org.example", "app", "3"), "BOOT-INF/lib/lib-2.jar": lib, "BOOT-INF/lib/x.jar": jar({"x": b""})}
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        read = facts(java.CATALOGER, "srv/app.jar", jar(boot, method))
        assert [(one.name, one.properties.get("path")) for one in read.packages] == [
            ("org.example:app", None),
            ("org.example:lib", "srv/app.jar!/BOOT-INF/lib/lib-2.jar"),
            ("org.example:inner", "srv/app.jar!/BOOT-INF/lib/lib-2.jar!/META-INF/jars/inner-1.jar"),
        ]
        message = "a Java archive that nothing identifies: neither its content nor its name"
        where = "srv/app.jar!/BOOT-INF/lib/x.jar"
        assert read.diagnostics == (Diagnostic("info", "unidentified-archive", message, where),)


@pytest.mark.parametrize(
    ("classifier", "members", "is_empty"),
    [
        ("-sources", {"org/a/A.java": ""}, True),
        ("-javadoc", {"index.html": ""}, True),
        ("-tests", with_classes("org.a"), True),
        ("-sources", with_classes("org.a"), False),
        ("", with_classes("org.a"), False),
    ],
)
def test_archives_without_code(classifier: str, members: dict[str, str | bytes], is_empty: bool) -> None:
    content = jar({**members, **manifest(), **pom("org.a", "b", "1.2")})
    (found,) = facts(java.CATALOGER, f"lib/b-1.2{classifier}.jar", content).packages
    assert (found.name, found.version, has_no_code(found)) == ("org.a:b", "1.2", is_empty)


def test_an_archive_that_was_unpacked() -> None:
    path = "srv/ROOT/META-INF/maven/org.a/b/pom.properties"
    (found,) = facts(java.CATALOGER, path, "groupId=org.a\nartifactId=b\nversion=1.2\n").packages
    assert (found.type, found.name, found.version, found.evidence) == ("maven", "org.a:b", "1.2", "installed")
    assert facts(java.CATALOGER, path, "groupId=org.a\nartifactId=b\n").diagnostics == (
        left_out(path, "artifact b has no version"),
    )


def test_unknown_and_foreign_archives() -> None:
    assert facts(java.CATALOGER, "x.jar", jar({"A.class": b"x"})) == CatalogerResult(unknown="Java archive")
    assert facts(java.CATALOGER, "x.sar", jar({"META-INF/MANIFEST.MF": ""})).unknown == "Java archive"
    assert facts(java.CATALOGER, "perl.par", jar({"META.yml": b"x"})) == CatalogerResult()
    assert facts(java.CATALOGER, "y.rar", b"Rar!\x1a\x07\0 and more") == CatalogerResult()
    for content in (b"", b"text"):
        read = facts(java.CATALOGER, "z.jar", content)
        assert (read.packages, read.unknown) == ((), "file named like a Java archive")
        assert read.diagnostics == (
            Diagnostic("warning", "not-an-archive", "not a zip archive: nothing was read from it", "z.jar"),
        )
    assert facts(java.CATALOGER, "empty.sar", b"") == CatalogerResult()
    assert found("launch-1.0.jar", {}) == found("launch-1.0.war", {}) == ["launch 1.0"]


def test_what_only_looks_like_an_artifact() -> None:
    assert facts(java.CATALOGER, "spring-4.3.0-1.0.jar", jar(manifest(Weave_Classes="a.B"))) == CatalogerResult()
    runtime = manifest(Implementation_Title="Java Runtime Environment", Implementation_Version="1.8.0_402")
    assert facts(java.CATALOGER, "jre/lib/rt.jar", jar(runtime)) == CatalogerResult()
    assert facts(java.CATALOGER, "jmods/java.base.jmod", b"JM\1\0" + jar({"classes/x": b""})) == CatalogerResult()


def test_a_jmod_and_a_jar_behind_a_script() -> None:
    module = b"JM\1\0" + jar({"classes/module-info.class": b"", **pom("org.example", "mod", "1")})
    assert [one.name for one in facts(java.CATALOGER, "mod.jmod", module).packages] == ["org.example:mod"]
    script = b"#!/bin/sh\nexec java -jar $0\n" + jar(pom("org.example", "app", "1"))
    assert [one.name for one in facts(java.CATALOGER, "app.jar", script).packages] == ["org.example:app"]


def told(code: str, why: str, path: str = "app.jar") -> Diagnostic:
    return unread(path, "Java", why, code)


def test_damage_is_told() -> None:
    whole = jar({"BOOT-INF/lib/lib-2.jar": jar(pom("org.example", "lib", "2")), **pom("a", "app", "1")})
    cut = facts(java.CATALOGER, "app.jar", whole[:-30])
    message = "not a zip archive, or a truncated one"
    assert cut == CatalogerResult(diagnostics=(told("damaged-archive", message),))
    stored = jar({"lib/l-1.jar": b"PK damaged", **pom("a", "app", "1")}, zipfile.ZIP_STORED)
    inner = facts(java.CATALOGER, "app.jar", stored)
    assert [one.name for one in inner.packages] == ["a:app"]
    assert inner.diagnostics == (told("damaged-archive", message, "app.jar!/lib/l-1.jar"),)
    packed = jar({"lib/l-1.jar": jar(pom("org.example", "lib", "2")), **pom("a", "app", "1")})
    flipped = facts(java.CATALOGER, "app.jar", packed[:60] + b"\xff" + packed[61:])
    assert [(one.code, one.where) for one in flipped.diagnostics] == [("damaged-archive", "app.jar!/lib/l-1.jar")]


def test_what_contradicts_itself_is_read_as_java_reads_it_and_told() -> None:
    data = jar(pom("org.example", "app", "1.0"), zipfile.ZIP_STORED).replace(b"version=1.0", b"version=1.1")
    read = facts(java.CATALOGER, "app.jar", data)
    assert [(one.name, one.version) for one in read.packages] == [("org.example:app", "1.1")]
    name = "META-INF/maven/org.example/app/pom.properties"
    why = f"{name}: damaged, or changed: its size or its checksum is another than the archive says"
    assert read.diagnostics == (told("ambiguous-archive", why),)


def test_the_last_manifest_counts() -> None:
    members = {"META-INF/MANIFEST.MF": "Implementation-Version: 1\n", "meta-inf/manifest.mf": "Plugin-Version: 2\n"}
    assert found("tool.jar", {**members}) == ["tool 2"]
    large = {"META-INF/MANIFEST.MF": "X: " + "y" * 1_000_000}
    assert facts(java.CATALOGER, "tool.jar", jar({**large})).diagnostics == (
        told("damaged-archive", "the main section of its manifest has 1,000,003 bytes", "tool.jar"),
    )


def test_a_packed_pom_that_cannot_be_read() -> None:
    directory = "META-INF/maven/org.example/lib"
    broken: dict[str, str | bytes] = {f"{directory}/pom.xml": "<project>" + "<a/>" * 20_000 + "</project>"}
    why = f"{directory}/pom.xml: no POM that can be read"
    assert facts(java.CATALOGER, "app.jar", jar(broken)).diagnostics == (told("damaged-archive", why),)
    stated = facts(java.CATALOGER, "app.jar", jar(broken | pom("org.example", "lib", "1")))
    assert [(one.name, one.version) for one in stated.packages] == [("org.example:lib", "1")]
    assert stated.diagnostics == ()


LOG4J = pom("org.apache.logging.log4j", "log4j-core", "2.14.1") | manifest(Main_Class="a.B")


@pytest.mark.parametrize("path", ["opt/app", "opt/app.bin", "opt/app.d/1.2", "bin/tool.JAR.bak"])
@pytest.mark.parametrize("before", [b"", b"#!/bin/sh\nexec java -jar $0\n"])
def test_an_archive_is_known_by_its_content(path: str, before: bytes) -> None:
    read = by_content(path, before + jar(LOG4J))
    assert [(one.name, one.version) for one in read.packages] == [("org.apache.logging.log4j:log4j-core", "2.14.1")]
    assert read.diagnostics == ()
    assert read.unknown == ""


def by_content(path: str, data: bytes) -> CatalogerResult:
    """What is read from a file that no name claims."""
    router = Router([java.CATALOGER])
    assert not router.routes(path)
    (route,) = router.routes_by_content(path, data[:4])
    return java.CATALOGER.parse(WantedFile(route.path, 0o644, data))


def test_other_zip_archives() -> None:
    distribution = jar({"app-1.0/lib/log4j.jar": jar(LOG4J), "app-1.0/README": b"x"})
    read = by_content("opt/app-1.0-bin.zip", distribution)
    assert [(one.name, one.version, one.properties["path"]) for one in read.packages] == [
        ("org.apache.logging.log4j:log4j-core", "2.14.1", "opt/app-1.0-bin.zip!/app-1.0/lib/log4j.jar")
    ]
    assert by_content("a/classes-1.0.zip", jar({"x/A.class": b""})) == CatalogerResult(unknown="Java archive")
    assert by_content("a/docs-1.0.zip", jar({"x/index.html": b""})) == CatalogerResult()
    assert by_content("a/cut.zip", jar({"x": b""})[:-3]) == CatalogerResult()
    assert by_content("a/script", b"#!/bin/sh\n") == CatalogerResult()
    assert by_content("a/script", b"#!/bin/sh\nprintf 'PK\5\6'\n") == CatalogerResult()
    assert by_content("a/app", b"#!/usr/bin/python3\n" + jar({"__main__.py": b""})) == CatalogerResult()


def test_archives_that_overlap_are_read_once() -> None:
    data = bytearray(jar({"a.jar": jar(pom("a", "b", "1")), "c.jar": jar(pom("a", "b", "1"))}))
    entry = data.rindex(b"PK\1\2")
    data[entry + 42 : entry + 46] = bytes(4)
    read = facts(java.CATALOGER, "app.jar", bytes(data))
    assert [one.properties["path"] for one in read.packages] == ["app.jar!/a.jar"]
    assert read.diagnostics == (told("overlapping-archives", "archives inside that lie over one another: 1"),)


def test_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    data = jar(pom("a", "b", "1"))
    for level in range(10):
        data = jar({f"{level}.jar": data})
    deep = facts(java.CATALOGER, "a.jar", data)
    assert deep.packages == ()
    assert [(one.code, one.where.count("!/")) for one in deep.diagnostics if one.level == "incomplete"] == [
        ("archive-too-deep", 9)
    ]
    bomb = jar({f"{number}.jar": bytes(60_000) for number in range(20)})
    monkeypatch.setattr(java, "_INFLATED", 1_000_000 - 10 * len(bomb))
    stopped = facts(java.CATALOGER, "a.jar", bomb)
    message = "archives in it inflate to more than 1,000,000 bytes; the rest was not read"
    assert stopped.diagnostics[-1] == Diagnostic("incomplete", "archive-limit", message, "a.jar")
    texts = jar({"META-INF/MANIFEST.MF": b"\n" * 50_000})
    monkeypatch.setattr(java, "_TEXT", 40_000 - len(texts))
    for read in (facts(java.CATALOGER, "a.jar", texts), by_content("a", texts)):
        message = "descriptions in it come to more than 40,000 bytes; the rest was not read"
        assert read.diagnostics == (Diagnostic("incomplete", "archive-limit", message, read.diagnostics[0].where),)
    monkeypatch.setattr(java, "ZipBudget", lambda size, **_: ZipBudget(size, members=0))
    for read in (facts(java.CATALOGER, "a.jar", texts), by_content("a", texts)):
        assert [one.code for one in read.diagnostics] == ["archive-limit"]


def test_many_archives_and_many_remarks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(java, "_MOST_ARCHIVES", 150)
    data = jar({f"{number}.jar": jar({"x": b""}) for number in range(200)})
    read = facts(java.CATALOGER, "a.jar", data)
    assert len(read.diagnostics) == 101
    message = "more than 150 archives inside; the rest was not read"
    assert read.diagnostics[-1] == Diagnostic("incomplete", "archive-limit", message, "a.jar")
    monkeypatch.setattr(java, "_MOST_POMS", 2)
    poms: dict[str, str | bytes] = {}
    for number in range(9):
        poms |= pom("a", f"b{number}", "1")
    assert len(facts(java.CATALOGER, "x-1.jar", jar(poms)).packages) == 4


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_damage_never_raises(method: int) -> None:
    inner = jar(pom("org.example", "lib", "2") | manifest(Implementation_Title="a"), method)
    xml = "<project><artifactId>a</artifactId></project>"
    whole = jar({"lib/l-2.jar": inner, "META-INF/maven/a/b/pom.xml": xml, **manifest(Bundle_Version="1")}, method)
    for data in damaged(whole, 500):
        read = facts(java.CATALOGER, "app.jar", data)
        assert len(read.packages) <= 3


@pytest.mark.parametrize(
    ("file", "version"),
    [
        ("lib-1.2.jre8.jar", "1.2.jre8"),
        ("lib-1.2-jre.jar", "1.2-jre"),
        ("lib-1.2.3.jar", "1.2"),
        ("lib-1.2.jar", "1.2"),
    ],
)
def test_the_platform_of_a_build_may_stand_in_the_file_name_alone(file: str, version: str) -> None:
    assert found(f"opt/{file}", pom("org.example", "lib", "1.2")) == [f"org.example:lib {version}"]
