# SPDX-License-Identifier: MIT
"""Pages of everything that a report can say, made from `igdpt doctor --explain`, so that a search
for an exact message ends at what to do.

    messages.py IGDPT man           igdpt-messages.7 on standard output
    messages.py IGDPT html DIR      a page for each id, and an index
"""
import html
import os
import re
import subprocess
import sys

HEAD = r'''.\" SPDX-License-Identifier: MIT
.\" Written by doc/messages.py; "make regenerate-messages" writes it anew.
.TH IGDPT\-MESSAGES 7 2026-11-27 libigdpt "Messages"
.SH NAME
igdpt\-messages \- what checks, findings and log strings of igdpt mean, and what to do
.SH DESCRIPTION
The same text comes from
.BR "igdpt doctor \-\-explain" ,
for each id that
.B igdpt doctor \-\-ids
lists.
'''
SECTIONS = (("CHECKS OF THE DOCTOR", "A check of igdpt doctor"), ("FINDINGS", "Finding "),
            ("STRINGS OF KERNEL, VMM AND GUEST LOGS", "A string of kernel"))
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body><h1>{title}</h1>
<pre>{text}</pre>
<p><a href="index.html">All messages</a></p></body></html>
"""


def run(*args):
    return subprocess.run(args, check=True, capture_output=True).stdout.decode()


def pages(igdpt):
    """[(id, text)]"""
    return [(name, run(igdpt, "doctor", "--explain", name))
            for name in run(igdpt, "doctor", "--ids").split()]


def title(text):
    """The exact message, which stands alone and indented below the id; a check's id and name."""
    head, _, rest = text.partition("\n\n")
    line = rest.split("\n", 1)[0]
    return line.strip() if line.startswith("    ") else head


def section(text):
    return next((name for name, mark in SECTIONS if mark in text), SECTIONS[0][0])


def roff(text):
    text = text.replace("\\", r"\e").replace("-", r"\-").replace('"', r"\(dq")
    return re.sub(r"(?m)^(?=[.'])", r"\\&", text)


def roff_page(name, text):
    lines = [".SS " + roff(title(text)), ".B " + roff(name)]
    for block in text.split("\n\n")[1:]:
        block = block.rstrip("\n")
        if block.strip() == title(text):
            continue
        lines.append(".PP")
        if block.startswith("    "):
            lines += [".nf", roff("\n".join(line[4:] for line in block.split("\n"))), ".fi"]
        else:
            lines.append(roff(block).replace("\n", "\n.br\n"))
    return "\n".join(lines) + "\n"


def man(igdpt):
    out = [HEAD]
    found = pages(igdpt)
    for name, _ in SECTIONS:
        out.append(f".SH {name}\n")
        out += [roff_page(*page) for page in found if section(page[1]) == name]
    out.append(".SH SEE ALSO\n.BR igdpt\\-doctor (1) ,\n.BR igdpt\\-explain (1)\n")
    return "".join(out)


def write(path, text):
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)


def site(igdpt, folder):
    os.makedirs(folder, exist_ok=True)
    links = []
    for name, text in pages(igdpt):
        write(os.path.join(folder, name + ".html"),
              PAGE.format(title=html.escape(title(text)), text=html.escape(text)))
        links.append(f'<li><a href="{name}.html">{name}</a>: {html.escape(title(text))}</li>')
    write(os.path.join(folder, "index.html"),
          "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Messages of igdpt"
          "</title></head>\n<body><h1>Messages of igdpt</h1>\n<ul>\n" + "\n".join(links) +
          "\n</ul></body></html>\n")


if __name__ == "__main__":
    if sys.argv[2] == "man":
        sys.stdout.write(man(sys.argv[1]))
    else:
        site(sys.argv[1], sys.argv[3])
