"""A terminal that is not ours, as small as what the demo uses."""

import fcntl
import os
import pty
import re
import struct
import termios
import threading


class Screen:
    """A window of a width, and what a program writes to it."""

    def __init__(self, columns, rows=40):
        self.columns = columns
        self.raw = b""
        self.master, self.stream = pty.openpty()
        fcntl.ioctl(self.stream, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        try:
            while data := os.read(self.master, 65536):
                self.raw += data
        except OSError:
            pass  # the last writer is gone

    def close(self):
        """To be called when the program has ended: what it wrote is then complete."""
        os.close(self.stream)
        self.reader.join(timeout=10)
        os.close(self.master)

    def lines(self):
        """What is to be seen at the end: wrapped at the width, the cursor moved, erased."""
        lines, row = [""], 0
        for piece in re.split(r"(\x1b\[\d*[A-Za-z]|\n)", self.raw.decode().replace("\r", "")):
            if up := re.fullmatch(r"\x1b\[(\d+)A", piece):
                row = max(0, row - int(up[1]))
            elif piece == "\x1b[J":
                lines[row:] = [""]
            elif piece == "\n":
                row += 1
                if row == len(lines):
                    lines.append("")
            elif not piece.startswith("\x1b"):
                for character in piece:
                    if len(lines[row]) == self.columns:
                        row += 1
                        lines.insert(row, "")
                    lines[row] += character
        return lines
