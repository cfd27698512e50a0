"""Files that are read and written whole, each either complete or unchanged.

    read_file(path, folder)       a regular file; a link that leaves ``folder`` is refused
    joined(blocks)                all bytes of what need not be a file; more than LARGEST are refused
    replace_file(path, data)      through a draft and a rename; a link is refused
    write_output(path, data)      the same for an output that the user named: links are followed, and what is
                                  no regular file (a device, a pipe) is written into and stays what it is
    create_private(path, data)    a file that is not there yet, for its owner alone
    replace_private(path, data)   the same in place of another
    open_output(path)             the same piece by piece
    open_recording(path, force)   a private file to append to
    make_private_folder(path)     a folder and its parents, for their owner alone
    uninterrupted()               a block in which signals that ask for the end wait
    lock(path)                    one process at a time
    FileSet(paths)                regular files by path or descriptor, and whether another path leads to one of them

All raise OSError with the path as its file name. Drafts are created exclusively
under random names, so that no other user can put a link in their place. A signal
that asks the process to end waits until the file is written, so that none is left.
"""

import errno
import fcntl
import os
import signal
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

_PRIVATE_FILE, _PRIVATE_FOLDER = 0o600, 0o700
_ENDING = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGALRM}
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC

LARGEST = 100_000_000
"""Bytes of a file that is read whole: a request, a prompt, a session, an expectation. Captures are read in pieces."""

TOO_LARGE = f"larger than {LARGEST // 1_000_000} MB, which is the limit for what is read whole"
NOT_REGULAR = "not a regular file"
LEAVES = "a link that leaves its folder is not followed; put the file itself there"
IS_LINK = "a link is not written through; remove it, or put a file there"


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let signals that ask for the end wait."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)  # may raise what the handler of an earlier signal raises
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def open_folder(folder: str, top: str) -> int:
    """A descriptor of ``folder``, which is ``top`` or below it; no link leads to it from there. Raises OSError."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    descriptor = os.open(top or ".", flags)
    for part in os.path.relpath(folder or ".", top or ".").split(os.sep):
        if part == ".":
            continue
        try:
            inner = os.open(part, flags | os.O_NOFOLLOW, dir_fd=descriptor)
        except NotADirectoryError:  # what Linux calls a link here
            raise OSError(errno.ELOOP, LEAVES, folder) from None
        finally:
            os.close(descriptor)
        descriptor = inner
    return descriptor


def open_regular(path: str, folder: str | None = None) -> int:
    """A descriptor of a regular file; with ``folder`` only of one in it or below it, hidden ones excluded.

    A pipe or a device is refused, since reading one may never end and may have effects. Raises OSError.
    """
    real = path if folder is None else _inside(path, folder)
    nofollow = 0 if folder is None else os.O_NOFOLLOW  # no link can take the place of what was looked up
    try:
        descriptor = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | nofollow)
    except ValueError as error:  # a NUL in the name
        raise OSError(errno.EINVAL, str(error), path) from None
    except OSError as error:
        raise _named(error, path) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, NOT_REGULAR, path)
    os.set_blocking(descriptor, True)
    return descriptor


def _inside(path: str, folder: str) -> str:
    """The real path of a file, which must be below the real ``folder`` and not be hidden. Raises OSError."""
    if not os.path.islink(path):
        return path
    real = os.path.realpath(path)
    below = os.path.relpath(real, os.path.realpath(folder or "."))
    if any(part.startswith(".") for part in below.split(os.sep)):  # ".." is one of them
        raise OSError(errno.ELOOP, LEAVES, path)
    return real


def _named(error: OSError, path: str) -> OSError:
    """The same error, of the path that the caller knows."""
    return OSError(error.errno, error.strerror or str(error), path)


def read_file(path: str, folder: str | None = None) -> bytes:
    """All of a regular file of at most LARGEST bytes; see ``open_regular``. Raises OSError."""
    with os.fdopen(open_regular(path, folder), "rb") as file:
        if os.fstat(file.fileno()).st_size <= LARGEST:
            data = file.read(LARGEST + 1)  # it may grow, and the files of /proc have no size
            if len(data) <= LARGEST:
                return data
    raise OSError(errno.EFBIG, TOO_LARGE, path)


def joined(blocks: Iterable[bytes]) -> bytes:
    """The blocks as one. Raises ValueError as soon as they are more than LARGEST bytes."""
    data = bytearray()
    for block in blocks:
        data += block
        if len(data) > LARGEST:
            raise ValueError(TOO_LARGE)
    return bytes(data)


def replace_file(path: str, data: bytes, folder: int | None = None) -> None:
    """Write a file that is complete or as it was at every moment; its mode stays. A link is refused.

    ``folder`` is the descriptor of the folder that the path begins in, if not the current one. Raises OSError.
    """
    mode = _mode_of(path, folder)
    if mode is None:
        mode = 0o666 & ~_umask()
    elif stat.S_ISLNK(mode):
        raise OSError(errno.ELOOP, IS_LINK, path)
    elif not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, NOT_REGULAR, path)
    _replace(path, data, stat.S_IMODE(mode), folder)


def replace_private(path: str, data: bytes) -> None:
    """The same with mode 0600, whatever was there. Raises OSError."""
    _replace(path, data, _PRIVATE_FILE)


def _replace(path: str, data: bytes, mode: int, folder: int | None = None) -> None:
    draft = os.path.join(os.path.dirname(path), f".unspool-{os.urandom(8).hex()}")
    try:
        with uninterrupted():
            _create(draft, data, mode, folder)
            os.replace(draft, path, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException as error:
        with suppress(OSError):
            os.remove(draft, dir_fd=folder)
        if isinstance(error, OSError):
            raise _named(error, path) from None
        raise


def create_private(path: str, data: bytes) -> None:
    """Write a file that is not there yet, with mode 0600; nothing of it is left where that fails. Raises OSError."""
    try:
        with uninterrupted():
            _create(path, data, _PRIVATE_FILE)
    except ValueError as error:  # a NUL in the name
        raise OSError(errno.EINVAL, str(error), path) from None


def _create(path: str, data: bytes, mode: int, folder: int | None = None) -> None:
    """A new file with ``data``, on the disk when this returns, and ``mode`` whatever the umask. Raises OSError."""
    descriptor = os.open(path, _NEW, _PRIVATE_FILE, dir_fd=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())  # a rename may reach the disk before what it renames
    except BaseException:
        with suppress(OSError):
            os.remove(path, dir_fd=folder)
        raise


def write_output(path: str, data: bytes) -> None:
    """Write a file that the user named: a regular file is replaced, a device or pipe written to. Raises OSError."""
    if os.path.exists(path) and not os.path.isfile(path):
        with open_output(path) as file:
            file.write(data)
    else:
        replace_file(os.path.realpath(path), data)


def open_output(path: str) -> BinaryIO:
    """Open a file that the user named for writing in parts; a pipe without a reader is refused. Raises OSError."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NONBLOCK  # a pipe is not waited for
    descriptor = os.open(path, flags, 0o666)
    os.set_blocking(descriptor, True)
    return os.fdopen(descriptor, "wb")


