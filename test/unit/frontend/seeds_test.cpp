// SPDX-License-Identifier: Apache-2.0
// The seeds of the XML fuzzer, and what it once found, replayed: nothing may crash, and an answer is either a tree or
// an error.
#include <filesystem>
#include <set>

#include "test/unit/frontend/parsed.h"

namespace gsp {
namespace {

TEST(XmlSeeds, Replay) {
    std::set<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(GSP_XML_SEEDS_DIR)) paths.insert(entry.path());
    ASSERT_GE(paths.size(), 8u);
    int accepted = 0;
    for (const auto& path : paths) {
        auto file = SourceFile::read(path);
        ASSERT_TRUE(file) << path;
        Diag diag(*file);
        const auto scenario = parse_scenario(*file, diag);
        EXPECT_TRUE(scenario.has_value() || !diag.ok()) << path;
        if (scenario) {
            EXPECT_FALSE(ast::dump(*scenario, *file).empty()) << path;
        }
        EXPECT_EQ(render_text(diag, true).empty(), diag.all().empty()) << path;
        for (const Diagnostic& d : diag.all()) {
            EXPECT_LE(file->offset_in_file(d.range.end()), file->text().size()) << path;
        }
        accepted += diag.ok();
    }
    EXPECT_GT(accepted, 0);
}

}  // namespace
}  // namespace gsp
