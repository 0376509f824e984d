// Result<T>: a value or an errno, for functions that can fail.
#pragma once

#include <cassert>
#include <optional>
#include <utility>

namespace farcall {

/// An errno value on its way to becoming a Result. Which system's errno it is, the function says:
/// inside kernel/ and on the wire it is NetBSD's, in client/ and shim/ the host's where nothing
/// else is said.
struct Error {
  int code;
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Result(Error error) : code_(error.code) {
    assert(code_ != 0);
  }  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const { return code_ == 0; }
  explicit operator bool() const { return ok(); }
  /// The errno, 0 when there is a value.
  [[nodiscard]] int code() const { return code_; }
  [[nodiscard]] Error error() const { return Error{code_}; }

  T& operator*() { return *value_; }
  const T& operator*() const { return *value_; }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }

 private:
  std::optional<T> value_;
  int code_ = 0;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : code_(error.code) {
    assert(code_ != 0);
  }  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const { return code_ == 0; }
  explicit operator bool() const { return ok(); }
  [[nodiscard]] int code() const { return code_; }
  [[nodiscard]] Error error() const { return Error{code_}; }

 private:
  int code_ = 0;
};

}  // namespace farcall

/// Leaves the enclosing function with the error of `expression`, a Result, when it has one.
#define FARCALL_TRY(expression)                                     \
  do {                                                              \
    if (auto farcall_result = (expression); !farcall_result.ok()) { \
      return farcall_result.error();                                \
    }                                                               \
  } while (false)

#define FARCALL_CONCAT_(a, b) a##b
#define FARCALL_CONCAT(a, b) FARCALL_CONCAT_(a, b)

/// `FARCALL_ASSIGN(auto x, f())`: x is the value of the Result, or the enclosing function returns
/// its error.
#define FARCALL_ASSIGN(declaration, expression) \
  FARCALL_ASSIGN_(FARCALL_CONCAT(farcall_result_, __LINE__), declaration, expression)
#define FARCALL_ASSIGN_(temporary, declaration, expression) \
  auto temporary = (expression);                            \
  if (!temporary.ok()) return temporary.error();            \
  declaration = std::move(*temporary)
