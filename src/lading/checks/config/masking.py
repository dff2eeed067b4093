"""What of settings and variables may be kept and shown: values that are secrets by their names are not."""

import re
from typing import Final

_SECRET: Final = re.compile(
    r"(?:^|[._\-@:]|\b)(?:[a-z0-9]*(?:passw(?:or)?d|passphrase|passwd|secret|apikey|privatekey|accesskey|credentials?)"
    r"|(?:api|access|private|secret|auth|signing|encryption|master|fernet)[._-]?(?:key|token|pass)|token|authtoken"
    r"|(?:auth|access|refresh|bearer|id|session|bot|api|deploy|personal)[._-]?token|pwd|pass|requirepass|masterauth"
    r"|_auth|aws_secret_access_key)(?:$|[._\-:]|s$)",
    re.ASCII | re.IGNORECASE,
)
_NOT_SECRET: Final = re.compile(
    r"(?:_FILE|_PATH|_DIR|_URL|_URI|_NAME|_USER|_ID|_LENGTH|_TTL|_EXPIR\w*|_POLICY|_TYPE|_ALGORITHM|_HEADER|_ENABLED"
    r"|_REQUIRED|_MIN\w*|_MAX\w*|_AGE|_PROMPT|_VERSION|_HOST|_PORT|_TIMEOUT|_ROTATION|_MANAGER)$"
    r"|(?:proxy|fastcgi|uwsgi|scgi|grpc|memcached|js)_?pass|PUBLIC|NO_PASSWORD|EMPTY_PASSWORD|RANDOM|PASSWORDAUTHENTICATION|PERMITEMPTYPASSWORDS|PASSWORD_ENCRYPTION"
    r"|NOPASSWORD|OLD_PASSWORDS",
    re.ASCII | re.IGNORECASE,
)
_REFERENCE: Final = re.compile(
    r"|\$\{?[\w:?+\-./]*\}?|\{\{.*\}\}|<[^<>]*>|%\(.*\)s|/(?:run/secrets|var/run/secrets|etc)/\S*|file:\S*|vault:\S*"
    r"|(?:os\.)?(?:environ|getenv|env|config)\b.*|[A-Z]\w*\.\w+\(.*|x+|\*+|true|false|yes|no|on|off|none|null|0|1|\[.*\]",
    re.DOTALL | re.IGNORECASE,
)
_DEFAULTS: Final = frozenset({
    "admin", "administrator", "changeit", "changeme", "change_me", "change-me", "default", "demo", "example", "guest",
    "letmein", "minioadmin", "mysql", "neo4j", "nopassword", "pass", "passw0rd", "password", "password123", "postgres",
    "qwerty", "root", "secret", "test", "tomcat", "s3cret", "toor", "user", "welcome", "1234", "12345", "123456",
    "12345678", "elastic", "grafana", "rabbitmq", "redis", "mongo", "rootpassword", "mysecretpassword", "hunter2",
    "put your unique phrase here",
})  # fmt: skip
"""What people set where they have not thought of one; known to whoever tries."""
_CREDENTIALS: Final = re.compile(r"(?<=://)[^/@\s:]*:[^/@\s]+(?=@)")

SET: Final = "(set)"
DEFAULT: Final = "(default)"


def is_secret_name(name: str) -> bool:
    """Whether what has this name is a secret by it."""
    return _SECRET.search(name) is not None and _NOT_SECRET.search(name) is None


def is_literal(value: str) -> bool:
    """Whether a value stands there itself, and not a place where it is had from."""
    return _REFERENCE.fullmatch(value.strip()) is None


def is_default(value: str) -> bool:
    """Whether a secret is one that everybody knows."""
    return value.strip().lower() in _DEFAULTS


def masked(name: str, value: str) -> str:
    """A value as it may be kept: of a secret only that it is set, or that it is one that everybody knows, and addresses
    without their passwords."""
    if is_secret_name(name) and is_literal(value):
        return DEFAULT if is_default(value) else SET
    return _CREDENTIALS.sub(SET, value)


def without_secrets(text: str) -> str:
    """A command as it may be shown."""
    text = _CREDENTIALS.sub(SET, text)
    text = _ASSIGNED.sub(lambda found: found[1] + (SET if is_literal(found[3]) else found[3]), text)
    return _PIPED.sub(rf"\1{SET}", text)


_ASSIGNED: Final = re.compile(
    r"(?i)((?:\b|--?)([\w-]*(?:passw(?:or)?d|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key)"
    r"[\w-]*)[=:\s]\s*[\"']?)([^\s\"'&|;]+)"
)
_PIPED: Final = re.compile(
    r"(?i)((?:echo|printf)\s+(?:-\w+\s+)*[\"']?[\w-]+:)[^\s\"'|]+(?=[\"']?\s*\|\s*(?:sudo\s+)?chpasswd)"
)
