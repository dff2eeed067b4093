"""Expressions of rules: what they may take, and what they say when there is no answer."""

import sys
from datetime import date

import pytest
from msgspec import structs

from lading.model.diagnostics import diagnostic
from lading.model.errors import PolicyError
from lading.model.image import Base
from lading.model.report import Coverage, DataSource
from lading.policy import expressions
from lading.policy.expressions import Evaluator, compile_expression
from lading.policy.fields import FIELDS, FindingCase, ImageCase, Scope, iter_names
from tests.samples import IMAGE, report_on, shop, shop_store

(TARGET,) = report_on(IMAGE, shop(), (), shop_store()).targets
ON = ImageCase(TARGET, date(2026, 11, 29))
CURL = next(one for one in TARGET.findings if one.package.name == "curl")


def answer(text: str) -> bool | str:
    (only,) = Evaluator([compile_expression("x", text, "p")]).evaluate({"finding": FindingCase(CURL, ON), "image": ON})
    return only


def refused(text: str) -> str:
    with pytest.raises(PolicyError) as caught:
        compile_expression("x", text, "p:1")
    return str(caught.value).removeprefix("p:1: rule x: ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("finding.severity == CRITICAL && finding.score > 9.7", True),
        ("finding.package == 'curl' // has(finding.epss)", True),
        ("'has(finding.epss)' == 'x' || has( finding . epss )", False),
        ('"""\nfinding.nothing""".size() > 3', True),
        ("finding.paths.exists(path, path.startsWith('var/'))", True),
        ("finding.id.matches('^CVE-(19|20)[0-9]{2}-')", True),
        ("finding.ssvc == 'act'", "finding.ssvc is not known"),
        ("finding.kev && finding.epss > 0.1", "finding.epss is not known"),
        ("1 / (finding.layer - 2) > 0", "divide by zero"),
        ("timestamp('soon') > timestamp('2026-01-01T00:00:00Z')", "String to Timestamp conversion failed"),
        ("image.distribution == 'debian' && image.packages == 9", True),
        ("!has(image.signed)", True),
        ("image.user == 'root' && image.root", True),
        ("finding.ssvc == 'act'", "finding.ssvc is not known"),
        ("finding.secret == 'key'", "finding.secret is not known"),
        (
            "finding.in_use",
            "finding.in_use is not known: lading runtime, or lading scan --in-use, finds out what is in use",
        ),
        (
            "image.signed",
            "image.signed is not known: --image-key FILE or --attestations looks for what is attached to the image",
        ),
        ("image.base_end_of_life", "image.base_end_of_life is not known"),
    ],
)
def test_answers(text: str, expected: bool | str) -> None:
    assert answer(text) == expected


@pytest.mark.parametrize(
    ("user", "expected"),
    [("", ("root", True)), ("0:0", ("0:0", True)), ("root:wheel", ("root:wheel", True)), ("00", ("00", True)),
     ("app", ("app", False)), ("1000:0", ("1000:0", False)), ("nobody", ("nobody", False))],
)  # fmt: skip
def test_whom_an_image_runs_as(user: str, expected: tuple[str, bool]) -> None:
    case = ImageCase(structs.replace(TARGET, image=structs.replace(IMAGE, user=user)), ON.today)
    fields = FIELDS["image"]["user"], FIELDS["image"]["root"]
    assert tuple(field.get(case) for field in fields) == expected
    for unknown in ({"config_digest": ""}, {"source": "sbom"}):
        case = ImageCase(structs.replace(TARGET, image=structs.replace(IMAGE, user=user, **unknown)), ON.today)
        assert [field.get(case) for field in fields] == [None, None]


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ((), None),
        (("MIT",), "MIT"),
        (("MIT OR X11",), "MIT OR X11"),
        (("MIT", "GPL OR X11"), "MIT AND (GPL-1.0-or-later OR X11)"),
    ],
)
def test_licenses_of_a_package_and_of_an_image(stated: tuple[str, ...], expected: str | None) -> None:
    package = structs.replace(CURL.package, licenses=stated)
    finding = FindingCase(structs.replace(CURL, package=package), ON)
    assert FIELDS["finding"]["license"].get(finding) == expected
    target = structs.replace(TARGET, packages=(package, package))
    assert FIELDS["image"]["licenses"].get(ImageCase(target, ON.today)) == sorted(stated)


