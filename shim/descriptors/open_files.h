// The host descriptors that this process has open, as /proc/self/fd tells.
#pragma once

namespace farcall::shim {

/// What for_each_open_file calls.
class OpenFileVisitor {
 public:
  virtual void visit(int fd) = 0;

 protected:
  ~OpenFileVisitor() = default;
};

/// Visits each open host descriptor, in no order; those that the visitor itself opens or closes may
/// or may not be visited. Uses no memory but the stack. 0, or -errno when /proc cannot be read.
long for_each_open_file(OpenFileVisitor& visitor);

}  // namespace farcall::shim
