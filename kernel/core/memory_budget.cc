#include "kernel/core/memory_budget.h"

namespace farcall::kernel {
namespace {

constexpr std::size_t kBudget = std::size_t{256} << 20;
std::size_t total;

}  // namespace

bool BudgetShare::take(std::size_t size) {
  if (size > kBudget - total) return false;
  total += size;
  taken_ += size;
  return true;
}

void BudgetShare::give_back(std::size_t size) {
  total -= size;
  taken_ -= size;
}

}  // namespace farcall::kernel
