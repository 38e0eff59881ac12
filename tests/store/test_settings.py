import pytest

from kernel.errors import InvalidInput
from store.kept_secret import kept_secret
from store.settings import Settings, read_settings


def test_defaults_and_values():
    assert read_settings({}) == Settings()
    read = read_settings(
        {"DATABASE_URL": "postgresql://x", "INDICIA_PORT": "80", "INDICIA_HTTPS_ONLY": "yes"}
    )
    assert (read.database_url, read.port, read.https_only) == ("postgresql://x", 80, True)


def test_every_problem_is_reported_together():
    with pytest.raises(InvalidInput) as caught:
        read_settings({"INDICIA_PORT": "eighty", "INDICIA_HTTPS_ONLY": "perhaps", "INDICIA_COLOUR": "blue"})
    assert len(caught.value.findings) == 3


def test_the_secret_is_made_once_for_its_owner_only(tmp_path):
    settings = Settings(data_dir=tmp_path / "var")
    assert settings.secret_key() == settings.secret_key()
    assert (tmp_path / "var" / "secret_key").stat().st_mode & 0o077 == 0


def test_an_empty_secret_signs_nothing(tmp_path):
    (tmp_path / "secret_key").touch()
    with pytest.raises(InvalidInput, match="secret_key signs sign-ins and is empty"):
        Settings(data_dir=tmp_path).secret_key()


def test_who_comes_while_a_secret_is_made_reads_the_same(tmp_path):
    path, seen = tmp_path / "var" / "secret", []

    def slowly():
        assert not path.exists()  # nobody reads an empty one
        seen.append(kept_secret(path, lambda: "of the faster one"))
        return "of the slower one"

    assert (
        kept_secret(path, slowly)
        == kept_secret(path, lambda: "of a later one")
        == seen[0]
        == "of the faster one"
    )
    assert list(path.parent.iterdir()) == [path]
    assert path.stat().st_mode & 0o077 == 0


def test_a_secret_travels_only_where_nobody_listens():
    for url in ("http://apis.example", "http://127.0.0.1.example/x"):
        with pytest.raises(InvalidInput) as caught:
            read_settings({"INDICIA_USPS_ADDRESSES_URL": url})
        assert "https://" in caught.value.findings[0].message
    for url in ("https://apis.example", "http://127.0.0.1:8080"):
        assert read_settings({"INDICIA_USPS_ADDRESSES_URL": url}).usps_addresses_url == url


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("INDICIA_PORT", "0", "1 to 65,535"),
        ("INDICIA_PORT", "65536", "1 to 65,535"),
        ("INDICIA_PORT", "8e3", "whole number"),
        ("INDICIA_WEB_WORKERS", "0", "1 to 64"),
        ("INDICIA_BULK_WORKERS", "-1", "1 to 64"),
        ("INDICIA_MAX_UPLOAD_MB", "0", "1 to 2,000"),
        ("INDICIA_TRUSTED_PROXIES", "-1", "0 to 9"),
        ("INDICIA_LOG_LEVEL", "LOUD", "DEBUG, INFO, WARNING, ERROR"),
        ("INDICIA_HOST", " ", "empty"),
        ("INDICIA_TRUSTED_HOSTS", "", "empty"),
        ("DATABASE_URL", "mysql://x", "postgresql://"),
        ("DATABASE_OWNER_URL", "indicia", "postgresql://"),
        ("REDIS_URL", "localhost:6379", "redis://"),
        ("INDICIA_SMTP_PORT", "0", "1 to 65,535"),
        ("INDICIA_SMTP_TLS", "ssl", "STARTTLS, TLS, NONE"),
        ("INDICIA_PUBLIC_URL", "shop.example", "https://"),
    ],
)
def test_a_value_that_cannot_work_is_said_at_start(name, text, words):
    with pytest.raises(InvalidInput) as caught:
        read_settings({name: text})
    (found,) = caught.value.findings
    assert found.message.startswith(f"{name}: ")
    assert words in found.message


def test_the_documented_ends_of_each_range_are_taken():
    for name in ("INDICIA_PORT", "INDICIA_WEB_WORKERS", "INDICIA_BULK_WORKERS", "INDICIA_MAX_UPLOAD_MB"):
        assert read_settings({name: "1"})
    assert read_settings(
        {"INDICIA_LOG_LEVEL": "warning", "REDIS_URL": "unix:///x", "INDICIA_TRUSTED_PROXIES": "0"}
    )


def test_e_mail_needs_a_sender_and_keeps_its_password_from_the_line():
    with pytest.raises(InvalidInput) as caught:
        read_settings(
            {"INDICIA_SMTP_HOST": "mail.example", "INDICIA_SMTP_USER": "shop", "INDICIA_SMTP_TLS": "none"}
        )
    told = {found.message.split(":")[0] for found in caught.value.findings}
    assert told == {"INDICIA_MAIL_FROM", "INDICIA_SMTP_PASSWORD_FILE", "INDICIA_SMTP_TLS"}
