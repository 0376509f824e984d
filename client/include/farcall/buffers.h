/*
 * Buffers that this program shares with the server, for data that goes through a kernel's sockets:
 * what is sent from them need not be copied, and what is received is put into them by the kernel
 * itself. C linkage, beside farcall/client.h and rumpclient(3), after one of which has connected;
 * descriptors, flags (MSG_*) and the errors of calls are NetBSD's. docs/buffers.md explains it,
 * client/examples/transfer.c is a whole program.
 *
 * Where nothing can be shared (over tcp, with a kernel in this process, beyond the server's limits,
 * after a reconnection until all earlier buffers are free), and where the kernel can only copy
 * (NetBSD's), the same functions do the same with copies; farcall_buf_query tells.
 *
 * OWNERSHIP. A buffer is the program's from farcall_buf_alloc or farcall_buf_receive to
 * farcall_buf_free, but for the time that it is lent: after farcall_buf_send the kernel may read it
 * until its data has been acknowledged. Then it may be read, sent again and freed, but not written
 * to: what is written spoils the connection that the data is on, and nothing else. farcall_buf_wait
 * tells when it is the program's own again.
 *
 * Every function may be called from any thread; none may be called from a signal handler. A child
 * of fork has none of its parent's buffers: their memory is not there.
 */
#ifndef FARCALL_BUFFERS_H
#define FARCALL_BUFFERS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct farcall_buf farcall_buf;

/* A buffer of at least `size` bytes, in whole pages; what is in it is not defined. The first one
 * makes the memory for all of them, 64 MiB or what the server allows, which takes room only as it
 * is used. NULL with errno: ENOMEM (none is left; some may come back when lent ones do), EINVAL (0
 * bytes), ENOTCONN. */
farcall_buf* farcall_buf_alloc(size_t size);

/* Where a buffer's bytes are, until it is freed, and how many they are. NULL and 0 for what is no
 * buffer. The bytes may be given to any system call, as other memory. */
void* farcall_buf_data(const farcall_buf*);
size_t farcall_buf_size(const farcall_buf*);

/* Gives the buffer back, at once or, when it is lent, as soon as it is not. 0, or -1 with EINVAL:
 * it is no buffer, or has been freed. */
int farcall_buf_free(farcall_buf*);

/* As send(2) with `size` bytes from `offset` on; `*sent` is how many went. When the socket is TCP's
 * in a kernel that borrows, they are not copied, and the buffer is lent from now on. Sleeps as
 * send(2) does. 0, a NetBSD errno, or -1 with errno: EINVAL (these bytes are in no buffer),
 * ENOTCONN. */
int farcall_buf_send(int fd, farcall_buf*, size_t offset, size_t size, int flags, size_t* sent);

/* Sleeps until nothing of the buffer is lent, at most `timeout` milliseconds; 0: only looks, -1:
 * for ever. 0, or -1 with errno: ETIMEDOUT, EINTR, EINVAL, ENOTCONN (the server is gone, and nobody
 * will tell any more). */
int farcall_buf_wait(const farcall_buf*, int timeout);

/* As recv(2) of at most `most` bytes into a new buffer, which is then the caller's. Sleeps as
 * recv(2) does. 0 with the buffer in `*buffer` and in `*size` the number of bytes, which lie at its
 * beginning; at the end of the data NULL and 0. A NetBSD errno, or -1 as farcall_buf_alloc. */
int farcall_buf_receive(int fd, size_t most, int flags, farcall_buf** buffer, size_t* size);

struct farcall_buf_status {
  int shared;            /* the server reaches the buffers in place */
  int lends;             /* and its kernel's TCP sends from them without a copy */
  uint64_t size;         /* bytes that all buffers together can have; 0 before the first one */
  uint64_t used;         /* of them in buffers, those freed that are still lent included */
  uint64_t lent;         /* of them lent now, in whole pages of each send that is under way */
  uint64_t bytes_lent;   /* sent without a copy, so far */
  uint64_t bytes_copied; /* that calls have copied from and to buffers in place, so far */
};
void farcall_buf_query(struct farcall_buf_status*);

#ifdef __cplusplus
}
#endif

#endif
