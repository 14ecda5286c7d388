"""os.unshare and os.setns, which crun's cases use and Python has from 3.12 on; read by every Python that has this on its path."""
import ctypes
import os

_library = ctypes.CDLL(None, use_errno=True)


def _call(function, *arguments):
    if function(*arguments) < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def _setns(fd, nstype=0):
    _call(_library.setns, fd if isinstance(fd, int) else fd.fileno(), nstype)


def _unshare(flags):
    _call(_library.unshare, flags)


os.setns, os.unshare = _setns, _unshare
os.CLONE_NEWNET, os.CLONE_NEWNS, os.CLONE_NEWUTS = 0x40000000, 0x00020000, 0x04000000
