from random import Random

import pytest

from lading.inventory.catalogers.cataloger import CatalogerResult, FoundPackage
from lading.inventory.catalogers.node import CATALOGERS, bundles
from lading.inventory.router import Router
from lading.model.reader import WantedFile

# What minifiers (esbuild, terser, those of webpack and Parcel) and the files of the packages themselves make of the
# line that has the version.
CASES = [
    ("angular", "1.8.0", 'var ss={full:"1.8.0",major:1,minor:8,dot:0,codeName:"nested-vaccination"};'),
    ("angular", "1.5.11", "full: '1.5.11',    // made by the build\n  major: 1,    // of it\n  codeName: 'x'"),
    ("axios", "1.6.0", 'return"[Axios v1.6.0] Transitional option'),
    ("axios", "1.7.4", 'const re="1.7.4",we={};return"[Axios v"+re+"] Transitional option'),
    ("axios", "1.7.5", "const VERSION = '1.7.5';\nreturn `[Axios v${VERSION}] Transitional"),
    ("axios", "0.27.2", '{fr.exports={version:"0.27.2"}});var x=A(),le={};["object","boolean"];"[Axios v"+Dt'),
    ("backbone", "1.4.0", 'F.VERSION="1.4.0",F.$=G,F.emulateHTTP=!1'),
    ("bootstrap", "5.1.3", "/*!\n  * Bootstrap v5.1.3 (https://getbootstrap.com/)"),
    ("bootstrap", "4.3.1", 'var Le="alert",Bt="4.3.1",qe="bs.alert",ft="."+qe'),
    ("bootstrap", "3.4.1", 'i.VERSION="3.4.1",i.TRANSITION_DURATION=150,i.prototype'),
    ("bootstrap-select", "1.13.18", "/*!\n * Bootstrap-select v1.13.18 (https://developer.snapappointments.com/"),
    ("chart.js", "2.9.3", "/*!\n * Chart.js v2.9.3\n * https://www.chartjs.org\n"),
    ("ckeditor4", "4.15.0", '{timestamp:"K87C",version:"4.15.0 (Standard)",revision:"a786d6f43"'),
    ("codemirror", "5.58.1", 'R.fromTextArea=nu,lu(R),R.version="5.58.1",R}))'),
    ("codemirror", "5.65.16", 'e.fromTextArea=x,e.keyNames=Ko}(Wl),Wl.version="5.65.16",Wl}'),
    ("datatables.net", "1.10.21", "/*! DataTables 1.10.21\n * ©"),
    ("dompurify", "2.2.0", 'if(r.version="2.2.0",r.removed=[],!n)'),
    (
        "dompurify",
        "3.1.0",
        "DOMPurify.version = '3.1.0';\n  /**\n   * What was removed\n   */\n  DOMPurify.removed = [];",
    ),
    (
        "ejs",
        "3.1.5",
        'keywords:["template","engine","ejs"],version:"3.1.5",description:"Embedded JavaScript templates"',
    ),
    ("handlebars", "4.7.6", 'is="4.7.6";D.VERSION=is;D.COMPILER_REVISION=8,D.x={1:"<= 1.0.rc.2",2:"=='),
    ("highlight.js", "10.4.0", 'var N_="10.4.0";function C_(e){};t.versionString=N_;'),
    ("highlight.js", "10.4.1", 't.versionString="10.4.1";'),
    ("jquery", "3.4.1", 'var Vt="3.4.1",r=function(e,t){return new r.fn.init(e,t)}'),
    (
        "jquery",
        "1.12.4",
        'version = "1.12.4",\n\n\t// a copy\n\tjQuery = function( selector, context ) {\n\n\t\t// is\n'
        "\t\t// called\n\t\treturn new jQuery.fn.init( selector, context );",
    ),
    ("jquery", "3.5.1", "/*! jQuery v3.5.1 | (c) JS Foundation"),
    ("jquery-ui", "1.12.1", 't.ui=t.ui||{};t.ui.version="1.12.1";'),
    ("jquery-ui", "1.13.2", "/*!\n * jQuery UI Widget 1.13.2\n"),
    ("jquery-validation", "1.19.3", "/*! jQuery Validation Plugin - v1.19.3 - 1/9/2021"),
    ("jszip", "3.5.0", 'ee.version="3.5.0";ee.loadAsync=function(e,t){'),
    ("katex", "0.11.0", '$a={version:"0.11.0",render:$r,renderToString:Xa,ParseError'),
    ("knockout", "3.5.0", 'e.version="3.5.0",e.b("version",e.version),e.applyBindings'),
    ("leaflet", "1.9.4", "/* @preserve\n * Leaflet 1.9.4, a JS library for interactive maps. https"),
    ("lodash", "4.17.20", 'var l,X="4.17.20",An=200,re="Unsupported core-js use. Try'),
    (
        "lodash",
        "4.17.4",
        "var VERSION = '4.17.4';\n\n  /** arrays */\n  var LARGE_ARRAY_SIZE = 200;\n\n  /** errors */\n"
        "  var CORE_ERROR_TEXT = 'Unsupported core-js use. Try",
    ),
    ("lodash", "4.17.21", '"Unsupported core-js use";Nn.VERSION="4.17.21",xt(["bind","bindKey","curry"'),
    (
        "lodash",
        "3.10.1",
        "/**\n * @license\n * lodash 3.10.1 (Custom Build) <https://lodash.com/>\n * Build: `lodash -d -o",
    ),
    ("moment", "2.29.1", '/moment/;o.version="2.29.1",U(D),o.fn=l,o.min=fa'),
    ("moment", "2.29.2", '/moment/;a.version="2.29.2",t=Ct,a.fn=En'),
    ("moment", "2.18.1", "//! moment.js\n//! version : 2.18.1\n"),
    ("mustache", "4.0.0", 'var g={name:"mustache.js",version:"4.0.0",tags'),
    ("pdfjs-dist", "2.5.207", '("GetDocRequest",{docId:e,apiVersion:"2.5.207",source'),
    ("quill", "1.3.6", 'T.version="1.3.6",T.imports={delta:d.default'),
    ("quill", "2.0.2", 'static version="2.0.2";static imports={delta'),
    ("react-dom", "17.0.2", '{bundleType:0,version:"17.0.2",rendererPackageName:"react-dom"}'),
    ("react-dom", "18.2.0", 'version:"18.2.0-next-9e3b772b8-20220608",rendererPackageName:"react-dom"}'),
    ("react-dom", "18.3.1", 'var bw="18.3.1";x={bundleType:0,version:bw,rendererPackageName:"react-dom"}'),
    ("react-dom", "16.14.0", "/** @license React v16.14.0\n * react-dom.production.min.js\n"),
    ("select2", "4.0.10", "/*!\n * Select2 4.0.10\n * https://select2.github.io\n"),
    ("showdown", "1.9.0", "/*! showdown v 1.9.0 - 10-11-2018 */"),
    ("swagger-ui-dist", "5.17.14", '={PACKAGE_VERSION:"5.17.14",GIT_COMMIT:"g8aa52920"};e.swaggerUi'),
    ("swagger-ui-dist", "3.52.0", 'swaggerUi;var Nr="gee40b00",Mr="3.52.0",Rr="host-1",Dr="Mon, 09 Aug 2021 15"'),
    ("sweetalert2", "11.10.0", "/*!\n* sweetalert2 v11.10.0\n"),
    ("swiper", "6.5.0", "/**\n * Swiper 6.5.0\n * Most modern mobile touch slider"),
    ("tinymce", "6.8.3", "/**\n * TinyMCE version 6.8.3 (2024-02-08)\n */"),
    ("ua-parser-js", "0.7.22", '/UAParser/;var k="0.7.22",O="",x="?",z="function"'),
    ("ua-parser-js", "1.0.35", 'K.VERSION="1.0.35",K.BROWSER=W([l,u,b])'),
    ("underscore", "1.12.0", 'var Er="1.12.0",kt=typeof self=="object"&&self.self===self'),
    ("underscore", "1.13.6", 'var n="1.13.6",r="object"==typeof self&&self.self===self'),
    ("underscore", "1.9.1", 'y.VERSION="1.9.1";var d,g=function(n,r,t){if(void 0===r)return n;switch(null==t?3:t)'),
    ("validator", "13.0.0", 'var u_="13.0.0",l_={version:u_,toDate:Ic.default'),
    ("validator", "13.6.0", 'var xr={version:"13.6.0",toDate:a.default'),
    ("video.js", "7.11.0", "/**\n * @license\n * Video.js 7.11.0 <http://videojs.com/>"),
    ("vue", "3.0.11", 'const so="3.0.11",La={createComponentInstance:xi'),
    ("vue", "3.2.37", 'const Yo="3.2.37",Xo="undefined"!=typeof document?document:null;e._vtc'),
    ("vue", "3.2.38", "la=`3.2.38`}));function da(e,t,n){let r=e._vtc;r&&"),
    ("vue", "3.4.21", "/**\n* @vue/shared v3.4.21\n* (c) 2018-present Yuxi (Evan) You and"),
    ("vue", "2.6.12", '"FunctionalRenderContext",{value:tn}),ur.version="2.6.12";'),
    ("vue", "2.7.16", "/*!\n * Vue.js v2.7.16\n * (c) 2014"),
    ("xlsx", "0.16.0", 'function Ea(u){u.version="0.16.0";var d=1200,a=1252;x["!ref"]'),
    ("yarn", "1.22.22", '{"name":"yarn","installationMethod":"tar","version":"1.22.22","license"'),
]
_WEBPACK = "var r=t[e]={exports:{}};"
_PACKAGED = '{name:"elliptic",version:"6.5.3",description:"EC",repository:{type:"git"}}'


