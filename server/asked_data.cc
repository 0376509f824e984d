#include "server/asked_data.h"

#include <algorithm>
#include <array>

#include "netbsd/call_data.h"
#include "server/request.h"

namespace farcall::server {
namespace {

/// Bytes that are asked for at a time: what a unix socket takes at once.
constexpr std::size_t kPiece = std::size_t{128} << 10;
/// Bytes that are kept for the answer, and those that are not, but sent at once.
constexpr std::size_t kMostKept = std::size_t{64} << 10;
constexpr std::size_t kLong = std::size_t{32} << 10;

/// Buffers of which kernels may want a part at a time.
std::size_t find_buffers(const Request& request, std::span<DataExtent, kMaxExtents> extents) {
  constexpr std::uint64_t kLeast = 1024;
  if (request.header.detail >= std::size(kCallData)) return 0;
  const CallDataInfo& info = kCallData[request.header.detail];
  std::size_t count = 0;
  for (const DataRule& rule : std::span(kDataRules).subspan(info.first_rule, info.rules)) {
    if (rule.kind != DataRule::memory || rule.count == kNoArgument) continue;
    const std::uint64_t items = request.args[rule.count];
    if (items > UINT32_MAX || items * rule.factor < kLeast) continue;
    const auto size =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(items * rule.factor, UINT32_MAX));
    extents[count++] = {request.args[rule.argument], size, 0};
  }
  return count;
}

}  // namespace

CallData& AskedData::begin(const Request& request) {
  std::array<DataExtent, kMaxExtents> extents;
  const std::size_t count = find_buffers(request, extents);
  data_.begin(std::span(extents).first(count), nullptr,
              defers_output(request.header.detail) ? this : nullptr);
  data_.show(nullptr, 0, 0);
  refused_ = false;
  return data_;
}

void AskedData::end() {
  input_.release();
  output_.release();
}

std::span<std::byte> AskedData::room(std::uint64_t address, std::size_t size, std::size_t most) {
  const auto place = data_.find(address);
  if (refused_ || !place) return {};
  const std::size_t piece = std::min({place->size, kPiece, most});
  if (piece / 2 < size) return {};
  if (input_.bytes().size() < piece && !input_.resize(piece, 0)) return {};
  data_.show(nullptr, 0, 0);
  return input_.bytes().first(piece);
}

bool AskedData::came(std::uint64_t address, std::size_t size) {
  const auto place = data_.find(address);
  refused_ = size == 0 || !place;
  if (refused_) return false;
  data_.show(input_.bytes().data(), place->offset, place->offset + size);
  return true;
}

std::span<std::byte> AskedData::grow(std::size_t used, std::size_t size) {
  if (size >= kLong || used + size > kMostKept) return {};
  if (used + size > output_.bytes().size()) {
    constexpr std::size_t kLeast = 1024;
    const std::size_t wanted = std::max({used + size, 2 * used, kLeast});
    if (!output_.resize(std::min(wanted, kMostKept), used)) return {};
  }
  return output_.bytes().subspan(used, size);
}

}  // namespace farcall::server
