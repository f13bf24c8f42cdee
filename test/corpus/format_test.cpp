// SPDX-License-Identifier: Apache-2.0
// `gossipper fmt` on every scenario of the corpus that this version compiles: the result is stable, well-formed, and
// compiles to the same IR, or the file is refused with a reason.
#include <gtest/gtest.h>

#include <filesystem>
#include <regex>

#include "driver/compile/front.h"
#include "driver/fmt/format.h"
#include "ir/print.h"

namespace gsp::driver {
namespace {

std::filesystem::path scenarios() {
    const char* path = getenv("GSP_CORPUS");
    return std::filesystem::path(path ? path : GSP_CORPUS) / "scenarios";
}

// The IR without positions; empty: errors. Keywords that a run would define with -key are taken as such.
std::string ir_of(const std::string& name, const std::string& text) {
    FrontOptions options;
    for (int attempt = 0; attempt < 2; ++attempt) {
        const FrontResult front = compile_front(std::make_unique<SourceFile>(name, text), options);
        if (front.program) return std::regex_replace(ir::print(*front.program), std::regex("@[0-9]+:[0-9]+"), "@");
        for (const Diagnostic& d : front.diag->all()) {
            const std::string_view keyword = front.file->text(d.range);
            if (d.id == D::UnknownKeyword) options.user_keys.emplace_back(keyword.substr(1, keyword.size() - 2));
        }
    }
    return {};
}

TEST(Corpus, FormattingKeepsTheMeaning) {
    if (!std::filesystem::is_directory(scenarios())) GTEST_SKIP() << "no corpus in " << scenarios();
    int formatted = 0, refused = 0, unchanged = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(scenarios())) {
        if (!entry.is_regular_file() || entry.path().extension() != ".xml") continue;
        const std::string name = entry.path().string();
        const std::optional<SourceFile> file = SourceFile::read(name);
        ASSERT_TRUE(file) << name;
        const std::string ir = ir_of(name, std::string(file->text()));
        Diag diag(*file);
        const std::optional<std::string> once = format_scenario(*file, diag);
        EXPECT_EQ(once.has_value(), diag.ok()) << name;
        if (!once) {
            EXPECT_TRUE(ir.empty() || diag.all().back().id == D::CannotFormat) << name;
            refused += !ir.empty();
            continue;
        }
        const SourceFile again(name, *once);
        Diag diag_again(again);
        EXPECT_EQ(format_scenario(again, diag_again), once) << name;
        for (const Diagnostic& d : diag_again.all())
            EXPECT_TRUE(d.id == D::StrayText || d.id == D::InvalidUtf8) << render_text(diag_again, false);
        if (ir.empty()) continue;
        EXPECT_EQ(ir_of(name, *once), ir) << name;
        ++formatted;
        unchanged += *once == file->text();
    }
    std::cout << formatted << " scenarios formatted, " << unchanged << " of them unchanged, " << refused
              << " refused\n";
    EXPECT_GT(formatted, 1000);
    EXPECT_LT(refused, formatted / 100);
}

}  // namespace
}  // namespace gsp::driver