def read(path: str, text: str) -> CatalogerResult:
    return bundles.parse(WantedFile(path, 0o644, text.encode()))


def named(path: str, text: str) -> list[tuple[str, str]]:
    return [(one.name, one.version) for one in read(path, text).packages]


@pytest.mark.parametrize(("name", "version", "code"), CASES)
def test_rule(name: str, version: str, code: str) -> None:
    assert named("srv/assets/index-4f2a.js", f";;{code};;") == [(name, version)]


def test_every_rule_has_a_case() -> None:
    assert {rule.name for rule in bundles.rules()} == {name for name, *_ in CASES}


@pytest.mark.parametrize(
    "code",
    [
        '* lodash 3.0.4 (Custom Build) <https://lodash.com/>\n * Build: `lodash modularize exports="npm" -o ./`',
        "/*! @license DOMPurify | github.com/cure53/DOMPurify/blob/2.0.8/LICENSE */",
        "* Based on Underscore.js 1.8.3 <http://underscorejs.org/LICENSE>",
        '{name:"shop",version:"1.0.0",private:true}',  # the application's own
        '{name:"yarn",installationMethod:"unknown",version:"1.10.0-0"}',  # in @yarnpkg/lockfile
        'see "/node_modules/lodash/lodash.js"',
        't.versionString=N_;var M_="10.4.0"',
    ],
)
def test_what_states_no_version_of_what_is_there(code: str) -> None:
    assert named("srv/assets/index.js", code) == []


