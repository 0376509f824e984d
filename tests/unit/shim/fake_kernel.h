// A kernel for these tests: its descriptors are host descriptors of this process under other names,
// and what was asked of it is remembered.
#pragma once

#include <set>
#include <vector>

namespace farcall::shim::testing {

/// Kernel descriptors that were closed, in order. Closing one also closes the host descriptor of
/// that number when it was made by make_pair().
std::vector<int>& closed_kernel_fds();

/// Host descriptors that the fake client calls its own.
std::set<int>& client_fds();

/// A connected pair of kernel descriptors, with high numbers; they end with closed_kernel_fds().
struct KernelPair {
  int kfd[2];
};
KernelPair make_pair();

}  // namespace farcall::shim::testing
