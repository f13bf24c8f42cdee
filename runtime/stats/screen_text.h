// SPDX-License-Identifier: Apache-2.0
// Building blocks of the screens (screen.cpp, scenario_screen.cpp).
#pragma once
#include <string>
#include <string_view>

#include "runtime/stats/screen.h"

namespace gsp::rt {

constexpr size_t kScreenWidth = 79;

// Collects lines without trailing blanks.
class Lines {
public:
    void add(std::string line);
    void columns(const std::string& left, const std::string& right);  // two columns of equal width
    void append(const std::string& lines) { text_ += lines; }
    std::string take() { return std::move(text_); }

private:
    std::string text_;
};

std::string pad_left(std::string_view text, size_t width);
std::string pad_right(std::string_view text, size_t width);
std::string rule(std::string_view title);  // dashes with a title in the middle
std::string title_rule(std::string_view screen);
// Breaks a line at blanks; what follows is indented a little more.
void add_wrapped(Lines&, size_t indent, std::string_view text);
std::string footer(const ScreenSource&);
std::string milliseconds(double ns);  // "12.34"
std::string_view view(const gsp_text&);

std::string render_scenario(const ScreenSource&);

}  // namespace gsp::rt