def test_a_bundle_is_named_and_what_is_known_is_linked_into_it() -> None:
    assert read("srv/main.js", f"{_WEBPACK}{_PACKAGED}") == CatalogerResult(
        packages=(FoundPackage("npm", "elliptic", "6.5.3", evidence="static"),), unknown="JavaScript bundle"
    )


@pytest.mark.parametrize(
    "mark",
    [
        "var i=t[r]={exports:{}};",
        "var o=t[r]={i:r,l:!1,exports:{}};",
        "var o=t[r]={id:r,loaded:!1,exports:{}};",
        "/******/ function __webpack_require__(moduleId) {",
        "(self.webpackChunk_N_E=self.webpackChunk_N_E||[]).push([[1]]",
        "(window.webpackJsonp=window.webpackJsonp||[]).push([[0]]",
        "function __nccwpck_require__(moduleId) {",
        "Z.parcelRequiref536",
        "var require_lodash = __commonJS({",
        "function getDefaultExportFromCjs (x) {",
        "x;\n// node_modules/lodash-es/_root.js\n",
        "//#region node_modules/lodash-es/_root.js\n",
        "/*! Bundled license information:\n",
        "globalThis.TURBOPACK=globalThis.TURBOPACK||[]",
        'const t=document.createElement("link").relList;if(t&&t.supports',
        "var __BUNDLE_START_TIME__=1",
    ],
)
def test_what_bundlers_write(mark: str) -> None:
    assert read("app/dist/main.mjs", mark).unknown == "JavaScript bundle"
    assert read("app/dist/main.mjs.map", mark).unknown == ""