def open_recording(path: str, overwrite: bool = False) -> int:
    """A descriptor of a private file, empty and open to append; of what is no regular file, as it is.

    Raises OSError, and FileExistsError unless it may be overwritten.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NONBLOCK
    descriptor = os.open(path, flags | (os.O_TRUNC if overwrite else os.O_EXCL), _PRIVATE_FILE)
    os.set_blocking(descriptor, True)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.fchmod(descriptor, _PRIVATE_FILE)  # the umask may have taken bits, or the file been open to others
    return descriptor


def make_private_folder(path: str) -> None:
    """A folder and those above it that are missing, each with mode 0700 whatever the umask. Raises OSError."""
    missing = []
    while path and not os.path.isdir(path):
        missing.append(path)
        path = os.path.dirname(path)
    for folder in reversed(missing):
        with suppress(FileExistsError):  # another process was faster
            os.mkdir(folder, _PRIVATE_FOLDER)
            os.chmod(folder, _PRIVATE_FOLDER)


def lock(path: str) -> int | None:
    """Keep other processes that lock this file out until this one ends; None where locks are not supported.

    Raises BlockingIOError where another process has it, and OSError where there is no such file to make.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, _PRIVATE_FILE)
    with suppress(OSError):  # the next process must be able to open it, whatever the umask; it may be another user's
        os.fchmod(descriptor, _PRIVATE_FILE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise
    except OSError:  # some network file systems have none
        os.close(descriptor)
        return None
    return descriptor


class FileSet:
    """The regular files that paths or descriptors lead to; None is a closed stream."""

    def __init__(self, paths: Iterable[str | int | None]) -> None:
        self._known = {_identity(path) for path in paths} - {None}

    def __contains__(self, path: object) -> bool:
        return bool(self._known) and _identity(path) in self._known  # no look-up where there is nothing to find


def _identity(path: object) -> tuple[int, int] | None:
    """The device and inode of a regular file; None of what is closed, not there, or something else."""
    try:
        found = os.stat(path) if isinstance(path, (str, int)) else None
    except (OSError, ValueError):
        return None
    return None if found is None or not stat.S_ISREG(found.st_mode) else (found.st_dev, found.st_ino)


def _mode_of(path: str, folder: int | None) -> int | None:
    """The mode of a file or a link, None where there is none. Raises OSError."""
    try:
        return os.stat(path, dir_fd=folder, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return None


def _umask() -> int:
    """The umask, which can be read only by setting it."""
    umask = os.umask(0o077)
    os.umask(umask)
    return umask
