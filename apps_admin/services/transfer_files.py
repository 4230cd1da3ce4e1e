"""Uploaded files: kept in the vault in pieces, encrypted, and read back as text whatever their encoding."""

from __future__ import annotations

import gzip
import hashlib
import io
from collections.abc import Iterable
from datetime import timedelta
from typing import TextIO

from apps_admin.domain.errors import ValidationError
from apps_admin.domain.transfer import unreadable
from apps_admin.models import VaultEntry
from apps_admin.models.vault import VaultPurpose
from apps_admin.services.audit import secret_fingerprint
from apps_admin.services.vault import keep_secret, open_secret

PIECE = 1024 * 1024
LARGEST_FILE = 200 * 1024 * 1024
# A file of 200 MB may be unpacked to two hundred GB.
LARGEST_UNPACKED = 2 * 1024 * 1024 * 1024
KEPT = timedelta(days=7)
HEAD = 16 * 1024


def keep_file(chunks: Iterable[bytes], *, connection: str, file_id: str) -> str:
    """Keep a file in the vault, piece by piece; returns its fingerprint. Raises ValidationError, VaultKeyError."""
    digest, size, rest = hashlib.sha256(), 0, b""
    for chunk in chunks:
        digest.update(chunk)
        size += len(chunk)
        if size > LARGEST_FILE:
            forget_file(file_id)
            raise ValidationError(
                {
                    "file": [
                        f"The file is larger than {LARGEST_FILE // PIECE} MB. Compress or split it."
                    ]
                }
            )
        rest += chunk
        while len(rest) >= PIECE:
            _keep_piece(rest[:PIECE], connection, file_id)
            rest = rest[PIECE:]
    if rest:
        _keep_piece(rest, connection, file_id)
    if not size:
        raise ValidationError({"file": ["The file is empty."]})
    return secret_fingerprint(digest.digest())


def forget_file(file_id: str) -> None:
    """Drop a file that is not needed any more."""
    VaultEntry.objects.filter(operation_id=file_id, purpose=VaultPurpose.UPLOAD.value).delete()


def open_file(file_id: str) -> TextIO:
    """A kept file as text. Raises ValidationError when it is not kept any more."""
    pieces = VaultEntry.objects.filter(operation_id=file_id, purpose=VaultPurpose.UPLOAD.value)
    keys = list(pieces.order_by("pk").values_list("pk", flat=True))
    if not keys:
        raise unreadable("The file is not kept any more.", "Upload it again.")
    return open_text(io.BufferedReader(_KeptFile(keys), PIECE))


def open_text(raw: io.BufferedReader) -> TextIO:
    """Bytes as text: gzip is opened, a byte order mark is believed, anything else has to be UTF-8."""
    if raw.peek(2)[:2] == b"\x1f\x8b":
        raw = io.BufferedReader(_Unpacked(fileobj=raw), PIECE)
    try:
        start = raw.peek(4)[:4]
    except (OSError, EOFError):
        raise unreadable("The file is compressed, but damaged.") from None
    encoding = "utf-16" if start[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    return io.TextIOWrapper(raw, encoding=encoding, newline="")


def _keep_piece(piece: bytes, connection: str, file_id: str) -> None:
    keep_secret(
        piece.decode("latin-1"),
        VaultPurpose.UPLOAD,
        connection=connection,
        subject="import",
        operation_id=file_id,
        lifetime=KEPT,
    )


class _Unpacked(gzip.GzipFile):
    """A compressed file that is refused when too much comes out of it."""

    def read(self, size: int | None = -1) -> bytes:
        """The next bytes. Raises FormatError."""
        found = super().read(size)
        if self.tell() > LARGEST_UNPACKED:
            raise unreadable(
                f"Unpacked, the file is larger than {LARGEST_UNPACKED // PIECE:,} MB.",
                "Split it into several files.",
            )
        return found


class _KeptFile(io.RawIOBase):
    """The pieces of a file as one, decrypted one at a time."""

    def __init__(self, keys: list[int]) -> None:
        super().__init__()
        self._keys = keys
        self._at = 0
        self._piece = (-1, b"")

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """And read again from any place."""
        return True

    def tell(self) -> int:
        """Where it is."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place from the start or from here."""
        if whence == io.SEEK_END:
            last = len(self._keys) - 1
            offset += last * PIECE + len(self._read_piece(last))
        self._at = max(0, offset + (self._at if whence == io.SEEK_CUR else 0))
        return self._at

    def readinto(self, buffer: memoryview | bytearray) -> int:  # type: ignore[override]
        """Fill the buffer from one piece; 0 at the end."""
        number, offset = divmod(self._at, PIECE)
        if number >= len(self._keys):
            return 0
        part = self._read_piece(number)[offset : offset + len(buffer)]
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)

    def _read_piece(self, number: int) -> bytes:
        if self._piece[0] != number:
            entry = VaultEntry.objects.get(pk=self._keys[number])
            self._piece = (number, open_secret(entry).encode("latin-1"))
        return self._piece[1]