def test_a_script_is_no_bundle() -> None:
    assert read("app/server.js", "module.exports = {};\nrequire('./node_modules/x')\n") == CatalogerResult()


def test_paths_of_modules() -> None:
    text = """
    //#region ../../node_modules/.pnpm/ws@8.17.0_bufferutil@4.0.8/node_modules/ws/lib/receiver.js
    // node_modules/.pnpm/@vue+shared@3.4.21/node_modules/@vue/shared/index.js
    "webpack://shop/./node_modules/.pnpm/postcss@8.4.0(x@1)/node_modules/postcss/lib/a.js"
    ../node_modules/.bun/minimist@1.2.5+abc/node_modules/minimist/index.js
    node_modules/.deno/semver@7.5.1/node_modules/semver/index.js
    // .yarn/cache/ms-npm-2.1.3-81ff3cfac1-d924b57e73.zip/node_modules/ms/index.js
    // .yarn/berry/cache/@isaacs-fs-minipass-npm-4.0.1-rc.1-677026e841-10c0.zip/node_modules/@isaacs/fs-minipass/x.js
    node_modules/.pnpm/file+..+left@1.0/node_modules/left/index.js
    """
    expected = [
        ("ws", "8.17.0"),
        ("@vue/shared", "3.4.21"),
        ("postcss", "8.4.0"),
        ("minimist", "1.2.5"),
        ("semver", "7.5.1"),
        ("ms", "2.1.3"),
        ("@isaacs/fs-minipass", "4.0.1-rc.1"),
    ]
    assert named("srv/a.js", text) == expected
    assert named("srv/a.js.map", text) == expected


def test_the_own_file_of_a_library_is_that_library() -> None:
    head = "/*! DOMPurify 3.1.0 */"
    code = 'e.version="3.1.0",e.removed=[];'
    (own,) = read("srv/js/purify-dompurify.min.js", f"{head}{_WEBPACK}{code}").packages
    assert (own.evidence, own.properties) == ("bundled", {})
    own, copy = read("srv/js/dompurify.js", f"{head}{_WEBPACK}{code}{_PACKAGED}").packages
    assert (own.properties, copy.name, copy.evidence, copy.properties) == (
        {},
        "elliptic",
        "bundled",
        {"bundled_in": "dompurify"},
    )
    (linked,) = read("srv/js/app.js", f"{head}{_WEBPACK}{code}").packages
    assert linked.evidence == "static"


def test_a_package_manager_of_one_file_is_that_package() -> None:
    code = f'{_WEBPACK}{{"name":"yarn","installationMethod":"tar","version":"1.22.22"}}{_PACKAGED}'
    found = read("opt/yarn-v1.22.22/lib/cli.js", code).packages
    assert [(one.name, one.evidence, one.properties) for one in found] == [("yarn", "bundled", {})]
    assert {one.evidence for one in read("app/cli.js", code).packages} == {"static"}
    berry = f'{_WEBPACK}{{name:"@yarnpkg/cli",version:"4.1.0",repository:{{}}}}'
    assert [one.evidence for one in read("app/.yarn/releases/yarn-4.1.0.cjs", berry).packages] == ["bundled"]


def test_where_scripts_are_read() -> None:
    router = Router(CATALOGERS)
    wanted = {
        "srv/index.js",
        "a/b.cjs",
        "usr/share/my_node_modules/x.js",
        "srv/a.js.map",
        "srv/main.js.LICENSE.txt",
    }
    passed = {
        "node_modules/a/index.js",
        "app/node_modules/a/dist/x/index.mjs",
        "usr/share/nodejs/a/index.js",
        "srv/a.css.map",
        "srv/LICENSE.txt",
        "srv/data.json",
    }
    routed = {path for path in wanted | passed for one in router.routes(path) if one.reader.name == "bundles"}
    assert routed == wanted


def test_no_content_makes_it_fail() -> None:
    dice = Random(5)
    pieces = [code for *_, code in CASES] + [
        '"1.1.1",',
        "/*",
        "*/",
        "//",
        "\n",
        "node_modules/.pnpm/a@1.1.1",
        _PACKAGED,
    ]
    for _ in range(200):
        text = "".join(dice.choice(pieces)[: dice.randrange(90)] for _ in range(20))
        assert all(one.name and one.version for one in read("a.js", text).packages)
