"""The alias graph."""

from hypothesis import given
from hypothesis import strategies as st

from lading.match.aliases import group_by_vulnerability, names_of
from lading.match.keys import MatchKey
from lading.match.matching import Match, ShardContext
from lading.model.advisory import Advisory

NAMES = st.sampled_from(["CVE-1", "CVE-2", "GHSA-a", "GHSA-b", "PYSEC-1", "GO-1", "X-1"])
SHARD = ShardContext("pypi", 0, "pep440")
MATCHES = st.lists(
    st.builds(
        lambda id, aliases: Match(
            Advisory(id, "p", aliases=tuple(sorted(aliases))), "affected", SHARD, MatchKey("p", "1")
        ),
        NAMES,
        st.sets(NAMES, max_size=2),
    ),
    max_size=8,
)


@given(MATCHES)
def test_groups_are_a_partition_and_share_no_name(matches: list[Match]) -> None:
    groups = group_by_vulnerability(matches)
    assert sorted(map(id, matches)) == sorted(id(member) for group in groups for member in group)
    names = [set(names_of(member.advisory for member in group)) for group in groups]
    for number, one in enumerate(names):
        for other in names[number + 1 :]:
            assert one.isdisjoint(other)


@given(MATCHES, st.randoms())
def test_the_order_of_advisories_does_not_matter(matches: list[Match], random: object) -> None:
    def named(members: list[Match]) -> set[tuple[str, ...]]:
        return {names_of(member.advisory for member in group) for group in group_by_vulnerability(members)}

    shuffled = list(matches)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert named(matches) == named(shuffled)
