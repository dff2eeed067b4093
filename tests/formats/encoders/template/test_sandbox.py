"""What a template may not do, and what it may cost."""

import pytest

from lading.formats.encoders.template.sandbox import BoundedEnvironment, Bounds

_SMALL = Bounds(seconds=2, made=100_000, heavy=10_000)
_DOUBLED = "{% set ns = namespace(s=VALUE) %}{% for i in range(60) %}{% set ns.s = GROWN %}{% endfor %}"


def render(source: str, bounds: Bounds = _SMALL, **context: object) -> str:
    environment = BoundedEnvironment(bounds, {}, autoescape=False)
    return environment.within_time(lambda: environment.from_string(source).render(context))


def doubled(value: str, grown: str) -> str:
    """A template that makes a value twice as large sixty times."""
    return _DOUBLED.replace("VALUE", value).replace("GROWN", grown)


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("{% for one in ones if one.a > 1 %}{{ loop.index }}:{{ one.a }} {% endfor %}", "1:2 2:3 "),
        ("{{ ones | map(attribute='a') | join(', ') }}", "1, 2, 3"),
        ("{{ ones | sum(attribute='a') }} {{ 2 * 3 + 1 }} {{ 'a' ~ 1 ~ 'b' }}", "6 7 a1b"),
        ("{% macro m(x) %}<{{ x }}>{% endmacro %}{{ m('a') }}{% set y %}[{{ m(1) }}]{% endset %}{{ y }}", "<a>[<1>]"),
        ("{{ 'a-b'.split('-')[1].upper() }}{{ 'x' if 'k' in {'k': [1, (2, 3)]} }}", "Bx"),
        ("{% for k, v in {'a': 1}.items() %}{{ k }}{{ v }}{% endfor %}", "a1"),
        ("{% for a in ones | batch(2) %}{{ a | length }}{% endfor %}{{ 'aXa' | replace('X', '-') }}", "21a-a"),
        ("{{ ones | groupby('a') | map('first') | list | length }}{{ none is none }}", "3True"),
        ("{{ 'a\nb' | indent(2) }}{{ 'a' | center(3) }}|", "a\n  b a |"),
    ],
)
def test_templates_work(source: str, written: str) -> None:
    assert render(source, ones=[{"a": 1}, {"a": 2}, {"a": 3}]) == written


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ ones.__class__ }}",
        "{{ ones.append(1) }}",
        "{{ 'a'.format(1) }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ ('%s' | format(1)) }}",
        "{{ 'a'.ljust(1000000000) }}",
        "{{ 'a'.join(ones) }}",
        "{{ range.__init__.__globals__ }}",
        "{{ lipsum() }}",
        "{{ dict(a=1) }}",
        "{{ self.__init__.__globals__ }}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
        "{{ missing }}",
        "{{ missing.x }}",
        "{% for one in missing %}{% endfor %}",
        "{{ ones }}",
        "{{ namespace(a=ones) }}",
        "{{ 'a' ~ ones }}",
        "{{ [ones] | join }}",
        "{{ [[1]] | sum }}",
        "{{ 'x' | xmlattr }}",
        "{{ 2 ** 100000 }}",
        "{{ 'a' * 1000000000 }}",
        "{{ 1000000000 * 'a' }}",
        "{{ [1] * 1000000000 }}",
        "{{ range(1000000000) | list }}",
        doubled("'aa'", "ns.s ~ ns.s"),
        doubled("'aa'", "ns.s + ns.s"),
        doubled("'aa'", "ns.s * 2"),
        doubled("[1]", "ns.s + ns.s"),
        doubled("[1]", "[ns.s, ns.s]"),
        doubled("[1]", "(ns.s, ns.s)"),
        doubled("[1]", "{'a': ns.s, 'b': ns.s}"),
        doubled("7", "ns.s * ns.s"),
        doubled("'aa'", "[ns.s, ns.s] | join"),
        doubled("'aa'", "ns.s | replace('a', 'aa')"),
        doubled("'&'", "ns.s | e | string | replace('&', '&&')"),
        "{% set ns = namespace(s='aa') %}{% for i in range(60) %}"
        "{% set x %}{{ ns.s }}{{ ns.s }}{% endset %}{% set ns.s = x %}{% endfor %}",
        "{% macro m(x) %}{{ x }}{{ x }}{% endmacro %}{% set ns = namespace(s='aa') %}"
        "{% for i in range(60) %}{% set ns.s = m(ns.s) %}{% endfor %}",
        "{% macro m(x) %}{{ m(x) }}{% endmacro %}{{ m(1) }}",
        "{% macro m() %}" + "a" * 1_000 + "{% endmacro %}{% for i in range(1000) %}{{ m() }}{% endfor %}",
        "{{ " + "(" * 2_000 + "1" + ")" * 2_000 + " }}",
        "{% if 1 %}" * 200 + "{% endif %}" * 200,
        "{{ 1",
    ],
)
def test_what_could_cost_much_or_lead_elsewhere_is_refused(source: str) -> None:
    with pytest.raises(Exception) as caught:
        render(source, ones=[1, 2, 3])
    assert not isinstance(caught.value, AssertionError | KeyboardInterrupt | SystemError)


@pytest.mark.parametrize(
    "source",
    [
        "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
        "{% macro m(n) %}{% if n %}{% set x = m(n - 1) %}{% set y = m(n - 1) %}{% endif %}{% endmacro %}{{ m(60) }}",
    ],
)
def test_time_is_bounded(source: str) -> None:
    with pytest.raises(Exception, match=r"takes more than 0\.2 seconds"):
        render(source, Bounds(seconds=0.2, made=10**12))


def test_values_are_escaped_where_asked_for() -> None:
    environment = BoundedEnvironment(_SMALL, {}, autoescape=True)
    source = "{{ x }}{{ '<i>' ~ x }}{{ [x, '<i>' | safe] | join('<') }}"
    text = environment.within_time(lambda: environment.from_string(source).render(x="<b>"))
    assert text == "&lt;b&gt;&lt;i&gt;&lt;b&gt;&lt;b&gt;&lt;<i>"
