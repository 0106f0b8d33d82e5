#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Real VBTs: igdpt vbt show agrees with intel_vbt_decode on blocks, child devices and fields.

TAP on stdout. Needs $IGDPT_CORPUS/vbt and intel_vbt_decode (or $IGDPT_VBT_DECODE); says "skip"
without. Every disagreement must be of a kind listed in corpus_vbt.differences, as often as it says
there: more is a failure, and so is less, so that the list only shrinks.
"""
import collections
import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys

BUILD = os.environ.get('IGDPT_BUILDDIR', '.')
SOURCE = os.environ.get('IGDPT_SRCDIR', '.')
CORPUS = os.path.join(os.environ.get('IGDPT_CORPUS', ''), 'vbt')
DECODER = os.environ.get('IGDPT_VBT_DECODE', 'intel_vbt_decode')

# Block, label in intel_vbt_decode's output, field name. Labels differ between its versions.
FIELDS = {
    1: {
        'Panel fitting': 'panel-fitting', 'Flexaim': 'flexaim', 'Message': 'message',
        'Clear screen': 'clear-screen', 'DVO color flip required': 'color-flip',
        'External VBT': 'external-vbt', 'LVDS SSC Enable': 'ssc-enable',
        'LVDS SSC frequency': 'ssc-frequency', 'LFP on override': 'lfp-on-override',
        'Disable SSC on clone': 'disable-ssc-on-clone',
        'Underscan support for VGA timings': 'underscan-vga',
        'Dynamic CD clock': 'display-clock-mode',
        'Hotplug support in VBIOS': 'vbios-hotplug',
        'Disable smooth vision': 'disable-smooth-vision',
        'Single DVI for CRT/DVI': 'single-dvi', 'Enable 180 degree rotation': 'rotate-180',
        'Inverted FDI Rx polarity': 'fdi-rx-inverted',
        'Extended VBIOS mode': 'extended-vbios-mode',
        'Copy iLFP DTD to SDVO LVDS DTD': 'copy-lfp-dtd-to-sdvo',
        'Best fit panel timing algorithm': 'best-fit-timing',
        'Ignore strap state': 'ignore-strap', 'Legacy monitor detect': 'legacy-monitor-detect',
        'Integrated CRT': 'integrated-crt', 'Integrated TV': 'integrated-tv',
        'Integrated EFP': 'integrated-efp', 'DP SSC enable': 'dp-ssc-enable',
        'DP SSC frequency': 'dp-ssc-frequency', 'DP SSC dongle supported': 'dp-ssc-dongle',
    },
    2: {
        'CRT DDC GMBUS addr': 'crt-ddc-pin', 'Use DPMS on AIM devices': 'dpms-aim',
        'Skip CRT detect at boot': 'skip-boot-crt-detect',
        'Use Non ACPI DPMS CRT power states': 'dpms-non-acpi',
        'Boot display type': 'boot-display', 'Child device size': 'child-size',
    },
    9: {
        'Full link': 'full-link', 'Require AUX to wakeup': 'require-aux-wakeup',
        'Lines to wait before link standby': 'lines-to-wait',
        'Idle frames to for PSR enable': 'idle-frames', 'TP1 wakeup time': 'tp1-wakeup',
        'TP2/TP3 wakeup time': 'tp2-tp3-wakeup',
        'PSR2 TP2/TP3 wakeup time': 'psr2-tp2-tp3-wakeup',
    },
    12: {
        'Use 00000110h ID for Primary LFP': 'primary-lfp-id',
        'Enable Sprite in Clone Mode': 'sprite-in-clone', 'Driver INT 15h hook': 'int15-hook',
        'Dual View Zoom': 'dual-view-zoom', 'Hot Plug DVO': 'hotplug-dvo',
        'Allow display switching when in Full Screen DOS': 'switch-with-dos',
        'Allow display switching when DVD active': 'switch-with-dvd',
        'Boot Mode X': 'boot-x', 'Boot Mode Y': 'boot-y', 'Boot Mode Bpp': 'boot-bpp',
        'Boot Mode Refresh': 'boot-refresh', 'Enable LFP as primary': 'lfp-primary',
        'Selective Mode Pruning': 'selective-mode-pruning',
        'Dual-Frequency Graphics Technology': 'dual-frequency',
        'NT 4.0 Dual Display Clone Support': 'nt-clone',
        'Display Maintain Aspect Scaling via CUI': 'cui-aspect-scaling',
        'Preserve Aspect Ratio': 'preserve-aspect',
        'Enable SDVO device power down': 'sdvo-power-down', 'CRT hotplug': 'crt-hotplug',
        'LVDS config': 'lvds-config', 'TV hotplug': 'tv-hotplug',
        'Display subsystem enable': 'display-subsystem', 'Embedded platform': 'embedded-platform',
        'Define Display statically': 'static-display', 'Legacy CRT max X': 'legacy-crt-max-x',
        'Legacy CRT max Y': 'legacy-crt-max-y', 'Legacy CRT max refresh': 'legacy-crt-max-refresh',
        'Internal source termination for HDMI': 'hdmi-termination',
        'CEA 861-D HDMI support': 'cea861d-hdmi', 'Self refresh enable': 'self-refresh',
        'Custom VBT number': 'custom-vbt-version',
        'PC Features field validity': 'pc-features-valid',
        'Hpd Wake': 'hpd-wake', 'Assertive Display Technology (ADT)': 'adt',
        'Dynamic Media Refresh Rate Switching (DMRRS)': 'dmrrs',
        'Dynamic Frames Per Second (DFPS)': 'dfps',
        'Intermediate Pixel Storage (IPS)': 'ips', 'Panel Self Refresh (PSR)': 'psr',
        'Turbo Boost Technology': 'turbo-boost', 'Graphics Power Management (GPMT)': 'gpmt',
        'Graphics Render Standby (RS)': 'render-standby',
        'Dynamic Refresh Rate Switching (DRRS)': 'drrs',
        'Automatic Display Brightness (ADB)': 'adb',
        'DxgkDDI Backlight Control (DxgkDdiBLC)': 'bltclt',
        'Display Power Saving Technology (DPST)': 'dpst',
        'Smart 2D Display Technology (S2DDT)': 's2ddt',
        'Rapid Memory Power Management (RMPM)': 'rmpm',
    },
    22: {
        'backlight': 'panel-backlight', 'h40 type': 'h40-panel-type', 'type': 'panel-type',
        'ssc_clk_freq': 'ssc-clock-frequency', 'als_low_trip': 'als-low-trip',
        'als_high_trip': 'als-high-trip',
    },
    27: {
        'Panel color depth': 'color-depth', 'Stereo 3D feature': 'stereo-3d',
        'T3 optimization': 't3-optimization',
        'Vswing/preemphasis table selection': 'vswing-preemphasis-table',
        'Fast link training': 'fast-link-training',
        'DPCD 600h write required': 'dpcd-600h-write',
        'PWM on to backlight enable': 'pwm-on-to-backlight',
        'Backlight disable to PWM off': 'backlight-to-pwm-off',
        'Full link params provided': 'full-link-provided',
        'eDP fast link training data rate': 'fast-link-training-rate',
        'eDP max port link rate': 'max-port-link-rate', 'eDP DSC disable': 'dsc-disable',
        'rate': 'fast-link-rate',
    },
    40: {
        'Panel type': 'panel-type', 'Panel type 2': 'panel-type-2',
        'LVDS EDID available': 'edid-available', 'Pixel dither': 'pixel-dither',
        'PFIT auto ratio': 'pfit-auto-ratio',
        'PFIT enhanced graphics mode': 'pfit-graphics-enhanced',
        'PFIT enhanced text mode': 'pfit-text-enhanced', 'PFIT mode': 'pfit-mode',
        'Channel type': 'channel-type', 'SSC': 'ssc', 'SSC frequency': 'ssc-frequency',
        'Disable SSC in dual display twin': 'disable-ssc-on-twin', 'DPS type': 'dps-type',
        'Backlight type': 'backlight-type', 'LCDVCC on during S0 state': 'lcdvcc-in-s0',
        'Panel rotation': 'rotation', 'Panel position': 'position',
    },
    41: {
        'Number of entries': 'entries', 'FP timing table size': 'fp-size',
        'DVO timing table size': 'dtd-size', 'Panel PnP ID table size': 'pnp-size',
        'Panel name table size': 'names-size',
    },
    42: {
        'LVDS': 'lvds', 'PP_ON_DELAYS': 'pp-on-delays', 'PP_OFF_DELAYS': 'pp-off-delays',
        'PP_DIVISOR': 'pp-divisor', 'PFIT': 'pfit', 'Product code': 'product',
        'Serial': 'serial', 'Mfg week': 'week', 'Scaling enable': 'scaling',
        'Seamless DRRS min refresh rate': 'drrs-min-refresh',
        'Pixel overlap count': 'pixel-overlap', 'Top': 'border-top', 'Bottom': 'border-bottom',
        'Left': 'border-left', 'Right': 'border-right',
        'Dual LFP port sync enable': 'dual-port-sync',
        'GPU dithering for banding artifacts': 'gpu-dithering',
    },
    43: {
        'Inverter type': 'type', 'Active low': 'active-low', 'PWM freq': 'pwm-frequency',
        'Minimum brightness': 'min-brightness', 'Level': 'level-old',
        'Control type': 'control-type', 'Controller': 'controller',
        'Brightness level': 'level', 'Brightness min level': 'min-level',
        'Brigthness precision bits': 'precision-bits', 'Entry size': 'entry-size',
    },
    44: {
        'ALS enable': 'als-enable', 'Power conservation preference level': 'preference',
        'Display LACE aggressiveness profile': 'lace-profile',
        'Display Power Saving Technology (DPST)': 'dpst', 'Panel Self Refresh (PSR)': 'psr',
        'Dynamic Refresh Rate Switching (DRRS)': 'drrs',
        'Assertive Display Technology (ADT)': 'adt',
        'Dynamic Media Refresh Rate Switching (DMRRS)': 'dmrrs',
        'Automatic Display Brightness (ADB)': 'adb',
        'Default Display LACE enabled': 'lace-enabled',
        'LACE Aggressiveness': 'lace-aggressiveness',
        'DPST Aggressiveness': 'dpst-aggressiveness',
        'EDP 4k/2k HOBL feature': 'hobl', 'Variable Refresh Rate (VRR)': 'vrr',
        'ELP': 'elp', 'OPST': 'opst', 'ELP Aggressiveness': 'elp-aggressiveness',
        'OPST Aggrgessiveness': 'opst-aggressiveness',
        'APD': 'apd', 'PixOptix': 'pixoptix', 'ALS backlight adjust': 'als-adjust',
        'ALS Lux': 'als-lux',
    },
    46: {
        'Use chromaticity values from EDID base block': 'from-edid',
        'Chromaticity enable': 'enable', 'Gamma enable': 'gamma-enable',
        'Luminance enable': 'luminance-enable', 'Gamma': 'gamma',
        'Minimum luminance': 'min-luminance', 'Maximum luminance': 'max-luminance',
    },
    51: {'Enable': 'enable', 'X Res': 'x', 'Y Res': 'y'},
    52: {
        'Video transfer mode': 'video-transfer-mode', 'Pixel overlap': 'pixel-overlap',
        'HSTxTimeOut': 'hs-tx-timeout', 'LPRXTimeOut': 'lp-rx-timeout',
        'TurnAroundTimeOut': 'turn-around-timeout', 'DeviceResetTimer': 'device-reset-timer',
        'MasterinitTimer': 'master-init-timer', 'DBIBandwidthTimer': 'dbi-bandwidth-timer',
        'LpByteClkValue': 'lp-byte-clock', 'Exit to zero Count': 'exit-zero-count',
        'Trail Count': 'trail-count', 'Clk zero count': 'clock-zero-count',
        'Prepare count': 'prepare-count', 'ClockLaneSwitchingCount': 'clock-lane-switch-count',
        'HighToLowSwitchingCount': 'high-low-switch-count', 'TClkMiss': 'tclk-miss',
        'TClkPost': 'tclk-post', 'TClkPre': 'tclk-pre', 'TClkPrepare': 'tclk-prepare',
        'TClkSettle': 'tclk-settle', 'TClkTermEnable': 'tclk-term-enable',
        'TClkTrail': 'tclk-trail', 'TClkPrepareTClkZero': 'tclk-prepare-zero',
        'THSExit': 'ths-exit', 'THsPrepare': 'ths-prepare',
        'THsPrepareTHsZero': 'ths-prepare-zero', 'THSSettle': 'ths-settle',
        'THSSkip': 'ths-skip', 'THsTrail': 'ths-trail', 'TInit': 'tinit', 'TLPX': 'tlpx',
        'Panel power ON delay': 'power-on-delay',
        'Panel power on to Backlight enable delay': 'backlight-on-delay',
        'Backlight disable to Panel power OFF delay': 'backlight-off-delay',
        'Panel power OFF delay': 'power-off-delay',
        'Panel power cycle delay': 'power-cycle-delay',
        'PWM on to backlight enable': 'pwm-on-to-backlight',
        'Backlight disable to PWM off': 'backlight-to-pwm-off',
        'MIPI PMIC I2C Bus Number': 'pmic-i2c-bus',
    },
    56: {
        'RC buffer size': 'rc-buffer-size', 'Slices per line': 'slices-per-line',
        'Line buffer depth': 'line-buffer-depth',
        'Block prediction enable': 'block-prediction', 'Max bpp': 'max-bpp',
        'Support 8 bpc': 'support-8bpc', 'Support 10 bpc': 'support-10bpc',
        'Support 12 bpc': 'support-12bpc', 'Slice height': 'slice-height',
        'RC buffer block size': 'rc-block-size',
    },
}

PREFIX = {1: 'general-features', 2: 'general-definitions', 9: 'psr', 12: 'driver-features',
          22: 'sdvo-lvds', 27: 'edp', 40: 'lfp-options', 41: 'lfp-pointers', 42: 'lfp',
          43: 'backlight', 44: 'lfp-power', 46: 'chromaticity', 51: 'fixed-mode', 52: 'mipi',
          56: 'compression'}

CHILD = {
    'Device handle': 'handle', 'Device type': 'device-type', 'I2C speed': 'i2c-speed',
    'HDMI max data rate': 'hdmi-max-data-rate', 'HDMI level shifter value': 'hdmi-level-shifter',
    'Offset to DTD buffer for edidless CHILD': 'dtd-buffer', 'Dual pipe ganged eDP': 'ganged-edp',
    'Compression method CPS': 'compression-cps', 'Compression enable': 'compression-enable',
    'Edidless EFP': 'edidless-efp', 'Compression structure index': 'compression-index',
    'HDMI Max FRL rate valid': 'hdmi-max-frl-rate-valid', 'HDMI Max FRL rate': 'hdmi-max-frl-rate',
    'Disable compression for external DP/HDMI': 'disable-external-compression',
    'AIM offset': 'addin-offset', 'DVO Port': 'dvo-port', 'AIM I2C pin': 'i2c-pin',
    'AIM Slave address': 'target-address', 'AIM Target address': 'target-address',
    'DDC pin': 'ddc-pin', 'EDID buffer ptr': 'edid-pointer', 'DVO config': 'dvo-config',
    'Use VBT vswing/premph table': 'use-vbt-vswing', 'HPD sense invert': 'hpd-invert',
    'Iboost enable': 'iboost', 'Onboard LSPCON': 'lspcon', 'Lane reversal': 'lane-reversal',
    'EFP routed through dock': 'efp-routed', 'TMDS compatible': 'tmds-support',
    'DP compatible': 'dp-support', 'HDMI compatible': 'hdmi-support',
    'Aux channel': 'aux-channel', 'Dongle detect': 'dongle-detect',
    'Integrated encoder instead of SDVO': 'integrated-encoder',
    'Hotplug connect status': 'hpd-status', 'SDVO stall signal available': 'sdvo-stall',
    'Pipe capabilities': 'pipe-caps', 'DVO wiring': 'dvo-wiring',
    'Device class extension': 'extended-type', 'DVO function': 'dvo-function',
    'DP port trace length': 'dp-trace-length', 'Thunderbolt port': 'thunderbolt',
    'DP USB type C support': 'usb-type-c', '2X DP GPIO index': 'dp-gpio-index',
    '2X DP GPIO pin number': 'dp-gpio-pin', 'IBoost level for DP/eDP': 'dp-iboost-level',
    'IBoost level for HDMI': 'hdmi-iboost-level', 'DP max link rate': 'dp-max-link-rate',
    'EFP panel index': 'efp-index',
}


def number(text):
    """The number behind a printed value, or None if only words were printed."""
    text = text.strip()
    for pattern, base in ((r'^0x([0-9a-fA-F]+)', 16), (r'\(0x([0-9a-fA-F]+)\)$', 16),
                          (r'^(\d+)$', 10), (r'\((\d+)\)$', 10)):
        match = re.search(pattern, text)
        if match:
            return int(match[1], base)
    return {'yes': 1, 'no': 0}.get(text)


class Decoded:
    """What intel_vbt_decode says of one file."""

    def __init__(self, path):
        run = subprocess.run([DECODER, '--all-panels', '--file=' + path], capture_output=True,
                             check=True)
        self.blocks = []     # (id, size)
        self.values = []     # (block, panel, label, text)
        self.children = []   # {label: text}
        self.header = {}
        block = panel = child = None
        for line in run.stdout.decode('latin-1').splitlines():
            match = re.match(r'BDB block (\d+) \((\d+) bytes', line)
            if match:
                block, panel, child = int(match[1]), None, None
                self.blocks.append((block, int(match[2])))
                continue
            match = re.match(r'\t+(?:Panel|DSC block) (\d+)\b(?!:)', line)
            if match and block:
                panel = int(match[1])
                continue
            match = re.match(r'(\t+) ?([^:?]*[^:?\s])[:?]\s*(.*)', line)
            if not match:
                continue
            label, text = match[2].strip(), match[3]
            if block is None:
                self.header.setdefault(label, text)
            elif block == 2 and label == 'Child device info':
                child = {}
                self.children.append(child)
            elif block == 2 and child is not None:
                child.setdefault(label, text)
            else:
                self.values.append((block, panel, label, text))


class Differences:
    """Kinds of disagreement that are explained, and how often each may occur."""

    def __init__(self, path, newer):
        self.allowed = {}
        self.seen = collections.Counter()
        for line in open(path):
            line = line.split('#')[0].split()
            if line:
                self.allowed[line[0]] = int(line[1 + newer])

    def known(self, kind):
        """Whether a kind is listed; fields may be listed by name, or all of a block."""
        if kind not in self.allowed:
            kind = kind.split('.')[0] + '.*'
        self.seen[kind] += 1
        return self.allowed.get(kind, 0) > 0

    def wrong(self):
        return [(k, n, self.seen[k]) for k, n in sorted(self.allowed.items())
                if self.seen[k] != n]


def compare_blocks(ours, theirs, differences):
    """Both lists hold ids and sizes; what only one has must be explained."""
    problems = []
    mine = [(b['id'], b['size']) for b in ours['blocks']]
    bdb_end = ours['bdb_offset'] + ours['bdb_size']
    seen = set()
    for block in ours['blocks']:
        entry = (block['id'], block['size'])
        if entry in theirs.blocks and block['id'] not in seen:
            pass
        elif block['id'] in seen:
            kind = 'repeated-id'
        elif block['offset'] + block['size'] > bdb_end:
            kind = 'past-bdb-size'
        elif block['id'] == 41 and 'vbt-lfp-uneven' in (f['id'] for f in ours['findings']):
            kind = 'uneven-pointers'
        else:
            kind = 'only-ours'
        if (entry not in theirs.blocks or block['id'] in seen) and not differences.known(kind):
            problems.append('%s: block %d of %d bytes' % (kind, *entry))
        seen.add(block['id'])
    for entry in theirs.blocks:
        if entry in mine:
            continue
        if entry == (41, 148):
            kind = 'generated-pointers'
        else:
            kind = 'block-zero' if entry[0] == 0 else 'only-theirs'
        if not differences.known(kind):
            problems.append('%s: block %d of %d bytes' % (kind, *entry))
    return problems


def compare_children(ours, theirs):
    problems = []
    if len(ours['children']) != len(theirs.children):
        return ['%d child devices, intel_vbt_decode has %d' % (
            len(ours['children']), len(theirs.children))], 0
    compared = 0
    for mine, other in zip(ours['children'], theirs.children):
        for label, text in other.items():
            name, value = CHILD.get(label), number(text)
            values = ours['fields'].get('child.%s' % name)
            if name is None or value is None or values is None:
                continue
            compared += 1
            if values[mine['slot']] != value:
                problems.append('child %d, %s: %d, not %d' % (
                    mine['slot'], label, values[mine['slot']], value))
        for key, label in (('handle', 'Device handle'), ('device_type', 'Device type'),
                           ('dvo_port', 'DVO Port'), ('ddc_pin', 'DDC pin'),
                           ('aux_channel', 'Aux channel')):
            if label in other and mine[key] != number(other[label]):
                problems.append('child %d: %s' % (mine['slot'], key))
    return problems, compared


def compare_fields(ours, theirs, differences):
    problems = []
    compared = 0
    have = {b['id'] for b in ours['blocks']}
    counts = collections.Counter()
    for block, panel, label, text in theirs.values:
        name, value = FIELDS.get(block, {}).get(label), number(text)
        if name is None or value is None or block not in have:
            continue
        mine = ours['fields'].get('%s.%s' % (PREFIX[block], name))
        if mine is None:
            continue
        if isinstance(mine, list):
            if panel is None:
                panel_or_count = counts[(block, label)]
                counts[(block, label)] += 1
            else:
                panel_or_count = panel
            if panel_or_count >= len(mine):
                continue
            mine = mine[panel_or_count]
        compared += 1
        if mine != value and not differences.known('%s.%s' % (PREFIX[block], name)):
            problems.append('block %d, panel %s, %s: %d, not %d' % (
                block, panel, label, mine, value))
    return problems, compared


def compare_panel(ours, theirs):
    """Timings and name of the panel in use; version 1 prints the timings in one line."""
    mine = ours['panel']
    if mine is None:
        return [], 0
    keys = ('width', 'hsync_start', 'hsync_end', 'htotal', 'height', 'vsync_start', 'vsync_end',
            'vtotal')
    labels = {'hdisplay': 'width', 'htotal': 'htotal', 'vdisplay': 'height', 'vtotal': 'vtotal',
              'clock': 'clock_khz'}
    pairs = []
    for block, panel, label, text in theirs.values:
        if (block, panel) != (42, mine['index']):
            continue
        if mine['block'] == 58 and label in ('timings', *labels):
            continue # Linux takes those of block 58, which are compared as fields
        if label == 'timings':
            pairs += [(k, int(n)) for k, n in zip(keys, text.split())]
        elif label in labels:
            pairs.append((labels[label], int(text)))
        elif label == 'Mfg name':
            pairs.append(('manufacturer', text.split()[0]))
        elif label == 'Mfg year':
            pairs.append(('year', int(text)))
        elif label == 'Panel name':
            pairs.append(('name', text.rstrip()))
    return ['panel %s: %s, not %s' % (key, mine[key], value) for key, value in pairs
            if mine[key] != value], len(pairs)


def compare_header(ours, theirs):
    pairs = (('vbt_size', 'VBT size'), ('bdb_version', 'BDB version'), ('bdb_size', 'BDB size'),
             ('bdb_offset', 'BDB offset'), ('checksum', 'VBT checksum'))
    return ['%s: %d' % (key, ours[key]) for key, label in pairs
            if ours[key] != number(theirs.header[label])]


def newer_decoder(path):
    """Version 2 prints the AIM offsets of the header, 1 does not."""
    return 'AIM #1 offset' in Decoded(path).header


def show(paths):
    run = subprocess.run([os.path.join(BUILD, 'tools', 'igdpt'), 'vbt', 'show', '--json'] + paths,
                         capture_output=True, check=True)
    answer = json.loads(run.stdout)
    return answer if isinstance(answer, list) else [answer]


def main():
    if not os.path.isdir(CORPUS):
        print('1..0 # SKIP no corpus of real VBTs at %s' % CORPUS)
        return 0
    if not shutil.which(DECODER):
        print('1..0 # SKIP intel_vbt_decode (package intel-gpu-tools) is missing')
        return 0
    paths = sorted(os.path.join(CORPUS, name) for name in os.listdir(CORPUS))
    differences = Differences(os.path.join(SOURCE, 'tests', 'corpus_vbt.differences'),
                              newer_decoder(paths[0]))
    print('1..%d' % (len(paths) + 2))
    failed = compared = 0
    with concurrent.futures.ThreadPoolExecutor() as pool:
        decoded = list(pool.map(Decoded, paths))
    for n, (path, ours, theirs) in enumerate(zip(paths, show(paths), decoded), 1):
        problems = compare_header(ours, theirs) + compare_blocks(ours, theirs, differences)
        for found, count in (compare_children(ours, theirs), compare_panel(ours, theirs),
                             compare_fields(ours, theirs, differences)):
            problems += found
            compared += count
        for problem in problems[:20]:
            print('# %s' % problem)
        failed += bool(problems)
        print('%s %d - %s' % ('not ok' if problems else 'ok', n, os.path.basename(path)))
    print('%s %d - the two compared %d values' % (
        'ok' if compared > 500 * len(paths) else 'not ok', len(paths) + 1, compared))
    wrong = differences.wrong()
    for kind, listed, seen in wrong:
        print('# %s: listed %d times, seen %d times' % (kind, listed, seen))
    print('%s %d - the list of differences is exact' % (
        'not ok' if wrong else 'ok', len(paths) + 2))
    return 1 if failed or wrong else 0


if __name__ == '__main__':
    sys.exit(main())
