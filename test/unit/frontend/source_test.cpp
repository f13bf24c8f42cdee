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
    EXPECT_EQ(file.line_count(), 4u);
    EXPECT_EQ(file.line(1), "a");
    EXPECT_EQ(file.line(2), "bc");
    EXPECT_EQ(file.line(3), "d");
    EXPECT_EQ(file.line(4), "e");
    EXPECT_EQ(file.line(5), "");
    EXPECT_EQ(at(file, 0), "1:1");
    EXPECT_EQ(at(file, 1), "1:2");
    EXPECT_EQ(at(file, 3), "2:2");
    EXPECT_EQ(at(file, 6), "3:1");
    EXPECT_EQ(at(file, 8), "4:1");
    EXPECT_EQ(at(file, 9), "4:2");
}

TEST(Source, EmptyFileHasOneLine) {
    const SourceFile file("f", "");
    EXPECT_EQ(file.line_count(), 1u);
    EXPECT_EQ(at(file, 0), "1:1");
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
