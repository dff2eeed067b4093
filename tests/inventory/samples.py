"""Small trees of files that together give every cataloger something to read.

Built from the samples of the catalogers' own tests; lock files, which those tests write in place, are written here.
"""

import json

from lading.safeio.zstd import compress
from tests.inventory.catalogers import (
    test_binary,
    test_bitnami,
    test_bottlerocket,
    test_bundles,
    test_chisel,
    test_conan,
    test_conda,
    test_cos,
    test_dotnet,
    test_erlang,
    test_haskell,
    test_homebrew,
    test_java,
    test_julia,
    test_jvm,
    test_lua,
    test_managers,
    test_models,
    test_nix,
    test_node,
    test_opkg,
    test_pacman,
    test_perl,
    test_php,
    test_portage,
    test_python,
    test_r,
    test_red_hat,
    test_rpm,
    test_ruby,
    test_sbom,
    test_scripts,
    test_snap,
)
from tests.inventory.executables.build import Part, elf

Tree = dict[str, bytes]
_PORTAGE = "var/db/pkg/dev-libs/openssl-1.1.1w"
_APK = """C:Q1dhjKj
P:musl
V:1.2.5-r0
A:x86_64
o:musl
L:MIT
m:A B <a@b.c>
F:lib
R:ld-musl-x86_64.so.1
Z:Q1

P:busybox
V:1.36.1-r29
A:x86_64
F:bin
R:busybox
"""
_STATUS = """Package: libc6
Status: install ok installed
Architecture: amd64
Multi-Arch: same
Source: glibc (2.36-9)
Version: 2.36-9+deb12u4
Conffiles:
 /etc/ld.so.conf 4317c6de8564b68d628c21efa96b37e4

Package: zlib1g
Status: install ok installed
Architecture: amd64
Version: 1:1.2.13
"""
_GEM = test_ruby.INSTALLED
_JAR = test_java.jar(
    {
        **test_java.pom("org.example", "lib", "2.17"),
        **test_java.manifest(Implementation_Title="lib", Implementation_Version="2.17", Bundle_SymbolicName="org.lib"),
        "A.class": b"1",
    }
)
_FAT_JAR = test_java.jar({"BOOT-INF/lib/lib-2.17.jar": _JAR, **test_java.pom("org.example", "app", "1.0")})
_NOTE = test_binary.note('{"type": "rpm", "name": "coreutils", "version": "9.4"}')
_PROGRAMS = [
    elf([Part(".note.package", _NOTE, 0x3000)]),
    *(data for data in test_binary.WHOLE if b".note.package" not in data),
]


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


