"""Perl: exact packages and exact diagnostics."""

from lading.inventory.catalogers import perl
from lading.inventory.catalogers.cataloger import FoundPackage
from tests.inventory.catalogers.parsing import damaged, facts, left_out, packages, tree

LIB = "usr/local/lib/perl5/site_perl/5.36"
LOCAL = """=head2 Wed Dec  2 15:21:59 2009: C<Module> L<DBI|DBI>

=over 4

=item *

C<installed into: /usr/lib/perl5/site_perl/5.8.8>

=item *

C<VERSION: 1.609>

=back

=head2 Wed Dec  2 16:00:00 2009: C<Module> L<JSON::XS|JSON::XS>

C<VERSION: 4.02>

=head2 Thu Dec  3 16:00:00 2009: C<Module> L<JSON::XS|JSON::XS>

C<VERSION: 4.03>

=head2 Thu Dec  3 17:00:00 2009: C<Module> L<LWP|LWP>

C<VERSION: 6.66>
"""
INSTALL = '{"name":"LWP","version":"6.67","dist":"libwww-perl-6.67","pathname":"O/OA/x.tar.gz","provides":{}}'


def test_distributions_with_files_and_licences() -> None:
    found = tree(
        perl.CATALOGER,
        {
            "usr/local/lib/perl5/5.36/perllocal.pod": LOCAL,
            f"{LIB}/auto/JSON/XS/.packlist": "/usr/x/JSON/XS.pm\n/usr/man/a.3 type=link from=/b\n",
            f"{LIB}/.meta/libwww-perl-6.67/install.json": INSTALL,
            f"{LIB}/.meta/libwww-perl-6.67/MYMETA.json": '{"license": ["perl_5"], "name": "libwww-perl"}',
        },
    )
    assert packages(found) == [
        FoundPackage("cpan", "DBI", "1.609", properties={"module": "DBI"}),
        FoundPackage(
            type="cpan",
            name="JSON-XS",
            version="4.03",
            files=("usr/x/JSON/XS.pm", "usr/man/a.3"),
            properties={"module": "JSON::XS"},
        ),
        FoundPackage("cpan", "libwww-perl", "6.67", licenses=("perl_5",), properties={"module": "LWP"}),
    ]


def test_install_json_without_a_distribution() -> None:
    path = "lib/.meta/x/install.json"
    assert facts(perl.CATALOGER, path, '{"name": "A::B", "version": 1.5}').packages == (
        FoundPackage("cpan", "A-B", "1.5", properties={"module": "A::B"}),
    )
    for text in ("", "{}", "[]"):
        assert facts(perl.CATALOGER, path, text).diagnostics == (left_out(path, "the file names no distribution"),)


def test_what_is_not_read_of_a_large_file_is_told() -> None:
    path = "usr/local/lib/perl5/5.36/perllocal.pod"
    found = facts(perl.CATALOGER, path, LOCAL + "\n" * 4_000_000)
    assert found.packages == facts(perl.CATALOGER, path, LOCAL).packages != ()
    assert found.diagnostics == (left_out(path, "beyond 4 MB the file was not read"),)


def test_damage_never_raises() -> None:
    for data in damaged((LOCAL + INSTALL).encode()):
        for path in ("perllocal.pod", "auto/A/.packlist", ".meta/a/MYMETA.json", ".meta/a/install.json"):
            facts(perl.CATALOGER, f"a/{path}", data)
    for data in damaged(INSTALL.encode()):
        tree(perl.CATALOGER, {"a/.meta/a-1/install.json": data, "a/.meta/a-1/MYMETA.json": data})
