#include "personality/label_memory.h"

#include <mutex>

namespace farcall::personality {
namespace {

struct Last {
  std::mutex mutex;
  char label[16] = {};
  std::uint32_t address = 0;
};
Last last;

}  // namespace

void remember_label(std::string_view label, std::uint32_t address) {
  const std::lock_guard guard(last.mutex);
  last.label[label.copy(last.label, sizeof last.label - 1)] = '\0';
  last.address = address;
}

std::uint32_t remembered_address(std::string_view label) {
  const std::lock_guard guard(last.mutex);
  return label == last.label ? last.address : 0;
}

}  // namespace farcall::personality
