"""Throw-away certificates, made in no time."""

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


class Authority:
    """Signs certificates into a folder, where it leaves its own `ca.pem`.

    Args:
        folder: An existing folder.
    """

    def __init__(self, folder):
        self.folder = folder
        self.path = folder / "ca.pem"
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("test authority")
        certificate = _sign(
            self._name,
            self._name,
            self._key.public_key(),
            self._key,
            x509.BasicConstraints(ca=True, path_length=None),
        )
        self.path.write_bytes(_pem(certificate))

    def issue(self, host):
        """Paths of (key, certificate) for a host's name."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _sign(
            _name(host),
            self._name,
            key.public_key(),
            self._key,
            x509.SubjectAlternativeName([x509.DNSName(host)]),
        )
        key_path = self.folder / f"{host}.key"
        key_path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        certificate_path = self.folder / f"{host}.pem"
        certificate_path.write_bytes(_pem(certificate))
        return key_path, certificate_path


def _name(text):
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def _sign(subject, issuer, public_key, signing_key, extension):
    now = datetime.datetime.now(datetime.timezone.utc)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(extension, critical=True)
        .sign(signing_key, hashes.SHA256())
    )


def _pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)
