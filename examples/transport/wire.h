/* SPDX-License-Identifier: MIT
 *
 * Messages with descriptors on a Unix socket whose peer is not trusted: it may send too little, too
 * much, more descriptors than anyone wants, or nothing more.
 */
#ifndef EXAMPLES_WIRE_H
#define EXAMPLES_WIRE_H

#include <stddef.h>

#define WIRE_FDS 8

struct wire_fds {
	int fd[WIRE_FDS];
	size_t count;
};

/*
 * All three: 1 done; 0 the peer has gone; negative errno: the connection is of no more use. A peer
 * that stops in the middle of a message has 2 s.
 */

/* The first bytes of a message, to which its descriptors are attached. */
int wire_receive_first(int socket, void *buf, size_t len, struct wire_fds *fds);
int wire_receive(int socket, void *buf, size_t len);
int wire_send(int socket, const void *buf, size_t len);

void wire_close_fds(struct wire_fds *fds);

#endif
