/* SPDX-License-Identifier: MIT */
#include "wire.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A message is one sendmsg() at the peer: whoever stops in the middle has a fault. */
#define PEER_PATIENCE_MS 2000

static bool wait_for(int socket, short events)
{
	struct pollfd p = { .fd = socket, .events = events };

	return poll(&p, 1, PEER_PATIENCE_MS) == 1;
}

int wire_receive(int socket, void *buf, size_t len)
{
	uint8_t *to = buf;

	while (len) {
		ssize_t n;

		if (!wait_for(socket, POLLIN))
			return -ETIMEDOUT;
		n = recv(socket, to, len, MSG_DONTWAIT);
		if (n == 0)
			return 0;
		if (n < 0)
			return -errno;
		to += n;
		len -= (size_t)n;
	}
	return 1;
}

static void take_fds(struct wire_fds *fds, struct msghdr *msg)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		size_t n;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		if (n > WIRE_FDS - fds->count)
			n = WIRE_FDS - fds->count; /* the control buffer has room for no more */
		memcpy(fds->fd + fds->count, CMSG_DATA(c), n * sizeof(int));
		fds->count += n;
	}
}

int wire_receive_first(int socket, void *buf, size_t len, struct wire_fds *fds)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(WIRE_FDS * sizeof(int))];
	} control;
	struct iovec iov = { .iov_base = buf, .iov_len = len };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(socket, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (n == 0)
		return 0;
	if (n < 0)
		return errno == ECONNRESET ? 0 : -errno;
	take_fds(fds, &msg);
	if (msg.msg_flags & MSG_CTRUNC)
		return -EPROTO;
	return wire_receive(socket, (char *)buf + n, len - (size_t)n);
}

int wire_send(int socket, const void *buf, size_t len)
{
	ssize_t n;

	if (!wait_for(socket, POLLOUT))
		return -ETIMEDOUT;
	n = send(socket, buf, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0)
		return errno == EPIPE ? 0 : -errno;
	return n == (ssize_t)len ? 1 : -EPROTO;
}

void wire_close_fds(struct wire_fds *fds)
{
	while (fds->count)
		close(fds->fd[--fds->count]);
}
