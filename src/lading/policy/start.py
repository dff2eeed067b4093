"""A policy to start from."""


def start() -> str:
    """The text of a policy file with rules that most teams want, and comments."""
    from pkgutil import get_data

    return (get_data(__package__, "data/start.toml") or b"").decode()
