// The program's memory, touched so that a bad address is an EFAULT and not a crash: Linux never
// crashes for a system call's argument.
#pragma once

#include <cstddef>

namespace farcall::personality {

/// Copies from or to the program. False when not all of it can be read or written.
[[nodiscard]] bool load(void* to, const void* program, std::size_t size);
[[nodiscard]] bool store(void* program, const void* from, std::size_t size);

template <class T>
[[nodiscard]] bool load_value(T& to, const void* program) {
  return load(&to, program, sizeof to);
}

template <class T>
[[nodiscard]] bool store_value(void* program, const T& from) {
  return store(program, &from, sizeof from);
}

}  // namespace farcall::personality
