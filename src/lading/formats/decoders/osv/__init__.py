"""OSV records: the interchange format of most advisory databases.

Source: https://ossf.github.io/osv-schema/ (1.7), and what the databases that publish in it do beyond or against it.
"""