@pytest.mark.parametrize("ended", [True, False])
@pytest.mark.parametrize(("layer", "base", "is_known"), [(1, 1, True), (2, 1, False), (1, 0, False), (1, None, False)])
def test_the_support_of_the_base(layer: int, base: int | None, is_known: bool, ended: bool) -> None:
    """Known where the package that says which system this is came with the base."""
    built = Base(base, "debian:12", "index", "") if base is not None else None
    packages = (structs.replace(CURL.package, layer=1), structs.replace(CURL.package, name="base-files", layer=layer))
    source = DataSource("debian-12", "debian", "sha256:0")
    target = structs.replace(
        TARGET,
        image=structs.replace(IMAGE, base=built),
        packages=packages,
        coverage=(Coverage("deb debian 12", 2, 2, "matched", (source,)),),
        diagnostics=(diagnostic("end-of-life", "support ended on 2026-06-30"),) if ended else (),
    )
    field = FIELDS["image"]["base_end_of_life"]
    assert field.get(ImageCase(target, ON.today)) == (ended if is_known else None)


def test_many_together_answer_as_each_alone() -> None:
    texts = ["finding.kev", "finding.epss > 0.5", "finding.fixable // so", "finding.package == 'tar'"] * 11
    cases: dict[Scope, object] = {"finding": FindingCase(CURL, ON), "image": ON}
    together = Evaluator([compile_expression(f"x{number}", text, "p") for number, text in enumerate(texts)])
    assert together.evaluate(cases) == (True, "finding.epss is not known", True, False) * 11
    known = structs.replace(CURL, epss=0.7)
    assert together.evaluate({"finding": FindingCase(known, ON), "image": ON}) == (True, True, True, False) * 11


def test_what_may_take_too_much_is_refused_or_ends() -> None:
    hundred = f"[{','.join('1' * 300)}]"
    assert answer(f"{hundred}.all(a, {hundred}.all(b, {hundred}.all(c, true)))").startswith("Iteration budget")  # type: ignore[union-attr]
    assert refused("['a']" + ".map(x, x + x)" * 20 + ".size() > 1") == "uses map 20 times, and may do so once"
    assert refused("true || " * 1_000 + "true") == "has 8,004 characters; at most 4,000 are read"
    assert "recursion" in refused("(" * 500 + "true" + ")" * 500)
    assert answer("'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'.matches('(a*)*(a*)*b')") is False


def test_rules_end_at_a_limit_and_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expressions, "_MOST_SECONDS", -1.0)
    evaluator = Evaluator([compile_expression("x", "finding.kev", "p")])
    assert evaluator.evaluate({"finding": FindingCase(CURL, ON)}) == ("the rules have taken more than 60 seconds",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("finding.sevrity > 1", "finding.sevrity: no such field (did you mean severity?)"),
        ("has(image.singed)", "image.singed: no such field (did you mean signed?)"),
        ("open('/etc/passwd') == ''", "undeclared reference to 'open' (in container '') (at character 5 of line 1)"),
        ("finding", "undeclared reference to 'finding' (in container '') (at character 1 of line 1)"),
        ("finding.epss", "gives a value of type double; a rule is true or false"),
        ("true), (true", "Syntax error: "),
    ],
)
def test_what_is_an_error_before_anything_is_asked(text: str, message: str) -> None:
    assert refused(text).startswith(message)


def test_every_field_has_a_value_of_its_type_or_none() -> None:
    types = {"bool": bool, "int": int, "double": float, "string": str, "list(string)": list}
    cases = {"finding": FindingCase(CURL, ON), "image": ON}
    for name, field in iter_names():
        value = field.get(cases[name.partition(".")[0]])
        assert value is None or type(value) is types[field.kind], name
    assert not {name for fields in FIELDS.values() for name in fields} & set(dir(str))


def test_without_the_library_a_rule_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cel_expr_python", None)
    expressions._environment.cache_clear()
    try:
        assert "need the library cel-expr-python" in refused("finding.kev && finding.fixable && true")
    finally:
        expressions._environment.cache_clear()


@pytest.mark.parametrize(
    ("confirmed", "age"),
    [
        ("2026-11-19T23:30:00-02:00", 9),
        ("2026-11-29T09:00:00Z", 0),
        ("2026-11-30T01:00:00Z", -1),  # what clocks make of it
        ("2027-01-01T00:00:00Z", None),
        ("2019-13-01", None),
        ("", None),
    ],
)
def test_data_of_the_future_has_no_age(confirmed: str, age: int | None) -> None:
    source = DataSource("debian-12", "debian", "sha256:0", confirmed=confirmed)
    target = structs.replace(TARGET, coverage=(Coverage("deb debian 12", 1, 1, "matched", (source,)),))
    assert FIELDS["image"]["data_age"].get(ImageCase(target, date(2026, 11, 29))) == age
