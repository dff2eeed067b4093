"""Images that pass their gate, and the damages after which they must not: `mutations.json` lists them, with the status
that is expected of each."""
