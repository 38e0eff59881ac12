"""Passwords: argon2id hashes, the rule for new ones, and a check that takes the same time for unknown names."""

from __future__ import annotations

from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from kernel.errors import InvalidInput
from kernel.findings import Finding, Place, Severity

# The library's defaults are RFC 9106's low-memory profile: 64 MiB, 3 passes, 4 lanes.
_HASHER = PasswordHasher()
SHORTEST, LONGEST = 12, 200


def hash_password(password: str) -> str:
    """Argon2id hash with its parameters and a salt of its own."""
    return _HASHER.hash(password)


def is_right(password: str, password_hash: str | None) -> bool:
    """Compare; without a hash (unknown name) the same work is done and the answer is no."""
    try:
        return _HASHER.verify(password_hash or _nobodys_hash(), password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(password_hash: str) -> bool:
    """Was it made with other parameters than today's?"""
    return _HASHER.check_needs_rehash(password_hash)


def check_new(password: str, again: str, *, sign_in_name: str, column: str = "new_password") -> None:
    """InvalidInput PASSWORD with everything wrong with a chosen password."""
    sentence = ""
    if not SHORTEST <= len(password) <= LONGEST:
        sentence = f"Use {SHORTEST} to {LONGEST} characters; a sentence is easiest to remember."
    elif sign_in_name.lower() in password.lower():
        sentence = "Do not use your sign-in name in the password."
    elif len(set(password)) < 5:
        sentence = "Use more different characters."
    elif password != again:
        sentence, column = "The two entries differ. Type the same password twice.", "again"
    if sentence:
        finding = Finding("PASSWORD", Severity.STOP, sentence, place=Place(column=column))
        raise InvalidInput("The new password is not accepted.", code="PASSWORD", findings=[finding])


def check_other(password: str, password_hash: str) -> None:
    """InvalidInput PASSWORD when the chosen password is the present one."""
    if is_right(password, password_hash):
        sentence = "This is your present password. Choose another."
        finding = Finding("PASSWORD", Severity.STOP, sentence, place=Place(column="new_password"))
        raise InvalidInput("The new password is not accepted.", code="PASSWORD", findings=[finding])


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    return _HASHER.hash("nobody has this password")
