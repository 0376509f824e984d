// Data that TCP sends from where its process has it (see Loan), without a copy.
#pragma once

#include <cstddef>

#include "kernel/core/uio.h"
#include "kernel/net/lwip.h"

namespace farcall::kernel {

/// As tcp_write() of the `size` bytes of `loan`, for which the connection must have room; `more`:
/// others follow soon. They stay lent until lwIP has let go of all of them, be it that they were
/// acknowledged, or the connection has ended. False, and the loan remains the caller's, when there
/// is no memory or the queue has no place.
bool tcp_write_lent(struct tcp_pcb& pcb, Loan& loan, std::size_t size, bool more);

}  // namespace farcall::kernel