SYSTEM: dict[str, Tree] = {
    "alpine": {
        "etc/os-release": b'ID=alpine\nVERSION_ID=3.20.1\nPRETTY_NAME="Alpine Linux v3.20"\n',
        "lib/apk/db/installed": _APK.encode(),
    },
    "debian": {
        "etc/os-release": b'ID=debian\nVERSION_ID="12"\n',
        "etc/debian_version": b"12.5\n",
        "var/lib/dpkg/status": _STATUS.encode(),
        "var/lib/dpkg/status.d/tzdata": b"Package: tzdata\nVersion: 2024a\nArchitecture: all\n",
        "var/lib/dpkg/info/libc6:amd64.md5sums": b"0" * 32 + b"  lib/x86_64-linux-gnu/libc.so.6\n",
        "var/lib/dpkg/info/zlib1g:amd64.list": b"/.\n/usr\n/usr/lib\n/usr/lib/libz.so.1\n",
    },
    "chisel": {"var/lib/chisel/manifest.wall": compress(test_chisel.WALL)},
    "opkg": {
        "usr/lib/opkg/status": test_opkg.STATUS.encode(),
        "usr/lib/opkg/info/zlib.control": b"Package: zlib\nVersion: 1.3.1-1\nSource: libs/zlib\nLicense: Zlib\n",
        "usr/lib/opkg/info/zlib.list": b"/usr/lib/libz.so\t0100755\n",
    },
    "pacman": {
        f"{test_pacman.LOCAL}/desc": test_pacman.DESC.encode(),
        f"{test_pacman.LOCAL}/files": test_pacman.FILES.encode(),
    },
    "portage": {
        f"{_PORTAGE}/CONTENTS": test_portage.CONTENTS.encode(),
        f"{_PORTAGE}/LICENSE": b"|| ( GPL-2 LGPL-2.1 ) BSD\n",
        f"{_PORTAGE}/SLOT": b"0/1.1\n",
    },
    "rpm-bdb": {"var/lib/rpm/Packages": test_rpm.DATABASES["bdb"]},
    "rpm-bdb-big-endian": {"var/lib/rpm/Packages": test_rpm.DATABASES["bdb, big-endian"]},
    "rpm-ndb": {"usr/lib/sysimage/rpm/Packages.db": test_rpm.DATABASES["ndb"]},
    "rpm-sqlite": {"usr/lib/sysimage/rpm/rpmdb.sqlite": test_rpm.DATABASES["sqlite"]},
    "distroless-rpm": {
        "var/lib/rpmmanifest/container-manifest-2": b"a\t1-2\t0\t0\tMaker\t(none)\t1\tx86_64\t0\ta.src\n"
    },
    "bottlerocket": {test_bottlerocket.PATH: test_bottlerocket.INVENTORY.encode()},
    "cos": {test_cos.PATH: test_cos.LIST.encode()},
    "bitnami": {
        test_bitnami.COMPONENTS: b'{"gosu": {"arch": "amd64", "distro": "debian-12", "version": "1.17.0-1"}}',
        test_bitnami.SPDX: test_bitnami.TAGGED.encode(),
        "opt/bitnami/wp/.spdx-wp.spdx": _json(
            {
                "spdxVersion": "SPDX-2.3",
                "SPDXID": "SPDXRef-DOCUMENT",
                "packages": [test_bitnami.spdx_package("wp", "6.4-1", "pkg:bitnami/wp@6.4-1?arch=amd64")],
            }
        ),
    },
    "homebrew": {f"{test_homebrew.KEG}/INSTALL_RECEIPT.json": test_homebrew.RECEIPT.encode()},
    "nix": {
        test_nix.DATABASE: test_nix.database(f"{test_nix.A}-openssl-3.0.13", f"{test_nix.B}-bash-5.2"),
    },
    "snap": {test_snap.PATH: test_snap.SNAP.encode()},
    "red-hat": {
        test_red_hat.MANIFEST: b'{"metadata": {}, "content_sets": ["rhel-8-for-x86_64-baseos-rpms"]}',
        test_red_hat.DOCKERFILE: b'FROM x\nLABEL com.redhat.component="ubi8-container" \\\n  name="ubi8"\n',
        "root/buildinfo/labels.json": b'{"name": "ubi9", "cpe": "cpe:/a:redhat:rhel:9"}',
    },
    "ubuntu-pro": {
        "var/lib/ubuntu-advantage/status.json": _json({"services": [{"name": "esm-infra", "status": "enabled"}]})
    },
}
LANGUAGES: dict[str, Tree] = {
    "conan": {
        "root/.conan/data/openssl/1.1.1q/_/_/package/5ab8/conaninfo.txt": test_conan.INFO.encode(),
        test_conan.CACHE: test_conan.cache("zlib/1.3", "fmt/10.2@me/dev"),
    },
    "conda": {
        test_conda.PATH: _json(test_conda.RECORD),
        "srv/environment.yml": b"name: x\ndependencies:\n  - a=1.0=py_0\n  - pip:\n    - b[c]==1\n",
    },
    "dart": {"root/.pub-cache/hosted/pub.dev/http-1.2.0/pubspec.yaml": b"name: http\n"},
    "dotnet": {"app/App.deps.json": test_dotnet.APP, "app/App.dll": test_dotnet.dll("App", ProductVersion="1.0.0")},
    "dotnet-alone": {"srv/Json.dll": test_dotnet.dll("Json", ProductVersion="13.0.1", FileVersion="13.0.1.0")},
    "erlang": {
        "app/lib/cowboy-2.9.0/ebin/cowboy.app": test_erlang.APP.encode(),
        "app/deps/jason/hex_metadata.config": test_erlang.METADATA.encode(),
    },
    "haskell": {test_haskell.REGISTERED: b"name: base\nversion: 4.18.1\nlicense: BSD-3-Clause\n"},
    "java": {"srv/lib-2.17.jar": _JAR, "srv/app.jar": _FAT_JAR},
    "julia": {f"{test_julia.DEPOT}/Manifest.toml": test_julia.FORMAT_2.encode()},
    "jvm": {"opt/java/release": test_jvm.TEMURIN.encode()},
    "lua": {"usr/lib/luarocks/rocks/lua-cjson/2.1.0-1/lua-cjson-2.1.0-1.rockspec": test_lua.ROCKSPEC.encode()},
    "archives": {"srv/dump.tar.Z": b"\x1f\x9d\x90", "srv/x.rar": b"Rar!\x1a\7", "srv/y": b"7z\xbc\xaf"},
    "models": {
        test_models.PATH: test_models.MODEL,
        "m/a.safetensors": test_models.safetensors({"__metadata__": {"modelspec.title": "Base"}}),
        "root/.cache/huggingface/hub/models--org--my/refs/main": b"ab" * 20,
    },
    "node": {
        "app/node_modules/@scope/lib/package.json": b'{"name": "@scope/lib", "version": "2.1.0", "license": "MIT"}',
        "app/node_modules/.package-lock.json": _json(test_node.LOCK),
    },
    "opam": {"home/opam/.opam/4.14/.opam-switch/packages/lwt.5.7.0/opam": b'license: ["MIT"\n "ISC"]\n'},
    "perl": {
        "usr/local/lib/perl5/5.36/perllocal.pod": test_perl.LOCAL.encode(),
        f"{test_perl.LIB}/auto/JSON/XS/.packlist": b"/usr/x/JSON/XS.pm\n/usr/man/a.3 type=link from=/b\n",
        f"{test_perl.LIB}/.meta/libwww-perl-6.67/install.json": test_perl.INSTALL.encode(),
        f"{test_perl.LIB}/.meta/libwww-perl-6.67/MYMETA.json": b'{"license": ["perl_5"], "name": "libwww-perl"}',
    },
    "php": {
        test_php.INSTALLED: b'{"packages": [{"name": "a/b", "version": "1.0", "install-path": "../a/b"}]}',
        "usr/local/lib/php/.registry/archive_tar.reg": test_php.serialized(test_php.ARCHIVE_TAR),
    },
    "wordpress": {
        "var/www/wp-includes/version.php": b"<?php\n$wp_version = '6.4.2';\n",
        "var/www/wp-content/plugins/form/main.php": b"<?php\n/**\n * Plugin Name: Form\n * Version: 5.8.1\n */\n",
    },
    "python": {
        f"{test_python.INFO}/METADATA": test_python.METADATA.encode(),
        f"{test_python.INFO}/RECORD": test_python.RECORD.encode(),
        f"{test_python.INFO}/INSTALLER": b"pip\n",
        f"{test_python.INFO}/top_level.txt": b"demo\n",
        f"{test_python.INFO}/direct_url.json": b'{"url": "https://b/c", "vcs_info": {"vcs": "git", "commit_id": "1"}}',
        f"{test_python.INFO}/sboms/auditwheel.cdx.json": _json(test_python.SBOM),
        f"{test_python.SITE}/pip/_vendor/vendor.txt": b"requests==2.31.0\nurllib3==1.26.17\n",
    },
    "python-egg": {
        "usr/lib/python2.7/site-packages/a.egg": test_python.zipped(EGG_INFO__PKG_INFO=test_python.METADATA)
    },
    "r": {"usr/lib/R/library/BiocGenerics/DESCRIPTION": test_r.DESCRIPTION.encode()},
    "ruby": {f"{test_ruby.HOME}/specifications/nokogiri-1.16.0-x86_64-linux.gemspec": _GEM.encode()},
    "sbom": {"srv/bom.json": test_sbom.DOCUMENT},
    "phar": {"usr/local/bin/wp": test_scripts.phar(test_scripts.WP_CLI)},
    "bundles": {
        f"srv/{name}-{version}.js": f"={{exports:{{}}}}{code}".encode() for name, version, code in test_bundles.CASES
    },
    **{f"script-{number}": {path: data} for number, (path, data, *_) in enumerate(test_scripts.CASES)},
    **{f"program-{number}": {f"usr/bin/tool{number}": data} for number, data in enumerate(_PROGRAMS)},
}
DECLARED: dict[str, Tree] = {
    "haskell-lock": {"stack.yaml.lock": test_haskell.LOCK.encode()},
    "julia-manifest": {"Manifest.toml": test_julia.FORMAT_1.encode()},
    "mix-lock": {"mix.lock": b'%{\n  "app": {:hex, :app, "1.0.0", "ab", [:mix], [], "hexpm", "cd"},\n}\n'},
    "rebar-lock": {"rebar.lock": b'{"1.2.0",\n[{<<"app">>,{pkg,<<"pkg">>,<<"1.0.0">>},0}]}.\n'},
    "bun-lock": {"bun.lock": b'{"workspaces": {"": {"name": "x"}}, "packages": {"a": ["a@1.0.0", ""],}}\n'},
    "conan-manifest": {"conanfile.txt": b"[requires]\nzlib/1.2.11\n"},
    "sbt-lock": {
        "build.sbt.lock": _json(
            {"lockVersion": 1, "dependencies": [{"org": "a", "name": "b", "version": "1.0", "configurations": []}]}
        )
    },
    "conan-lock": {"conan.lock": b'{"graph_lock": {"nodes": {"1": {"ref": "a/1.0@u/s#rev", "requires": ["2"]}}}}'},
    "pubspec-lock": {"pubspec.lock": b'packages:\n  a:\n    dependency: "direct main"\n    version: "1.0.0"\n'},
    "nuget": {
        "packages.lock.json": b'{"dependencies": {"net8.0": {"A": {"type": "Direct", "resolved": "1.0.0"}}}}',
        "obj/project.assets.json": b'{"libraries": {"A/1.0.0": {"type": "package"}, "B/1": {"type": "package"}}}',
        "packages.config": b'<packages><package id="A" version="1.0" /><package id="B" version="2"/></packages>',
        "Directory.Packages.props": b'<Project><A><PackageVersion Include="A" Version="1" /></A></Project>',
    },
    "go-mod": {"go.mod": b"module example.org/top\ngo 1.21.3\nrequire (\n\texample.org/a v1.0.0 // indirect\n)\n"},
    "gradle": {
        "gradle.lockfile": b"g:a:1.0=compileClasspath\ng:b:2.0=testRuntimeClasspath\nempty=\n",
        "gradle/libs.versions.toml": b'[versions]\none = "1.0"\n[libraries]\na = "g:a:0.1"\n'
        b'b = { module = "g:b", version.ref = "one" }\n',
    },
    "maven-pom": {
        "pom.xml": b"<project><properties><a>1</a></properties><dependencies><dependency><groupId>g</groupId>"
        b"<artifactId>a</artifactId><version>${a}.2</version></dependency></dependencies></project>"
    },
    "npm-lock": {
        "package-lock.json": b'{"lockfileVersion": 3, "packages": {"": {}, "node_modules/a": {"version": "1"}}}',
        "old/package-lock.json": b'{"lockfileVersion": 1, "dependencies": {"a": {"version": "1.0.0"}}}',
    },
    "composer-lock": {"composer.lock": b'{"packages": [{"name": "v/a", "version": "v1.0", "license": ["MIT"]}]}'},
    "pnpm-lock": {
        "pnpm-lock.yaml": b"lockfileVersion: '6.0'\ndependencies:\n  a:\n    version: 1.0.0(b@2.0.0)\n"
        b"packages:\n  /a@1.0.0(b@2.0.0):\n    dev: false\n  /@s/c@2.0.0:\n    dev: true\n"
    },
    "python-lock": {
        "poetry.lock": b'[[package]]\nname = "A_b"\nversion = "1.0"\n[metadata]\nlock-version = "2.1"\n',
        "pdm.lock": b'[metadata]\n[[package]]\nname = "a"\nversion = "1"\n',
        "uv.lock": b'[[package]]\nname = "top"\nsource = { editable = "." }\ndependencies = [{ name = "a" }]\n'
        b'[[package]]\nname = "a"\nversion = "1.0"\n',
        "pylock.toml": b'lock-version = "1.0"\n[[packages]]\nname = "a"\nversion = "1"\n',
        "Pipfile.lock": b'{"default": {"A.b": {"version": "==1.0"}}, "develop": {"c": {"version": "===2.0"}}}',
        "requirements.txt": b'--index-url https://x/\nFlask == 2.0.0  # why\nzope[test]==5.0 ; python_version < "3"\n',
    },
    "gemfile-lock": {
        "Gemfile.lock": b"GEM\n  remote: https://x/\n  specs:\n    b (1.2.3)\n      c (~> 1)\n\nDEPENDENCIES\n  b\n"
    },
    "cargo-lock": {"Cargo.lock": b'[[package]]\nname = "a"\nversion = "1.0.0"\nsource = "registry+https://x"\n'},
    "swift": {
        "Package.resolved": b'{"pins": [{"identity": "a", "location": "https://x/o/a", "state": {"version": "1"}}]}',
        "Podfile.lock": b'PODS:\n  - A (1.0):\n    - B/Core (~> 2.0)\n  - "C/NS+zlib (3.0)"\n\nDEPENDENCIES:\n  - A\n',
    },
    "yarn-lock": {
        "yarn.lock": b'# yarn lockfile v1\n\n"@s/a@^1.0.0":\n  version "1.2.0"\n  resolved "https://x/@s/a/-/a-1.2.0.tgz"\n',
        "berry/yarn.lock": b'__metadata:\n  version: 8\n\n"a@npm:^1":\n  version: 1.2.0\n  resolution: "a@npm:1.2.0"\n',
    },
}
MANAGERS: dict[str, Tree] = {
    "managers": {
        path: (data.encode() if isinstance(data, str) else data) or b"x"
        for path, data, packages in test_managers.RECORDS
        if packages
    }
    | {"var/db/pkg/local.sqlite": test_managers.freebsd()}
}
VEX: dict[str, Tree] = {"vex": {"usr/share/vex/a.openvex.json": b'{"statements": [{"status": "fixed"}]}'}}
TREES = SYSTEM | LANGUAGES | DECLARED | MANAGERS | VEX
