"""A file sent piece by piece, and what becomes of its writer when nobody takes the rest."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator

Piece = str | bytes


class FilePieces:
    """The pieces of a file. The first is made at once: a refusal is no file that ends too early.

    An answer closes it with itself, and that ends the writer: an export whose reader left is told by the audit log.
    """

    def __init__(self, pieces: Iterable[str] | Iterable[bytes]) -> None:
        self._pieces: Iterator[Piece] = iter(pieces)
        self._first: Piece | None = next(self._pieces, None)

    def __iter__(self) -> Iterator[Piece]:
        return self

    def __next__(self) -> Piece:
        if self._first is not None:
            first, self._first = self._first, None
            return first
        return next(self._pieces)

    def close(self) -> None:
        """End the writer where it is."""
        if isinstance(self._pieces, Generator):
            self._pieces.close()
