#pragma once

#include <new>
#include <type_traits>
#include <utility>
#include <variant>

#include "core/sys_error.h"

namespace named_shm {

// Either a value or the system error that kept it from being made. Nothing in this library throws.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) noexcept : state_(std::move(value)) {}
  Result(SysError error) noexcept : state_(error) {}
  template <typename Other, typename = std::enable_if_t<std::is_convertible_v<Other, T>>>
  Result(Result<Other>&& other) noexcept
      : state_(other.ok() ? State(std::in_place_index<0>, std::move(other.value()))
                          : State(std::in_place_index<1>, other.error())) {}

  bool ok() const noexcept { return state_.index() == 0; }
  T& value() noexcept { return *std::get_if<0>(&state_); }
  const T& value() const noexcept { return *std::get_if<0>(&state_); }
  const SysError& error() const noexcept { return *std::get_if<1>(&state_); }

 private:
  using State = std::variant<T, SysError>;
  State state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() noexcept : ok_(true), error_{} {}
  Result(SysError error) noexcept : ok_(false), error_(error) {}

  bool ok() const noexcept { return ok_; }
  const SysError& error() const noexcept { return error_; }

 private:
  bool ok_;
  SysError error_;
};

}  // namespace named_shm
