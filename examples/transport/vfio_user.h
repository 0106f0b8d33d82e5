/* SPDX-License-Identifier: MIT
 *
 * The server's side of vfio-user, version 0.0 of the published protocol: one PCI device, its config
 * space and BARs as regions, guest memory as DMA mappings. QEMU is a client of it from 10.1 on
 * (`-device vfio-user-pci`), under TCG and KVM; other VMMs are too.
 *
 * It carries 64-bit BARs. Interrupts are accepted and never raised.
 */
#ifndef EXAMPLES_VFIO_USER_H
#define EXAMPLES_VFIO_USER_H

#include "device.h"

/*
 * Serve one message. Call when the socket is readable.
 * 1: served; 0: the peer has gone; negative errno: the peer broke the protocol, and the connection
 * is of no more use. A request that this server does not know is answered with an error and served.
 */
int vfio_user_serve(int socket, struct pci_device *dev);

#endif
