"""What crun's test_mounts.py asks of Python's libmount, over util-linux' own library: Debian builds no such package."""
import ctypes
import ctypes.util

_library = ctypes.CDLL(ctypes.util.find_library("mount") or "libmount.so.1")


def _function(name, result, *arguments):
    function = getattr(_library, name)
    function.restype, function.argtypes = result, arguments
    return function


_new_table = _function("mnt_new_table_from_file", ctypes.c_void_p, ctypes.c_char_p)
_unref_table = _function("mnt_unref_table", None, ctypes.c_void_p)
_find_target = _function("mnt_table_find_target", ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int)
_vfs_options = _function("mnt_fs_get_vfs_options", ctypes.c_char_p, ctypes.c_void_p)
_fs_options = _function("mnt_fs_get_fs_options", ctypes.c_char_p, ctypes.c_void_p)
_BACKWARD = 1  # enum MNT_ITER_BACKWARD: what is mounted over the others first


class _Mount:
    def __init__(self, fs):
        self.vfs_options = (_vfs_options(fs) or b"").decode()
        self.fs_options = (_fs_options(fs) or b"").decode()


class Table:
    def __init__(self, path):
        self._table = _new_table(path.encode())
        if not self._table:
            raise OSError(f"{path}: no mount table")

    def __del__(self):
        if getattr(self, "_table", None):
            _unref_table(self._table)

    def find_target(self, path):
        fs = _find_target(self._table, path.encode(), _BACKWARD)
        return _Mount(fs) if fs else None
