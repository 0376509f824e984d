#include "kernel/core/memory_budget.h"

#include <string_view>

#include "rump/rumpuser.h"

namespace farcall::kernel {
namespace {

std::size_t budget = std::size_t{256} << 20;
std::size_t total;

/// 0 for a suffix that is none.
std::size_t unit_of(std::string_view suffix) {
  if (suffix.empty()) return 1;
  const std::size_t place = std::string_view("kmg").find(suffix);
  return place == std::string_view::npos ? 0 : std::size_t{1} << 10 * (place + 1);
}

/// 0 for a text that is no size, or one that no machine has.
std::size_t parse_size(std::string_view text) {
  constexpr std::size_t kLargest = std::size_t{1} << 50;
  std::size_t number = 0;
  while (!text.empty() && text[0] >= '0' && text[0] <= '9' && number < kLargest) {
    number = 10 * number + static_cast<std::size_t>(text[0] - '0');
    text.remove_prefix(1);
  }
  const std::size_t unit = unit_of(text);
  return unit == 0 || number > kLargest / unit ? 0 : number * unit;
}

}  // namespace

void memory_budget_init() {
  char text[32] = "";
  if (rumpuser_getparam("RUMP_MEMLIMIT", text, sizeof text) != 0) return;
  if (const std::size_t size = parse_size(text)) budget = size;
}

bool BudgetShare::take(std::size_t size) {
  if (size > budget - total) return false;
  total += size;
  taken_ += size;
  return true;
}

bool BudgetShare::take_of_plenty(std::size_t size) {
  return total < budget / 2 && size <= budget / 2 - total && take(size);
}

void BudgetShare::give_back(std::size_t size) {
  total -= size;
  taken_ -= size;
}

}  // namespace farcall::kernel
