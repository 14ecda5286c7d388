"""slow_line.py BYTES_PER_SECOND DIRECTORY COMMAND...: a line of that speed between this terminal and a command on a terminal of its own.

What is typed goes through at once; what the command says is read no faster than the line. DIRECTORY/passed holds how many bytes have
gone through. With MUTE set, what the terminal answers to "are you well?" (DSR 5) is lost on the way."""

import fcntl
import os
import pty
import select
import signal
import sys
import termios
import time
import tty

STEP = 0.02


def copy_size(master):
    fcntl.ioctl(master, termios.TIOCSWINSZ, fcntl.ioctl(0, termios.TIOCGWINSZ, b"\0" * 8))


def main():
    rate, directory = int(sys.argv[1]), sys.argv[2]
    child, master = pty.fork()
    if child == 0:
        time.sleep(0.2)  # until the size is there
        os.execvp(sys.argv[3], sys.argv[3:])
    copy_size(master)
    signal.signal(signal.SIGWINCH, lambda *_: copy_size(master))
    before = termios.tcgetattr(0)
    tty.setraw(0)
    note = os.open(os.path.join(directory, "passed"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    passed, credit, last = 0, 0.0, time.monotonic()
    try:
        while True:
            now = time.monotonic()
            credit, last = min(credit + (now - last) * rate, rate * STEP * 4), now
            ready, _, _ = select.select([0] + ([master] if credit >= 1 else []), [], [], STEP)
            if 0 in ready:
                typed = os.read(0, 4096)
                os.write(master, typed.replace(b"\033[0n", b"") if os.environ.get("MUTE") else typed)
            if master in ready:
                said = os.read(master, int(credit))
                os.write(1, said)
                passed, credit = passed + len(said), credit - len(said)
                os.pwrite(note, b"%-12d\n" % passed, 0)
    except OSError:
        pass
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


main()
