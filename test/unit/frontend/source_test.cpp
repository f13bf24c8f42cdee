// SPDX-License-Identifier: Apache-2.0
#include "frontend/source.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

namespace gsp {
namespace {

std::string at(const SourceFile& file, uint32_t offset) {
    const LineColumn place = file.line_column(offset);
    return std::to_string(place.line) + ':' + std::to_string(place.column);
}

TEST(Source, EveryKindOfLineEndEndsALine) {
    const SourceFile file("f", "a\nbc\r\nd\re");
    EXPECT_EQ(file.line(0), "a");
    EXPECT_EQ(file.line(2), "bc");
    EXPECT_EQ(file.line(5), "bc");
    EXPECT_EQ(file.line(6), "d");
    EXPECT_EQ(file.line(8), "e");
    EXPECT_EQ(file.line(9), "e");
    EXPECT_EQ(at(file, 0), "1:1");
    EXPECT_EQ(at(file, 1), "1:2");
    EXPECT_EQ(at(file, 3), "2:2");
    EXPECT_EQ(at(file, 6), "3:1");
    EXPECT_EQ(at(file, 8), "4:1");
    EXPECT_EQ(at(file, 9), "4:2");
}

TEST(Source, EmptyFileHasOneLine) {
    const SourceFile file("f", "");
    EXPECT_EQ(file.line(0), "");
    EXPECT_EQ(at(file, 0), "1:1");
}

TEST(Source, SegmentsHaveTheirOwnNamesAndLines) {
    SourceFile file("main", "one\ntwo");
    const std::string_view main_text = file.text();
    const SourceRange part = file.add("part", "x\nyy\n", {SourceFile::Way::Include, {4, 3}});
    const SourceRange empty = file.add("empty", "", {SourceFile::Way::Include, {part.begin, 1}});
    const SourceRange again = file.add_again({part.begin + 2, 2}, {SourceFile::Way::Template, {0, 3}});
    EXPECT_EQ(file.text().data(), main_text.data());
    EXPECT_EQ(file.name(7), "main") << "the end of a file is a place in it";
    EXPECT_EQ(at(file, 7), "2:4");
    EXPECT_EQ(part.begin, 8u);
    EXPECT_EQ(file.name(part.begin), "part");
    EXPECT_EQ(at(file, part.begin + 3), "2:2");
    EXPECT_EQ(at(file, part.end()), "3:1");
    EXPECT_EQ(file.line(part.begin + 3), "yy");
    EXPECT_EQ(file.text({part.begin + 2, 2}), "yy");
    EXPECT_EQ(file.name(empty.begin), "empty");
    EXPECT_EQ(at(file, empty.begin), "1:1");
    EXPECT_EQ(file.text(again), "yy");
    EXPECT_EQ(file.name(again.begin), "part");
    EXPECT_EQ(file.place(again.begin + 1), "part:2:2");
    EXPECT_EQ(file.place(5), "2:2");
    EXPECT_EQ(file.first_offset(again.begin + 1), part.begin + 3);
    EXPECT_EQ(file.first_offset(5), 5u);
    EXPECT_EQ(file.offset_in_file(again.begin + 1), 3u);
    EXPECT_TRUE(file.origin(0).way == SourceFile::Way::Main);
    EXPECT_TRUE(file.origin(again.begin).way == SourceFile::Way::Template);
    EXPECT_EQ(file.origin(empty.begin).at.begin, part.begin);
    EXPECT_FALSE(file.same_segment(part.begin, again.begin));
    EXPECT_TRUE(file.same_segment(part.begin, part.end()));
}

TEST(Source, ReadKeepsBytesAndRefusesWhatIsMissingOrTooLarge) {
    const auto dir = std::filesystem::temp_directory_path();
    const std::string path = dir / ("gsp_source_test_" + std::to_string(::getpid()) + ".xml");
    std::ofstream(path, std::ios::binary) << "x\r\ny\xff";
    const auto file = SourceFile::read(path);
    ASSERT_TRUE(file);
    EXPECT_EQ(file->text(), "x\r\ny\xff");
    EXPECT_EQ(file->name(), path);

    std::filesystem::resize_file(path, (16u << 20) + 1);
    EXPECT_FALSE(SourceFile::read(path));
    EXPECT_EQ(errno, EFBIG);
    std::filesystem::remove(path);
    EXPECT_FALSE(SourceFile::read(path));
    EXPECT_EQ(errno, ENOENT);
    EXPECT_FALSE(SourceFile::read(dir));
    EXPECT_EQ(errno, EISDIR);
}

}  // namespace
}  // namespace gsp
