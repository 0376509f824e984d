// The table by which a shared object's dynamic symbols are found by name, of either kind that there
// is (DT_GNU_HASH, DT_HASH), in memory or in a file. Nothing of it is trusted: what does not lie in
// the words given is not there.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace farcall {

/// With the hash that all tables of the first kind use, for a look into several of them.
class SymbolName {
 public:
  SymbolName(std::string_view text) : text_(text) {
    for (const char c : text) gnu_hash_ = gnu_hash_ * 33 + static_cast<unsigned char>(c);
  }
  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] std::uint32_t gnu_hash() const { return gnu_hash_; }

 private:
  std::string_view text_;
  std::uint32_t gnu_hash_ = 5381;
};

class SymbolHash {
 public:
  enum class Kind { kGnu, kSysv };

  SymbolHash() = default;
  /// `words` begin with the table, and may go on behind it. They must stay.
  SymbolHash(Kind kind, std::span<const std::uint32_t> words) : kind_(kind), words_(words) {}

  [[nodiscard]] explicit operator bool() const { return !words_.empty(); }

  /// How many symbols the object has; 0 if the table makes no sense.
  [[nodiscard]] std::size_t count() const {
    return kind_ == Kind::kGnu ? gnu_count() : at(1).value_or(0);
  }

  /// The number of the first symbol that the table has for `name` and for which `is_it(number)` is
  /// true; that is to look at its name, for names share places, and whether it is defined.
  template <class IsIt>
  [[nodiscard]] std::optional<std::size_t> find(const SymbolName& name, IsIt is_it) const {
    return kind_ == Kind::kGnu ? gnu_find(name.gnu_hash(), is_it) : sysv_find(name.text(), is_it);
  }

 private:
  static constexpr std::size_t kGnuHeader = 4;   ///< words
  static constexpr std::size_t kSysvHeader = 2;  ///< words
  static constexpr std::uint32_t kBloomBits = 64;

  [[nodiscard]] std::optional<std::uint32_t> at(std::size_t index) const {
    if (index >= words_.size()) return std::nullopt;
    return words_[index];
  }

  static std::uint32_t sysv_hash(std::string_view name) {
    std::uint32_t hash = 0;
    for (const char c : name) {
      hash = (hash << 4) + static_cast<unsigned char>(c);
      const std::uint32_t high = hash & 0xf0000000;
      hash = (hash ^ (high >> 24)) & ~high;
    }
    return hash;
  }

  /// Where the buckets begin; the chains of symbols follow them.
  [[nodiscard]] std::size_t gnu_buckets() const {
    return kGnuHeader + at(2).value_or(0) * (kBloomBits / 32);
  }

  /// This table tells no number. Its symbols are sorted by bucket, so the last is the end of the
  /// chain that begins furthest back; a set lowest bit marks that end.
  [[nodiscard]] std::size_t gnu_count() const {
    if (words_.size() < kGnuHeader) return 0;
    const std::uint32_t buckets = words_[0], first_symbol = words_[1];
    const std::size_t chains = gnu_buckets() + buckets;
    if (chains > words_.size()) return 0;
    const auto heads = words_.subspan(gnu_buckets(), buckets);
    std::size_t last = heads.empty() ? 0 : *std::max_element(heads.begin(), heads.end());
    if (last < first_symbol) return first_symbol;
    for (;; ++last) {
      const auto hash = at(chains + last - first_symbol);
      if (!hash) return 0;
      if ((*hash & 1) != 0) return last + 1;
    }
  }

  /// Most names that are not there are told by the filter alone.
  [[nodiscard]] bool gnu_may_have(std::uint32_t hash) const {
    const std::uint32_t filter_words = words_[2], shift = words_[3];
    if (filter_words == 0 || shift >= 32) return false;
    const std::size_t word = kGnuHeader + (hash / kBloomBits % filter_words) * 2;
    const auto low = at(word), high = at(word + 1);
    if (!high) return false;
    const std::uint64_t filter = std::uint64_t{*high} << 32 | *low;
    return (filter >> (hash % kBloomBits) & filter >> ((hash >> shift) % kBloomBits) & 1) != 0;
  }

  template <class IsIt>
  [[nodiscard]] std::optional<std::size_t> gnu_find(std::uint32_t hash, IsIt is_it) const {
    if (words_.size() < kGnuHeader || words_[0] == 0 || !gnu_may_have(hash)) return std::nullopt;
    const std::uint32_t buckets = words_[0], first_symbol = words_[1];
    std::size_t symbol = at(gnu_buckets() + hash % buckets).value_or(0);
    if (symbol < first_symbol) return std::nullopt;
    for (;; ++symbol) {
      const auto other = at(gnu_buckets() + buckets + symbol - first_symbol);
      if (!other) return std::nullopt;
      if ((*other | 1) == (hash | 1) && is_it(symbol)) return symbol;
      if ((*other & 1) != 0) return std::nullopt;
    }
  }

  template <class IsIt>
  [[nodiscard]] std::optional<std::size_t> sysv_find(std::string_view name, IsIt is_it) const {
    const std::uint32_t buckets = at(0).value_or(0), symbols = at(1).value_or(0);
    if (buckets == 0) return std::nullopt;
    std::size_t symbol = at(kSysvHeader + sysv_hash(name) % buckets).value_or(0);
    // A chain that comes back to itself ends, too.
    for (std::uint32_t left = symbols; symbol != 0 && left > 0; --left) {
      if (is_it(symbol)) return symbol;
      symbol = at(kSysvHeader + std::size_t{buckets} + symbol).value_or(0);
    }
    return std::nullopt;
  }

  Kind kind_ = Kind::kGnu;
  std::span<const std::uint32_t> words_;
};

}  // namespace farcall
