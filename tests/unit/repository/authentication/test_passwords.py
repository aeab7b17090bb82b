"""Passwords: Argon2id with a salt, the same whatever the keyboard, nobody as slow as somebody."""

import pytest

from repository.authentication.passwords import Passwords, WeakPasswordError


@pytest.fixture(scope="module")
def passwords() -> Passwords:
    return Passwords()


def test_what_is_kept_is_salted_argon2id(passwords: Passwords) -> None:
    one, other = (passwords.hash("correct horse battery") for _ in range(2))
    assert one.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert one != other
    assert passwords.fits(one, "correct horse battery")
    assert not passwords.fits(one, "correct horse batterz")
    assert not passwords.is_old(one)


def test_one_password_in_both_unicode_forms(passwords: Passwords) -> None:
    kept = passwords.hash("caf\u00e9 caf\u00e9 caf\u00e9")
    assert passwords.fits(kept, "cafe\u0301 cafe\u0301 cafe\u0301")


@pytest.mark.parametrize("password", ["", "short", "eleven char", "x" * 129])
def test_length_is_the_rule(passwords: Passwords, password: str) -> None:
    with pytest.raises(WeakPasswordError):
        passwords.hash(password)


def test_nobody_has_no_password_not_even_the_one_compared_with(passwords: Passwords) -> None:
    assert not passwords.fits(None, "nobody has this password")
    assert not passwords.fits("not a hash", "nobody has this password")
