"""job.py PROGRAM [ARGUMENT…]: a shell with job control, as small as can be. Starts the program as a
foreground job on a terminal of its own; when it says "ready", presses ^Z, sees the job stop, brings it to
the foreground again; when it says "continued", presses ^C. Prints what the program printed, and the job's
end."""

import os
import pty
import signal
import sys


def shell(argv, report):
    """In the session whose terminal is descriptor 0."""
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    job = os.fork()
    if job == 0:
        os.setpgid(0, 0)
        os.tcsetpgrp(0, os.getpid())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        os.execv(argv[0], argv)
    _, status = os.waitpid(job, os.WUNTRACED)
    if os.WIFSTOPPED(status):
        os.write(report, b"shell: stopped\n")
        os.tcsetpgrp(0, job)
        os.killpg(job, signal.SIGCONT)
        _, status = os.waitpid(job, 0)
    os.tcsetpgrp(0, os.getpgrp())
    os.write(report, b"shell: %d\n" % (os.WEXITSTATUS(status) if os.WIFEXITED(status) else -1))
    os._exit(0)


def read(terminal):
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


def main():
    reader, report = os.pipe()
    session, terminal = pty.fork()
    if session == 0:
        shell(sys.argv[1:], report)
    os.close(report)
    seen, keys = b"", {b"ready": b"\x1a", b"continued": b"\x03"}
    while piece := read(terminal):
        seen += piece
        for word in [word for word in keys if word in seen]:
            os.write(terminal, keys.pop(word))
    os.waitpid(session, 0)
    sys.stdout.write(seen.decode() + os.read(reader, 4096).decode())


main()
