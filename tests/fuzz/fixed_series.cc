// A main() for builds without libFuzzer: the same made-up inputs in every run, so that a failure
// repeats. Half of them are plain random bytes, half are earlier inputs with a few bytes changed.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <random>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr int kInputs = 20000;
constexpr std::size_t kLongest = 700;

using Bytes = std::vector<std::uint8_t>;

Bytes random_bytes(std::mt19937& random) {
  Bytes bytes(random() % kLongest);
  // Small values and text are what readers branch on; spread over all of 0 … 255 they would hardly
  // ever come up.
  const unsigned range = random() % 3 == 0 ? 4 : random() % 2 == 0 ? 128 : 256;
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random() % range);
  return bytes;
}

Bytes changed(Bytes bytes, std::mt19937& random) {
  for (unsigned i = random() % 4; i-- > 0 && !bytes.empty();) {
    bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
  }
  if (random() % 4 == 0) bytes.resize(random() % (bytes.size() + 1));
  return bytes;
}

}  // namespace

int main() {
  std::mt19937 random(20261123);
  Bytes previous;
  for (int i = 0; i < kInputs; ++i) {
    previous = i % 2 == 0 ? random_bytes(random) : changed(std::move(previous), random);
    LLVMFuzzerTestOneInput(previous.data(), previous.size());
  }
  std::printf("%d inputs\n", kInputs);
  return 0;
}
