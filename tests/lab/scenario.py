# SPDX-License-Identifier: MIT
"""A scenario file: settings of a machine, then facts that the real parts must report.

Settings are lines "key value"; a repeated key adds to its value. Facts are lines whose text is a
template: {names} are predictions of the library, put in by Python's format().
    says TEXT           a line of the guest's log contains this
    firmware TEXT       the same for the firmware's log
    never TEXT          no line of the guest's log contains this; needs "until"
    each LIST TEXT      as says, for each {item} of a predicted list
    only LIST TEXT      a line of this form is about an {item} of that list; needs "until"
    tells KEY VALUE     what the VMM saw at its end, e.g. the OpRegion in guest memory
    finding ID          the library's judgement of the guest's files has this finding
    on KERNELS FACT     a fact of these kernels alone, e.g. "on 6.12,7 says TEXT"
    until TEXT          after this line of the guest's log nothing more is waited for
"""
import os
import re
import string

FACTS = ("says", "firmware", "never", "each", "only", "tells", "finding", "until")
# Settings and what they are when they are not given.
SETTINGS = {
    "title": None, "boot": None, "kernel": "6.1", "device": None, "platform": None,
    "class": "0x0300", "ggc": None, "memory": "1024", "machine": "q35", "append": "",
    "opregion": "2.1",      # the host's: version, or "none"
    "address": "0x7c000000",  # of the host's OpRegion
    "vbt": "built",         # a file of the corpus
    "vbt-size": "0",        # without that file one is built, of at least so many bytes
    "patch": "",            # OFFSET=BYTES in hex, put into the guest's OpRegion, space separated
    "guest-copy": "normalised",  # or "raw": the host's OpRegion as it is
    "place": "firmware",    # or the address to which the VMM copies it
    "bdsm": "firmware",     # or a preset address, or "none"
    "bdsm-size": "",        # etc/igd-bdsm-size, if not the library's
    "gms": "keep", "bridge": "on", "devices": "",
    "host-bdsm": "0xd8e00001",
    "mmio": "",             # OFFSET=VALUE, the host's registers in BAR0, space separated
    "mirrors": "library",   # or "host": what BAR0 repeats of config space is the host's
    "rmrr": "",             # as of igdpt dmar build: BASE-END=SCOPE,SCOPE; replaces the DMAR
    "vfio": "",             # devices that a host hands to vfio-pci
    "probes": "regions readers", # what host-probe does with each of them
    "doctor": "",           # who runs igdpt doctor in a host: root user; "strict" comes first
    "also": "",             # a driver that a host loads too: i915
    "driver": "i915",       # which a guest loads: i915 or xe
    "reads": "",            # the VBT blocks that the driver looks at
    "letters": "",          # ports that the driver calls by another letter: B=D C=E
    "peer": "",             # a host's own QEMUs, 7.2 and 11.1: one run for each
    "inner": "",            # their arguments
    "library": "",          # lab-machine's, for what the library gives in QEMU's place
    "timeout": "100",       # seconds that QEMU may run
}


class Bad(Exception):
    """The scenario's text is wrong."""


class Scenario:
    def __init__(self, path):
        self.name = os.path.splitext(os.path.basename(path))[0]
        self.set, self.facts = dict(SETTINGS), []
        self.given = set()
        self._read(path)
        for key, value in self.set.items():
            if value is None:
                raise Bad(f"{path}: no {key}")
        if any(verb in ("never", "only") for verb, *_ in self.facts) and not self.of("until"):
            raise Bad(f"{path}: never and only need until")

    def _read(self, path):
        with open(path, encoding="utf-8") as text:
            for number, line in enumerate(text, 1):
                line = line.strip()
                if not line or line.startswith("#"):
                    continue
                verb, _, rest = line.partition(" ")
                if verb == "include":
                    self._read(os.path.join(os.path.dirname(path), rest.strip()))
                elif verb == "on":
                    kernels, verb, text = rest.split(None, 2)
                    self.facts.append((verb, text, kernels.split(",")))
                elif verb in FACTS:
                    self.facts.append((verb, rest.strip(), None))
                elif verb in SETTINGS:
                    self._set(verb, rest.strip())
                else:
                    raise Bad(f"{path}:{number}: unknown word '{verb}'")

    def _set(self, key, value):
        self.set[key] = f"{self.set[key]} {value}" if key in self.given else value
        self.given.add(key)

    def of(self, verb):
        return [fact[1] for fact in self.facts if fact[0] == verb]


def pattern(template):
    """A regular expression for lines of a template's form, whatever the predictions are."""
    parts = []
    for literal, field, _, _ in string.Formatter().parse(template):
        parts.append(re.escape(literal))
        if field is not None:
            parts.append("(.+?)")
    text = "".join(parts)
    return re.compile(text[:-len("(.+?)")] + r"(\S+)" if text.endswith("(.+?)") else text)


class Failure:
    """predicted: the line that should be; reported: lines of that form that are."""

    def __init__(self, fact, predicted, reported):
        self.fact, self.predicted, self.reported = fact, predicted, reported

    def lines(self):
        yield f"fact:      {self.fact}"
        yield f"predicted: {self.predicted}"
        for line in self.reported[:4] or ["no such line"]:
            yield f"reported:  {line}"


def split_list(text, known):
    name, _, template = text.partition(" ")
    return known[name], template


def log_of(log, source):
    return [line for origin, line in log if origin == source]


def judge(scenario, kernel, known, told, log):
    """Failures of the facts of a kernel against logs; known: the predictions."""
    guest, firmware = log_of(log, "guest"), log_of(log, "firmware")
    failures = []

    def wanted(fact, template, lines, **more):
        text = template.format(**known, **more)
        if not any(text in line for line in lines):
            form = pattern(template)
            failures.append(Failure(fact, text, [line for line in lines if form.search(line)]))

    for verb, text, kernels in scenario.facts:
        if kernels and kernel not in kernels:
            continue
        fact = f"{verb} {text}"
        if verb in ("says", "until"):
            wanted(fact, text, guest)
        elif verb == "firmware":
            wanted(fact, text, firmware)
        elif verb == "never":
            line = text.format(**known)
            found = [have for have in guest if line in have]
            if found:
                failures.append(Failure(fact, "no such line", found))
        elif verb == "each":
            items, template = split_list(text, known)
            for item in items:
                wanted(fact, template, guest, item=item)
        elif verb == "only":
            items, template = split_list(text, known)
            allowed = [template.format(item=item, **known) for item in items]
            stray = [line for line in guest if pattern(template).search(line)
                     and not any(have in line for have in allowed)]
            if stray:
                failures.append(Failure(fact, "none but these: " + "; ".join(allowed), stray))
        elif verb == "finding":
            if text not in known["findings"]:
                failures.append(Failure(fact, text, known["findings"]))
        elif verb == "tells":
            key, _, template = text.partition(" ")
            value = template.format(**known)
            if str(told.get(key)) != value:
                failures.append(Failure(fact, f"{key} {value}", [f"{key} {told.get(key)}"]))
    return failures
