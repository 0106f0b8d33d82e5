# SPDX-License-Identifier: MIT
"""The command's man pages say what the command says of itself, and other tools can read them."""
import glob
import html
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile

import cli

MAN = os.path.join(cli.SRCDIR, "doc", "man")


def load():
    path = os.path.join(cli.SRCDIR, "doc", "messages.py")
    spec = importlib.util.spec_from_file_location("messages", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    # Its own runner would not find the library.
    module.run = lambda _, *args: cli.igdpt(*args)[1]
    return module


def verbs():
    return re.findall(r"^  (\S+) {2,}\S", cli.igdpt("--help")[1], re.M)


def plain(name):
    """A page as text, its escapes and fonts undone"""
    with open(os.path.join(MAN, name), encoding="ascii") as page:
        text = re.sub(r"\\f[BRI]", "", page.read())
    return text.replace("\\-", "-").replace("\\e", "\\").replace("\\(dq", '"').replace("\\&", "")


def every_verb_and_every_option_is_in_its_page():
    whole, number = plain("igdpt.1"), 0
    for verb in verbs():
        assert f".BR igdpt-{verb} (1)" in whole, verb
        page, told = plain(f"igdpt-{verb}.1"), cli.igdpt(verb, "--help")[1]
        summary = re.search(rf"^  {verb} +(.*)$", cli.igdpt("--help")[1], re.M)[1]
        assert f"igdpt-{verb} - {summary}" in page, verb
        for option in set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*|(?<= )-o(?= )", told)):
            assert re.search(rf"(?m)^(.*, )?{option}(?![\w-])", page), (verb, option)
            number += 1
        offered = cli.igdpt("--complete", verb, "")[1].split()
        assert all(re.search(rf"(?m)^{word}$", page) for word in offered), (verb, offered)
    assert number > 80 and "--version" in whole and "--complete" in whole, number


def no_page_tells_an_option_that_is_not_taken():
    for verb in verbs():
        told = cli.igdpt(verb, "--help")[1]
        for options in re.findall(r"(?m)^(-.*)$", plain(f"igdpt-{verb}.1")):
            for option in re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*", options):
                assert option in told, (verb, option)


def every_synopsis_is_that_of_the_help():
    for verb in verbs():
        told = " ".join(cli.igdpt(verb, "--help")[1].split())
        synopsis = re.search(r"(?ms)^\.SH SYNOPSIS\n(.*?)^\.SH", plain(f"igdpt-{verb}.1"))[1]
        for usage in synopsis.split(".PP\n"):
            assert " ".join(usage.split()) in told, (verb, usage)


def every_message_has_its_page():
    messages = load()
    with open(os.path.join(MAN, "igdpt-messages.7"), encoding="ascii") as page:
        assert page.read() == messages.man("igdpt"), "run make regenerate-messages"
    text = plain("igdpt-messages.7")
    for ids in (re.findall(r'^IGDPT_FINDING\(\d+, \w+, "([^"]+)"', source("include/igdpt/findings.def"),
                           re.M),
                re.findall(r'^LOG_STRING\(\w+, "([^"]+)"', source("tools/log-strings.def"), re.M),
                re.findall(r'^LOG_FAULT\(\w+, \d, "([^"]+)"', source("tools/log-strings.def"), re.M)):
        assert len(ids) > 10
        for name in ids:
            assert f"\n.B {name}\n" in text, name
    for exact in ("does not support requested IGD OpRegion feature", "Failed to find VBIOS tables (VBT)",
                  "Failed to setup Intel IGD regions", "D20 regions"):
        assert f"\n.SS {exact}\n" in text, exact


def source(path):
    with open(os.path.join(cli.SRCDIR, path), encoding="utf-8") as text:
        return text.read()


def a_web_page_says_what_explain_says():
    messages = load()
    with tempfile.TemporaryDirectory(prefix="igdpt-pages-") as folder:
        messages.site("igdpt", folder)
        names = cli.igdpt("doctor", "--ids")[1].split()
        assert len(names) == len(set(names)) > 300, len(names)
        for name in names:
            with open(os.path.join(folder, name + ".html"), encoding="utf-8") as page:
                text = page.read()
            inside = html.unescape(re.search(r"<pre>(.*)</pre>", text, re.S)[1])
            assert inside == cli.igdpt("doctor", "--explain", name)[1], name
            assert html.escape(messages.title(inside)) in text, name
        with open(os.path.join(folder, "index.html"), encoding="utf-8") as index:
            assert index.read().count("<li>") == len(names)


def pages():
    return sorted(glob.glob(os.path.join(MAN, "*.[17]")))


def mandoc_finds_nothing_wrong():
    if not shutil.which("mandoc"):
        raise cli.Skip("mandoc is missing")
    done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", *pages()], capture_output=True,
                          check=False, text=True)
    assert len(pages()) == len(verbs()) + 2 and not done.stdout, done.stdout


def groff_finds_nothing_wrong():
    if not shutil.which("groff"):
        raise cli.Skip("groff is missing")
    for path in pages():
        done = subprocess.run(["groff", "-man", "-ww", "-z", "-Tutf8", path], capture_output=True,
                              check=False, text=True)
        assert not done.stderr and done.returncode == 0, (path, done.stderr[:300])


cli.run(every_verb_and_every_option_is_in_its_page, no_page_tells_an_option_that_is_not_taken,
        every_synopsis_is_that_of_the_help, every_message_has_its_page,
        a_web_page_says_what_explain_says, mandoc_finds_nothing_wrong,
        groff_finds_nothing_wrong)
