"""Examples of each version scheme's order, one module for each module of rules:

- `ASCENDING`: versions, each smaller than all that follow;
- `EQUAL`: pairs of versions that are equal;
- `JUNK`: texts that are no versions;
- `PIECES`: texts out of which, put together at random, the tests of the laws make versions;
- `CONSTRAINTS`: (version, constraint, answer), in the scheme's own dialect where it has one.
"""
