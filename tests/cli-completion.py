# SPDX-License-Identifier: MIT
"""Shells offer what the command takes: its usage texts are the table, and they are complete."""
import glob
import os
import re
import shutil
import subprocess

import cli

SCRIPTS = os.path.join(cli.SRCDIR, "tools", "completion")


def verbs():
    return re.findall(r"^  (\S+) {2,}\S", cli.igdpt("--help")[1], re.M)


def usage(verb):
    return cli.igdpt(verb, "--help")[1]


def offered(*words):
    status, out, _ = cli.igdpt("--complete", *words)
    assert status == 0
    return [line.split("\t")[0] for line in out.splitlines()]


def sources():
    """{verb: text of the files that implement it}"""
    found = {}
    for path in glob.glob(os.path.join(cli.SRCDIR, "tools", "*.c")):
        with open(path, encoding="utf-8") as text:
            found[os.path.basename(path)[:-2]] = text.read()
    return {verb: "".join(text for name, text in found.items()
                          if name == verb or name.startswith(verb + "-")) for verb in verbs()}


def every_option_that_is_taken_is_in_the_usage():
    number = 0
    for verb, text in sources().items():
        taken = set(re.findall(r'"(--[a-z][a-z0-9-]*)"', text))
        taken |= {"--" + name for name in re.findall(
            r'\{ "([a-z][a-z-]*)", (?:required_argument|no_argument|(?:NULL, )?&o->)', text)}
        assert text, verb
        for option in taken:
            assert re.search(rf"(?<![\w-]){option}(?![\w-])", usage(verb)), (verb, option)
            number += 1
    assert number > 60, number


def each_verb_and_option_is_offered():
    assert offered("") == verbs() + ["--help", "--version"]
    for verb in verbs():
        told = set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*", usage(verb))) - {"--help"}
        assert told <= set(offered(verb, "-")), (verb, told - set(offered(verb, "-")))
        assert "--help" in offered(verb, "--h")


def words_of_options_and_verbs_of_verbs_are_offered():
    assert offered("doctor", "--goal", "") == ["display", "headless", "compute"]
    assert offered("doctor", "--goal", "h") == ["headless"]
    assert offered("plan", "--mode", "") == ["firmware", "copy", "trap", "map"]
    assert offered("doctor", "--log", "") == [] and offered("rom", "inspect", "") == []
    assert offered("dmar", "") == ["show", "check", "build"]
    assert set(offered("vbt", "")) >= {"show", "check", "ports", "diff", "extract", "repair", "build"}
    assert offered("none", "") == [] and offered("do") == ["doctor"]


def each_verb_of_a_verb_is_known():
    for verb in verbs():
        for word in offered(verb, ""):
            _, _, err = cli.igdpt(verb, word)
            assert "unknown verb" not in err, (verb, word, err)


def in_shell(shell, *args, **env):
    path = os.path.dirname(cli.PROGRAM) + os.pathsep + os.environ["PATH"]
    if not shutil.which(shell):
        raise cli.Skip(f"{shell} is missing")
    done = subprocess.run([shell, *args], capture_output=True, text=True, check=False, timeout=60,
                          env={**os.environ, "LD_LIBRARY_PATH": cli.LIBRARIES, "PATH": path, **env})
    return done.stdout.split(), done.stderr


def bash_offers_them():
    script = f"""source '{SCRIPTS}/igdpt.bash'
COMP_WORDS=(igdpt doctor --goal ''); COMP_CWORD=3; _igdpt; echo "${{COMPREPLY[@]}}"
COMP_WORDS=(igdpt ex); COMP_CWORD=1; _igdpt; echo "${{COMPREPLY[@]}}"
COMP_WORDS=(igdpt doctor --log /); COMP_CWORD=3; _igdpt; echo "${{#COMPREPLY[@]}}"
complete -p igdpt"""
    out, err = in_shell("bash", "--norc", "-c", script)
    assert out[:5] == ["display", "headless", "compute", "explain", "0"], (out, err)
    assert "default" in out, out


def fish_offers_them():
    out, err = in_shell("fish", "--no-config", "-c",
                        f"source '{SCRIPTS}/igdpt.fish'; complete -C'igdpt doctor --goal '; "
                        "complete -C'igdpt expl'")
    assert out[:3] == ["compute", "display", "headless"] and "explain" in out, (out, err)


def zsh_offers_them():
    script = f"""fpath=('{SCRIPTS}' $fpath); words=(igdpt doctor --goal ''); CURRENT=4
_describe() {{ print -l -- "${{(@P)3}}" }}; _files() {{ print files }}
source '{SCRIPTS}/_igdpt'
words=(igdpt expl); CURRENT=2; source '{SCRIPTS}/_igdpt'
words=(igdpt doctor --log ''); CURRENT=4; source '{SCRIPTS}/_igdpt'"""
    out, err = in_shell("zsh", "-f", "-c", script)
    assert out[:3] == ["display", "headless", "compute"], (out, err)
    assert out[3].startswith("explain:") and out[-1] == "files", (out, err)


cli.run(every_option_that_is_taken_is_in_the_usage, each_verb_and_option_is_offered,
        words_of_options_and_verbs_of_verbs_are_offered, each_verb_of_a_verb_is_known,
        bash_offers_them, fish_offers_them, zsh_offers_them)
