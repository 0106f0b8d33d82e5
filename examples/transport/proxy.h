/* SPDX-License-Identifier: MIT
 *
 * The server's side of QEMU's x-pci-proxy-dev (QEMU 7.2): config, BAR and reset messages of one PCI
 * device over a Unix socket, guest memory as descriptors. The wire has no version, no lengths that
 * can be trusted and no time limit; see proxy.c.
 *
 * What it cannot carry: 64-bit BARs, config space past 256 bytes, MSI; and under TCG no interrupt.
 * A model must read back 0 at config 0x28, which QEMU probes as if it were a BAR.
 */
#ifndef EXAMPLES_PROXY_H
#define EXAMPLES_PROXY_H

#include "device.h"

/*
 * Serve one message. Call when the socket is readable.
 * 1: served; 0: the peer has gone; negative errno: the peer broke the protocol or stopped in the
 * middle of a message, and the connection is of no more use.
 */
int proxy_serve(int socket, struct pci_device *dev);

#endif
