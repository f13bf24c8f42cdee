// SPDX-License-Identifier: Apache-2.0
// Result<T>: a value, or an error text with an errno. For set-up code; nothing on the message path returns it.
#pragma once
#include <optional>
#include <string>
#include <utility>

namespace gsp::rt {

struct Error {
    std::string text;  // complete sentence fragment, lower case: "cannot bind 127.0.0.1:5060: Address already in use"
    int system_code = 0;  // errno, 0 if none
};

template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : value_(std::move(value)) {}
    Result(Error error) : error_(std::move(error)) {}
    bool ok() const { return value_.has_value(); }
    explicit operator bool() const { return ok(); }
    T& operator*() { return *value_; }
    T* operator->() { return &*value_; }
    const Error& error() const { return error_; }

private:
    std::optional<T> value_;
    Error error_;
};

template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error) : error_(std::move(error)), failed_(true) {}
    bool ok() const { return !failed_; }
    explicit operator bool() const { return ok(); }
    const Error& error() const { return error_; }

private:
    Error error_;
    bool failed_ = false;
};

Error system_error(std::string what, int code);  // "what: strerror(code)"

}  // namespace gsp::rt
